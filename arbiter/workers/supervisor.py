"""The supervisor of several workers: it binds the port, starts them, watches them, and ends with them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from typing import Final

import structlog

from arbiter.http import server
from arbiter.settings import Settings
from arbiter.workers.member import Member, State
from arbiter.workers.messages import Kind
from arbiter.workers.worker import LINGER_SECONDS
from domain.errors import Misconfigured
from rest.measures.sums import Families, Sums, render

log = structlog.get_logger("arbiter.workers")

STALLED_SECONDS: Final = 10.0
"""Without a beat, of which there is one a second: the event loop of the worker does not turn. Nothing that the server
does holds it for a hundredth of that, and calls on the worker's connections wait meanwhile."""
LOOK_SECONDS: Final = 0.5
LONGEST_LOOK: Final = 2.0
"""Seconds that count between two looks: in more this process was asleep, and so were the workers."""
COUNTS_SECONDS: Final = 5.0
"""Between two reports of what each worker has counted; a worker that is killed takes with it what came since."""
ANSWER_SECONDS: Final = 1.0
"""That a scrape waits for reports; of a worker that is silent the last one counts."""
GRACE_SECONDS: Final = 5.0
"""Beyond the time to drain, until a worker is killed."""
QUICK_DEATH_SECONDS: Final = 2.0
"""Who lives no longer after it was ready would most likely die again."""
LONGEST_PAUSE: Final = 30.0

DIED, STALLED, RENEWED = "died", "stalled", "renewed"


class Supervisor:
    """Keeps `settings.workers` workers on one port. A place is a worker's number; who has it may change.

    `module` is what each of them runs.
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        announce: Callable[[str], None],
        *,
        module: str = "arbiter.workers.worker",
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._announce = announce
        self._module = module
        self._shared: socket.socket | None = None
        self._members: set[Member] = set()
        self._places: list[Member | None] = [None] * settings.workers
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending: asyncio.Event | None = None
        self._forced = False
        self._fault: BaseException | None = None
        self._renewing = False
        self._renew_again = False
        self._ended = Sums()
        self._replaced = Counter({DIED: 0, STALLED: 0, RENEWED: 0})
        self._stalled: set[Member] = set()
        self._asking: set[Member] = set()
        self._totals: asyncio.Task[None] | None = None

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT. Raises Misconfigured when a worker cannot start at the beginning."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._ending = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            loop.add_signal_handler(signal.SIGHUP, self._renew_soon)
        self._shared = server.bind(self._settings.host, self._settings.port)
        try:
            await self._begin()
            self._soon(self._watch())
            await self._ending.wait()
        finally:
            await self._finish()
        if self._fault is not None:
            raise self._fault
        log.info("stopped", forced=self._forced)

    async def _begin(self) -> None:
        """Start the first, which migrates and finds what is wrong, then the others, and say so when all answer."""
        first = await self._start()
        self._require(await self._begun(first))
        if self._is_ending:
            return
        others = [await self._start() for _ in self._places[1:]]
        for begun in asyncio.as_completed([self._begun(member) for member in others]):
            self._require(await begun)
        members = [first, *others]
        if self._is_ending:
            return
        assert self._shared is not None  # noqa: S101  bound before
        for place, one in enumerate(members):
            self._places[place] = one
            self._soon(self._keep(place, one))
        self._announce(server.url_of(self._settings.host, self._shared.getsockname()[1]))

    def _require(self, member: Member) -> None:
        """Raises Misconfigured with the words of a worker that could not start."""
        if member.problem is not None and not self._is_ending:
            raise Misconfigured(member.problem)

    @staticmethod
    async def _begun(member: Member) -> Member:
        await member.began
        return member

    @property
    def _is_ending(self) -> bool:
        return self._ending is not None and self._ending.is_set()

    async def _start(self) -> Member:
        assert self._shared is not None  # noqa: S101  bound before
        member = await Member.start(self._shared, self._environment, self._totals_for, self._module)
        self._members.add(member)
        self._soon(self._bury(member))
        if self._is_ending:
            member.tell(Kind.DRAIN)
        return member

    async def _bury(self, member: Member) -> None:
        """Keep what a worker has counted when it has ended."""
        assert member.ended is not None  # noqa: S101  it was started
        await asyncio.shield(member.ended)
        self._ended.add(member.families, gauges=False)
        self._members.discard(member)

    async def _keep(self, place: int, member: Member) -> None:
        """Replace the worker of a place whenever it ends by itself; pause where they die at once."""
        quick = 0
        while True:
            assert member.ended is not None  # noqa: S101  it was started
            code = await asyncio.shield(member.ended)
            if self._is_ending or self._places[place] is not member:
                return
            self._places[place] = None
            lived = asyncio.get_running_loop().time() - member.ready_since
            quick = quick + 1 if lived < QUICK_DEATH_SECONDS else 0
            reason = STALLED if member in self._stalled else DIED
            self._stalled.discard(member)
            self._replaced[reason] += 1
            log.error("a worker is replaced", worker=member.pid, reason=reason, code=code)
            found = await self._another(quick)
            if found is None:
                return
            member = self._places[place] = found

    async def _another(self, tried: int) -> Member | None:
        """A new worker that answers, however often it must be tried; None when all is to end."""
        while True:
            await self._sleep(pause_after(tried))
            if self._is_ending:
                return None
            member = await self._start()
            await member.began
            if member.problem is None:
                return member
            tried += 1
            if not self._is_ending:
                log.error(
                    "a worker did not start", problem=member.problem, next_in_seconds=pause_after(tried)
                )

    async def _sleep(self, seconds: float) -> None:
        assert self._ending is not None  # noqa: S101  made at the beginning
        try:
            await asyncio.wait_for(self._ending.wait(), seconds)
        except TimeoutError:
            return

    def _renew_soon(self) -> None:
        """At SIGHUP: renew all, and once more when one comes meanwhile."""
        if self._renewing:
            self._renew_again = True
        else:
            self._renewing = True
            self._soon(self._renew())

    async def _renew(self) -> None:
        try:
            await self._renew_each()
            while self._renew_again and not self._is_ending:
                self._renew_again = False
                await self._renew_each()
        finally:
            self._renewing = False

    async def _renew_each(self) -> None:
        """One by one: a new one answers before an old one makes way; where it cannot start, the old ones stay."""
        log.info("workers are renewed", workers=len(self._places))
        for place in range(len(self._places)):
            if self._is_ending or self._places[place] is None:  # a new one is about to take this place
                continue
            new = await self._start()
            await new.began
            if new.problem is not None:
                if not self._is_ending:
                    log.error("a worker did not start: the others stay as they are", problem=new.problem)
                return
            old, self._places[place] = self._places[place], new
            self._soon(self._keep(place, new))
            if old is not None:
                self._replaced[RENEWED] += 1
                old.tell(Kind.RETIRE)
                await self._gone([old], LINGER_SECONDS + self._settings.drain_seconds + GRACE_SECONDS)
        log.info("workers were renewed", workers=len(self._places))

    async def _watch(self) -> None:
        """Kill who does not beat, and ask for counts now and then."""
        before, counts_in = time.monotonic(), COUNTS_SECONDS
        while not self._is_ending:
            await asyncio.sleep(LOOK_SECONDS)
            now = time.monotonic()
            passed, before = min(now - before, LONGEST_LOOK), now
            counts_in -= passed
            for member in list(self._members):
                if member.state is not State.READY:
                    continue
                member.silent_for += passed
                if member.silent_for > STALLED_SECONDS and member not in self._stalled:
                    self._stalled.add(member)
                    log.error("a worker's event loop does not turn: it is killed", worker=member.pid)
                    member.kill()
                elif counts_in <= 0:
                    member.tell(Kind.COUNTS_WANTED)
            counts_in = COUNTS_SECONDS if counts_in <= 0 else counts_in

    def _totals_for(self, member: Member) -> None:
        self._asking.add(member)
        if self._totals is None or self._totals.done():
            self._totals = self._soon(self._tell_totals())

    async def _tell_totals(self) -> None:
        """Ask all for what they have counted, add it up, and tell those who asked before it was begun."""
        while self._asking:
            asking, self._asking = self._asking, set()
            asked = [member for member in self._members if member.state in {State.READY, State.DRAINING}]
            for member in asked:
                member.counted.clear()
                member.tell(Kind.COUNTS_WANTED)
            waiting = [asyncio.ensure_future(member.counted.wait()) for member in asked]
            if waiting:
                _, late = await asyncio.wait(waiting, timeout=ANSWER_SECONDS)
                for one in late:
                    one.cancel()
            text = self._text(asking)
            for member in asking:
                member.tell(Kind.TOTALS, text=text)

    def _text(self, asking: set[Member]) -> str:
        """The sums; a worker that asks comes first, since it has just read what the database knows."""
        living: list[Families] = [
            member.families
            for member in sorted(self._members, key=lambda one: one not in asking)
            if member.lives
        ]
        ready = sum(member.state is State.READY for member in self._members)
        # A worker that has ended is counted once: by `_bury`, or here until that has run.
        unburied = [member for member in self._members if not member.lives]
        ended = Sums()
        ended.add(self._ended.families())
        for member in unburied:
            ended.add(member.families, gauges=False)
        return render(ended.families(), living, ready=ready, replaced=self._replaced).decode()

    def _end(self) -> None:
        """At SIGTERM and SIGINT: let all drain; the second one ends them at once."""
        assert self._ending is not None  # noqa: S101  made before signals are heeded
        if self._ending.is_set():
            self._forced = True
            for member in self._members:
                member.kill()
        self._ending.set()
        for member in self._members:
            member.tell(Kind.DRAIN)

    async def _finish(self) -> None:
        """Close the port, and wait until all workers are gone."""
        assert self._ending is not None  # noqa: S101  made at the beginning
        assert self._shared is not None  # noqa: S101  bound before
        self._ending.set()
        self._shared.close()
        for member in self._members:
            member.tell(Kind.DRAIN)
        while self._members:
            await self._gone(list(self._members), self._settings.drain_seconds + GRACE_SECONDS)
            await asyncio.sleep(0)  # until each is buried

    async def _gone(self, members: list[Member], seconds: float) -> None:
        """Wait for the end of these workers, and end them after so many seconds."""
        ends = [member.ended for member in members if member.ended is not None]
        if not ends:
            return
        _, late = await asyncio.wait(ends, timeout=seconds)
        if late:
            for member in members:
                member.kill()
            await asyncio.wait(ends)

    def _soon(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        """Forget a task; one that failed ends all, since nobody would watch the workers any more."""
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._fault = self._fault or fault
            if self._ending is not None:
                self._ending.set()


def pause_after(times: int) -> float:
    """Seconds until a worker is started anew where the last ones, so many, died at once or did not start.

    >>> [pause_after(times) for times in range(8)]
    [0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0]
    """
    return min(2.0 ** (times - 2), LONGEST_PAUSE) if times > 1 else 0.0


def warn_of_cores(workers: int) -> None:
    """Say that there are more workers than cores, which makes each of them slower."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers > cores:
        log.warning(
            "there are more workers than cores: they wait for each other", workers=workers, cores=cores
        )
