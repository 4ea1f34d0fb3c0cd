"""The lean way in beside the ordinary one, in one process without network, and how long a batch holds the event loop.

    python -m bench.lean            a minute
    python -m bench.lean --quick    a quarter of that

The application is called directly by 64 tasks, with the lean way and without it in turns, on a SQLite file each
(`synchronous=FULL`, access log on). Counted is the processor time of all threads for a call; the least of many short
runs is reported, so that other work on the machine shows as little as possible. Then a batch of 10,000 rows is sent,
and a row of a megabyte, and the longest step of the event loop is reported, in processor time of its thread.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

import orjson
import uvloop

from arbiter.app import create_app
from arbiter.http.server import spare_the_collector
from arbiter.settings import Settings
from bench.layers import REST, post
from bench.report import Bar, rounded, show, show_bars, write
from bench.rows import ENDPOINT, MadeUp, graphql_bodies, income, rest_bodies, rows_of

CALLERS = 64
CALLS = 6
ROWS = 10_000
MICROSECONDS = 1e6
MILLISECONDS = 1e3
BATCH = (
    "mutation Batch($input: PredictBatchInput!) "
    "{ predictBatch(input: $input) { results { request { requestId label } userErrors { code } } } }"
)


def settings_in(folder: Path, name: str) -> Settings:
    """Every setting as it comes, on a file of its own."""
    return Settings.load(database_url=f"sqlite://{folder / name}.db")


async def costs(folder: Path, *, lean: bool, turns: int) -> dict[str, float]:
    """The least processor time for a call of each edge, in seconds."""
    spec = income()
    rows = rows_of(spec, CALLERS * CALLS)
    sent = {REST: list(rest_bodies(rows)), "/graphql": list(graphql_bodies(spec, rows))}
    app = create_app(settings_in(folder, str(time.monotonic_ns())), lean=lean)
    found = {}
    async with app.router.lifespan_context(app):
        spare_the_collector()

        async def caller(path: str, bodies: Sequence[bytes]) -> None:
            for body in bodies:
                await post(app, app, path, body)

        for path, bodies in sent.items():
            least = float("inf")
            for _ in range(turns):
                started = time.process_time()
                await asyncio.gather(*(caller(path, bodies[n::CALLERS]) for n in range(CALLERS)))
                least = min(least, (time.process_time() - started) / len(bodies))
            found[path] = least
    return found


@contextmanager
def steps_watched() -> Iterator[list[float]]:
    """The processor time of each step of the standard library's event loop in the block, in seconds."""
    steps: list[float] = []
    handle: Any = asyncio.Handle
    run = handle._run

    def timed(self: asyncio.Handle) -> None:
        started = time.thread_time()
        run(self)
        steps.append(time.thread_time() - started)

    handle._run = timed
    try:
        yield steps
    finally:
        handle._run = run


async def longest_steps(folder: Path) -> dict[str, float]:
    """The longest step of the event loop during a batch that comes by each edge, in seconds."""
    rows = rows_of(income(), ROWS)
    variables = {"input": {"endpoint": ENDPOINT, "rows": rows}}
    sent = {
        "10,000 rows by REST": (f"{REST}_batch", orjson.dumps(rows)),
        "10,000 rows by GraphQL": ("/graphql", orjson.dumps({"query": BATCH, "variables": variables})),
        "one row of 1 MB by GraphQL": ("/graphql", next(iter(graphql_bodies(income(), [_long(rows[0])])))),
    }
    app = create_app(settings_in(folder, "batches"))
    found = {}
    async with app.router.lifespan_context(app):
        for name, (path, body) in sent.items():
            longest = []
            for _ in range(3):
                await post(app, app, path, body)
                spare_the_collector()
                with steps_watched() as steps:
                    await asyncio.create_task(post(app, app, path, body))
                longest.append(max(steps))
            # The least of three: what another process takes from this one is not the server's.
            found[name] = min(longest)
    return found


def _long(row: MadeUp) -> MadeUp:
    """The same row with a text of a megabyte, which is refused and logged."""
    return {**row, "workclass": "x" * 1_000_000}


def main() -> None:
    """Measure, print, write bench/results/lean.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.lean", description="Measure the lean way in.")
    parser.add_argument("--quick", action="store_true", help="short runs: for a glance, not for a claim")
    quick = parser.parse_args().quick
    least: dict[tuple[str, bool], float] = {}
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-") as name, open(os.devnull, "w") as nowhere:
        folder = Path(name)
        with redirect_stderr(nowhere):
            for lean in (False, True) if quick else (False, True, True, False):
                for path, cost in uvloop.run(costs(folder, lean=lean, turns=10 if quick else 25)).items():
                    least[path, lean] = min(cost, least.get((path, lean), cost))
            held = asyncio.run(longest_steps(folder))
    ways = {path: [least[path, lean] * MICROSECONDS for lean in (False, True)] for path in (REST, "/graphql")}
    show(
        "Processor time of a prediction",
        ["", "ordinary, µs", "lean, µs"],
        [[path, *(f"{cost:.0f}" for cost in found)] for path, found in ways.items()],
    )
    bars = [
        Bar(
            f"{name}: longest step of the event loop",
            rounded(seconds * MILLISECONDS),
            at_most=5.0 if "1 MB" in name else 2.0,
            unit=" ms",
        )
        for name, seconds in held.items()
    ]
    show_bars(bars)
    print(f"figures in {write('lean', {'quick': quick}, {'us': ways, 'held': held}, bars)}")


if __name__ == "__main__":
    main()
