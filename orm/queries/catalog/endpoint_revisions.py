"""The declarations of endpoints that were taken: appended, and never changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.catalog.entries import EndpointRevision
from orm import models
from orm.connection.client import INT32, Client, Reader, Row, Tx
from orm.connection.statement import Statement, moment

SELECT = "SELECT id, endpoint_id, number, digest, declaration, breaking, created_at FROM endpoint_revision r"
NEWEST = "number = (SELECT max(number) FROM endpoint_revision o WHERE o.endpoint_id = r.endpoint_id)"


async def newest_revisions(client: Client) -> dict[int, EndpointRevision]:
    """The declaration of each endpoint that holds, by the endpoint's id, in one statement."""
    rows = await Statement(client).rows(f"{SELECT} WHERE {NEWEST} ORDER BY endpoint_id")
    return {row["endpoint_id"]: _revision(row) for row in rows}


async def revisions_of(reader: Reader, endpoint_ids: Iterable[int], *, most: int) -> list[EndpointRevision]:
    """The last declarations of these endpoints, up to `most` of each, newest first."""
    statement = Statement(reader)
    among = statement.among("endpoint_id", endpoint_ids, largest=INT32)
    newest = "(SELECT max(number) FROM endpoint_revision o WHERE o.endpoint_id = r.endpoint_id)"
    where = f"{among} AND number > {newest} - {statement.bind(most)}"
    return [_revision(row) for row in await statement.rows(f"{SELECT} WHERE {where} ORDER BY id DESC")]


async def add_revision(
    tx: Tx,
    endpoint_id: int,
    *,
    number: int,
    digest: str,
    declaration: str,
    breaking: str | None,
    now: datetime,
) -> None:
    """Appends a declaration; the number must be new in the endpoint."""
    await models.EndpointRevision.create(
        endpoint_id=endpoint_id,
        number=number,
        digest=digest,
        declaration=declaration,
        breaking=breaking,
        created_at=now,
        using_db=tx,
    )


def _revision(row: Row) -> EndpointRevision:
    return EndpointRevision(
        id=row["id"],
        endpoint_id=row["endpoint_id"],
        number=row["number"],
        digest=row["digest"],
        declaration=row["declaration"],
        breaking=row["breaking"],
        created_at=moment(row["created_at"]),
    )
