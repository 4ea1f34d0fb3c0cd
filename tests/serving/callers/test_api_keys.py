from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from domain.callers import Principal, Scope
from domain.errors import ApiKeyNotFound, Conflict, InvalidInput
from orm.connection.database import Database
from serving.services import Services
from tests.serving.world import Dice, now, services_on, small_registry

READER = frozenset({Scope.READ})


class Clock:
    """Says the time that it is set to."""

    def __init__(self) -> None:
        self.now = now()

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def at_noon(database_url: str) -> AsyncIterator[tuple[Services, Clock]]:
    """Services whose clock the test sets."""
    clock = Clock()
    services = services_on(await Database.open(database_url), small_registry(), Dice(), clock=clock)
    await services.start()
    yield services, clock
    await services.stop()


async def test_key_is_its_principal_until_it_is_revoked(services: Services) -> None:
    key, secret = await services.keys.create("analyst", READER)
    assert services.keys.principal_of(secret) == Principal("analyst", READER)
    assert secret.startswith(key.prefix)
    revoked = await services.keys.revoke("analyst")
    assert revoked.revoked_at is not None
    assert services.keys.principal_of(secret) is None
    assert await services.keys.list() == [revoked]


async def test_only_the_digest_is_stored(services: Services) -> None:
    _, secret = await services.keys.create("analyst", READER)
    async with services.database.reader() as reader:
        (stored,) = await reader.execute_query_dict("SELECT * FROM api_key")
    assert secret not in str(stored)


async def test_bad_keys_are_refused(services: Services) -> None:
    await services.keys.create("analyst", READER)
    with pytest.raises(Conflict, match="analyst"):
        await services.keys.create("analyst", READER)
    with pytest.raises(InvalidInput, match="scopes"):
        await services.keys.create("other", frozenset())
    with pytest.raises(InvalidInput, match="name"):
        await services.keys.create("", READER)
    with pytest.raises(ApiKeyNotFound, match="nobody"):
        await services.keys.revoke("nobody")
    assert services.keys.principal_of("arb_guess") is None
    assert len(await services.keys.list()) == 1


async def test_words_that_are_no_rights_are_refused_by_name(services: Services) -> None:
    for word in (
        "predicts",
        "predict:",
        "read:income_classifier",
        "predict:no such",
        "admin:income_classifier",
    ):
        with pytest.raises(InvalidInput, match=r"is no scope: give read, .* or `predict:ENDPOINT`"):
            await services.keys.create("front-end", ["read", word])
    assert await services.keys.list() == []


async def test_a_key_for_one_endpoint_is_a_principal_for_that_alone(services: Services) -> None:
    _, secret = await services.keys.create("front-end", ["predict:income_classifier", "feedback"])
    principal = services.keys.principal_of(secret)
    assert principal is not None
    assert [principal.may_on(Scope.PREDICT, name) for name in ("income_classifier", "premium_insurance")] == [
        True,
        False,
    ]
    assert principal.may_on(Scope.FEEDBACK, "premium_insurance")
    assert not principal.may(Scope.READ)


async def test_both_secrets_count_until_the_former_one_ends(
    at_noon: tuple[Services, Clock],
) -> None:
    services, clock = at_noon
    _, former = await services.keys.create("front-end", READER)
    key, present = await services.keys.rotate("front-end", timedelta(days=2))
    assert key.former_until == clock() + timedelta(days=2)
    assert present.startswith(key.prefix)
    assert [services.keys.principal_of(one) for one in (former, present)] == [
        Principal("front-end", READER)
    ] * 2
    clock.now += timedelta(days=2)
    assert services.keys.principal_of(former) is None
    assert services.keys.principal_of(present) == Principal("front-end", READER)


async def test_a_former_secret_can_be_ended_and_goes_with_its_key(services: Services) -> None:
    _, first = await services.keys.create("front-end", READER)
    _, second = await services.keys.rotate("front-end")
    await services.keys.retire("front-end")
    assert services.keys.principal_of(first) is None
    _, third = await services.keys.rotate("front-end")
    assert services.keys.principal_of(second) == services.keys.principal_of(third) is not None
    await services.keys.revoke("front-end")
    assert services.keys.principal_of(second) is services.keys.principal_of(third) is None
    with pytest.raises(InvalidInput, match="0 to 90 days"):
        await services.keys.rotate("front-end", timedelta(days=91))


async def test_the_last_use_is_written_down_and_unknown_secrets_are_none(
    at_noon: tuple[Services, Clock],
) -> None:
    services, clock = at_noon
    _, secret = await services.keys.create("front-end", READER)
    assert [key.last_used_at for key in await services.keys.list()] == [None]
    services.keys.principal_of(secret)
    services.keys.principal_of("arb_guess")
    noon = clock.now
    clock.now += timedelta(hours=1)
    await services.keys.uses.write()
    assert [key.last_used_at for key in await services.keys.list()] == [noon]
