"""Takes the pictures of the console for the documents: `python -m tests.console.screenshots FOLDER`.

A server of this checkout with a made-up history is started in a temporary folder, and Chromium looks at each view.
"""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.arbiter.processes import ROOT
from tests.console.browser import opened, visit
from tests.console.made_up import ask, paired_test, predicted, tell
from tests.graphiql.test_with_the_server import server

SIZE = {"width": 1280, "height": 720}
MOST_BYTES = 1_500_000
VIEWS = {
    "predict": "/predict?endpoint=income_classifier",
    "tests": "/tests",
    "test": "/tests/1",
    "labels": "/labels?test=1",
    "history": "/history?endpoint=income_classifier&order=CONFIDENCE_DESC",
    "quality": "/quality?endpoint=income_classifier",
    "endpoints": "/endpoints",
    "documents": "/documents/ab-tests",
}
"""Each picture, and the address that it is of; a view that is not there is left out."""
CHANCE = random.Random(15)


def fill(url: str) -> None:
    """Two hundred predictions of a paired test; the truth of most of them is known, and mostly as answered."""
    paired_test(url, "Are extra trees as good?")
    for _ in range(200):
        made = predicted(
            url,
            "income_classifier",
            **{
                "age": CHANCE.randint(18, 80),
                "hours-per-week": CHANCE.randint(10, 70),
                "education-num": CHANCE.randint(1, 16),
            },
        )
        if CHANCE.random() < 0.8:
            tell(url, made["requestId"], made["label"] if CHANCE.random() < 0.85 else ">50K")


def take(url: str, folder: Path) -> list[Path]:
    """The pictures of every view."""
    newest = ask(url, "{ requests(first: 1) { nodes { requestId } } }")["requests"]["nodes"][0]["requestId"]
    taken = []
    with sync_playwright() as playwright:
        browser = opened(playwright)
        for name, address in {**VIEWS, "request": f"/history/{newest}"}.items():
            looking = visit(browser, url)
            looking.page.set_viewport_size(SIZE)  # type: ignore[arg-type]
            page = looking.open(address)
            page.get_by_role("heading", level=1).wait_for()
            page.wait_for_load_state("networkidle")
            if page.get_by_role("heading", level=1).inner_text() != "No such page":
                taken.append(folder / f"console-{name}.png")
                page.screenshot(path=taken[-1], animations="disabled")
            looking.close()
        browser.close()
    return taken


def main(folder: Path) -> None:
    """Take all pictures and say how large they are; together they stay below 1.5 MB."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, server(ROOT, Path(temporary)) as url:
        fill(url)
        taken = take(url, folder)
    total = sum(path.stat().st_size for path in taken)
    for path in taken:
        print(f"{path.stat().st_size:>8} {path}")
    print(f"{total:>8} together")
    if total > MOST_BYTES:
        sys.exit(f"more than {MOST_BYTES} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
