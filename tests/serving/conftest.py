from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from orm.connection.database import Database
from serving.services import Services
from tests.serving.world import Dice, services_on, small_registry


@pytest.fixture
def dice() -> Dice:
    return Dice()


@pytest.fixture
async def services(database_url: str, dice: Dice) -> AsyncIterator[Services]:
    """Running services on a fresh database, once for each kind of database."""
    database = await Database.open(database_url)
    found = services_on(database, small_registry(), dice)
    await found.start()
    yield found
    await found.stop()
