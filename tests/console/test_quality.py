"""Quality and drift, as an analyst looks at them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from graph.http.console.built import BuiltConsole
from tests.console.browser import EACH_MODE, Visit
from tests.console.conftest import Visitor
from tests.console.past import lived
from tests.graphiql.test_with_the_server import ROOT, server

pytestmark = pytest.mark.browser

CLASSIFIER = "/quality?endpoint=income_classifier"
REGRESSOR = "/quality?endpoint=premium_insurance"
FIGURES = """{ endpoint(name: "income_classifier") { quality {
  periods { aggregate { scored } labels { confusion { label truth count } } }
} } }"""


@pytest.fixture(scope="module")
def old_site(tmp_path_factory: pytest.TempPathFactory, console: BuiltConsole) -> Iterator[str]:
    """The URL of a server with two weeks of predictions and truths."""
    folder = Path(tmp_path_factory.mktemp("old"))
    lived(f"sqlite://{folder / 'arbiter.db'}", days=14, a_day=6)
    with server(ROOT, folder) as url:
        yield url


def opened(visit: Visit, address: str) -> Page:
    """The view with all its parts loaded."""
    page = visit.open(address, "Quality")
    for name in ("Over time", "All days together", "Drift"):
        page.get_by_role("heading", level=2, name=name).wait_for()
    expect(page.get_by_text(re.compile(r"^Loading"))).to_have_count(0)
    expect(page.locator("figure.chart .picture:empty")).to_have_count(0)
    return page


@pytest.mark.parametrize("mode", EACH_MODE)
def test_pictures_and_tables_keep_the_rules_in_every_mode(old_site: str, visitor: Visitor, mode: str) -> None:
    visit = visitor(old_site, mode)
    page = opened(visit, CLASSIFIER)
    visit.check()
    for button in page.get_by_role("button", name="As a table").all():
        button.click()
    visit.check()
    opened(visit, REGRESSOR)
    visit.check()


def test_figures_on_the_page_are_those_of_the_graph(old_site: str, visitor: Visitor) -> None:
    page = opened(visitor(old_site), CLASSIFIER)
    told: dict[str, Any] = httpx.post(f"{old_site}/graphql", json={"query": FIGURES}).json()["data"]
    [period] = told["endpoint"]["quality"]["periods"]
    counts = {(cell["truth"], cell["label"]): cell["count"] for cell in period["labels"]["confusion"]}
    table = page.get_by_role("region", name="Confusion")
    for truth in ("<=50K", ">50K"):
        shown = table.get_by_role("row", name=re.compile(f"^{truth}")).get_by_role("cell").all_inner_texts()
        assert [text.split()[0] for text in shown] == [
            str(counts.get((truth, label), 0)) for label in ("<=50K", ">50K")
        ]
    all_of_them = page.get_by_role("row", name=re.compile("^All together"))
    assert all_of_them.get_by_role("cell").all_inner_texts()[2] == str(period["aggregate"]["scored"])


def test_what_moved_most_is_named_first_and_its_values_are_shown(old_site: str, visitor: Visitor) -> None:
    page = opened(visitor(old_site), CLASSIFIER)
    page.get_by_text(re.compile(r"^Moved much \(PSI 0\.25 or more\): age")).wait_for()
    page.get_by_role("figure", name="Shares of age").wait_for()
    page.get_by_role("figure", name="What has moved").get_by_role("button", name="As a table").click()
    first = page.get_by_role("region", name="Stability indices").get_by_role("row").nth(1)
    assert first.get_by_role("rowheader").inner_text() == "age"
    assert first.get_by_text("moved much").is_visible()
    page.get_by_label("Look at").select_option("answers")
    page.get_by_role("figure", name="Shares of answers").wait_for()
    page.reload()
    page.get_by_role("figure", name="Shares of answers").wait_for()


def test_what_is_chosen_stands_in_the_address_and_survives_reload_and_back(
    old_site: str, visitor: Visitor
) -> None:
    page = opened(visitor(old_site), "/quality")
    page.get_by_label("Figure", exact=True).select_option(label="Feedback rate")
    page.get_by_label("By", exact=True).select_option(label="Week")
    page.get_by_label("Classes and probabilities of").select_option(label="extra trees 0.0.1")
    page.get_by_role("link", name="7 days").click()
    page.get_by_role("figure", name="Feedback rate by week").wait_for()
    said = parse_qs(urlsplit(page.url).query)
    assert set(said) == {"from", "to", "bucket", "figure", "of"}
    assert (said["bucket"], said["figure"]) == (["WEEK"], ["feedback"])
    page.reload()
    page.get_by_role("figure", name="Feedback rate by week").wait_for()
    page.get_by_label("Endpoint").select_option("premium_insurance")
    page.get_by_role("figure", name="Root-mean-square error by day, in Indian rupees").wait_for()
    page.go_back()
    page.get_by_role("figure", name="Feedback rate by week").wait_for()


def test_days_are_chosen_by_keyboard_and_days_without_requests_say_so(
    old_site: str, visitor: Visitor
) -> None:
    visit = visitor(old_site)
    page = opened(visit, f"{CLASSIFIER}&from=2020-01-01&to=2020-01-31")
    expect(page.get_by_text("Nothing was asked in these days.")).to_have_count(2)
    visit.check()
    visit.tab_to("4 weeks")
    page.keyboard.press("Enter")
    page.get_by_role("figure", name="Accuracy by day").wait_for()
    page.get_by_label("Reference: first day").fill("2020-01-01")
    page.get_by_label("Reference: last day").fill("2020-01-02")
    page.get_by_text("No requests are counted in the reference: there is nothing to compare.").wait_for()


def test_server_without_truths_shows_what_is_known_without(site: str, visitor: Visitor) -> None:
    visit = visitor(site)
    page = visit.open("/quality", "Quality")
    page.get_by_text(
        "No requests are counted now and in the reference: there is nothing to compare."
    ).wait_for()
    expect(page.get_by_text("Nothing was asked in these days.")).to_have_count(2)
    visit.check()
