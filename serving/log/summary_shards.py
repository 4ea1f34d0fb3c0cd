"""Shards of the daily summaries: each transaction adds to its own lines, so that none waits for another's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from domain.requests.request_ids import WRITERS


class SummaryShards:
    """Gives each running transaction the lowest number that no other one holds: one at a time always gets 0.

    The summaries keep a line a writer and shard. Two transactions on one shard would only wait for each other;
    on SQLite, where one runs at a time, there is never a second shard.
    """

    def __init__(self) -> None:
        self._held: set[int] = set()

    @contextmanager
    def enter(self, writer: int) -> Iterator[Callable[[], int]]:
        """A shard for the block, which must contain the whole transaction, its commit included.

        What the block is given returns the writer number for the summaries: unique among what runs now, in this
        process and in others. It is chosen at the first call, so that who still waits for a transaction holds none.
        """
        own: list[int] = []

        def number() -> int:
            if not own:
                own.append(next(shard for shard in itertools.count() if shard not in self._held))
                self._held.add(own[0])
            return writer + WRITERS * own[0]

        try:
            yield number
        finally:
            self._held.difference_update(own)
