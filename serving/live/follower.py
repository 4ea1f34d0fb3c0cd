"""One who follows a feed: a bounded queue between what happens and a reader who may be slow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from types import TracebackType
from typing import Any, Generic, TypeVar

from domain.errors import ArbiterError, SlowConsumer
from domain.pacing import wait_until

T = TypeVar("T")


class Follower(AsyncGenerator[T, None], Generic[T]):
    """What came since one subscribed, in order; at most `bound` items wait.

    A follower whose queue is full is cut off with SlowConsumer, and whoever offers never waits. `on_end` is called at
    once with the error that ends it. Reading raises that error, and stops after a plain end when everything was read.
    `ended` says whether nothing more will come.
    `source`, where one is set before the first item is asked for, says what is read; it may `take` from the queue.
    """

    def __init__(
        self,
        bound: int,
        leave: Callable[[Follower[T]], None],
        on_end: Callable[[ArbiterError], None] | None = None,
    ) -> None:
        self._bound = bound
        self._leave = leave
        self._on_end = on_end
        self._items: deque[T] = deque()
        self._readable = asyncio.Event()
        self._roomy = asyncio.Event()
        self._error: ArbiterError | None = None
        self.ended = False
        self.source: AsyncGenerator[T, None] | None = None

    def offer(self, *items: T) -> None:
        """Put items into the queue, or end it when they do not fit; returns at once."""
        if self.ended or not items:
            return
        if len(self._items) + len(items) > self._bound:
            self.cut_off()
            return
        self._items.extend(items)
        self._readable.set()

    @property
    def waiting(self) -> int:
        """How many items wait to be read."""
        return len(self._items)

    def cut_off(self) -> None:
        """End it, since it does not keep up."""
        self.end(
            SlowConsumer(
                f"More than {self._bound} events waited to be read: read faster, ask for fewer, or resume with "
                "`after`."
            )
        )

    async def has_room(self, patience: float) -> bool:
        """Whether one more fits, at the latest after `patience` seconds; an ended one takes everything."""
        if len(self._items) < self._bound or self.ended:
            return True
        self._roomy.clear()
        await wait_until(self._roomy, asyncio.get_running_loop().time() + patience)
        return self._roomy.is_set()

    async def give(self, item: T) -> None:
        """Put one more into the queue, waiting for room; where it has ended, the item is dropped."""
        while len(self._items) >= self._bound and not self.ended:
            self._roomy.clear()
            await self._roomy.wait()
        self.offer(item)

    def end(self, error: ArbiterError | None = None) -> None:
        """No more will come; with an error, what still waits is dropped."""
        if self.ended:
            return
        self.ended, self._error = True, error
        if error is not None:
            self._items.clear()
        self._readable.set()
        self._roomy.set()
        self._leave(self)
        if error is not None and self._on_end is not None:
            self._on_end(error)

    async def take(self) -> T | None:
        """The next item of the queue, and None after a plain end. Raises the error that ended it."""
        while not self._items:
            if self._error is not None:
                raise self._error
            if self.ended:
                return None
            self._readable.clear()
            await self._readable.wait()
        self._roomy.set()
        return self._items.popleft()

    def take_waiting(self, most: int) -> list[T]:
        """Up to `most` items that wait in the queue now."""
        taken = [self._items.popleft() for _ in range(min(most, len(self._items)))]
        self._roomy.set()
        return taken

    async def asend(self, _value: None) -> T:
        """The next item. Raises the error that ended it."""
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        if self.source is not None:
            return await anext(self.source)
        item = await self.take()
        if item is None:
            raise StopAsyncIteration
        return item

    async def athrow(
        self,
        typ: type[BaseException] | BaseException,
        val: BaseException | object = None,
        tb: TracebackType | None = None,
    ) -> Any:  # noqa: ANN401  as the base class declares it
        """Leave the feed, and raise."""
        await self.aclose()
        return await super().athrow(typ, val, tb)  # type: ignore[arg-type]

    async def aclose(self) -> None:
        """Leave the feed; doing it twice changes nothing."""
        self.end()
        self._items.clear()
        if self.source is not None:
            await self.source.aclose()
