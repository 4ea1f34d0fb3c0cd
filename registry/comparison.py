"""How far served answers may be from a trained model's, or from the fixtures that a manifest keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidAlgorithm, InvalidArtifact, InvalidFeatures
from domain.requests.request import Answer
from registry.algorithm import Algorithm, check_answers
from registry.artifacts import Artifact, Fixture
from registry.endpoints import EndpointSpec
from registry.features import Row

Numbers: TypeAlias = NDArray[np.float64]

TOLERANCE = 1e-4
"""How far a served probability (or a value, relative to its size) may be from the trained model's."""


def served_numbers(answers: Sequence[Answer], classes: Sequence[str] | None) -> Numbers:
    """Answers as the numbers that `trained_numbers` gives."""
    if classes is None:
        return np.array([answer.value for answer in answers], dtype=np.float64)
    return np.array(
        [[_share(answer, name) for name in classes] for answer in answers], dtype=np.float64
    ).reshape(len(answers), len(classes))


def _share(answer: Answer, name: str) -> float:
    """The probability of a class; a model that gives none is sure of its label."""
    return float(answer.label == name) if answer.probabilities is None else answer.probabilities[name]


def largest_difference(one: Numbers, other: Numbers, scale: float = 1.0) -> float:
    """The largest difference of two outputs: absolute up to 1, relative above it, infinite for NaN.

    scale: the size up to which it is absolute, and the unit that it is then given in.
    """
    return float(differences(one, other, scale).max(initial=0.0))


def differences(one: Numbers, other: Numbers, scale: float = 1.0) -> Numbers:
    """The difference of each row of two outputs, as `largest_difference` measures it."""
    if one.shape != other.shape:
        raise InvalidArtifact(
            f"the served model gives an output of shape {other.shape}, the trained one {one.shape}"
        )
    apart = np.nan_to_num(np.abs(one - other) / np.maximum(scale, np.abs(one)), nan=np.inf)
    largest: Numbers = apart.reshape(len(one), -1).max(axis=1, initial=0.0)
    return largest


def differ(
    trained: Numbers, answers: Sequence[Answer], classes: Sequence[str] | None, scale: float
) -> NDArray[np.bool_]:
    """For each row, whether the served answer is another than the trained one."""
    return differences(trained, served_numbers(answers, classes), scale) > TOLERANCE


def scale_of(trained: Numbers, classes: Sequence[str] | None) -> float:
    """The size that differences are measured by: 1 for probabilities, the usual spread of a regressor's values.

    A value near 0 would ask for more than 32 bits can give if it were measured by itself, and any value of a small
    unit would pass if it were measured by 1.
    """
    if classes is not None or not len(trained):
        return 1.0
    low, high = np.percentile(trained, [25, 75])
    return float(high - low) or float(np.std(trained)) or 1.0


def labels_differ(one: Sequence[Answer], other: Sequence[Answer]) -> bool:
    """Whether two lists of answers to the same rows hold other labels."""
    return [answer.label for answer in one] != [answer.label for answer in other]


def check_fixtures(artifact: Artifact, instance: Algorithm, spec: EndpointSpec) -> None:
    """Raises InvalidAlgorithm when the manifest keeps no rows, or the algorithm answers them otherwise now.

    Raises InvalidFeatures when the endpoint does not allow one of them any more, AlgorithmFailed for a bad answer.
    """
    fixtures = artifact.manifest.fixtures
    if not fixtures:
        raise InvalidAlgorithm("its manifest holds no fixtures; publish the model again")
    _reproduce([(spec.features.validate(dict(fixture.row)), fixture) for fixture in fixtures], instance)


def check_valid_fixtures(artifact: Artifact, instance: Algorithm, spec: EndpointSpec) -> None:
    """Raises InvalidAlgorithm when the algorithm answers otherwise now to a row that the endpoint still allows."""
    pairs = []
    for fixture in artifact.manifest.fixtures:
        try:
            pairs.append((spec.features.validate(dict(fixture.row)), fixture))
        except InvalidFeatures:
            continue  # A range was narrowed since: no caller can send such a row any more.
    _reproduce(pairs, instance)


def _reproduce(pairs: Sequence[tuple[Row, Fixture]], instance: Algorithm) -> None:
    if not pairs:
        return
    answers = check_answers(instance.spec, instance.predict([row for row, _ in pairs]), len(pairs))
    check_same_answers([_answer(fixture) for _, fixture in pairs], answers, "than when it was published")


def check_same_answers(expected: Sequence[Answer], answers: Sequence[Answer], when: str) -> None:
    """Raises InvalidAlgorithm unless labels are equal, and numbers within the tolerance of 32-bit arithmetic."""
    if len(expected) != len(answers):
        raise InvalidAlgorithm(f"it gives {len(answers)} instead of {len(expected)} answers {when}")
    if labels_differ(expected, answers):
        raise InvalidAlgorithm(f"it answers other labels {when}")
    classes = None if not expected or expected[0].probabilities is None else tuple(expected[0].probabilities)
    if expected and expected[0].label is not None and classes is None:
        return
    difference = largest_difference(served_numbers(expected, classes), served_numbers(answers, classes))
    if difference > TOLERANCE:
        raise InvalidAlgorithm(
            f"it answers differently {when}: by {difference:.3g}, allowed is {TOLERANCE:g}"
        )


def _answer(fixture: Fixture) -> Answer:
    value, label, probabilities = (fixture.answer.get(name) for name in ("value", "label", "probabilities"))
    if isinstance(value, (int, float)):
        return Answer(value=float(value))
    if isinstance(label, str) and probabilities is None:
        return Answer(label=label)
    if not isinstance(label, str) or not isinstance(probabilities, dict):
        raise InvalidAlgorithm("a fixture in its manifest holds no answer; publish the model again")
    return Answer(
        label=label,
        probabilities={
            name: float(share) for name, share in probabilities.items() if isinstance(share, (int, float))
        },
    )
