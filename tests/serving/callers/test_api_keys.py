from __future__ import annotations

import pytest

from domain.callers import Principal, Scope
from domain.errors import ApiKeyNotFound, Conflict, InvalidInput
from serving.services import Services

READER = frozenset({Scope.READ})


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
