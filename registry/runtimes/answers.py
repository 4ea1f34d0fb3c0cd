"""From the numbers that a model gives to answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.errors import AlgorithmFailed
from domain.types import Answer, Kind
from registry.artifacts import Manifest
from registry.endpoints import EndpointSpec
from registry.features import Row

Numbers: TypeAlias = NDArray[np.float32] | NDArray[np.float64]
Answering: TypeAlias = Callable[[Numbers], list[Answer]]
Runtime: TypeAlias = Callable[[Sequence[Row]], list[Answer]]
"""Answers rows (in the endpoint's order), one for each; may be called from any thread."""


def answering(manifest: Manifest, spec: EndpointSpec) -> Answering:
    """The function that reads a model's output: (n, classes) probabilities, or (n,) or (n, 1) values."""
    if spec.kind is Kind.REGRESSOR:
        return _values
    classes = manifest.classes or ()
    positive = None if spec.positive_class is None else classes.index(spec.positive_class)
    return lambda numbers: [_label(row, classes, positive) for row in _shaped(numbers, len(classes)).tolist()]


def _values(numbers: Numbers) -> list[Answer]:
    return [Answer(value=value) for value in numbers.ravel().tolist()]


def _shaped(numbers: Numbers, classes: int) -> Numbers:
    if numbers.ndim != 2 or numbers.shape[1] != classes:  # noqa: PLR2004
        raise AlgorithmFailed(
            f"the model gave an output of shape {numbers.shape}, not (rows, {classes} classes)"
        )
    return numbers


def _label(probabilities: Sequence[float], classes: tuple[str, ...], positive: int | None) -> Answer:
    # Sums of 32-bit shares run over 1, and what is left of 1 then runs under 0, by about a ten-millionth.
    shares = [0.0 if share < 0.0 else min(share, 1.0) for share in probabilities]
    # The first of equal maxima wins, as in scikit-learn's predict.
    best = max(range(len(classes)), key=shares.__getitem__)
    return Answer(
        label=classes[best],
        probability=shares[best if positive is None else positive],
        probabilities=dict(zip(classes, shares, strict=True)),
    )
