"""How good the answers of a stretch of days were, as the daily summaries tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from domain.history.aggregates import RequestFigures
from domain.statistics.binned_auc import BinnedAuc, auc
from domain.statistics.brier import brier
from domain.statistics.calibration import CalibrationBin, curve, expected_error
from domain.statistics.precision_recall import ClassQuality, by_class, mean
from domain.statistics.probability_bins import ProbabilityCounts


class Period(NamedTuple):
    """Days that are taken together, of one algorithm or of all."""

    start: datetime | None = None
    algorithm_id: int | None = None


@dataclass(frozen=True)
class LabelQuality:
    """How well classes are told from each other, by the requests with an answer and a declared class as the truth.

    `cells` counts them by label and truth; `classes` are the endpoint's, `positive` the one that is looked for.
    """

    cells: Mapping[tuple[str, str], int]
    classes: tuple[str, ...] = ()
    positive: str | None = None

    @cached_property
    def by_class(self) -> list[ClassQuality]:
        """Each class, in the declared order."""
        return by_class(self.cells, self.classes)

    @property
    def of_positive(self) -> ClassQuality | None:
        """The positive class, where there is one."""
        return next((one for one in self.by_class if one.label == self.positive), None)

    @property
    def macro_precision(self) -> float | None:
        """The mean over the classes that were answered."""
        return mean(one.precision for one in self.by_class)

    @property
    def macro_recall(self) -> float | None:
        """The mean over the classes that were the truth."""
        return mean(one.recall for one in self.by_class)

    @property
    def macro_f1(self) -> float | None:
        """The mean over the classes that were either."""
        return mean(one.f1 for one in self.by_class)


@dataclass(frozen=True)
class ProbabilityQuality:
    """How much the probabilities are worth: `bins` counts them by bin, `positive` says what they are of.

    Without a positive class a probability is that of the label, and comes true where the label is right.
    """

    bins: Mapping[int, ProbabilityCounts]
    positive: str | None = None

    @property
    def requests(self) -> int:
        """How many requests have a probability and a declared class as the truth."""
        return sum(one.requests for one in self.bins.values())

    @property
    def share_true(self) -> float | None:
        """How many of them came true."""
        return sum(one.came_true for one in self.bins.values()) / self.requests if self.requests else None

    @property
    def brier(self) -> float | None:
        """The Brier score."""
        return brier(self.bins.values())

    @cached_property
    def auc(self) -> BinnedAuc | None:
        """The area under the ROC curve; None without a positive class."""
        return None if self.positive is None else auc(self.bins)

    def curve(self, points: int) -> list[CalibrationBin]:
        """The calibration curve."""
        return curve(self.bins, points)

    def calibration_error(self, points: int) -> float | None:
        """The mean distance of the curve from the diagonal."""
        return expected_error(self.curve(points))


@dataclass(frozen=True, slots=True)
class QualityPeriod:
    """The figures of a period; `labels` and `probabilities` are None for regressors, and where nobody asked."""

    period: Period
    figures: RequestFigures = field(default_factory=RequestFigures)
    labels: LabelQuality | None = None
    probabilities: ProbabilityQuality | None = None

    @property
    def algorithm_id(self) -> int | None:
        """The algorithm; None for all together, and for requests that none was chosen for."""
        return self.period.algorithm_id

    @property
    def feedback_rate(self) -> float | None:
        """The share of requests whose truth is known."""
        return self.figures.with_feedback / self.figures.count if self.figures.count else None
