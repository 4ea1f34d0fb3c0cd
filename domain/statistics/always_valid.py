"""How many requests with feedback a test needs that is looked at all the time, to end rightly with a chance of 80 %.

Each plan finds the lead at which the very evidence of the verdict is enough at n requests, and the smallest n at which
a normal lead is beyond it with the wanted chance. Tests often end before: most at about half of it. Numbers beyond the
range of a float are infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

from domain.statistics import asymptotic_sequence, bounded_e_value, paired_e_value, split_evidence
from domain.statistics.moments import Moments
from domain.statistics.power import POWER
from domain.statistics.split_difference import SplitScores

MOST = 2.0**40
"""More requests than anybody collects."""
_LEAST = 16.0
_HALVINGS = 40
_PRECISION = 1e-3


def paired_n(discordance: float, effect: float, alpha: float = 0.05, power: float = POWER) -> float:
    """Pairs until the exact test of the coin finds a difference of accuracies `effect`, whenever one looks.

    discordance: the share on which exactly one is right. The smallest n with Φ((n δ - L(n q)) / √(n (q - δ²))) ≥ power,
    L(m) being the lead at which E reaches 1/α among m such requests. Raises ValueError unless
    0 < |effect| <= discordance <= 1.

    >>> round(paired_n(0.10, 0.01), -2), round(paired_n(0.10, 0.05), -1)
    (16800.0, 620.0)
    """
    if not 0.0 < abs(effect) <= discordance <= 1.0:
        raise ValueError("effect must not be 0, nor larger than the share of disagreements")

    def chance(n: float) -> float:
        informative = n * discordance
        lead = _least(lambda lead: _coin(informative, lead), informative, alpha)
        return _chance(n * abs(effect) - lead, n * (discordance - effect * effect))

    return smallest(chance, power)


def queue_n(discordance: float, effect: float, alpha: float = 0.05, power: float = POWER) -> float:
    """Truths until then when only requests on which both disagree are given any. Raises as `paired_n`.

    >>> round(queue_n(0.10, 0.01), -1)
    1680.0
    """
    return discordance * paired_n(discordance, effect, alpha, power)


def paired_effect(n: int, discordance: float, alpha: float = 0.05, power: float = POWER) -> float | None:
    """The smallest difference of accuracies that n pairs can find; None when n is too small for any.

    >>> paired_effect(620, 0.10) > 0.0495, paired_effect(20, 0.10) is None
    (True, True)
    """
    if n < 1 or not 0.0 < discordance <= 1.0:
        return None
    lead = _least(lambda lead: _coin(n * discordance, lead), n * discordance, alpha)

    def found(effect: float) -> bool:
        return _chance(n * effect - lead, n * (discordance - effect * effect)) >= power

    return _smallest_effect(found, discordance)


def split_n(
    share: float, effect: float, weight: float = 0.5, alpha: float = 0.05, power: float = POWER
) -> float:
    """Requests with feedback of both arms together, until a split test tells accuracies share and share + effect apart.

    Both that the evidence is enough and that the interval excludes 0. weight: the challenger's. Raises ValueError where
    the two are equal or outside [0, 1].

    >>> round(split_n(0.85, 0.01), -3), round(split_n(0.5, 0.05), -2)
    (102000.0, 8900.0)
    """
    other = share + effect
    if effect == 0.0 or not (0.0 <= share <= 1.0 and 0.0 <= other <= 1.0):
        raise ValueError("two different accuracies between 0 and 1 are needed")
    return smallest(lambda n: _split_chance(n, share, effect, weight, alpha), power)


def split_effect(
    n: int, share: float, weight: float = 0.5, alpha: float = 0.05, power: float = POWER
) -> float | None:
    """The smallest rise above the accuracy `share` that n requests in both arms can find; None when none is.

    >>> round(split_effect(102_000, 0.85), 3), split_effect(10, 0.85)
    (0.01, None)
    """
    if n < 1 or share >= 1.0:
        return None
    return _smallest_effect(
        lambda effect: _split_chance(n, share, effect, weight, alpha) >= power, 1.0 - share
    )


def bounded_n(mean: float, square: float, alpha: float = 0.05, power: float = POWER) -> float:
    """Pairs until the e-value of bounded losses finds a mean gain, for gains in units of the largest loss.

    mean, square: the mean of the gains and of their squares. Raises ValueError when the mean is 0.

    >>> round(bounded_n(0.05, 0.1), -1)
    840.0
    """
    if mean == 0.0:
        raise ValueError("the mean gain must not be 0")

    def chance(n: float) -> float:
        lead = _least(lambda lead: bounded_e_value.log_e(lead, n * square), n, alpha)
        return _chance(n * abs(mean) - lead, n * max(square - mean * mean, 0.0))

    return smallest(chance, power)


def mean_n(
    sd: float,
    effect: float,
    alpha: float = 0.05,
    power: float = POWER,
    optimised_for: int = asymptotic_sequence.OPTIMISED_FOR,
) -> float:
    """Requests until the asymptotic sequence tells a mean difference `effect` from 0, sd being that of one request.

    >>> round(mean_n(1.0, 0.1), -1)
    1510.0
    """
    if effect == 0.0:
        raise ValueError("effect must not be 0")

    def chance(n: float) -> float:
        lead = n * asymptotic_sequence.radius(int(min(n, MOST)), sd, alpha, optimised_for)
        return _chance(n * abs(effect) - lead, n * sd * sd)

    return smallest(chance, power)


def smallest(chance: Callable[[float], float], power: float) -> float:
    """The smallest number of requests with a chance of at least `power`, to a thousandth; infinite beyond `MOST`."""
    high = _LEAST
    while chance(high) < power:
        high *= 2
        if high > MOST:
            return math.inf
    low = high / 2 if high > _LEAST else 1.0
    while high - low > max(1.0, _PRECISION * high):
        middle = (low + high) / 2
        low, high = (low, middle) if chance(middle) >= power else (middle, high)
    return high


def _split_chance(n: float, share: float, effect: float, weight: float, alpha: float) -> float:
    middle = share + effect / 2
    first, second = n * (1 - weight), n * weight
    variance = (share * (1 - share)) / (1 - weight) + (share + effect) * (1 - share - effect) / weight

    def log_e(gap: float) -> float:
        scores = SplitScores(
            weight,
            Moments.of_shares(round(first), round(first * max(middle - gap / 2, 0.0))),
            Moments.of_shares(round(second), round(second * min(middle + gap / 2, 1.0))),
        )
        return split_evidence.log_e([scores])

    most = 2 * min(middle, 1 - middle)
    gap = max(
        _least(log_e, most, alpha), asymptotic_sequence.radius(int(min(n, MOST)), math.sqrt(variance), alpha)
    )
    return _chance(n * (abs(effect) - gap), n * variance)


def _least(log_e: Callable[[float], float], most: float, alpha: float) -> float:
    """The smallest lead whose evidence is enough; infinite where that of the largest is not."""
    enough = -math.log(alpha)
    if log_e(most) < enough:
        return math.inf
    low, high = 0.0, most
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if log_e(middle) >= enough else (middle, high)
    return high


def _coin(informative: float, lead: float) -> float:
    # The functions of counts hold between whole numbers as well.
    better, worse = (informative + lead) / 2, max((informative - lead) / 2, 0.0)
    return paired_e_value.log_e(better, worse)  # type: ignore[arg-type]


def _chance(beyond: float, variance: float) -> float:
    """That a normal lead is larger than needed, when on average it is by so much."""
    if not math.isfinite(beyond):
        return 0.0
    if variance <= 0.0:
        return 1.0 if beyond >= 0.0 else 0.0
    return NormalDist().cdf(beyond / math.sqrt(variance))


def _smallest_effect(found: Callable[[float], bool], most: float) -> float | None:
    """By halving, since the chance grows with the effect."""
    if not found(most):
        return None
    low, high = 0.0, most
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high
