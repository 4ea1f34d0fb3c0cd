"""All measurements one after the other, then the bars with what was measured: python -m bench [--quick]."""

from __future__ import annotations

import argparse
import subprocess
import sys

from bench.report import read_bars, show_bars

MEASUREMENTS = (
    "predict",
    "paired",
    "log",
    "history",
    "aggregates",
    "costs",
    "drift",
    "compiled",
    "console",
    "pages",
    "lean",
    "exports",
    "backup",
    "live",
    "startup",
    "shared_port",
    "hot",
    "experiments",
    "hostile",
    "models",
    "models.latency",
)
WITHOUT_QUICK = {"startup", "models.latency"}
"""Measurements that are short anyhow."""


def main() -> None:
    """Run each measurement in a process of its own, so that none inherits the memory of another."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Run all measurements and print the bars."
    )
    parser.add_argument("--quick", action="store_true", help="short runs: for a glance, not for a claim")
    parser.add_argument("--bars", action="store_true", help="only print the bars of the last runs")
    options = parser.parse_args()
    for name in () if options.bars else MEASUREMENTS:
        print(f"== python -m bench.{name}", flush=True)
        subprocess.run(
            [sys.executable, "-m", f"bench.{name}", *(["--quick"] if options.quick else [])], check=True
        )
    show_bars([bar for name in MEASUREMENTS for bar in read_bars(name)])


if __name__ == "__main__":
    main()
