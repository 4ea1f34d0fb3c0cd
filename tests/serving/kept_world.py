"""Services whose time a test sets, and whose retention runs only when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from orm.connection.database import Database
from registry.discovery import Registry
from serving.retention.retention import Retentions
from serving.services import Services
from tests.serving.world import services_on

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Time:
    """A clock that a test sets; it never goes by itself."""

    def __init__(self) -> None:
        self.now = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def forward(self, days: float) -> None:
        self.now += days * DAY


async def at_once(_seconds: float) -> None:
    await asyncio.sleep(0)


async def opened(database_url: str, registry: Registry, dice: Callable[[], float], time: Time) -> Services:
    """Services that remove three requests at a time, without pauses."""
    made = services_on(await Database.open(database_url), registry, dice, clock=time)
    retentions = Retentions(made.database, made.catalog, made.ab_tests, time, at_once=3, sleep=at_once)
    services = replace(made, retentions=retentions)
    await services.start()
    # What the tests do by hand must not be done behind them as well.
    await retentions.close()
    return services
