"""The decision rule: what becomes of a test, given its figures and its rules, and why."""

from __future__ import annotations

from dataclasses import replace

from domain.statistics import doubts, first_rule, second_rule
from domain.statistics.estimate import Inconclusive
from domain.statistics.evidence import Decision, Evidence, EvidenceMethod
from domain.statistics.figures import ABTestFigures
from domain.statistics.holds import SENTENCES, holds
from domain.statistics.rules import VerdictRules
from domain.words import ABTestState, Hold, Verdict

__all__ = ["Decision", "conclude", "decide", "weigh"]


def decide(figures: ABTestFigures, rules: VerdictRules) -> Decision:
    """Whether the test ends now of itself. A function of counts and sums, so that anybody can repeat it.

    In this order: a sample ratio mismatch or a guardrail cancels (or, with `cancels` off, keeps back any verdict);
    below a minimum it goes on; evidence of 1/α promotes a better challenger and keeps the champion against a worse
    one; an interval within the equivalence margin keeps the champion; where a hold applies the verdict is withheld; a
    maximum reached is inconclusive. By the version of the rule with which the test began.

    >>> from domain.statistics.units import GainSums, SeenGains, UnitSums
    >>> def figures(weight: float) -> ABTestFigures:
    ...     gains = SeenGains(either=GainSums(1000, total=60, squares=120))
    ...     unit = UnitSums(weight, complete=1000, disagreements=120, labelled=120, gains=gains)
    ...     return ABTestFigures((), requests=1000, complete=1000, disagreeing=120, units=(unit,))
    >>> decide(figures(0.5), VerdictRules()).verdict
    <Verdict.PROMOTED: 'promoted'>
    >>> decide(figures(0.3), VerdictRules()).withheld, decide(figures(0.3), VerdictRules()).verdict
    (<Verdict.PROMOTED: 'promoted'>, None)
    >>> decide(ABTestFigures(()), VerdictRules()).reason
    '0 of the 100 requests with feedback that a verdict needs at least'
    """
    found = _withheld(_judged(figures, rules), figures, rules, frozenset())
    if found.state is not ABTestState.RUNNING:
        return found
    limit = doubts.maximum_reached(figures, rules)
    if limit is None:
        return found
    reason = f"{limit} was reached without a clear result: {found.reason}"
    if found.withheld is not None:
        reason = f"{limit} was reached: {found.reason}"
    return _inconclusive(replace(found, reason=reason, method=EvidenceMethod.COUNTS, exact=True))


def conclude(
    figures: ABTestFigures, rules: VerdictRules, accepted: frozenset[Hold] = frozenset()
) -> Decision:
    """The verdict when a person ends the test now: as `decide` where that has one, else inconclusive with its reason.

    accepted: the holds that this person takes upon himself or herself; where they are all that apply, the verdict
    stands.

    >>> conclude(ABTestFigures(()), VerdictRules()).verdict
    <Verdict.INCONCLUSIVE: 'inconclusive'>
    """
    found = _withheld(_judged(figures, rules), figures, rules, accepted)
    if found.verdict is not None:
        return found
    itself = decide(figures, rules)
    return itself if itself.state is ABTestState.DECIDED else _inconclusive(found)


def weigh(figures: ABTestFigures, rules: VerdictRules) -> Evidence | Inconclusive:
    """What the scores say of the difference, by the version of the rule with which the test began."""
    return first_rule.weigh(figures, rules) if rules.version == 1 else second_rule.weigh(figures, rules)


def _judged(figures: ABTestFigures, rules: VerdictRules) -> Decision:
    """The decision without holds and, of rule 2, without maximums."""
    if rules.version > 1:
        return second_rule.judge(figures, rules)
    return first_rule.decide(figures, rules)


def _withheld(
    judged: Decision, figures: ABTestFigures, rules: VerdictRules, accepted: frozenset[Hold]
) -> Decision:
    """The same decision with the holds that apply; without its winner where one of them is not accepted."""
    found = holds(figures, rules)
    if judged.state is ABTestState.CANCELLED:
        return judged
    if judged.verdict not in {Verdict.PROMOTED, Verdict.KEPT}:
        return replace(judged, holds=found) if found else judged
    against = [hold for hold in found if hold not in accepted]
    if not against:
        return replace(judged, holds=found) if found else judged
    why = "; ".join(SENTENCES[hold] for hold in against)
    return replace(
        judged,
        state=ABTestState.RUNNING,
        verdict=None,
        reason=f"no winner is named by itself: {why}. The evidence as it stands: {judged.reason}",
        holds=found,
        withheld=judged.verdict,
    )


def _inconclusive(found: Decision) -> Decision:
    return replace(found, state=ABTestState.DECIDED, verdict=Verdict.INCONCLUSIVE)
