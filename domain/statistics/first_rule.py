"""The rule of tests that began before rule 2, as it was: so that their verdicts can be repeated.

It is right where requests are independent and all of them get a truth; `domain.statistics.holds` names where it is
not, so that such a test names no winner by itself any more. It does not change, nor does what it shares with rule 2.
"""

from __future__ import annotations

from collections.abc import Iterator

from domain.statistics import (
    asymptotic_evidence,
    asymptotic_sequence,
    doubts,
    e_value,
    equivalence,
    guardrail,
    paired_e_value,
    rmse_ratio,
    sample_ratio,
    split_difference,
    split_e_value,
)
from domain.statistics.counts import PairCounts, excess
from domain.statistics.doubts import chance, go_on, maximum_reached, stopped, unless_mismatched
from domain.statistics.estimate import Inconclusive
from domain.statistics.evidence import NO_FEEDBACK, Decision, Evidence, EvidenceMethod
from domain.statistics.figures import ABTestFigures
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.split_difference import SplitMeans, SplitScores, totals
from domain.words import ABTestState, Verdict


def decide(figures: ABTestFigures, rules: VerdictRules) -> Decision:
    """Whether the test ends now of itself. A function of counts and sums, so that anybody can repeat it.

    In this order: a sample ratio mismatch or a guardrail cancels (or, with `cancels` off, holds back any verdict);
    below the minimum it goes on; evidence of 1/α promotes a better challenger and keeps the champion against a worse
    one; an interval within the equivalence margin keeps the champion; a maximum reached is inconclusive.

    >>> decide(ABTestFigures(PairCounts(700, 30, 90, 180)), VerdictRules()).verdict
    <Verdict.PROMOTED: 'promoted'>
    >>> decide(ABTestFigures(PairCounts(50, 0, 9, 0)), VerdictRules()).reason
    '59 of the 100 requests with feedback that a verdict needs at least'
    """
    # Doubt comes first: figures of requests that were not split as planned say nothing, however clear they look.
    found = _doubt(figures, rules) or _judge(figures, rules)
    if found.state is not ABTestState.RUNNING:
        return found
    limit = maximum_reached(figures, rules)
    if limit is None:
        return found
    reason = f"{limit} was reached without a clear result: {found.reason}"
    return Decision(ABTestState.DECIDED, Verdict.INCONCLUSIVE, reason, EvidenceMethod.COUNTS, exact=True)


def conclude(figures: ABTestFigures, rules: VerdictRules) -> Decision:
    """The verdict when a person ends the test now: as `decide` where that has one, else inconclusive with its reason.

    >>> conclude(ABTestFigures(PairCounts(50, 0, 9, 0)), VerdictRules()).verdict
    <Verdict.INCONCLUSIVE: 'inconclusive'>
    """
    found = decide(figures, rules)
    if found.state is ABTestState.DECIDED:
        return found
    return Decision(ABTestState.DECIDED, Verdict.INCONCLUSIVE, found.reason, found.method, found.exact)


def _doubt(figures: ABTestFigures, rules: VerdictRules) -> Decision | None:
    """A reason not to trust the test, or not to go on with it."""
    found = doubts.doubt(figures, rules)
    if found is not None:
        return found
    if figures.latency is not None and guardrail.is_slower(figures.latency, rules.guardrails):
        ratio = guardrail.latency_ratio(figures.latency)
        reason = (
            f"the challenger is too slow: 95 % of its answers come within {figures.latency.challenger_p95:.3g} s, "
            f"{ratio:.2f} times the champion's {figures.latency.champion_p95:.3g} s"
        )
        return stopped(reason, EvidenceMethod.LATENCY, rules, exact=False)
    return None


def _judge(figures: ABTestFigures, rules: VerdictRules) -> Decision:
    """What the scores say, without regard to maximums."""
    short = _below_minimum(figures, rules)
    if short is not None:
        return go_on(short)
    evidence = weigh(figures, rules)
    if isinstance(evidence, Inconclusive):
        return go_on(evidence.reason)
    # E says that both differ, not which is better: the sign of the difference does, so 0 decides nothing.
    if e_value.reaches(evidence.log_e, 1 / rules.alpha) and evidence.difference != 0.0:
        return _winner(figures, evidence, rules)
    margin = rules.equivalence_margin
    # The interval is asymptotic for classifiers too, so that it needs as many requests as a regressor's.
    if (
        margin is not None
        and evidence.feedback >= asymptotic_sequence.LEAST
        and equivalence.equivalent(evidence, margin)
    ):
        reason = f"both are equally good within the margin of {margin:g}: {_difference(evidence, rules)}"
        return unless_mismatched(
            figures,
            Decision(ABTestState.DECIDED, Verdict.KEPT, reason, EvidenceMethod.EQUIVALENCE, exact=False),
            rules,
        )
    reason = f"no clear difference yet: {_difference(evidence, rules)}"
    return Decision(ABTestState.RUNNING, None, reason, evidence.method, evidence.exact)


def _winner(figures: ABTestFigures, evidence: Evidence, rules: VerdictRules) -> Decision:
    better = evidence.difference > 0.0
    verdict = Verdict.PROMOTED if better else Verdict.KEPT
    facts = f"the challenger is {'better' if better else 'worse'}: {_facts(figures, evidence, rules)}"
    reason = f"{facts}; {chance(evidence)}"
    return unless_mismatched(
        figures, Decision(ABTestState.DECIDED, verdict, reason, evidence.method, evidence.exact), rules
    )


def _below_minimum(figures: ABTestFigures, rules: VerdictRules) -> str | None:
    n = figures.least_feedback
    if n < rules.least:
        where = "" if not isinstance(figures.scores, tuple) else " in each arm"
        return f"{n:,} of the {rules.least:,} requests with feedback{where} that a verdict needs at least"
    if rules.metric is not Metric.ACCURACY:
        return None
    informative, what = _informative(figures)
    if informative < rules.minimum_informative:
        return f"{informative:,} of the {rules.minimum_informative:,} {what} that a verdict needs at least"
    return None


def _informative(figures: ABTestFigures) -> tuple[int, str]:
    """How many requests tell two classifiers apart, and what they are called."""
    if isinstance(figures.scores, PairCounts):
        return figures.scores.discordant, "requests on which exactly one algorithm is right"
    if isinstance(figures.scores, tuple):
        return sum(epoch.wrong().n for epoch in figures.scores), "wrong answers"
    raise TypeError("moments of losses have no right and wrong answers; the metric must be RMSE or MAE")


def _facts(figures: ABTestFigures, evidence: Evidence, rules: VerdictRules) -> str:
    if isinstance(figures.scores, PairCounts):
        challenger, champion = figures.scores.challenger_only, figures.scores.champion_only
        return f"{challenger:,} times only it was right, {champion:,} times only the champion"
    if isinstance(figures.scores, tuple) and rules.metric is Metric.ACCURACY:
        theirs, its = totals(figures.scores)
        return f"{_share(its)} of its answers are right, {_share(theirs)} of the champion's"
    return _difference(evidence, rules)


def _share(scores: Moments) -> str:
    return f"{100 * scores.total / scores.n:.2f} % (of {scores.n:,})"


def _difference(evidence: Evidence, rules: VerdictRules) -> str:
    if evidence.ratio is not None and evidence.ratio_interval is not None:
        low, high = evidence.ratio_interval.low, evidence.ratio_interval.high
        return (
            f"its {rules.metric.label} is {evidence.ratio:.4g} times the champion's "
            f"(between {low:.4g} and {high:.4g})"
        )
    low, high = 100 * evidence.interval.low, 100 * evidence.interval.high
    figure = 100 * evidence.difference
    return f"{figure:+.2f} points of accuracy for the challenger (between {low:+.2f} and {high:+.2f})"


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
    warnings = tuple(_split_warnings(figures, scores))
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
    return asymptotic_evidence.weigh(rmse_ratio.of_pairs(pairs), pairs.n, rules)


def _split_regressors(
    epochs: tuple[SplitScores, ...], means: SplitMeans, rules: VerdictRules, warnings: tuple[str, ...]
) -> Evidence | Inconclusive:
    least = min(moments.n for moments in split_difference.totals(epochs))
    return asymptotic_evidence.weigh(rmse_ratio.of_split(means), least, rules, warnings)


def _split_warnings(figures: ABTestFigures, epochs: tuple[SplitScores, ...]) -> Iterator[str]:
    """Why a split test's figures may be biased or less certain than they look."""
    mismatch = sample_ratio.log_e(epoch.with_feedback() for epoch in epochs)
    if e_value.reaches(mismatch, 1 / sample_ratio.P):
        yield (
            "feedback did not reach both arms as their weights say: the comparison may be biased, and is not exact"
        )
    if figures.repeated_subjects:
        yield (
            "some subjects have several requests, which are not independent: the evidence may look stronger than "
            "it is, and is not exact"
        )
