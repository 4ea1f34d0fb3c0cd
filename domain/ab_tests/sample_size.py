"""How many requests and ground truths a test will need before it begins, and when they will be there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.ab_tests.bounds import (
    LEAST_ALPHA,
    LEAST_EFFECT,
    LEAST_WEIGHT,
    LONGEST,
    MOST_ALPHA,
    MOST_FEEDBACK,
    MOST_WEIGHT,
)
from domain.ab_tests.plan import EVEN, Mode
from domain.error_collector import ErrorCollector
from domain.errors import InvalidInput
from domain.statistics import always_valid
from domain.statistics.power import POWER

MOST_CHANCE = 1 - 1e-9
"""Certainty would take infinitely many requests; a chance below alpha is had without any test."""
RATE_OF = timedelta(days=7)
"""What comes in is measured over the last week, so that no day of the week counts more than another."""
EVERY_REQUEST, DISAGREEMENTS = "every request", "disagreements (feedback queue)"


@dataclass(frozen=True, slots=True)
class DailyRate:
    """How many requests an endpoint gets a day, and how many ground truths become known."""

    requests: float
    feedbacks: float


@dataclass(frozen=True, slots=True)
class Way:
    """One way to test: the requests and ground truths that it needs; None where nobody can collect as many."""

    mode: Mode
    feedback_on: str
    requests: int | None
    feedbacks: int | None

    def until(self, now: datetime, rate: DailyRate | None) -> datetime | None:
        """When a test that begins now will have them; None where that is not known, or beyond a hundred years.

        >>> way = Way(Mode.PAIRED, EVERY_REQUEST, requests=1_000, feedbacks=100)
        >>> way.until(datetime(2027, 1, 1), DailyRate(requests=100.0, feedbacks=50.0))
        datetime.datetime(2027, 1, 11, 0, 0)
        """
        if rate is None or self.requests is None or self.feedbacks is None:
            return None
        if not (rate.requests and rate.feedbacks):
            return None
        days = max(self.requests / rate.requests, self.feedbacks / rate.feedbacks)
        return None if days > LONGEST.days else now + timedelta(days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyPlan:
    """What a test of two classifiers is to find, and in which circumstances.

    accuracy: the champion's. effect: the difference of accuracies. agreement: the share of requests on which both are
    right or both wrong. chance: of finding the effect if it is there, however often one looks.

    Raises InvalidInput for shares outside 0 and 1 or outside the bounds of a test, and for an effect that the others
    make impossible.
    """

    accuracy: float
    effect: float
    agreement: float = 0.9
    alpha: float = 0.05
    chance: float = POWER
    challenger_weight: float = EVEN

    def __post_init__(self) -> None:
        problems = ErrorCollector()
        for name, value in (("accuracy", self.accuracy), ("agreement", self.agreement)):
            problems.require(
                0.0 < value < 1.0,
                _problem(name, f"must lie strictly between 0 and 1, not be {value:g}"),
            )
        problems.require(
            LEAST_WEIGHT <= self.challenger_weight <= MOST_WEIGHT,
            _between("challengerWeight", self.challenger_weight, LEAST_WEIGHT, MOST_WEIGHT),
        )
        _check_certainty(problems, self.alpha, self.chance)
        problems.raise_collected()
        self._check_effect()

    def _check_effect(self) -> None:
        reached = self.accuracy + self.effect
        if 0.0 < abs(self.effect) < LEAST_EFFECT:
            raise _problem(
                "effect",
                f"must be at least {LEAST_EFFECT:f}, not {self.effect:g}: a smaller difference takes more ground "
                "truths than can be counted",
            )
        if self.effect == 0.0 or not 0.0 <= reached <= 1.0:
            raise _problem(
                "effect",
                "must not be 0, and added to the accuracy it must stay between 0 and 1, "
                f"not come to {reached:g}",
            )
        if abs(self.effect) > self.disagreement:
            raise _problem(
                "effect",
                f"{self.effect:g} is impossible with an agreement of {self.agreement:g}: where both are right or both "
                f"wrong, neither is better. At most {self.disagreement:g} is possible",
            )

    @property
    def disagreement(self) -> float:
        """The share of requests on which exactly one is right; rounded, so that .9 leaves .1."""
        return round(1.0 - self.agreement, 12)

    def ways(self) -> list[Way]:
        """The requests and the ground truths that each way to test needs, if one looks all the time.

        Takes some hundredths of a second.

        >>> [(way.requests, way.feedbacks) for way in AccuracyPlan(accuracy=0.85, effect=0.05).ways()][:2]
        [(549, 549), (549, 55)]
        """
        pairs = always_valid.paired_n(self.disagreement, self.effect, self.alpha, self.chance)
        weight = self.challenger_weight
        split = _whole(always_valid.split_n(self.accuracy, self.effect, weight, self.alpha, self.chance))
        return [
            Way(Mode.PAIRED, EVERY_REQUEST, _whole(pairs), _whole(pairs)),
            Way(Mode.PAIRED, DISAGREEMENTS, _whole(pairs), _whole(self.disagreement * pairs)),
            Way(Mode.SPLIT, EVERY_REQUEST, split, split),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class GainPlan:
    """What a paired test by costs, Brier scores or bounded errors is to find.

    gain: by how much the champion's mean loss is larger, and spread: the standard deviation of that from request to
    request, both as shares of the largest loss. Raises InvalidInput.
    """

    gain: float
    spread: float
    alpha: float = 0.05
    chance: float = POWER

    def __post_init__(self) -> None:
        problems = ErrorCollector()
        problems.require(
            LEAST_EFFECT <= abs(self.gain) < 1.0,
            _problem("gain", f"must lie between {LEAST_EFFECT:f} and 1, not be {self.gain:g}"),
        )
        problems.require(
            0.0 < self.spread <= 1.0,
            _problem("spread", f"must be above 0 and at most 1, not be {self.spread:g}"),
        )
        _check_certainty(problems, self.alpha, self.chance)
        problems.raise_collected()

    def ways(self) -> list[Way]:
        """The requests and the ground truths that the test needs, if one looks all the time.

        >>> GainPlan(gain=0.05, spread=0.3).ways()[0].requests
        734
        """
        square = min(1.0, self.gain * self.gain + self.spread * self.spread)
        needed = _whole(always_valid.bounded_n(self.gain, square, alpha=self.alpha, power=self.chance))
        return [Way(Mode.PAIRED, EVERY_REQUEST, needed, needed)]


def size_plan(
    *,
    accuracy: float | None,
    effect: float | None,
    gain: float | None,
    spread: float | None,
    agreement: float,
    alpha: float,
    chance: float,
    challenger_weight: float,
) -> AccuracyPlan | GainPlan:
    """The plan that the given numbers make: accuracy and effect, or gain and spread. Raises InvalidInput."""
    if gain is not None and spread is not None and accuracy is None and effect is None:
        return GainPlan(gain=gain, spread=spread, alpha=alpha, chance=chance)
    if accuracy is None or effect is None or gain is not None or spread is not None:
        raise _problem("accuracy", "and effect are given together, or in their place gain and spread")
    return AccuracyPlan(
        accuracy=accuracy,
        effect=effect,
        agreement=agreement,
        alpha=alpha,
        chance=chance,
        challenger_weight=challenger_weight,
    )


def _check_certainty(problems: ErrorCollector, alpha: float, chance: float) -> None:
    problems.require(LEAST_ALPHA <= alpha <= MOST_ALPHA, _between("alpha", alpha, LEAST_ALPHA, MOST_ALPHA))
    problems.require(alpha <= chance <= MOST_CHANCE, _between("chance", chance, alpha, MOST_CHANCE))


def _between(name: str, value: float, least: float, most: float) -> InvalidInput:
    return _problem(name, f"must lie between {least:g} and {most:.10g}, not be {value:g}")


def _problem(name: str, rule: str) -> InvalidInput:
    return InvalidInput(f"{name} {rule}.", path=(name,))


def _whole(requests: float) -> int | None:
    return None if requests > MOST_FEEDBACK else math.ceil(requests)
