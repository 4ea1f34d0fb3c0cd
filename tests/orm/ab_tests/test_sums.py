"""The aggregate statement finds what adding observations up one by one finds, on both databases."""

from __future__ import annotations

import random
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.observation import score
from domain.ab_tests.plan import Mode, Plan, ServingMode, new_plan
from domain.ab_tests.sums import TestSums
from domain.ab_tests.tally import Tally, Truth
from domain.catalog.classes import Classes
from domain.requests import request_ids
from domain.requests.feedback import FeedbackUpdate
from domain.requests.new_request import ArmAnswer, NewRequest
from domain.statistics.rules import CostMatrix, GuardrailMetric, Metric, SeenOnlyFor
from domain.statistics.units import GRID, GainSums, LatencyBlocks, TruthDelays
from domain.words import Arm, Kind, OutcomeSeen, Traffic
from orm.connection.database import Database
from orm.queries.ab_tests import ab_tests, observations, sums
from orm.queries.history import requests
from tests.orm.rows import NOW, Seed, insert, new_request

CLASSES = Classes(["Yes", "no", "perhaps", "Ähm"])
COSTS = CostMatrix((("Yes", "no", 10.0), ("no", "Yes", 1.0)), otherwise=2.5)
ONLY: dict[str, Any] = {"outcome_seen": OutcomeSeen.ONLY_FOR, "only_for": SeenOnlyFor(("Yes", "Ähm"))}
PLANS: dict[str, Plan] = {
    "accuracy": new_plan(Kind.CLASSIFIER),
    "accuracy, waiting": new_plan(Kind.CLASSIFIER, feedback_delay=timedelta(seconds=90)),
    "accuracy, seen only for yes": new_plan(Kind.CLASSIFIER, **ONLY),
    "accuracy, the champion answers": new_plan(Kind.CLASSIFIER, serve=ServingMode.CHAMPION_ONLY),
    "accuracy, split": new_plan(Kind.CLASSIFIER, mode=Mode.SPLIT, outcome_seen=OutcomeSeen.ALL),
    "cost": new_plan(Kind.CLASSIFIER, metric=Metric.COST, costs=COSTS),
    "cost, split": new_plan(Kind.CLASSIFIER, metric=Metric.COST, costs=COSTS, mode=Mode.SPLIT),
    "Brier score": new_plan(Kind.CLASSIFIER, metric=Metric.BRIER),
    "Brier score, accuracy guarded": new_plan(
        Kind.CLASSIFIER, metric=Metric.BRIER, guardrail_metric=GuardrailMetric(Metric.ACCURACY, 0.01), **ONLY
    ),
    "accuracy, cost guarded": new_plan(
        Kind.CLASSIFIER, costs=COSTS, guardrail_metric=GuardrailMetric(Metric.COST, 0.1)
    ),
    "accuracy, cost guarded, split": new_plan(
        Kind.CLASSIFIER, costs=COSTS, guardrail_metric=GuardrailMetric(Metric.COST, 0.1), mode=Mode.SPLIT
    ),
    "RMSE": new_plan(Kind.REGRESSOR),
    "RMSE of bounded errors": new_plan(Kind.REGRESSOR, largest_error=2.0),
    "RMSE of bounded errors, split": new_plan(Kind.REGRESSOR, largest_error=2.0, mode=Mode.SPLIT),
    "MAE of bounded errors, seen from 1 up to 3": new_plan(
        Kind.REGRESSOR,
        metric=Metric.MAE,
        largest_error=2.0,
        outcome_seen=OutcomeSeen.ONLY_FOR,
        only_for=SeenOnlyFor(least=1.0, most=3.0),
    ),
    "MAE, seen up to 2, unguarded": new_plan(
        Kind.REGRESSOR,
        metric=Metric.MAE,
        guarded=False,
        outcome_seen=OutcomeSeen.ONLY_FOR,
        only_for=SeenOnlyFor(most=2.0),
    ),
}


def kind_of(plan: Plan) -> Kind:
    return Kind.REGRESSOR if plan.rules.metric in {Metric.RMSE, Metric.MAE} else Kind.CLASSIFIER


async def begin(database: Database, seed: Seed, plan: Plan) -> ABTest:
    async with database.transaction() as tx:
        return await ab_tests.add_ab_test(
            tx,
            endpoint_id=seed.endpoint.id,
            algorithm1_id=seed.first.id,
            algorithm2_id=seed.second.id,
            champion_id=seed.first.id,
            kind=kind_of(plan),
            title="forest or trees",
            traffic=Traffic.ALL,
            salt="salt",
            created_by="ann",
            created_at=NOW,
            plan=plan,
        )


async def stored(
    database: Database, seed: Seed, plan: Plan, made: list[tuple[NewRequest, str | None, int]]
) -> tuple[ABTest, TestSums, TestSums]:
    """Stores these requests with their truths (so many milliseconds after NOW): the database's sums and the tally's."""
    test = await begin(database, seed, plan)
    async with database.transaction() as tx:
        await ab_tests.add_epoch(tx, test.id, 0.25, NOW)
    for row, _, _ in made:
        row.ab_test_id = test.id
    await insert(database, [row for row, _, _ in made])
    truths = {
        row.id: (truth, NOW + timedelta(milliseconds=at)) for row, truth, at in made if truth is not None
    }
    before = request_ids.first_at(NOW + timedelta(seconds=120) - plan.feedback_delay)
    tally = Tally(plan)
    async with database.transaction() as tx:
        updates = [FeedbackUpdate(id_, truth, at, None, None) for id_, (truth, at) in sorted(truths.items())]
        await requests.store_feedback(tx, updates)
        found = await observations.observations_by_ids(tx, [row.id for row, _, _ in made])
        scores = {
            id_: score(
                one,
                kind_of(plan),
                truths.get(id_, (None,))[0],
                numeric=False,
                rules=plan.rules,
                classes=CLASSES,
            )
            for id_, one in found.items()
        }
        await observations.store_scores(tx, list(scores.items()))
        read = await sums.sums_of(tx, test.id, plan, scored_before=before if plan.feedback_delay else None)
        read = replace(read, delays=await sums.truth_delays(tx, test.id, plan))
    for id_ in sorted(found):
        truth: tuple[str, datetime] | None = truths.get(id_)
        tally.add(
            found[id_],
            (0.5, 0.25)[found[id_].epoch_id - 1],
            scores[id_],
            counts=not plan.feedback_delay or id_ < before,
            truth=truth and Truth(*truth),
        )
    return test, read, tally.sums()


def some_requests(seed: Seed, plan: Plan, dice: random.Random) -> list[tuple[NewRequest, str | None, int]]:
    return [_some_request(seed, plan, dice, number) for number in range(400)]


def _some_request(
    seed: Seed, plan: Plan, dice: random.Random, number: int
) -> tuple[NewRequest, str | None, int]:
    at = number * 1_731
    drawn = dice.choice(list(Arm)) if not plan.shadow else Arm.CHAMPION
    answers: list[ArmAnswer | None] = [_some_answer(plan, dice), _some_answer(plan, dice)]
    failed = answers[1] is not None and answers[1].failed
    served = Arm.CHAMPION if failed and plan.mode is Mode.PAIRED else drawn
    if plan.mode is Mode.SPLIT:
        answers[drawn is Arm.CHAMPION] = None
    elif dice.random() < 0.1:
        answers[served is Arm.CHAMPION] = None
    row = new_request(
        seed,
        at,
        epoch_id=1 if number < 200 else 2,
        serving_probability=0.5,
        drawn_arm=drawn,
        arm=served,
        subject=dice.choice([None, *"abcdefghijkl"]) if number % 2 else f"once {number}",
        champion=answers[0],
        challenger=answers[1],
        complete=plan.mode is Mode.SPLIT or None not in answers,
    )
    truth = dice.choice([*CLASSES.names, None, "else"])
    if kind_of(plan) is Kind.REGRESSOR:
        truth = dice.choice(["0", "1.25", "3", "40", None])
    return row, truth, at + dice.choice([0, 269, 270, 999, 1_000, 1_600, 4_999, 90_000, 90_750, 10**9])


def _some_answer(plan: Plan, dice: random.Random) -> ArmAnswer:
    latency = dice.choice([0.0013, 0.002, 0.00741, 0.0329])
    if dice.random() < 0.1:
        return ArmAnswer(failed=True, latency=latency)
    if kind_of(plan) is Kind.REGRESSOR:
        return ArmAnswer(value=dice.choice([0.0, 1.0, 1.5, 2.25, 3.0, 7.0]), latency=latency)
    shares = [dice.random() for _ in CLASSES.names]
    probabilities = {name: share / sum(shares) for name, share in zip(CLASSES.names, shares, strict=True)}
    brier = Metric.BRIER is plan.rules.metric
    return ArmAnswer(dice.choice(CLASSES.names), None, False, latency, probabilities if brier else None)


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.matrix
async def test_the_database_adds_up_to_the_same_sums_as_one_by_one(
    database: Database, seed: Seed, name: str
) -> None:
    plan = PLANS[name]
    _, read, tallied = await stored(database, seed, plan, some_requests(seed, plan, random.Random(name)))
    assert [rounded(asdict(epoch)) for epoch in read.epochs] == [
        rounded(asdict(epoch)) for epoch in tallied.epochs
    ]
    assert [epoch.units and epoch.units.gains for epoch in read.epochs] == [
        epoch.units and epoch.units.gains for epoch in tallied.epochs
    ]
    assert replace(read, epochs=()) == replace(tallied, epochs=())
    assert len(read.epochs) == 2
    assert (read.subjects, read.repeated) == (212, 12)


def rounded(values: dict[str, object]) -> dict[str, object]:
    return {
        name: rounded(value) if isinstance(value, dict) else value and float(f"{float(str(value)):.12g}")
        for name, value in values.items()
    }


async def one_by_one(database: Database, seed: Seed, plan: Plan, *rows: dict[str, Any]) -> TestSums:
    """The sums of these requests, a second apart, with their truths after so many seconds."""
    made = []
    for number, given in enumerate(rows):
        fields = dict(given)
        truth, after = fields.pop("truth", None), fields.pop("after", 0)
        arm = fields.pop("drawn", Arm.CHAMPION)
        row = new_request(
            seed, number * 1_000, epoch_id=1, serving_probability=0.5, drawn_arm=arm, arm=arm, **fields
        )
        made.append((row, truth, number * 1_000 + after * 1_000))
    _, read, tallied = await stored(database, seed, plan, made)
    assert read == tallied
    return read


def said(champion: str, challenger: str, **more: Any) -> dict[str, Any]:
    return {"champion": ArmAnswer(champion), "challenger": ArmAnswer(challenger), "complete": True, **more}


async def test_a_subjects_unit_is_its_first_disagreement_whether_its_truth_is_known_or_not(
    database: Database, seed: Seed
) -> None:
    read = await one_by_one(
        database,
        seed,
        PLANS["accuracy"],
        said("no", "no", subject="ann", truth="no"),
        said("no", "Yes", subject="ann"),
        said("no", "Yes", subject="ann", truth="Yes"),
        said("no", "no", subject="ben", truth="no"),
        said("no", "no", subject="ben", truth="Yes"),
        said("no", "Yes", truth="Yes", drawn=Arm.CHALLENGER),
        said("Yes", "no", truth="Yes"),
    )
    (epoch,) = read.epochs
    assert epoch.units is not None
    # Of ann the second request, which has no truth; of ben the first; the last two are nobody's.
    assert epoch.units.gains.either == GainSums(3, 0, 2)
    assert (epoch.units.complete, epoch.units.disagreements, epoch.units.labelled) == (4, 3, 2)
    assert (epoch.units.higher_champion, epoch.units.higher_challenger) == (1, 0)
    assert (epoch.units.lower_champion, epoch.units.lower_challenger) == (0, 1)
    # "Yes" comes before "no", as capitals do. Moments are of first requests: ann's was right by both.
    assert (epoch.units.champion.n, epoch.units.champion.total, epoch.units.challenger.total) == (4, 3.0, 3.0)
    assert (epoch.disagreeing, read.subjects, read.repeated) == (4, 2, 2)


async def test_truths_are_counted_by_class_and_by_how_late_they_came(database: Database, seed: Seed) -> None:
    read = await one_by_one(
        database,
        seed,
        PLANS["accuracy, waiting"],
        said("no", "no", truth="no"),
        said("no", "no", truth="no", after=3),
        said("no", "no", truth="Yes", after=90),
        said("no", "no", truth="Yes", after=91),
        said("no", "no", after=5),
    )
    steps = [0] * 29
    assert read.delays == (
        TruthDelays("Yes", (*steps[:7], 2, *steps[8:]), later=1),
        TruthDelays("no", (1, 0, 1, *steps[3:]), later=0),
    )


async def test_a_slow_challenger_shows_in_the_stretches_in_which_both_arms_answered(
    database: Database, seed: Seed
) -> None:
    slow = {"champion": ArmAnswer("no", latency=0.1), "challenger": ArmAnswer("no", latency=0.16)}
    read = await one_by_one(database, seed, PLANS["accuracy"], *[{**slow, "complete": True}] * 300)
    # A stretch is 131 seconds long, and 300 seconds begin and end within one.
    assert read.blocks == LatencyBlocks(slower=4, faster=0, all=4)


async def test_a_gain_of_costs_is_counted_in_whole_steps(database: Database, seed: Seed) -> None:
    read = await one_by_one(
        database,
        seed,
        PLANS["cost"],
        said("no", "Yes", truth="Yes"),
        said("no", "Yes", truth="no"),
    )
    (epoch,) = read.epochs
    assert epoch.units is not None
    tenth = round(GRID / 10)
    assert epoch.units.gains.either == GainSums(
        2, GRID - tenth, GRID**2 + tenth**2, risen=GRID**2, fallen=tenth * tenth // GRID * tenth
    )
