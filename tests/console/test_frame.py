"""What is around every view: the way in, the navigation, addresses that lead nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.browser import EACH_MODE
from tests.console.conftest import Visitor
from tests.graphiql.test_with_the_server import ROOT, made_key, server

pytestmark = pytest.mark.browser


def test_root_leads_a_browser_to_the_first_view(site: str, visitor: Visitor) -> None:
    visit = visitor(site)
    visit.page.goto(site)
    visit.page.get_by_role("heading", level=1, name="Predict").wait_for()
    assert visit.page.url.startswith(f"{site}/console/predict")


@pytest.mark.parametrize("mode", EACH_MODE)
def test_address_that_leads_nowhere_says_so_and_leads_back(site: str, visitor: Visitor, mode: str) -> None:
    visit = visitor(site, mode)
    page = visit.open("/no/such/view", "No such page")
    visit.check()
    page.get_by_role("link", name="Go to the beginning.").click()
    page.get_by_role("heading", level=1, name="Predict").wait_for()
    page.go_back()
    page.get_by_role("heading", level=1, name="No such page").wait_for()


def test_who_may_not_read_is_asked_for_a_key_which_the_tab_keeps_until_it_is_forgotten(
    tmp_path: Path, visitor: Visitor
) -> None:
    reader = made_key(tmp_path, "reader", "read", "predict")
    predictor = made_key(tmp_path, "predictor", "predict")
    with server(ROOT, tmp_path, profile="public", anonymous_scopes="predict") as url:
        visit = visitor(url)
        page = visit.open("/predict", "Arbiter")
        visit.check()
        said = page.get_by_role("alert")
        for key, reason in (
            ("schlüssel →", "This is no key: a key or token has no spaces and no letters with accents."),
            ("wrong", "the API key is not valid: it is unknown or was revoked"),
            (predictor, "The key of “predictor” may not read: ask for one with the scope read."),
        ):
            visit.sign_in(key)
            said.filter(has_text=reason).wait_for()
        visit.complaints.clear()  # Chromium tells of each refused call.
        visit.sign_in(f"Bearer {reader}")
        page.get_by_role("heading", level=1, name="Predict").wait_for()
        assert page.get_by_role("banner").get_by_text("reader").is_visible()
        page.reload()
        page.get_by_role("heading", level=1, name="Predict").wait_for()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Key or token").wait_for()
        assert page.evaluate("[sessionStorage.getItem('arbiter:key'), localStorage.length]") == [None, 0]
