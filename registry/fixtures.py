"""The rows that a manifest keeps with their answers: does the model still give these?"""

from __future__ import annotations

from collections.abc import Sequence

from domain.errors import InvalidAlgorithm, InvalidFeatures
from domain.requests.request import Answer
from registry.algorithm import Algorithm, check_answers
from registry.artifacts import Artifact, Fixture
from registry.comparison import TOLERANCE, labels_differ, largest_difference, served_numbers
from registry.endpoints import EndpointSpec
from registry.features import Row


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
    if not isinstance(label, str) or not isinstance(probabilities, dict):
        raise InvalidAlgorithm("a fixture in its manifest holds no answer; publish the model again")
    given = {name: float(share) for name, share in probabilities.items() if isinstance(share, (int, float))}
    return Answer(label=label, probabilities=given)
