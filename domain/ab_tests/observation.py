"""One request of a test: what both arms said, and how right that was."""

from __future__ import annotations

from dataclasses import dataclass

from domain.ab_tests.losses import loss_of
from domain.catalog.classes import Classes
from domain.requests.feedback import is_correct, residual
from domain.requests.new_request import ArmAnswer
from domain.statistics.rules import Metric, VerdictRules
from domain.words import Arm, Kind

LARGEST, SMALLEST = 1e70, 1e-70
"""Residuals are cut to these sizes, so that sums of their fourth powers stay within the range of a double."""


@dataclass(frozen=True, slots=True)
class Observation:
    """How a request of a test was routed, and what each arm said (None: not run, or still pending)."""

    request_id: int
    ab_test_id: int
    epoch_id: int
    drawn_arm: Arm
    served_arm: Arm
    subject: str | None
    complete: bool
    champion: ArmAnswer | None
    challenger: ArmAnswer | None


@dataclass(frozen=True, slots=True)
class Scores:
    """How right both arms were: `correct` for classifiers, `residual` (value minus ground truth) for regressors.

    None without feedback, for an arm that did not run, and for a regressor that failed. The losses are steps of
    `domain.statistics.units.GRID`, of tests that ask for a bounded one; a failure's is the worst.
    """

    champion_correct: bool | None = None
    challenger_correct: bool | None = None
    champion_residual: float | None = None
    challenger_residual: float | None = None
    champion_loss: int | None = None
    challenger_loss: int | None = None


NO_SCORES = Scores()


def score(
    observation: Observation,
    kind: Kind,
    feedback: str | None,
    *,
    numeric: bool,
    rules: VerdictRules | None = None,
    classes: Classes | None = None,
) -> Scores:
    """The scores of an observation under this ground truth; none while it is pending or without feedback.

    A classifier's own failure is a wrong answer. Feedback is as `domain.requests.feedback.normalised` gives it.
    rules, classes: of the test and its endpoint, for the bounded losses that the test asks for.

    >>> said = Observation(1, 1, 1, Arm.CHAMPION, Arm.CHAMPION, None, True, ArmAnswer("a"), ArmAnswer("b"))
    >>> found = score(said, Kind.CLASSIFIER, "b", numeric=False)
    >>> found.champion_correct, found.challenger_correct, found.challenger_loss
    (False, True, None)
    """
    if feedback is None or not observation.complete:
        return NO_SCORES
    champion, challenger = observation.champion, observation.challenger
    losses = (
        (None, None)
        if rules is None
        else (loss_of(champion, feedback, rules, classes), loss_of(challenger, feedback, rules, classes))
    )
    if kind is Kind.CLASSIFIER:
        right = _correct(champion, feedback, numeric), _correct(challenger, feedback, numeric)
        return Scores(*right, champion_loss=losses[0], challenger_loss=losses[1])
    return Scores(
        champion_residual=_residual(champion, feedback),
        challenger_residual=_residual(challenger, feedback),
        champion_loss=losses[0],
        challenger_loss=losses[1],
    )


def loss(metric: Metric, scores: Scores) -> tuple[float | None, float | None]:
    """What the metric averages, of champion and challenger: 1 or 0 for accuracy, |residual|, its square, or steps."""
    if metric in {Metric.COST, Metric.BRIER}:
        return scores.champion_loss, scores.challenger_loss
    if metric is Metric.ACCURACY:
        right = scores.champion_correct, scores.challenger_correct
        return (None if right[0] is None else float(right[0]), None if right[1] is None else float(right[1]))
    return _size(scores.champion_residual, metric), _size(scores.challenger_residual, metric)


def _size(residual: float | None, metric: Metric) -> float | None:
    if residual is None:
        return None
    size = min(abs(residual), LARGEST)
    size = 0.0 if size < SMALLEST else size
    return size * size if metric is Metric.RMSE else size


def _correct(answer: ArmAnswer | None, feedback: str, numeric: bool) -> bool | None:
    if answer is None:
        return None
    if answer.failed or answer.label is None:
        return False
    return is_correct(answer.label, feedback, numeric=numeric)


def _residual(answer: ArmAnswer | None, feedback: str) -> float | None:
    if answer is None or answer.failed or answer.value is None:
        return None
    return residual(answer.value, feedback)
