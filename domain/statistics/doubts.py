"""Reasons not to trust a test, or not to go on with it, whatever its scores say; both rules have them."""

from __future__ import annotations

from domain.statistics import e_value, guardrail, sample_ratio
from domain.statistics.counts import EpochCounts
from domain.statistics.evidence import Decision, Evidence, EvidenceMethod
from domain.statistics.figures import ABTestFigures
from domain.statistics.rules import VerdictRules
from domain.words import ABTestState

MOST_ODDS = 1_000_000
"""Rarer than once in so many tests is said in words."""


def doubt(figures: ABTestFigures, rules: VerdictRules) -> Decision | None:
    """A sample ratio mismatch, or a challenger that fails more often; None without either.

    >>> doubt(ABTestFigures((), failures=(EpochCounts(0.5, champion=0, challenger=11),)), VerdictRules()).reason
    "the challenger fails more often: 11 failures against the champion's 0"
    """
    # Figures of requests that were not split as planned say nothing, however clear they look.
    if e_value.reaches(sample_ratio.log_e(figures.drawn), 1 / sample_ratio.P):
        return stopped(_mismatch(figures.drawn), EvidenceMethod.SAMPLE_RATIO, rules)
    if guardrail.fails_more(figures.failures, rules.guardrails):
        champion = sum(epoch.champion for epoch in figures.failures)
        challenger = sum(epoch.challenger for epoch in figures.failures)
        reason = (
            f"the challenger fails more often: {challenger:,} failures against the champion's {champion:,}"
        )
        return stopped(reason, EvidenceMethod.FAILURES, rules)
    return None


def unless_mismatched(figures: ABTestFigures, found: Decision, rules: VerdictRules) -> Decision:
    """The same verdict, unless the chi-square test speaks against it: its one look, when a verdict is to be given."""
    if sample_ratio.p_at_decision(figures.drawn) >= sample_ratio.P:
        return found
    return stopped(_mismatch(figures.drawn), EvidenceMethod.SAMPLE_RATIO_AT_DECISION, rules, exact=False)


def stopped(reason: str, method: EvidenceMethod, rules: VerdictRules, *, exact: bool = True) -> Decision:
    """The end of a test without a verdict; it goes on, without one, where its rules do not cancel."""
    state = ABTestState.CANCELLED if rules.cancels else ABTestState.RUNNING
    return Decision(state, None, reason, method, exact)


def go_on(reason: str) -> Decision:
    """Nothing can be said yet."""
    return Decision(ABTestState.RUNNING, None, reason, EvidenceMethod.COUNTS, exact=True)


def maximum_reached(figures: ABTestFigures, rules: VerdictRules) -> str | None:
    """Which maximum has been reached, in words; None while none has.

    >>> maximum_reached(ABTestFigures(()), VerdictRules(maximum_feedback=100)) is None
    True
    """
    if rules.maximum_feedback is not None and figures.feedback >= rules.maximum_feedback:
        return f"the maximum of {rules.maximum_feedback:,} requests with feedback"
    if rules.maximum_duration is not None and figures.age >= rules.maximum_duration:
        return f"the maximum duration of {rules.maximum_duration}"
    return None


def chance(evidence: Evidence) -> str:
    """How rarely two equal algorithms would show so much, in words."""
    most = "at most" if evidence.exact else "about"
    odds = f"{evidence.e_value:,.0f}" if evidence.e_value < MOST_ODDS else "a million"
    return f"were both equally good, {most} 1 test in {odds} would ever show so much"


def _mismatch(drawn: tuple[EpochCounts, ...]) -> str:
    got = sum(epoch.challenger for epoch in drawn)
    planned = sum(epoch.weight * epoch.n for epoch in drawn)
    return (
        f"requests did not reach both arms as their weights say (the challenger was drawn {got:,} times, "
        f"{planned:,.0f} were to be expected), so that no comparison can be trusted"
    )
