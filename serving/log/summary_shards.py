"""Shards of the daily summaries: each transaction adds to its own lines, so that none waits for another's."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

from domain.requests.request_ids import WRITERS


class SummaryShard:
    """One transaction's share of the summaries; its number is taken when it is first asked for."""

    def __init__(self, held: set[int], writer: int) -> None:
        self._held = held
        self._writer = writer
        self._number: int | None = None

    def number(self) -> int:
        """The writer number for the summaries: unique among what runs now, in this process and in others."""
        if self._number is None:
            self._number = next(shard for shard in itertools.count() if shard not in self._held)
            self._held.add(self._number)
        return self._writer + WRITERS * self._number

    def leave(self) -> None:
        """Give the number back."""
        if self._number is not None:
            self._held.discard(self._number)


class SummaryShards:
    """Gives each running transaction the lowest number that no other one holds: one at a time always gets 0.

    The summaries keep a line a writer and shard. Two transactions on one shard would only wait for each other;
    on SQLite, where one runs at a time, there is never a second shard.
    """

    def __init__(self) -> None:
        self._held: set[int] = set()

    @contextmanager
    def enter(self, writer: int) -> Iterator[SummaryShard]:
        """A shard for the block, which must contain the whole transaction, its commit included."""
        shard = SummaryShard(self._held, writer)
        try:
            yield shard
        finally:
            shard.leave()
