"""Who may read next: a few readers, shared fairly among all who ask for one."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict, deque
from typing import TypeAlias

from domain.errors import Overloaded

MOST_WAITING = 1_000
"""Reads of one caller that may wait at once: several of the largest operations, each of which reads in some hundred
places. Whoever asks for more is refused, so that one caller cannot fill the memory with what waits."""

_Turn: TypeAlias = "asyncio.Future[None]"


class ReaderTurns:
    """`places` at once. A caller holds at most `share` of them, and callers who wait take turns.

    So a caller with a hundred heavy reads keeps another, who has one, waiting for one read at most. The caller ""
    is the server itself: it waits in turn like everybody else, and no share bounds it.
    """

    def __init__(self, places: int, share: int) -> None:
        self.places = places
        self.share = share
        self.busy = 0
        """Places that are held now."""
        self.waited = 0
        """How many have had to wait, ever."""
        self.refused = 0
        """How many got no turn, ever: they waited for too long, or their caller had too many waiting already."""
        self._held: Counter[str] = Counter()
        # The caller who was served last is the last one, and each caller's own reads come in the order of asking.
        self._waiting: OrderedDict[str, deque[_Turn]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many wait now."""
        return sum(map(len, self._waiting.values()))

    async def take(self, caller: str, seconds: float) -> None:
        """Wait for a place, for at most `seconds`; whoever has one must `give_back`.

        Raises TimeoutError when none came free, Overloaded when the caller has too many waiting already; then no place
        is held.
        """
        if self.busy < self.places and self._may(caller):
            self._take(caller)
        else:
            await self._wait(caller, seconds)

    def give_back(self, caller: str) -> None:
        """Free a place of the caller's for whoever is next."""
        self.busy -= 1
        self._held[caller] -= 1
        if not self._held[caller]:
            del self._held[caller]  # so that callers who have gone are forgotten
        self._hand_out()

    def _may(self, caller: str) -> bool:
        return not caller or self._held[caller] < self.share

    def _take(self, caller: str) -> None:
        self.busy += 1
        self._held[caller] += 1

    def _hand_out(self) -> None:
        while self.busy < self.places:
            caller = next((one for one in self._waiting if self._may(one)), None)
            if caller is None:
                return
            turn = self._waiting[caller].popleft()
            self._forget_if_done(caller)
            if turn.done():  # its caller has left or has waited for too long, and is about to say so
                continue
            if caller in self._waiting:
                self._waiting.move_to_end(caller)
            self._take(caller)
            turn.set_result(None)

    async def _wait(self, caller: str, seconds: float) -> None:
        line = self._waiting.setdefault(caller, deque())
        if len(line) >= MOST_WAITING:
            self.refused += 1
            raise Overloaded(
                f"{MOST_WAITING:,} of your reads wait for the database already: send fewer at once.",
                retry_after=seconds,
            )
        turn: _Turn = asyncio.get_running_loop().create_future()
        line.append(turn)
        self.waited += 1
        # asyncio.timeout would take several times as long, and with eight connections most reads wait.
        timer = asyncio.get_running_loop().call_later(seconds, _expire, turn)
        try:
            await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.give_back(caller)  # it came at the very moment at which the caller left
            elif turn in line:
                line.remove(turn)
                self._forget_if_done(caller)
            self.refused += isinstance(error, TimeoutError)
            raise
        finally:
            timer.cancel()

    def _forget_if_done(self, caller: str) -> None:
        if not self._waiting.get(caller, True):
            del self._waiting[caller]


def _expire(turn: _Turn) -> None:
    if not turn.done():
        turn.set_exception(TimeoutError())
