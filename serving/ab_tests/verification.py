"""Recomputes the verdict of a test from its observations as they were when it was given, and compares."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace

from domain.ab_tests.ab_test import ABTest, ABTestEvent
from domain.ab_tests.observation import score
from domain.ab_tests.plan import Plan
from domain.ab_tests.results.result import Verification
from domain.ab_tests.sums import EpochSums, TestSums, figures_of
from domain.ab_tests.tally import Tally, Truth
from domain.catalog.truth import scorable_feedback
from domain.errors import ABTestNotDecided
from domain.statistics.plain_comparison import compare
from domain.statistics.rules import Metric, VerdictRules
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
    sums = await _recomputed(database, snapshot, test, basis, test.plan)
    verdict: Verdict | None
    if rule == endings.PLAIN:
        plain = (
            sums
            if test.plan.rules.metric is usual
            else await _recomputed(
                database, snapshot, test, basis, Plan(VerdictRules(usual), mode=test.plan.mode)
            )
        )
        comparison = compare(test.kind, *evaluation.ordered_figures(test, plain))
        state, verdict = ABTestState.DECIDED, endings.plain_verdict(test, comparison)
    else:
        decision = endings.decision_by(
            rule,
            figures_of(sums, test.plan, basis.age),
            test.plan.rules,
            evaluation.accepted_in(details),
            engine=int(str(details.get("engine", endings.FIRST_ENGINE))),
        )
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
    database: Database, snapshot: Snapshot, test: ABTest, basis: evaluation.Basis, plan: Plan
) -> TestSums:
    numeric = numeric_classes(test.endpoint_id, snapshot)
    classes = classes_for(test.endpoint_id, snapshot)
    only = classes if basis.only_classes else None
    tally = Tally(plan)
    async for one in observations.observations_as_of(database.reader, test.id, basis.last_event):
        early = basis.scored_before is None or one.observation.request_id < basis.scored_before
        truth = scorable_feedback(one.feedback, only)
        scores = score(one.observation, test.kind, truth, numeric=numeric, rules=plan.rules, classes=classes)
        tally.add(
            one.observation,
            one.weight,
            scores,
            counts=early,
            truth=None if truth is None or one.feedback_at is None else Truth(truth, one.feedback_at),
        )
    return tally.sums()


def _differences(stored: TestSums, found: TestSums) -> list[str]:
    """What does not agree; sums of numbers may differ by their rounding, counts by nothing."""
    differences = []
    if len(stored.epochs) != len(found.epochs):
        differences.append(
            f"the verdict knew {len(stored.epochs)} epochs with requests, but there are {len(found.epochs)}"
        )
    for number, (old, new) in enumerate(zip(stored.epochs, found.epochs, strict=False), start=1):
        differences += _unequal(_epoch_facts(old, old), _epoch_facts(new, old), f" of epoch {number}")
    # What an older release has stored knows nothing of units, and of nothing else that came with them.
    if all(epoch.units is not None for epoch in stored.epochs):
        differences += _unequal(_facts(stored), _facts(found), "")
    return differences


def _epoch_facts(epoch: EpochSums, stored: EpochSums) -> dict[str, float]:
    known = epoch if stored.units is not None else replace(epoch, units=None, disagreeing=0)
    return dict(_flat(asdict(known)))


def _facts(sums: TestSums) -> dict[str, float]:
    facts = {
        "subjects": sums.subjects,
        "subjects met by both": sums.met_both,
        "repeated subjects": sums.repeated,
    }
    facts |= {} if sums.blocks is None else asdict(sums.blocks)
    for one in sums.delays:
        facts |= {
            f'truths "{one.truth}" of step {step}': count for step, count in enumerate(one.counts) if count
        }
        facts[f'truths "{one.truth}" that came later'] = one.later or 0
    return dict(facts)


def _unequal(before: Mapping[str, float], now: Mapping[str, float], of: str) -> list[str]:
    return [
        f"{name}{of} was {before.get(name, 0)}, but is {now.get(name, 0)}"
        for name in dict.fromkeys((*before, *now))
        if not math.isclose(before.get(name, 0), now.get(name, 0), rel_tol=TOLERANCE)
    ]


def _flat(values: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name} ")
        elif value is not None:
            yield f"{prefix}{name}", float(str(value))
