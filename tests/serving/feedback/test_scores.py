"""Any sequence of answers, feedback, corrections and clearings adds up to what a recomputation says."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ab_tests.observation import score
from domain.ab_tests.plan import Mode, Plan, new_plan
from domain.ab_tests.sums import TestSums
from domain.ab_tests.tally import Tally
from domain.catalog.classes import Classes
from domain.requests.feedback import FeedbackCommand
from domain.statistics.rules import CostMatrix, Metric
from domain.words import Kind
from orm.queries.ab_tests import observations, sums
from orm.queries.history import requests as request_queries
from serving.services import Services
from tests.serving.pairs import AT_ZERO, BRITTLE, PLUS_ONE, PLUS_TWO, ask, begin, running
from tests.serving.world import EVERYBODY, Dice

COSTS = CostMatrix((("high", "low", 10.0),))
LEVEL_CLASSES = Classes(["low", "high"])
CALLS = st.lists(
    st.tuples(
        st.sampled_from([0.1, 0.9]), st.sampled_from([5, 13, 15, 666]), st.sampled_from([None, "ann", "bob"])
    ),
    min_size=1,
    max_size=8,
)
TRUTHS = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from(["low", "high", " low", "3", "1e200", "-2.5", None])),
    max_size=12,
)


async def stored_and_recomputed(
    services: Services, ab_test_id: int, kind: Kind, plan: Plan, ids: list[int]
) -> tuple[TestSums, TestSums]:
    tally = Tally(plan)
    async with services.database.reader() as reader:
        stored = await sums.sums_of(reader, ab_test_id, plan)
        requests = await request_queries.requests_by_ids(reader, None, ids)
        found = await observations.observations_by_ids(reader, ids)
    for id_ in sorted(found):
        truth = requests[id_].feedback
        scores = score(found[id_], kind, truth, numeric=False, rules=plan.rules, classes=LEVEL_CLASSES)
        tally.add(found[id_], 0.5, scores)
    return stored, tally.sums()


async def history(
    calls: list[tuple[float, float, str | None]],
    truths: list[tuple[int, str | None]],
    plan: Plan,
) -> tuple[TestSums, TestSums]:
    kind = Kind.CLASSIFIER if plan.rules.metric.fits(Kind.CLASSIFIER) else Kind.REGRESSOR
    dice = Dice()
    with tempfile.TemporaryDirectory() as folder:
        async with running(f"sqlite://{Path(folder, 'scores.db')}", dice) as services:
            arms = (AT_ZERO, BRITTLE) if kind is Kind.CLASSIFIER else (PLUS_ONE, PLUS_TWO)
            test = await begin(services, *arms, plan)
            on = "levels" if kind is Kind.CLASSIFIER else "heights"
            ids = [(await ask(services, dice, draw, x, on=on, subject=who))[0].id for draw, x, who in calls]
            commands = [FeedbackCommand(ids[place % len(ids)], truth) for place, truth in truths]
            half = len(commands) // 2
            for one in commands[:half]:
                await services.feedback.give_batch([one], EVERYBODY)
            if commands[half:]:
                await services.feedback.give_batch(commands[half:], EVERYBODY)
            return await stored_and_recomputed(services, test.id, kind, plan, ids)


@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        (Kind.CLASSIFIER, Metric.ACCURACY),
        (Kind.CLASSIFIER, Metric.COST),
        (Kind.CLASSIFIER, Metric.BRIER),
        (Kind.REGRESSOR, Metric.RMSE),
        (Kind.REGRESSOR, Metric.MAE),
    ],
)
@pytest.mark.parametrize("mode", Mode)
@settings(max_examples=6, deadline=None)
@given(calls=CALLS, truths=TRUTHS)
@pytest.mark.matrix
def test_corrected_feedback_gives_the_same_state_as_recomputation(
    kind: Kind,
    metric: Metric,
    mode: Mode,
    calls: list[tuple[float, float, str | None]],
    truths: list[tuple[int, str | None]],
) -> None:
    plan = new_plan(
        kind,
        metric=metric,
        mode=mode,
        auto_decide=False,
        costs=COSTS if metric is Metric.COST else None,
        largest_error=5.0 if metric is Metric.MAE else None,
    )
    stored, recomputed = asyncio.run(history(calls, truths, plan))
    assert [_rounded(asdict(epoch)) for epoch in stored.epochs] == [
        _rounded(asdict(epoch)) for epoch in recomputed.epochs
    ]
    assert replace(stored, epochs=()) == replace(recomputed, epochs=())


def _rounded(values: dict[str, object]) -> dict[str, object]:
    return {
        name: _rounded(value) if isinstance(value, dict) else value and float(f"{float(str(value)):.10g}")
        for name, value in values.items()
    }
