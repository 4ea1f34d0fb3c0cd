"""Takes the pictures of the console for the documents: `python -m tests.console.screenshots docs/images`.

A server of this checkout with some weeks of made-up history and a running test is started in a temporary folder, and
Chromium looks at the views that docs/console.md shows. All pictures together stay below 1.5 MB.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.arbiter.processes import ROOT
from tests.console.browser import opened, visit
from tests.console.made_up import ask, paired_test, predicted, tell
from tests.console.past import lived
from tests.graphiql.test_with_the_server import server

MOST_BYTES = 1_500_000
CHANCE = random.Random(15)


def with_rows(page: Page) -> None:
    """A table is filled."""
    page.locator("tbody tr").first.wait_for()


def asked(page: Page) -> None:
    """The form is sent, and its answer is there."""
    page.get_by_role("button", name="Predict", exact=True).click()
    page.get_by_text("What was true?").wait_for()


def with_charts(page: Page) -> None:
    """The charts are drawn."""
    page.locator("svg[role=img]").first.wait_for()


@dataclass(frozen=True)
class Picture:
    """What is looked at: the address of a view, how much of it is shown, and what is clicked before."""

    address: str
    height: int = 720
    prepare: Callable[[Page], None] = with_rows


def pictures(request_id: str) -> dict[str, Picture]:
    """Each picture by its name; that of a request shows this one."""
    return {
        "predict": Picture("/predict?endpoint=income_classifier", 1000, asked),
        "test": Picture("/tests/1", 1600, with_charts),
        "history": Picture("/history?endpoint=income_classifier&right=no&order=CONFIDENCE_DESC"),
        "request": Picture(f"/history/{request_id}", 900),
        "quality": Picture("/quality?endpoint=income_classifier", 1000, with_charts),
    }


def fill(url: str) -> str:
    """Predictions of a paired test, most of whose truths are known; the id of one whose truth was changed."""
    paired_test(url, "Are extra trees as good?")
    for person in range(220):
        made = predicted(
            url,
            "income_classifier",
            f"person {person}",
            **{
                "age": CHANCE.randint(18, 80),
                "hours-per-week": CHANCE.randint(10, 70),
                "education-num": CHANCE.randint(1, 16),
            },
        )
        if CHANCE.random() < 0.8:
            tell(url, made["requestId"], made["label"] if CHANCE.random() < 0.85 else ">50K")
    last: str = ask(url, "{ requests(first: 1) { nodes { requestId } } }")["requests"]["nodes"][0][
        "requestId"
    ]
    for truth in ("<=50K", ">50K"):
        tell(url, last, truth)
    return last


def take(url: str, folder: Path, wanted: dict[str, Picture]) -> list[Path]:
    """The pictures, as files."""
    taken = []
    with sync_playwright() as playwright:
        browser = opened(playwright)
        for name, picture in wanted.items():
            looking = visit(browser, url)
            looking.page.set_viewport_size({"width": 1280, "height": picture.height})
            page = looking.open(picture.address)
            page.get_by_role("heading", level=1).wait_for()
            picture.prepare(page)
            expect(page.locator("[aria-busy=true], .waiting")).to_have_count(0)
            taken.append(folder / f"console-{name}.png")
            page.screenshot(path=taken[-1], animations="disabled")
            looking.close()
        browser.close()
    return taken


def main(folder: Path) -> None:
    """Take all pictures and say how large they are."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        lived(f"sqlite://{temporary}/arbiter.db")
        with server(ROOT, Path(temporary)) as url:
            taken = take(url, folder, pictures(fill(url)))
    total = sum(path.stat().st_size for path in taken)
    for path in taken:
        print(f"{path.stat().st_size:>8} {path}")
    print(f"{total:>8} together")
    if total > MOST_BYTES:
        sys.exit(f"more than {MOST_BYTES} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
