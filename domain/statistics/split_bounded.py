"""The exact test of two arms' bounded losses where each request met only one of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from domain.statistics.bounded_e_value import Sums, log_sum
from domain.statistics.bounded_e_value import log_e as bounded_log_e
from domain.statistics.split_difference import SplitScores
from domain.statistics.units import GRID

CENTRES = (0.003, 0.03, 0.12, 0.35)
"""Losses that are taken for the usual one: the nearer the true mean, the less the number of requests disturbs."""


def log_e(epochs: Sequence[SplitScores]) -> float:
    """The logarithm of E against "both mean losses are equal", from moments of losses in steps of `GRID`.

    A request with loss x counts as (x-c) / (1-w) where the champion answered it and as -(x-c) / w where the challenger
    did: its mean is the difference of both means, for any constant c (Horvitz & Thompson 1952). These are bounded, so
    the bets of `bounded_e_value` hold; E is the mean over a few c.

    >>> from domain.statistics.moments import Moments
    >>> high, low = Moments.of([0.6 * GRID] * 400), Moments.of([0.3 * GRID] * 400)
    >>> log_e([SplitScores(0.5, high, low)]) > 20.0, log_e([SplitScores(0.5, low, low)]) < 0.0
    (True, True)
    """
    logs = []
    for centre in CENTRES:
        total = squares = 0.0
        for epoch in epochs:
            one, other = _terms(epoch, centre)
            total += one
            squares += other
        logs.append(bounded_log_e(Sums(total, squares)))
    return log_sum(logs) - math.log(len(CENTRES))


def _terms(epoch: SplitScores, centre: float) -> tuple[float, float]:
    """The sums of the weighted gains and of their squares, scaled to at most 1."""
    weight, c = epoch.weight, centre * GRID
    largest = GRID * max(centre, 1 - centre) / min(weight, 1 - weight)
    first, second = epoch.champion, epoch.challenger
    a, b = 1 / ((1 - weight) * largest), 1 / (weight * largest)
    total = (first.total - c * first.n) * a - (second.total - c * second.n) * b
    squares = (first.squares - c * (2 * first.total - c * first.n)) * a * a
    squares += (second.squares - c * (2 * second.total - c * second.n)) * b * b
    return total, max(squares, 0.0)
