"""The counts and sums of a test, as one aggregate statement returns them, and the figures that they make."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

from domain.ab_tests.plan import Mode, Plan
from domain.statistics.counts import EpochCounts, PairCounts
from domain.statistics.figures import ABTestFigures, LatencyPercentiles, ScoreSums
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.plain_comparison import ArmFigures
from domain.statistics.rules import Metric
from domain.statistics.split_difference import SplitScores
from domain.statistics.units import LatencyBlocks, SeenGains, TruthDelays, UnitSums
from domain.words import Kind

ENGINE = 2
"""The version of the rules that turn counts into a verdict; it stands in every audit event of a decision."""


@dataclass(frozen=True, slots=True)
class EpochSums:
    """What happened in one epoch of a test.

    requests: all of them; complete: those on which both arms have answered or failed (in split mode, all).
    drawn_*: independent draws, so that each subject counts once. failed_*: an arm's own failures;
    *_failed_alone: those on which the other arm answered. champion, challenger, cross: the moments of the scores
    (1 or 0 for accuracy, else the loss) over requests that count; in paired mode both arms have the same requests.
    disagreeing: complete requests on which the arms said different things. units: what a verdict of rule 2 counts;
    None in what an older release has stored.
    """

    weight: float
    requests: int = 0
    complete: int = 0
    drawn_champion: int = 0
    drawn_challenger: int = 0
    served_champion: int = 0
    served_challenger: int = 0
    failed_champion: int = 0
    failed_challenger: int = 0
    champion_failed_alone: int = 0
    challenger_failed_alone: int = 0
    champion: Moments = field(default_factory=Moments)
    challenger: Moments = field(default_factory=Moments)
    cross: float = 0.0
    disagreeing: int = 0
    units: UnitSums | None = None

    def __add__(self, other: EpochSums) -> EpochSums:
        """The sums of two parts of one epoch, which have the same weight."""
        units = (
            None if self.units is None or other.units is None else _units_together(self.units, other.units)
        )
        return EpochSums(self.weight, units=units, **_together(self, other, without=("weight", "units")))


@dataclass(frozen=True, slots=True)
class TestSums:
    """All epochs of a test, and the latencies of its latest requests (None: none was measured).

    subjects: how many its requests name; met_both: those of them that both arms have answered; repeated: those of
    them with more than one request. blocks, delays: as `ABTestFigures` has them.
    """

    __test__ = False  # pytest would take the name for a test's

    epochs: tuple[EpochSums, ...] = ()
    latency: LatencyPercentiles | None = None
    subjects: int = 0
    met_both: int = 0
    repeated: int = 0
    blocks: LatencyBlocks | None = None
    delays: tuple[TruthDelays, ...] = ()

    @property
    def requests(self) -> int:
        """All requests of the test."""
        return sum(epoch.requests for epoch in self.epochs)

    @property
    def complete(self) -> int:
        """Those that are not pending."""
        return sum(epoch.complete for epoch in self.epochs)

    @property
    def champion(self) -> Moments:
        """The champion's scores."""
        return sum((epoch.champion for epoch in self.epochs), Moments())

    @property
    def challenger(self) -> Moments:
        """The challenger's scores."""
        return sum((epoch.challenger for epoch in self.epochs), Moments())

    @property
    def pairs(self) -> PairMoments:
        """Both arms' scores on the same requests; for paired mode."""
        return PairMoments(self.champion, self.challenger, sum(epoch.cross for epoch in self.epochs))


def figures_of(sums: TestSums, plan: Plan, age: timedelta) -> ABTestFigures:
    """What a verdict depends on, from the sums.

    >>> epoch = EpochSums(0.5, champion=Moments(9, 7, 7), challenger=Moments(9, 8, 8), cross=6.0)
    >>> figures_of(TestSums((epoch,)), Plan(), timedelta(0)).scores
    PairCounts(both_right=6, champion_only=1, challenger_only=2, both_wrong=0)
    """
    return ABTestFigures(
        scores=_scores(sums, plan),
        drawn=()
        if plan.shadow
        else tuple(EpochCounts(e.weight, e.drawn_champion, e.drawn_challenger) for e in sums.epochs),
        failures=_failures(sums, plan) if plan.guarded else (),
        latency=sums.latency if plan.guarded else None,
        age=age,
        repeated_subjects=_repeated(sums, plan),
        paired=plan.mode is Mode.PAIRED,
        shadow=plan.shadow,
        requests=sums.requests,
        complete=sums.complete,
        disagreeing=sum(epoch.disagreeing for epoch in sums.epochs),
        units=tuple(epoch.units for epoch in sums.epochs if epoch.units is not None),
        blocks=sums.blocks if plan.guarded else None,
        delays=sums.delays,
        waited=plan.feedback_delay,
    )


def pair_counts(pairs: PairMoments) -> PairCounts:
    """Right and wrong answers of two classifiers, from scores that are 1 or 0."""
    both = round(pairs.cross)
    champion_only, challenger_only = round(pairs.champion.total) - both, round(pairs.challenger.total) - both
    return PairCounts(both, champion_only, challenger_only, pairs.n - both - champion_only - challenger_only)


def plain_figures(sums: TestSums, kind: Kind) -> tuple[ArmFigures, ArmFigures]:
    """Champion's and challenger's figures for the plain comparison; the sums must be those of accuracy or RMSE."""

    def of(served: int, errors: int, scores: Moments) -> ArmFigures:
        if kind is Kind.CLASSIFIER:
            return ArmFigures(served, errors, scores.n, correct=round(scores.total))
        return ArmFigures(served, errors, scores.n, squares=scores.total)

    epochs = sums.epochs
    return (
        of(sum(e.served_champion for e in epochs), sum(e.failed_champion for e in epochs), sums.champion),
        of(
            sum(e.served_challenger for e in epochs),
            sum(e.failed_challenger for e in epochs),
            sums.challenger,
        ),
    )


def _scores(sums: TestSums, plan: Plan) -> ScoreSums:
    if plan.mode is Mode.SPLIT:
        return tuple(SplitScores(epoch.weight, epoch.champion, epoch.challenger) for epoch in sums.epochs)
    return pair_counts(sums.pairs) if plan.rules.metric is Metric.ACCURACY else sums.pairs


def _repeated(sums: TestSums, plan: Plan) -> bool:
    """Whether some subject has several requests; what an older release has stored says so of split tests only."""
    drawn_less = any(e.drawn_champion + e.drawn_challenger < e.requests for e in sums.epochs)
    return sums.repeated > 0 or (plan.mode is Mode.SPLIT and (drawn_less or sums.met_both > 0))


def _units_together(first: UnitSums, second: UnitSums) -> UnitSums:
    nested = ("gains", "guarded")
    gains: dict[str, Any] = {
        name: SeenGains(**_together(getattr(first, name), getattr(second, name), without=()))
        for name in nested
    }
    return UnitSums(first.weight, **gains, **_together(first, second, without=("weight", *nested)))


def _together(first: Any, second: Any, *, without: Container[str]) -> dict[str, Any]:  # noqa: ANN401  any sums
    """Both values of each field, added."""
    names = [one.name for one in fields(first) if one.name not in without]
    return {name: getattr(first, name) + getattr(second, name) for name in names}


def _failures(sums: TestSums, plan: Plan) -> tuple[EpochCounts, ...]:
    if plan.mode is Mode.SPLIT:
        return tuple(EpochCounts(e.weight, e.failed_champion, e.failed_challenger) for e in sums.epochs)
    champion = sum(epoch.champion_failed_alone for epoch in sums.epochs)
    return (EpochCounts(0.5, champion, sum(epoch.challenger_failed_alone for epoch in sums.epochs)),)
