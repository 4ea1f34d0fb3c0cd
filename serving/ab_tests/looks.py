"""What the last look at each running test found, for whoever watches the server and not the test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.statistics import e_value, selective_feedback
from domain.statistics.evidence import Evidence
from domain.statistics.figures import ABTestFigures
from domain.statistics.rules import VerdictRules
from domain.statistics.verdict import Decision, weigh
from domain.words import Hold


@dataclass(frozen=True, slots=True)
class Look:
    """One look: what holds a verdict back, the evidence of selective feedback, and the share of requests with a truth.

    share: None before the first request. evidence: the e-value that one of the two is better; None where nothing can
    be said.
    """

    holds: frozenset[Hold]
    alarm: float
    share: float | None
    evidence: float | None


class Looks:
    """The last look of this process at each test; looks at tests that have ended are dropped with the next one."""

    def __init__(self) -> None:
        self.last: dict[int, Look] = {}

    def note(self, ab_test_id: int, figures: ABTestFigures, rules: VerdictRules, decision: Decision) -> None:
        """Keep what was just found of a test."""
        evidence = weigh(figures, rules)
        self.last[ab_test_id] = Look(
            frozenset(decision.holds),
            e_value.e_value(selective_feedback.log_e(figures.units)),
            figures.feedback / figures.requests if figures.requests else None,
            evidence.e_value if isinstance(evidence, Evidence) else None,
        )

    def keep_only(self, ab_test_ids: Iterable[int]) -> None:
        """Forget all tests but these, which run."""
        wanted = set(ab_test_ids)
        self.last = {id_: look for id_, look in self.last.items() if id_ in wanted}
