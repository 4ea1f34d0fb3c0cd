"""What the units of a paired test say of the difference between its arms."""

from __future__ import annotations

import math
from functools import partial

from domain.statistics import (
    asymptotic_evidence,
    beta_binomial,
    paired_bounded,
    paired_e_value,
    rmse_ratio,
    seen_bets,
)
from domain.statistics.disagreement_rate import disagreement_rate, stretched
from domain.statistics.estimate import REAL_LINE, Inconclusive, Interval
from domain.statistics.evidence import NO_FEEDBACK, Evidence, EvidenceMethod
from domain.statistics.figures import ABTestFigures
from domain.statistics.interval_of_e import agreeing, allowed, gain_interval
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.proportion_sequence import proportion_sequence
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.units import GainSums
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
    return paired_bounded.weigh(figures, rules, n, intervals=intervals)


def _classifiers(
    figures: ABTestFigures, rules: VerdictRules, n: int, intervals: bool
) -> Evidence | Inconclusive:
    rate = disagreement_rate(figures)
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
            found = gain_interval(partial(seen_bets.log_e, counts), gain, rules.alpha)
        else:
            found = _coin_interval(better, together.squares - better, labelled, rules.alpha)
        interval = agreeing(stretched(found, rate.interval(rules.alpha)), log_e, gain, rules.alpha)
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


def _unbounded(figures: ABTestFigures, rules: VerdictRules) -> Evidence | Inconclusive:
    pairs = PairMoments(
        sum((unit.champion for unit in figures.units), Moments()),
        sum((unit.challenger for unit in figures.units), Moments()),
        sum(unit.cross for unit in figures.units),
    )
    if not pairs.n:
        return NO_FEEDBACK
    return asymptotic_evidence.weigh(rmse_ratio.of_pairs(pairs), pairs.n, rules)
