"""What the scores of a test say of the difference between its arms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.statistics import e_value
from domain.statistics.estimate import Inconclusive, Interval
from domain.words import ABTestState, Hold, Verdict


class EvidenceMethod(StrEnum):
    """What a verdict or a cancellation rests on."""

    PAIRED = "paired beta-binomial e-value"
    SPLIT = "split beta-binomial e-value"
    WEIGHTED = "paired e-value weighted by who shows the truth"
    TILTED = "split e-value of right and wrong answers"
    BOUNDED = "e-value of bounded losses"
    ASYMPTOTIC = "asymptotic confidence sequence"
    EQUIVALENCE = "interval within the equivalence margin"
    SAMPLE_RATIO = "sequential sample ratio test"
    SAMPLE_RATIO_AT_DECISION = "chi-square sample ratio test"
    FAILURES = "failure guardrail"
    LATENCY = "latency guardrail"
    GUARDRAIL_METRIC = "guardrail metric"
    COUNTS = "counts"


NO_FEEDBACK = Inconclusive("no request has feedback yet")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The difference between both arms, and how sure one may be of it at any number of looks.

    difference, interval: positive when the challenger is better; accuracies' difference, or the champion's mean loss
    minus the challenger's (unit squared for RMSE). In a paired test of rule 2 the interval belongs to the verdict: it
    excludes 0 exactly when the evidence reaches 1/α. Elsewhere it is asymptotic. log_e, method, exact: the test
    against "both are equally good". ratio, ratio_interval: the challenger's RMSE or MAE over the champion's.
    """

    feedback: int
    difference: float
    interval: Interval
    log_e: float
    method: EvidenceMethod
    exact: bool
    ratio: float | None = None
    ratio_interval: Interval | None = None
    warnings: tuple[str, ...] = ()

    @property
    def p(self) -> float:
        """The always-valid p-value."""
        return e_value.always_valid_p(self.log_e)

    @property
    def e_value(self) -> float:
        """E, capped at the largest float."""
        return e_value.e_value(self.log_e)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a test: RUNNING (go on), DECIDED with a verdict, or CANCELLED; why, and by which method.

    reason: a sentence in plain words. exact: whether the promise "at most α wrong winners, however often one looks"
    holds at every number of requests, or only for large ones. holds: why the test names no winner by itself; withheld:
    the verdict that the evidence would give were all of them accepted.
    """

    state: ABTestState
    verdict: Verdict | None
    reason: str
    method: EvidenceMethod
    exact: bool
    holds: tuple[Hold, ...] = ()
    withheld: Verdict | None = None
