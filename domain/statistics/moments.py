"""Counts and sums from which means and variances follow, whatever the order or the batches of the requests."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from domain.statistics.estimate import Estimate


@dataclass(frozen=True, slots=True)
class Moments:
    """How many values there are, their sum, and the sum of their squares. Two of them add up.

    >>> Moments.of([1.0, 2.0]) + Moments.of([6.0])
    Moments(n=3, total=9.0, squares=41.0)
    """

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> Moments:
        """The moments of the values themselves."""
        kept = list(values)
        return cls(len(kept), math.fsum(kept), math.fsum(value * value for value in kept))

    @classmethod
    def of_shares(cls, n: int, ones: int) -> Moments:
        """The moments of n values that are 1 (`ones` of them) or 0, such as right and wrong answers."""
        return cls(n, ones, ones)

    def __add__(self, other: Moments) -> Moments:
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float | None:
        """The mean value; None without values."""
        return self.total / self.n if self.n else None

    @property
    def variance(self) -> float:
        """The sample variance (divisor n - 1), 0 for fewer than two values.

        It is also 0 where it is too small to be told from the rounding of the sums: a difference of large,
        equal sums must not pass for a very certain figure.

        >>> Moments.of([1.0, 2.0, 6.0]).variance
        7.0
        >>> Moments.of([0.1] * 1000).variance
        0.0
        """
        return covariance(self.n, self.total, self.total, self.squares, self.squares)


@dataclass(frozen=True, slots=True)
class PairMoments:
    """Both algorithms' losses on the same requests: the moments of each, and the sum of their products.

    A loss is what the metric averages: the squared residual for RMSE (unit squared), its size for MAE.

    >>> pairs = PairMoments.of([(4.0, 1.0), (9.0, 4.0)])
    >>> pairs.cross, pairs.difference().value
    (40.0, 4.0)
    """

    champion: Moments = Moments()
    challenger: Moments = Moments()
    cross: float = 0.0

    def __post_init__(self) -> None:
        if self.champion.n != self.challenger.n:
            raise ValueError("both algorithms of a pair must have the same number of losses")

    @classmethod
    def of(cls, losses: Iterable[tuple[float, float]]) -> PairMoments:
        """The moments of (champion's loss, challenger's loss), one pair per request."""
        kept = list(losses)
        return cls(
            Moments.of(pair[0] for pair in kept),
            Moments.of(pair[1] for pair in kept),
            math.fsum(first * second for first, second in kept),
        )

    def __add__(self, other: PairMoments) -> PairMoments:
        return PairMoments(
            self.champion + other.champion, self.challenger + other.challenger, self.cross + other.cross
        )

    @property
    def n(self) -> int:
        """The number of requests that both algorithms have a loss for."""
        return self.champion.n

    @property
    def covariance(self) -> float:
        """The sample covariance of both losses."""
        scale = math.sqrt(self.champion.squares) * math.sqrt(self.challenger.squares)
        return covariance(self.n, self.champion.total, self.challenger.total, self.cross, scale)

    def difference(self) -> Estimate:
        """By how much the challenger's mean loss is lower; positive when the challenger is better."""
        if not self.n:
            return Estimate(0, None, 0.0)
        total = self.champion.total - self.challenger.total
        scale = self.champion.squares + self.challenger.squares
        variance = covariance(self.n, total, total, scale - 2 * self.cross, scale + 2 * abs(self.cross))
        return Estimate(self.n, total / self.n, math.sqrt(max(variance, 0.0)))


def covariance(n: int, first: float, second: float, products: float, scale: float) -> float:
    """The sample covariance of n pairs from their sums: first, second, and that of the products.

    scale: the size of the terms that the products were summed from. A result below their rounding error
    (n additions, each with a relative error of one epsilon) is 0, and one that has overflowed is infinite.
    """
    if n <= 1:
        return 0.0
    # Divided before it is multiplied: the product of two large sums may leave the range of a float.
    spread = products - first / n * second
    if not math.isfinite(spread):
        return math.inf
    noise = 4 * n * sys.float_info.epsilon * scale
    return 0.0 if abs(spread) <= noise else spread / (n - 1)
