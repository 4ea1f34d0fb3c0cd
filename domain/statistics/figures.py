"""Everything that a verdict depends on: counts and sums that one aggregate query returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from domain.statistics.counts import EpochCounts, PairCounts
from domain.statistics.moments import PairMoments
from domain.statistics.split_difference import SplitScores, totals
from domain.statistics.units import LatencyBlocks, TruthDelays, UnitSums

ScoreSums: TypeAlias = PairCounts | PairMoments | tuple[SplitScores, ...]
"""Paired classifiers, paired regressors, or the epochs of a split test."""


@dataclass(frozen=True, slots=True)
class LatencyPercentiles:
    """The 95th percentiles of both arms' latencies in seconds, and how many were measured."""

    champion_p95: float
    challenger_p95: float
    champion_n: int
    challenger_n: int


@dataclass(frozen=True, slots=True)
class ABTestFigures:
    """The state of a test.

    scores: requests with feedback that count. drawn: requests per epoch by the arm that was drawn for them, each
    subject once where subjects stick to an arm; empty where nothing is drawn, as when the champion answers
    everything. repeated_subjects: a split test in which some subject, sticking to its arm, has several requests:
    these are not independent, and no split method is exact. failures: an arm's own failures per epoch; in
    paired mode only requests on which exactly one arm failed, with weight 0.5. age: since the test began.

    The rest is what rule 2 knows besides. paired: both arms run on each request; shadow: the champion answers all.
    requests, complete, disagreeing: all of the test's, those on which both arms have answered or failed, and those of
    them on which they said different things, with a truth or without. units: per epoch, what a verdict counts.
    blocks: for the latency guardrail; None where nothing is guarded. delays: how late truths came, by class; empty
    for regressors. waited: requests younger than this are not scored.
    """

    scores: ScoreSums
    drawn: tuple[EpochCounts, ...] = ()
    failures: tuple[EpochCounts, ...] = ()
    latency: LatencyPercentiles | None = None
    age: timedelta = timedelta(0)
    repeated_subjects: bool = False
    paired: bool = True
    shadow: bool = False
    requests: int = 0
    complete: int = 0
    disagreeing: int = 0
    units: tuple[UnitSums, ...] = ()
    blocks: LatencyBlocks | None = None
    delays: tuple[TruthDelays, ...] = ()
    waited: timedelta = timedelta(0)

    @property
    def feedback(self) -> int:
        """Requests with feedback that count."""
        return sum(epoch.n for epoch in self.scores) if isinstance(self.scores, tuple) else self.scores.n

    @property
    def least_feedback(self) -> int:
        """The requests with feedback of the arm that has fewer; in paired mode both have the same."""
        if isinstance(self.scores, tuple):
            return min(moments.n for moments in totals(self.scores))
        return self.scores.n
