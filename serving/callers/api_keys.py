"""API keys: made, listed and revoked here; only their digests are stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from domain.callers import CONFINABLE, ApiKey, Principal, Scope, grants_of, is_reserved
from domain.errors import InvalidInput
from orm.connection.database import Database
from orm.queries.catalog import api_keys
from registry.endpoints import ENDPOINT_NAME
from serving.callers.key_uses import KeyUses
from serving.catalog.catalog import Catalog
from serving.ports import Clock

PREFIX = "arb_"
PREFIX_LENGTH = len(PREFIX) + 6
MAX_NAME = 128
SCOPES = frozenset(scope.value for scope in Scope)
KEPT = timedelta(days=7)
"""How long the former secret of a key counts after a rotation, unless somebody says otherwise."""
LONGEST_KEPT = timedelta(days=90)


class ApiKeys:
    """Keys with scopes. A revoked key stops working in every process within half a second.

    `uses` writes down when each was last used.
    """

    def __init__(self, database: Database, catalog: Catalog, clock: Clock) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self.uses = KeyUses(database)

    async def create(
        self, name: str, grants: Iterable[str], *, secret: str | None = None
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which is never to be seen again; a `secret` of the operator's own is taken.

        `grants` are scopes, or scopes of one endpoint like `predict:income_classifier`. Raises Conflict when the name
        is taken, InvalidInput when it is empty, too long or reserved, or when no right is given, or one that is none.
        """
        scopes, confined = _rights(list(grants))
        if not 0 < len(name) <= MAX_NAME or not name.isprintable():
            raise InvalidInput(f"name must have 1 to {MAX_NAME} printable characters.", path=("name",))
        if is_reserved(name):
            raise InvalidInput(
                "name must not be `anonymous` nor begin with `jwt:`, which other callers are called.",
                path=("name",),
            )
        secret = secret or _new_secret()
        async with self._catalog.changing() as tx:
            key = await api_keys.add_api_key(
                tx,
                name=name,
                prefix=secret[:PREFIX_LENGTH],
                digest=digest_of(secret),
                scopes=scopes,
                confined=confined,
                created_at=self._clock(),
            )
        return key, secret

    async def rotate(self, name: str, former_for: timedelta = KEPT) -> tuple[ApiKey, str]:
        """A new secret for a key; the present one goes on for `former_for`, so that clients change when they can.

        Raises ApiKeyNotFound, Conflict for a key that is revoked or is being rotated already, and InvalidInput for a
        time that is negative or longer than 90 days.
        """
        if not timedelta() <= former_for <= LONGEST_KEPT:
            raise InvalidInput(
                f"the former secret may count for 0 to {LONGEST_KEPT.days} days more.", path=("keep",)
            )
        secret, now = _new_secret(), self._clock()
        async with self._catalog.changing() as tx:
            key = await api_keys.rotate_api_key(
                tx,
                name,
                prefix=secret[:PREFIX_LENGTH],
                digest=digest_of(secret),
                now=now,
                former_until=now + former_for,
            )
        return key, secret

    async def retire(self, name: str) -> ApiKey:
        """End the former secret of a key now. Raises ApiKeyNotFound; where it has none, nothing changes."""
        async with self._catalog.changing() as tx:
            return await api_keys.retire_former_secret(tx, name, self._clock())

    async def list(self) -> list[ApiKey]:
        """All keys, revoked ones too, by id."""
        async with self._database.own_reader() as reader:
            return await api_keys.all_api_keys(reader)

    async def revoke(self, name: str) -> ApiKey:
        """Make a key useless for ever. Raises ApiKeyNotFound; revoking twice changes nothing."""
        async with self._catalog.changing() as tx:
            return await api_keys.revoke_api_key(tx, name, self._clock())

    def principal_of(self, secret: str) -> Principal | None:
        """Who a secret belongs to, or None when it is unknown, revoked, or counts no more; no I/O.

        The use is noted, and written down by and by.
        """
        digest, snapshot = digest_of(secret), self._catalog.snapshot
        principal = snapshot.principals.get(digest)
        if principal is None:
            return None
        now = self._clock()
        if digest in snapshot.former_secrets and snapshot.former_secrets[digest] <= now:
            return None
        self.uses.note(principal.name, now)
        return principal


def _rights(grants: Sequence[str]) -> tuple[frozenset[Scope], Mapping[Scope, frozenset[str]]]:
    """What these words grant. Raises InvalidInput for none, and for a word that is no right."""
    if not grants:
        raise InvalidInput(f"scopes must name at least one of: {', '.join(Scope)}.", path=("scopes",))
    for word in grants:
        scope, _, endpoint = word.partition(":")
        if word not in SCOPES and not (scope in CONFINABLE and ENDPOINT_NAME.fullmatch(endpoint)):
            raise InvalidInput(
                f"{word[:80]!r} is no scope: give {', '.join(Scope)}, or "
                f"{' or '.join(f'`{one}:ENDPOINT`' for one in sorted(CONFINABLE))} with the name of an endpoint.",
                path=("scopes",),
            )
    return grants_of(grants)


def _new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """The sha256 of a secret, in hex; secrets have 256 random bits, so that a plain digest suffices."""
    return hashlib.sha256(secret.encode()).hexdigest()
