"""One worker as the supervisor sees it: a fresh interpreter, a line to it, and what it said last."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum

from arbiter.workers.messages import Kind, Line, Message
from rest.measures.sums import Families


class State(StrEnum):
    """Where a worker is in its life."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    ENDED = "ended"


class Member:
    """A worker; `began` is done once it answers calls or cannot, `ended` once its process is gone."""

    def __init__(self, wants_totals: Callable[[Member], None]) -> None:
        loop = asyncio.get_running_loop()
        self._wants_totals = wants_totals
        self._line = Line(self._told, lambda: None)
        self.state = State.STARTING
        self.process: asyncio.subprocess.Process | None = None
        self.problem: str | None = None
        self.families: Families = []
        self.counted = asyncio.Event()
        self.began: asyncio.Future[None] = loop.create_future()
        self.ended: asyncio.Task[int] | None = None
        self.ready_since = 0.0
        self.silent_for = 0.0

    @classmethod
    async def start(
        cls,
        shared: socket.socket,
        environment: Mapping[str, str],
        wants_totals: Callable[[Member], None],
        module: str,
    ) -> Member:
        """Start one; its `problem` says why where it cannot be.

        Nothing of this process reaches it but the shared port, the line and the environment.
        It is in a process group of its own: what a terminal sends to this one, Ctrl-C above all, is not for it.
        """
        member = cls(wants_totals)
        here, there = socket.socketpair()
        with there:
            here.setblocking(False)
            await asyncio.get_running_loop().create_connection(lambda: member._line, sock=here)
            try:
                member.process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",
                    "-m",
                    module,
                    str(shared.fileno()),
                    str(there.fileno()),
                    env=dict(environment),
                    pass_fds=(shared.fileno(), there.fileno()),
                    stdin=asyncio.subprocess.DEVNULL,
                    process_group=0,
                )
            except OSError as error:  # no memory, or no room for a process
                member.problem = f"a worker could not be started: {error}"
        member.ended = asyncio.create_task(member._to_its_end())
        return member

    @property
    def pid(self) -> int:
        """The id of its process."""
        return 0 if self.process is None else self.process.pid

    @property
    def lives(self) -> bool:
        """Whether its process is there."""
        return self.state is not State.ENDED

    def tell(self, kind: Kind, **fields: object) -> None:
        """Tell it something."""
        self._line.send(kind, **fields)

    def kill(self) -> None:
        """End it at once."""
        if self.lives and self.process is not None:
            with suppress(ProcessLookupError):  # it has just ended
                self.process.send_signal(signal.SIGKILL)

    async def _to_its_end(self) -> int:
        code = 1 if self.process is None else await self.process.wait()
        self._line.close()
        before, self.state = self.state, State.ENDED
        self.counted.set()
        if before is State.STARTING:
            self.problem = self.problem or f"a worker ended with code {code} before it was ready"
        if not self.began.done():
            self.began.set_result(None)
        return code

    def _told(self, message: Message) -> None:
        self.silent_for = 0.0
        match message["kind"]:
            case Kind.READY if self.state is State.STARTING:
                self.state = State.READY
                self.ready_since = asyncio.get_running_loop().time()
                self.began.set_result(None)
            case Kind.FAILED:
                self.problem = message["message"]
            case Kind.DRAINING:
                self.state = State.DRAINING
            case Kind.COUNTS:
                self.families = message["families"]
                self.counted.set()
            case Kind.TOTALS_WANTED:
                self._wants_totals(self)


def environment_of(given: Mapping[str, object]) -> dict[str, str]:
    """The environment of a worker: that of this process, with the settings that were `given` on the command line.

    >>> environment_of({"port": 1})["ARBITER_PORT"]
    '1'
    """
    settings = {f"ARBITER_{name.upper()}": str(value) for name, value in given.items() if value is not None}
    others = {name: value for name, value in os.environ.items() if name.upper() not in settings}
    # The working directory is no such place for a worker (-P), unless it was one for this process.
    places = [os.path.abspath(place) for place in sys.path]
    return {**others, **settings, "PYTHONPATH": os.pathsep.join(places)}
