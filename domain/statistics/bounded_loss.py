"""Losses between 0 and 1, kept as whole numbers, so that their sums are the same in whatever order they are added.

A bounded loss lets one answer count for so much and no more: then no rare huge error can turn a verdict unseen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from domain.statistics.rules import CostMatrix, Metric, VerdictRules
from domain.statistics.units import GRID


def cost_range(matrix: CostMatrix) -> tuple[float, float]:
    """The least and the largest cost that an answer can have; a right answer costs 0 unless it is named.

    >>> cost_range(CostMatrix((("fraud", "fine", 10.0),), otherwise=1.0))
    (0.0, 10.0)
    """
    costs = [0.0, matrix.otherwise, *(cost for _, _, cost in matrix.costs)]
    return min(costs), max(costs)


def unit_of(rules: VerdictRules) -> float:
    """What the largest loss is in the unit of the metric.

    >>> unit_of(VerdictRules(Metric.RMSE, largest_error=3.0)), unit_of(VerdictRules())
    (9.0, 1.0)
    """
    if rules.metric is Metric.COST and rules.costs is not None:
        least, most = cost_range(rules.costs)
        return most - least
    if rules.largest_error is not None and rules.metric in {Metric.RMSE, Metric.MAE}:
        return rules.largest_error ** (2 if rules.metric is Metric.RMSE else 1)
    return 1.0


def cost_of(matrix: CostMatrix, truth: str, label: str) -> float:
    """What it costs to answer `label` where the truth is another, or the same.

    >>> cost_of(CostMatrix((("fraud", "fine", 10.0),)), "fraud", "fine")
    10.0
    """
    for named_truth, answer, cost in matrix.costs:
        if (named_truth, answer) == (truth, label):
            return cost
    return 0.0 if truth == label else matrix.otherwise


def cost_loss(matrix: CostMatrix, truth: str, label: str | None, classes: Iterable[str]) -> int:
    """The cost of an answer in steps of `GRID`: 0 for the least cost of the matrix, GRID for its largest.

    label: None for an answer that failed, which costs the most that any of the `classes` would have cost.

    >>> matrix = CostMatrix((("fraud", "fine", 10.0),), otherwise=1.0)
    >>> round(cost_loss(matrix, "fine", "fraud", ("fine", "fraud")) / GRID, 5)
    0.1
    >>> cost_loss(matrix, "fraud", None, ("fine", "fraud")) == GRID
    True
    """
    least, most = cost_range(matrix)
    if most == least:
        return 0
    answers = (truth, *classes) if label is None else (label,)
    worst = max(cost_of(matrix, truth, answer) for answer in answers)
    return _steps((worst - least) / (most - least))


def brier_loss(probabilities: Mapping[str, float] | None, truth: str) -> int:
    """Half the Brier score in steps of `GRID`: ½ Σ (p - y)², y being 1 for the truth and 0 for all other classes.

    Brier (1950), "Verification of forecasts expressed in terms of probability"; halved, it lies between 0 and 1.
    probabilities: None for an answer that failed, which has the largest loss.

    >>> brier_loss({"yes": 0.75, "no": 0.25}, "yes") / GRID
    0.0625
    >>> brier_loss(None, "yes") == GRID
    True
    """
    if probabilities is None:
        return GRID
    others = math.fsum(share * share for label, share in probabilities.items() if label != truth)
    return _steps((others + (1.0 - probabilities.get(truth, 0.0)) ** 2) / 2)


def error_loss(residual: float | None, largest: float, *, squared: bool) -> int:
    """The size of an error, or its square, in steps of `GRID`; a larger one than `largest` counts as `largest`.

    residual: the answer minus the truth; None for an answer that failed, which has the largest loss.

    >>> error_loss(-2.0, 8.0, squared=False) / GRID, error_loss(2.0, 8.0, squared=True) / GRID
    (0.25, 0.0625)
    >>> error_loss(1e300, 8.0, squared=True) == GRID
    True
    """
    if residual is None or not abs(residual) < largest:
        return GRID
    share = abs(residual) / largest
    return _steps(share * share if squared else share)


def _steps(share: float) -> int:
    """A share of the largest loss as a whole number of steps; what is no number is the largest."""
    return round(min(max(share, 0.0), 1.0) * GRID) if math.isfinite(share) else GRID
