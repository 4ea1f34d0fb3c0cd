"""Mean absolute error: the usual size of a regressor's mistake, less moved by a few huge ones than RMSE."""

from __future__ import annotations


def mae(sizes: float, with_feedback: int) -> float | None:
    """Mean absolute error in the target's own unit; None when no request has feedback.

    sizes: sum of |value - ground truth| over the requests with feedback, in the target's unit.

    >>> mae(3.0, 2)
    1.5
    >>> mae(0.0, 0) is None
    True
    """
    return sizes / with_feedback if with_feedback else None
