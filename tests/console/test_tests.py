"""The views of A/B tests: how each stands, how one is begun, and what a person may do with it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from graph.http.console.built import BuiltConsole
from tests.console.browser import EACH_MODE, Visit
from tests.console.conftest import Visitor
from tests.console.worlds import PREMIUM, Caller, another_runs, artifacts_with_an_index, has_promoted
from tests.graphiql.test_with_the_server import ROOT, made_key, server

pytestmark = pytest.mark.browser
DECIDED, RUNNING = "/tests/1", "/tests/2"
IS_BETTER, NEXT = "Is CatBoost better?", "Gradient boosting next?"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory, console: BuiltConsole) -> Path:
    """A folder with artifacts, and the database as it was after the first test and while the second one runs."""
    folder = Path(tmp_path_factory.mktemp("past"))
    artifacts = str(artifacts_with_an_index(folder))
    with server(ROOT, folder, artifacts=artifacts) as url:
        has_promoted(url)
    shutil.copy(folder / "arbiter.db", folder / "promoted.db")
    with server(ROOT, folder, artifacts=artifacts) as url:
        another_runs(url)
    return folder


@pytest.fixture(scope="module")
def world(past: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server with that past. Nobody changes anything there."""
    folder = Path(tmp_path_factory.mktemp("world"))
    shutil.copy(past / "arbiter.db", folder)
    with server(ROOT, folder, artifacts=str(past / "artifacts")) as url:
        yield url


@pytest.fixture
def own_world(past: Path, tmp_path: Path, console: BuiltConsole) -> Iterator[str]:
    """The URL of a server with that past, for one test that changes it."""
    shutil.copy(past / "arbiter.db", tmp_path)
    with server(ROOT, tmp_path, artifacts=str(past / "artifacts")) as url:
        yield url


def dialog(page: Page) -> Locator:
    return page.locator("dialog[open]")


def figure(page: Page, name: str) -> Locator:
    """The figure below a name."""
    return page.locator(".tests-headlines div", has_text=name).locator("dd").first


def opened(visit: Visit, address: str, heading: str) -> Page:
    page = visit.open(address, heading)
    page.get_by_role("heading", name="Can the figures be trusted?").wait_for()
    page.locator(".chart svg").nth(1).wait_for()
    return page


@pytest.mark.parametrize("mode", EACH_MODE)
def test_views_of_tests_keep_the_rules_in_every_mode(world: str, visitor: Visitor, mode: str) -> None:
    visit = visitor(world, mode)
    page = visit.open("/tests", "Tests")
    page.get_by_text("that a verdict needs at least").wait_for()
    visit.check()
    page = opened(visit, f"{DECIDED}?feature=sex", IS_BETTER)
    page.get_by_role("rowheader", name="Female").wait_for()
    page.get_by_text("The rules of this test").click()
    visit.check()
    page.get_by_role("button", name="As a table").first.click()
    page.get_by_role("region", name="The interval by labels").wait_for()
    opened(visit, RUNNING, NEXT).get_by_role("button", name="Change shares").click()
    dialog(page).wait_for()
    visit.check()
    page = visit.open(f"/tests/new?endpoint={PREMIUM}", "New test")
    page.get_by_text("No, only after some answers").click()
    page.get_by_text("When it may end").click()
    page.get_by_role("button", name="Begin the test").click()
    page.get_by_text("It must have 1 to 10000 characters.").wait_for()
    page.get_by_role("region", name="What each way takes").wait_for()
    visit.check()


def test_list_says_how_each_stands_and_is_filtered_by_its_address(world: str, visitor: Visitor) -> None:
    page = visitor(world).open("/tests", "Tests")
    rows = page.locator(".tests-list > li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text(NEXT)
    expect(rows.nth(0)).to_contain_text("running")
    expect(rows.nth(0)).to_contain_text("that a verdict needs at least.")
    expect(rows.nth(1)).to_contain_text("challenger promoted")
    expect(rows.nth(1)).to_contain_text("The challenger is better:")
    page.get_by_label("State").select_option("decided")
    expect(rows).to_have_count(1)
    assert parse_qs(urlsplit(page.url).query) == {"state": ["DECIDED"]}
    page.reload()
    expect(rows).to_have_count(1)
    page.get_by_label("Endpoint").select_option(PREMIUM)
    page.get_by_text("No test is like that.").wait_for()
    page.go_back()
    expect(rows).to_have_count(1)
    rows.get_by_role("link", name=IS_BETTER).click()
    page.get_by_role("heading", level=1, name=IS_BETTER).wait_for()


def test_one_test_shows_its_health_first_then_its_figures_and_why_it_ended(
    world: str, visitor: Visitor
) -> None:
    page = opened(visitor(world), DECIDED, IS_BETTER)
    caller = Caller(world)
    parts = page.get_by_role("heading", level=2).all_inner_texts()
    assert parts == [
        "Can the figures be trusted?",
        "How they compare",
        "Slices: better for everybody?",
        "What was done, and why",
    ]
    checks = page.locator(".tests-checks > li")
    names = ["Sample ratio", "Selective feedback", "Late truths", "Failures of the challenger", "Latency"]
    expect(checks).to_contain_text(names)
    counts = caller.test(
        DECIDED[-1], "result { eValue discordance { challengerOnly championOnly bothRight bothWrong } }"
    )["result"]
    square = counts["discordance"]
    cells = page.locator(".tests-square td").all_inner_texts()
    assert cells == [
        str(square[name]) for name in ("bothRight", "challengerOnly", "championOnly", "bothWrong")
    ]
    assert square["championOnly"] == 0
    evidence = float(figure(page, "Evidence").inner_text())
    assert evidence == pytest.approx(counts["eValue"], rel=0.01)
    assert evidence >= 20
    page.get_by_role("button", name="As a table").nth(1).click()
    table = page.get_by_role("region", name="The evidence by labels").get_by_role("row")
    expect(table.last).to_contain_text(figure(page, "Evidence").inner_text())
    decided = page.locator(".tests-course > li").last
    expect(decided).to_contain_text("Decided by the rule of the test")
    expect(decided).to_contain_text("catboost 0.1.0: no status → PRODUCTION")
    expect(decided).to_contain_text("random forest 0.0.1: PRODUCTION → TESTING")


def test_slices_are_part_of_the_address(world: str, visitor: Visitor) -> None:
    page = opened(visitor(world), DECIDED, IS_BETTER)
    page.get_by_label("By", exact=True).select_option("sex")
    rows = page.get_by_role("region", name="The test by sex").get_by_role("rowheader")
    expect(rows).to_have_count(2)
    assert sorted(rows.all_inner_texts()) == ["Female", "Male"]
    page.reload()
    expect(rows).to_have_count(2)
    page.go_back()
    expect(rows).to_have_count(0)


def test_product_manager_begins_a_test_and_sees_it_move(own_world: str, visitor: Visitor) -> None:
    page = visitor(own_world).open("/tests", "Tests")
    caller = Caller(own_world)
    page.get_by_role("link", name="New test").click()
    page.get_by_text("A test of income_classifier runs already").wait_for()
    page.get_by_label("Endpoint").select_option(PREMIUM)
    page.get_by_label("Title").fill("Cheaper premiums?")
    page.get_by_label("Challenger", exact=True).select_option(label="catboost 0.1.0 · no status")
    page.get_by_label("Better means").select_option(label="mean absolute error: each error by its size")
    page.get_by_label("Yes, whatever was answered").check()
    page.get_by_label("Give up after so many days").fill("0")
    page.get_by_role("button", name="Begin the test").click()
    days = page.locator("[data-field=maxDuration]")
    expect(days).to_contain_text("It must be more than 0 days, and no more than a hundred years.")
    assert caller.statuses(PREMIUM)["catboost"] is None
    page.get_by_label("Give up after so many days").fill("14")
    page.get_by_role("button", name="Begin the test").click()
    page.get_by_role("heading", level=1, name="Cheaper premiums?").wait_for()
    page.get_by_text("No ground truth has come yet.").wait_for()
    test = unquote(urlsplit(page.url).path.rpartition("/")[2])
    plan = caller.test(test, "plan { metric outcomeSeen maxDuration alpha autoDecide }")["plan"]
    assert plan == {
        "metric": "MAE",
        "outcomeSeen": "ALL",
        "maxDuration": 14 * 86_400,
        "alpha": 0.05,
        "autoDecide": True,
    }
    page.get_by_text("live", exact=True).wait_for()
    for age in (30, 40, 50):
        caller.tell(caller.predict(PREMIUM, Age=age), 20_000 + 100 * age)
    truths = (
        page.get_by_role("region", name="Both algorithms")
        .get_by_role("row")
        .nth(2)
        .get_by_role("cell")
        .nth(3)
    )
    expect(truths).to_have_text("3")
    expect(page.locator(".chart svg")).to_have_count(2)


def test_each_action_names_what_will_change_and_changes_just_that(own_world: str, visitor: Visitor) -> None:
    page = opened(visitor(own_world), RUNNING, NEXT)
    caller = Caller(own_world)
    page.get_by_role("button", name="Change shares").click()
    dialog(page).get_by_label("The challenger’s share in %").fill("20")
    expect(dialog(page)).to_contain_text(
        "gradient boosting 0.1.0, is drawn for 20% of the predictions from now on"
    )
    dialog(page).get_by_role("button", name="Leave it as it is").click()
    ratio = "result { sampleRatio { epochs { challengerWeight } } }"
    assert caller.test(RUNNING[-1], ratio)["result"]["sampleRatio"]["epochs"] == [{"challengerWeight": 0.5}]
    page.get_by_role("button", name="Change shares").click()
    dialog(page).get_by_role("button", name="Change shares").click()
    page.locator(".tests-course").get_by_text("50% → 20%").wait_for()
    page.get_by_role("button", name="Conclude").click()
    expect(dialog(page)).to_contain_text("It ends as inconclusive")
    expect(dialog(page)).to_contain_text("catboost 0.1.0 returns to PRODUCTION")
    expect(dialog(page)).to_contain_text("gradient boosting 0.1.0 returns to no status")
    dialog(page).get_by_role("button", name="Conclude").click()
    page.get_by_text("It ended without a winner.").wait_for()
    expect(page.get_by_role("button", name="Conclude")).to_have_count(0)
    statuses = caller.statuses()
    assert (statuses["catboost"], statuses["gradient boosting"]) == ("PRODUCTION", None)


def test_operator_cancels_at_night_by_keyboard_alone(own_world: str, visitor: Visitor) -> None:
    visit = visitor(own_world, "dark")
    page = opened(visit, RUNNING, NEXT)
    visit.tab_to("Cancel the test")
    page.keyboard.press("Enter")
    expect(dialog(page)).to_contain_text("catboost 0.1.0 returns to PRODUCTION")
    expect(dialog(page).get_by_label("Why, for the history")).to_be_focused()
    page.keyboard.type("It answers nonsense")
    page.keyboard.press("Enter")
    page.get_by_text("It was cancelled.").wait_for()
    expect(page.locator(".tests-verdict")).to_contain_text("It answers nonsense.")
    # Since the second test has changed a status, the first verdict cannot simply be taken back: that is said.
    page = opened(visit, DECIDED, IS_BETTER)
    page.get_by_role("button", name="Roll back").click()
    dialog(page).get_by_role("button", name="Roll back").click()
    dialog(page).get_by_text("has been changed since the verdict").wait_for()
    assert Caller(own_world).test(DECIDED[-1], "state") == {"state": "DECIDED"}


def test_promotion_is_rolled_back(past: Path, tmp_path: Path, visitor: Visitor) -> None:
    shutil.copy(past / "promoted.db", tmp_path / "arbiter.db")
    with server(ROOT, tmp_path, artifacts=str(past / "artifacts")) as url:
        page = opened(visitor(url), DECIDED, IS_BETTER)
        page.get_by_role("button", name="Roll back").click()
        expect(dialog(page)).to_contain_text("random forest 0.0.1 returns to PRODUCTION")
        expect(dialog(page)).to_contain_text("catboost 0.1.0 returns to no status")
        dialog(page).get_by_role("button", name="Roll back").click()
        page.get_by_text("Its verdict was taken back.").wait_for()
        statuses = Caller(url).statuses()
        assert (statuses["random forest"], statuses["catboost"]) == ("PRODUCTION", None)
        assert page.get_by_role("button", name="Roll back").count() == 0


def test_who_may_only_look_is_offered_nothing_to_change(past: Path, tmp_path: Path, visitor: Visitor) -> None:
    shutil.copy(past / "arbiter.db", tmp_path)
    reader = made_key(tmp_path, "reader", "read")
    with server(ROOT, tmp_path, profile="public", artifacts=str(past / "artifacts")) as url:
        page = visitor(url, key=reader).open("/tests", "Tests")
        page.get_by_role("link", name=NEXT).wait_for()
        assert page.get_by_role("link", name="New test").count() == 0
        page = opened(visitor(url, key=reader), RUNNING, NEXT)
        page.get_by_text("live", exact=True).wait_for()
        assert page.get_by_role("button", name=re.compile("Cancel|Conclude|Change")).count() == 0
        page = visitor(url, key=reader).open("/tests/new", "New test")
        page.get_by_text("Your key may look, but not begin tests.").wait_for()


def test_address_of_no_test_says_so(world: str, visitor: Visitor) -> None:
    page = visitor(world).open("/tests/99", "Test")
    page.get_by_text("There is no such test.").wait_for()
    page.get_by_role("link", name="Show all tests").click()
    page.get_by_role("heading", level=1, name="Tests").wait_for()
