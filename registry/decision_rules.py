"""How a classifier's label follows from what its model gives: a fact of the manifest, found at publishing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from domain.words import JSONValue
from registry.json_documents import JSONDocument


class DecisionMethod(StrEnum):
    """What decides between the classes."""

    LARGEST = "largest"
    FIRST_WITHIN = "first_within"
    THRESHOLD = "threshold"
    MODEL = "model"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """One rule with its numbers.

    LARGEST: the class of the largest probability, the first of equal ones. FIRST_WITHIN: the first class whose
    probability is at most `width` below the largest, for votes that are tied but for 32-bit rounding. THRESHOLD:
    class `positive` where its probability is above `threshold`, or, if `inclusive`, at least the threshold less
    `width`; else the other one of two. MODEL: the label that the model gives beside its probabilities. LABEL: the
    label of a model that gives no probabilities.
    """

    method: DecisionMethod
    width: float = 0.0
    threshold: float = 0.5
    positive: str | None = None
    inclusive: bool = True


_NUMBERS = {
    DecisionMethod.FIRST_WITHIN: ("width",),
    DecisionMethod.THRESHOLD: ("threshold", "positive", "inclusive", "width"),
}
"""What a manifest says of a rule beside its method."""

LARGEST = DecisionRule(DecisionMethod.LARGEST)
MODEL = DecisionRule(DecisionMethod.MODEL)
LABEL = DecisionRule(DecisionMethod.LABEL)

Choice: TypeAlias = Callable[[Sequence[float]], int]
"""The position of the class that probabilities (one for each class) decide for."""


def decision_of(document: JSONDocument, classes: Sequence[str]) -> DecisionRule:
    """The decision that a manifest holds; raises InvalidManifest."""
    method = document.choice("rule", DecisionMethod)
    width = float(document.optional_number("width") or 0.0)
    if method is not DecisionMethod.THRESHOLD:
        return DecisionRule(method, width)
    threshold = document.optional_number("threshold")
    if threshold is None:
        raise document.error("threshold", "must be a number")
    positive = document.text("positive")
    if positive not in classes or len(classes) != 2:  # noqa: PLR2004
        raise document.error("positive", "must be one of two classes")
    return DecisionRule(method, width, float(threshold), positive, document.flag("inclusive", True))


def decision_json(decision: DecisionRule) -> JSONValue:
    """A decision as a manifest holds it.

    >>> decision_json(LARGEST), decision_json(DecisionRule(DecisionMethod.FIRST_WITHIN, width=0.5))
    ({'rule': 'largest'}, {'rule': 'first_within', 'width': 0.5})
    """
    return {
        "rule": decision.method.value,
        **{name: getattr(decision, name) for name in _NUMBERS.get(decision.method, ())},
    }


def choice_by(decision: DecisionRule, classes: Sequence[str]) -> Choice:
    """The function that chooses a class from probabilities in the order of `classes`.

    >>> choice_by(DecisionRule(DecisionMethod.FIRST_WITHIN, width=1e-6), ("no", "yes"))([0.49999997, 0.50000003])
    0
    >>> choice_by(DecisionRule(DecisionMethod.THRESHOLD, threshold=0.3, positive="yes"), ("no", "yes"))([0.7, 0.3])
    1
    """
    if decision.method is DecisionMethod.FIRST_WITHIN:
        return _first_within(decision.width)
    if decision.method is DecisionMethod.THRESHOLD and decision.positive is not None:
        return _over(decision, classes.index(decision.positive))
    return _largest


def _largest(shares: Sequence[float]) -> int:
    # The first of equal maxima wins, as in scikit-learn's predict.
    return shares.index(max(shares))


def _first_within(width: float) -> Choice:
    def choose(shares: Sequence[float]) -> int:
        least, position = max(shares) - width, 0
        while shares[position] < least:
            position += 1
        return position

    return choose


def _over(decision: DecisionRule, positive: int) -> Choice:
    other = 1 - positive
    if decision.inclusive:
        least = decision.threshold - decision.width
        return lambda shares: positive if shares[positive] >= least else other
    return lambda shares: positive if shares[positive] > decision.threshold else other
