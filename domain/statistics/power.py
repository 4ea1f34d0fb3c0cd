"""How many requests with feedback a test needs, and what it can see with those it has.

The figures are those of a test with one look at its end; a test that may be watched needs more for the same power.
Numbers beyond the range of a float are infinite.
"""

from __future__ import annotations

import math
import sys
from statistics import NormalDist

POWER = 0.8
"""The chance to find an effect of the stated size."""


def paired_n(discordance: float, effect: float, alpha: float = 0.05, power: float = POWER) -> float:
    """Pairs needed to find a difference of accuracies `effect`, when the two disagree on a share `discordance`.

    n = (z_{α/2} √q + z_β √(q - δ²))² / δ², q being the share on which exactly one is right (Miettinen 1968).
    Raises ValueError unless 0 < |effect| <= discordance <= 1.

    >>> round(paired_n(0.10, 0.01), 1), round(paired_n(0.10, 0.02), 1)
    (7846.5, 1959.9)
    """
    if not 0.0 < abs(effect) <= discordance <= 1.0:
        raise ValueError("effect must not be 0, nor larger than the share of disagreements")
    z_alpha, z_beta = _quantiles(alpha, power)
    spread = math.sqrt(discordance - effect * effect)
    return _square((z_alpha * math.sqrt(discordance) + z_beta * spread) / effect)


def discordant_n(discordance: float, effect: float, alpha: float = 0.05, power: float = POWER) -> float:
    """Feedbacks needed when only requests on which the two disagree are given any. Raises as `paired_n`.

    >>> round(discordant_n(0.10, 0.01)), round(discordant_n(0.10, 0.02))
    (785, 196)
    """
    return discordance * paired_n(discordance, effect, alpha, power)


def paired_effect(n: int, discordance: float, alpha: float = 0.05, power: float = POWER) -> float | None:
    """The smallest difference of accuracies that n pairs can find; None when n is too small for any.

    The inverse of `paired_n`, a quadratic equation in the effect.

    >>> round(paired_effect(7847, 0.10), 4)
    0.01
    >>> paired_effect(5, 0.10) is None
    True
    """
    z_alpha, z_beta = _quantiles(alpha, power)
    middle, last = z_alpha * math.sqrt(n * discordance), discordance * (z_alpha**2 - z_beta**2)
    lead = n + z_beta**2
    effect = (middle + math.sqrt(max(0.0, middle * middle - lead * last))) / lead
    return effect if 0.0 < effect <= discordance else None


def per_arm_n(share1: float, share2: float, alpha: float = 0.05, power: float = POWER) -> float:
    """Requests with feedback needed in each of two arms of equal size to tell two accuracies apart.

    n = (z_{α/2} √(2 p̄ q̄) + z_β √(p₁q₁ + p₂q₂))² / (p₁ - p₂)² (Fleiss 1981, pooled, without continuity correction).
    Raises ValueError when the two are equal or outside [0, 1].

    >>> round(per_arm_n(0.20, 0.25), 1)
    1093.7
    >>> 2 * math.ceil(per_arm_n(0.85, 0.86)), 2 * math.ceil(per_arm_n(0.85, 0.87))
    (38922, 9448)
    """
    if share1 == share2 or not (0.0 <= share1 <= 1.0 and 0.0 <= share2 <= 1.0):
        raise ValueError("two different accuracies between 0 and 1 are needed")
    z_alpha, z_beta = _quantiles(alpha, power)
    mean = (share1 + share2) / 2
    together = math.sqrt(2 * mean * (1 - mean))
    apart = math.sqrt(share1 * (1 - share1) + share2 * (1 - share2))
    return _square((z_alpha * together + z_beta * apart) / (share1 - share2))


def split_n(
    share: float, effect: float, weight: float = 0.5, alpha: float = 0.05, power: float = POWER
) -> float:
    """Requests with feedback needed in both arms together, when the challenger is given `weight` of them.

    An uneven split needs 1 / (4 w (1-w)) times as many as an even one. Raises as `per_arm_n`.

    >>> round(split_n(0.85, 0.01)), round(split_n(0.85, 0.01, weight=0.1))
    (38920, 108112)
    """
    return 2 * per_arm_n(share, share + effect, alpha, power) / (4 * weight * (1 - weight))


def split_effect(
    n: int, share: float, weight: float = 0.5, alpha: float = 0.05, power: float = POWER
) -> float | None:
    """The smallest rise above the accuracy `share` that n requests in both arms can find; None when none is.

    >>> round(split_effect(38922, 0.85), 4)
    0.01
    >>> split_effect(10, 0.85) is None
    True
    """
    room = 1.0 - share
    if room <= 0.0 or n == 0 or split_n(share, room, weight, alpha, power) > n:
        return None
    low, high = 0.0, room
    # The need falls as the effect grows, so halving finds the smallest effect; 50 halvings reach a float's last bit.
    for _ in range(50):
        middle = (low + high) / 2
        enough = share + middle > share and split_n(share, middle, weight, alpha, power) <= n
        low, high = (low, middle) if enough else (middle, high)
    return high


def mean_n(sd: float, effect: float, alpha: float = 0.05, power: float = POWER) -> float:
    """Requests needed to tell a mean difference `effect` from 0, sd being that of one request's difference.

    n = ((z_{α/2} + z_β) sd / δ)². Raises ValueError when effect is 0.

    >>> round(mean_n(1.0, 0.1), 1)
    784.9
    """
    if effect == 0.0:
        raise ValueError("effect must not be 0")
    return _square(sum(_quantiles(alpha, power)) * sd / effect)


def mean_effect(n: int, sd: float, alpha: float = 0.05, power: float = POWER) -> float | None:
    """The smallest mean difference that n requests can find; None without requests or spread.

    >>> round(mean_effect(785, 1.0), 4)
    0.1
    """
    return sum(_quantiles(alpha, power)) * sd / math.sqrt(n) if n and sd > 0.0 else None


def _quantiles(alpha: float, power: float) -> tuple[float, float]:
    normal = NormalDist()
    # Near 0, where 1 - α/2 would round to 1, the lower tail still tells one α from another.
    return -normal.inv_cdf(max(alpha / 2, sys.float_info.min)), normal.inv_cdf(power)


def _square(value: float) -> float:
    """Infinite where it leaves the range of a float; `value ** 2` would raise an error there."""
    return value * value
