from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import TypeVar

import pytest

from domain.errors import Failure, Overloaded
from domain.requests.request import Answer
from domain.words import Fault
from registry.artifacts import Artifact
from registry.features import Row
from serving.execution.executors import INLINE_COST, BatchedExecutor, InlineExecutor, executor_for
from serving.ports import Bounds
from tests.serving.world import LEVELS, AtZero, Threshold

QUICK, SLOW = INLINE_COST / 10, INLINE_COST * 100


class Gated(AtZero, endpoint="levels", name="gated", version="1", owner="tests"):
    """Answers when the test opens the gate."""

    def load(self, artifact: Artifact | None) -> None:
        super().load(artifact)
        self.gate = threading.Event()

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        self.gate.wait(10)
        return super().predict(rows)


A = TypeVar("A", bound=Threshold)


def loaded(cls: type[A]) -> A:
    algorithm = cls(LEVELS)
    algorithm.load(None)
    return algorithm


def rows(*values: float) -> list[Row]:
    return [(value, "red") for value in values]


def labels(answers: Sequence[Answer | Failure]) -> list[str | None]:
    return [answer.code if isinstance(answer, Failure) else answer.label for answer in answers]


async def test_quick_algorithm_answers_single_rows_on_the_event_loop_and_large_batches_off_it() -> None:
    algorithm = loaded(AtZero)
    executor = executor_for(algorithm, "quick", cost=QUICK)
    assert isinstance(executor, InlineExecutor)
    assert labels(await executor.run(rows(1))) == ["high"]
    assert algorithm.threads == {threading.current_thread().name}
    assert labels(await executor.run(rows(*range(-500, 500)))) == ["low"] * 500 + ["high"] * 500
    assert algorithm.threads == {threading.current_thread().name, "algorithm-quick_0"}
    await executor.close()


async def test_single_rows_of_one_turn_of_the_loop_run_together() -> None:
    algorithm = loaded(AtZero)
    executor = executor_for(algorithm, "quick", cost=QUICK)
    found = await asyncio.gather(*[executor.run(rows(x)) for x in (1, -1, 666, 2)])
    assert [labels(answers) for answers in found] == [["high"], ["low"], ["ALGORITHM_FAILED"], ["high"]]
    assert algorithm.batches[0] == 4
    await executor.close()


async def test_cancelled_single_row_does_not_hurt_those_of_its_turn() -> None:
    algorithm = loaded(AtZero)
    executor = executor_for(algorithm, "quick", cost=QUICK)
    calls = [asyncio.create_task(executor.run(rows(x))) for x in (1, -1, 2)]
    await asyncio.sleep(0)
    calls[0].cancel()
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert [labels(answers) for answers in found[1:] if isinstance(answers, list)] == [["low"], ["high"]]
    await executor.close()


async def test_slow_algorithm_runs_in_its_own_thread_on_whatever_has_queued() -> None:
    algorithm = loaded(Gated)
    executor = executor_for(algorithm, "slow", cost=SLOW)
    assert isinstance(executor, BatchedExecutor)
    calls = [asyncio.create_task(executor.run(rows(number - 5))) for number in range(10)]
    await asyncio.sleep(0)
    algorithm.gate.set()
    answers = [labels(await call) for call in calls]
    assert answers == [["low"]] * 5 + [["high"]] * 5
    assert algorithm.threads == {"algorithm-slow_0"}
    assert sum(algorithm.batches) == 10
    assert len(algorithm.batches) <= 2
    await executor.close()


@pytest.mark.parametrize("cost", [QUICK, SLOW])
@pytest.mark.parametrize("bad", [666, 667])
async def test_failing_row_fails_alone(cost: float, bad: int) -> None:
    executor = executor_for(loaded(AtZero), "forest", cost=cost)
    answers = await executor.run(rows(1, -1, bad, 2, bad, -2, 3))
    failed = "ALGORITHM_FAILED"
    assert labels(answers) == ["high", "low", failed, "high", failed, "low", "high"]
    failure = answers[2]
    assert isinstance(failure, Failure)
    assert failure.fault is Fault.ALGORITHM
    assert "beast" not in failure.message
    await executor.close()


async def test_cancelled_caller_does_not_hurt_its_batch_mates() -> None:
    algorithm = loaded(Gated)
    executor = executor_for(algorithm, "gated", cost=SLOW)
    first = asyncio.create_task(executor.run(rows(1)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting, mate = (asyncio.create_task(executor.run(rows(x))) for x in (2, -3))
    await asyncio.sleep(0)
    first.cancel()
    waiting.cancel()
    await asyncio.sleep(0)
    algorithm.gate.set()
    assert labels(await mate) == ["low"]
    assert algorithm.batches == [1, 1]  # the one that ran already, and the mate; the waiting one was dropped
    await executor.close()


async def test_full_queue_refuses_at_once() -> None:
    algorithm = loaded(Gated)
    executor = executor_for(algorithm, "gated", cost=SLOW, bounds=Bounds(queue_rows=2))
    running = asyncio.create_task(executor.run(rows(1)))
    await asyncio.sleep(0)
    queued = asyncio.create_task(executor.run(rows(1, 2)))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="2 rows waiting"):
        await executor.run(rows(4))
    algorithm.gate.set()
    assert (len(await running), len(await queued)) == (1, 2)
    await executor.close()


async def test_call_past_its_deadline_fails_by_itself() -> None:
    algorithm = loaded(Gated)
    executor = executor_for(algorithm, "gated", cost=SLOW, bounds=Bounds(deadline=0.01))
    assert labels(await executor.run(rows(1, 2))) == ["DEADLINE_EXCEEDED"] * 2
    algorithm.gate.set()
    await executor.close()
