"""How two classifiers did on the same requests."""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.statistics.estimate import Estimate


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

    @property
    def champion_correct(self) -> int:
        """Requests on which the champion was right."""
        return self.both_right + self.champion_only

    @property
    def challenger_correct(self) -> int:
        """Requests on which the challenger was right."""
        return self.both_right + self.challenger_only

    @property
    def swapped(self) -> PairCounts:
        """The same with champion and challenger exchanged."""
        return PairCounts(self.both_right, self.challenger_only, self.champion_only, self.both_wrong)

    def difference(self) -> Estimate:
        """The challenger's accuracy minus the champion's: the mean of +1, 0 and -1 per request."""
        n, lead, discordant = self.n, self.challenger_only - self.champion_only, self.discordant
        if n == 0:
            return Estimate(0, None, 0.0)
        # n·Σd² - (Σd)² in whole numbers: exactly 0 for constant data, without rounding.
        variance = (n * discordant - lead * lead) / (n * (n - 1)) if n > 1 else 0.0
        return Estimate(n, lead / n, math.sqrt(variance))
