"""The history: filters that are an address, counts that filter, columns, files, and the whole story of one request."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from graph.http.console.built import BuiltConsole
from tests.console.browser import EACH_MODE
from tests.console.conftest import Visitor
from tests.console.made_up import ask, paired_test, predicted, tell
from tests.graphiql.test_with_the_server import ROOT, made_key, server

pytestmark = pytest.mark.browser

AGES = (25, 38, 52, 61)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, console: BuiltConsole) -> Iterator[str]:
    """A server with six requests: four of a classifier, two of them in a paired test, and two of a regressor."""
    with server(ROOT, Path(tmp_path_factory.mktemp("filled"))) as url:
        before = [predicted(url, "income_classifier", age=age) for age in AGES[:2]]
        tell(url, before[0]["requestId"], before[0]["label"])
        tell(url, before[1]["requestId"], "<=50K" if before[1]["label"] == ">50K" else ">50K")
        paired_test(url, "Trees")
        for age in AGES[2:]:
            predicted(url, "income_classifier", age=age)
        for _ in range(2):
            predicted(url, "premium_insurance")
        yield url


def rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Requests", exact=True).locator("tbody tr")


def facet(page: Page, name: str) -> Locator:
    return page.get_by_role("complementary", name="Counts").get_by_role("button", name=re.compile(name))


@pytest.mark.parametrize("mode", EACH_MODE)
def test_list_form_and_lineage_keep_the_rules_in_every_mode(filled: str, visitor: Visitor, mode: str) -> None:
    visit = visitor(filled, mode)
    page = visit.open("/history?endpoint=income_classifier&order=CONFIDENCE_DESC", "History")
    expect(rows(page)).to_have_count(4)
    page.get_by_text("Filter", exact=True).click()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_text("4 requests", exact=True).wait_for()
    visit.check()
    page = visit.open("/history?test=1&columns=answer", "History")
    rows(page).first.get_by_role("link").click()
    page.get_by_role("region", name="Both arms").wait_for()
    visit.check()


def test_nothing_asked_yet_and_nothing_found_say_what_to_do(site: str, filled: str, visitor: Visitor) -> None:
    visit = visitor(site)
    page = visit.open("/history", "History")
    page.get_by_text("Nobody has asked for a prediction yet.").wait_for()
    visit.check()
    visit = visitor(filled)
    page = visit.open("/history?outcome=ERROR", "History")
    page.get_by_text("No request fits all these filters.").wait_for()
    visit.check()
    page.get_by_role("button", name="Show all requests").click()
    expect(rows(page)).to_have_count(6)


def test_counts_filter_the_address_holds_the_question_and_back_undoes_it(
    filled: str, visitor: Visitor
) -> None:
    page = visitor(filled).open("/history", "History")
    expect(rows(page)).to_have_count(6)
    facet(page, "^income_classifier").click()
    expect(rows(page)).to_have_count(4)
    facet(page, r"^wrong").click()
    expect(rows(page)).to_have_count(1)
    assert page.url == f"{filled}/console/history?endpoint=income_classifier&right=no"
    page.reload()
    expect(rows(page)).to_have_count(1)
    # The other choices of the same question keep their counts.
    expect(facet(page, r"^right")).to_contain_text("1")
    page.get_by_role("button", name="Without: Wrong").click()
    expect(rows(page)).to_have_count(4)
    page.go_back()
    expect(rows(page)).to_have_count(1)


def test_the_form_filters_by_keyboard_and_keeps_subjects_behind_the_hash(
    filled: str, visitor: Visitor
) -> None:
    visit = visitor(filled)
    page = visit.open("/history", "History")
    expect(rows(page)).to_have_count(6)
    visit.tab_to("Filter")
    page.keyboard.press("Enter")
    visit.tab_to("Confidence, from")
    page.keyboard.type("0.5")
    visit.tab_to("Subject")
    page.keyboard.type("person 7")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Without: Subject person 7").wait_for()
    expect(rows(page)).to_have_count(4)
    assert page.url == f"{filled}/console/history?confidence=0.5..#subject=person+7"
    page.reload()
    expect(rows(page)).to_have_count(4)


def test_over_a_long_history_what_takes_seconds_is_counted_when_it_is_wanted(
    filled: str, visitor: Visitor
) -> None:
    visit = visitor(filled)

    def long(route: Route) -> None:
        """The server's own answer, but for how many requests there are in all."""
        answer = route.fetch()
        found = answer.json()
        if "endpoints" in found.get("data", {}) and "requests" in found["data"]:
            found["data"]["requests"]["totalCount"] = 1_000_000
        route.fulfill(response=answer, json=found)

    visit.page.route("**/graphql", long)
    page = visit.open("/history?endpoint=income_classifier", "History")
    # Summaries know these, and that they are few.
    page.get_by_text("4 requests", exact=True).wait_for()
    facet(page, "^<=50K").wait_for()
    page = visit.open("/history?latency=0..", "History")
    expect(rows(page)).to_have_count(6)
    page.get_by_text("Not counted", exact=True).wait_for()
    expect(facet(page, "^premium_insurance")).to_have_count(0)
    visit.check()
    visit.tab_to("Count them")
    page.keyboard.press("Enter")
    page.get_by_text("6 requests", exact=True).wait_for()
    facet(page, "^premium_insurance").click()
    # Endpoints are what summaries know.
    page.get_by_text("2 requests", exact=True).wait_for()
    # What is still on its way would end in the next test.
    page.unroute_all(behavior="wait")


def test_order_and_columns_are_the_servers_and_the_addresses(filled: str, visitor: Visitor) -> None:
    page = visitor(filled).open("/history?endpoint=income_classifier", "History")
    expect(rows(page)).to_have_count(4)
    page.get_by_role("button", name="Confidence").click()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_role("checkbox", name="age", exact=True).check()
    expect(page.get_by_role("columnheader", name="age")).to_be_visible()
    assert "order=CONFIDENCE_DESC" in page.url
    where = 'where: {endpoint: "income_classifier"}, orderBy: CONFIDENCE_DESC'
    text = f"{{ requests({where}) {{ nodes {{ requestId input }} }} }}"
    nodes = ask(filled, text)["requests"]["nodes"]
    assert rows(page).locator("th").all_inner_texts() == [node["requestId"] for node in nodes]
    assert rows(page).locator("td:last-child").all_inner_texts() == [
        str(node["input"]["age"]) for node in nodes
    ]


@pytest.mark.parametrize("format", ["CSV", "NDJSON"])
def test_what_is_filtered_comes_as_a_file(filled: str, visitor: Visitor, format: str) -> None:
    page = visitor(filled).open("/history?endpoint=premium_insurance", "History")
    expect(rows(page)).to_have_count(2)
    with page.expect_download() as coming:
        page.get_by_role("button", name=f"Export as {format}").click()
    text = coming.value.path().read_text()
    found = (
        list(csv.DictReader(text.splitlines()))
        if format == "CSV"
        else [json.loads(one) for one in text.splitlines()]
    )
    assert [one["endpoint"] for one in found] == ["premium_insurance"] * 2


def test_lineage_shows_both_arms_and_takes_and_takes_back_the_truth(filled: str, visitor: Visitor) -> None:
    page = visitor(filled).open("/history?test=1&columns=answer", "History")
    rows(page).first.get_by_role("link").click()
    arms = page.get_by_role("region", name="Both arms")
    expect(arms.locator("tbody tr")).to_have_count(2)
    expect(arms.get_by_role("rowheader")).to_have_text(["champion", "challenger"])
    page.get_by_label("What was true?").select_option(">50K")
    page.get_by_role("button", name="Tell the truth").click()
    truth = page.get_by_role("region", name="Truth", exact=True)
    truth.get_by_text(re.compile("^(right|wrong)$")).wait_for()
    happened = page.get_by_role("region", name="What happened").get_by_role("listitem")
    expect(happened.filter(has_text="the truth")).to_have_text([re.compile("the truth was given: >50K, by")])
    page.get_by_label("What was true?").select_option("<=50K")
    page.get_by_role("button", name="Change it").click()
    page.get_by_text("the truth was changed to <=50K, by").wait_for()
    page.get_by_role("button", name="Take it back").click()
    truth.get_by_text("Not known yet.").wait_for()
    expect(happened.filter(has_text="the truth")).to_have_text(
        [re.compile(end) for end in ("given: >50K, by", "changed to <=50K, by", "taken back, by")]
    )
    for part in ("Answer", "Input", "Test"):
        expect(page.get_by_role("region", name=part, exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Test", exact=True)).to_contain_text("running")


def test_a_request_that_is_not_there_says_so(filled: str, visitor: Visitor) -> None:
    visit = visitor(filled)
    page = visit.open("/history/123", "Request 123")
    page.get_by_text("There is no request 123, or no longer.").wait_for()
    visit.check()


def test_a_key_without_feedback_looks_and_is_offered_no_truth(
    tmp_path: Path, console: BuiltConsole, visitor: Visitor
) -> None:
    with server(ROOT, tmp_path) as url:
        request = predicted(url, "income_classifier")
    key = made_key(tmp_path, "looks", "read")
    with server(ROOT, tmp_path, profile="public") as url:
        page = visitor(url, key=key).open(
            f"/history/{request['requestId']}", f"Request {request['requestId']}"
        )
        page.get_by_text("Not known yet.").wait_for()
        expect(page.get_by_label("What was true?")).to_have_count(0)
