"""What counting values costs a prediction: processor time with the summaries of drift beside without them.

    python -m bench.drift            a minute
    python -m bench.drift --quick    a quarter of that

The application is called directly, without network, on a SQLite file (`synchronous=FULL`, access log on): by 64 tasks
at once, and by one alone, whose every prediction is a commit of its own. Counting is switched on and off by turns in
one process. Counted is the processor time of all threads for a call; the least of many short runs of each is compared.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import redirect_stderr
from pathlib import Path

import uvloop

from arbiter.app import create_app
from arbiter.http.server import spare_the_collector
from arbiter.settings import Settings
from bench.layers import REST, post
from bench.report import Bar, show, show_bars, write
from bench.rows import graphql_bodies, income, rest_bodies, rows_of

MANY = 64
CALLS = 384
MICROSECONDS = 1e6
MOST = 1.05


async def costs(folder: Path, turns: int) -> dict[tuple[str, int, bool], float]:
    """The least processor time for a call, in seconds: by edge, callers at once, and whether values are counted."""
    spec = income()
    rows = rows_of(spec, CALLS)
    sent = {REST: list(rest_bodies(rows)), "/graphql": list(graphql_bodies(spec, rows))}
    app = create_app(Settings.load(database_url=f"sqlite://{folder / 'drift'}.db"))
    least: dict[tuple[str, int, bool], float] = {}
    async with app.router.lifespan_context(app):
        spare_the_collector()
        log = app.state.services.log
        counter = log.values

        async def caller(path: str, bodies: Sequence[bytes]) -> None:
            for body in bodies:
                await post(app, app, path, body)

        for turn in range(2 * turns):
            log.values = counter if turn % 2 else None
            for path, bodies in sent.items():
                for callers in (1, MANY):
                    used = bodies if callers == MANY else bodies[:MANY]
                    started = time.process_time()
                    await asyncio.gather(*(caller(path, used[n::callers]) for n in range(callers)))
                    taken = (time.process_time() - started) / len(used)
                    key = (path, callers, bool(turn % 2))
                    least[key] = min(taken, least.get(key, taken))
    return least


def main() -> None:
    """Measure, print, write bench/results/drift.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.drift", description="The cost of counting values.")
    parser.add_argument("--quick", action="store_true", help="short runs: for a glance, not for a claim")
    quick = parser.parse_args().quick
    with (
        tempfile.TemporaryDirectory(prefix="arbiter-bench-") as name,
        open(os.devnull, "w") as nowhere,
        redirect_stderr(nowhere),
    ):
        least = uvloop.run(costs(Path(name), 10 if quick else 40))
    lines, bars = [], []
    for path, callers in dict.fromkeys((path, callers) for path, callers, _ in least):
        without, with_ = least[path, callers, False], least[path, callers, True]
        lines.append(
            [f"{path}, {callers} at once", f"{without * MICROSECONDS:.0f}", f"{with_ * MICROSECONDS:.0f}"]
        )
        bars.append(
            Bar(f"prediction with counted values ÷ without, {lines[-1][0]}", with_ / without, at_most=MOST)
        )
    show("Processor time of a prediction", ["", "without, µs", "with, µs"], lines)
    show_bars(bars)
    print(f"figures in {write('drift', {'quick': quick}, {'us': lines}, bars)}")


if __name__ == "__main__":
    main()
