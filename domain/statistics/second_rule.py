"""Rule 2: what becomes of a test, from its units, whatever feedback people really have.

It differs from rule 1 in this: each subject counts once; what is seen for some answers only is weighed by the lottery;
a split test needs its interval besides its evidence; losses other than right and wrong are bounded.
"""

from __future__ import annotations

from domain.statistics import (
    doubts,
    e_value,
    equivalence,
    guardrail_metric,
    latency_blocks,
    paired_evidence,
    split_evidence,
)
from domain.statistics.doubts import chance, go_on, stopped, unless_mismatched
from domain.statistics.estimate import Inconclusive
from domain.statistics.evidence import Decision, Evidence, EvidenceMethod
from domain.statistics.figures import ABTestFigures
from domain.statistics.proportion_sequence import proportion_sequence
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.units import GainSums
from domain.words import ABTestState, Verdict


def weigh(figures: ABTestFigures, rules: VerdictRules) -> Evidence | Inconclusive:
    """The evidence in a test's units, by the method that fits them; Inconclusive when they cannot say anything."""
    return paired_evidence.weigh(figures, rules) if figures.paired else split_evidence.weigh(figures, rules)


def judge(figures: ABTestFigures, rules: VerdictRules) -> Decision:
    """What the figures say, without regard to maximums and to holds."""
    return _doubt(figures, rules) or _scores(figures, rules)


def _doubt(figures: ABTestFigures, rules: VerdictRules) -> Decision | None:
    """A reason not to trust the test, or not to go on with it."""
    found = doubts.doubt(figures, rules)
    if found is not None:
        return found
    if figures.blocks is not None and latency_blocks.is_slower(figures.blocks):
        reason = (
            f"the challenger is too slow: in {figures.blocks.slower:,} stretches of two minutes its answers took more "
            f"than {rules.guardrails.latency_ratio:g} times as long as the champion's, in {figures.blocks.faster:,} "
            f"it was the other way round, of {figures.blocks.all:,}"
        )
        return stopped(reason, EvidenceMethod.LATENCY, rules)
    if rules.guardrail_metric is not None and guardrail_metric.is_worse(figures, rules):
        guarded = rules.guardrail_metric
        reason = (
            f"the challenger's {guarded.metric.label} is worse by more than the margin of {guarded.margin:g}"
        )
        return stopped(reason, EvidenceMethod.GUARDRAIL_METRIC, rules)
    return None


def _scores(figures: ABTestFigures, rules: VerdictRules) -> Decision:
    short = _too_early(figures, rules)
    if short is not None:
        return go_on(short)
    return _copies(figures, rules) or _weighed(figures, rules)


def _weighed(figures: ABTestFigures, rules: VerdictRules) -> Decision:
    short = _too_few_informative(figures, rules)
    if short is not None:
        return go_on(short)
    paired, margin = figures.paired, rules.equivalence_margin
    # The intervals take most of the time, and most looks need none.
    evidence = (
        paired_evidence.weigh(figures, rules, intervals=False)
        if paired
        else split_evidence.weigh(figures, rules)
    )
    if isinstance(evidence, Inconclusive):
        return go_on(evidence.reason)
    # E says that both differ, not which is better: the sign of the difference does, so 0 decides nothing.
    if e_value.reaches(evidence.log_e, 1 / rules.alpha) and evidence.difference != 0.0:
        return _winner(figures, evidence, rules)
    if margin is not None and _is_near(evidence, margin):
        full = _in_full(figures, evidence, rules)
        if equivalence.equivalent(full, margin):
            reason = f"both are equally good within the margin of {margin:g}: {difference(full, rules)}"
            return unless_mismatched(figures, _kept(reason, exact=full.exact), rules)
    needed = f"evidence {evidence.e_value:.3g} of the {1 / rules.alpha:.4g} that a verdict needs"
    reason = f"no clear difference yet: {_figure(evidence, rules)}; {needed}"
    return Decision(ABTestState.RUNNING, None, reason, evidence.method, evidence.exact)


def _winner(figures: ABTestFigures, evidence: Evidence, rules: VerdictRules) -> Decision:
    full = _in_full(figures, evidence, rules)
    better = full.difference > 0.0
    reason = (
        f"the challenger is {'better' if better else 'worse'}: {_facts(figures, full, rules)}; {chance(full)}"
    )
    verdict = Verdict.PROMOTED if better else Verdict.KEPT
    return unless_mismatched(
        figures, Decision(ABTestState.DECIDED, verdict, reason, full.method, full.exact), rules
    )


def _in_full(figures: ABTestFigures, evidence: Evidence, rules: VerdictRules) -> Evidence:
    """The same evidence with its intervals."""
    again = weigh(figures, rules) if figures.paired else evidence
    return again if isinstance(again, Evidence) else evidence


def _is_near(evidence: Evidence, margin: float) -> bool:
    """Whether the figure itself is within the margin: else its interval is not either."""
    if evidence.ratio is None:
        return abs(evidence.difference) <= margin
    return 1 / (1 + margin) <= evidence.ratio <= 1 + margin


def _copies(figures: ABTestFigures, rules: VerdictRules) -> Decision | None:
    """Two that hardly ever disagree are equally good, whatever the truths are: |difference| ≤ disagreements."""
    margin = rules.equivalence_margin
    if margin is None or not figures.paired or rules.metric is not Metric.ACCURACY:
        return None
    complete = sum(unit.complete for unit in figures.units)
    disagreements = sum(unit.disagreements for unit in figures.units)
    # Cheap first: the interval's high end is never below the share itself.
    if not complete or disagreements > margin * complete:
        return None
    most = proportion_sequence(disagreements, complete, rules.alpha).high
    if most > margin:
        return None
    reason = (
        f"both are equally good within the margin of {margin:g}: they disagree on {disagreements:,} of {complete:,}, "
        f"so on at most {100 * most:.3g} %"
    )
    return unless_mismatched(figures, _kept(reason, exact=True), rules)


def _too_early(figures: ABTestFigures, rules: VerdictRules) -> str | None:
    n = least_units(figures, rules)
    if n < rules.least:
        where = "" if figures.paired else " in each arm"
        once = ", each subject once" if n < figures.least_feedback else ""
        return (
            f"{n:,} of the {rules.least:,} requests with feedback{where} that a verdict needs at least{once}"
        )
    if rules.minimum_duration is not None and figures.age < rules.minimum_duration:
        return f"the test runs for {rules.minimum_duration} at least, and has for {figures.age}"
    return None


def _too_few_informative(figures: ABTestFigures, rules: VerdictRules) -> str | None:
    if rules.metric is not Metric.ACCURACY:
        return None
    if figures.paired:
        informative = sum(unit.gains.together.squares for unit in figures.units)
        what = "requests on which exactly one algorithm is right"
    else:
        informative = sum(scores.wrong().n for scores in split_evidence.scores_of(figures))
        what = "wrong answers"
    if informative < rules.minimum_informative:
        return f"{informative:,} of the {rules.minimum_informative:,} {what} that a verdict needs at least"
    return None


def least_units(figures: ABTestFigures, rules: VerdictRules) -> int:
    """The units with a truth that counts, of the arm that has fewer.

    >>> from domain.statistics.units import GainSums, SeenGains, UnitSums
    >>> least_units(ABTestFigures((), units=(UnitSums(0.5, gains=SeenGains(either=GainSums(9))),)), VerdictRules())
    9
    """
    if figures.paired and rules.bounded:
        return sum(unit.gains.together.n for unit in figures.units)
    return min(
        sum(unit.champion.n for unit in figures.units), sum(unit.challenger.n for unit in figures.units)
    )


def _facts(figures: ABTestFigures, evidence: Evidence, rules: VerdictRules) -> str:
    if rules.metric is not Metric.ACCURACY:
        return difference(evidence, rules)
    if evidence.method is EvidenceMethod.PAIRED:
        together = sum((unit.gains.together for unit in figures.units), GainSums())
        better = (together.squares + together.total) // 2
        counted = f"{better:,} times only it was right, {together.squares - better:,} times only the champion"
        return f"{counted}; {difference(evidence, rules)}"
    return difference(evidence, rules)


def difference(evidence: Evidence, rules: VerdictRules) -> str:
    """The difference and its interval, in words."""
    if evidence.ratio is not None and evidence.ratio_interval is not None:
        low, high = evidence.ratio_interval.low, evidence.ratio_interval.high
        return f"{_figure(evidence, rules)} (between {low:.4g} and {high:.4g})"
    low, high = evidence.interval.low, evidence.interval.high
    if rules.metric is Metric.ACCURACY:
        return f"{_figure(evidence, rules)} (between {100 * low:+.2f} and {100 * high:+.2f})"
    return f"{_figure(evidence, rules)} (between {low:+.4g} and {high:+.4g})"


def _figure(evidence: Evidence, rules: VerdictRules) -> str:
    if evidence.ratio is not None:
        return f"its {rules.metric.label} is {evidence.ratio:.4g} times the champion's"
    if rules.metric is Metric.ACCURACY:
        return f"{100 * evidence.difference:+.2f} points of accuracy for the challenger"
    what = "mean squared error" if rules.metric is Metric.RMSE else rules.metric.label
    return f"{evidence.difference:+.4g} of {what} for the challenger"


def _kept(reason: str, *, exact: bool) -> Decision:
    return Decision(ABTestState.DECIDED, Verdict.KEPT, reason, EvidenceMethod.EQUIVALENCE, exact)
