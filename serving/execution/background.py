"""Work behind the calls: one task that its owner starts, waits for and stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any


class BackgroundTask:
    """At most one run of some work at a time."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether the work has begun and not ended."""
        return self._task is not None and not self._task.done()

    def start(self, work: Callable[[], Coroutine[Any, Any, None]], context: Context | None = None) -> None:
        """Begin `work` unless it runs, in a context of its own where one is given, else in the caller's."""
        if not self.running:
            self._task = asyncio.create_task(work(), name=self._name, context=context)

    async def finish(self) -> None:
        """Wait until the work ends by itself; raises what it raises."""
        if self._task is not None and not self._task.done():
            await self._task

    async def stop(self) -> None:
        """Cancel the work and wait until it has ended."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
