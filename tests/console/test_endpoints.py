"""Endpoints and their algorithms, and who may call: what an operator looks at and changes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.browser import EACH_MODE
from tests.console.conftest import Visitor
from tests.graphiql.test_with_the_server import ROOT, environment_of, made_key, server

pytestmark = pytest.mark.browser


def row(page: Page, table: str, name: str) -> Locator:
    return page.get_by_role("region", name=table, exact=True).get_by_role("row", name=re.compile(name))


@pytest.mark.parametrize("mode", EACH_MODE)
def test_endpoints_and_keys_keep_the_rules_in_every_mode(site: str, visitor: Visitor, mode: str) -> None:
    visit = visitor(site, mode)
    page = visit.open("/endpoints", "Endpoints")
    page.get_by_role("link", name="premium_insurance").wait_for()
    visit.check()
    page.get_by_role("link", name="premium_insurance").click()
    page.get_by_text(re.compile(r"^Features \(10\)")).click()
    visit.check()
    row(page, "Algorithms", "^catboost").get_by_role("button", name="Set a status").click()
    page.get_by_role("dialog").wait_for()
    visit.check()
    page.get_by_role("button", name="Leave it as it is").click()
    visit.open("/keys", "Keys").get_by_text("No key counts.").wait_for()
    visit.check()


def test_status_is_set_by_keyboard_behind_a_question_that_names_what_changes(
    tmp_path: Path, visitor: Visitor
) -> None:
    with server(ROOT, tmp_path) as url:
        visit = visitor(url)
        page = visit.open("/endpoints/income_classifier", "income_classifier")
        serving = row(page, "Algorithms", "^random forest")
        serving.get_by_text("PRODUCTION", exact=True).wait_for()
        visit.tab_to("Set to TESTING")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Give random forest 0.0.1 another status?")
        assert dialog.get_by_role("listitem").all_inner_texts() == [
            "random forest 0.0.1: PRODUCTION → TESTING. From then on it answers whoever asks for it.",
            "Nothing that can run is in production then: calls of income_classifier that ask for no other are refused.",
        ]
        page.keyboard.press("Escape")
        assert serving.get_by_text("PRODUCTION", exact=True).is_visible()
        row(page, "Algorithms", "^catboost").get_by_role("button", name="Set a status").click()
        dialog = page.get_by_role("dialog", name="Give catboost 0.1.0 another status?")
        assert (
            dialog.get_by_role("listitem")
            .all_inner_texts()[1]
            .startswith("random forest 0.0.1 still answers")
        )
        dialog.get_by_label("New status").select_option("TESTING")
        assert dialog.get_by_role("listitem").all_inner_texts() == [
            "catboost 0.1.0: no status → TESTING. From then on it answers whoever asks for it."
        ]
        dialog.get_by_role("button", name="Set a status").click()
        row(page, "Algorithms", "^catboost").get_by_text("TESTING", exact=True).wait_for()
        newest = page.get_by_role("region", name="Status history").get_by_role("row").nth(1)
        expect(newest).to_contain_text("catboost 0.1.0")
        expect(newest).to_contain_text("anonymous")


def test_algorithms_show_how_good_they_were_when_they_were_published(site: str, visitor: Visitor) -> None:
    visit = visitor(site)
    page = visit.open("/endpoints/income_classifier", "income_classifier")
    forest = row(page, "Algorithms", "^catboost")
    expect(forest).to_contain_text("86.9% right")
    expect(forest).to_contain_text("log loss 0.289, 9,769 rows")
    page = visit.open("/endpoints/premium_insurance", "premium_insurance")
    expect(row(page, "Algorithms", "^catboost")).to_contain_text("RMSE 2,727.92 Indian rupees")


def test_endpoint_that_is_not_there_says_so(site: str, visitor: Visitor) -> None:
    page = visitor(site).open("/endpoints/nothing", "nothing")
    page.get_by_text("There is no endpoint nothing.").wait_for()
    page.get_by_role("link", name="All endpoints").click()
    page.get_by_role("heading", level=1, name="Endpoints").wait_for()


def test_keys_are_shown_to_admins_alone_with_their_use(tmp_path: Path, visitor: Visitor) -> None:
    reader = made_key(tmp_path, "reader", "read", "predict:income_classifier")
    admin = made_key(tmp_path, "admin", "read", "admin")
    made_key(tmp_path, "gone", "read")
    revoke(tmp_path, "gone")
    with server(ROOT, tmp_path, profile="public") as url:
        page = visitor(url, key=reader).open("/keys", "Keys")
        page.get_by_text("Your key does not show you the keys of others.").wait_for()
        expect(page.get_by_role("link", name="Keys")).to_have_count(0)
        page.get_by_role("link", name="Endpoints").click()
        page.get_by_role("link", name="income_classifier").click()
        page.get_by_text("Statuses are set with a key of the scope admin.").wait_for()
        expect(page.get_by_role("button", name=re.compile("^Set "))).to_have_count(0)
        visit = visitor(url, key=admin)
        page = visit.open("/endpoints", "Endpoints")
        page.get_by_role("link", name="Keys").click()
        expect(row(page, "Keys", "^reader")).to_contain_text("predict:income_classifier, read")
        expect(row(page, "Keys", "^gone")).to_have_count(0)
        page.get_by_label("Revoked ones, too (1)").check()
        row(page, "Keys", "^gone").get_by_text("revoked").wait_for()
        visit.check()
        page.reload()
        row(page, "Keys", "^gone").get_by_text("revoked").wait_for()


def revoke(folder: Path, name: str) -> None:
    command = [sys.executable, "-m", "arbiter", "keys", "revoke", name]
    subprocess.run(command, env=environment_of(ROOT, folder), cwd=ROOT, check=True, capture_output=True)
