"""How long the requests of each endpoint are kept: rules, and the task that carries them out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

from domain.callers import Principal
from domain.catalog.entries import Endpoint
from domain.errors import Unavailable
from domain.history.retention import (
    KeptRequests,
    Retention,
    RetentionWait,
    Stage,
    StagePlan,
    checked_rule,
)
from domain.pacing import PAUSE_FACTOR, wait_until
from domain.requests import request_ids
from orm.connection.database import Database
from orm.queries.retention import removal, rules
from serving.ab_tests.ab_tests import ABTests
from serving.catalog.catalog import Catalog
from serving.catalog.statuses import check_author
from serving.execution.background import BackgroundTask
from serving.ports import Clock, Progress
from serving.retention.plans import LOOK, clock_problem, plans_of
from serving.retention.removal import FREE_PAGES, SHORTEST_PAUSE, Preview, Removal, Sleep

INTERVAL = 60.0
"""Seconds between two looks: one small statement where no endpoint has a rule."""

log = logging.getLogger(__name__)


class Retentions:
    """Sets rules, and carries them out in the background. `kept` is what is known of removed requests since the last
    look of this process, `behind` by how much the oldest request that is due is too old, by endpoint id.
    """

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        ab_tests: ABTests,
        clock: Clock,
        *,
        interval: float = INTERVAL,
        at_once: int | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self._interval = interval
        self._sleep = sleep
        self._removal = Removal(database, ab_tests, clock, at_once=at_once, sleep=sleep)
        self._wake = asyncio.Event()
        self._task = BackgroundTask("retention")
        self._said: dict[int, tuple[str, ...]] = {}
        self.kept = KeptRequests()
        self.behind: dict[int, timedelta] = {}

    @property
    def removed(self) -> Mapping[tuple[int, str], int]:
        """How many requests this process has removed or taken the inputs of, by endpoint id and stage."""
        return self._removal.removed

    def start(self) -> None:
        """Begin to look."""
        self._task.start(self._work)

    async def close(self) -> None:
        """Stop; a chunk under way is finished or rolled back as a whole, and another process goes on with the next."""
        await self._task.stop()

    async def set_rule(
        self, endpoint: str, inputs_days: int | None, rows_days: int | None, principal: Principal
    ) -> Retention:
        """Keep an endpoint's inputs and requests for so many days from now on; None is for ever.

        What is gone already stays gone. Raises EndpointNotFound and InvalidInput.
        """
        found = self._catalog.snapshot.endpoint_named(endpoint)
        rule = checked_rule(inputs_days, rows_days)
        check_author(principal.name)
        now = self._clock()
        async with self._database.transaction() as tx:
            await removal.note_clock(tx, now)
            set_to = await rules.set_rule(tx, found.id, rule, principal.name, now)
        log.info("retention of %s: %s keeps %s", found.name, principal.name, rule)
        self._wake.set()
        return set_to

    async def of(self, endpoint: str) -> tuple[Retention, list[StagePlan]]:
        """The retention of an endpoint, and what is due with what that waits for. Raises EndpointNotFound."""
        found = self._catalog.snapshot.endpoint_named(endpoint)
        async with self._database.reader() as reader:
            retentions = await rules.retentions_of(reader, [found.id])
        return retentions.get(found.id, Retention(found.id)), await self._removal.plans(found)

    async def waits_of(self, endpoint_id: int, retention: Retention) -> list[RetentionWait]:
        """What that which is due waits for; of both stages the same is said once."""
        if retention.rule.for_ever:
            return []
        endpoint = self._catalog.snapshot.endpoint(endpoint_id)
        async with self._database.reader(heavy=True) as reader:
            plans = await plans_of(reader, endpoint, retention, self._clock())
        return first_of_each(plans)

    async def preview(self, endpoint: str) -> list[Preview]:
        """What a run would remove now; changes nothing. Raises EndpointNotFound."""
        return await self._removal.preview(self._catalog.snapshot.endpoint_named(endpoint))

    async def run(
        self, endpoint: str, *, progress: Progress | None = None, clock_is_right: bool = False
    ) -> Retention | None:
        """Remove all of an endpoint that may go now; see `Removal.run`. Raises EndpointNotFound too."""
        found = self._catalog.snapshot.endpoint_named(endpoint)
        if clock_is_right:
            await self._removal.believe_clock()
        return await self._removal.run(found, progress=progress)

    async def round(self) -> None:
        """Look at every rule now, and carry out what is due, unless another process does."""
        retentions = await self._look()
        if retentions:
            await self._note_clock()
        for endpoint in self._with_rules(retentions):
            plans = await self._removal.plans(endpoint)
            await self._note(endpoint, plans)
            if any(not plan.empty for plan in plans):
                await self._removal.run(endpoint, waiting=False)
                await self._note(endpoint, await self._removal.plans(endpoint))
        if retentions:
            await self._look()
            await self._give_room_back()

    async def _look(self) -> Mapping[int, Retention]:
        async with self._database.own_reader() as reader:
            retentions = await rules.retentions(reader)
        self.kept = KeptRequests(
            {id_: one.rows_from for id_, one in retentions.items() if one.rows_from},
            {id_: start for id_, one in retentions.items() if (start := one.position(Stage.INPUTS))},
        )
        return retentions

    async def _note_clock(self) -> None:
        """Write down now and then what the clock says, so that one that jumps is told from one that goes on."""
        now = self._clock()
        async with self._database.own_reader() as reader:
            looked = await removal.looked_at(reader)
        if looked is not None and clock_problem(now, looked, "") is None and now - looked >= LOOK:
            await self._removal.believe_clock(now)

    def _with_rules(self, retentions: Mapping[int, Retention]) -> Iterable[Endpoint]:
        endpoints = self._catalog.snapshot.endpoints
        for id_ in self.behind.keys() - {i for i, one in retentions.items() if not one.rule.for_ever}:
            del self.behind[id_]
        return [
            endpoints[id_] for id_, one in retentions.items() if not one.rule.for_ever and id_ in endpoints
        ]

    async def _note(self, endpoint: Endpoint, plans: list[StagePlan]) -> None:
        """Keep for the metrics how far behind it is, and log what it waits for when that has changed."""
        late = timedelta(0)
        for plan in plans:
            async with self._database.reader() as reader:
                first = await removal.first_request(reader, endpoint.id, plan.start, plan.due)
            if first is not None:
                late = max(late, request_ids.time_of(plan.due) - request_ids.time_of(first))
        self.behind[endpoint.id] = late
        said = tuple(wait.message for wait in first_of_each(plans))
        if said != self._said.get(endpoint.id, ()):
            self._said[endpoint.id] = said
            for message in said:
                log.warning("retention of %s waits: %s", endpoint.name, message)

    async def _give_room_back(self) -> None:
        """Give free pages of a SQLite file back, some at a time; what it will soon use again stays."""
        while True:
            began = time.perf_counter()
            if not await self._database.give_room_back(FREE_PAGES):
                return
            await self._sleep(max(SHORTEST_PAUSE, PAUSE_FACTOR * (time.perf_counter() - began)))

    async def _work(self) -> None:
        while True:
            try:
                await self.round()
            except Unavailable as error:  # the database is away: the timer comes back
                log.warning("old requests could not be removed: %s", error.message)
            except Exception:
                log.exception("old requests could not be removed")
            self._wake.clear()
            await wait_until(self._wake, asyncio.get_running_loop().time() + self._interval)


def first_of_each(plans: Iterable[StagePlan]) -> list[RetentionWait]:
    """What plans wait for, each thing once."""
    return list({wait.message: wait for plan in plans for wait in plan.waits}.values())
