"""What the scores of a test say of the difference between its arms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.statistics import (
    asymptotic_sequence,
    e_value,
    paired_e_value,
    rmse_ratio,
    sample_ratio,
    split_difference,
    split_e_value,
)
from domain.statistics.counts import PairCounts, excess
from domain.statistics.estimate import Inconclusive, Interval
from domain.statistics.figures import ABTestFigures
from domain.statistics.moments import PairMoments
from domain.statistics.rmse_ratio import LossMeans
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.split_difference import SplitMeans, SplitScores


class EvidenceMethod(StrEnum):
    """What a verdict or a cancellation rests on."""

    PAIRED = "paired beta-binomial e-value"
    SPLIT = "split beta-binomial e-value"
    ASYMPTOTIC = "asymptotic confidence sequence"
    EQUIVALENCE = "interval within the equivalence margin"
    SAMPLE_RATIO = "sequential sample ratio test"
    SAMPLE_RATIO_AT_DECISION = "chi-square sample ratio test"
    FAILURES = "failure guardrail"
    LATENCY = "latency guardrail"
    COUNTS = "counts"


NO_FEEDBACK = Inconclusive("no request has feedback yet")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The difference between both arms, and how sure one may be of it at any number of looks.

    difference, interval: positive when the challenger is better; accuracies' difference, or the champion's mean loss
    minus the challenger's (unit squared for RMSE). The interval is always asymptotic. log_e, method, exact: the
    test against "both are equally good". ratio, ratio_interval: the challenger's RMSE or MAE over the champion's.
    """

    feedback: int
    difference: float
    interval: Interval
    log_e: float
    method: EvidenceMethod
    exact: bool
    ratio: float | None = None
    ratio_interval: Interval | None = None
    warnings: tuple[str, ...] = ()

    @property
    def p(self) -> float:
        """The always-valid p-value."""
        return e_value.always_valid_p(self.log_e)

    @property
    def e_value(self) -> float:
        """E, capped at the largest float."""
        return e_value.e_value(self.log_e)


def weigh(figures: ABTestFigures, rules: VerdictRules) -> Evidence | Inconclusive:
    """The evidence in a test's scores, by the method that fits them; Inconclusive when they cannot say anything.

    Paired classifiers and split classifiers are judged exactly, regressors asymptotically.

    >>> found = weigh(ABTestFigures(PairCounts(750, 50, 100, 100)), VerdictRules())
    >>> found.difference, round(found.log_e, 3), found.exact
    (0.05, 6.427, True)
    >>> weigh(ABTestFigures(PairCounts(both_right=9)), VerdictRules())
    Inconclusive(reason='both algorithms were right or wrong together on all 9 requests with feedback')
    """
    scores = figures.scores
    if isinstance(scores, PairCounts):
        return _paired_classifiers(scores, rules)
    if isinstance(scores, PairMoments):
        return _paired_regressors(scores, rules)
    means = split_difference.means(scores)
    if means is None and any(epoch.n for epoch in scores):
        return Inconclusive("only one of the two arms has requests with feedback")
    if means is None:
        return NO_FEEDBACK
    warnings = _split_warnings(figures, scores)
    if rules.metric is Metric.ACCURACY:
        return _split_classifiers(scores, means, rules, warnings)
    return _split_regressors(scores, means, rules, warnings)


def _paired_classifiers(counts: PairCounts, rules: VerdictRules) -> Evidence | Inconclusive:
    estimate = counts.difference()
    if estimate.value is None:
        return NO_FEEDBACK
    if not counts.discordant:
        return Inconclusive(
            f"both algorithms were right or wrong together on all {counts.n:,} requests with feedback"
        )
    interval = asymptotic_sequence.interval(estimate, rules.alpha, rules.optimised_for)
    return Evidence(
        counts.n,
        estimate.value,
        interval.clipped(-1.0, 1.0),
        paired_e_value.log_e(counts.challenger_only, counts.champion_only),
        EvidenceMethod.PAIRED,
        exact=True,
    )


def _split_classifiers(
    epochs: tuple[SplitScores, ...], means: SplitMeans, rules: VerdictRules, warnings: tuple[str, ...]
) -> Evidence:
    wrong = [epoch.wrong() for epoch in epochs]
    log_e = split_e_value.log_e(wrong)
    if excess(wrong) * means.gap >= 0.0:
        # More wrong answers than its share, yet the higher accuracy: that is evidence for neither arm. Lowering
        # E keeps every promise.
        log_e = min(log_e, 0.0)
    interval = asymptotic_sequence.interval(means.difference(), rules.alpha, rules.optimised_for)
    return Evidence(
        sum(epoch.n for epoch in epochs),
        means.gap,
        interval.clipped(-1.0, 1.0),
        log_e,
        EvidenceMethod.SPLIT,
        exact=not warnings,
        warnings=warnings,
    )


def _paired_regressors(pairs: PairMoments, rules: VerdictRules) -> Evidence | Inconclusive:
    if not pairs.n:
        return NO_FEEDBACK
    if pairs.n < asymptotic_sequence.LEAST:
        return _too_few(pairs.n)
    return _asymptotic(rmse_ratio.of_pairs(pairs), rules, ())


def _split_regressors(
    epochs: tuple[SplitScores, ...], means: SplitMeans, rules: VerdictRules, warnings: tuple[str, ...]
) -> Evidence | Inconclusive:
    least = min(moments.n for moments in split_difference.totals(epochs))
    if least < asymptotic_sequence.LEAST:
        return _too_few(least)
    return _asymptotic(rmse_ratio.of_split(means), rules, warnings)


def _asymptotic(means: LossMeans, rules: VerdictRules, warnings: tuple[str, ...]) -> Evidence | Inconclusive:
    estimate, root = means.difference, rules.metric is Metric.RMSE
    if estimate.value is None or estimate.sd == 0.0:
        return Inconclusive(
            f"both algorithms' errors differ by the same amount on all {means.n:,} requests with feedback"
        )
    alpha, optimised_for = rules.alpha, rules.optimised_for
    return Evidence(
        means.n,
        estimate.value,
        asymptotic_sequence.interval(estimate, alpha, optimised_for),
        asymptotic_sequence.log_e(estimate, alpha, optimised_for),
        EvidenceMethod.ASYMPTOTIC,
        exact=False,
        ratio=rmse_ratio.ratio(means, root=root),
        ratio_interval=rmse_ratio.interval(means, alpha, optimised_for, root=root),
        warnings=warnings,
    )


def _too_few(n: int) -> Inconclusive:
    return Inconclusive(
        f"only {n:,} requests have feedback, and this method needs {asymptotic_sequence.LEAST:,}: "
        "rare huge errors may not have shown yet"
    )


def _split_warnings(figures: ABTestFigures, epochs: tuple[SplitScores, ...]) -> tuple[str, ...]:
    """Why a split test's figures may be biased or less certain than they look."""
    found = []
    mismatch = sample_ratio.log_e(epoch.with_feedback() for epoch in epochs)
    if e_value.reaches(mismatch, 1 / sample_ratio.P):
        found.append(
            "feedback did not reach both arms as their weights say: the comparison may be biased, and is not exact"
        )
    if figures.repeated_subjects:
        found.append(
            "some subjects have several requests, which are not independent: the evidence may look stronger than "
            "it is, and is not exact"
        )
    return tuple(found)
