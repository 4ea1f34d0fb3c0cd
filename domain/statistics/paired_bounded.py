"""What costs, Brier scores and capped errors of pairs say of the difference between both arms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from domain.statistics import honest_arms
from domain.statistics.bounded_e_value import Sums
from domain.statistics.bounded_e_value import log_e as bounded_log_e
from domain.statistics.bounded_loss import unit_of
from domain.statistics.disagreement_rate import disagreement_rate, stretched
from domain.statistics.estimate import REAL_LINE, Inconclusive, Interval
from domain.statistics.evidence import Evidence, EvidenceMethod
from domain.statistics.figures import ABTestFigures
from domain.statistics.interval_of_e import agreeing, allowed, gain_interval
from domain.statistics.moments import Moments
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.units import GRID, GainSums, UnitSums
from domain.words import OutcomeSeen

MOST_RATIO = 1e6
"""A larger ratio of both arms' figures is as good as any."""
_ROUGHLY = 0.1


@dataclass(frozen=True, slots=True)
class Gains:
    """Sums of gains between -1 and 1 over n units; each counts `scale` times, so that none counts more than 1."""

    n: float
    total: float
    squares: float
    risen: float | None
    fallen: float | None
    scale: float


def weigh(figures: ABTestFigures, rules: VerdictRules, n: int, *, intervals: bool) -> Evidence | Inconclusive:
    """The evidence in the gains of n units; without `intervals` they are left open, which is quicker.

    Costs differ only where both answers do, so that their difference is that among disagreements times the rate of
    these: truths may be given to disagreements only. Of errors and Brier scores all units with a truth count alike.
    """
    among = rules.metric is Metric.COST
    rate = disagreement_rate(figures) if among else None
    weighted = rules.outcome_seen is OutcomeSeen.ONLY_FOR
    gains = [one for unit in figures.units for one in gains_of(unit, weighted=weighted, among=among)]
    if not any(one.squares for one in gains) or (among and rate is None):
        return Inconclusive(f"both algorithms did equally well on each of {n:,} requests with feedback")
    against = partial(log_e, gains)
    evidence, gain, scale = against(0.0), mean_gain(gains), unit_of(rules)
    interval, ratio, ratio_interval = REAL_LINE, None, None
    if intervals:
        found = gain_interval(against, gain, rules.alpha)
        if rate is not None:
            found = stretched(found, rate.interval(rules.alpha))
        found = agreeing(found, evidence, gain, rules.alpha)
        interval = Interval(found.low * scale, found.high * scale)
    if rules.metric is not Metric.BRIER and honest_arms.unknown(figures, rules) is None:
        ratio, ratio_interval = _ratio(figures, rules, gains, evidence, intervals=intervals)
    return Evidence(
        n,
        gain * (1.0 if rate is None else rate.value) * scale,
        interval,
        evidence,
        EvidenceMethod.BOUNDED,
        exact=True,
        ratio=ratio,
        ratio_interval=ratio_interval,
    )


def gains_of(unit: UnitSums, *, weighted: bool, among: bool) -> list[Gains]:
    """The gains of one epoch, by the probability with which they are seen where that is known (`weighted`).

    among: units on which both arms say the same do not count.
    """
    found, weight = unit.gains, unit.weight
    either = unit.labelled - found.champion.n - found.challenger.n if among else found.either.n
    least = min(weight, 1 - weight)
    return [
        scaled(sums, n, least / seen if weighted else 1.0)
        for seen, sums, n in (
            (1 - weight, found.champion, found.champion.n),
            (weight, found.challenger, found.challenger.n),
            (1.0, found.either, max(either, 0)),
        )
        if sums.n
    ]


def log_e(gains: Sequence[Gains], mean: float) -> float:
    """The logarithm of E against "the mean gain is `mean`"; away from 0 the cubes are those at 0, nearly.

    >>> log_e([Gains(100, 0.0, 25.0, 12.5, 12.5, 1.0)], 0.0) < 0.0
    True
    """
    total = squares = risen = fallen = 0.0
    spread, cubed = 1 + abs(mean), True
    for one in gains:
        scale = one.scale / spread
        total += scale * (one.total - one.n * mean)
        squares += scale * scale * (one.squares - mean * (2 * one.total - one.n * mean))
        if one.risen is None or one.fallen is None:
            cubed = False
        else:
            risen += scale**3 * one.risen
            fallen += scale**3 * one.fallen
    squares = max(squares, 0.0)
    return bounded_log_e(Sums(total, squares, risen, fallen) if cubed else Sums(total, squares))


def mean_gain(gains: Sequence[Gains]) -> float:
    """The mean gain, each weighted by the inverse of the probability of being seen (Hájek 1971); 0 without units.

    >>> mean_gain([Gains(4, 2.0, 2.0, None, None, 1.0), Gains(4, -1.0, 2.0, None, None, 0.5)])
    0.25
    """
    whole = sum(one.n * one.scale for one in gains)
    return sum(one.total * one.scale for one in gains) / whole if whole else 0.0


def scaled(sums: GainSums, n: int, scale: float) -> Gains:
    """Sums in steps of `GRID` as shares of the largest loss, over n units."""
    cube = GRID * GRID
    return Gains(
        float(n),
        sums.total / GRID,
        sums.squares / (GRID * GRID),
        None if sums.risen is None else sums.risen / cube,
        None if sums.fallen is None else sums.fallen / cube,
        scale,
    )


def _ratio(
    figures: ABTestFigures, rules: VerdictRules, gains: Sequence[Gains], evidence: float, *, intervals: bool
) -> tuple[float | None, Interval | None]:
    """The challenger's figure over the champion's; its interval excludes 1 exactly when the verdict falls.

    A ratio g is kept while E of the gains (g times the champion's loss, less the challenger's) is below 1/α.
    """
    champion = sum((unit.champion for unit in figures.units), Moments())
    challenger = sum((unit.challenger for unit in figures.units), Moments())
    if not champion.total:
        return None, None
    a, b = champion.total / GRID, challenger.total / GRID
    aa, bb = champion.squares / GRID**2, challenger.squares / GRID**2
    cross = sum(unit.cross for unit in figures.units) / GRID**2
    risen = _all([one.risen for one in gains])
    fallen = _all([one.fallen for one in gains])

    def against(ratio: float) -> float:
        spread = max(1.0, ratio)
        squares = max(ratio * ratio * aa - 2 * ratio * cross + bb, 0.0) / spread**2
        total = (ratio * a - b) / spread
        if risen is None or fallen is None:
            return bounded_log_e(Sums(total, squares))
        return bounded_log_e(Sums(total, squares, risen / spread**3, fallen / spread**3))

    best = b / a
    root = math.sqrt if rules.metric is Metric.RMSE else float
    if not intervals:
        return root(best), Interval(0.0, math.inf)
    width = _ROUGHLY * best + 1 / MOST_RATIO
    found = allowed(against, best, width, Interval(0.0, MOST_RATIO), rules.alpha)
    around = agreeing(Interval(found.low - 1, found.high - 1), evidence, best - 1, rules.alpha)
    high = around.high + 1
    return root(best), Interval(root(around.low + 1), root(high) if high < MOST_RATIO else math.inf)


def _all(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
