"""API keys: made, listed and revoked here; only their digests are stored."""

from __future__ import annotations

import hashlib
import secrets

from domain.callers import ApiKey, Principal, Scope, is_reserved
from domain.errors import InvalidInput
from orm.connection.database import Database
from orm.queries.catalog import api_keys
from serving.catalog.catalog import Catalog
from serving.ports import Clock

PREFIX = "arb_"
PREFIX_LENGTH = len(PREFIX) + 6
MAX_NAME = 128


class ApiKeys:
    """Keys with scopes. A revoked key stops working in every process within half a second."""

    def __init__(self, database: Database, catalog: Catalog, clock: Clock) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock

    async def create(self, name: str, scopes: frozenset[Scope]) -> tuple[ApiKey, str]:
        """A new key and its secret, which is never to be seen again.

        Raises Conflict when the name is taken, InvalidInput when it is empty, too long or reserved, or when no
        scope is given.
        """
        if not 0 < len(name) <= MAX_NAME or not name.isprintable():
            raise InvalidInput(f"name must have 1 to {MAX_NAME} printable characters.", path=("name",))
        if is_reserved(name):
            raise InvalidInput(
                "name must not be `anonymous` nor begin with `jwt:`, which other callers are called.",
                path=("name",),
            )
        if not scopes:
            raise InvalidInput(f"scopes must name at least one of: {', '.join(Scope)}.", path=("scopes",))
        secret = PREFIX + secrets.token_urlsafe(32)
        async with self._catalog.changing() as tx:
            key = await api_keys.add_api_key(
                tx,
                name=name,
                prefix=secret[:PREFIX_LENGTH],
                digest=digest_of(secret),
                scopes=scopes,
                created_at=self._clock(),
            )
        return key, secret

    async def list(self) -> list[ApiKey]:
        """All keys, revoked ones too, by id."""
        async with self._database.own_reader() as reader:
            return await api_keys.all_api_keys(reader)

    async def revoke(self, name: str) -> ApiKey:
        """Make a key useless for ever. Raises ApiKeyNotFound; revoking twice changes nothing."""
        async with self._catalog.changing() as tx:
            return await api_keys.revoke_api_key(tx, name, self._clock())

    def principal_of(self, secret: str) -> Principal | None:
        """Who a secret belongs to, or None when it is unknown or revoked; no I/O."""
        return self._catalog.snapshot.principals.get(digest_of(secret))


def digest_of(secret: str) -> str:
    """The sha256 of a secret, in hex; secrets have 256 random bits, so that a plain digest suffices."""
    return hashlib.sha256(secret.encode()).hexdigest()
