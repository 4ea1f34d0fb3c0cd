"""The first view of each page of the console over a million requests, in Chromium.

    python -m bench.console                       fills bench/results/console.db once (minutes), then measures
    python -m bench.console --database FILE       the same in another SQLite file, for example one in memory
    python -m bench.console --quick               100,000 rows in a file of their own

The rows are those of bench.history, moved so that they end today. A server of this checkout serves them, and each view
is opened by its address in a fresh profile of Chromium, as somebody does who follows a link: `first` is when its main
part is there, `all` when nothing is loading any more, `server` the server's processor time for it, which a busy machine
does not change. Needs the built console (`make console`) and Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from playwright.sync_api import Browser, sync_playwright

from arbiter import wiring
from arbiter.settings import Settings
from bench.history import BATCH, DAYS, QUICK_ROWS, ROWS, fill
from bench.processes import ServerProcess, serving
from bench.report import RESULTS, Bar, rounded, show, show_bars, write
from bench.rows import income, rows_of

REPEATS = 5
SLOWEST_VIEW = 1.0
IN_TEST = 300
PATIENCE = 20_000
ENDPOINT = "income_classifier"
ROWS_THERE = ".history-found tbody tr"
CONTENT = "main :is(form, table, article, section, dl, li, .state.empty)"

SETTLED = """() => new Promise(resolve => {
  let since = null;
  const look = () => {
    const loading = document.querySelector('.waiting, [aria-busy="true"]')
      || [...document.querySelectorAll('output')].some(one => one.textContent.startsWith('Counting'));
    const now = performance.now();
    since = loading ? null : since ?? now;
    if (since !== null && now - since > 300) resolve(since);
    else requestAnimationFrame(look);
  };
  look();
})"""


@dataclass(frozen=True, slots=True)
class View:
    """A view by its address below /console, and what must be there for its first sight."""

    name: str
    address: str
    main: str = CONTENT


def views_of(request_id: str) -> list[View]:
    """Every page of the console, and the history as people filter it."""
    of = f"endpoint={ENDPOINT}"
    return [
        View("predict", f"/predict?{of}"),
        View("tests", "/tests"),
        View("a running test", "/tests/1"),
        View("a new test", "/tests/new"),
        View("labels", f"/labels?{of}"),
        View("labels of a test", "/labels?test=1"),
        View("history", "/history", ROWS_THERE),
        View("history of an endpoint", f"/history?{of}", ROWS_THERE),
        View("history: surest mistakes", f"/history?{of}&right=no&order=CONFIDENCE_DESC", ROWS_THERE),
        View("history: least sure", f"/history?{of}&known=no&outcome=OK&order=CONFIDENCE_ASC", ROWS_THERE),
        View("history: largest errors", "/history?known=yes&order=ERROR_DESC", ROWS_THERE),
        View("history: failures", "/history?outcome=ERROR", ROWS_THERE),
        View("history: one answer", f"/history?{of}&label=%3E50K", ROWS_THERE),
        View("history: unsure", f"/history?{of}&confidence=..0.6", ROWS_THERE),
        View("history: slow", "/history?latency=1.9..", ROWS_THERE),
        View("history: a test", "/history?test=1", ROWS_THERE),
        View("a request", f"/history/{request_id}"),
        View("quality", f"/quality?{of}"),
        View("quality of a regressor", "/quality?endpoint=premium_insurance"),
        View("endpoints", "/endpoints"),
        View("an endpoint", f"/endpoints/{ENDPOINT}"),
        View("keys", "/keys"),
        View("documents", "/documents"),
        View("a document", "/documents/ab-tests"),
    ]


async def prepare(url: str, rows: int) -> None:
    """Fill what is missing, up to now, and add the rows up."""
    async with wiring.running(Settings.load(database_url=url)) as services:
        async with services.database.reader() as reader:
            present = await reader.execute_query_dict("SELECT count(*) AS n FROM ml_request")
        if present[0]["n"] >= rows:
            return
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        await fill(services.database, rows, today - timedelta(days=DAYS))
        await services.summaries.rebuild()


def ask(url: str, text: str, **variables: object) -> dict[str, Any]:
    """The data of an operation that succeeds."""
    body = json.dumps({"query": text, "variables": variables}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    if "errors" in found:
        raise RuntimeError(found["errors"])
    data: dict[str, Any] = found["data"]
    return data


def with_a_test(url: str) -> str:
    """See to a running test with some hundred scored requests; the id of its newest request."""
    newest = "{ abTest(id: 1) { requests(first: 1) { nodes { requestId } } } }"
    if ask(url, "{ abTests { nodes { id } } }")["abTests"]["nodes"]:
        return str(ask(url, newest)["abTest"]["requests"]["nodes"][0]["requestId"])
    named = f'endpoint(name: "{ENDPOINT}") {{ algorithms {{ nodes {{ id status }} }} }}'
    algorithms = ask(url, f"{{ {named} }}")["endpoint"]["algorithms"]["nodes"]
    arms = [one["id"] for one in algorithms if one["status"]][:2]
    create = "mutation ($i: CreateABTestInput!) { createABTest(input: $i) { userErrors { message } } }"
    ask(url, create, i={"title": "trees", "algorithms": arms, "mode": "PAIRED"})
    predict = "mutation ($i: PredictInput!) { predict(input: $i) { request { requestId label } } }"
    tell = "mutation ($i: GiveFeedbackInput!) { giveFeedback(input: $i) { userErrors { message } } }"
    for number, row in enumerate(rows_of(income(), IN_TEST)):
        asked = {"endpoint": ENDPOINT, "features": row, "subject": f"person {number}"}
        made = ask(url, predict, i=asked)["predict"]["request"]
        if number % 3:
            ask(url, tell, i={"requestId": made["requestId"], "feedback": (">50K", "<=50K")[number % 2]})
    return str(ask(url, newest)["abTest"]["requests"]["nodes"][0]["requestId"])


class Seconds(NamedTuple):
    """What a view took: until its main part is there, until nothing is loading, and of the server's processor."""

    first: float
    all: float
    server: float


def opened(browser: Browser, server: ServerProcess, view: View) -> Seconds:
    """Opens a view."""
    before = server.cpu_seconds()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{server.url}/console{view.address}", wait_until="commit")
    page.wait_for_selector(view.main, state="attached")
    first: float = page.evaluate("() => performance.now()")
    settled: float = page.evaluate(SETTLED)
    context.close()
    return Seconds(first / 1000, max(first, settled) / 1000, server.cpu_seconds() - before)


def measure(server: ServerProcess, repeats: int) -> dict[str, Seconds]:
    """The medians of each view; the views take turns, after one turn that does not count."""
    views = views_of(with_a_test(server.url))
    times: dict[str, list[Seconds]] = {view.name: [] for view in views}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for turn in range(repeats + 1):
            for view in views:
                took = opened(browser, server, view)
                if turn:
                    times[view.name].append(took)
        browser.close()
    return {
        name: Seconds(*(rounded(median(column)) for column in zip(*taken, strict=True)))
        for name, taken in times.items()
    }


def main() -> None:
    """Fill, measure, print, write bench/results/console.json."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.console", description="Open each page of the console."
    )
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_ROWS:,} rows: for a glance, not for a claim"
    )
    parser.add_argument("--rows", type=int, default=ROWS, help=f"a multiple of {BATCH:,}")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="how often each view is opened")
    parser.add_argument(
        "--database", type=Path, help="a SQLite file; by default one in bench/results/, which is kept"
    )
    options = parser.parse_args()
    if options.quick:
        options.rows, options.repeats = QUICK_ROWS, 2
    RESULTS.mkdir(exist_ok=True)
    database = options.database or RESULTS / (
        "console.db" if options.rows == ROWS else f"console-{options.rows}.db"
    )
    database_url = f"sqlite://{database.resolve()}"
    asyncio.run(prepare(database_url, options.rows))
    arguments = ["-m", "arbiter", "serve", "--port", "0", "--log", "json"]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "arbiter.log"
        with serving(arguments, log, program=sys.executable, database_url=database_url) as server:
            times = measure(server, options.repeats)
    show(
        f"Views over {options.rows:,} requests, seconds",
        ["", *Seconds._fields],
        [[name, *(f"{part:.2f}" for part in took)] for name, took in times.items()],
    )
    bars = [
        Bar(
            "slowest first view of the console",
            max(took.first for took in times.values()),
            at_most=SLOWEST_VIEW,
            unit=" s",
        ),
        Bar(
            "slowest view of the console, all of it",
            max(took.all for took in times.values()),
            at_most=SLOWEST_VIEW,
            unit=" s",
        ),
    ]
    show_bars(bars)
    settings = {"rows": options.rows, "repeats": options.repeats}
    write("console", settings, {"seconds": {name: took._asdict() for name, took in times.items()}}, bars)


if __name__ == "__main__":
    main()
