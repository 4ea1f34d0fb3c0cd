"""The documents as pages: found from the list, by links, and by searching."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from tests.console.browser import EACH_MODE
from tests.console.conftest import Visitor

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("mode", EACH_MODE)
def test_list_search_and_pages_keep_the_rules_in_every_mode(site: str, visitor: Visitor, mode: str) -> None:
    visit = visitor(site, mode)
    page = visit.open("/documents", "Documents")
    page.get_by_role("link", name="Getting started").wait_for()
    visit.check()
    page.get_by_label("Search the documents").fill("conclude")
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("listitem").first.wait_for()
    visit.check()
    page = visit.open("/documents/operations", "Operations")
    page.get_by_role("article").get_by_role("heading", level=2).first.wait_for()
    visit.check()


def test_a_link_in_a_document_leads_to_its_heading_and_back_returns(site: str, visitor: Visitor) -> None:
    page = visitor(site).open("/documents/console", "The console")
    page.get_by_role("article").get_by_role("link", name="public profile").click()
    page.get_by_role("heading", level=1, name="Settings").wait_for()
    heading = page.get_by_role("heading", level=2, name="ARBITER_PROFILE")
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport()
    assert page.url == f"{site}/console/documents/settings#arbiter_profile"
    page.go_back()
    page.get_by_role("heading", level=1, name="The console").wait_for()


def test_a_document_shows_its_pictures_in_the_size_that_there_is(site: str, visitor: Visitor) -> None:
    visit = visitor(site, "320 px, dark")
    page = visit.open("/documents/console", "The console")
    pictures = page.get_by_role("article").get_by_role("img")
    expect(pictures).to_have_count(5)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("it => it.naturalWidth") == 1280
        assert picture.get_attribute("alt")
    visit.check()


def test_what_is_searched_for_is_in_the_address_and_found_in_guides_first(
    site: str, visitor: Visitor
) -> None:
    visit = visitor(site)
    page = visit.open("/documents", "Documents")
    visit.tab_to("Search the documents")
    page.keyboard.type("sample ratio")
    page.keyboard.press("Enter")
    first = page.locator(".documents-found > li").first
    expect(first).to_contain_text("in A/B tests")
    assert page.url == f"{site}/console/documents?find=sample+ratio"
    page.reload()
    expect(first).to_contain_text("in A/B tests")
    first.get_by_role("link").click()
    page.get_by_role("heading", level=1, name="A/B tests").wait_for()
    page.go_back()
    page.get_by_label("Search the documents").fill("quagga xylophone")
    page.get_by_role("button", name="Search").click()
    page.get_by_text("Nothing in the documents has “quagga xylophone”.").wait_for()


def test_a_document_that_is_not_there_and_one_that_does_not_come_say_so(site: str, visitor: Visitor) -> None:
    visit = visitor(site)
    page = visit.open("/documents/nothing", "Documents")
    page.get_by_text("There is no document nothing.md in this version.").wait_for()
    visit.check()

    def lose(route: Route) -> None:
        route.abort()

    page.route("**/document-errors-*.json", lose)
    page.get_by_role("link", name="All documents").click()
    page.get_by_role("link", name="Errors", exact=True).click()
    page.get_by_role("alert").get_by_text("The server cannot be reached").wait_for()
    visit.check()
    visit.complaints.clear()
    page.unroute("**/document-errors-*.json", lose)
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("article").get_by_role("heading", level=2).first.wait_for()


def test_an_operation_in_a_document_opens_in_graphiql_behind_the_hash(site: str, visitor: Visitor) -> None:
    page = visitor(site).open("/documents/exports", "Exports")
    href = page.get_by_role("article").get_by_role("link", name="Open in GraphiQL").get_attribute("href")
    assert href is not None
    assert href.startswith("/graphql#query=")
    assert "exportUrl" in href
