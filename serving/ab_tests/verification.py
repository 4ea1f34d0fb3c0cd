"""Recomputes the verdict of a test from its observations as they were when it was given, and compares."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict

from domain.ab_tests.ab_test import ABTest, ABTestEvent
from domain.ab_tests.observation import NO_SCORES, Tally, score
from domain.ab_tests.result import Verification
from domain.ab_tests.sums import TestSums, figures_of
from domain.catalog.truth import scorable_feedback
from domain.errors import ABTestNotDecided
from domain.statistics.plain_comparison import compare
from domain.statistics.rules import Metric
from domain.words import ABTestState, Verdict
from orm.connection.database import Database
from orm.queries.ab_tests import ab_tests, observations
from serving.ab_tests import endings, evaluation
from serving.catalog.catalog import Snapshot
from serving.feedback.scoring import classes_for, numeric_classes

TOLERANCE = 1e-9


async def verify(database: Database, snapshot: Snapshot, ab_test_id: int) -> Verification:
    """Whether the verdict follows from what was known when it was given; feedback of later is left out.

    Every observation is scored anew, in constant memory of the database's and in chunks. Raises ABTestNotFound, and
    ABTestNotDecided for a test that runs or that a person has cancelled.
    """
    async with database.reader() as reader:
        test = await endings.ab_test_of(reader, ab_test_id)
        events = await ab_tests.events(reader, ab_test_id)
    details = _decision(events, test)
    basis = evaluation.basis_from(details)
    rule = str(details["rule"])
    usual = Metric.default(test.kind)
    sums = await _recomputed(database, snapshot, test, basis, test.plan.rules.metric)
    verdict: Verdict | None
    if rule == endings.PLAIN:
        plain = (
            sums
            if test.plan.rules.metric is usual
            else await _recomputed(database, snapshot, test, basis, usual)
        )
        comparison = compare(test.kind, *evaluation.ordered_figures(test, plain))
        state, verdict = ABTestState.DECIDED, endings.plain_verdict(test, comparison)
    else:
        decision = endings.RULES[rule](figures_of(sums, test.plan, basis.age), test.plan.rules)
        state, verdict = decision.state, decision.verdict
    differences = _differences(basis.sums, sums)
    if test.state is not ABTestState.ROLLED_BACK and state is not test.state:
        differences.append(f"the test is {test.state}, but its observations say {state}")
    if verdict is not test.verdict:
        differences.append(
            f"the verdict is {test.verdict or 'none'}, but the observations say {verdict or 'none'}"
        )
    changed, added = await database.read(observations.feedback_since, test.id, basis.last_event)
    return Verification(
        ab_test_id,
        not differences,
        test.verdict,
        verdict,
        rule,
        tuple(differences),
        changed=changed,
        added=added,
    )


def _decision(events: list[ABTestEvent], test: ABTest) -> dict[str, object]:
    details = evaluation.end_of(events)
    if details is None:
        ended = f"is {test.state.replace('_', ' ')} by a person"
        state = "still runs" if test.state is ABTestState.RUNNING else ended
        raise ABTestNotDecided(f"A/B test {test.id} {state}: there is no verdict to verify.", path=("id",))
    return details


async def _recomputed(
    database: Database, snapshot: Snapshot, test: ABTest, basis: evaluation.Basis, metric: Metric
) -> TestSums:
    numeric = numeric_classes(test.endpoint_id, snapshot)
    classes = classes_for(test.endpoint_id, snapshot) if basis.only_classes else None
    tally = Tally(test.plan.mode, metric)
    async for observation, weight, feedback in observations.observations_as_of(
        database.reader, test.id, basis.last_event
    ):
        early = basis.scored_before is None or observation.request_id < basis.scored_before
        scores = (
            score(observation, test.kind, scorable_feedback(feedback, classes), numeric=numeric)
            if early
            else NO_SCORES
        )
        tally.add(observation, weight, scores)
    return tally.sums()


def _differences(stored: TestSums, found: TestSums) -> list[str]:
    """What does not agree; sums of numbers may differ by their rounding, counts by nothing."""
    differences = []
    if len(stored.epochs) != len(found.epochs):
        differences.append(
            f"the verdict knew {len(stored.epochs)} epochs with requests, but there are {len(found.epochs)}"
        )
    for number, (old, new) in enumerate(zip(stored.epochs, found.epochs, strict=False), start=1):
        pairs = zip(_flat(asdict(old)), _flat(asdict(new)), strict=True)
        differences += [
            f"{name} of epoch {number} was {before}, but is {now}"
            for (name, before), (_, now) in pairs
            if not math.isclose(before, now, rel_tol=TOLERANCE)
        ]
    return differences


def _flat(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", float(str(value))
