"""What the first requests of a split test's subjects say of the difference between its arms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.statistics import (
    asymptotic_evidence,
    asymptotic_sequence,
    beta_binomial,
    coupled_tilt,
    e_value,
    rmse_ratio,
    sample_ratio,
    split_bounded,
    split_difference,
    split_e_value,
)
from domain.statistics.bounded_e_value import log_sum
from domain.statistics.bounded_loss import unit_of
from domain.statistics.estimate import Estimate, Inconclusive
from domain.statistics.evidence import NO_FEEDBACK, Evidence, EvidenceMethod
from domain.statistics.figures import ABTestFigures
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.split_difference import SplitMeans, SplitScores
from domain.statistics.units import GRID


def scores_of(figures: ABTestFigures) -> tuple[SplitScores, ...]:
    """Each epoch's scores over first requests."""
    return tuple(SplitScores(unit.weight, unit.champion, unit.challenger) for unit in figures.units)


def weigh(figures: ABTestFigures, rules: VerdictRules) -> Evidence | Inconclusive:
    """The evidence of a split test by its metric.

    Its test holds where truths come at the same rate in both arms; where they do not, the asymptotic interval of the
    difference of means still holds. A verdict needs both, so that the evidence is the weaker of the two.
    """
    epochs = scores_of(figures)
    means = split_difference.means(epochs, _largest(rules))
    if means is None and any(epoch.n for epoch in epochs):
        return Inconclusive("only one of the two arms has requests with feedback")
    if means is None:
        return NO_FEEDBACK
    warnings = tuple(_warnings(epochs))
    if not rules.bounded:
        least = min(moments.n for moments in split_difference.totals(epochs))
        return asymptotic_evidence.weigh(rmse_ratio.of_split(means), least, rules, warnings)
    if rules.metric is Metric.ACCURACY:
        return _classifiers(epochs, means, rules, warnings)
    return _bounded(epochs, means, rules, warnings)


def _largest(rules: VerdictRules) -> float | None:
    """The largest score that is stored; None where there is none."""
    if rules.metric is Metric.ACCURACY:
        return 1.0
    return float(GRID) if rules.bounded else None


def log_e(epochs: Sequence[SplitScores]) -> float:
    """The logarithm of E against "both are equally accurate": the mean of the tests by wrong answers and by all.

    >>> from domain.statistics.moments import Moments
    >>> clear = SplitScores(0.5, Moments.of_shares(500, 200), Moments.of_shares(500, 300))
    >>> round(log_e([clear]), 2)
    15.66
    """
    return log_e_of_counts([coupled_tilt.counts_of(epoch) for epoch in epochs])


def log_e_of_counts(epochs: Sequence[coupled_tilt.Counts]) -> float:
    """`log_e` of counts, which need not be whole."""
    by_wrong = sum(
        beta_binomial.log_e(challenger, champion, weight, split_e_value.CONCENTRATION)
        for weight, champion, challenger, *_ in epochs
    )
    return log_sum([by_wrong, coupled_tilt.log_e_of_counts(epochs)]) - math.log(2)


def _classifiers(
    epochs: tuple[SplitScores, ...], means: SplitMeans, rules: VerdictRules, warnings: tuple[str, ...]
) -> Evidence:
    estimate, alpha, optimised_for = means.difference(), rules.alpha, rules.optimised_for
    interval = asymptotic_sequence.interval(estimate, alpha, optimised_for)
    return Evidence(
        sum(epoch.n for epoch in epochs),
        means.gap,
        interval.clipped(-1.0, 1.0),
        min(log_e(epochs), asymptotic_sequence.log_e(estimate, alpha, optimised_for)),
        EvidenceMethod.TILTED,
        exact=not warnings,
        warnings=warnings,
    )


def _bounded(
    epochs: tuple[SplitScores, ...], means: SplitMeans, rules: VerdictRules, warnings: tuple[str, ...]
) -> Evidence | Inconclusive:
    losses = rmse_ratio.of_split(means)
    estimate = losses.difference
    if estimate.value is None:
        return NO_FEEDBACK
    alpha, optimised_for, scale = rules.alpha, rules.optimised_for, unit_of(rules) / GRID
    interval = asymptotic_sequence.interval(
        Estimate(estimate.n, estimate.value * scale, estimate.sd * scale), alpha, optimised_for
    )
    root = rules.metric is Metric.RMSE
    found = Evidence(
        sum(epoch.n for epoch in epochs),
        estimate.value * scale,
        interval,
        min(split_bounded.log_e(epochs), asymptotic_sequence.log_e(estimate, alpha, optimised_for)),
        EvidenceMethod.BOUNDED,
        exact=not warnings,
        warnings=warnings,
    )
    if rules.metric is Metric.BRIER:
        return found
    return replace(
        found,
        ratio=rmse_ratio.ratio(losses, root=root),
        ratio_interval=rmse_ratio.interval(losses, alpha, optimised_for, root=root),
    )


def _warnings(epochs: tuple[SplitScores, ...]) -> Iterator[str]:
    """Why a split test's figures may be biased."""
    mismatch = sample_ratio.log_e(epoch.with_feedback() for epoch in epochs)
    if e_value.reaches(mismatch, 1 / sample_ratio.P):
        yield (
            "feedback did not reach both arms as their weights say: the comparison is of requests with feedback only, "
            "and is not exact"
        )
