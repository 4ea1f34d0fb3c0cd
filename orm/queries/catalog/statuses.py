"""The log of statuses: setting one makes its row the active one, exactly one per algorithm."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tortoise.expressions import F

from domain.catalog.entries import Algorithm, AlgorithmStatus
from domain.errors import AlgorithmNotFound, WithdrawnForGood
from domain.words import Status
from orm.connection.client import INT32, Client, Reader, Row, Tx, is_id
from orm.connection.statement import Statement, conjunction, keyset, moment, ordering
from orm.models import MLAlgorithm, MLAlgorithmStatus
from orm.queries.catalog.algorithms import algorithms_by_ids

SELECT = "SELECT id, algorithm_id, status, active_slot, created_by, created_at FROM ml_algorithm_status"


async def all_statuses(reader: Reader, algorithm_ids: Iterable[int] | None = None) -> list[AlgorithmStatus]:
    """The whole log, or that of some algorithms, oldest first."""
    statement = Statement(reader)
    return await _select(statement, _of(statement, algorithm_ids), "ORDER BY id")


async def page_statuses(
    reader: Reader,
    *,
    limit: int,
    algorithm_ids: Iterable[int] | None = None,
    after: int | None = None,
    before: int | None = None,
    backward: bool = False,
) -> list[AlgorithmStatus]:
    """Up to `limit` rows of the log, newest first, between two ids.

    `backward` takes the rows next to `before` instead of those next to `after`; the order stays.
    """
    statement = Statement(reader)
    conditions = [
        *_of(statement, algorithm_ids),
        *keyset(statement, "id", descending=True, after=after, before=before),
    ]
    tail = f"{ordering('id', descending=True, backward=backward)} LIMIT {statement.bind(limit)}"
    page = await _select(statement, conditions, tail)
    return page[::-1] if backward else page


async def count_statuses(reader: Reader, algorithm_ids: Iterable[int] | None = None) -> int:
    """How many rows the log, or that of some algorithms, has."""
    statement = Statement(reader)
    where = conjunction(_of(statement, algorithm_ids))
    return int(await statement.value(f"SELECT count(*) AS n FROM ml_algorithm_status {where}"))


async def status(client: Client, status_id: int) -> AlgorithmStatus | None:
    """The row of that id, or None."""
    return (await statuses_by_ids(client, [status_id])).get(status_id)


async def statuses_by_ids(client: Client, ids: Iterable[int]) -> dict[int, AlgorithmStatus]:
    """The rows of those ids that exist, by id, in one statement."""
    statement = Statement(client)
    return {
        entry.id: entry for entry in await _select(statement, [statement.among("id", ids, largest=INT32)], "")
    }


async def set_status(
    tx: Tx, algorithm_id: int, new: Status | None, created_by: str, now: datetime
) -> AlgorithmStatus | None:
    """Makes `new` the algorithm's status; None leaves it without one.

    The algorithm's row is changed first, so that callers who set one at the same time wait for each other:
    the last one wins, and exactly one row is active. Raises AlgorithmNotFound, and WithdrawnForGood where it is
    withdrawn.
    """
    if not is_id(algorithm_id) or not await _bump(tx, algorithm_id):
        raise AlgorithmNotFound(f"There is no algorithm with id {algorithm_id}.")
    if new is not None:
        await _require_offered(tx, algorithm_id)
    await MLAlgorithmStatus.filter(active_slot=algorithm_id).using_db(tx).update(active_slot=None)
    if new is None:
        return None
    row = await MLAlgorithmStatus.create(
        algorithm_id=algorithm_id,
        status=new.value,
        active_slot=algorithm_id,
        created_by=created_by,
        created_at=now,
        using_db=tx,
    )
    return AlgorithmStatus(
        id=row.id, algorithm_id=algorithm_id, status=new, active=True, created_by=created_by, created_at=now
    )


async def lock_algorithms(tx: Tx, ids: Iterable[int]) -> dict[int, Algorithm]:
    """The algorithms of `ids` with their statuses, which nobody else changes until `tx` ends.

    Locked in id order, so that two callers wait for each other instead of for ever. Raises AlgorithmNotFound.
    """
    wanted = sorted(set(ids))
    for algorithm_id in wanted:
        if not is_id(algorithm_id) or not await _bump(tx, algorithm_id):
            raise AlgorithmNotFound(f"There is no algorithm with id {algorithm_id}.", path=("algorithm",))
    return await algorithms_by_ids(tx, wanted)


async def _bump(tx: Tx, algorithm_id: int) -> bool:
    return await MLAlgorithm.filter(id=algorithm_id).using_db(tx).update(revision=F("revision") + 1) == 1


async def _require_offered(tx: Tx, algorithm_id: int) -> None:
    found = (await algorithms_by_ids(tx, [algorithm_id]))[algorithm_id]
    if found.withdrawn_at is not None:
        raise WithdrawnForGood(
            f"Algorithm {algorithm_id} ({found}) was withdrawn and gets no status any more: publish the model as "
            "another version.",
            path=("algorithm",),
        )


def _of(statement: Statement, algorithm_ids: Iterable[int] | None) -> list[str]:
    return [] if algorithm_ids is None else [statement.among("algorithm_id", algorithm_ids, largest=INT32)]


async def _select(statement: Statement, conditions: list[str], tail: str) -> list[AlgorithmStatus]:
    return [_status(row) for row in await statement.rows(f"{SELECT} {conjunction(conditions)} {tail}")]


def _status(row: Row) -> AlgorithmStatus:
    return AlgorithmStatus(
        id=row["id"],
        algorithm_id=row["algorithm_id"],
        status=Status(row["status"]),
        active=row["active_slot"] is not None,
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
    )
