"""What each arm's answer cost, as whole steps of the grid on which bounded losses are added up."""

from __future__ import annotations

from domain.ab_tests.plan import Mode, Plan
from domain.catalog.classes import Classes
from domain.requests.feedback import residual
from domain.requests.new_request import ArmAnswer
from domain.statistics.bounded_loss import brier_loss, cost_loss, error_loss
from domain.statistics.rules import Metric, VerdictRules
from domain.words import Kind


def bounded_metric(rules: VerdictRules) -> Metric | None:
    """The metric whose losses are kept for each request: the test's own, or its guardrail's; None where neither is.

    A test has at most one: a guardrail of cost or Brier score belongs to a test by accuracy.

    >>> bounded_metric(VerdictRules(Metric.RMSE, largest_error=10.0)), bounded_metric(VerdictRules())
    (<Metric.RMSE: 'rmse'>, None)
    """
    if rules.metric in {Metric.COST, Metric.BRIER} or (
        rules.largest_error is not None and rules.metric is not Metric.ACCURACY
    ):
        return rules.metric
    guard = None if rules.guardrail_metric is None else rules.guardrail_metric.metric
    return None if guard is Metric.ACCURACY else guard


def kind_of(metric: Metric) -> Kind:
    """What the algorithms answer that are compared by this metric."""
    return Kind.REGRESSOR if metric.fits(Kind.REGRESSOR) else Kind.CLASSIFIER


def has_gains(plan: Plan) -> bool:
    """Whether the test's units have gains: in paired mode, by accuracy or by a bounded loss."""
    rules = plan.rules
    return plan.mode is Mode.PAIRED and (
        rules.metric is Metric.ACCURACY or bounded_metric(rules) is rules.metric
    )


def sums_cubes(plan: Plan) -> bool:
    """Whether the cubes of gains are added up too, which make the evidence of bounded losses sharper."""
    return has_gains(plan) and plan.rules.metric is not Metric.ACCURACY


def keeps_probabilities(rules: VerdictRules) -> bool:
    """Whether the observations of a test keep the probabilities of both arms, which only the Brier score reads."""
    return bounded_metric(rules) is Metric.BRIER


def loss_of(answer: ArmAnswer | None, truth: str, rules: VerdictRules, classes: Classes | None) -> int | None:
    """The loss of an answer in steps of the grid; a failure is the worst. None where nothing bounded is asked.

    truth: as feedback is stored. classes: those of the endpoint; without them a classifier's losses are not known.
    """
    metric = bounded_metric(rules)
    if metric is None or answer is None:
        return None
    if metric in {Metric.RMSE, Metric.MAE}:
        return _error(answer, truth, rules, squared=metric is Metric.RMSE)
    declared = None if classes is None else classes.class_of(truth)
    if classes is None or declared is None:
        return None
    if metric is Metric.BRIER:
        return brier_loss(None if answer.failed else answer.probabilities, declared)
    if rules.costs is None:
        raise ValueError("a test by cost has a cost matrix")
    return cost_loss(rules.costs, declared, None if answer.failed else answer.label, classes.names)


def _error(answer: ArmAnswer, truth: str, rules: VerdictRules, *, squared: bool) -> int:
    if rules.largest_error is None:
        raise ValueError("an error is bounded by the largest one")
    size = None if answer.failed or answer.value is None else residual(answer.value, truth)
    return error_loss(size, rules.largest_error, squared=squared)
