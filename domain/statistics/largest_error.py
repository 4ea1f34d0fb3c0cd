"""A largest error to propose for a regressor, from the errors that were seen."""

from __future__ import annotations

import math
from collections.abc import Iterable

LEAST = 20
"""Fewer errors do not show how large the usual ones are."""
TIMES = 3.0
SHARE = 0.95


def proposed(errors: Iterable[float]) -> float | None:
    """Three times the size that 95 % of the errors stay below, rounded up to two digits; None from too few errors.

    Of normal errors fewer than one in a million is larger, of errors with heavy tails a few in a thousand: those are
    the ones that shall count as this size and no more. A much larger cap lets a test take longer.

    >>> proposed([1.0, -2.0] * 50)
    6.0
    >>> proposed([1.0] * 19) is None
    True
    """
    sizes = sorted(abs(error) for error in errors if math.isfinite(error))
    if len(sizes) < LEAST:
        return None
    found = TIMES * sizes[math.ceil(SHARE * len(sizes)) - 1]
    if not 0.0 < found < math.inf:
        return None
    digits = 10.0 ** (math.floor(math.log10(found)) - 1)
    # Rounded once more, since a power of ten below 1 is not exact.
    return float(f"{math.ceil(found / digits - 1e-9) * digits:.12g}")
