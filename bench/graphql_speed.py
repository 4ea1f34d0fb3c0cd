"""Every bar on the speed of GraphQL and of predictions, by one command: about ten minutes.

    python -m bench.graphql_speed           measure, then print the table
    python -m bench.graphql_speed --bars    only the table of the last runs

Each measurement is a process of its own, so that none inherits the memory of another. The rates mean something only on
a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from bench.report import Bar, read_bars, show_bars

MEASUREMENTS: dict[str, tuple[str, ...]] = {
    "pages_postgraphile": ("pages", "--peer", "postgraphile", "--rounds", "5", "--seconds", "1.5"),
    "pages": ("pages", "--rounds", "5", "--seconds", "1.5"),
    "predict": ("predict", "--rounds", "3", "--seconds", "1.5"),
    "predict_gradient_boosting": (
        "predict",
        "--rounds",
        "3",
        "--seconds",
        "1.5",
        "--algorithm",
        "gradient boosting",
    ),
    "paired": ("paired", "--rounds", "5", "--seconds", "2"),
    "log": ("log", "--rounds", "3", "--seconds", "1.5"),
    "lean": ("lean", "--quick"),
}
"""By the file of its results what is measured. Rounds and seconds are such that all of them take ten minutes."""
LEAN_ALGORITHM = "predict_gradient_boosting"
LEAN_LEAST = {
    "REST predict at 64 connections ÷ constant route": 0.4,
    "GraphQL predict at 64 connections ÷ constant route": 0.35,
}


def bars_of(name: str) -> list[Bar]:
    """The bars of the last run of one measurement, said of which algorithm; the small one has higher ones."""
    if name != LEAN_ALGORITHM:
        return read_bars(name)
    return [
        Bar(
            f"gradient boosting: {bar.name}",
            bar.measured,
            LEAN_LEAST.get(bar.name, bar.at_least),
            bar.at_most,
            bar.unit,
        )
        for bar in read_bars(name)
        if bar.at_least is not None and "scikit-learn" not in bar.name
    ]


def main() -> None:
    """Measure, print the bars."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.graphql_speed",
        description="Every bar on the speed of GraphQL and of predictions.",
    )
    parser.add_argument("--bars", action="store_true", help="only print the bars of the last runs")
    options = parser.parse_args()
    for module, *more in () if options.bars else MEASUREMENTS.values():
        print(f"== python -m bench.{module} {' '.join(more)}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"bench.{module}", *more], check=False)
        if done.returncode:
            print(f"bench.{module} ended with code {done.returncode}: its last bars are older", flush=True)
    show_bars([bar for name in MEASUREMENTS for bar in bars_of(name)])


if __name__ == "__main__":
    main()
