"""The Brier score: the mean squared distance of probabilities from what happened.

G. W. Brier, "Verification of forecasts expressed in terms of probability", Monthly Weather Review 78 (1950), in the
usual form for one event: the mean of (p - y)², 0 for perfect foresight and 0.25 for always one half.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.statistics.probability_bins import STEPS, ProbabilityCounts


def brier(bins: Iterable[ProbabilityCounts]) -> float | None:
    """The score over all bins, None without a request.

    (p - y)² is p² - 2py + y for y = 0 or 1, so sums alone give it. They are whole numbers and added exactly; each
    probability is within half a step, so the score is within 0.00001 of that of the unrounded ones.

    >>> one = ProbabilityCounts()
    >>> one.add(80_000, came_true=True)
    >>> one.add(60_000, came_true=False)
    >>> round(brier([one]), 12)
    0.2
    """
    total = ProbabilityCounts()
    for one in bins:
        total.merge(one)
    if not total.requests:
        return None
    squared = total.squares - 2 * STEPS * total.true_steps + STEPS * STEPS * total.came_true
    return squared / (STEPS * STEPS * total.requests)
