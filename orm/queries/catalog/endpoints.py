"""Endpoints: few, read whole; only what is said of them changes after they are added."""

from __future__ import annotations

from datetime import datetime

from domain.catalog.entries import Endpoint
from orm import models
from orm.connection.client import Reader, Tx, is_id

COLUMNS = ("id", "name", "owner", "description", "created_at")


async def all_endpoints(reader: Reader) -> list[Endpoint]:
    """Every endpoint, in id order."""
    return [
        Endpoint(**row)
        for row in await models.Endpoint.all().using_db(reader).order_by("id").values(*COLUMNS)
    ]


async def endpoint(reader: Reader, endpoint_id: int) -> Endpoint | None:
    """The endpoint of that id, or None."""
    if not is_id(endpoint_id):
        return None
    rows = await models.Endpoint.filter(id=endpoint_id).using_db(reader).values(*COLUMNS)
    return Endpoint(**rows[0]) if rows else None


async def add_endpoint(tx: Tx, name: str, owner: str, description: str, created_at: datetime) -> Endpoint:
    """Adds an endpoint; the name must be new."""
    row = await models.Endpoint.create(
        name=name, owner=owner, description=description, created_at=created_at, using_db=tx
    )
    return Endpoint(id=row.id, name=name, owner=owner, description=description, created_at=created_at)


async def describe_endpoint(tx: Tx, endpoint_id: int, *, owner: str, description: str) -> None:
    """Changes what is said of an endpoint."""
    await models.Endpoint.filter(id=endpoint_id).using_db(tx).update(owner=owner, description=description)
