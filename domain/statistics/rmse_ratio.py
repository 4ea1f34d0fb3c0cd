"""How many times as large the challenger's RMSE (or MAE) is as the champion's, with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.statistics import asymptotic_sequence
from domain.statistics.estimate import Estimate, Interval
from domain.statistics.moments import PairMoments
from domain.statistics.split_difference import SplitMeans

POSITIVE = Interval(0.0, math.inf)
"""Every ratio is possible."""


@dataclass(frozen=True, slots=True)
class LossMeans:
    """Both mean losses over n requests, and the variances and covariance of one request's contribution to them.

    difference: the champion's mean minus the challenger's.
    """

    n: int
    champion: float
    challenger: float
    champion_variance: float
    challenger_variance: float
    covariance: float
    difference: Estimate


def of_pairs(pairs: PairMoments) -> LossMeans:
    """From the losses of both algorithms on the same requests; there must be one at least."""
    n = pairs.n
    return LossMeans(
        n,
        pairs.champion.total / n,
        pairs.challenger.total / n,
        pairs.champion.variance,
        pairs.challenger.variance,
        pairs.covariance,
        pairs.difference(),
    )


def of_split(means: SplitMeans) -> LossMeans:
    """From losses on different requests."""
    gap = means.difference()
    return LossMeans(
        means.n,
        means.champion,
        means.challenger,
        means.champion_variance,
        means.challenger_variance,
        0.0,
        Estimate(gap.n, -means.gap, gap.sd),
    )


def ratio(means: LossMeans, *, root: bool = True) -> float | None:
    """The challenger's figure over the champion's; below 1 the challenger is better. None when the champion's is 0.

    root: take the square root, as RMSE asks of mean squared residuals; False for MAE.

    >>> ratio(of_pairs(PairMoments.of([(4.0, 1.0), (12.0, 3.0)])))
    0.5
    """
    if means.champion == 0.0:
        return None
    if root:
        # Each root by itself: the quotient of tiny means may leave the range of a float, that of their roots does not.
        return math.sqrt(means.challenger) / math.sqrt(means.champion)
    return means.challenger / means.champion


def interval(
    means: LossMeans,
    alpha: float,
    optimised_for: int = asymptotic_sequence.OPTIMISED_FOR,
    *,
    root: bool = True,
) -> Interval:
    """The ratios that the data still allow, at all times with probability 1 - α (asymptotically).

    A ratio g of mean losses is kept while the sequence for (challenger's loss - g · champion's loss) keeps 0: a
    quadratic inequality in g (Fieller 1954). It excludes 1 exactly when the interval of the difference excludes 0.
    Where the champion's mean loss cannot be told from 0, or the data are constant, every ratio is allowed.

    >>> interval(of_pairs(PairMoments.of([(4.0, 1.0)] * 2000)), 0.05)
    Interval(low=0.0, high=inf)
    """
    reach = asymptotic_sequence.radius(means.n, 1.0, alpha, optimised_for)
    if means.difference.sd == 0.0 or not math.isfinite(reach):
        return POSITIVE
    # g is kept while (challenger - g · champion)² ≤ reach² · variance of that contrast. Sorted by powers of g this is
    # leading · g² - 2 · middle · g + last ≤ 0: an interval only if leading is positive, else all of the line is kept.
    square = reach * reach
    leading = means.champion**2 - square * means.champion_variance
    middle = means.champion * means.challenger - square * means.covariance
    discriminant = middle * middle - leading * (means.challenger**2 - square * means.challenger_variance)
    if not (leading > 0.0 and discriminant > 0.0):
        return POSITIVE
    spread = math.sqrt(discriminant)
    low, high = max(0.0, (middle - spread) / leading), max(0.0, (middle + spread) / leading)
    return Interval(math.sqrt(low), math.sqrt(high)) if root else Interval(low, high)
