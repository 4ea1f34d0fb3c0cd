"""The composition root: which parts there are and how they are joined. Tests put other parts in here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from arbiter.settings import Settings
from domain.types import Prediction
from orm.database import Database
from registry.discovery import Registry, discover
from serving.api_keys import ApiKeys
from serving.catalog import Catalog, Snapshot
from serving.completer import Completer
from serving.decider import Decider
from serving.experiments import Experiments
from serving.feedback import Feedback
from serving.id_clock import IdClock
from serving.ports import Bounds
from serving.predict import Predictor
from serving.request_log import RequestLog
from serving.services import Services
from serving.statuses import Statuses
from serving.summaries import Summaries

Observe = Callable[[Prediction, Snapshot], None]
"""Told of each logged prediction, with the catalogue that gives names to its ids."""


def utc_now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


async def build(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    registry: Registry | None = None,
    observe: Observe | None = None,
) -> Services:
    """Open the database (migrating it under a lock), load the algorithms, join and start the services.

    The caller stops them with `await services.stop()`. Without `registry` the algorithms are discovered.
    Raises the ArbiterError that names what is missing; then nothing stays open.
    """
    if registry is None:
        registry = await asyncio.to_thread(discover, settings.artifacts, entry_points=settings.plugins)
    database = await Database.open(
        settings.database_url,
        readers=settings.readers,
        read_timeout=settings.read_timeout,
        durability=settings.durability,
    )
    try:
        services = join(settings, database, registry, clock, observe)
        await services.start()
    except BaseException:
        await database.close()
        raise
    return services


def join(
    settings: Settings,
    database: Database,
    registry: Registry,
    clock: Callable[[], datetime],
    observe: Observe | None,
) -> Services:
    """The services over an open database; not started."""
    bounds = Bounds(queue_rows=settings.max_queued_rows, deadline=settings.deadline)
    catalog = Catalog(database, registry, clock, bounds=bounds)
    ids = IdClock(database, clock)
    log = RequestLog(database, ids, clock, queue_rows=settings.max_queued_log_rows)
    seen = None if observe is None else lambda prediction: observe(prediction, catalog.snapshot)
    completer = Completer(database, catalog)
    experiments = Experiments(database, catalog, clock)
    decider = Decider(experiments, catalog)
    return Services(
        database=database,
        catalog=catalog,
        predictor=Predictor(database, catalog, log, completer, clock, observe=seen),
        feedback=Feedback(database, catalog, ids, clock, touched=decider.touched),
        statuses=Statuses(database, catalog, clock),
        experiments=experiments,
        keys=ApiKeys(database, catalog, clock),
        log=log,
        completer=completer,
        decider=decider,
        summaries=Summaries(database, catalog),
        clock=clock,
    )


@asynccontextmanager
async def running(settings: Settings, registry: Registry | None = None) -> AsyncIterator[Services]:
    """Services that are stopped at the end of the block: for the command line."""
    services = await build(settings, registry=registry)
    try:
        yield services
    finally:
        await services.stop()
