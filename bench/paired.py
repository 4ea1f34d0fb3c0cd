"""Predictions in a paired test beside plain ones: what a second algorithm on every request costs.

    python -m bench.paired            about two minutes
    python -m bench.paired --quick    a quarter of a minute

Two `arbiter serve` processes get the same bodies over REST in turns, at 64 connections. In one a paired test of
the two shipped scikit-learn algorithms takes all traffic, and every request writes its observation; in the other
the production algorithm answers alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from bench.load import GENERATORS, best_generator
from bench.predict import MOST, ROWS, Variant, measure, post
from bench.processes import arbiter, serving
from bench.report import Bar, middle, show_bars, write
from bench.rows import ENDPOINT, income, rest_bodies, rows_of

CREATE = """mutation { createABTest(input: {title: "bench", algorithms: [1, 2], mode: PAIRED, autoDecide: false}) {
  abTest { state } userErrors { message } } }"""
LEAST = 0.6


def start(stack: ExitStack, folder: Path) -> dict[str, Variant]:
    """Both servers, the second one with a running test."""
    bodies = folder / "rest.jsonl"
    bodies.write_bytes(b"\n".join(rest_bodies(rows_of(income(), ROWS))))
    variants = {}
    for name in ("plain", "paired"):
        home = folder / name
        home.mkdir()
        arguments, log, settings = arbiter(home)
        server = stack.enter_context(serving(arguments, log, **settings))
        variants[name] = Variant(name, server, f"/api/v1/{ENDPOINT}/predict", bodies)
    created = post(variants["paired"].server.url + "/graphql", json.dumps({"query": CREATE}).encode())
    if created["data"]["createABTest"]["abTest"] is None:
        raise RuntimeError(f"the test was not created: {created}")
    return variants


def rates(
    variants: dict[str, Variant], generator: str, rounds: int, seconds: float
) -> list[tuple[float, float]]:
    """Predictions a second, (plain, paired), one pair a round; every other round goes backwards."""
    for variant in variants.values():
        measure(variant, generator, MOST, 1.0)
    found = []
    for number in range(rounds):
        order = list(variants.values())[:: -1 if number % 2 else 1]
        turn = {variant.name: measure(variant, generator, MOST, seconds).load.rate for variant in order}
        found.append((turn["plain"], turn["paired"]))
    return found


def main() -> None:
    """Measure, print, write bench/results/paired.json."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.paired", description="Paired predictions beside plain ones."
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--generator", choices=sorted(GENERATORS), default=best_generator())
    parser.add_argument("--quick", action="store_true", help="two rounds of two seconds")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 2, 2.0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-") as name, ExitStack() as stack:
        found = rates(start(stack, Path(name)), options.generator, options.rounds, options.seconds)
    bars = [Bar("predict in paired mode ÷ plain predict", middle(b / a for a, b in found), at_least=LEAST)]
    show_bars(bars)
    settings = {**vars(options), "minutes": round((time.monotonic() - began) / 60, 1)}
    write("paired", settings, {"plain_and_paired_per_second": found}, bars)


if __name__ == "__main__":
    main()
