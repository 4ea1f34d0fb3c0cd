"""The command line of the experiments."""

from __future__ import annotations

import argparse
import time

from rich.console import Console
from rich.progress import Progress

from bench.experiments import methods
from bench.experiments.cells import CELLS
from bench.report import Bar, show_bars, write


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.experiments",
        description="Do verdicts hold up on the feedback that people have?",
    )
    parser.add_argument("--quick", action="store_true", help="200 tests: for a glance, not for a claim")
    parser.add_argument("--tests", type=int, default=2_000, help="simulated tests per figure")
    parser.add_argument("--feedbacks", type=int, default=10_000, help="feedbacks of each test of the methods")
    parser.add_argument("--seed", type=int, default=20_250_101)
    parser.add_argument("--cells", nargs="*", choices=(*CELLS, "methods"), help="only these")
    options = parser.parse_args()
    if options.quick:
        options.tests = 200
    return options


def main() -> None:
    """Simulate, print, write bench/results/experiments.json."""
    options = parsed()
    bars: list[Bar] = []
    with Progress(console=Console(stderr=True)) as progress:
        for name in options.cells or (*CELLS, "methods"):
            began = time.monotonic()
            if name == "methods":
                bars += methods.measure(options.tests, options.feedbacks, options.seed, progress)
            else:
                bars += CELLS[name](options.tests, options.seed)
            progress.console.print(f"{name}: {time.monotonic() - began:.0f} s")
    show_bars(bars)
    settings = {"tests": options.tests, "feedbacks": options.feedbacks, "seed": options.seed}
    named = "experiments" if not options.cells else "experiments-" + "-".join(options.cells)
    path = write(named, settings, {bar.name: bar.measured for bar in bars}, bars)
    print(f"figures in {path}")


if __name__ == "__main__":
    main()
