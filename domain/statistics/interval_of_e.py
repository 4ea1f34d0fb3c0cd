"""The interval that belongs to a verdict: the values against which there is less evidence than a verdict needs."""

from __future__ import annotations

import math
from collections.abc import Callable

from domain.statistics.estimate import Interval

_TRIES, _HALVINGS = 12, 60
_PRECISION = 1e-3
"""By how much ln E at an edge may be above what is needed: a few ten thousandths of the interval's width."""


def allowed(
    log_e: Callable[[float], float], best: float, width: float, within: Interval, alpha: float
) -> Interval:
    """{x : E(x) < 1/α}, on both sides of the value `best` that fits the data best, inside of `within`.

    It covers the true value at all times with probability 1 - α where E(x) is an e-value at the true x (Ville 1939;
    Howard et al. 2021, arXiv 1810.08240), and excludes a value exactly when the evidence against it reaches 1/α.
    width: a guess of half the interval's width, above 0. Edges are rounded outwards.

    >>> found = allowed(lambda x: 50.0 * (x - 0.3) ** 2, 0.3, 0.1, Interval(-1.0, 1.0), math.exp(-2.0))
    >>> round(found.low, 3), round(found.high, 3)
    (0.1, 0.5)
    """
    limit, least = -math.log(alpha), log_e(best)
    return Interval(
        edge(log_e, (best, least), -width, within.low, limit),
        edge(log_e, (best, least), width, within.high, limit),
    )


def gain_interval(log_e: Callable[[float], float], gain: float, alpha: float) -> Interval:
    """The mean gains, between -1 and 1, against which there is less evidence than 1/α, around the one that was seen."""
    # Were ln E a parabola around the gain, it would reach the limit a little nearer than this.
    there = max(log_e(0.0), 1.0)
    width = max(abs(gain) * math.sqrt((3 - math.log(alpha)) / there), 1e-4)
    return allowed(log_e, gain, width, Interval(-1.0, 1.0), alpha)


def agreeing(interval: Interval, log_e: float, gain: float, alpha: float) -> Interval:
    """The interval without doubt in its last digits: it excludes 0 exactly when the evidence reaches 1/α."""
    if log_e < -math.log(alpha) or gain == 0.0:
        return interval
    if gain > 0.0:
        return Interval(max(interval.low, 0.0), interval.high)
    return Interval(interval.low, min(interval.high, 0.0))


def edge(
    log_e: Callable[[float], float], best: tuple[float, float], step: float, bound: float, limit: float
) -> float:
    """Where E reaches the limit on the way from `best` (with its ln E) to `bound`; the bound where it never does.

    ln E is nearly a parabola, so that its root is nearly a line: a few steps along it are enough.
    """
    start, least = best
    room, inside, outside = limit + _PRECISION / 2 - least, start, math.nan
    if room <= 0.0:
        return start
    for _ in range(_TRIES):
        here = max(start + step, bound) if step < 0.0 else min(start + step, bound)
        found = log_e(here)
        if limit <= found <= limit + _PRECISION or (here == bound and found < limit):
            return here
        inside, outside = (inside, here) if found > limit else (here, outside)
        rise = found - least
        step *= math.sqrt(room / rise) if 0.0 < rise < math.inf else 0.5 if rise > 0.0 else 2.0
    return _halved(log_e, inside, bound if math.isnan(outside) else outside, limit)


def _halved(log_e: Callable[[float], float], inside: float, outside: float, limit: float) -> float:
    """The edge between a value that is allowed and one that is not, by halving."""
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        if middle in {inside, outside}:
            break
        inside, outside = (inside, middle) if log_e(middle) >= limit else (middle, outside)
    return outside
