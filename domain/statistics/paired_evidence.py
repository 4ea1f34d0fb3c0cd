"""What the units of a paired test say of the difference between its arms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from domain.statistics import (
    asymptotic_evidence,
    beta_binomial,
    honest_arms,
    paired_e_value,
    rmse_ratio,
    seen_bets,
)
from domain.statistics.bounded_e_value import log_e as bounded_log_e
from domain.statistics.bounded_loss import unit_of
from domain.statistics.disagreement_rate import disagreement_rate, stretched
from domain.statistics.estimate import REAL_LINE, Inconclusive, Interval
from domain.statistics.evidence import NO_FEEDBACK, Evidence, EvidenceMethod
from domain.statistics.figures import ABTestFigures
from domain.statistics.interval_of_e import allowed
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.proportion_sequence import proportion_sequence
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.units import GRID, GainSums, UnitSums
from domain.words import OutcomeSeen

SHARE_OF_ALPHA = 0.1
"""The part of α that the interval of the share of informative disagreements may cost."""
MOST_RATIO = 1e6
_LIMITS = Interval(-1.0, 1.0)


def weigh(figures: ABTestFigures, rules: VerdictRules, *, intervals: bool = True) -> Evidence | Inconclusive:
    """The evidence of a paired test by its metric; without `intervals` they are left open, which is quicker."""
    n = sum(unit.gains.together.n for unit in figures.units)
    if not rules.bounded:
        return _unbounded(figures, rules)
    if not n:
        return NO_FEEDBACK
    if rules.metric is Metric.ACCURACY:
        return _classifiers(figures, rules, n, intervals)
    return _bounded(figures, rules, n, intervals)


# Classifiers by accuracy.


def _classifiers(
    figures: ABTestFigures, rules: VerdictRules, n: int, intervals: bool
) -> Evidence | Inconclusive:
    rate = disagreement_rate(figures, rules.alpha)
    together = sum((unit.gains.together for unit in figures.units), GainSums())
    if rate is None or not together.squares:
        return Inconclusive(
            f"both algorithms were right or wrong together on all {n:,} requests with feedback"
        )
    weighted = rules.outcome_seen is OutcomeSeen.ONLY_FOR and not seen_bets.is_coin(figures.units)
    if weighted:
        counts = [count for unit in figures.units for count in seen_bets.counts_of(unit)]
        log_e, gain = seen_bets.log_e(counts), seen_bets.mean_gain(counts)
        method = EvidenceMethod.WEIGHTED
    else:
        better = (together.squares + together.total) // 2
        labelled = max(sum(unit.labelled for unit in figures.units), together.squares)
        log_e = paired_e_value.log_e(better, together.squares - better)
        gain, method = together.total / labelled, EvidenceMethod.PAIRED
    interval = REAL_LINE
    if intervals:
        if weighted:
            found = _allowed(partial(seen_bets.log_e, counts), gain, rules.alpha)
        else:
            found = _coin_interval(better, together.squares - better, labelled, rules.alpha)
        interval = _agreeing(stretched(found, rate.interval), log_e, gain, rules.alpha)
    return Evidence(n, rate.value * gain, interval, log_e, method, exact=True)


def _coin_interval(better: int, worse: int, labelled: int, alpha: float) -> Interval:
    """The mean gains over disagreements that are still allowed: the coin's, times the share that is informative."""
    n, prior = better + worse, paired_e_value.PRIOR
    mixture = beta_binomial.log_beta(prior + better, prior + worse) - beta_binomial.log_beta(prior, prior)

    def log_e(share: float) -> float:
        if not 0.0 < share < 1.0:
            return math.inf if (worse if share >= 1.0 else better) else mixture
        return mixture - better * math.log(share) - worse * math.log1p(-share)

    width = 1.5 / math.sqrt(n + 2 * prior)
    won = allowed(log_e, better / n, width, Interval(0.0, 1.0), alpha)
    informative = Interval(1.0, 1.0)
    if n < labelled:
        informative = proportion_sequence(n, labelled, SHARE_OF_ALPHA * alpha)
    return stretched(Interval(2 * won.low - 1, 2 * won.high - 1), informative)


# Bounded losses.


@dataclass(frozen=True, slots=True)
class _Class:
    """Gains between -1 and 1 over n units, each of which counts `scale` times as much."""

    n: float
    total: float
    squares: float
    scale: float


def _bounded(figures: ABTestFigures, rules: VerdictRules, n: int, intervals: bool) -> Evidence | Inconclusive:
    only_disagreements = rules.metric is Metric.COST
    rate = disagreement_rate(figures, rules.alpha) if only_disagreements else None
    classes = [
        found
        for unit in figures.units
        for found in _classes(
            unit, weighted=rules.outcome_seen is OutcomeSeen.ONLY_FOR, only_disagreements=only_disagreements
        )
    ]
    if not any(one.squares for one in classes) or (only_disagreements and rate is None):
        return Inconclusive(f"both algorithms did equally well on each of {n:,} requests with feedback")
    log_e = _log_e(classes, 0.0)
    gain = sum(one.total * one.scale for one in classes) / sum(one.n * one.scale for one in classes)
    scale = unit_of(rules)
    interval, ratio, ratio_interval = REAL_LINE, None, None
    if intervals:
        found = _allowed(partial(_log_e, classes), gain, rules.alpha)
        if rate is not None:
            found = stretched(found, rate.interval)
        found = _agreeing(found, log_e, gain, rules.alpha)
        interval = Interval(found.low * scale, found.high * scale)
    if rules.metric is not Metric.BRIER and honest_arms.unknown(figures, rules) is None:
        ratio, ratio_interval = _ratio(figures, rules, log_e, intervals)
    return Evidence(
        n,
        gain * (1.0 if rate is None else rate.value) * scale,
        interval,
        log_e,
        EvidenceMethod.BOUNDED,
        exact=True,
        ratio=ratio,
        ratio_interval=ratio_interval,
    )


def _classes(unit: UnitSums, *, weighted: bool, only_disagreements: bool) -> list[_Class]:
    gains, weight = unit.gains, unit.weight
    both = unit.labelled - gains.champion.n - gains.challenger.n if only_disagreements else gains.either.n
    least = min(weight, 1 - weight) if weighted else 1.0
    return [
        _Class(float(n), sums.total / GRID, sums.squares / GRID**2, least / (seen if weighted else 1.0))
        for seen, sums, n in (
            (1 - weight, gains.champion, gains.champion.n),
            (weight, gains.challenger, gains.challenger.n),
            (1.0, gains.either, max(both, 0)),
        )
        if sums.n
    ]


def _log_e(classes: list[_Class], mean: float) -> float:
    total = squares = 0.0
    spread = 1 + abs(mean)
    for one in classes:
        scale = one.scale / spread
        total += scale * (one.total - one.n * mean)
        squares += scale * scale * (one.squares - mean * (2 * one.total - one.n * mean))
    return bounded_log_e(total, max(squares, 0.0))


def _ratio(
    figures: ABTestFigures, rules: VerdictRules, log_e: float, intervals: bool
) -> tuple[float | None, Interval | None]:
    """The challenger's figure over the champion's; its interval excludes 1 exactly when the verdict falls."""
    champion = sum((unit.champion for unit in figures.units), Moments())
    challenger = sum((unit.challenger for unit in figures.units), Moments())
    cross = sum(unit.cross for unit in figures.units) / GRID**2
    if not champion.total:
        return None, None
    a, b = champion.total / GRID, challenger.total / GRID
    aa, bb = champion.squares / GRID**2, challenger.squares / GRID**2

    def against(ratio: float) -> float:
        spread = max(1.0, ratio)
        squares = ratio * ratio * aa - 2 * ratio * cross + bb
        return bounded_log_e((ratio * a - b) / spread, max(squares, 0.0) / spread**2)

    best = b / a
    root = math.sqrt if rules.metric is Metric.RMSE else float
    if not intervals:
        return root(best), Interval(0.0, math.inf)
    found = allowed(against, best, 0.1 * best + 1e-6, Interval(0.0, MOST_RATIO), rules.alpha)
    if log_e >= -math.log(rules.alpha):
        found = (
            Interval(max(found.low, 1.0), found.high)
            if best > 1
            else Interval(found.low, min(found.high, 1.0))
        )
    return root(best), Interval(root(found.low), root(found.high) if found.high < MOST_RATIO else math.inf)


# Both.


def _allowed(log_e: partial[float], gain: float, alpha: float) -> Interval:
    # Twice the distance at which E would be what it is at 0, were it a parabola, is more than half the width.
    there = max(log_e(0.0), 1.0)
    width = max(abs(gain) * math.sqrt((3 - math.log(alpha)) / there), 1e-4)
    return allowed(log_e, gain, width, _LIMITS, alpha)


def _agreeing(interval: Interval, log_e: float, gain: float, alpha: float) -> Interval:
    """The interval without the last digits' doubt: it excludes 0 exactly when the evidence reaches 1/α."""
    if log_e < -math.log(alpha) or gain == 0.0:
        return interval
    return (
        Interval(max(interval.low, 0.0), interval.high)
        if gain > 0
        else Interval(interval.low, min(interval.high, 0.0))
    )


# Regressors without a largest error.


def _unbounded(figures: ABTestFigures, rules: VerdictRules) -> Evidence | Inconclusive:
    pairs = PairMoments(
        sum((unit.champion for unit in figures.units), Moments()),
        sum((unit.challenger for unit in figures.units), Moments()),
        sum(unit.cross for unit in figures.units),
    )
    if not pairs.n:
        return NO_FEEDBACK
    return asymptotic_evidence.weigh(rmse_ratio.of_pairs(pairs), pairs.n, rules)
