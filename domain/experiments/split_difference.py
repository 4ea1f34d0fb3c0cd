"""The difference between two arms of which each request met only one, never pooled over different weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from domain.experiments.epoch_counts import EpochCounts
from domain.experiments.estimate import Estimate
from domain.experiments.moments import Moments


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


def totals(epochs: Sequence[SplitScores]) -> tuple[Moments, Moments]:
    """The champion's and the challenger's scores over all epochs."""
    return (
        sum((epoch.champion for epoch in epochs), Moments()),
        sum((epoch.challenger for epoch in epochs), Moments()),
    )


def difference(epochs: Sequence[SplitScores]) -> Estimate:
    """The challenger's mean score minus the champion's, compared within epochs and then averaged.

    Epoch k counts with weight n_A n_B / (n_A + n_B) (Mantel & Haenszel 1959; Cochran 1954), so that a changed
    weight cannot invent a gap (Simpson's paradox). The variance of an arm's score is taken over all epochs,
    which can only make the interval wider. Without an epoch in which both arms have feedback there is no value.

    >>> early = SplitScores(0.1, Moments.of_shares(900, 810), Moments.of_shares(100, 90))
    >>> late = SplitScores(0.9, Moments.of_shares(100, 50), Moments.of_shares(900, 450))
    >>> difference([early, late]).value
    0.0
    """
    compared = [epoch for epoch in epochs if epoch.champion.n and epoch.challenger.n]
    if not compared:
        return Estimate(0, None, 0.0)
    n = sum(epoch.n for epoch in compared)
    champion, challenger = (moments.variance for moments in totals(compared))
    if champion == 0.0 or challenger == 0.0:
        # An arm whose scores were all equal has shown nothing of its spread.
        return Estimate(n, _mean_gap(compared), 0.0)
    shares = [epoch.champion.n * epoch.challenger.n / epoch.n for epoch in compared]
    whole = sum(shares)
    variance = sum(
        (share / whole) ** 2 * (champion / epoch.champion.n + challenger / epoch.challenger.n)
        for share, epoch in zip(shares, compared, strict=True)
    )
    return Estimate(n, _mean_gap(compared), math.sqrt(n * variance))


def _mean_gap(compared: Sequence[SplitScores]) -> float:
    """The average gap within epochs; share times gap is (n_A S_B - n_B S_A) / n, without a division by either."""
    gaps = sum(
        (epoch.champion.n * epoch.challenger.total - epoch.challenger.n * epoch.champion.total) / epoch.n
        for epoch in compared
    )
    return gaps / sum(epoch.champion.n * epoch.challenger.n / epoch.n for epoch in compared)
