"""How good an algorithm was when it was published: figures of rows that its training never saw."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from domain.words import JSONValue


@dataclass(frozen=True, slots=True)
class HeldOutMetrics:
    """The figures of `rows` held-out rows, as a manifest says them; None is what it does not say.

    `accuracy` and `log_loss` are a classifier's, `rmse` and `mae` a regressor's, in the target's unit.
    """

    rows: int
    accuracy: float | None = None
    log_loss: float | None = None
    rmse: float | None = None
    mae: float | None = None


def held_out_metrics(said: Mapping[str, JSONValue]) -> HeldOutMetrics | None:
    """What the `metrics` of a manifest say; None where no held-out rows were measured.

    Somebody may have written into a manifest by hand: what is no finite number is left out.

    >>> held_out_metrics({"rows": 296, "rmse": 2727.9, "mean_absolute_error": "?"})
    HeldOutMetrics(rows=296, accuracy=None, log_loss=None, rmse=2727.9, mae=None)
    >>> held_out_metrics({}) is None
    True
    """
    rows = said.get("rows")
    if isinstance(rows, bool) or not isinstance(rows, int) or not 0 < rows < 2**31:
        return None
    return HeldOutMetrics(
        rows=rows,
        accuracy=_finite(said.get("accuracy")),
        log_loss=_finite(said.get("log_loss")),
        rmse=_finite(said.get("rmse")),
        mae=_finite(said.get("mean_absolute_error")),
    )


def _finite(said: JSONValue) -> float | None:
    if isinstance(said, bool) or not isinstance(said, int | float):
        return None
    try:
        number = float(said)
    except OverflowError:  # A whole number of hundreds of digits.
        return None
    return number if math.isfinite(number) else None
