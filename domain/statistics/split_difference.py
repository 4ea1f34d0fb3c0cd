"""The difference between two arms of which each request met only one, never pooled over different weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from domain.statistics.counts import EpochCounts
from domain.statistics.estimate import Estimate
from domain.statistics.moments import Moments


@dataclass(frozen=True, slots=True)
class SplitScores:
    """The scores of one epoch's requests with feedback, per arm; `weight` was the challenger's.

    A score is 1 or 0 (right or wrong) for accuracy, and the loss (squared residual or its size) for RMSE or MAE.
    """

    weight: float
    champion: Moments
    challenger: Moments

    @property
    def n(self) -> int:
        """Requests with feedback of both arms."""
        return self.champion.n + self.challenger.n

    def with_feedback(self) -> EpochCounts:
        """The number of requests with feedback per arm."""
        return EpochCounts(self.weight, self.champion.n, self.challenger.n)

    def wrong(self) -> EpochCounts:
        """The number of wrong answers per arm, for scores that are 1 or 0."""
        return EpochCounts(
            self.weight,
            self.champion.n - round(self.champion.total),
            self.challenger.n - round(self.challenger.total),
        )


@dataclass(frozen=True, slots=True)
class SplitMeans:
    """Both arms' mean scores, averaged over the epochs in which both have feedback, with equal weights for both.

    gap: the challenger's minus the champion's. The variances are those of one request's contribution, so that a
    mean's standard error is √(variance / n); 0 when all scores of that arm were equal.
    """

    n: int
    champion: float
    challenger: float
    gap: float
    champion_variance: float
    challenger_variance: float

    def difference(self) -> Estimate:
        """The gap with its spread. An arm whose scores were all equal has shown nothing of its own: sd is then 0."""
        if self.champion_variance == 0.0 or self.challenger_variance == 0.0:
            return Estimate(self.n, self.gap, 0.0)
        return Estimate(self.n, self.gap, math.sqrt(self.champion_variance + self.challenger_variance))


def totals(epochs: Sequence[SplitScores]) -> tuple[Moments, Moments]:
    """The champion's and the challenger's scores over all epochs."""
    if len(epochs) == 1:
        return epochs[0].champion, epochs[0].challenger
    return (
        sum((epoch.champion for epoch in epochs), Moments()),
        sum((epoch.challenger for epoch in epochs), Moments()),
    )


def means(epochs: Sequence[SplitScores], largest: float | None = None) -> SplitMeans | None:
    """Both arms' means, compared within epochs and then averaged; None without an epoch that has both arms.

    Epoch k counts with weight n_A n_B / (n_A + n_B) (Mantel & Haenszel 1959; Cochran 1954), so that a changed
    weight cannot invent a gap (Simpson's paradox). The variance of an arm's score is taken over all epochs,
    which can only make the interval wider. largest: of bounded scores; where all of an arm's are equal, one of 0 and
    one of this size are added before its variance is taken (Agresti & Caffo 2000), so that an arm which was right each
    time is not taken for one that cannot be wrong.

    >>> early = SplitScores(0.1, Moments.of_shares(900, 810), Moments.of_shares(100, 90))
    >>> late = SplitScores(0.9, Moments.of_shares(100, 50), Moments.of_shares(900, 450))
    >>> means([early, late]).gap
    0.0
    """
    compared = [epoch for epoch in epochs if epoch.champion.n and epoch.challenger.n]
    if not compared:
        return None
    whole = first = second = gap = first_squared = second_squared = 0.0
    for epoch in compared:
        a, b = epoch.champion, epoch.challenger
        share = a.n * b.n / (a.n + b.n)
        whole += share
        first += share * a.total / a.n
        second += share * b.total / b.n
        # Share times the difference of both means, without dividing by either count: exactly 0 for equal shares.
        gap += (a.n * b.total - b.n * a.total) / (a.n + b.n)
        first_squared += share * share / a.n
        second_squared += share * share / b.n
    champion, challenger = totals(compared)
    n = champion.n + challenger.n
    return SplitMeans(
        n,
        first / whole,
        second / whole,
        gap / whole,
        n * _variance(champion, largest) * first_squared / whole**2,
        n * _variance(challenger, largest) * second_squared / whole**2,
    )


def _variance(scores: Moments, largest: float | None) -> float:
    found = scores.variance
    if found > 0.0 or largest is None:
        return found
    return (scores + Moments(2, largest, largest * largest)).variance
