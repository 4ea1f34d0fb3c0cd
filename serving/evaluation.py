"""What a test says now: one aggregate statement, and pure functions of what it returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from domain import request_ids
from domain.ab_test_result import Result, SeriesPoint, point_of, result_of
from domain.ab_test_sums import ENGINE, EpochSums, TestSums, figures_of, plain_figures
from domain.experiments.figures import Figures, Latency
from domain.experiments.moments import Moments
from domain.experiments.parameters import Metric
from domain.types import ABTest, ArmFigures
from orm.client import Client, Reader
from orm.queries import observations

DECLARED_CLASSES = "declared classes"
"""What audit events say of decisions that left out ground truths which are no declared class."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a decision rests on, as its audit event keeps it.

    age: of the test. scored_before: only requests below this id were scored; None is all. last_event: the highest
    feedback event that was seen: since a verdict waits for feedback under way, and feedback for a verdict, the
    events up to it are exactly those that the sums contain. only_classes: whether ground truths that are no declared
    class were left out; verdicts of before counted them as wrong.
    """

    sums: TestSums
    age: timedelta
    scored_before: int | None
    last_event: int
    only_classes: bool = True

    def as_facts(self) -> dict[str, object]:
        """For the audit event."""
        return {
            "engine": ENGINE,
            "scored": DECLARED_CLASSES,
            "sums": asdict(self.sums),
            "age": self.age.total_seconds(),
            "scored_before": None if self.scored_before is None else str(self.scored_before),
            "last_feedback_event": self.last_event,
        }


def basis_from(details: dict[str, object]) -> Basis:
    """The basis that `Basis.as_facts` wrote."""
    before = details["scored_before"]
    sums = details["sums"]
    if not isinstance(sums, dict):
        raise TypeError("the sums of an audit event must be an object")
    epochs = tuple(
        EpochSums(**{**e, "champion": Moments(**e["champion"]), "challenger": Moments(**e["challenger"])})
        for e in sums["epochs"]
    )
    latency = None if sums["latency"] is None else Latency(**sums["latency"])
    return Basis(
        TestSums(epochs, latency),
        timedelta(seconds=float(str(details["age"]))),
        None if before is None else int(str(before)),
        int(str(details["last_feedback_event"])),
        details.get("scored") == DECLARED_CLASSES,
    )


async def basis_of(client: Client, test: ABTest, now: datetime) -> Basis:
    """The sums of a test at this moment, in one aggregate statement."""
    before = scored_before(test, now)
    sums = await observations.sums_of(
        client, test.id, test.plan.rules.metric, test.plan.mode, scored_before=before
    )
    return Basis(sums, age_of(test, now), before, 0)


async def basis_of_decision(client: Client, test: ABTest, now: datetime) -> Basis:
    """The same inside the transaction that ends the test, with the last feedback that it saw."""
    basis = await basis_of(client, test, now)
    return replace(basis, last_event=await observations.last_feedback_event(client))


async def evaluate(client: Client, test: ABTest, now: datetime) -> Result:
    """All that the test says at this moment."""
    sums, unscored = await observations.sums_and_unscored(
        client,
        test.id,
        test.plan.rules.metric,
        test.plan.mode,
        scored_before=scored_before(test, now),
    )
    return result_of(sums, test.plan, age_of(test, now), test=test, unscored=unscored)


async def plain_figures_of(
    client: Client, test: ABTest, sums: TestSums | None
) -> tuple[ArmFigures, ArmFigures]:
    """The figures of algorithms 1 and 2 for the plain comparison; `sums` where they are known already."""
    usual = Metric.default(test.kind)
    if sums is None or test.plan.rules.metric is not usual:
        sums = await observations.sums_of(client, test.id, usual, test.plan.mode)
    champion, challenger = plain_figures(sums, test.kind)
    return (champion, challenger) if test.champion_id == test.algorithm1_id else (challenger, champion)


async def series(reader: Reader, test: ABTest, points: int) -> tuple[SeriesPoint, ...]:
    """Estimate and interval after each of up to `points` equal shares of the feedback."""
    found = await observations.sums_by_feedback(
        reader, test.id, test.plan.rules.metric, test.plan.mode, points
    )
    return tuple(point_of(sums, test.plan) for sums in found)


def figures_at(basis: Basis, test: ABTest) -> Figures:
    """What the verdict depends on."""
    return figures_of(basis.sums, test.plan, basis.age)


def age_of(test: ABTest, now: datetime) -> timedelta:
    """How long the test has run; a test that has ended grows no older."""
    return max(timedelta(0), (test.ended_at or now) - test.created_at)


def scored_before(test: ABTest, now: datetime) -> int | None:
    """The id that requests must be below to be old enough for scoring; None when all are."""
    delay = test.plan.feedback_delay
    return request_ids.first_at((test.ended_at or now) - delay) if delay else None
