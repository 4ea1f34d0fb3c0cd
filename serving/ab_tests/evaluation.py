"""What a test says now: one aggregate statement, and pure functions of what it returns."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import orjson

from domain.ab_tests.ab_test import ABTest, ABTestEvent
from domain.ab_tests.plan import Plan
from domain.ab_tests.results.cautions import ChangesSinceEnd, UnscoredCounts
from domain.ab_tests.results.kept_evidence import KeptEvidence, kept_evidence_from
from domain.ab_tests.results.result import (
    Result,
    SeriesPoint,
    point_of,
    result_of,
    same_scores,
)
from domain.ab_tests.stored_sums import sums_from
from domain.ab_tests.sums import ENGINE, TestSums, figures_of, plain_figures
from domain.requests import request_ids
from domain.statistics import largest_error
from domain.statistics.figures import ABTestFigures
from domain.statistics.plain_comparison import ArmFigures
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.verdict import weigh
from domain.words import ABTestState, Hold
from orm.connection.client import Client, Reader
from orm.queries.ab_tests import ab_tests, observations
from orm.queries.ab_tests import sums as test_sums
from orm.queries.ab_tests.errors import latest_errors

LATEST_ERRORS = 1_000
"""So many errors of an endpoint show how large the usual ones are."""
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


def basis_from(details: Mapping[str, object]) -> Basis:
    """The basis that `Basis.as_facts` wrote."""
    before = details["scored_before"]
    sums = details["sums"]
    if not isinstance(sums, dict):
        raise TypeError("the sums of an audit event must be an object")
    return Basis(
        sums_from(sums),
        timedelta(seconds=float(str(details["age"]))),
        None if before is None else int(str(before)),
        int(str(details["last_feedback_event"])),
        details.get("scored") == DECLARED_CLASSES,
    )


def accepted_in(details: Mapping[str, object]) -> frozenset[Hold]:
    """The holds that a person has accepted with a decision; older releases knew none."""
    accepted = details.get("accepted", [])
    return frozenset(Hold(one) for one in accepted) if isinstance(accepted, list) else frozenset()


async def basis_of(client: Client, test: ABTest, now: datetime) -> Basis:
    """The sums of a test at this moment, in one aggregate statement; how late its truths came is not among them."""
    before = scored_before(test, now)
    return Basis(
        await test_sums.sums_of(client, test.id, test.plan, scored_before=before),
        age_of(test, now),
        before,
        0,
    )


async def with_delays(client: Client, test: ABTest, basis: Basis) -> Basis:
    """The same with how late the truths came, in a statement of its own: only a verdict depends on it."""
    delays = await test_sums.truth_delays(client, test.id, test.plan)
    return replace(basis, sums=replace(basis.sums, delays=delays))


async def basis_of_decision(client: Client, test: ABTest, now: datetime) -> Basis:
    """The same inside the transaction that ends the test, with delays and the last feedback that it saw."""
    basis = await with_delays(client, test, await basis_of(client, test, now))
    return replace(basis, last_event=await observations.last_feedback_event(client))


async def evaluate_all(client: Client, tests: Sequence[ABTest], now: datetime) -> dict[int, Result]:
    """All that each test says at this moment, by id: a statement a test, and a classifier's delays are a second.

    For tests that have ended it takes one more for all of them, and one a test, to say what has changed since. A test
    whose evidence is kept takes none.
    """
    events = await _events_of_ended(client, tests)
    found = {}
    for test in tests:
        end, kept = end_of(events.get(test.id, [])), kept_in(events.get(test.id, []))
        if kept is None:
            basis, unscored = await basis_and_unscored(client, test, now)
            changes = None if end is None else await _changes_since(client, test, basis_from(end))
        else:
            basis, unscored, changes = basis_from(kept.basis), kept.unscored, (kept.changed, kept.added)
        afterwards = (
            None if end is None or changes is None else _afterwards(test, basis_from(end), basis, changes)
        )
        # Intervals and plans take some milliseconds a test.
        result = await asyncio.to_thread(
            result_of, basis.sums, test.plan, basis.age, test=test, afterwards=afterwards, unscored=unscored
        )
        cautions = await _unbounded(client, test) if kept is None else (_kept(kept),)
        found[test.id] = replace(result, warnings=(*result.warnings, *cautions)) if cautions else result
    return found


async def _unbounded(client: Client, test: ABTest) -> tuple[str, ...]:
    """What to do about errors that nothing bounds, with a bound that fits the endpoint's latest errors."""
    if test.plan.rules.bounded or test.state is not ABTestState.RUNNING:
        return ()
    errors = await latest_errors(client, test.endpoint_id, LATEST_ERRORS)
    size = largest_error.proposed(errors)
    fits = "" if size is None else f"; by the latest {len(errors):,} errors {size:,.12g} would fit"
    return (
        "no largest error is declared, so that one rare huge error could turn the verdict, and none is given by "
        f"itself: begin a test with largestError, or declare the endpoint's largest_error{fits}",
    )


async def basis_and_unscored(client: Client, test: ABTest, now: datetime) -> tuple[Basis, UnscoredCounts]:
    """The same as `basis_of`, and the ground truths that are no class, in one aggregate statement."""
    before = scored_before(test, now)
    sums, unscored = await test_sums.sums_and_unscored(client, test.id, test.plan, scored_before=before)
    basis = Basis(sums, age_of(test, now), before, 0)
    return await with_delays(client, test, basis), unscored


async def _events_of_ended(client: Client, tests: Sequence[ABTest]) -> dict[int, list[ABTestEvent]]:
    """The audit logs of those that have ended: what their ends rested on, and what of them is kept for good."""
    ended = [test.id for test in tests if test.state is not ABTestState.RUNNING]
    return await ab_tests.events_of(client, ended) if ended else {}


def kept_in(events: Sequence[ABTestEvent]) -> KeptEvidence | None:
    """The evidence that is kept for good, since requests of the test are gone; None where it is told from them."""
    found = [event for event in events if event.kind == ab_tests.EVIDENCE_KEPT]
    return kept_evidence_from(orjson.loads(found[-1].details)["evidence"]) if found else None


def _kept(kept: KeptEvidence) -> str:
    return (
        f"requests of this test are no longer kept whole: these figures are those of "
        f"{kept.at.isoformat(timespec='seconds')}, before the first of them went, and feedback since then does not "
        "change them"
    )


def end_of(events: Sequence[ABTestEvent]) -> dict[str, object] | None:
    """The details of the event with which a rule has ended a test; None when it runs or a person cancelled it."""
    for event in reversed(events):
        details: dict[str, object] = orjson.loads(event.details)
        if "sums" in details:
            return details
    return None


async def _changes_since(client: Client, test: ABTest, end: Basis) -> tuple[int, int]:
    return await observations.feedback_since(client, test.id, end.last_event)


def _afterwards(test: ABTest, end: Basis, now: Basis, changes: tuple[int, int]) -> ChangesSinceEnd:
    return ChangesSinceEnd(
        *changes,
        weigh(figures_of(end.sums, test.plan, end.age), test.plan.rules),
        same_scores(end.sums, now.sums),
    )


async def plain_figures_of(
    client: Client, test: ABTest, basis: Basis | None
) -> tuple[ArmFigures, ArmFigures]:
    """The figures of algorithms 1 and 2 for the plain comparison, of what a decision rests on; None is of all."""
    usual = Metric.default(test.kind)
    if basis is not None and test.plan.rules.metric is usual:
        return ordered_figures(test, basis.sums)
    plan = Plan(VerdictRules(usual), mode=test.plan.mode, guarded=False)
    before = None if basis is None else basis.scored_before
    return ordered_figures(test, await test_sums.sums_of(client, test.id, plan, scored_before=before))


def ordered_figures(test: ABTest, sums: TestSums) -> tuple[ArmFigures, ArmFigures]:
    """The figures of algorithms 1 and 2, whichever is the champion."""
    champion, challenger = plain_figures(sums, test.kind)
    return (champion, challenger) if test.champion_id == test.algorithm1_id else (challenger, champion)


async def series(reader: Reader, test: ABTest, points: int, now: datetime) -> tuple[SeriesPoint, ...]:
    """Estimate and interval after each of up to `points` equal shares of the feedback that counts at this moment."""
    before = scored_before(test, now)
    found = await test_sums.sums_by_feedback(reader, test.id, test.plan, points, scored_before=before)
    # The interval of a point takes a millisecond and more.
    return await asyncio.to_thread(lambda: tuple(point_of(sums, test.plan) for sums in found))


def figures_at(basis: Basis, test: ABTest) -> ABTestFigures:
    """What the verdict depends on."""
    return figures_of(basis.sums, test.plan, basis.age)


def age_of(test: ABTest, now: datetime) -> timedelta:
    """How long the test has run; a test that has ended grows no older."""
    return max(timedelta(0), (test.ended_at or now) - test.created_at)


def scored_before(test: ABTest, now: datetime) -> int | None:
    """The id that requests must be below to be old enough for scoring; None when all are."""
    delay = test.plan.feedback_delay
    return request_ids.first_at((test.ended_at or now) - delay) if delay else None
