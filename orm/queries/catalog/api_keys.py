"""API keys: digests only, never the secret."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tortoise.exceptions import IntegrityError

from domain.callers import ApiKey, Scope
from domain.errors import ApiKeyNotFound, Conflict
from orm import models
from orm.connection.client import Client, Row, Tx

COLUMNS = ("id", "name", "prefix", "scopes", "created_at", "revoked_at")


async def add_api_key(
    tx: Tx, *, name: str, prefix: str, digest: str, scopes: Iterable[Scope], created_at: datetime
) -> ApiKey:
    """Adds a key. Raises Conflict when the name is taken, also by a revoked key; then the transaction must end."""
    held = frozenset(scopes)
    try:
        row = await models.ApiKey.create(
            name=name,
            prefix=prefix,
            digest=digest,
            scopes=" ".join(sorted(scope.value for scope in held)),
            created_at=created_at,
            using_db=tx,
        )
    except IntegrityError as error:
        raise Conflict(f"There is an API key named '{name}' already; choose another name.") from error
    return ApiKey(id=row.id, name=name, prefix=prefix, scopes=held, created_at=created_at, revoked_at=None)


async def all_api_keys(client: Client) -> list[ApiKey]:
    """Every key, revoked ones too, in id order."""
    return [_key(row) for row in await models.ApiKey.all().using_db(client).order_by("id").values(*COLUMNS)]


async def live_api_keys(client: Client) -> dict[str, ApiKey]:
    """The keys that are not revoked, by digest."""
    return {
        row["digest"]: _key(row)
        for row in await models.ApiKey.filter(revoked_at=None).using_db(client).values("digest", *COLUMNS)
    }


async def revoke_api_key(tx: Tx, name: str, now: datetime) -> ApiKey:
    """Ends the key of that name; one that is revoked already keeps its time. Raises ApiKeyNotFound."""
    await models.ApiKey.filter(name=name, revoked_at=None).using_db(tx).update(revoked_at=now)
    rows = await models.ApiKey.filter(name=name).using_db(tx).values(*COLUMNS)
    if not rows:
        raise ApiKeyNotFound(f"There is no API key named '{name}'.")
    return _key(rows[0])


def _key(row: Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        prefix=row["prefix"],
        scopes=frozenset(Scope(word) for word in row["scopes"].split()),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
