"""What the last look at each running test found, for whoever watches the server and not the test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.statistics import e_value, selective_feedback
from domain.statistics.figures import ABTestFigures
from domain.statistics.verdict import Decision
from domain.words import Hold


@dataclass(frozen=True, slots=True)
class Look:
    """One look: what holds a verdict back, the evidence of selective feedback, and the share of requests with a truth.

    share: None before the first request.
    """

    holds: frozenset[Hold]
    alarm: float
    share: float | None


class Looks:
    """The last look of this process at each test; looks at tests that have ended are dropped with the next one."""

    def __init__(self) -> None:
        self.last: dict[int, Look] = {}

    def note(self, ab_test_id: int, figures: ABTestFigures, decision: Decision) -> None:
        """Keep what was just found of a test."""
        self.last[ab_test_id] = Look(
            frozenset(decision.holds),
            e_value.e_value(selective_feedback.log_e(figures.units)),
            figures.feedback / figures.requests if figures.requests else None,
        )

    def keep_only(self, ab_test_ids: Iterable[int]) -> None:
        """Forget all tests but these, which run."""
        wanted = set(ab_test_ids)
        self.last = {id_: look for id_, look in self.last.items() if id_ in wanted}
