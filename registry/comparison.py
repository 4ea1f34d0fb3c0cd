"""How far served answers may be from a trained model's, or from those that a manifest keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.errors import InvalidArtifact
from domain.requests.request import Answer

Numbers: TypeAlias = NDArray[np.float64]

TOLERANCE = 1e-4
"""How far a served probability (or a value, relative to its size) may be from the trained model's."""


def served_numbers(answers: Sequence[Answer], classes: Sequence[str] | None) -> Numbers:
    """Answers as the numbers that `trained_numbers` gives."""
    if classes is None:
        return np.array([answer.value for answer in answers], dtype=np.float64)
    return np.array(
        [[(answer.probabilities or {})[name] for name in classes] for answer in answers], dtype=np.float64
    )


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
