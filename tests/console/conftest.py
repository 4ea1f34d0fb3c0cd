"""A server that shows the console, and Chromium to visit it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from graph.http.console.built import BuiltConsole, built_console
from tests.console import browser as browsers
from tests.console.browser import Visit
from tests.graphiql.test_with_the_server import ROOT, server

Visitor = Callable[..., Visit]


@pytest.fixture(scope="session")
def console() -> BuiltConsole:
    """The console as the build made it; without it the test is skipped, but in continuous integration it fails."""
    found = built_console()
    if found is None:
        reason = "the console is not built: run `npm ci --ignore-scripts && npm run build` in console/"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def browser(console: BuiltConsole) -> Iterator[Browser]:
    """One Chromium for the tests of a file; each visit has a profile of its own."""
    with sync_playwright() as playwright:
        made = browsers.opened(playwright)
        yield made
        made.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, console: BuiltConsole) -> Iterator[str]:
    """The URL of a server on loopback that asks for no key, with an empty history."""
    with server(ROOT, Path(tmp_path_factory.mktemp("site"))) as url:
        yield url


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Visitor]:
    """`visitor(url, mode=…, key=…)` opens a tab. At the end no tab may have complained or called another host."""
    visits: list[Visit] = []

    def come(url: str, mode: str = "light", key: str | None = None) -> Visit:
        visits.append(browsers.visit(browser, url, mode, key))
        return visits[-1]

    yield come
    for made in visits:
        made.close()
