"""How many requests with feedback a test needs that is looked at all the time, to end rightly with a chance of 80 %.

Each plan finds the lead at which the very evidence of the verdict is enough at n requests, and the smallest n by which
a normal walk has met it with the wanted chance. Many tests end much earlier. Numbers beyond the range of a float are
infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

from domain.statistics import asymptotic_sequence, bounded_e_value, paired_e_value, split_evidence
from domain.statistics import power as one_look
from domain.statistics.interval_of_e import edge
from domain.statistics.power import POWER

MOST = 2.0**40
"""More requests than anybody collects."""
_LEAST = 16.0
_PRECISION = 1e-3
_STEP = 1.05
_LARGEST = 700.0
_USUAL = 3.0
"""Standard deviations at which evidence is about enough."""


def paired_n(discordance: float, effect: float, alpha: float = 0.05, power: float = POWER) -> float:
    """Pairs until the exact test of the coin finds a difference of accuracies `effect`, whenever one looks.

    discordance: the share on which exactly one is right. The lead of n pairs is a walk with drift δ and variance q - δ²
    a step, and L(n q) the one at which E reaches 1/α among n q informative pairs. Raises ValueError unless
    0 < |effect| <= discordance <= 1.

    >>> round(paired_n(0.10, 0.01), -2), round(paired_n(0.10, 0.05), -1)
    (14300.0, 550.0)
    """
    if not 0.0 < abs(effect) <= discordance <= 1.0:
        raise ValueError("effect must not be 0, nor larger than the share of disagreements")

    return smallest(
        Walk(lambda n: _coin_lead(n * discordance, alpha), abs(effect), discordance - effect * effect), power
    )


def queue_n(discordance: float, effect: float, alpha: float = 0.05, power: float = POWER) -> float:
    """Truths until then when only requests on which both disagree are given any. Raises as `paired_n`.

    >>> round(queue_n(0.10, 0.01), -1)
    1430.0
    """
    return discordance * paired_n(discordance, effect, alpha, power)


def paired_effect(n: int, discordance: float, alpha: float = 0.05, power: float = POWER) -> float | None:
    """The smallest difference of accuracies that n pairs can find; None when n is too small for any.

    >>> paired_effect(560, 0.10) < 0.05, paired_effect(20, 0.10) is None
    (True, True)
    """
    if n < 1 or not 0.0 < discordance <= 1.0:
        return None

    # The needed leads do not depend on the effect.
    needed = lru_cache(maxsize=None)(lambda n: _coin_lead(n * discordance, alpha))

    def found(effect: float) -> bool:
        return Walk(needed, effect, discordance - effect * effect).has_met_by(n) >= power

    return _smallest_effect(found, discordance)


def split_n(
    share: float, effect: float, weight: float = 0.5, alpha: float = 0.05, power: float = POWER
) -> float:
    """Requests with feedback of both arms together, until a split test tells accuracies share and share + effect apart.

    Both that the evidence is enough and that the interval excludes 0. weight: the challenger's. Raises ValueError where
    the two are equal or outside [0, 1].

    >>> round(split_n(0.85, 0.01), -3), round(split_n(0.5, 0.05), -2)
    (88000.0, 8100.0)
    """
    other = share + effect
    if effect == 0.0 or not (0.0 <= share <= 1.0 and 0.0 <= other <= 1.0):
        raise ValueError("two different accuracies between 0 and 1 are needed")
    # A test with one look needs less than one that is looked at all the time.
    start = one_look.split_n(share, effect, weight, alpha, power)
    return smallest(_split_walk(share, effect, weight, alpha), power, start)


def split_effect(
    n: int, share: float, weight: float = 0.5, alpha: float = 0.05, power: float = POWER
) -> float | None:
    """The smallest rise above the accuracy `share` that n requests in both arms can find; None when none is.

    >>> round(split_effect(95_000, 0.85), 3), split_effect(10, 0.85)
    (0.01, None)
    """
    if n < 1 or share >= 1.0:
        return None
    return _smallest_effect(
        lambda effect: _split_walk(share, effect, weight, alpha).has_met_by(n) >= power, 1.0 - share
    )


def bounded_n(
    mean: float,
    square: float,
    cubes: tuple[float, float] | None = None,
    alpha: float = 0.05,
    power: float = POWER,
) -> float:
    """Pairs until the e-value of bounded losses finds a mean gain, for gains in units of the largest loss.

    mean, square: the mean of the gains and of their squares. cubes: the means of the cubes of gains above 0 and of
    those below; None takes these to be as large as the squares allow. Raises ValueError when the mean is 0.

    >>> round(bounded_n(0.05, 0.1), -1)
    780.0
    """
    if mean == 0.0:
        raise ValueError("the mean gain must not be 0")
    # A gain of 1 that is lost is worth most against the challenger, so each direction has its own cubes.
    known = cubes if cubes is None or mean > 0.0 else (cubes[1], cubes[0])
    needed = _bounded_lead(square, known, alpha)
    return smallest(Walk(needed, abs(mean), max(square - mean * mean, 0.0)), power)


def bounded_effect(
    n: float,
    square: float,
    cubes: tuple[float, float] | None = None,
    alpha: float = 0.05,
    power: float = POWER,
) -> float | None:
    """The smallest mean gain that n pairs can find, for gains in units of the largest loss; None when none is.

    >>> round(bounded_effect(780, 0.1), 3), bounded_effect(10, 0.1)
    (0.05, None)
    """
    needed = lru_cache(maxsize=None)(_bounded_lead(square, cubes, alpha))
    return _smallest_effect(
        lambda mean: Walk(needed, mean, square).has_met_by(n) >= power, min(1.0, square**0.5)
    )


def _bounded_lead(square: float, cubes: tuple[float, float] | None, alpha: float) -> Callable[[float], float]:
    def gains(n: float, lead: float) -> bounded_e_value.Sums:
        if cubes is None:
            return bounded_e_value.Sums(lead, n * square)
        return bounded_e_value.Sums(lead, n * square, n * cubes[0], n * cubes[1])

    def needed(n: float) -> float:
        usual, most = _USUAL * math.sqrt(n * square), n * math.sqrt(square)
        return _least(lambda lead: bounded_e_value.log_e(gains(n, lead)), usual, most, alpha)

    return needed


def mean_n(
    sd: float,
    effect: float,
    alpha: float = 0.05,
    power: float = POWER,
    optimised_for: int = asymptotic_sequence.OPTIMISED_FOR,
) -> float:
    """Requests until the asymptotic sequence tells a mean difference `effect` from 0, sd being that of one request.

    >>> round(mean_n(1.0, 0.1), -1)
    1310.0
    """
    if effect == 0.0:
        raise ValueError("effect must not be 0")

    return smallest(Walk(_mean_lead(sd, alpha, optimised_for), abs(effect), sd * sd), power)


def mean_effect(
    n: float,
    sd: float,
    alpha: float = 0.05,
    power: float = POWER,
    optimised_for: int = asymptotic_sequence.OPTIMISED_FOR,
) -> float | None:
    """The smallest mean difference that n requests can find; None without spread, or with too few for any.

    >>> round(mean_effect(1310, 1.0), 2), mean_effect(900, 1.0)
    (0.1, None)
    """
    if sd <= 0.0 or n < asymptotic_sequence.LEAST:
        return None
    needed = _mean_lead(sd, alpha, optimised_for)
    most = 2 * needed(n) / n
    return _smallest_effect(lambda effect: Walk(needed, effect, sd * sd).has_met_by(n) >= power, most)


def _mean_lead(sd: float, alpha: float, optimised_for: int) -> Callable[[float], float]:
    def needed(n: float) -> float:
        # Before its least number of requests this sequence names no winner.
        if n < asymptotic_sequence.LEAST:
            return math.inf
        return n * asymptotic_sequence.radius(int(min(n, MOST)), sd, alpha, optimised_for)

    return needed


@dataclass(frozen=True, slots=True)
class Walk:
    """A lead that grows by `drift` a request, with `variance` a request, and the lead that is needed at each number."""

    needed: Callable[[float], float]
    drift: float
    variance: float

    def has_met_by(self, n: float) -> float:
        """The chance that it has met the needed lead by n requests.

        That of a Wiener process against the line that touches the needed leads at n, which is nowhere below them:
        Φ((νn - b) / σ√n) + exp(2νb / σ²) Φ((-νn - b) / σ√n), b being where that line begins and ν the drift less its
        slope (Bachelier 1901; Siegmund 1985, "Sequential Analysis").

        >>> round(Walk(lambda n: 10.0, 0.1, 1.0).has_met_by(100.0), 3)
        0.668
        """
        lead = self.needed(n)
        if not math.isfinite(lead):
            return 0.0
        before = self.needed(n / _STEP)
        rise = self.needed(n * _STEP) - before if math.isfinite(before) else 0.0
        slope = max(rise, 0.0) / (n * _STEP - n / _STEP)
        begin, drift = max(lead - slope * n, 0.0), self.drift - slope
        if self.variance <= 0.0:
            return 1.0 if drift * n >= begin else 0.0
        sd, normal = math.sqrt(self.variance * n), NormalDist()
        turned = normal.cdf((-drift * n - begin) / sd)
        mirrored = math.exp(min(2 * drift * begin / self.variance, _LARGEST)) * turned if turned else 0.0
        return min(1.0, normal.cdf((drift * n - begin) / sd) + mirrored)


def smallest(walk: Walk, power: float, start: float = _LEAST) -> float:
    """The smallest number of requests with a chance of at least `power`, to a thousandth; infinite beyond `MOST`.

    start: a number from which to look upwards, or downwards where it is enough.
    """
    high = max(start, _LEAST)
    low = 1.0
    if high > MOST:
        return math.inf
    while walk.has_met_by(high) < power:
        low, high = high, high * 2
        if high > MOST:
            return math.inf
    while high - low > max(1.0, _PRECISION * high):
        middle = (low + high) / 2
        low, high = (low, middle) if walk.has_met_by(middle) >= power else (middle, high)
    return high


def _split_walk(share: float, effect: float, weight: float, alpha: float) -> Walk:
    """The gap of both arms' means times n; both of its conditions must be met."""
    middle = share + effect / 2
    variance = (share * (1 - share)) / (1 - weight) + (share + effect) * (1 - share - effect) / weight

    def needed(n: float) -> float:
        first, second = n * (1 - weight), n * weight

        def log_e(gap: float) -> float:
            lower, higher = max(middle - gap / 2, 0.0), min(middle + gap / 2, 1.0)
            wrong = first * (1 - lower), second * (1 - higher)
            return split_evidence.log_e_of_counts([(weight, *wrong, first * lower, second * higher)])

        # Mostly the interval is what takes longer.
        gap = asymptotic_sequence.radius(int(min(n, MOST)), math.sqrt(variance), alpha)
        most = 2 * min(middle, 1 - middle)
        if gap > most or log_e(gap) < -math.log(alpha):
            gap = max(gap, _least(log_e, _USUAL * math.sqrt(variance / n), most, alpha))
        return n * gap

    return Walk(needed, abs(effect), variance)


def _least(log_e: Callable[[float], float], guess: float, most: float, alpha: float) -> float:
    """The smallest lead whose evidence is enough; infinite where that of the largest is not."""
    enough = -math.log(alpha)
    if log_e(most) < enough:
        return math.inf
    return edge(log_e, (0.0, log_e(0.0)), min(guess, most), most, enough)


def _coin_lead(informative: float, alpha: float) -> float:
    """The lead at which the exact test of the coin is enough; it is known between whole numbers too."""

    def log_e(lead: float) -> float:
        better, worse = (informative + lead) / 2, max((informative - lead) / 2, 0.0)
        return paired_e_value.log_e(better, worse)

    return _least(log_e, _USUAL * math.sqrt(informative), informative, alpha)


def _smallest_effect(found: Callable[[float], bool], most: float) -> float | None:
    """By halving, since the chance grows with the effect."""
    if not found(most):
        return None
    low, high = 0.0, most
    while high - low > _PRECISION * high:
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high
