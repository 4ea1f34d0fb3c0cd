"""What removing old requests costs: predictions beside it, and reads before and after it.

    python -m bench.retention                     1,000,000 requests in a file of their own (some minutes)
    python -m bench.retention --quick             50,000
    python -m bench.retention --database-url URL  an empty database of another kind, for example PostgreSQL

The application is called directly, without network, by callers that think between their calls; the retention runs as it
does in a server, by turns with stretches of the same length without it. Each of the five runs removes a fifth of the
old requests (all of them without the young ones), and the median of the runs' ratios counts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stderr
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from statistics import median, quantiles

import uvloop
from starlette.applications import Starlette

from arbiter.app import create_app
from arbiter.http.server import spare_the_collector
from arbiter.settings import Settings
from bench.history import BATCH, DAYS, FIRST_DAY, VIEWER, Read, fill
from bench.layers import REST, post
from bench.report import Bar, rounded, show, show_bars, write
from bench.rows import income, rest_bodies, rows_of
from domain.callers import Principal, Scope
from domain.history.aggregates import FigurePart, Grouping, GroupKey
from domain.history.filters import RequestFilter
from orm.connection.database import Database
from orm.queries.figures.aggregates import AggregateQuery, figures_by_owner
from orm.queries.history.requests import count_requests, page_requests
from serving.services import Services

ROWS = 1_000_000
QUICK_ROWS = 50_000
RUNS = 5
CALLERS = 8
THINKING = 0.01
"""Seconds that each caller thinks: together they ask for some hundred predictions a second."""
YOUNG = 0.1
"""The share of the days that stays."""
SHORTEST = 2.0
PAGE = 50
READS = 200
MILLISECONDS = 1e3
MOST_P50, MOST_P99, MOST_READ = 1.2, 2.0, 1.1
OPERATOR = Principal("bench", frozenset({Scope.ADMIN}))


async def asked(app: Starlette, bodies: Sequence[bytes], until: asyncio.Event) -> list[float]:
    """How long each prediction took, in milliseconds, until the event is set."""
    times: list[float] = []

    async def caller(number: int) -> None:
        while not until.is_set():
            for body in bodies[number::CALLERS]:
                began = time.perf_counter()
                await post(app, app, REST, body)
                times.append((time.perf_counter() - began) * MILLISECONDS)
                if until.is_set():
                    return
                await asyncio.sleep(THINKING)

    await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    return times


async def beside(app: Starlette, bodies: Sequence[bytes], seconds: float) -> list[float]:
    """The times of predictions of so many seconds with nothing beside them."""
    until = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, until.set)
    return await asked(app, bodies, until)


async def removing(
    app: Starlette, services: Services, bodies: Sequence[bytes], kept_days: int
) -> tuple[list[float], int, float]:
    """The times of predictions while everything older goes; how many requests went, and in how many seconds."""
    before = sum(services.retentions.removed.values())
    for endpoint in services.catalog.snapshot.endpoints.values():
        await services.retentions.set_rule(endpoint.name, None, kept_days, OPERATOR)
    until = asyncio.Event()
    asking = asyncio.create_task(asked(app, bodies, until))
    began = time.perf_counter()
    for endpoint in services.catalog.snapshot.endpoints.values():
        await services.retentions.run(endpoint.name)
    seconds = time.perf_counter() - began
    until.set()
    return await asking, sum(services.retentions.removed.values()) - before, seconds


def reads(endpoint_id: int, young: datetime) -> dict[str, Read]:
    """A page, a count and an aggregate over what stays; not over the predictions that were asked for meanwhile."""
    where = RequestFilter(
        endpoint_ids=(endpoint_id,), created_from=young, created_before=FIRST_DAY + timedelta(days=DAYS)
    )
    grouped = AggregateQuery(
        where, Grouping((GroupKey.LABEL,), limit=100), frozenset({FigurePart.OUTCOMES, FigurePart.FEEDBACK})
    )
    return {
        f"page of {PAGE}": lambda reader: page_requests(reader, VIEWER, limit=PAGE, where=where),
        "count": lambda reader: count_requests(reader, VIEWER, where, 10_000),
        "aggregate": lambda reader: figures_by_owner(reader, VIEWER, grouped),
    }


async def least(database: Database, wanted: dict[str, Read]) -> dict[str, float]:
    """The least time of each read, in milliseconds: what others do on the machine only adds to it."""
    found = dict.fromkeys(wanted, inf)
    for _ in range(READS):
        for name, read in wanted.items():
            async with database.reader() as reader:
                began = time.perf_counter()
                await read(reader)
                found[name] = min(found[name], (time.perf_counter() - began) * MILLISECONDS)
    return found


async def measure(url: str, rows: int, runs: int) -> tuple[list[list[str]], list[Bar]]:
    """Fill, read, remove in runs, read again."""
    bodies = list(rest_bodies(rows_of(income(), 2_000)))
    app = create_app(Settings.load(database_url=url))
    lines: list[list[str]] = []
    ratios: dict[str, list[float]] = {"p50": [], "p99": []}
    now = datetime.now(UTC)
    async with app.router.lifespan_context(app):
        spare_the_collector()
        services: Services = app.state.services
        await services.retentions.close()  # It is run by hand, so that both stretches are as long.
        await fill(services.database, rows)
        endpoint_id = services.catalog.snapshot.endpoint_named("income_classifier").id
        young = FIRST_DAY + timedelta(days=round(DAYS * (1 - YOUNG)))
        before = await least(services.database, reads(endpoint_id, young))
        await beside(app, bodies, SHORTEST)
        for run in range(1, runs + 1):
            boundary = FIRST_DAY + (young - FIRST_DAY) * run / runs
            with_, removed, seconds = await removing(app, services, bodies, (now - boundary).days)
            without = await beside(app, bodies, max(SHORTEST, seconds))
            figures = [quantiles(times, n=100) for times in (without, with_)]
            for name, place in (("p50", 49), ("p99", 98)):
                ratios[name].append(figures[1][place] / figures[0][place])
            lines.append(
                [str(run), f"{removed:,}", f"{removed / seconds:,.0f}", f"{len(with_):,}"]
                + [f"{one[place]:.2f}" for one in figures for place in (49, 98)]
            )
        after = await least(services.database, reads(endpoint_id, young))
    slower = {name: after[name] / before[name] for name in before}
    lines += [[name, "", "", "", f"{before[name]:.3f}", "", f"{after[name]:.3f}", ""] for name in before]
    return lines, [
        Bar(
            "p50 of predictions while old requests go ÷ without",
            rounded(median(ratios["p50"])),
            at_most=MOST_P50,
        ),
        Bar(
            "p99 of predictions while old requests go ÷ without",
            rounded(median(ratios["p99"])),
            at_most=MOST_P99,
        ),
        *(
            Bar(f"{name} after retention ÷ before (time)", rounded(ratio), at_most=MOST_READ)
            for name, ratio in slower.items()
        ),
    ]


def main() -> None:
    """Measure, print, write bench/results/retention.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.retention", description="What removing costs.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS:,} rows: for a glance")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"a multiple of {BATCH:,}")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--database-url", help="an empty database; by default a SQLite file that is removed")
    options = parser.parse_args()
    rows = QUICK_ROWS if options.quick else options.rows
    with (
        tempfile.TemporaryDirectory(prefix="arbiter-bench-") as name,
        open(os.devnull, "w") as nowhere,
        redirect_stderr(nowhere),
    ):
        url = options.database_url or f"sqlite://{Path(name) / 'retention.db'}"
        lines, bars = uvloop.run(measure(url, rows, options.runs))
    head = ["run", "removed", "rows/s", "predictions", "p50 ms without", "p99", "p50 ms with", "p99"]
    show(f"Removing of {rows:,} requests", head, lines)
    show_bars(bars)
    print(f"figures in {write('retention', {'quick': options.quick, 'rows': rows}, {'ms': lines}, bars)}")


if __name__ == "__main__":
    main()
