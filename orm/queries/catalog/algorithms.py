"""Algorithms, each with its active status; their source text is read only when asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.catalog.entries import Algorithm
from domain.words import Kind, Status
from orm.connection.client import INT32, Client, Reader, Row, Tx
from orm.connection.statement import Statement, moment
from orm.models import MLAlgorithm, MLAlgorithmCode

SELECT = """
SELECT a.id, a.endpoint_id, a.name, a.model_type, a.version, a.description, a.owner, a.created_at, s.status,
       a.digest, a.withdrawn_at, a.withdrawn_reason
FROM ml_algorithm a LEFT JOIN ml_algorithm_status s ON s.active_slot = a.id
"""


async def all_algorithms(reader: Reader) -> list[Algorithm]:
    """Every algorithm with its status, in id order, in one statement."""
    return await _algorithms(reader, None)


async def algorithms_by_ids(client: Client, ids: Iterable[int]) -> dict[int, Algorithm]:
    """The algorithms of those ids that exist, by id, with their statuses."""
    return {algorithm.id: algorithm for algorithm in await _algorithms(client, ids)}


async def _algorithms(client: Client, ids: Iterable[int] | None) -> list[Algorithm]:
    statement = Statement(client)
    where = "" if ids is None else f"WHERE {statement.among('a.id', ids, largest=INT32)}"
    return [_algorithm(row) for row in await statement.rows(f"{SELECT} {where} ORDER BY a.id")]


def _algorithm(row: Row) -> Algorithm:
    return Algorithm(
        id=row["id"],
        endpoint_id=row["endpoint_id"],
        name=row["name"],
        kind=Kind(row["model_type"]),
        version=row["version"],
        description=row["description"],
        owner=row["owner"],
        created_at=moment(row["created_at"]),
        status=None if row["status"] is None else Status(row["status"]),
        digest=row["digest"],
        withdrawn_at=None if row["withdrawn_at"] is None else moment(row["withdrawn_at"]),
        withdrawn_reason=row["withdrawn_reason"],
    )


async def code_of(reader: Reader, ids: Iterable[int]) -> dict[int, str]:
    """The source texts of those algorithms, by id."""
    statement = Statement(reader)
    rows = await statement.rows(
        "SELECT algorithm_id, code FROM ml_algorithm_code "
        f"WHERE {statement.among('algorithm_id', ids, largest=INT32)}"
    )
    return {row["algorithm_id"]: row["code"] for row in rows}


async def add_algorithm(
    tx: Tx,
    *,
    endpoint_id: int,
    name: str,
    kind: Kind,
    version: str,
    description: str,
    owner: str,
    code: str,
    created_at: datetime,
    digest: str | None = None,
) -> Algorithm:
    """Adds an algorithm without a status, and its source text; name and version must be new in the endpoint."""
    row = await MLAlgorithm.create(
        endpoint_id=endpoint_id,
        name=name,
        model_type=kind.value,
        version=version,
        description=description,
        owner=owner,
        created_at=created_at,
        digest=digest,
        using_db=tx,
    )
    await MLAlgorithmCode.create(algorithm_id=row.id, code=code, using_db=tx)
    return Algorithm(
        id=row.id,
        endpoint_id=endpoint_id,
        name=name,
        kind=kind,
        version=version,
        description=description,
        owner=owner,
        created_at=created_at,
        status=None,
        digest=digest,
    )


async def describe_algorithm(
    tx: Tx, algorithm_id: int, *, owner: str, description: str, digest: str | None
) -> None:
    """Changes what is said of an algorithm, and the digest of the manifest that says it."""
    await (
        MLAlgorithm.filter(id=algorithm_id)
        .using_db(tx)
        .update(owner=owner, description=description, digest=digest)
    )


async def withdraw_algorithm(tx: Tx, algorithm_id: int, reason: str | None, now: datetime) -> None:
    """Notes that an algorithm is withdrawn; one that is already keeps its time and reason."""
    await (
        MLAlgorithm.filter(id=algorithm_id, withdrawn_at=None)
        .using_db(tx)
        .update(withdrawn_at=now, withdrawn_reason=reason)
    )
