"""The interval that belongs to a verdict: the values against which there is less evidence than a verdict needs."""

from __future__ import annotations

import math
from collections.abc import Callable

from domain.statistics.estimate import Interval

_STEPS = 60
_PRECISION = 1e-4


def allowed(
    log_e: Callable[[float], float], best: float, width: float, within: Interval, alpha: float
) -> Interval:
    """{x : E(x) < 1/α}, on both sides of the value `best` that fits the data best, inside of `within`.

    It covers the true value at all times with probability 1 - α where E(x) is an e-value at the true x (Ville 1939;
    Howard et al. 2021, arXiv 1810.08240), and excludes a value exactly when the evidence against it reaches 1/α.
    width: a guess of half the interval's width, above 0. Edges are rounded outwards, by a ten thousandth of it.

    >>> found = allowed(lambda x: 50.0 * (x - 0.3) ** 2, 0.3, 0.1, Interval(-1.0, 1.0), math.exp(-2.0))
    >>> round(found.low, 3), round(found.high, 3)
    (0.1, 0.5)
    """
    limit = -math.log(alpha)
    return Interval(
        _edge(log_e, best, -width, within.low, limit), _edge(log_e, best, width, within.high, limit)
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


def _edge(log_e: Callable[[float], float], best: float, step: float, bound: float, limit: float) -> float:
    """Where E reaches the limit on the way from `best` to `bound`; the bound where it never does."""
    inside, outside = best, best + step
    while (outside > bound) if step < 0 else (outside < bound):
        over = log_e(outside) - limit
        if over >= 0.0:
            return _between(log_e, inside, outside, over, limit)
        inside, outside, step = outside, outside + step, step * 2
    if not math.isfinite(bound):
        return bound
    over = log_e(bound) - limit
    return bound if over < 0.0 else _between(log_e, inside, bound, over, limit)


def _between(
    log_e: Callable[[float], float], inside: float, outside: float, over: float, limit: float
) -> float:
    """The edge by false position, in the manner of Illinois (Dowell & Jarratt 1971); on the outer side of it."""
    under = min(log_e(inside) - limit, 0.0)
    precision = _PRECISION * abs(outside - inside)
    for _ in range(_STEPS):
        if abs(outside - inside) <= precision or over <= 0.0:
            break
        # Halves where an infinite value shows no slope.
        share = over / (over - under) if math.isfinite(over) else 0.5
        middle = outside + (inside - outside) * min(max(share, 0.001), 0.999)
        found = log_e(middle) - limit
        if found >= 0.0:
            outside, over, under = middle, found, under / 2
        else:
            inside, under, over = middle, found, over / 2
    return outside
