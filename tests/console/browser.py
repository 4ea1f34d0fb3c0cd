"""Chromium as a visitor of the console, in each way in which somebody may look at it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

from tests.graphiql.chromium import executable

ROOT = Path(__file__).parents[2]
AXE = ROOT / "console/node_modules/axe-core/axe.min.js"
PATIENCE = 20_000
"""Milliseconds for whatever a page is waited for."""

MODES: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
    "forced colours, dark": {"forced_colors": "active", "color_scheme": "dark"},
    "320 px, dark": {"viewport": {"width": 320, "height": 640}, "color_scheme": "dark"},
    "reduced motion": {"reduced_motion": "reduce"},
    "more contrast": {"contrast": "more"},
    "German in Tokyo": {"locale": "de-DE", "timezone_id": "Asia/Tokyo"},
}
"""What each way of looking asks of Chromium."""

EACH_MODE = [
    pytest.param(mode, marks=() if mode in {"320 px, dark", "forced colours"} else pytest.mark.slow)
    for mode in MODES
]
"""For a view: what shows most mistakes at every change, and the other ways with `--tier all`."""


@dataclass
class Visit:
    """One tab of a visitor: what it complained about, and whom it called."""

    url: str
    page: Page
    complaints: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)

    def open(self, view: str, heading: str | None = None) -> Page:
        """Open a view by its path below /console, and wait for its title."""
        self.page.goto(f"{self.url}/console{view}")
        if heading is not None:
            self.page.get_by_role("heading", level=1, name=heading).wait_for()
        return self.page

    def sign_in(self, key: str) -> None:
        """Type a key into the box."""
        self.page.get_by_label("Key or token").fill(key)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def check(self) -> None:
        """The view keeps the rules as it stands: axe finds nothing, and nothing is wider than the window."""
        found = violations(self.page)
        assert not found, "\n".join(found)
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"the page is {wide} px wider than the window"

    def close(self) -> None:
        """Nothing was complained about, and nobody else was called."""
        self.page.context.close()
        assert not self.complaints, "\n".join(self.complaints)
        others = self.called - {urlsplit(self.url).netloc}
        assert not others, f"called {others}"

    def tab_to(self, name: str, most: int = 80) -> None:
        """Press Tab until the focus is on what is called so, as somebody without a mouse does."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if self.focused() == name:
                return
        pytest.fail(f"Tab never reached {name!r}; it is at {self.focused()!r}")

    def focused(self) -> str:
        """What the element that has the focus is called."""
        said: str = self.page.evaluate(
            "(({activeElement: at}) => (at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText"
            " ?? at.innerText).trim())(document)"
        )
        return said


def opened(playwright: Playwright) -> Browser:
    """A fresh Chromium, the one of the system; without it the test is skipped, in continuous integration it fails."""
    return playwright.chromium.launch(
        executable_path=executable(),
        args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
    )


def visit(browser: Browser, url: str, mode: str = "light", key: str | None = None) -> Visit:
    """A tab in one of MODES, signed in with `key` where one is given."""
    context: BrowserContext = browser.new_context(**{"locale": "en-GB", "timezone_id": "UTC"} | MODES[mode])
    context.set_default_timeout(PATIENCE)
    if key is not None:
        context.add_init_script(f"sessionStorage.setItem('arbiter:key', {json.dumps(key)})")
    page = context.new_page()
    made = Visit(url, page)

    def hear(said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            made.complaints.append(said.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: made.complaints.append(str(error)))
    page.on("request", lambda request: made.called.add(urlsplit(request.url).netloc))
    return made


def violations(page: Page) -> list[str]:
    """What axe has to say against the page: each rule with the elements that break it."""
    if not AXE.is_file():
        reason = "axe-core is not there: run `npm ci --ignore-scripts` in console/"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    # The policy refuses script elements, but what the debugger evaluates is not the page's own.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(({violations}) => violations)")
    return [
        f"{rule['id']} ({rule['impact']}): {[node['target'] + [node['html'][:200]] for node in rule['nodes']]}"
        for rule in found
    ]
