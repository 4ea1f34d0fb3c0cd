"""The exact test of a mean that is 0 while both arms are equally good, for gains of which none is beyond ±1.

One fixed set of bets, mixed. Who bets the share λ on each gain d has the product of 1 + λd, an e-value while the mean
of the gains is 0 (Waudby-Smith & Ramdas 2024, arXiv 2010.09686). From below it is known by sums alone, in whatever
order the gains came: the remainder of each Taylor polynomial of ln(1+x), divided by its power of x, rises or falls all
the way, so that for d ≥ -1

    ln(1+λd) ≥ λd + (ln(1-λ)+λ) d²                        (Fan, Grama & Liu 2015; Howard et al. 2021, arXiv 1810.08240)
    ln(1+λd) ≥ λd - λ²d²/2 + λ³ (h(λ) r - h(-λ) f)        with h(x) = (ln(1+x) - x + x²/2) / x³,

r being d³ where d rises above 0 and f being |d|³ where it falls below. The second is exact for d of 1, 0 and -1, and
nearly so for small ones; the first needs no cubes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

BETS = tuple(0.95 / 1.75**k for k in range(10))
"""The shares λ that are bet for the challenger, and against it: the best one is the mean gain over the mean square."""
_WHOLE = sum(1 / (k + 1) for k in range(len(BETS)))
LOG_WEIGHTS = tuple(-math.log(_WHOLE * (k + 1)) for k in range(len(BETS)))
"""The higher bets have more weight: they decide the tests that could be short."""
COSTS = tuple(math.log1p(-bet) + bet for bet in BETS)
_TWO = math.log(2.0)
_NOTHING = 40.0
"""A term that is smaller by e⁻⁴⁰ is beyond the digits of a float."""


def _third(x: float) -> float:
    return (math.log1p(x) - x + x * x / 2) / x**3


RISES = tuple(bet**3 * _third(bet) for bet in BETS)
FALLS = tuple(bet**3 * _third(-bet) for bet in BETS)
_SQUARES = tuple(zip(LOG_WEIGHTS, BETS, COSTS, strict=True))
_CUBES = tuple(zip(LOG_WEIGHTS, BETS, (bet * bet / 2 for bet in BETS), RISES, FALLS, strict=True))


@dataclass(frozen=True, slots=True)
class Sums:
    """The sums of gains between -1 and 1, of their squares, and of the cubes of those above and below 0, both positive.

    risen, fallen: None where nobody has counted them.
    """

    total: float
    squares: float
    risen: float | None = None
    fallen: float | None = None


def log_e(sums: Sums) -> float:
    """The logarithm of E against "the mean gain is 0".

    >>> sums = Sums(30.0, 60.0, 45.0, 15.0)
    >>> round(log_e(sums), 2), round(log_e(Sums(30.0, 60.0)), 2)
    (5.51, 3.01)
    """
    total, squares, risen, fallen = sums.total, sums.squares, sums.risen, sums.fallen
    logs: list[float] = []
    # Both directions at once: this is asked some ten times for each interval.
    if risen is None or fallen is None:
        for weight, bet, cost in _SQUARES:
            middle, side = weight + cost * squares, bet * total
            logs += (middle + side, middle - side)
    else:
        for weight, bet, cost, rise, fall in _CUBES:
            middle, side = weight - cost * squares, bet * total
            logs += (
                middle + side + rise * risen - fall * fallen,
                middle - side + rise * fallen - fall * risen,
            )
    return log_sum(logs) - _TWO


def log_e_above(total: float, squares: float) -> float:
    """The logarithm of E against "the mean gain is 0 or below", from sums of gains that are at least -1.

    >>> log_e_above(30.0, 60.0) > log_e(Sums(30.0, 60.0)) > 0.0 > log_e_above(-30.0, 60.0)
    True
    """
    return log_sum([weight + bet * total + cost * squares for weight, bet, cost in _SQUARES])


def log_sum(logs: Sequence[float]) -> float:
    """The logarithm of the sum of e^x, for x of any size.

    >>> round(log_sum([0.0, 0.0]), 6) == round(math.log(2.0), 6), log_sum([1e9, -1e9])
    (True, 1000000000.0)
    """
    most = max(logs)
    return most + math.log(sum([math.exp(x - most) for x in logs if x > most - _NOTHING]))
