"""Root-mean-square error: the usual distance between a regressor's values and the ground truth."""

from __future__ import annotations

import math


def rmse(squares: float, with_feedback: int) -> float | None:
    """Root-mean-square error in the target's own unit; None when no request has feedback.

    squares: sum of (value - ground truth)² over the requests with feedback, in the unit squared.

    >>> rmse(8.0, 2)
    2.0
    >>> rmse(0.0, 0) is None
    True
    """
    return math.sqrt(squares / with_feedback) if with_feedback else None
