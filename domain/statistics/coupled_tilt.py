"""The exact test of two classifiers of which each request met only one, by right answers as well as by wrong ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from domain.statistics.split_difference import SplitScores

ERRORS = (0.03, 0.15, 0.5, 0.85)
"""Shares of wrong answers for which the bets are made."""
LEADS = (0.03, 0.08, 0.2, 0.5)
"""How far apart the arms are bet to be, in units of √(the share of wrong answers), for and against each."""
_FLOOR = 0.12

Floats = NDArray[np.float64]


def log_e(epochs: Sequence[SplitScores]) -> float:
    """The logarithm of E against "both are equally accurate", from right and wrong answers of each arm.

    While both are equal, the arm of a request with a truth is the challenger with its weight w, whether the answer was
    right or wrong. Each of 32 alternatives tilts that share: given wrong its logit is logit w + l (1-e), given right
    logit w - l e, for a share e of wrong answers and a lead l. E is the mean of their likelihood ratios (a discrete
    mixture in the manner of Robbins 1970; a coupled pair of the tests of Lindon & Malek 2022, arXiv 2011.03567).

    >>> from domain.statistics.moments import Moments
    >>> fair = SplitScores(0.5, Moments.of_shares(500, 250), Moments.of_shares(500, 250))
    >>> clear = SplitScores(0.5, Moments.of_shares(500, 200), Moments.of_shares(500, 300))
    >>> log_e([fair]) < 0.0, round(log_e([clear]), 2)
    (True, 16.35)
    """
    return log_e_of_counts([counts_of(epoch) for epoch in epochs])


Counts: TypeAlias = tuple[float, float, float, float, float]
"""A weight, and the answers under it: wrong ones of the champion and the challenger, right ones of both."""


def counts_of(epoch: SplitScores) -> Counts:
    """The answers of one epoch by arm."""
    wrong = epoch.wrong()
    right = round(epoch.champion.total), round(epoch.challenger.total)
    return epoch.weight, wrong.champion, wrong.challenger, *right


def log_e_of_counts(epochs: Sequence[Counts]) -> float:
    """`log_e` of counts, which need not be whole: a plan asks for what is between."""
    logs = np.zeros(2 * len(ERRORS) * len(LEADS))
    for weight, *counts in epochs:
        logs += ratios(weight) @ np.array(counts)
    most = float(logs.max())
    return most + math.log(float(np.exp(logs - most).mean()))


@lru_cache(maxsize=64)
def ratios(weight: float) -> Floats:
    """The logarithms of the likelihood ratios of one answer: a row an alternative; columns are wrong of the champion,
    wrong of the challenger, right of the champion, right of the challenger.
    """
    logit = math.log(weight / (1 - weight))
    rows = []
    for errors in ERRORS:
        for lead in (side * size / math.sqrt(max(errors, _FLOOR)) for size in LEADS for side in (1, -1)):
            wrong, right = _share(logit + lead * (1 - errors)), _share(logit - lead * errors)
            rows.append(
                (
                    math.log((1 - wrong) / (1 - weight)),
                    math.log(wrong / weight),
                    math.log((1 - right) / (1 - weight)),
                    math.log(right / weight),
                )
            )
    table: Floats = np.array(rows)
    return table


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))
