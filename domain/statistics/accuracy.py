"""Accuracy: the share of right answers among requests with feedback."""

from __future__ import annotations


def accuracy(correct: int, with_feedback: int) -> float | None:
    """Share of right answers, in 0..1; None when no request has feedback.

    >>> accuracy(8, 11)
    0.7272727272727273
    >>> accuracy(0, 0) is None
    True
    """
    return correct / with_feedback if with_feedback else None
