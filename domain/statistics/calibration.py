"""Calibration: whether what is said with some probability happens so often.

The curve is a reliability diagram (M. H. DeGroot and S. E. Fienberg, "The comparison and evaluation of forecasters",
The Statistician 32, 1983); the expected calibration error is the mean distance of the curve from the diagonal, each
bin weighted by its requests (M. P. Naeini, G. F. Cooper and M. Hauskrecht, AAAI 2015).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.statistics.probability_bins import BINS, STEPS, ProbabilityCounts


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """The requests whose probability is at least `low` and below `high`; the last bin has 1 as well."""

    low: float
    high: float
    requests: int
    mean_probability: float
    share_true: float


def curve(bins: Mapping[int, ProbabilityCounts], points: int) -> list[CalibrationBin]:
    """The curve with `points` bins of equal width, which must divide 100; bins without requests are left out.

    >>> one = ProbabilityCounts(); one.add(25_000, came_true=True); one.add(15_000, came_true=False)
    >>> curve({15: one}, 10)
    [CalibrationBin(low=0.1, high=0.2, requests=2, mean_probability=0.2, share_true=0.5)]
    """
    width = BINS // points
    merged: dict[int, ProbabilityCounts] = {}
    for number, one in bins.items():
        merged.setdefault(number // width, ProbabilityCounts()).merge(one)
    return [
        CalibrationBin(
            low=number / points,
            high=(number + 1) / points,
            requests=one.requests,
            mean_probability=one.steps / (STEPS * one.requests),
            share_true=one.came_true / one.requests,
        )
        for number, one in sorted(merged.items())
        if one.requests
    ]


def expected_error(points: Iterable[CalibrationBin]) -> float | None:
    """The mean distance of share and probability, each bin weighted by its requests; None without any."""
    kept = list(points)
    total = sum(one.requests for one in kept)
    if not total:
        return None
    return sum(one.requests * abs(one.share_true - one.mean_probability) for one in kept) / total
