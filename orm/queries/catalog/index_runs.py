"""Indexing of what is stored: how far an endpoint's requests were gone through, and what some of them hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from orm.connection.client import Client, Row, Tx
from orm.connection.statement import Statement, Write, arrays_of, moment_or_none, write_rows

CONFIDENCE = ""
"""What stands for the confidence in the place of a feature: no feature has such a name."""


@dataclass(frozen=True, slots=True)
class IndexRun:
    """How far the requests of an endpoint were gone through, newest first.

    Those from `position` on are: `requests` of the `total` there were at its beginning. `indexed` of them got an entry,
    and `refused` hold what the feature does not take today.
    """

    endpoint_id: int
    feature: str
    position: int
    total: int
    requests: int
    indexed: int
    refused: int
    finished_at: datetime | None

    @property
    def finished(self) -> bool:
        """Whether nothing is left."""
        return self.finished_at is not None

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        return 1.0 if self.finished or not self.total else min(self.requests / self.total, 1.0)


@dataclass(frozen=True, slots=True)
class StoredRow:
    """What is looked at of a stored request to index it."""

    id: int
    text: str
    label: str | None
    fault: str | None


async def index_runs(client: Client) -> dict[tuple[int, str], IndexRun]:
    """All of them, by endpoint and feature: few."""
    rows = await Statement(client).rows("SELECT * FROM index_run")
    return {(row["endpoint_id"], row["feature"]): _run(row) for row in rows}


async def begin(tx: Tx, endpoint_id: int, feature: str, now: datetime) -> IndexRun:
    """Begins at the newest request; one that was interrupted goes on where it stopped."""
    found = await _locked(tx, endpoint_id, feature)
    if found is not None and not found.finished:
        return found
    statement = Statement(tx)
    ends = await statement.rows(
        "SELECT coalesce(max(id), 0) AS newest, count(*) AS total FROM ml_request "
        f"WHERE endpoint_id = {statement.bind(endpoint_id)}"
    )
    statement = Statement(tx)
    values = (endpoint_id, feature, ends[0]["newest"] + 1, ends[0]["total"], 0, 0, 0, now)
    rows = await statement.rows(
        "INSERT INTO index_run (endpoint_id, feature, position, total, requests, indexed, refused, started_at) "
        f"VALUES ({', '.join(statement.bind(value) for value in values)}) "
        "ON CONFLICT (endpoint_id, feature) DO UPDATE SET position = excluded.position, total = excluded.total, "
        "requests = 0, indexed = 0, refused = 0, started_at = excluded.started_at, finished_at = NULL RETURNING *"
    )
    return _run(rows[0])


async def next_rows(
    tx: Tx, endpoint_id: int, feature: str, limit: int
) -> tuple[IndexRun | None, list[StoredRow]]:
    """The run, locked, and the next of its requests; None where it is finished.

    The requests keep their inputs until `tx` ends: nobody forgets their subject meanwhile.
    """
    run = await _locked(tx, endpoint_id, feature)
    if run is None or run.finished:
        return None, []
    statement = Statement(tx)
    text = "full_response" if feature == CONFIDENCE else "input"
    next_ones = (
        f"ml_request WHERE endpoint_id = {statement.bind(endpoint_id)} "
        f"AND id < {statement.bind(run.position)} ORDER BY id DESC LIMIT {statement.bind(limit)}"
    )
    if statement.postgres:
        # Locked in id order, as everybody does: then two who want the same wait for each other instead of for ever.
        next_ones = f"ml_request WHERE id IN (SELECT id FROM {next_ones}) ORDER BY id FOR KEY SHARE"
    rows = await statement.rows(f"SELECT id, {text} AS text, label, fault FROM {next_ones}")
    rows = sorted(rows, key=itemgetter("id"), reverse=True)
    return run, [StoredRow(row["id"], row["text"], row["label"], row["fault"]) for row in rows]


async def have_entries(tx: Tx, feature: str, ids: Iterable[int]) -> frozenset[int]:
    """Those of the requests that are in the index of the feature already, or have their confidence."""
    statement = Statement(tx)
    if feature == CONFIDENCE:
        sql = f"SELECT id FROM ml_request WHERE confidence IS NOT NULL AND {statement.among('id', ids)}"
    else:
        of_it = f"feature = {statement.bind(feature)}"
        sql = f"SELECT request_id AS id FROM request_feature WHERE {of_it} AND {statement.among('request_id', ids)}"
    return frozenset(row["id"] for row in await statement.rows(sql))


async def add_features(tx: Tx, rows: Sequence[tuple[int, str, str | None, float | None]]) -> None:
    """Adds entries to the index of a feature: request, name, text and number of each."""
    insert = "INSERT INTO request_feature (request_id, feature, text, number)"
    await write_rows(
        tx,
        Write(
            [list(row) for row in rows],
            sqlite=f"{insert} VALUES (?, ?, ?, ?)",
            postgres=f"{insert} SELECT * FROM unnest({arrays_of(('bigint', 'text', 'text', 'float8'))})",
        ),
    )


async def set_confidences(tx: Tx, rows: Sequence[tuple[int, float]]) -> None:
    """Writes the confidence of requests, by their ids."""
    await write_rows(
        tx,
        Write(
            [[confidence, id_] for id_, confidence in rows],
            sqlite="UPDATE ml_request SET confidence = ? WHERE id = ?",
            postgres="UPDATE ml_request r SET confidence = u.confidence "
            "FROM unnest($1::float8[], $2::bigint[]) AS u (confidence, id) WHERE r.id = u.id",
        ),
    )


async def advance(
    tx: Tx, run: IndexRun, rows: Sequence[StoredRow], *, indexed: int, refused: int, finished: datetime | None
) -> IndexRun:
    """Writes down that these requests were gone through, and where nothing is left, when that was."""
    statement = Statement(tx)
    position = rows[-1].id if rows else run.position
    changed = await statement.rows(
        f"UPDATE index_run SET position = {statement.bind(position)}, "
        f"requests = requests + {statement.bind(len(rows))}, indexed = indexed + {statement.bind(indexed)}, "
        f"refused = refused + {statement.bind(refused)}, finished_at = {statement.bind(finished)} "
        f"WHERE endpoint_id = {statement.bind(run.endpoint_id)} AND feature = {statement.bind(run.feature)} "
        "RETURNING *"
    )
    return _run(changed[0])


async def _locked(tx: Tx, endpoint_id: int, feature: str) -> IndexRun | None:
    statement = Statement(tx)
    lock = "FOR UPDATE" if statement.postgres else ""
    rows = await statement.rows(
        f"SELECT * FROM index_run WHERE endpoint_id = {statement.bind(endpoint_id)} "
        f"AND feature = {statement.bind(feature)} {lock}"
    )
    return _run(rows[0]) if rows else None


def _run(row: Row) -> IndexRun:
    return IndexRun(
        row["endpoint_id"],
        row["feature"],
        row["position"],
        row["total"],
        row["requests"],
        row["indexed"],
        row["refused"],
        moment_or_none(row["finished_at"]),
    )
