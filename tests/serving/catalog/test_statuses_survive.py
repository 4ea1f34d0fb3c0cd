"""No sequence of test operations leaves an endpoint without a production algorithm that had one."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ab_tests.plan import Mode, ServingMode, ThirdAlgorithm, new_plan
from domain.catalog.routing import RoutingTable
from domain.errors import AlgorithmNotAvailable, Conflict, InvalidABTest
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import AlgorithmConditions
from domain.words import Kind, Status
from serving.services import Services
from tests.serving.pairs import AT_TEN, AT_TWENTY, AT_ZERO, ask, begin, running
from tests.serving.world import EVERYBODY, Dice

ARMS = st.sampled_from([AT_ZERO, AT_TEN, AT_TWENTY])
PLANS = st.sampled_from(
    [
        new_plan(Kind.CLASSIFIER, minimum_feedback=1, auto_decide=False),
        new_plan(Kind.CLASSIFIER, minimum_feedback=1, auto_decide=False, mode=Mode.SPLIT),
        new_plan(Kind.CLASSIFIER, minimum_feedback=1, auto_decide=False, serve=ServingMode.CHAMPION_ONLY),
        new_plan(Kind.CLASSIFIER, minimum_feedback=1, auto_decide=False, third=ThirdAlgorithm.KEEP),
    ]
)
STEPS = st.one_of(
    st.tuples(st.just("begin"), ARMS, ARMS, PLANS),
    st.tuples(st.sampled_from(["conclude", "stop", "cancel", "rollback", "settle"])),
    st.tuples(st.just("feedback"), st.sampled_from(["low", "high"])),
    st.tuples(st.just("production"), ARMS),
)


def is_answered(table: RoutingTable) -> bool:
    try:
        table.choose("levels", AlgorithmConditions(), None, lambda: 0.5)
    except AlgorithmNotAvailable:
        return False
    return True


async def take(services: Services, dice: Dice, step: tuple[object, ...], known: list[int]) -> None:
    test = services.catalog.snapshot.running_tests.get(1)
    ab_tests, last = services.ab_tests, known[-1] if known else 0
    match step:
        case ("begin", int(first), int(second), plan):
            known.append((await begin(services, first, second, plan)).id)  # type: ignore[arg-type]
        case ("production", int(algorithm)):
            await services.statuses.set(algorithm, "production", "me")
        case ("feedback", str(truth)) if test is not None:
            found = [
                r
                for n in range(16)
                for r in await ask(services, dice, 0.1 if n % 2 else 0.9, 15 if n % 3 else 5)
            ]
            await services.feedback.give_batch([FeedbackCommand(r.id, truth) for r in found], EVERYBODY)
        case ("conclude",) if last:
            await ab_tests.conclude(last, "me")
        case ("stop",) if last:
            await ab_tests.stop_plainly(last, "me")
        case ("cancel",) if last:
            await ab_tests.cancel(last, "me", "")
        case ("rollback",) if last:
            await ab_tests.rollback(last, "me")
        case ("settle",) if last:
            await ab_tests.settle(last)


async def live(steps: list[tuple[object, ...]]) -> list[tuple[bool, bool]]:
    """After each step: whether a plain prediction is answered, and whether production is held or a test runs."""
    dice, known = Dice(), list[int]()
    seen = []
    with tempfile.TemporaryDirectory() as folder:
        async with running(f"sqlite://{Path(folder, 'life.db')}", dice) as services:
            for step in steps:
                with contextlib.suppress(Conflict, InvalidABTest):
                    await take(services, dice, step, known)
                snapshot = services.catalog.snapshot
                held = any(a.status is Status.PRODUCTION for a in snapshot.algorithms_of(1))
                answered = is_answered(snapshot.table)
                seen.append((answered, held or 1 in snapshot.running_tests))
    return seen


@pytest.mark.matrix
@settings(max_examples=25, deadline=None)
@given(steps=st.lists(STEPS, min_size=3, max_size=10))
def test_no_sequence_of_test_operations_leaves_an_endpoint_without_production(
    steps: list[tuple[object, ...]],
) -> None:
    seen = asyncio.run(live(steps))
    assert seen == [(True, True)] * len(steps)
