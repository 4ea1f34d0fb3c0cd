"""Figures of a range of days: what the daily summaries tell, and what follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from domain.history.latency import quantile
from domain.words import Arm


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryFigures:
    """Counts and sums of requests; what they are told apart by is set, everything else is None.

    `algorithm_id` 0 stands for requests that no algorithm took; an `arm` of None may also mean "in no test".
    `errors` are the algorithm's own failures, `caller_errors` the callers' faults. `with_feedback` counts
    requests whose ground truth is known, `scored` those of them that count for accuracy and RMSE. Sums are over
    value minus ground truth, in the target's unit (squares: its square). `latency` counts requests by bucket
    (`domain.history.latency`).
    """

    day: date | None = None
    endpoint_id: int | None = None
    algorithm_id: int | None = None
    arm: Arm | None = None
    requests: int
    errors: int
    caller_errors: int
    with_feedback: int
    scored: int
    correct: int
    residual_sum: float
    residual_absolute: float
    residual_squares: float
    latency: tuple[int, ...]

    @property
    def accuracy(self) -> float | None:
        """The share of scored requests that a classifier got right; None when none is scored."""
        return self.correct / self.scored if self.scored else None

    @property
    def rmse(self) -> float | None:
        """Root-mean-square error of a regressor, in the target's unit; None when nothing is scored."""
        return math.sqrt(max(self.residual_squares, 0.0) / self.scored) if self.scored else None

    @property
    def mae(self) -> float | None:
        """Mean absolute error of a regressor, in the target's unit; None when nothing is scored."""
        return self.residual_absolute / self.scored if self.scored else None

    @property
    def bias(self) -> float | None:
        """By how much a regressor answers too high on average, in the target's unit; None when nothing is scored."""
        return self.residual_sum / self.scored if self.scored else None

    def latency_quantile(self, share: float) -> float | None:
        """The seconds that `share` (0 to 1) of the requests did not exceed, told from buckets; None without any."""
        return quantile(self.latency, share)


@dataclass(frozen=True, slots=True)
class ConfusionCount:
    """How often an algorithm answered `label` where `feedback`, a declared class, was the truth."""

    algorithm_id: int
    label: str
    feedback: str
    requests: int


@dataclass(frozen=True, slots=True)
class SummaryDifference:
    """A number of the summaries that is not what the request log says.

    Of a confusion cell `label` and `feedback` are set and `column` is `confusion`.
    """

    day: date
    endpoint_id: int
    algorithm_id: int
    arm: str
    label: str
    feedback: str
    column: str
    stored: float
    expected: float
