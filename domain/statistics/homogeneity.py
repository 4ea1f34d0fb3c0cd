"""Pearson's chi-square test that two samples come from one distribution, in bins of their values.

K. Pearson, "On the probability that two independent distributions of frequency are really samples from the same
population", Biometrika 8 (1911). Approximate where a bin expects fewer than five. With large samples it finds every
difference, however small, so it says whether there is one, and never how much it matters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from domain.statistics.chi_square import tail


@dataclass(frozen=True, slots=True)
class Homogeneity:
    """The statistic, its degrees of freedom, and how often as much comes by chance."""

    statistic: float
    degrees: int
    p_value: float


def homogeneity(first: Sequence[int], second: Sequence[int]) -> Homogeneity | None:
    """The test of two samples by bin; None where one is empty, or all are in one bin.

    >>> found = homogeneity([10, 20, 0], [20, 10, 0])
    >>> round(found.statistic, 4), found.degrees, round(found.p_value, 4)
    (6.6667, 1, 0.0098)
    """
    n, m = sum(first), sum(second)
    used = [(one, other) for one, other in zip(first, second, strict=True) if one or other]
    if not n or not m or len(used) < 2:  # noqa: PLR2004  two bins
        return None
    statistic = math.fsum((m * one - n * other) ** 2 / (n * m * (one + other)) for one, other in used)
    return Homogeneity(statistic, len(used) - 1, tail(statistic, len(used) - 1))
