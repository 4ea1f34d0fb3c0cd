"""From the numbers that a model gives to answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.errors import AlgorithmFailed
from domain.requests.request import Answer
from domain.words import Kind
from registry.artifacts import Manifest
from registry.decision_rules import LARGEST, DecisionMethod, choice_by
from registry.endpoints import EndpointSpec, class_name
from registry.features import Row

ModelOutput: TypeAlias = NDArray[np.float32] | NDArray[np.float64]
Runtime: TypeAlias = Callable[[Sequence[Row]], list[Answer]]
"""Answers rows (in the endpoint's order), one for each; may be called from any thread."""
AskModel: TypeAlias = Callable[[Sequence[Row]], tuple[ModelOutput, Sequence[object]]]
"""What a model gives for rows, as `AnswerReader` takes it: its numbers, and its labels where it decides itself."""


class AnswerReader(Protocol):
    """Reads a model's output: (n, classes) probabilities, or (n,) or (n, 1) values; n labels where it gives them."""

    def __call__(self, numbers: ModelOutput, labels: Sequence[object] = ()) -> list[Answer]:
        """One answer for each row."""


def decides_itself(manifest: Manifest) -> bool:
    """Whether the label is the one that the model gives, and not one that follows from its probabilities."""
    return manifest.decision is not None and manifest.decision.method is DecisionMethod.MODEL


def gives_labels_only(manifest: Manifest) -> bool:
    """Whether the model gives a label and no probabilities."""
    return manifest.decision is not None and manifest.decision.method is DecisionMethod.LABEL


def answer_reader(manifest: Manifest, spec: EndpointSpec) -> AnswerReader:
    """The function that reads the output of the model that `manifest` describes."""
    if spec.kind is Kind.REGRESSOR:
        return _values
    classes = manifest.classes or ()
    if gives_labels_only(manifest):
        return lambda numbers, labels=(): [
            Answer(label=classes[_position(label, classes)]) for label in labels
        ]
    positive = None if spec.positive_class is None else classes.index(spec.positive_class)
    own_labels = decides_itself(manifest)
    choose = choice_by(manifest.decision or LARGEST, classes)

    def read_answers(numbers: ModelOutput, labels: Sequence[object] = ()) -> list[Answer]:
        if numbers.ndim != 2 or numbers.shape[1] != len(classes):  # noqa: PLR2004
            raise AlgorithmFailed(
                f"the model gave an output of shape {numbers.shape}, not (rows, {len(classes)} classes)"
            )
        rows = [_shares(row) for row in numbers.tolist()]
        chosen = [_position(label, classes) for label in labels] if own_labels else map(choose, rows)
        return [
            _answer(shares, position, classes, positive)
            for shares, position in zip(rows, chosen, strict=True)
        ]

    return read_answers


def _position(label: object, classes: tuple[str, ...]) -> int:
    name = class_name(label)
    if name in classes:
        return classes.index(name)
    # ONNX has no truth values among labels: it gives false and true as 0 and 1.
    if isinstance(label, int) and classes == ("false", "true"):
        return int(label)
    raise AlgorithmFailed(f"the model gave the label {name!r}, which is none of {', '.join(classes)}")


def _values(numbers: ModelOutput, labels: Sequence[object] = ()) -> list[Answer]:
    # Some models answer whole numbers (an isolation forest's 1 and -1); a value is a float everywhere else.
    return [Answer(value=value) for value in numbers.ravel().astype(np.float64).tolist()]


def _shares(probabilities: Sequence[float]) -> list[float]:
    # Sums of 32-bit shares run over 1, and what is left of 1 then runs under 0, by about a ten-millionth.
    return [0.0 if share < 0.0 else min(share, 1.0) for share in probabilities]


def _answer(shares: list[float], chosen: int, classes: tuple[str, ...], positive: int | None) -> Answer:
    return Answer(
        label=classes[chosen],
        probability=shares[chosen if positive is None else positive],
        probabilities=dict(zip(classes, shares, strict=True)),
    )
