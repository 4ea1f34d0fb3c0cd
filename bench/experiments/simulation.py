"""Many tests of one world, and the worlds that several figures share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bench.experiments import runs, worlds
from bench.experiments.runs import End, Run, agrees, ended
from domain.statistics.rules import Metric, VerdictRules
from domain.words import OutcomeSeen

Rng = np.random.Generator
REQUESTS = 5_000
CHECKED = 20
"""Tests of a cell whose evidence is compared with the product's at random looks."""
ALL = VerdictRules(outcome_seen=OutcomeSeen.ALL)
UNKNOWN = VerdictRules()
CHAMPION, BETTER = (0.5, 0.02), (0.2736, 0.0514)
"""Shares of frauds missed and of false alarms: costs .269 and .186, accuracies 95.6 and 93.75 %."""
COST_RULES = VerdictRules(Metric.COST, outcome_seen=OutcomeSeen.ALL, costs=worlds.COSTS)


def simulated(name: str, make: Callable[[Rng], Run], rules: VerdictRules, tests: int, seed: int) -> list[End]:
    """How so many tests of one world ended; the evidence of the first few is checked."""
    rng = np.random.default_rng([seed, *name.encode()])
    found = []
    for number in range(tests):
        run = make(rng)
        if number < CHECKED:
            agrees(run, rules, rng)
        found.append(ended(run, rules))
    return found


def pairs_of(rng: Rng, n: int, alone: tuple[float, float], weight: float = 0.5) -> Run:
    """A paired test in which only the one arm is right as often as `alone` says, or only the other."""
    return runs.paired(worlds.even_pairs(rng, n, *alone, weight=weight), weight)


def queue_of(rng: Rng, n: int, alone: tuple[float, float]) -> Run:
    """The same, where only disagreements are given a truth."""
    return runs.paired(worlds.queue_pairs(rng, n, *alone), 0.5)


def split_of(
    rng: Rng,
    accuracies: tuple[float, float] = (0.9, 0.9),
    rates: tuple[float, float] = (1.0, 1.0),
    *,
    weight: float = 0.5,
    drift: float = 0.0,
    n: int = REQUESTS,
) -> Run:
    return runs.split(worlds.split(rng, n, accuracies, rates, weight=weight, drift=drift), weight)
