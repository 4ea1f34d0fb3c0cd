"""The area under the ROC curve, from counts by bin of probability.

It is the chance that of two requests, of which one came true, that one has the higher probability, ties counting half
(J. A. Hanley and B. J. McNeil, "The meaning and use of the area under a ROC curve", Radiology 143, 1982). In one bin
it is not known which is higher: counted as ties, such pairs are wrong by half at most, which bounds the error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.statistics.probability_bins import ProbabilityCounts


@dataclass(frozen=True, slots=True)
class BinnedAuc:
    """The area, and by how much the exact one may differ from it at most."""

    area: float
    error: float


def auc(bins: Mapping[int, ProbabilityCounts]) -> BinnedAuc | None:
    """The area over bins by their number; None where all came true, or none.

    >>> low, high = ProbabilityCounts(), ProbabilityCounts()
    >>> low.add(1_000, came_true=False); high.add(90_000, came_true=True); high.add(90_500, came_true=False)
    >>> auc({1: low, 90: high})
    BinnedAuc(area=0.75, error=0.25)
    """
    twice = tied = below = positives = 0
    for _, one in sorted(bins.items()):
        others = one.requests - one.came_true
        twice += one.came_true * (2 * below + others)
        tied += one.came_true * others
        below += others
        positives += one.came_true
    pairs = positives * below
    return BinnedAuc(twice / (2 * pairs), tied / (2 * pairs)) if pairs else None
