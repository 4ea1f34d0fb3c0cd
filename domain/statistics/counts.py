"""Counts that statistics are made of: of both arms while a weight held, and of pairs of answers by who was right."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from domain.statistics.estimate import Estimate


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


@dataclass(frozen=True, slots=True)
class PairCounts:
    """Requests with feedback by who was right. Two of them add up.

    >>> counts = PairCounts(both_right=80, champion_only=4, challenger_only=6, both_wrong=10)
    >>> counts.n, counts.discordant, counts.difference().value
    (100, 10, 0.02)
    """

    both_right: int = 0
    champion_only: int = 0
    challenger_only: int = 0
    both_wrong: int = 0

    def __add__(self, other: PairCounts) -> PairCounts:
        return PairCounts(
            self.both_right + other.both_right,
            self.champion_only + other.champion_only,
            self.challenger_only + other.challenger_only,
            self.both_wrong + other.both_wrong,
        )

    @property
    def n(self) -> int:
        """All requests with feedback."""
        return self.both_right + self.both_wrong + self.discordant

    @property
    def discordant(self) -> int:
        """Requests on which exactly one of the two was right."""
        return self.champion_only + self.challenger_only

    def difference(self) -> Estimate:
        """The challenger's accuracy minus the champion's: the mean of +1, 0 and -1 per request."""
        n, lead, discordant = self.n, self.challenger_only - self.champion_only, self.discordant
        if n == 0:
            return Estimate(0, None, 0.0)
        # n·Σd² - (Σd)² in whole numbers: exactly 0 for constant data, without rounding.
        variance = (n * discordant - lead * lead) / (n * (n - 1)) if n > 1 else 0.0
        return Estimate(n, lead / n, math.sqrt(variance))
