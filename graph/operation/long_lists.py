"""Long lists and large answers, worked on a little at a time, so that every other call gets its turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Generic, TypeVar, cast

import orjson

from domain.pacing import LIST_ITEMS_ON_LOOP, LOOP_BUDGET

DEEPEST = 32
JOINED_AT_ONCE = 500
"""Texts of items that become one: joining and freeing 10,000 at the end would hold the event loop for 2 ms."""

S = TypeVar("S")
T = TypeVar("T")


class LoopTurns:
    """Lets everything else run whenever this has worked for `seconds` at a stretch."""

    def __init__(self, seconds: float = LOOP_BUDGET, timer: Callable[[], float] = time.perf_counter) -> None:
        self.seconds = seconds
        self.timer = timer
        self.until = timer() + seconds

    async def pause(self) -> None:
        """Return at once while there is time left."""
        if self.timer() >= self.until:
            await asyncio.sleep(0)
            self.until = self.timer() + self.seconds


class LongList(Generic[S, T]):
    """What `make` makes of each source and its position, one by one while the answer is put together.

    An asynchronous iterable, since graphql-core completes a plain list in one go. It may be walked again: an
    operation can select a list twice.
    """

    def __init__(
        self, sources: Sequence[S], make: Callable[[int, S], T], turns: Callable[[], LoopTurns] = LoopTurns
    ) -> None:
        self.sources = sources
        self.make = make
        self.turns = turns

    async def __aiter__(self) -> AsyncIterator[T]:
        """Each item, with a pause where one is due."""
        turns = self.turns()
        for position, source in enumerate(self.sources):
            yield self.make(position, source)
            await turns.pause()


def list_of(sources: Sequence[S], make: Callable[[int, S], T]) -> list[T]:
    """What `make` makes of each source: a list when they are few, else a LongList in the place of one."""
    if len(sources) <= LIST_ITEMS_ON_LOOP:
        return [make(position, source) for position, source in enumerate(sources)]
    return cast("list[T]", LongList(sources, make))


def one_by_one(sources: Sequence[T]) -> list[T]:
    """The same items as a LongList in the place of a list, for items that take long to complete."""
    return cast("list[T]", LongList(sources, lambda _, source: source))


async def fragments(
    value: object, encode: Callable[[object], bytes], longest: int = LIST_ITEMS_ON_LOOP
) -> object:
    """`value` with each of its lists of more than `longest` items as finished JSON, encoded item by item.

    orjson holds the interpreter's lock, so a thread would not help.
    """
    return await _fragments(value, encode, LoopTurns(), longest, 0)


async def _fragments(
    value: object, encode: Callable[[object], bytes], turns: LoopTurns, longest: int, depth: int
) -> object:
    if depth > DEEPEST or not isinstance(value, dict | list):
        return value
    if isinstance(value, dict):
        return {key: await _fragments(one, encode, turns, longest, depth + 1) for key, one in value.items()}
    if len(value) <= longest:
        return [await _fragments(one, encode, turns, longest, depth + 1) for one in value]
    joined: list[bytes] = []
    parts: list[bytes] = []
    for one in value:
        parts.append(encode(one))
        if len(parts) == JOINED_AT_ONCE:
            joined.append(b",".join(parts))
            parts.clear()
        await turns.pause()
    return orjson.Fragment(b"[" + b",".join([*joined, *parts]) + b"]")
