"""One request of a test: what both arms said, how right that was, and how observations add up to a test's sums."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.ab_tests.plan import Mode
from domain.ab_tests.sums import EpochSums, TestSums
from domain.requests.feedback import is_correct, residual
from domain.requests.new_request import ArmAnswer
from domain.statistics.figures import LatencyPercentiles
from domain.statistics.moments import Moments
from domain.statistics.rules import Metric
from domain.words import Arm, Kind

LATEST = 5_000
"""How many of a test's latest requests its latencies are taken from: of what is slow now, not a month ago."""
LARGEST, SMALLEST = 1e70, 1e-70
"""Residuals are cut to these sizes, so that sums of their fourth powers stay within the range of a double."""


@dataclass(frozen=True, slots=True)
class Observation:
    """How a request of a test was routed, and what each arm said (None: not run, or still pending)."""

    request_id: int
    ab_test_id: int
    epoch_id: int
    drawn_arm: Arm
    served_arm: Arm
    subject: str | None
    complete: bool
    champion: ArmAnswer | None
    challenger: ArmAnswer | None


@dataclass(frozen=True, slots=True)
class Scores:
    """How right both arms were: `correct` for classifiers, `residual` (value minus ground truth) for regressors.

    None without feedback, for an arm that did not run, and for a regressor that failed.
    """

    champion_correct: bool | None = None
    challenger_correct: bool | None = None
    champion_residual: float | None = None
    challenger_residual: float | None = None


NO_SCORES = Scores()


def score(observation: Observation, kind: Kind, feedback: str | None, *, numeric: bool) -> Scores:
    """The scores of an observation under this ground truth; none while it is pending or without feedback.

    A classifier's own failure is a wrong answer. Feedback is as `domain.requests.feedback.normalised` gives it.

    >>> said = Observation(1, 1, 1, Arm.CHAMPION, Arm.CHAMPION, None, True, ArmAnswer("a"), ArmAnswer("b"))
    >>> score(said, Kind.CLASSIFIER, "b", numeric=False)
    Scores(champion_correct=False, challenger_correct=True, champion_residual=None, challenger_residual=None)
    """
    if feedback is None or not observation.complete:
        return NO_SCORES
    champion, challenger = observation.champion, observation.challenger
    if kind is Kind.CLASSIFIER:
        return Scores(_correct(champion, feedback, numeric), _correct(challenger, feedback, numeric))
    return Scores(
        champion_residual=_residual(champion, feedback), challenger_residual=_residual(challenger, feedback)
    )


@dataclass(slots=True)
class Tally:
    """Adds observations up one by one to the same sums as the aggregate statement makes."""

    mode: Mode
    metric: Metric
    _epochs: dict[int, _EpochTally] = field(default_factory=dict)
    _latest: deque[tuple[float | None, float | None]] = field(default_factory=lambda: deque(maxlen=LATEST))
    _served: dict[str, set[Arm]] = field(default_factory=dict)

    def add(self, observation: Observation, weight: float, scores: Scores) -> None:
        """Add one observation; they must come in ascending request id."""
        epoch = self._epochs.setdefault(observation.epoch_id, _EpochTally(weight))
        epoch.seen.append(observation)
        if observation.subject is not None:
            self._served.setdefault(observation.subject, set()).add(observation.served_arm)
        losses = loss(self.metric, scores)
        if self.mode is Mode.SPLIT or None not in losses:
            epoch.losses.append(losses)
        if observation.complete:
            self._latest.append((_latency(observation.champion), _latency(observation.challenger)))

    def sums(self) -> TestSums:
        """The sums of all that was added."""
        first = sorted(pair[0] for pair in self._latest if pair[0] is not None)
        second = sorted(pair[1] for pair in self._latest if pair[1] is not None)
        latency = (
            LatencyPercentiles(p95(first), p95(second), len(first), len(second)) if first and second else None
        )
        return TestSums(
            tuple(self._epochs[id_].sums() for id_ in sorted(self._epochs)),
            latency,
            subjects=len(self._served),
            met_both=sum(len(arms) > 1 for arms in self._served.values()),
        )


@dataclass(slots=True)
class _EpochTally:
    weight: float
    seen: list[Observation] = field(default_factory=list)
    losses: list[tuple[float | None, float | None]] = field(default_factory=list)

    def sums(self) -> EpochSums:
        champion = [pair[0] for pair in self.losses if pair[0] is not None]
        challenger = [pair[1] for pair in self.losses if pair[1] is not None]
        failed = [(_failed(o.champion), _failed(o.challenger), o.complete) for o in self.seen]
        return EpochSums(
            weight=self.weight,
            requests=len(self.seen),
            complete=sum(o.complete for o in self.seen),
            drawn_champion=_draws(self.seen, Arm.CHAMPION),
            drawn_challenger=_draws(self.seen, Arm.CHALLENGER),
            served_champion=sum(o.served_arm is Arm.CHAMPION for o in self.seen),
            served_challenger=sum(o.served_arm is Arm.CHALLENGER for o in self.seen),
            failed_champion=sum(first for first, _, _ in failed),
            failed_challenger=sum(second for _, second, _ in failed),
            champion_failed_alone=sum(
                first and not second and complete for first, second, complete in failed
            ),
            challenger_failed_alone=sum(
                second and not first and complete for first, second, complete in failed
            ),
            champion=Moments.of(champion),
            challenger=Moments.of(challenger),
            cross=sum(a * b for a, b in self.losses if a is not None and b is not None),
        )


def loss(metric: Metric, scores: Scores) -> tuple[float | None, float | None]:
    """What the metric averages, of champion and challenger: 1 or 0 for accuracy, |residual|, or its square."""
    if metric is Metric.ACCURACY:
        right = scores.champion_correct, scores.challenger_correct
        return (None if right[0] is None else float(right[0]), None if right[1] is None else float(right[1]))
    return _size(scores.champion_residual, metric), _size(scores.challenger_residual, metric)


def p95(ordered: list[float]) -> float:
    """The 95th percentile of sorted values, by nearest rank.

    >>> p95([float(n) for n in range(1, 101)])
    95.0
    """
    return ordered[-(-19 * len(ordered) // 20) - 1]


def _size(residual: float | None, metric: Metric) -> float | None:
    if residual is None:
        return None
    size = min(abs(residual), LARGEST)
    size = 0.0 if size < SMALLEST else size
    return size * size if metric is Metric.RMSE else size


def _draws(seen: Iterable[Observation], arm: Arm) -> int:
    drawn = [o.subject for o in seen if o.drawn_arm is arm]
    return drawn.count(None) + len({subject for subject in drawn if subject is not None})


def _latency(answer: ArmAnswer | None) -> float | None:
    return None if answer is None else answer.latency


def _failed(answer: ArmAnswer | None) -> bool:
    return answer is not None and answer.failed


def _correct(answer: ArmAnswer | None, feedback: str, numeric: bool) -> bool | None:
    if answer is None:
        return None
    if answer.failed or answer.label is None:
        return False
    return is_correct(answer.label, feedback, numeric=numeric)


def _residual(answer: ArmAnswer | None, feedback: str) -> float | None:
    if answer is None or answer.failed or answer.value is None:
        return None
    return residual(answer.value, feedback)
