"""The label queue: truths told one after the other, by keyboard."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from graph.http.console.built import BuiltConsole
from tests.console.browser import EACH_MODE
from tests.console.conftest import Visitor
from tests.console.worlds import INCOME, PREMIUM, WAITING, Caller, another_runs
from tests.graphiql.test_with_the_server import ROOT, made_key, server

pytestmark = pytest.mark.browser
RUNNING = "1"


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory, console: BuiltConsole) -> Path:
    """A folder with the database of a server on which a paired test waits for truths."""
    folder = Path(tmp_path_factory.mktemp("past"))
    with server(ROOT, folder) as url:
        caller = Caller(url)
        caller.graph(
            'mutation { setAlgorithmStatus(input: {algorithm: "3", status: PRODUCTION}) { userErrors { message } } }'
        )
        another_runs(url)
        caller.predict(PREMIUM)
    return folder


@pytest.fixture(scope="module")
def world(past: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server with that past. Nobody tells a truth there."""
    folder = Path(tmp_path_factory.mktemp("world"))
    shutil.copy(past / "arbiter.db", folder)
    with server(ROOT, folder) as url:
        yield url


@pytest.fixture
def own_world(past: Path, tmp_path: Path) -> Iterator[str]:
    """The URL of a server with that past, for one test that tells truths."""
    shutil.copy(past / "arbiter.db", tmp_path)
    with server(ROOT, tmp_path) as url:
        yield url


def request_shown(page: Page) -> str:
    """The id of the request that is asked about."""
    label = page.get_by_role("region", name=re.compile("^Request ")).get_attribute("aria-label")
    assert label is not None
    return label.removeprefix("Request ")


@pytest.mark.parametrize("mode", EACH_MODE)
def test_queue_keeps_the_rules_in_every_mode(world: str, visitor: Visitor, mode: str) -> None:
    visit = visitor(world, mode)
    page = visit.open("/labels", "Labels")
    page.get_by_role("button", name=re.compile("Skip")).wait_for()
    page.get_by_text("What was answered").click()
    visit.check()
    for _ in range(WAITING):
        page.keyboard.press("s")
    page.get_by_text("That was all.").wait_for()
    visit.check()
    page = visit.open(f"/labels?endpoint={PREMIUM}", "Labels")
    page.get_by_role("button", name="Tell").wait_for()
    visit.check()


def test_truths_are_told_skipped_and_taken_back_by_keyboard(own_world: str, visitor: Visitor) -> None:
    page = visitor(own_world).open("/labels", "Labels")
    caller = Caller(own_world)
    first, second, third = caller.waiting(RUNNING)
    page.get_by_text(f"{WAITING} left").wait_for()
    assert request_shown(page) == first
    page.keyboard.press("2")
    page.get_by_text("Told: >50K.").wait_for()
    expect(page.get_by_role("region", name=f"Request {second}")).to_be_visible()
    assert caller.truth_of(first) == ">50K"
    page.get_by_text("2 left").wait_for()
    page.keyboard.press("u")
    page.get_by_text("Taken back: >50K.").wait_for()
    expect(page.get_by_role("region", name=f"Request {first}")).to_be_visible()
    assert caller.truth_of(first) is None
    page.keyboard.press("1")
    page.get_by_text("Told: <=50K.").wait_for()
    page.keyboard.press("s")
    expect(page.get_by_role("region", name=f"Request {third}")).to_be_visible()
    page.keyboard.press("1")
    page.get_by_text("That was all.").wait_for()
    assert [caller.truth_of(one) for one in (first, second, third)] == ["<=50K", None, "<=50K"]
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("region", name=f"Request {second}")).to_be_visible()


def test_keys_can_be_switched_off_and_buttons_do_the_same(own_world: str, visitor: Visitor) -> None:
    page = visitor(own_world).open("/labels", "Labels")
    caller = Caller(own_world)
    first = caller.waiting(RUNNING)[0]
    page.get_by_label("Keys on").uncheck()
    page.keyboard.press("2")
    page.keyboard.press("s")
    assert request_shown(page) == first
    assert caller.truth_of(first) is None
    page.get_by_role("button", name=">50K").last.click()
    page.get_by_text("1 told").wait_for()
    assert caller.truth_of(first) == ">50K"


def test_without_a_test_the_least_sure_answer_comes_first(own_world: str, visitor: Visitor) -> None:
    page = visitor(own_world).open("/labels", "Labels")
    caller = Caller(own_world)
    page.get_by_label("From").select_option(INCOME)
    page.get_by_text("The answer was as good as a toss of a coin").wait_for()
    order = caller.graph(
        "query($e: [ID!]) { requests(where: { endpoint: $e, withFeedback: false }, orderBy: CONFIDENCE_ASC, first: 2)"
        " { nodes { requestId } } }",
        e=[INCOME],
    )["requests"]["nodes"]
    assert request_shown(page) == order[0]["requestId"]
    page.keyboard.press("1")
    expect(page.get_by_role("region", name=f"Request {order[1]['requestId']}")).to_be_visible()
    page.get_by_label("From").select_option(PREMIUM)
    page.get_by_text("The newest one without a truth.").wait_for()
    told = request_shown(page)
    page.keyboard.type("23000")
    page.keyboard.press("Enter")
    page.get_by_text("That was all.").wait_for()
    assert caller.truth_of(told) == "23000"
    page.reload()
    page.get_by_text("Nothing waits for a truth here.").wait_for()


def test_who_may_not_tell_truths_is_told_so(tmp_path: Path, visitor: Visitor, console: BuiltConsole) -> None:
    reader = made_key(tmp_path, "reader", "read")
    with server(ROOT, tmp_path, profile="public") as url:
        page = visitor(url, key=reader).open("/labels", "Labels")
        page.get_by_text("Your key may look, but not give the ground truth.").wait_for()
