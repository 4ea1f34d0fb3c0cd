"""Why a test names no winner by itself, however clear its evidence looks."""

from __future__ import annotations

from collections.abc import Iterator

from domain.statistics import late_truths, selective_feedback
from domain.statistics.figures import ABTestFigures
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.units import EVEN
from domain.words import Hold, OutcomeSeen

SENTENCES = {
    Hold.UNKNOWN_OUTCOMES: (
        "nobody has said for which answers the truth is seen, and this evidence would be wrong if that depends on the "
        "answer: say outcomeSeen ALL or ONLY_FOR in a new test, or compare accuracy or costs in a paired one of which "
        "each arm serves half"
    ),
    Hold.SELECTIVE_FEEDBACK: (
        "truths come or stay away depending on which answer was served: say in a new test with outcomeSeen ONLY_FOR "
        "which answers show the truth"
    ),
    Hold.LATE_TRUTHS: (
        "truths of one class may come later than those of another: begin a test with a feedbackDelay after which all "
        "are there"
    ),
    Hold.UNBOUNDED_ERRORS: (
        "one rare huge error could turn this verdict: declare the endpoint's largest_error, or begin a test with one"
    ),
    Hold.OLDER_RULE: (
        "the test began under an older rule, which can name wrong winners in a test like this: begin a new one"
    ),
}
"""What to do about each, as it stands in a reason."""


def holds(figures: ABTestFigures, rules: VerdictRules) -> tuple[Hold, ...]:
    """All that applies, in the order of `Hold`.

    >>> from domain.statistics.units import UnitSums
    >>> even, uneven = (ABTestFigures((), units=(UnitSums(weight),)) for weight in (0.5, 0.3))
    >>> holds(even, VerdictRules()), holds(uneven, VerdictRules())
    ((), (<Hold.UNKNOWN_OUTCOMES: 'unknown_outcomes'>,))
    >>> holds(uneven, VerdictRules(outcome_seen=OutcomeSeen.ALL))
    ()
    >>> holds(even, VerdictRules(Metric.BRIER))
    (<Hold.UNKNOWN_OUTCOMES: 'unknown_outcomes'>,)
    """
    return tuple(_holds(figures, rules) if rules.version > 1 else _older(figures, rules))


def _holds(figures: ABTestFigures, rules: VerdictRules) -> Iterator[Hold]:
    even = figures.paired and not figures.shadow and all(unit.weight == EVEN for unit in figures.units)
    drawn = figures.paired and not figures.shadow
    # An even lot shows half of the disagreements, the same half for both. Errors and probabilities differ where both
    # answers show the truth, or neither does, too: all of those are seen, or none.
    whole = rules.metric in {Metric.ACCURACY, Metric.COST}
    unknown = rules.outcome_seen is OutcomeSeen.UNKNOWN and not (even and whole)
    # Without a draw on each request no weight exists by which what is seen could be weighed.
    if unknown or (rules.outcome_seen is OutcomeSeen.ONLY_FOR and not drawn):
        yield Hold.UNKNOWN_OUTCOMES
    if drawn and selective_feedback.raised(figures.units):
        yield Hold.SELECTIVE_FEEDBACK
    if _truths_are_late(figures):
        yield Hold.LATE_TRUTHS
    if not rules.bounded:
        yield Hold.UNBOUNDED_ERRORS


def _older(figures: ABTestFigures, rules: VerdictRules) -> Iterator[Hold]:
    """The worlds in which rule 1 is known to be wrong."""
    uneven = not figures.paired or figures.shadow or any(unit.weight != EVEN for unit in figures.units)
    drawn = figures.paired and not figures.shadow
    if (
        uneven
        or any(epoch.weight != EVEN for epoch in figures.drawn)
        or figures.repeated_subjects
        or rules.metric in {Metric.RMSE, Metric.MAE}
        or (drawn and selective_feedback.raised(figures.units))
        or _truths_are_late(figures)
    ):
        yield Hold.OLDER_RULE


def _truths_are_late(figures: ABTestFigures) -> bool:
    # Regressors and tests without truths have no delays by class.
    return bool(figures.delays) and not late_truths.found(figures.delays, figures.waited, figures.age).passed
