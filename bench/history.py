"""The history of a million requests: pages at both ends, filtered pages, counts.

    python -m bench.history                     fills bench/results/history.db once (a minute), then measures
    python -m bench.history --quick             100,000 rows in a file of their own
    python -m bench.history --database-url URL  the same on another database, for example PostgreSQL

The rows are made up: 90 days of the first six algorithms of two endpoints, feedback for a fifth of them. A file that
is only partly filled is continued. Everything is read through `orm.queries`, as GraphQL and REST read it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import orjson
from rich.progress import track

from arbiter import wiring
from arbiter.settings import Settings
from bench.report import RESULTS, Bar, rounded, show, show_bars, write
from bench.rows import MadeUp, rows_of
from domain.callers import Principal, Scope, Viewer
from domain.catalog.entries import Algorithm
from domain.history.filters import Position, RequestFilter, RequestOrder
from domain.requests import request_ids
from domain.requests.feedback import FeedbackUpdate
from domain.requests.new_request import NewRequest
from domain.words import Fault, Kind, Outcome
from orm.connection.client import Reader, Tx
from orm.connection.database import Database
from orm.queries.catalog.algorithms import all_algorithms
from orm.queries.history.insertion import insert_requests
from orm.queries.history.requests import count_requests, page_requests, store_feedback
from registry.discovery import default_artifacts_root
from registry.endpoints import load_endpoint

ROWS = 1_000_000
QUICK_ROWS = 100_000
BATCH = 5_000
PAGE = 50
DAYS = 90
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(days=DAYS)
FEEDBACK_SHARE = 0.2
ERROR_SHARE = 0.01
LABELS = ("<=50K", ">50K")
WRITER = 255
VIEWER = Viewer(Principal("bench", frozenset({Scope.READ})))
MILLISECONDS = 1e3
CAP = 10_000
SLOWEST_PAGE = 10.0
FLATTEST = 1.5
ALGORITHMS = 6
"""The first that ship: a later one would make other rows, and figures that cannot be compared with earlier ones."""


async def fill(database: Database, rows: int, first_day: datetime = FIRST_DAY) -> None:
    """Bring the log to `rows` rows of the 90 days from `first_day` on; what is there already stays."""
    async with database.reader() as reader:
        present = (await reader.execute_query_dict("SELECT count(*) AS n FROM ml_request"))[0]["n"]
        algorithms = (await all_algorithms(reader))[:ALGORITHMS]
        endpoints = await reader.execute_query_dict("SELECT id, name FROM endpoint")
    if present > rows or present % BATCH:
        raise SystemExit(f"the database holds {present} rows, not up to {rows} in batches: remove it first")
    inputs = {
        row["id"]: rows_of(load_endpoint(default_artifacts_root() / row["name"]), 1_000) for row in endpoints
    }
    batches = range(present // BATCH, rows // BATCH)
    for batch in track(batches, description=f"{rows:,} rows", disable=not batches):
        async with database.transaction() as tx:
            await _write(tx, _made_up(batch, rows, algorithms, inputs, first_day))
    if batches and database.dialect == "postgres":
        # PostgreSQL would do so by itself a minute later; SQLite never does in the server's life.
        async with database.transaction() as tx:
            await tx.execute_query("ANALYZE")


async def _write(tx: Tx, rows: Sequence[tuple[NewRequest, FeedbackUpdate | None]]) -> None:
    await insert_requests(tx, [row for row, _ in rows])
    await store_feedback(tx, [update for _, update in rows if update is not None])


def _made_up(
    batch: int,
    rows: int,
    algorithms: Sequence[Algorithm],
    inputs: dict[int, list[MadeUp]],
    first_day: datetime,
) -> list[tuple[NewRequest, FeedbackUpdate | None]]:
    """One batch, the same whenever it is made."""
    draw = random.Random(batch)
    first = request_ids.millisecond_of(request_ids.first_at(first_day))
    apart = STEP // timedelta(milliseconds=1) / rows
    found = []
    for number in range(batch * BATCH, (batch + 1) * BATCH):
        algorithm = draw.choices(algorithms, weights=range(len(algorithms), 0, -1))[0]
        row = NewRequest(
            id=request_ids.compose(first + int(number * apart), WRITER, number % request_ids.SEQUENCES),
            endpoint_id=algorithm.endpoint_id,
            algorithm_id=algorithm.id,
            input=orjson.dumps(draw.choice(inputs[algorithm.endpoint_id])).decode(),
            latency=draw.uniform(0.0002, 0.002),
        )
        found.append((row, _answered(row, algorithm.kind, draw)))
    return found


def _answered(row: NewRequest, kind: Kind, draw: random.Random) -> FeedbackUpdate | None:
    """Give the row its answer, and sometimes the ground truth."""
    if draw.random() < ERROR_SHARE:
        row.outcome, row.fault, row.message = Outcome.ERROR, Fault.CALLER, "age is absent; send it"
        row.full_response = orjson.dumps(
            {"message": row.message, "code": "INVALID_FEATURES", "path": []}
        ).decode()
        return None
    if kind is Kind.REGRESSOR:
        row.value = draw.uniform(15_000, 40_000)
        answer: dict[str, object] = {"value": row.value}
    else:
        row.probability = draw.random()
        row.label = LABELS[row.probability > 0.75]
        probabilities = dict(zip(LABELS, (1 - row.probability, row.probability), strict=True))
        row.confidence = probabilities[row.label]
        answer = {"label": row.label, "probability": row.probability, "probabilities": probabilities}
    row.full_response = orjson.dumps(answer).decode()
    return _feedback(row, draw) if draw.random() < FEEDBACK_SHARE else None


def _feedback(row: NewRequest, draw: random.Random) -> FeedbackUpdate:
    given_at = request_ids.time_of(row.id) + timedelta(hours=draw.uniform(1, 72))
    if row.value is not None:
        truth = row.value + draw.gauss(0, 3_000)
        return FeedbackUpdate(row.id, f"{truth:.2f}", given_at, None, row.value - truth)
    label = draw.choice(LABELS)
    return FeedbackUpdate(row.id, label, given_at, label == row.label, None)


Read = Callable[[Reader], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of fifty; `share` says after which part of the history it begins."""

    name: str
    where: RequestFilter | None = None
    share: float = 0.0
    order: RequestOrder = RequestOrder.ID_DESC

    def reading(self, after: Position | None) -> Read:
        """The read that is measured."""
        return lambda reader: page_requests(
            reader, VIEWER, limit=PAGE, where=self.where, order=self.order, after=after
        )


def pages_of(endpoint_ids: Sequence[int], algorithm_ids: Sequence[int]) -> list[Page]:
    """Filtered pages: each filter alone, then some together."""
    month = FIRST_DAY + timedelta(days=30)
    dates = RequestFilter(created_from=month, created_before=month + timedelta(days=7))
    rarest = algorithm_ids[-1:]
    filters = {
        "endpoint": RequestFilter(endpoint_ids=tuple(endpoint_ids[-1:])),
        "algorithm": RequestFilter(algorithm_ids=tuple(rarest)),
        "label": RequestFilter(label=LABELS[1]),
        "label that no row has": RequestFilter(label="none"),
        "has feedback": RequestFilter(with_feedback=True),
        "has no feedback": RequestFilter(with_feedback=False),
        "date range": dates,
        "endpoint and date range": replace(dates, endpoint_ids=tuple(endpoint_ids[-1:])),
        "algorithm and label": RequestFilter(algorithm_ids=tuple(algorithm_ids[:1]), label=LABELS[1]),
        "algorithm and has feedback": RequestFilter(algorithm_ids=tuple(rarest), with_feedback=True),
        "outcome ERROR": RequestFilter(outcome=Outcome.ERROR),
    }
    pages = [Page(name, where, share) for name, where in filters.items() for share in (0.0, 0.5)]
    return [*pages, Page("newest feedback first", None, order=RequestOrder.FEEDBACK_AT_DESC)]


BARRED = ("endpoint", "algorithm", "label", "has feedback", "has no feedback", "date range")


async def time_each(database: Database, reads: dict[str, Read], repeats: int) -> dict[str, float]:
    """Milliseconds of each read, the median of `repeats`; the reads take turns."""
    times: dict[str, list[float]] = {name: [] for name in reads}
    for _ in range(repeats):
        for name, read in reads.items():
            async with database.reader() as reader:
                start = time.perf_counter()
                await read(reader)
                times[name].append((time.perf_counter() - start) * MILLISECONDS)
    return {name: rounded(median(values)) for name, values in times.items()}


def position_at(share: float) -> Position | None:
    """Where a page of the newest first begins that leaves out `share` of the history's time."""
    return Position(request_ids.first_at(FIRST_DAY + STEP * (1 - share))) if share else None


async def measure(database: Database, rows: int, repeats: int) -> tuple[dict[str, float], list[Bar]]:
    """All reads, and the bars."""
    async with database.reader() as reader:
        algorithms = (await all_algorithms(reader))[:ALGORITHMS]
        last = await page_requests(reader, VIEWER, limit=PAGE + 1, order=RequestOrder.ID_ASC)
    ends = {
        "page of 50 at row 1": Page("").reading(None),
        f"page of 50 at row {rows:,}": Page("").reading(Position(last[-1].id)),
    }
    first, end = (await time_each(database, ends, repeats * 4)).values()
    endpoint_ids = sorted({one.endpoint_id for one in algorithms})
    pages = pages_of(endpoint_ids, [one.id for one in algorithms])
    reads = {
        f"{page.name}, {'in the middle' if page.share else 'newest'}": page.reading(position_at(page.share))
        for page in pages
    }
    async with database.reader() as reader:
        for name, read in reads.items():
            if "no row" not in name and len(await read(reader)) != PAGE:
                raise RuntimeError(f"the page {name!r} does not have {PAGE} rows")
    filtered = await time_each(database, reads, repeats)
    counts = await time_each(database, _counts(endpoint_ids), max(3, repeats // 10))
    slowest = max(took for name, took in filtered.items() if name.rpartition(", ")[0] in BARRED)
    bars = [
        Bar(
            f"history page of {PAGE} at row {rows:,} ÷ at row 1 (time)",
            rounded(end / first),
            at_most=FLATTEST,
        ),
        Bar(f"slowest filtered page of {PAGE} over {rows:,} rows", slowest, at_most=SLOWEST_PAGE, unit=" ms"),
    ]
    return {**dict(zip(ends, (first, end), strict=True)), **filtered, **counts}, bars


def _counts(endpoint_ids: Sequence[int]) -> dict[str, Read]:
    one = RequestFilter(endpoint_ids=tuple(endpoint_ids[:1]))
    return {
        f"count of an endpoint, up to {CAP:,}": lambda reader: count_requests(reader, VIEWER, one, CAP),
        "count of an endpoint, all": lambda reader: count_requests(reader, VIEWER, one, ROWS),
        "count of everything": lambda reader: count_requests(reader, VIEWER, None, ROWS),
    }


async def run_fill(url: str, rows: int) -> None:
    """Fill what is missing."""
    async with wiring.running(Settings.load(database_url=url)) as services:
        await fill(services.database, rows)


async def run(url: str, rows: int, repeats: int) -> tuple[dict[str, float], list[Bar]]:
    """Fill what is missing, then measure."""
    settings = Settings.load(database_url=url)
    async with wiring.running(settings) as services:  # registers the endpoints and algorithms
        await fill(services.database, rows)
        return await measure(services.database, rows, repeats)


def parsed(bench: str, description: str, *, repeats: int, quick_repeats: int) -> argparse.Namespace:
    """The command line of a bench that reads the long history, which `database_url` names."""
    parser = argparse.ArgumentParser(prog=f"python -m bench.{bench}", description=description)
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_ROWS:,} rows: for a glance, not for a claim"
    )
    parser.add_argument("--rows", type=int, default=ROWS, help=f"a multiple of {BATCH:,}")
    parser.add_argument("--repeats", type=int, default=repeats, help="how often each read is made")
    parser.add_argument("--database-url", help="by default a SQLite file in bench/results/, which is kept")
    options = parser.parse_args()
    if options.quick:
        options.rows, options.repeats = QUICK_ROWS, quick_repeats
    if options.rows % BATCH:
        parser.error(f"--rows must be a multiple of {BATCH}")
    if not options.database_url:
        RESULTS.mkdir(exist_ok=True)
        name = "history.db" if options.rows == ROWS else f"history-{options.rows}.db"
        options.database_url = f"sqlite://{RESULTS / name}"
    return options


def main() -> None:
    """Fill, measure, print, write bench/results/history.json."""
    options = parsed("history", "Measure a long history.", repeats=100, quick_repeats=20)
    times, bars = asyncio.run(run(options.database_url, options.rows, options.repeats))
    show(
        f"Reads over {options.rows:,} rows",
        ["", "ms"],
        [[name, f"{took:.2f}"] for name, took in times.items()],
    )
    show_bars(bars)
    kind = options.database_url.partition(":")[0]
    settings = {"rows": options.rows, "repeats": options.repeats, "database": kind}
    path = write("history", settings, {"milliseconds": times}, bars)
    print(f"figures in {path}")


if __name__ == "__main__":
    main()
