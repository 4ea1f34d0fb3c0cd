"""Jobs: made with all their units, read with how far they are, and ended once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.errors import JobConflict, JobNotFound
from domain.jobs import ACTIVE, Job, JobKind, JobState, Planned, UnitState
from domain.words import JSONValue
from orm.connection.client import INT32, Client, Reader, Row, Tx, is_id, is_postgres
from orm.connection.statement import (
    Statement,
    Write,
    conjunction,
    keyset,
    moment,
    moment_or_none,
    ordering,
    write_rows,
)

COUNTS = (
    "(SELECT count(*) FROM job_unit u WHERE u.job_id = j.id AND u.state = 'done') AS units_done, "
    "(SELECT count(*) FROM job_unit u WHERE u.job_id = j.id AND u.state = 'failed') AS units_failed, "
    "(SELECT coalesce(sum(u.done), 0) FROM job_unit u WHERE u.job_id = j.id) AS rows_done"
)
LIGHT = (
    *("id", "kind", "state", "parameters", "identity", "release", "units", "rows"),
    *("created_by", "created_at", "started_at", "finished_at", "error"),
)
"""All columns but the result."""
SELECT = f"SELECT {', '.join(f'j.{name}' for name in LIGHT)}, {COUNTS}"


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that is to be made."""

    kind: JobKind
    planned: Planned
    release: str
    created_by: str
    created_at: datetime


async def add_job(tx: Tx, new: NewJob) -> int:
    """Makes a job with all its units; its id. Raises JobConflict when another one holds its slot."""
    planned = new.planned
    await require_slot(tx, planned.slot, None)
    statement = Statement(tx)
    values = (
        new.kind.value,
        JobState.WAITING.value,
        planned.slot,
        text_of(planned.parameters),
        text_of(planned.identity),
        new.release,
        len(planned.units),
        sum(unit.rows for unit in planned.units),
        new.created_by,
        new.created_at,
    )
    job_id = await statement.value(
        "INSERT INTO job (kind, state, slot, parameters, identity, release, units, rows, created_by, created_at) "
        f"VALUES ({', '.join(statement.bind(value) for value in values)}) RETURNING id"
    )
    await add_units(tx, job_id, planned)
    return int(job_id)


async def add_units(tx: Tx, job_id: int, planned: Planned) -> None:
    """Writes the units of a job, all of them waiting."""
    rows: list[list[object]] = [
        [job_id, number, unit.lo, unit.hi, unit.rows] for number, unit in enumerate(planned.units, start=1)
    ]
    names = "job_id, number, lo, hi, rows, done, state, attempts"
    await write_rows(
        tx,
        Write(
            rows,
            sqlite=f"INSERT INTO job_unit ({names}) VALUES (?, ?, ?, ?, ?, 0, 'waiting', 0)",
            postgres=f"INSERT INTO job_unit ({names}) SELECT u.*, 0, 'waiting', 0 FROM "
            "unnest($1::int[], $2::int[], $3::bigint[], $4::bigint[], $5::bigint[]) AS u",
        ),
    )


async def require_slot(tx: Tx, slot: str | None, job_id: int | None) -> None:
    """Raises JobConflict when a job other than this one holds the slot."""
    if slot is None:
        return
    if is_postgres(tx):  # Two that look at once would both find it free.
        await tx.execute_query("LOCK TABLE job IN SHARE ROW EXCLUSIVE MODE")
    statement = Statement(tx)
    rows = await statement.rows(f"SELECT id, kind FROM job WHERE slot = {statement.bind(slot)}")
    if rows and rows[0]["id"] != job_id:
        raise JobConflict(
            f"Job {rows[0]['id']} ({rows[0]['kind']}) does this already; wait for it, or cancel it: "
            f"`arbiter jobs cancel {rows[0]['id']}`.",
            path=("job",),
        )


async def job_of_id(client: Client, job_id: int) -> Job:
    """The job of this id, with its result. Raises JobNotFound."""
    statement = Statement(client)
    known = statement.among("j.id", [job_id], largest=INT32)
    rows = await statement.rows(f"{SELECT}, j.result FROM job j WHERE {known}")
    if not rows:
        raise JobNotFound(f"There is no job with id {job_id}.", path=("job",))
    return _job(rows[0])


async def jobs_of_ids(client: Client, job_ids: list[int]) -> list[Job]:
    """The jobs of these ids that there are, without their results."""
    statement = Statement(client)
    rows = await statement.rows(
        f"{SELECT} FROM job j WHERE {statement.among('j.id', job_ids, largest=INT32)} ORDER BY j.id"
    )
    return [_job(row) for row in rows]


async def results_of_jobs(reader: Reader, job_ids: list[int]) -> dict[int, str]:
    """What came of these jobs, as JSON text; those that are not done are not in it. In one statement."""
    statement = Statement(reader)
    rows = await statement.rows(
        f"SELECT id, result FROM job WHERE {statement.among('id', job_ids, largest=INT32)} "
        "AND result IS NOT NULL"
    )
    return {row["id"]: row["result"] for row in rows}


async def locked_job(tx: Tx, job_id: int) -> Job:
    """The same, so that nobody else changes it until `tx` ends. Raises JobNotFound."""
    statement = Statement(tx)
    if statement.postgres and is_id(job_id):
        await statement.rows(f"SELECT id FROM job WHERE id = {statement.bind(job_id)} FOR UPDATE")
    return await job_of_id(tx, job_id)


async def page_jobs(
    reader: Reader,
    *,
    limit: int,
    states: Iterable[JobState] | None = None,
    after: int | None = None,
    before: int | None = None,
    backward: bool = False,
) -> list[Job]:
    """Up to `limit` jobs between two ids, both excluded, newest first; without their results.

    `backward` takes those next to `before` instead of those next to `after`; the order stays.
    """
    statement = Statement(reader)
    conditions = [statement.among("j.state", [state.value for state in states])] if states is not None else []
    conditions += keyset(statement, "j.id", descending=True, after=after, before=before)
    rows = await statement.rows(
        f"{SELECT} FROM job j {conjunction(conditions)} {ordering('j.id', descending=True, backward=backward)} "
        f"LIMIT {statement.bind(limit)}"
    )
    found = [_job(row) for row in rows]
    return found[::-1] if backward else found


async def count_jobs(reader: Reader, states: Iterable[JobState] | None = None) -> int:
    """How many jobs there are, in these states or at all."""
    statement = Statement(reader)
    conditions = [statement.among("state", [state.value for state in states])] if states is not None else []
    return int(await statement.value(f"SELECT count(*) AS n FROM job {conjunction(conditions)}"))


async def active_jobs(reader: Reader) -> list[Job]:
    """Those that wait or run, oldest first."""
    statement = Statement(reader)
    states = statement.among("j.state", [state.value for state in ACTIVE])
    return [
        _job(row)
        for row in await statement.rows(f"{SELECT} FROM job j WHERE {states} ORDER BY j.id LIMIT 1000")
    ]


async def end_job(
    tx: Tx,
    job_id: int,
    state: JobState,
    *,
    now: datetime,
    result: str | None = None,
    error: str | None = None,
) -> bool:
    """Ends a job that waits or runs; False where it has ended. What its units held of a job that is done is dropped."""
    statement = Statement(tx)
    changed = await statement.run(
        f"UPDATE job SET state = {statement.bind(state.value)}, slot = NULL, "
        f"finished_at = {statement.bind(now)}, result = {statement.bind(result)}, error = {statement.bind(error)} "
        f"WHERE id = {statement.bind(job_id)} AND {statement.among('state', [one.value for one in ACTIVE])}"
    )
    if changed and state is JobState.DONE:
        statement = Statement(tx)
        await statement.run(f"UPDATE job_unit SET result = NULL WHERE job_id = {statement.bind(job_id)}")
    return changed == 1


async def resume_job(tx: Tx, job_id: int, planned: Planned | None, *, release: str, slot: str | None) -> None:
    """Has a job that has ended wait for workers again: with what failed alone, or planned anew.

    The job must be locked. Raises JobConflict when another one holds its slot.
    """
    await require_slot(tx, slot, job_id)
    if planned is not None:
        statement = Statement(tx)
        await statement.run(f"DELETE FROM job_unit WHERE job_id = {statement.bind(job_id)}")
        await add_units(tx, job_id, planned)
    else:
        statement = Statement(tx)
        await statement.run(
            "UPDATE job_unit SET state = 'waiting', attempts = 0, done = 0, token = NULL, error = NULL "
            f"WHERE job_id = {statement.bind(job_id)} AND state <> {statement.bind(UnitState.DONE.value)}"
        )
    statement = Statement(tx)
    changes: dict[str, object] = {
        "state": JobState.WAITING.value,
        "slot": slot,
        "release": release,
        "error": None,
        "finished_at": None,
    }
    if planned is not None:
        changes |= {
            "parameters": text_of(planned.parameters),
            "identity": text_of(planned.identity),
            "units": len(planned.units),
            "rows": sum(unit.rows for unit in planned.units),
        }
    sets = ", ".join(f"{name} = {statement.bind(value)}" for name, value in changes.items())
    await statement.run(f"UPDATE job SET {sets} WHERE id = {statement.bind(job_id)}")


def text_of(value: Mapping[str, JSONValue]) -> str:
    """JSON text of one spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _job(row: Row) -> Job:
    return Job(
        id=row["id"],
        kind=JobKind(row["kind"]),
        state=JobState(row["state"]),
        parameters=json.loads(row["parameters"]),
        identity=json.loads(row["identity"]),
        release=row["release"],
        units=row["units"],
        rows=row["rows"],
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        started_at=moment_or_none(row["started_at"]),
        finished_at=moment_or_none(row["finished_at"]),
        result=row.get("result"),
        error=row["error"],
        units_done=row["units_done"],
        units_failed=row["units_failed"],
        rows_done=int(row["rows_done"]),
    )
