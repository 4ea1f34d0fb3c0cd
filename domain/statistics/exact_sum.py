"""Sums of floats without rounding: they come out the same to the last bit, however the numbers are divided.

A sum is kept as a few floats that do not overlap, whose mathematical sum it is: Shewchuk, "Adaptive precision
floating-point arithmetic", 1997. `math.fsum` gives the float that is nearest to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.statistics.moments import Moments


@dataclass(slots=True)
class ExactSum:
    """A sum that does not depend on the order or the batches of what is added.

    >>> first, second = ExactSum(), ExactSum()
    >>> first.add([1e100, 0.1]); second.add([-1e100, 0.2])
    >>> first.add(second.parts)
    >>> first.value, 1e100 + 0.1 + -1e100 + 0.2
    (0.30000000000000004, 0.2)
    """

    parts: list[float] = field(default_factory=list)

    def add(self, values: Iterable[float]) -> None:
        """Add finite numbers, or the parts of another sum."""
        terms = [*self.parts, *values]
        self.parts = []
        while rest := math.fsum(terms):
            self.parts.append(rest)
            terms.append(-rest)

    @property
    def value(self) -> float:
        """The float that is nearest to the sum."""
        return math.fsum(self.parts)


@dataclass(slots=True)
class ExactMoments:
    """The same for how many values there are, their sum and that of their squares."""

    n: int = 0
    total: ExactSum = field(default_factory=ExactSum)
    squares: ExactSum = field(default_factory=ExactSum)

    def add(self, values: list[float]) -> None:
        """Add values."""
        self.n += len(values)
        self.total.add(values)
        self.squares.add(value * value for value in values)

    def merge(self, other: ExactMoments) -> None:
        """Add what another one has."""
        self.n += other.n
        self.total.add(other.total.parts)
        self.squares.add(other.squares.parts)

    @property
    def moments(self) -> Moments:
        """The moments that `Moments.of` finds in all of the values together."""
        return Moments(self.n, self.total.value, self.squares.value)
