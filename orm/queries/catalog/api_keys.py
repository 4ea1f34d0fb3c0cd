"""API keys: digests only, never the secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q

from domain.callers import ApiKey, Scope, grants_of, words_of
from domain.errors import ApiKeyNotFound, Conflict
from orm import models
from orm.connection.client import Client, Row, Tx

COLUMNS = (
    "id",
    "name",
    "prefix",
    "scopes",
    "confined_scopes",
    "created_at",
    "revoked_at",
    "last_used_at",
    "former_until",
)


async def add_api_key(
    tx: Tx,
    *,
    name: str,
    prefix: str,
    digest: str,
    scopes: Iterable[Scope],
    confined: Mapping[Scope, frozenset[str]] = MappingProxyType({}),
    created_at: datetime,
) -> ApiKey:
    """Adds a key. Raises Conflict when the name is taken, also by a revoked key; then the transaction must end."""
    held = frozenset(scopes)
    whole = held - confined.keys()
    try:
        row = await models.ApiKey.create(
            name=name,
            prefix=prefix,
            digest=digest,
            scopes=" ".join(words_of(whole, {})),
            confined_scopes=" ".join(words_of(confined, confined)) or None,
            created_at=created_at,
            using_db=tx,
        )
    except IntegrityError as error:
        raise Conflict(f"There is an API key named '{name}' already; choose another name.") from error
    return ApiKey(
        id=row.id,
        name=name,
        prefix=prefix,
        scopes=held,
        confined=confined,
        created_at=created_at,
        revoked_at=None,
    )


async def all_api_keys(client: Client) -> list[ApiKey]:
    """Every key, revoked ones too, in id order."""
    return [_key(row) for row in await models.ApiKey.all().using_db(client).order_by("id").values(*COLUMNS)]


async def live_api_keys(client: Client) -> tuple[dict[str, ApiKey], dict[str, ApiKey]]:
    """The keys that are not revoked, by the digest of their secret, and by that of a former secret."""
    present, former = {}, {}
    for row in (
        await models.ApiKey.filter(revoked_at=None)
        .using_db(client)
        .values("digest", "former_digest", *COLUMNS)
    ):
        key = present[row["digest"]] = _key(row)
        if row["former_digest"] is not None:
            former[row["former_digest"]] = key
    return present, former


async def rotate_api_key(
    tx: Tx, name: str, *, prefix: str, digest: str, now: datetime, former_until: datetime
) -> ApiKey:
    """Gives the key a new secret; the present one counts until `former_until`.

    Raises ApiKeyNotFound, and Conflict for a key that is revoked or whose former secret still counts.
    """
    found = await models.ApiKey.filter(name=name).using_db(tx).select_for_update().values("digest", *COLUMNS)
    if not found:
        raise ApiKeyNotFound(f"There is no API key named '{name}'.")
    key = _key(found[0])
    if key.revoked_at is not None:
        raise Conflict(f"The API key '{name}' is revoked: create another one.")
    if key.former_until is not None and now < key.former_until:
        raise Conflict(
            f"The API key '{name}' was rotated before, and its former secret counts until "
            f"{key.former_until.isoformat(timespec='seconds')}: end it with `arbiter keys retire {name}` first."
        )
    await (
        models.ApiKey.filter(name=name)
        .using_db(tx)
        .update(prefix=prefix, digest=digest, former_digest=found[0]["digest"], former_until=former_until)
    )
    return replace(key, prefix=prefix, former_until=former_until)


async def retire_former_secret(tx: Tx, name: str, now: datetime) -> ApiKey:
    """Ends the secret before the present one; where it has ended, its time stays. Raises ApiKeyNotFound."""
    await models.ApiKey.filter(name=name, former_until__gt=now).using_db(tx).update(former_until=now)
    return await _named(tx, name)


async def note_uses(tx: Tx, used: Mapping[str, datetime]) -> None:
    """Writes down when the keys of these names were last used, unless another process knows of a later use."""
    for name, moment in used.items():
        await (
            models.ApiKey.filter(Q(last_used_at=None) | Q(last_used_at__lt=moment), name=name)
            .using_db(tx)
            .update(last_used_at=moment)
        )


async def revoke_api_key(tx: Tx, name: str, now: datetime) -> ApiKey:
    """Ends the key of that name; one that is revoked already keeps its time. Raises ApiKeyNotFound."""
    await models.ApiKey.filter(name=name, revoked_at=None).using_db(tx).update(revoked_at=now)
    return await _named(tx, name)


async def _named(tx: Tx, name: str) -> ApiKey:
    rows = await models.ApiKey.filter(name=name).using_db(tx).values(*COLUMNS)
    if not rows:
        raise ApiKeyNotFound(f"There is no API key named '{name}'.")
    return _key(rows[0])


def _key(row: Row) -> ApiKey:
    words = [*row["scopes"].split(), *(row["confined_scopes"] or "").split()]
    scopes, confined = grants_of(words)
    return ApiKey(
        id=row["id"],
        name=row["name"],
        prefix=row["prefix"],
        scopes=scopes,
        confined=confined,
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
        former_until=row["former_until"],
    )
