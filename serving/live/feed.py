"""What the feeds of a process share: a task that looks for news while somebody follows, and what wakes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any

from serving.execution.background import BackgroundTask


class Feed:
    """Looks for news as long as there are followers. The first one starts it, and it ends after the last one left."""

    def __init__(self, name: str) -> None:
        self._wake = asyncio.Event()
        self._task = BackgroundTask(name)

    @property
    def running(self) -> bool:
        """Whether news are looked for."""
        return self._task.running

    def wake(self) -> None:
        """There may be news, or nobody follows any more."""
        self._wake.set()

    async def close(self) -> None:
        """Stop looking."""
        await self._task.stop()

    def _start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        # Without the caller's context: whoever subscribed first has no part in what is read for all, and what is
        # recorded of its call must not go on growing.
        self._task.start(work, Context())
