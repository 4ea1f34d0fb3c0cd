"""The exact test of two classifiers where the truth is seen for some answers only, by the lottery that is known.

Where only one arm's answer shows the truth, it is seen with the weight of that arm, so that each seen gain counts with
the inverse of that weight (Horvitz & Thompson 1952; on labels that depend on decisions Lakkaraju et al. 2017, "The
selective labels problem"). While both arms are equally good, the mean of these weighted gains is 0, whatever share of
truths is seen beyond that. E is a mixture of constant bets on them (Waudby-Smith & Ramdas 2024, arXiv 2010.09686)
with the weights of a Beta(10, 10) prior: at even weights the same mixture as that of the paired coin.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from domain.statistics.paired_e_value import PRIOR
from domain.statistics.units import EVEN, UnitSums

Floats = NDArray[np.float64]
_NODES: int = 65


@dataclass(frozen=True, slots=True)
class SeenCounts:
    """Gains +1, -1 and 0 over disagreements that are seen with the probability `seen`; largest: the inverse of the
    least such probability in their epoch.
    """

    seen: float
    largest: float
    better: int
    worse: int
    even: int


def counts_of(unit: UnitSums) -> tuple[SeenCounts, ...]:
    """The seen disagreements of one epoch by the probability with which they are seen; those that there are."""
    gains, largest = unit.gains, max(1 / unit.weight, 1 / (1 - unit.weight))
    both = unit.labelled - gains.champion.n - gains.challenger.n
    return tuple(
        SeenCounts(
            seen, largest, better := (sums.squares + sums.total) // 2, worse := sums.squares - better,
            max(0, disagreements - better - worse),
        )
        for seen, sums, disagreements in (
            (1 - unit.weight, gains.champion, gains.champion.n),
            (unit.weight, gains.challenger, gains.challenger.n),
            (1.0, gains.either, both),
        )
        if disagreements > 0 or sums.squares
    )  # fmt: skip


def is_coin(units: Sequence[UnitSums]) -> bool:
    """Whether all gains were seen with the same probability, so that the exact test of the coin is the same.

    >>> is_coin([UnitSums(0.5)]), is_coin([UnitSums(0.3)])
    (True, False)
    """
    return all(unit.weight == EVEN and not unit.gains.either.squares for unit in units)


def log_e(counts: Sequence[SeenCounts], mean: float = 0.0) -> float:
    """The logarithm of E against "the mean gain over all disagreements is `mean`".

    >>> round(log_e([SeenCounts(0.5, 2.0, 15, 5, 0)]), 2)
    0.94
    >>> round(log_e([SeenCounts(0.3, 1 / 0.3, 15, 5, 0), SeenCounts(0.7, 1 / 0.3, 15, 5, 0)]), 2)
    1.99
    """
    logs = _log_prior().copy()
    for count in counts:
        scale = 1 / (count.seen * count.largest * (1 + abs(mean)))
        if mean == 0.0:
            up, down = _log_bets(scale)
            logs += count.better * up + count.worse * down
            continue
        bets = _bets()
        logs += count.better * np.log1p(bets * ((1 - mean) * scale))
        logs += count.worse * np.log1p(bets * ((-1 - mean) * scale))
        if count.even:
            logs += count.even * np.log1p(bets * (-mean * scale))
    most = float(logs.max())
    return most + math.log(float(np.exp(logs - most).sum()))


def mean_gain(counts: Sequence[SeenCounts]) -> float:
    """The mean gain over all disagreements, each seen one weighted by the inverse of its probability (Hájek 1971).

    >>> mean_gain([SeenCounts(0.25, 4.0, 3, 1, 0), SeenCounts(0.75, 4.0, 3, 9, 0)])
    0.0
    """
    whole = sum((count.better + count.worse + count.even) / count.seen for count in counts)
    return sum((count.better - count.worse) / count.seen for count in counts) / whole


@lru_cache(maxsize=1)
def _bets() -> Floats:
    nodes: Floats = np.linspace(-1.0, 1.0, _NODES + 2)[1:-1]
    return nodes


@lru_cache(maxsize=1)
def _log_prior() -> Floats:
    density = (1 - _bets() ** 2) ** (PRIOR - 1)
    logs: Floats = np.log(density / density.sum())
    return logs


@lru_cache(maxsize=64)
def _log_bets(scale: float) -> tuple[Floats, Floats]:
    up: Floats = np.log1p(_bets() * scale)
    return up, up[::-1].copy()
