"""What a test was told when it began, as far as its verdict depends on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias

from domain.error_collector import ErrorCollector
from domain.errors import InvalidABTest
from domain.statistics import asymptotic_sequence
from domain.words import Kind, OutcomeSeen


class Metric(StrEnum):
    """What makes an algorithm the better one: right answers, the size of its mistakes, or what they cost.

    COST is the mean cost of a classifier's answers by a `CostMatrix`, BRIER the Brier score of its probabilities.
    """

    ACCURACY = "accuracy"
    RMSE = "rmse"
    MAE = "mae"
    COST = "cost"
    BRIER = "brier"

    @classmethod
    def default(cls, kind: Kind) -> Metric:
        """The metric of a test that names none.

        >>> Metric.default(Kind.REGRESSOR)
        <Metric.RMSE: 'rmse'>
        """
        return cls.ACCURACY if kind is Kind.CLASSIFIER else cls.RMSE

    @property
    def label(self) -> str:
        """As it stands in a sentence."""
        if self is Metric.BRIER:
            return "Brier score"
        return self.value.upper() if self in {Metric.RMSE, Metric.MAE} else self.value

    def fits(self, kind: Kind) -> bool:
        """Whether algorithms of this kind can be compared by this metric."""
        return (self not in {Metric.RMSE, Metric.MAE}) == (kind is Kind.CLASSIFIER)


LEAST_FEEDBACK = 100
"""Requests with feedback (pairs, or those of the smaller arm) before a classifier's verdict."""


RULE = 2
"""The version of the rule by which new tests are decided; it is stored with each test."""


@dataclass(frozen=True, slots=True)
class CostMatrix:
    """What it costs to give an answer when the truth is another: (truth, answer, cost), in any one unit.

    What is not named costs `otherwise`, and a right answer that is not named costs 0. An answer that failed costs the
    most that its truth can. `domain.statistics.bounded_loss` turns costs into losses between 0 and 1.
    """

    costs: tuple[tuple[str, str, float], ...]
    otherwise: float = 1.0


@dataclass(frozen=True, slots=True)
class GuardrailMetric:
    """A second metric by which the challenger may not be worse than the champion by more than the margin.

    margin: a difference of accuracies or of Brier scores, or a cost in the unit of the cost matrix.
    """

    metric: Metric
    margin: float


@dataclass(frozen=True, slots=True)
class SeenOnlyFor:
    """The answers that show the truth: these labels of a classifier, or a regressor's values within these bounds."""

    labels: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Guardrails:
    """When a test is ended to protect its callers.

    failure_e: evidence against "the challenger fails no more often". latency_ratio: the challenger's 95th percentile
    over the champion's. least_latencies: requests of each arm before latencies are compared, since a percentile of
    a few hundred is a matter of chance.
    """

    failure_e: float = 100.0
    latency_ratio: float = 1.5
    least_latencies: int = 1_000


@dataclass(frozen=True, slots=True)
class VerdictRules:
    """The rules of one test; they must not change while it runs.

    alpha: the chance of a wrong winner that is accepted. minimum_feedback: of each arm; None is 100, and 1,000 for
    RMSE and MAE without a largest error, which cannot have less. minimum_informative: requests that tell the arms
    apart (exactly one right in paired mode, wrong answers in split mode), for accuracy. maximum_feedback,
    maximum_duration: when to give up; None is never. minimum_effect and equivalence_margin: a difference of accuracies,
    such as 0.01, or for RMSE, MAE and cost a share of the champion's figure. optimised_for: where asymptotic intervals
    are narrowest.
    cancels: whether a guardrail or a sample ratio mismatch ends the test, or only keeps it from a verdict.
    version: of the rule; 1 is that of tests begun before this one was made. outcome_seen, only_for: for which answers
    the truth is ever seen. largest_error: the size at which a regressor's errors are cut, in the unit of its answers.
    costs: for the metric COST, or a guardrail of it. minimum_duration: no verdict before.

    Raises InvalidABTest, naming the field.
    """

    metric: Metric = Metric.ACCURACY
    alpha: float = 0.05
    minimum_feedback: int | None = None
    minimum_informative: int = 10
    maximum_feedback: int | None = None
    maximum_duration: timedelta | None = None
    minimum_effect: float | None = None
    equivalence_margin: float | None = None
    optimised_for: int = asymptotic_sequence.OPTIMISED_FOR
    guardrails: Guardrails = Guardrails()
    cancels: bool = True
    version: int = RULE
    outcome_seen: OutcomeSeen = OutcomeSeen.UNKNOWN
    only_for: SeenOnlyFor | None = None
    largest_error: float | None = None
    costs: CostMatrix | None = None
    guardrail_metric: GuardrailMetric | None = None
    minimum_duration: timedelta | None = None

    def __post_init__(self) -> None:
        share, count = "must lie strictly between 0 and 1", "must be at least 1"
        effect, margin, ratio = self.minimum_effect, self.equivalence_margin, self.guardrails.latency_ratio
        check_fields(
            (0.0 < self.alpha < 1.0, "alpha", share),
            (
                self.least >= self._floor,
                "minFeedback",
                f"must be at least {self._floor:,} for {self.metric.label}",
            ),
            (self.minimum_informative >= 1, "minInformative", count),
            (self.optimised_for >= 1, "optimisedFor", count),
            (self.maximum_feedback is None or self.maximum_feedback >= 1, "maxFeedback", count),
            (
                self.maximum_duration is None or self.maximum_duration > timedelta(0),
                "maxDuration",
                "must be above 0",
            ),
            (
                self.minimum_duration is None or self.minimum_duration > timedelta(0),
                "minDuration",
                "must be above 0",
            ),
            (effect is None or 0.0 < effect < 1.0, "minimumEffect", share),
            (margin is None or 0.0 < margin < 1.0, "equivalenceMargin", share),
            (self.guardrails.failure_e > 1.0, "guardrails.failureE", "must be above 1"),
            (math.isfinite(ratio) and ratio > 1.0, "guardrails.latencyRatio", "must be above 1"),
        )

    @property
    def least(self) -> int:
        """Requests with feedback of each arm before any verdict."""
        if self.minimum_feedback is not None:
            return self.minimum_feedback
        return LEAST_FEEDBACK if self.bounded else asymptotic_sequence.LEAST

    @property
    def bounded(self) -> bool:
        """Whether one request can count for so much and no more, so that rare huge errors break no promise."""
        declared = self.version > 1 and self.largest_error is not None
        return declared or self.metric not in {Metric.RMSE, Metric.MAE}

    @property
    def _floor(self) -> int:
        """The exact tests are valid from the first request on, the asymptotic one is not."""
        return 1 if self.bounded else asymptotic_sequence.LEAST


def field_error(name: str, rule: str) -> InvalidABTest:
    """The error that names a field of a test's input and what must be true of it."""
    return InvalidABTest(f"{name} {rule}", path=("input", *name.split(".")))


FieldRule: TypeAlias = tuple[bool, str, str]
"""Whether a rule holds, the field that it is about, and what must be true of that field."""


def check_fields(*rules: FieldRule) -> None:
    """Raises InvalidABTest for all rules together that do not hold."""
    problems = ErrorCollector()
    for holds, name, rule in rules:
        problems.require(holds, field_error(name, rule))
    problems.raise_collected()
