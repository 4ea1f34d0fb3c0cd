"""Counts of both arms in one epoch: a stretch of a test with the same weight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EpochCounts:
    """How often something (a request, an error, a failure) fell to each arm while `weight` was the challenger's.

    weight: the probability, strictly between 0 and 1, with which a request was assigned to the challenger.
    """

    weight: float
    champion: int = 0
    challenger: int = 0

    def __post_init__(self) -> None:
        if not 0.0 < self.weight < 1.0:
            raise ValueError(f"an epoch's weight must lie strictly between 0 and 1, not {self.weight}")

    @property
    def n(self) -> int:
        """Both arms together."""
        return self.champion + self.challenger


def excess(epochs: Iterable[EpochCounts]) -> float:
    """By how much the challenger's counts exceed what its weights would give it.

    >>> excess([EpochCounts(0.5, champion=10, challenger=30), EpochCounts(0.1, champion=90, challenger=10)])
    10.0
    """
    return sum(epoch.challenger - epoch.weight * epoch.n for epoch in epochs)
