"""A backup beside predictions: how much longer they take meanwhile, and how long it takes itself.

    python -m bench.backup            1,000,000 rows, five backups; several minutes, and a few more the first time
    python -m bench.backup --quick    100,000 rows, three backups
    python -m bench.backup --database-url postgres://… an empty database; by default a SQLite file

A real `arbiter serve` answers a steady trickle of predictions, for as long without a backup as with one, by turns;
`arbiter backup` is a process of its own, as an operator starts it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.besieged import SETTLED, Siege, prepared
from bench.history import BATCH, QUICK_ROWS, ROWS
from bench.processes import ROOT, environment
from bench.report import Bar, middle, rounded, show, show_bars, write

RATE = 50.0
MOST_P50, MOST_P99 = 1.2, 2.0
LEAST_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Round:
    """The milliseconds of predictions without a backup and beside one, and the seconds that it took."""

    p50: float
    p99: float
    p50_beside: float
    p99_beside: float
    seconds: float
    mib: float


def main() -> None:
    """Fill, measure, print, write bench/results/backup.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.backup", description="Measure backups.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS:,} rows, three backups")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"a multiple of {BATCH:,}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database-url", help="an empty PostgreSQL database")
    options = parser.parse_args()
    if options.quick:
        options.rows, options.rounds = QUICK_ROWS, 3
    with tempfile.TemporaryDirectory() as folder:
        site = prepared(Path(folder), options.rows, 0, keep=True, database_url=options.database_url)
        with site.server() as siege:
            siege.probed(LEAST_SECONDS, prediction=RATE)
            rounds = [measured(siege, Path(folder) / "arbiter.backup") for _ in range(options.rounds)]
    report(rounds, options.rows)


def measured(siege: Siege, target: Path) -> Round:
    """One backup, and as long without one before it."""
    with siege.probing(prediction=RATE) as beside:
        time.sleep(SETTLED)
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "arbiter", "backup", str(target)],
            cwd=ROOT,
            env=environment(siege.site.settings),
            check=True,
        )
        seconds = time.monotonic() - began
    alone = siege.probed(max(seconds, LEAST_SECONDS), prediction=RATE)
    one, other = alone["prediction"], beside["prediction"]
    return Round(
        one["p50_ms"], one["p99_ms"], other["p50_ms"], other["p99_ms"], seconds, target.stat().st_size / 2**20
    )


def report(rounds: list[Round], rows: int) -> None:
    """Print and store the figures."""
    show(
        f"Backups of {rows:,} rows beside {RATE:g} predictions a second",
        ["seconds", "MiB", "p50 ms", "p50 beside", "p99 ms", "p99 beside"],
        [
            [
                f"{r.seconds:.1f}",
                f"{r.mib:,.0f}",
                f"{r.p50:.1f}",
                f"{r.p50_beside:.1f}",
                f"{r.p99:.1f}",
                f"{r.p99_beside:.1f}",
            ]
            for r in rounds
        ],
    )
    bars = [
        Bar(
            "predictions beside a backup: p50 ÷ without",
            rounded(middle(r.p50_beside / r.p50 for r in rounds)),
            at_most=MOST_P50,
        ),
        Bar(
            "predictions beside a backup: p99 ÷ without",
            rounded(middle(r.p99_beside / r.p99 for r in rounds)),
            at_most=MOST_P99,
        ),
    ]
    show_bars(bars)
    seconds = rounded(middle(r.seconds for r in rounds))
    print(f"figures in {write('backup', {'rows': rows}, {'seconds': seconds}, bars)}")


if __name__ == "__main__":
    main()
