"""A change of the catalogue that is committed is answered as done, whatever fails afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from domain.ab_tests.ab_test import ABTest
from domain.callers import Scope
from domain.words import ABTestState, Status, Traffic
from orm.connection import database as database_module
from orm.connection.database import Database
from serving.services import Services
from tests.serving.world import AT_TEN, AT_TWENTY, AT_ZERO, Dice, services_on, small_registry

PATIENCE = 10.0
READ = frozenset({Scope.READ})


@pytest.fixture
async def services(database_url: str, dice: Dice, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    """Services whose one reader a test may hold, so that nothing else can be read."""
    found = services_on(await Database.open(database_url, readers=1), small_registry(), dice)
    await found.catalog.start()
    monkeypatch.setattr(database_module, "WAIT_SECONDS", 0.2)
    yield found
    await found.stop()


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.01)


async def test_a_key_is_shown_and_works_soon_though_the_catalogue_could_not_be_read(
    services: Services,
) -> None:
    async with services.database.reader():
        key, secret = await services.keys.create("front-end", READ)
        assert key.name == "front-end"
    await eventually(lambda: services.keys.principal_of(secret) is not None)
    async with services.database.reader():
        assert (await services.keys.revoke("front-end")).revoked_at is not None
    await eventually(lambda: services.keys.principal_of(secret) is None)


async def test_a_status_is_set_though_the_catalogue_could_not_be_read(services: Services) -> None:
    async with services.database.reader():
        assert (await services.statuses.set(AT_TWENTY, "testing", "me")).status is Status.TESTING
    await eventually(lambda: services.catalog.snapshot.algorithms[AT_TWENTY].status is Status.TESTING)


async def test_a_test_is_begun_changed_and_ended_though_nothing_could_be_read(services: Services) -> None:
    tests = services.ab_tests
    ends: dict[str, Callable[[int], Awaitable[ABTest]]] = {
        "conclude": lambda id_: tests.conclude(id_, "me"),
        "stop_plainly": lambda id_: tests.stop_plainly(id_, "me"),
        "cancel": lambda id_: tests.cancel(id_, "me", "enough"),
    }
    states = {}
    async with services.database.reader():
        for name, end in ends.items():
            test = await tests.create(
                title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
            )
            assert (await tests.rename(test.id, title="u", created_by=None)).title == "u"
            assert (await tests.change_weights(test.id, 0.25, "me")).id == test.id
            states[name] = (await end(test.id)).state
    assert states == {
        "conclude": ABTestState.DECIDED,
        "stop_plainly": ABTestState.DECIDED,
        "cancel": ABTestState.CANCELLED,
    }


async def test_a_catalogue_that_cannot_be_read_for_another_reason_is_asked_until_it_can(
    services: Services,
) -> None:
    """Such as a kind of algorithm that only a newer release knows."""
    kind = services.catalog.snapshot.algorithms[AT_ZERO].kind
    async with services.database.transaction() as tx:
        await tx.execute_query(f"UPDATE ml_algorithm SET model_type = 'oracle' WHERE id = {AT_ZERO}")
    row = await services.statuses.set(AT_TWENTY, "testing", "me")
    assert row.status is Status.TESTING
    assert services.catalog.snapshot.algorithms[AT_TWENTY].status is None
    async with services.database.transaction() as tx:
        await tx.execute_query(f"UPDATE ml_algorithm SET model_type = '{kind}' WHERE id = {AT_ZERO}")
    await eventually(lambda: services.catalog.snapshot.algorithms[AT_TWENTY].status is Status.TESTING)
