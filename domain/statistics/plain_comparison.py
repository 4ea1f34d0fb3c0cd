"""The plain comparison of two figures, as `stop_ab_test` has always made it: no significance, only which is better."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from domain.statistics.accuracy import accuracy
from domain.statistics.rmse import rmse
from domain.words import Kind


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """Counts and sums of one algorithm's requests in a test.

    `served` counts all its requests of the test, `errors` its own failures, `with_feedback` those that count;
    `squares` is the sum of squared residuals of a regressor, in the target's unit squared.
    """

    served: int = 0
    errors: int = 0
    with_feedback: int = 0
    correct: int = 0
    squares: float = 0.0


class BetterAlgorithm(IntEnum):
    """The number of the better algorithm, as the test's creator numbered them."""

    ALGORITHM_1 = 1
    ALGORITHM_2 = 2


@dataclass(frozen=True, slots=True)
class PlainComparison:
    """Which algorithm has the better figure (None: neither), why, and the old service's sentence with both figures."""

    better: BetterAlgorithm | None
    reason: str
    sentence: str


def compare(
    kind: Kind, first: ArmFigures, second: ArmFigures, names: tuple[str, str] | None = None
) -> PlainComparison:
    """Compare accuracies (higher is better) or RMSEs (lower is better) over the requests with feedback.

    An exact tie, or an algorithm without any feedback, has no better one. Accuracies are compared as
    fractions, so that rounding can neither make nor hide a tie. The reason calls both by their names, if given; the
    sentence never does, since clients of the old service read it.

    >>> compare(Kind.CLASSIFIER, ArmFigures(with_feedback=3, correct=1), ArmFigures(with_feedback=6, correct=2)).reason
    'both accuracies are equal'
    """
    metric, values = _values(kind, first, second)
    sentence = ", ".join(
        f"Algorithm #{number} {metric}: {'n/a' if value is None else value}"
        for number, value in enumerate(values, start=1)
    )
    if values[0] is None or values[1] is None:
        called = names or ("#1", "#2")
        missing = " and ".join(name for name, value in zip(called, values, strict=True) if value is None)
        whose = missing if names else f"algorithm {missing}"
        return PlainComparison(None, f"no request of {whose} has feedback", sentence)
    order = _advantage_of_first(kind, first, second)
    if order == 0:
        plural = "accuracies" if kind is Kind.CLASSIFIER else "RMSEs"
        return PlainComparison(None, f"both {plural} are equal", sentence)
    better = BetterAlgorithm.ALGORITHM_1 if order > 0 else BetterAlgorithm.ALGORITHM_2
    name = names[better - 1] if names else f"algorithm #{int(better)}"
    return PlainComparison(better, f"{name} has the better {metric}", sentence)


def sentence_of(kind: Kind, first: ArmFigures, second: ArmFigures, names: tuple[str, str]) -> str:
    """Both figures with the names of their algorithms.

    >>> sentence_of(Kind.CLASSIFIER, ArmFigures(with_feedback=4, correct=3), ArmFigures(), ("forest 1", "trees 2"))
    'Accuracy of forest 1: 0.75, of trees 2: n/a'
    """
    metric, values = _values(kind, first, second)
    figures = [
        f"of {name}: {'n/a' if value is None else value}" for name, value in zip(names, values, strict=True)
    ]
    return f"{metric[0].upper()}{metric[1:]} {', '.join(figures)}"


def _values(
    kind: Kind, first: ArmFigures, second: ArmFigures
) -> tuple[str, tuple[float | None, float | None]]:
    """The metric's name, and both figures by it."""
    if kind is Kind.CLASSIFIER:
        return "accuracy", (
            accuracy(first.correct, first.with_feedback),
            accuracy(second.correct, second.with_feedback),
        )
    return "RMSE", (rmse(first.squares, first.with_feedback), rmse(second.squares, second.with_feedback))


def _advantage_of_first(kind: Kind, first: ArmFigures, second: ArmFigures) -> float:
    """Above 0 when the first is better, 0 for an exact tie; both have feedback."""
    if kind is Kind.CLASSIFIER:
        return first.correct * second.with_feedback - second.correct * first.with_feedback
    return second.squares / second.with_feedback - first.squares / first.with_feedback
