"""Lanes: what a process's own transactions are told apart by, so that none waits for a line of another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

from domain.requests.request_ids import WRITERS


class Lane:
    """One transaction's share of the summaries; its number is taken when it is first asked for."""

    def __init__(self, held: set[int], writer: int) -> None:
        self._held = held
        self._writer = writer
        self._number: int | None = None

    def number(self) -> int:
        """The writer number for the summaries: unique among what runs now, in this process and in others."""
        if self._number is None:
            self._number = next(lane for lane in itertools.count() if lane not in self._held)
            self._held.add(self._number)
        return self._writer + WRITERS * self._number

    def leave(self) -> None:
        """Give the number back."""
        if self._number is not None:
            self._held.discard(self._number)


class Lanes:
    """Gives each running transaction the lowest number that no other one holds: one at a time always gets 0.

    The summaries keep a line a writer and lane. Two transactions on one lane would only wait for each other;
    on SQLite, where one runs at a time, there is never a second lane.
    """

    def __init__(self) -> None:
        self._held: set[int] = set()

    @contextmanager
    def enter(self, writer: int) -> Iterator[Lane]:
        """A lane for the block, which must contain the whole transaction, its commit included."""
        lane = Lane(self._held, writer)
        try:
            yield lane
        finally:
            lane.leave()
