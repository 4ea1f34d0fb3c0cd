"""How good the answers of the last days were, for whoever watches the server: from the summaries, now and then."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, timedelta

from domain.callers import Principal, Scope, Viewer
from domain.errors import Unavailable
from domain.history.aggregates import FigureGroup, FigurePart, Grouping, GroupKey
from domain.history.filters import RequestFilter
from orm.connection.database import Database
from orm.queries.figures.aggregates import EVERYTHING, AggregateQuery, figures_by_owner
from serving.ports import Clock

DAYS = 7
"""Today and the six days before: so many truths that a figure says something, and so few that a change shows."""
MOST_ALGORITHMS = 500
AT_MOST_EVERY = 30.0
"""Seconds. One statement over some lines a day and algorithm, however many requests there are."""

SERVER = Viewer(Principal("metrics", frozenset({Scope.READ})))

log = logging.getLogger(__name__)


class RecentQuality:
    """The figures of each endpoint's algorithms over the last seven UTC days, as they were when they were last read."""

    def __init__(
        self, database: Database, clock: Clock, *, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._clock = clock
        self._timer = timer
        self._read_at = -math.inf
        self._reading = asyncio.Lock()
        self.groups: Sequence[FigureGroup] = ()

    async def refresh(self) -> None:
        """Read them anew, unless that was done in the last half minute; where it cannot be, they stay."""
        async with self._reading:
            if self._timer() - self._read_at < AT_MOST_EVERY:
                return
            self._read_at = self._timer()
            try:
                self.groups = await self._read()
            except Unavailable as error:
                log.warning("the figures of the last days could not be read: %s", error.message)

    async def _read(self) -> Sequence[FigureGroup]:
        today = self._clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        query = AggregateQuery(
            RequestFilter(created_from=today - timedelta(days=DAYS - 1)),
            Grouping((GroupKey.ENDPOINT, GroupKey.ALGORITHM), limit=MOST_ALGORITHMS),
            frozenset({FigurePart.FEEDBACK, FigurePart.RESIDUALS}),
        )
        async with self._database.own_reader() as reader:
            found = await figures_by_owner(reader, SERVER, query)
        return found.get(EVERYTHING, [])
