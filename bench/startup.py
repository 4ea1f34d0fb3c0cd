"""From the start of the process to ready, on a new database and on one that is there already.

    python -m bench.startup            half a minute

Ready means that `/readyz` answers 200: the database is migrated, every shipped algorithm is loaded and has
answered its example.
"""

from __future__ import annotations

import tempfile
import time
import urllib.request
from pathlib import Path

from bench.processes import arbiter, serving
from bench.report import Bar, middle, rounded, show, show_bars, write

STARTS = 5
MOST_SECONDS = 5.0
MIB = 2**20


def main() -> None:
    """Measure, print, and write bench/results/startup.json."""
    new, known, memory = [], [], []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as folder:
            new.append(start(Path(folder))[0])
            seconds, size = start(Path(folder))
            known.append(seconds)
            memory.append(size)
    figures = {"new_database_s": middle(new), "known_database_s": middle(known), "memory_mib": middle(memory)}
    bars = [
        Bar("start to ready, new database", figures["new_database_s"], at_most=MOST_SECONDS, unit=" s"),
        Bar("start to ready, known database", figures["known_database_s"], at_most=MOST_SECONDS, unit=" s"),
        Bar("resident memory when ready", figures["memory_mib"], unit=" MiB"),
    ]
    rows = [
        [name, *(f"{rounded(value):g}" for value in values)]
        for name, values in (("new", new), ("known", known))
    ]
    show("Seconds from start to ready", ["database", *(f"start {n + 1}" for n in range(STARTS))], rows)
    show_bars(bars)
    write("startup", {"starts": STARTS}, figures, bars)


def start(folder: Path) -> tuple[float, float]:
    """Seconds from start to ready, and the resident memory then in MiB."""
    arguments, log, settings = arbiter(folder)
    begin = time.perf_counter()
    with serving(arguments, log, **settings) as server:
        with urllib.request.urlopen(f"{server.url}/readyz") as answer:
            if answer.status != 200:
                raise RuntimeError(f"/readyz answered {answer.status}")
        return time.perf_counter() - begin, server.memory()[0] / MIB


if __name__ == "__main__":
    main()
