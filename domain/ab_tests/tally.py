"""Adds observations up one by one to the same sums as the aggregate statement makes."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.ab_tests.disagreement import comes_after, disagrees, shown_by
from domain.ab_tests.losses import bounded_metric, has_gains, kind_of, sums_cubes
from domain.ab_tests.observation import NO_SCORES, Observation, Scores, loss
from domain.ab_tests.plan import Mode, Plan
from domain.ab_tests.sums import EpochSums, TestSums
from domain.requests import request_ids
from domain.requests.new_request import ArmAnswer
from domain.statistics.figures import LatencyPercentiles
from domain.statistics.moments import Moments
from domain.statistics.rules import Metric
from domain.statistics.units import (
    EDGES,
    GRID,
    GainSums,
    LatencyBlocks,
    SeenGains,
    TruthDelays,
    UnitSums,
)
from domain.words import Arm, OutcomeSeen

LATEST = 5_000
"""How many of a test's latest requests its latencies are taken from: of what is slow now, not a month ago."""
BLOCK_BITS = 17
"""Latencies of both arms are compared within stretches of 2¹⁷ milliseconds, about two minutes."""
BLOCK_SHIFT = BLOCK_BITS + request_ids.MILLISECOND_BITS
LEAST_OF_BLOCK = 5
"""Measured requests of each arm before a stretch is counted."""
MICROSECONDS = 1_000_000
"""Latencies are added up in whole microseconds, so that their order does not matter."""
STEPS = len(EDGES) + 1
SHOWN = ("champion", "challenger", "either")
"""Whose answer shows the truth of a unit."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A ground truth that scores, and when it came: at the request's latest feedback."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class _Row:
    """One observation with what counts of it: `x` and `y` for a verdict's units, `u` and `v` for its guardrail."""

    observation: Observation
    disagrees: bool
    losses: tuple[float | None, float | None]
    x: float | None
    y: float | None
    u: float | None
    v: float | None


@dataclass(slots=True)
class Tally:
    """The sums of a test that is run by this plan. Observations must come in ascending request id."""

    plan: Plan
    _epochs: dict[int, _EpochTally] = field(default_factory=dict)
    _latest: deque[tuple[float | None, float | None]] = field(default_factory=lambda: deque(maxlen=LATEST))
    _subjects: dict[str, _Subject] = field(default_factory=dict)
    _blocks: dict[int, _Block] = field(default_factory=dict)
    _delays: dict[str, _Delays] = field(default_factory=dict)

    def add(
        self,
        observation: Observation,
        weight: float,
        scores: Scores,
        *,
        counts: bool = True,
        truth: Truth | None = None,
    ) -> None:
        """Add one observation. counts: whether it is old enough for its scores to count; truth: of a classifier."""
        epoch = self._epochs.setdefault(observation.epoch_id, _EpochTally(self.plan, weight))
        row = self._row(observation, scores if counts else NO_SCORES)
        epoch.rows.append(row)
        if observation.subject is None:
            epoch.add_first(row)
            epoch.add_unit(row)
        else:
            self._subjects.setdefault(observation.subject, _Subject(row)).add(row)
        if observation.complete:
            latencies = _latency(observation.champion), _latency(observation.challenger)
            self._latest.append(latencies)
            self._blocks.setdefault(observation.request_id >> BLOCK_SHIFT, _Block()).add(*latencies)
        if truth is not None and (scores.champion_correct, scores.challenger_correct) != (None, None):
            delay = delay_of(observation.request_id, truth.at)
            self._delays.setdefault(truth.text, _Delays()).add(
                delay, self.plan.feedback_delay.total_seconds()
            )

    def sums(self) -> TestSums:
        """The sums of all that was added; nothing may be added after."""
        by_disagreement = self.plan.mode is Mode.PAIRED and self.plan.rules.metric is Metric.ACCURACY
        for subject in self._subjects.values():
            self._epochs[subject.first.observation.epoch_id].add_first(subject.first)
            unit = subject.disagreement if by_disagreement and subject.disagreement else subject.first
            self._epochs[unit.observation.epoch_id].add_unit(unit)
        first = sorted(pair[0] for pair in self._latest if pair[0] is not None)
        second = sorted(pair[1] for pair in self._latest if pair[1] is not None)
        latency = (
            LatencyPercentiles(p95(first), p95(second), len(first), len(second)) if first and second else None
        )
        served = self._subjects.values()
        return TestSums(
            tuple(self._epochs[id_].sums() for id_ in sorted(self._epochs)),
            latency,
            subjects=len(served),
            met_both=sum(len(subject.served) > 1 for subject in served),
            repeated=sum(subject.requests > 1 for subject in served),
            blocks=self._latency_blocks() if self.plan.guarded else None,
            delays=tuple(
                TruthDelays(truth, tuple(delays.counts[step] for step in range(STEPS)), delays.later)
                for truth, delays in sorted(self._delays.items())
            ),
        )

    def _latency_blocks(self) -> LatencyBlocks:
        ratio = self.plan.rules.guardrails.latency_ratio
        full = [block for block in self._blocks.values() if block.full]
        return LatencyBlocks(
            slower=sum(block.slower(ratio) for block in full),
            faster=sum(block.faster(ratio) for block in full),
            all=len(full),
        )

    def _row(self, observation: Observation, scores: Scores) -> _Row:
        rules, paired = self.plan.rules, self.plan.mode is Mode.PAIRED
        losses = _pair(loss(rules.metric, scores), paired=paired)
        whole = _pair((scores.champion_loss, scores.challenger_loss), paired=paired)
        right = _pair(loss(Metric.ACCURACY, scores), paired=paired)
        x, y = whole if bounded_metric(rules) is rules.metric else losses
        u, v = (None, None)
        if rules.guardrail_metric is not None:
            u, v = right if rules.guardrail_metric.metric is Metric.ACCURACY else whole
        return _Row(observation, disagrees(observation, kind_of(rules.metric)), losses, x, y, u, v)


def _pair(scores: tuple[float | None, float | None], *, paired: bool) -> tuple[float | None, float | None]:
    """In a paired test a request counts for both arms or for neither: a difference of pairs needs both."""
    return (None, None) if paired and None in scores else scores


@dataclass(slots=True)
class _Subject:
    """A subject's first request, its first disagreement, and which arms have answered it."""

    first: _Row
    disagreement: _Row | None = None
    requests: int = 0
    served: set[Arm] = field(default_factory=set)

    def add(self, row: _Row) -> None:
        self.requests += 1
        self.served.add(row.observation.served_arm)
        if self.disagreement is None and row.disagrees:
            self.disagreement = row


@dataclass(slots=True)
class _Delays:
    """How late the truths of one class came."""

    counts: Counter[int] = field(default_factory=Counter)
    later: int = 0

    def add(self, seconds: int, waited: float) -> None:
        self.counts[step_of(seconds)] += 1
        self.later += seconds > waited


@dataclass(slots=True)
class _Block:
    """Latencies of both arms within a stretch of time: how many, and their sums in microseconds."""

    champion: int = 0
    challenger: int = 0
    champion_total: int = 0
    challenger_total: int = 0

    def add(self, champion: float | None, challenger: float | None) -> None:
        if champion is not None:
            self.champion += 1
            self.champion_total += int(champion * MICROSECONDS)
        if challenger is not None:
            self.challenger += 1
            self.challenger_total += int(challenger * MICROSECONDS)

    @property
    def full(self) -> bool:
        return min(self.champion, self.challenger) >= LEAST_OF_BLOCK

    # Means are compared by products: no quotient is rounded, and the database finds the same.
    def slower(self, ratio: float) -> bool:
        return self.challenger_total * self.champion > ratio * (self.champion_total * self.challenger)

    def faster(self, ratio: float) -> bool:
        return self.champion_total * self.challenger > ratio * (self.challenger_total * self.champion)


@dataclass(slots=True)
class _EpochTally:
    plan: Plan
    weight: float
    rows: list[_Row] = field(default_factory=list)
    firsts: list[_Row] = field(default_factory=list)
    complete: int = 0
    disagreements: int = 0
    labelled: int = 0
    contradicted: int = 0
    drawn: Counter[tuple[bool, Arm]] = field(default_factory=Counter)
    gains: dict[str, GainSums] = field(default_factory=dict)
    guarded: dict[str, GainSums] = field(default_factory=dict)

    def add_first(self, row: _Row) -> None:
        self.firsts.append(row)

    def add_unit(self, row: _Row) -> None:
        """Count a unit of the verdict."""
        self.complete += row.observation.complete
        self.disagreements += row.disagrees
        if self.plan.mode is Mode.SPLIT or row.x is None or row.y is None:
            return
        shown = "either"
        seen = self.plan.rules.only_for
        if seen is not None and self.plan.rules.outcome_seen is OutcomeSeen.ONLY_FOR:
            by = shown_by(row.observation, seen)
            if by is None:
                self.contradicted += 1
                return
            shown = by
        self.labelled += row.disagrees
        if shown == "either" and row.disagrees:
            higher = comes_after(row.observation, kind_of(self.plan.rules.metric))
            if higher is not None:
                self.drawn[higher, row.observation.drawn_arm] += 1
        rules = self.plan.rules
        if has_gains(self.plan):
            self.gains[shown] = self.gains.get(shown, self._none) + gain_of(row.x, row.y, rules.metric)
        if rules.guardrail_metric is not None and row.u is not None and row.v is not None:
            gain = replace(gain_of(row.u, row.v, rules.guardrail_metric.metric), risen=None, fallen=None)
            self.guarded[shown] = self.guarded.get(shown, GainSums()) + gain

    def sums(self) -> EpochSums:
        seen = [row.observation for row in self.rows]
        losses = [row.losses for row in self.rows]
        failed = [(_failed(o.champion), _failed(o.challenger), o.complete) for o in seen]
        return EpochSums(
            weight=self.weight,
            requests=len(seen),
            complete=sum(o.complete for o in seen),
            drawn_champion=_draws(seen, Arm.CHAMPION),
            drawn_challenger=_draws(seen, Arm.CHALLENGER),
            served_champion=sum(o.served_arm is Arm.CHAMPION for o in seen),
            served_challenger=sum(o.served_arm is Arm.CHALLENGER for o in seen),
            failed_champion=sum(first for first, _, _ in failed),
            failed_challenger=sum(second for _, second, _ in failed),
            champion_failed_alone=sum(
                first and not second and complete for first, second, complete in failed
            ),
            challenger_failed_alone=sum(
                second and not first and complete for first, second, complete in failed
            ),
            champion=_moments(pair[0] for pair in losses),
            challenger=_moments(pair[1] for pair in losses),
            cross=_cross(losses),
            disagreeing=sum(row.disagrees for row in self.rows),
            units=self._units(),
        )

    @property
    def _none(self) -> GainSums:
        """No unit; of bounded losses the sums of cubes are known then too."""
        return GainSums(risen=0, fallen=0) if sums_cubes(self.plan) else GainSums()

    def _units(self) -> UnitSums:
        return UnitSums(
            weight=self.weight,
            complete=self.complete,
            disagreements=self.disagreements,
            labelled=self.labelled,
            contradicted=self.contradicted,
            higher_champion=self.drawn[True, Arm.CHAMPION],
            higher_challenger=self.drawn[True, Arm.CHALLENGER],
            lower_champion=self.drawn[False, Arm.CHAMPION],
            lower_challenger=self.drawn[False, Arm.CHALLENGER],
            gains=SeenGains(**dict.fromkeys(SHOWN, self._none) | self.gains),
            guarded=SeenGains(**self.guarded),
            champion=_moments(row.x for row in self.firsts),
            challenger=_moments(row.y for row in self.firsts),
            cross=_cross((row.x, row.y) for row in self.firsts),
            guarded_champion=_moments(row.u for row in self.firsts),
            guarded_challenger=_moments(row.v for row in self.firsts),
        )


def delay_of(request_id: int, at: datetime) -> int:
    """How many whole seconds after its request a truth came.

    >>> delay_of(0, request_ids.EPOCH), delay_of(0, request_ids.time_of(3_500 << 12))
    (0, 3)
    """
    requested = int(request_ids.EPOCH.timestamp()) + request_ids.millisecond_of(request_id) // 1_000
    return max(0, int(at.timestamp()) - requested)


def step_of(seconds: int) -> int:
    """The step of `EDGES` in which so many seconds lie.

    >>> [step_of(seconds) for seconds in (0, 1, 3, 4, 10**12)]
    [0, 1, 2, 3, 28]
    """
    return min(seconds.bit_length(), len(EDGES))


def p95(ordered: list[float]) -> float:
    """The 95th percentile of sorted values, by nearest rank.

    >>> p95([float(n) for n in range(1, 101)])
    95.0
    """
    return ordered[-(-19 * len(ordered) // 20) - 1]


def gain_of(champion: float, challenger: float, metric: Metric) -> GainSums:
    """The gain of one unit: right answers are better when they are more, losses when they are less."""
    if metric is Metric.ACCURACY:
        gain = int(challenger - champion)
        return GainSums(1, gain, gain * gain)
    gain = int(champion - challenger)
    cube = gain * gain // GRID * abs(gain)
    return GainSums(1, gain, gain * gain, cube if gain > 0 else 0, cube if gain < 0 else 0)


def _moments(values: Iterable[float | None]) -> Moments:
    return Moments.of(value for value in values if value is not None)


def _cross(pairs: Iterable[tuple[float | None, float | None]]) -> float:
    return math.fsum(a * b for a, b in pairs if a is not None and b is not None)


def _draws(seen: Iterable[Observation], arm: Arm) -> int:
    drawn = [o.subject for o in seen if o.drawn_arm is arm]
    return drawn.count(None) + len({subject for subject in drawn if subject is not None})


def _failed(answer: ArmAnswer | None) -> bool:
    return answer is not None and answer.failed


def _latency(answer: ArmAnswer | None) -> float | None:
    return None if answer is None else answer.latency
