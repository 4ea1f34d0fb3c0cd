"""Units of jobs: claimed for a while with a token, and finished once, by whoever holds it.

Leases end by the clock of the PostgreSQL server, whatever the clocks of the workers say. On SQLite all workers are on
one machine and have one clock.
"""

from __future__ import annotations

from collections.abc import Iterable

from domain.jobs import ACTIVE, FailedUnit, Unit, UnitState
from orm.connection.client import Client, Reader, Row, Tx
from orm.connection.statement import Statement, conjunction, keyset, ordering

MOST_ATTEMPTS = 10
"""So often a unit is begun before it counts as one that its workers do not survive."""
_OPEN = "(state = 'waiting' OR state = 'running')"
_SERVERS_NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
_RUNS = "EXISTS (SELECT 1 FROM job j WHERE j.id = job_unit.job_id AND j.state = 'running')"


async def claim(
    tx: Tx,
    *,
    token: str,
    worker: str,
    release: str,
    lease_ms: int,
    now_ms: int,
    limit: int,
    unit_id: int | None = None,
) -> list[Unit]:
    """Takes up to `limit` units of jobs of this release that nobody holds, of the oldest job first.

    With `unit_id` it is that one or none. Nobody waits for another one's claim.
    """
    statement = Statement(tx)
    until = f"{_now(statement, now_ms)} + {statement.bind(lease_ms)}"
    sets = (
        f"state = 'running', leased_until = {until}, token = {statement.bind(token)}, "
        f"worker = {statement.bind(worker)}, attempts = attempts + 1, error = NULL"
    )
    active = statement.among("j.state", [state.value for state in ACTIVE])
    jobs = f"SELECT j.id FROM job j WHERE {active} AND j.release = {statement.bind(release)}"
    conditions = [
        f"u.job_id IN ({jobs})",
        f"(u.state = 'waiting' OR (u.state = 'running' AND u.leased_until < {_now(statement, now_ms)}))",
        f"u.attempts < {MOST_ATTEMPTS}",
    ]
    if unit_id is not None:
        conditions.append(f"u.id = {statement.bind(unit_id)}")
    chosen = (
        f"SELECT u.id FROM job_unit u WHERE {' AND '.join(conditions)} ORDER BY u.job_id, u.lo "
        f"LIMIT {statement.bind(limit)}{' FOR UPDATE SKIP LOCKED' if statement.postgres else ''}"
    )
    rows = await statement.rows(
        f"UPDATE job_unit SET {sets} WHERE id IN ({chosen}) "
        "RETURNING id, job_id, number, lo, hi, rows, token, attempts"
    )
    return sorted((_unit(row) for row in rows), key=lambda unit: (unit.job_id, unit.lo))


async def begin_jobs(tx: Tx, job_ids: Iterable[int], now: object) -> None:
    """Notes that these jobs are worked on."""
    statement = Statement(tx)
    await statement.run(
        f"UPDATE job SET state = 'running', started_at = coalesce(started_at, {statement.bind(now)}) "
        f"WHERE {statement.among('id', job_ids)} AND state = 'waiting'"
    )


async def renew(tx: Tx, unit: Unit, done: int, *, lease_ms: int, now_ms: int) -> bool:
    """Has a unit be held for longer, and notes how far it is; False where it is not held any more."""
    statement = Statement(tx)
    until = f"{_now(statement, now_ms)} + {statement.bind(lease_ms)}"
    return (
        await statement.run(
            f"UPDATE job_unit SET leased_until = {until}, done = {statement.bind(done)} "
            f"WHERE id = {statement.bind(unit.id)} AND token = {statement.bind(unit.token)} AND {_RUNS}"
        )
        == 1
    )


async def finish(tx: Tx, unit: Unit, result: str) -> bool:
    """Stores what came of a unit; False, and nothing stored, where it is not held any more or its job has ended."""
    statement = Statement(tx)
    return (
        await statement.run(
            f"UPDATE job_unit SET state = 'done', done = rows, result = {statement.bind(result)}, token = NULL, "
            f"leased_until = NULL, error = NULL WHERE id = {statement.bind(unit.id)} "
            f"AND token = {statement.bind(unit.token)} AND {_RUNS}"
        )
        == 1
    )


async def fail(tx: Tx, unit: Unit, error: str) -> bool:
    """Notes that a unit cannot be done; False where it is not held any more."""
    statement = Statement(tx)
    return (
        await statement.run(
            f"UPDATE job_unit SET state = 'failed', done = 0, token = NULL, error = {statement.bind(error)} "
            f"WHERE id = {statement.bind(unit.id)} AND token = {statement.bind(unit.token)}"
        )
        == 1
    )


async def give_back(tx: Tx, unit: Unit, *, tried: bool, reason: str | None = None) -> bool:
    """Has a unit wait for another worker at once; False where it is not held any more.

    `tried` says that it counts as an attempt, and `reason` why it was not done.
    """
    statement = Statement(tx)
    attempts = "attempts" if tried else "attempts - 1"
    changed = await statement.run(
        f"UPDATE job_unit SET state = 'waiting', done = 0, token = NULL, leased_until = NULL, "
        f"error = {statement.bind(reason)}, "
        f"attempts = {attempts} WHERE id = {statement.bind(unit.id)} AND token = {statement.bind(unit.token)}"
    )
    return changed == 1


async def give_up(tx: Tx, *, now_ms: int) -> int:
    """Fails the units that were begun too often and nobody holds; how many they are."""
    statement = Statement(tx)
    error = f"{MOST_ATTEMPTS} workers have ended while they worked on it: look at their logs and at the memory they had"
    return await statement.run(
        f"UPDATE job_unit SET state = 'failed', done = 0, token = NULL, "
        f"error = coalesce('it was tried {MOST_ATTEMPTS} times, at last: ' || error, {statement.bind(error)}) "
        f"WHERE attempts >= {MOST_ATTEMPTS} AND (state = 'waiting' OR "
        f"(state = 'running' AND leased_until < {_now(statement, now_ms)}))"
    )


async def fail_unit(tx: Tx, unit_id: int, error: str) -> None:
    """Fails a unit whoever holds it."""
    statement = Statement(tx)
    await statement.run(
        f"UPDATE job_unit SET state = 'failed', done = 0, token = NULL, error = {statement.bind(error)} "
        f"WHERE id = {statement.bind(unit_id)} AND state <> 'done'"
    )


async def free_unit(tx: Tx, unit_id: int) -> None:
    """Has a unit wait again whose holder is known to be gone; the attempt counts."""
    statement = Statement(tx)
    await statement.run(
        "UPDATE job_unit SET state = 'waiting', done = 0, token = NULL, leased_until = NULL "
        f"WHERE id = {statement.bind(unit_id)} AND state = 'running'"
    )


async def complete_jobs(reader: Reader, release: str) -> list[int]:
    """The jobs of this release that have not ended although none of their units is open: their result is due."""
    statement = Statement(reader)
    active = statement.among("j.state", [state.value for state in ACTIVE])
    rows = await statement.rows(
        f"SELECT j.id FROM job j WHERE {active} AND j.release = {statement.bind(release)} AND NOT EXISTS "
        f"(SELECT 1 FROM job_unit u WHERE u.job_id = j.id AND u.state IN ('waiting', 'running')) ORDER BY j.id"
    )
    return [row["id"] for row in rows]


async def is_complete(client: Client, job_id: int) -> bool:
    """Whether none of the units of a job is open."""
    statement = Statement(client)
    rows = await statement.rows(
        f"SELECT id FROM job_unit WHERE job_id = {statement.bind(job_id)} AND {_OPEN} LIMIT 1"
    )
    return not rows


async def claimable(reader: Reader, release: str, *, now_ms: int, limit: int) -> list[int]:
    """The ids of units that a worker of this release could claim now, up to `limit`."""
    statement = Statement(reader)
    active = statement.among("j.state", [state.value for state in ACTIVE])
    rows = await statement.rows(
        f"SELECT u.id FROM job_unit u WHERE u.job_id IN (SELECT j.id FROM job j WHERE {active} "
        f"AND j.release = {statement.bind(release)}) AND (u.state = 'waiting' OR "
        f"(u.state = 'running' AND u.leased_until < {_now(statement, now_ms)})) "
        f"AND u.attempts < {MOST_ATTEMPTS} ORDER BY u.job_id, u.lo LIMIT {statement.bind(limit)}"
    )
    return [row["id"] for row in rows]


async def jobs_of_units(reader: Reader, unit_ids: list[int]) -> list[int]:
    """The ids of the jobs to which these units belong."""
    statement = Statement(reader)
    rows = await statement.rows(
        f"SELECT DISTINCT job_id FROM job_unit WHERE {statement.among('id', unit_ids)} ORDER BY job_id"
    )
    return [row["job_id"] for row in rows]


async def results_of(
    reader: Reader, job_id: int, beyond: int | None, *, newest_first: bool, limit: int
) -> list[tuple[int, str]]:
    """The results of up to `limit` units that are done, with their `lo`, in its order, from `beyond` on (excluded)."""
    statement = Statement(reader)
    conditions = [
        f"job_id = {statement.bind(job_id)}",
        f"state = {statement.bind(UnitState.DONE.value)}",
        *keyset(statement, "lo", descending=newest_first, after=beyond, before=None),
    ]
    rows = await statement.rows(
        f"SELECT lo, result FROM job_unit {conjunction(conditions)} "
        f"{ordering('lo', descending=newest_first, backward=False)} LIMIT {statement.bind(limit)}"
    )
    return [(row["lo"], row["result"]) for row in rows]


async def failed_units(client: Client, job_id: int, limit: int) -> list[FailedUnit]:
    """The first units that could not be done, and why."""
    statement = Statement(client)
    rows = await statement.rows(
        f"SELECT number, lo, hi, error FROM job_unit WHERE job_id = {statement.bind(job_id)} "
        f"AND state = 'failed' ORDER BY lo LIMIT {statement.bind(limit)}"
    )
    return [FailedUnit(row["number"], row["lo"], row["hi"], row["error"] or "") for row in rows]


async def workers_of(reader: Reader, job_id: int) -> dict[str, int]:
    """How many units of a job each worker holds or has done."""
    statement = Statement(reader)
    rows = await statement.rows(
        "SELECT worker, count(*) AS n FROM job_unit "
        f"WHERE job_id = {statement.bind(job_id)} AND state IN ('done', 'running') "
        "GROUP BY worker ORDER BY worker"
    )
    return {row["worker"]: row["n"] for row in rows}


def _now(statement: Statement, now_ms: int) -> str:
    return _SERVERS_NOW if statement.postgres else statement.bind(now_ms)


def _unit(row: Row) -> Unit:
    return Unit(**{name: row[name] for name in Unit.__slots__})
