"""Algorithms on other servers: watched while they are loaded, and the snapshot agrees with what was seen of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from domain.errors import Unavailable
from registry.discovery import Key
from serving.execution.background import BackgroundTask
from serving.execution.remote.executor import RemoteExecutor
from serving.ports import Executor

AGAIN_SECONDS = 1.0
"""After which a catalogue that could not be read is read again."""

log = logging.getLogger(__name__)


def remotes_in(executors: Mapping[Key, Executor]) -> dict[Key, RemoteExecutor]:
    """Those of the executors whose algorithms run on other servers."""
    return {key: one for key, one in executors.items() if isinstance(one, RemoteExecutor)}


class Remotes:
    """Watches the executors of other servers; `refresh` swaps the snapshot, `ready` says what the present one holds.

    `ready` gives by key whether the snapshot lets an algorithm be chosen; one that it does not know is not in it.
    """

    def __init__(
        self, refresh: Callable[[], Awaitable[None]], ready: Callable[[], Mapping[Key, bool]]
    ) -> None:
        self._refresh, self._ready = refresh, ready
        self._task = BackgroundTask("readiness of algorithms on other servers")
        self.watched: Mapping[Key, RemoteExecutor] = {}

    async def watch(self, executors: Mapping[Key, Executor]) -> None:
        """Watch these from now on, and no others; each has been looked at once when this returns."""
        before, self.watched = self.watched, remotes_in(executors)
        new = [one for one in self.watched.values() if one not in before.values()]
        await asyncio.gather(*(one.watch(self._changed) for one in new))
        gone = [one for one in before.values() if one not in self.watched.values()]
        await asyncio.gather(*(one.rest() for one in gone))

    async def close(self) -> None:
        """Let the snapshot be."""
        await self._task.stop()

    def _changed(self) -> None:
        self._task.start(self._refresh_until_it_agrees)

    async def _refresh_until_it_agrees(self) -> None:
        """The database may be away just when a far side comes or goes."""
        while not self._agrees():
            try:
                await self._refresh()
            except Unavailable as error:
                log.warning("which algorithms are ready is read later: %s", error.message)
            if not self._agrees():
                await asyncio.sleep(AGAIN_SECONDS)

    def _agrees(self) -> bool:
        ready = self._ready()
        return all(ready[key] is (one.problem is None) for key, one in self.watched.items() if key in ready)
