"""The figures of one arm of a test: how often it served, and how well it did."""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.ab_tests.plan import Plan
from domain.ab_tests.sums import TestSums
from domain.statistics import asymptotic_sequence, proportion_sequence
from domain.statistics.accuracy import accuracy
from domain.statistics.bounded_loss import unit_of
from domain.statistics.estimate import Estimate, Interval
from domain.statistics.moments import Moments
from domain.statistics.rmse import rmse
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.units import GRID
from domain.words import Arm


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm: how often it served, how it did, and between which values its figure lies.

    coverage: the share of the test's requests on which it has answered or failed; None without requests. value: its
    figure by the test's metric over the requests that count, None where it is not known; value_reason then says why.
    interval: valid at any number of looks; None without value. correct: right answers, None but for accuracy. rmse:
    None for a classifier, and without feedback.
    """

    algorithm_id: int | None
    arm: Arm
    served: int
    with_feedback: int
    errors: int
    coverage: float | None
    value: float | None
    interval: Interval | None
    correct: int | None = None
    rmse: float | None = None
    value_reason: str | None = None


NO_TRUTHS = "no request has a ground truth that counts yet"


def arm_of(
    sums: TestSums, plan: Plan, arm: Arm, algorithm_id: int | None, *, unknown: str | None = None
) -> ArmResult:
    """The figures of one arm. `unknown` says why nobody knows how well it did over all requests."""
    first = arm is Arm.CHAMPION
    scores = sums.champion if first else sums.challenger
    reason = unknown if scores.n else NO_TRUTHS
    value, interval = (
        (figure(scores, plan.rules), _interval(scores, plan.rules)) if not reason else (None, None)
    )
    return ArmResult(
        algorithm_id=algorithm_id,
        arm=arm,
        served=sum(e.served_champion if first else e.served_challenger for e in sums.epochs),
        with_feedback=scores.n,
        errors=sum(e.failed_champion if first else e.failed_challenger for e in sums.epochs),
        coverage=sums.complete / sums.requests if sums.requests else None,
        value=value,
        interval=interval,
        correct=round(scores.total) if plan.rules.metric is Metric.ACCURACY else None,
        rmse=_rmse(scores, plan.rules.metric),
        value_reason=reason,
    )


def figure(scores: Moments, rules: VerdictRules) -> float | None:
    """What an arm's scores are by the metric: a share of right answers, a mean loss, or the root of one.

    >>> figure(Moments.of([3.0, 4.0, 5.0]), VerdictRules(Metric.MAE)), figure(Moments(), VerdictRules())
    (4.0, None)
    """
    if not scores.n:
        return None
    if rules.metric is Metric.ACCURACY:
        return accuracy(round(scores.total), scores.n)
    mean = scores.total / scores.n * _scale(rules)
    return math.sqrt(mean) if rules.metric is Metric.RMSE else mean


def _scale(rules: VerdictRules) -> float:
    """What one step of a stored score is worth: errors are kept as they are, costs and Brier scores in steps."""
    return unit_of(rules) / GRID if rules.metric in {Metric.COST, Metric.BRIER} else 1.0


def _interval(scores: Moments, rules: VerdictRules) -> Interval:
    if rules.metric is Metric.ACCURACY:
        return proportion_sequence.proportion_sequence(round(scores.total), scores.n, rules.alpha)
    scale = _scale(rules)
    estimate = Estimate(scores.n, scores.total / scores.n * scale, math.sqrt(scores.variance) * scale)
    loss = asymptotic_sequence.interval(estimate, rules.alpha, rules.optimised_for).clipped(0.0, math.inf)
    return Interval(math.sqrt(loss.low), math.sqrt(loss.high)) if rules.metric is Metric.RMSE else loss


def _rmse(scores: Moments, metric: Metric) -> float | None:
    """An arm's RMSE, which a test by MAE knows too: its squared losses are squared residuals."""
    if metric not in {Metric.RMSE, Metric.MAE}:
        return None
    return rmse(scores.total if metric is Metric.RMSE else scores.squares, scores.n)
