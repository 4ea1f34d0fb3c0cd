"""New documents are checked one of a caller at a time, strangers' one after another and with pauses."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from domain.errors import RateLimited
from graph.operation.documents.turns import (
    AT_ONCE,
    AT_ONCE_WITHOUT_SCOPE,
    LONG_CHECK,
    STRANGERS_AT_ONCE,
    CheckTurns,
)


class Clock:
    """Time that passes when somebody sleeps, or works."""

    now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def work(self, turns: CheckTurns, caller: str, seconds: float, *, stranger: bool) -> float:
        """Take so long in a turn; the answer is when the turn began."""
        async with turns.turn(caller, stranger=stranger):
            began = self.now
            self.now += seconds
        return began


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def turns(clock: Clock) -> CheckTurns:
    return CheckTurns(timer=clock, sleep=clock.sleep)


async def held(
    turns: CheckTurns, callers: list[str], *, stranger: bool
) -> tuple[list[asyncio.Task[None]], AsyncExitStack]:
    """Calls of these callers, the first of which has its turn until the stack is closed."""
    stack = AsyncExitStack()
    await stack.enter_async_context(turns.turn(callers[0], stranger=stranger))

    async def take(caller: str) -> None:
        async with turns.turn(caller, stranger=stranger):
            pass

    tasks = [asyncio.create_task(take(caller)) for caller in callers[1:]]
    await asyncio.sleep(0)
    return tasks, stack


async def test_callers_do_not_wait_for_each_other_but_each_for_itself(turns: CheckTurns) -> None:
    (same,), stack = await held(turns, ["ann", "ann"], stranger=False)
    async with turns.turn("bob", stranger=False):
        assert not same.done()
    await stack.aclose()
    await same
    assert turns.places == {}


async def test_strangers_wait_for_each_other_wherever_they_are(turns: CheckTurns) -> None:
    (other,), stack = await held(turns, ["203.0.113.1", "203.0.113.2"], stranger=True)
    async with turns.turn("ann", stranger=False):
        assert not other.done()
    await stack.aclose()
    await other


async def test_strangers_together_take_a_fifth_of_the_time(turns: CheckTurns, clock: Clock) -> None:
    began = [await clock.work(turns, f"203.0.113.{n}", 1.0, stranger=True) for n in range(4)]
    assert began == [0.0, 5.0, 10.0, 15.0]


async def test_the_end_of_the_server_waits_for_no_document_of_a_stranger(
    turns: CheckTurns, clock: Clock
) -> None:
    await clock.work(turns, "203.0.113.1", 1.0, stranger=True)
    (waiting,), stack = await held(turns, ["203.0.113.1", "203.0.113.2"], stranger=True)
    began = clock.now
    turns.drain()
    await stack.aclose()
    with pytest.raises(RateLimited, match=r"^this server ends"):
        await waiting
    assert clock.now == began
    async with turns.turn("ann", stranger=False):
        pass


async def test_a_caller_with_a_scope_pauses_only_after_a_long_check(turns: CheckTurns, clock: Clock) -> None:
    began = [await clock.work(turns, "ann", LONG_CHECK, stranger=False) for _ in range(2)]
    assert began == [0.0, LONG_CHECK]
    began = [await clock.work(turns, "bob", 1.0, stranger=False) for _ in range(2)]
    assert began == [2 * LONG_CHECK, 2 * LONG_CHECK + 5.0]


@pytest.mark.parametrize(("stranger", "most"), [(False, AT_ONCE), (True, AT_ONCE_WITHOUT_SCOPE)])
async def test_a_caller_has_only_so_many_documents_that_wait(
    turns: CheckTurns, stranger: bool, most: int
) -> None:
    tasks, stack = await held(turns, ["one"] * most, stranger=stranger)
    with pytest.raises(RateLimited, match=f"^{most} of your documents") as refused:
        async with turns.turn("one", stranger=stranger):
            pytest.fail("there was no room")
    assert refused.value.retry_after == 1
    await stack.aclose()
    await asyncio.gather(*tasks)
    async with turns.turn("one", stranger=stranger):
        pass


@pytest.mark.parametrize("known", [True, False])
async def test_strangers_together_have_only_so_many_documents_that_wait(
    turns: CheckTurns, known: bool
) -> None:
    callers = [f"203.0.113.{n}" if known else "" for n in range(STRANGERS_AT_ONCE)]
    tasks, stack = await held(turns, callers, stranger=True)
    with pytest.raises(RateLimited, match=f"^{STRANGERS_AT_ONCE} documents of callers without a key"):
        async with turns.turn("198.51.100.1" if known else "", stranger=True):
            pytest.fail("there was no room")
    await stack.aclose()
    await asyncio.gather(*tasks)


async def test_who_is_cancelled_while_waiting_leaves_its_place(turns: CheckTurns) -> None:
    tasks, stack = await held(turns, ["one"] * AT_ONCE_WITHOUT_SCOPE, stranger=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    again, _ = await held(turns, ["two"], stranger=False)
    assert again == []
    await stack.aclose()
    assert set(turns.places) == {"two"}


async def test_callers_who_owe_nothing_are_forgotten(
    turns: CheckTurns, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph.operation.documents.turns.MOST_PLACES", 2)
    for name in ("ann", "bob"):
        await clock.work(turns, name, 1.0, stranger=False)
    assert set(turns.places) == {"ann", "bob"}
    clock.now += 3.5
    await clock.work(turns, "cem", 1.0, stranger=False)
    assert set(turns.places) == {"bob", "cem"}
