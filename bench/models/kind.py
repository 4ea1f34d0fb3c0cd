"""One kind of model: how it is fitted, on what, and what shall become of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.models.shops import NUMBERS

Fit = Callable[[Any, Any], Any]
"""From a data frame of features and the targets to a fitted model; what it does to the features it does to its own."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of model with the data that it is fitted on.

    prepare: what the model's owner does to the data frame before the model sees it; as_read: the data is published as
    it was before. refused: whether the gate shall refuse it; `cure` is the kind that a refusal asks for, None where it
    says that there is none. quick: whether the tests try it.
    """

    name: str
    fit: Fit
    target: str = "pays"
    features: tuple[str, ...] = NUMBERS
    missing: float = 0.0
    nullable: bool | None = None
    ranges: bool = True
    codes: type = float
    fills: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Any], Any] = lambda frame: frame
    as_read: bool = False
    refused: bool = False
    cure: Kind | None = None
    quick: bool = False

    @property
    def may_be_missing(self) -> bool:
        """Whether the endpoint allows missing values."""
        return bool(self.missing) if self.nullable is None else self.nullable


def fitting(make: Callable[[], Any]) -> Fit:
    """Fits the unfitted model that `make` gives."""
    return lambda features, target: make().fit(features, target)
