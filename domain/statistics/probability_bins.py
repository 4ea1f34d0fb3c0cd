"""Probabilities as they are summed up: in whole steps, by bins of equal width, beside how often they came true.

Whole numbers add up to the same in whatever order, and what was added can be taken back to the last one.
"""

from __future__ import annotations

from dataclasses import dataclass

STEPS = 100_000
"""Steps from 0 to 1: a probability is kept to half of one. The squares of 900 million fit into a 64-bit number."""

BINS = 100
STEPS_PER_BIN = STEPS // BINS


def steps_of(probability: float) -> int:
    """The nearest number of steps, the upper one where two are as near; beyond 0 and 1 those.

    >>> steps_of(0.29), steps_of(1.0000001), steps_of(-1e-9)
    (29000, 100000, 0)
    """
    return int(min(max(probability, 0.0), 1.0) * STEPS + 0.5)


def bin_of(steps: int) -> int:
    """The bin from 0 to 99: each has its lower end, and the last one 1 as well.

    >>> bin_of(0), bin_of(999), bin_of(1000), bin_of(100_000)
    (0, 0, 1, 99)
    """
    return min(steps // STEPS_PER_BIN, BINS - 1)


@dataclass(slots=True)
class ProbabilityCounts:
    """Requests whose probabilities lie in a bin: how many, how many came true, and sums over their steps.

    `true_steps` is the sum over those that came true alone.
    """

    requests: int = 0
    came_true: int = 0
    steps: int = 0
    squares: int = 0
    true_steps: int = 0

    def add(self, steps: int, *, came_true: bool, sign: int = 1) -> None:
        """Count one probability (sign 1), or take it back (sign -1)."""
        self.requests += sign
        self.steps += sign * steps
        self.squares += sign * steps * steps
        if came_true:
            self.came_true += sign
            self.true_steps += sign * steps

    def merge(self, other: ProbabilityCounts, sign: int = 1) -> None:
        """Add, or subtract, all that another one counts."""
        self.requests += sign * other.requests
        self.came_true += sign * other.came_true
        self.steps += sign * other.steps
        self.squares += sign * other.squares
        self.true_steps += sign * other.true_steps

    def numbers(self) -> tuple[int, int, int, int, int]:
        """The counts and sums in the order of their declaration."""
        return self.requests, self.came_true, self.steps, self.squares, self.true_steps
