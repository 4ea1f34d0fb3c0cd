from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from domain import turns as module
from domain.errors import Overloaded
from domain.turns import ReaderTurns

LONG = 600.0


class Queue:
    """Reads that wait for turns, and the order in which they got them."""

    def __init__(self, places: int, share: int) -> None:
        self.turns = ReaderTurns(places, share)
        self.served: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, callers: Iterable[str]) -> None:
        for caller in callers:
            self.tasks.append(asyncio.create_task(self._one(caller)))
            await settled()

    async def _one(self, caller: str) -> None:
        await self.turns.take(caller, LONG)
        self.served.append(caller)

    async def free(self, caller: str) -> str:
        """Give a place of the caller's back; who got one by that."""
        before = len(self.served)
        self.turns.give_back(caller)
        await settled()
        return "".join(self.served[before:])

    async def leave(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_caller_with_many_reads_keeps_another_waiting_for_one_at_most() -> None:
    queue = Queue(places=1, share=1)
    await queue.ask("aaaaab")
    assert queue.served == ["a"]
    assert [await queue.free("a"), await queue.free("a"), await queue.free("b")] == ["a", "b", "a"]
    await queue.leave()


async def test_a_caller_holds_no_more_than_its_share_even_where_places_are_free() -> None:
    queue = Queue(places=3, share=2)
    await queue.ask("aaab")
    assert (queue.served, queue.turns.busy, queue.turns.waiting) == (["a", "a", "b"], 3, 1)
    assert [await queue.free("b"), await queue.free("a")] == ["", "a"]
    assert (queue.turns.busy, queue.turns.waiting, queue.turns.waited) == (2, 0, 1)


async def test_the_server_itself_has_no_share_and_waits_in_turn() -> None:
    queue = Queue(places=3, share=1)
    await queue.ask(["", "", "", "a", "", "b"])
    assert queue.served == ["", "", ""]
    assert [await queue.free("") for _ in range(3)] == ["a", "", "b"]


async def test_who_waits_too_long_is_refused_and_leaves_nothing_behind() -> None:
    turns = ReaderTurns(1, 1)
    await turns.take("a", LONG)
    with pytest.raises(TimeoutError):
        await turns.take("b", 0.01)
    assert (turns.busy, turns.waiting, turns.waited, turns.refused) == (1, 0, 1, 1)
    turns.give_back("a")
    await turns.take("b", LONG)
    assert turns.busy == 1


async def test_who_leaves_at_the_moment_at_which_its_time_is_over_leaves_nothing_behind() -> None:
    turns = ReaderTurns(1, 1)
    await turns.take("a", 1.0)
    late = asyncio.create_task(turns.take("b", 0.0))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_later(0.0, late.cancel)
    with pytest.raises(asyncio.CancelledError):
        await late
    assert (turns.busy, turns.waiting, turns.refused) == (1, 0, 0)
    turns.give_back("a")
    await turns.take("c", 1.0)
    assert (turns.busy, turns.waiting) == (1, 0)


async def test_callers_who_leave_at_any_moment_never_keep_a_place() -> None:
    for moment in range(12):
        turns = ReaderTurns(1, 1)
        await turns.take("a", LONG)
        leaving = [asyncio.create_task(turns.take(name, LONG)) for name in "bbc"]
        await settled()
        for step in range(12):
            if step == moment:
                for task in leaving[:2]:
                    task.cancel()
            if step == 6:
                turns.give_back("a")
            await asyncio.sleep(0)
        results = await asyncio.gather(*leaving[:2], return_exceptions=True)
        if results[0] is None:  # it had its place before it was to leave
            turns.give_back("b")
        await leaving[2]
        assert (turns.busy, turns.waiting) == (1, 0)


async def test_one_caller_cannot_fill_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    queue = Queue(places=1, share=1)
    await queue.ask("aaa")
    with pytest.raises(Overloaded, match="2 of your reads wait for the database already"):
        await queue.turns.take("a", LONG)
    assert (queue.turns.waiting, queue.turns.refused) == (2, 1)
    await queue.ask("b")
    assert [await queue.free("a"), await queue.free("a"), await queue.free("b")] == ["a", "b", "a"]
    await queue.leave()
