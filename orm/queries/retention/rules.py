"""The rules of retention, by endpoint, with how far they were carried out and the history of their changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from domain.history.daily import first_id_of
from domain.history.retention import Removed, Retention, RetentionChange, RetentionRule
from orm.connection.client import INT32, Client, Row, Tx
from orm.connection.statement import Statement, moment, moment_or_none

REMOVED = ("inputs", "rows", "feedback_events", "features", "observations", "external_ids")


async def retentions(client: Client) -> dict[int, Retention]:
    """That of each endpoint that has or had a rule, by the endpoint's id: few."""
    rows = await Statement(client).rows("SELECT * FROM retention ORDER BY endpoint_id")
    return {row["endpoint_id"]: retention_from(row) for row in rows}


async def retentions_of(client: Client, endpoint_ids: Iterable[int]) -> dict[int, Retention]:
    """The same of some endpoints, in one statement."""
    statement = Statement(client)
    where = statement.among("endpoint_id", endpoint_ids, largest=INT32)
    rows = await statement.rows(f"SELECT * FROM retention WHERE {where}")
    return {row["endpoint_id"]: retention_from(row) for row in rows}


async def set_rule(tx: Tx, endpoint_id: int, rule: RetentionRule, by: str, now: datetime) -> Retention:
    """Sets the rule of an endpoint, and writes down who did it when; what is gone stays gone."""
    statement = Statement(tx)
    given = (endpoint_id, rule.inputs_days, rule.rows_days, by, now)
    marks = ", ".join(statement.bind(value) for value in given)
    numbers = ["inputs_from", "rows_from", *(f"{name}_removed" for name in REMOVED)]
    rows = await statement.rows(
        "INSERT INTO retention (endpoint_id, inputs_days, rows_days, changed_by, changed_at, "
        f"{', '.join(numbers)}) VALUES ({marks}, {', '.join('0' for _ in numbers)}) "
        "ON CONFLICT (endpoint_id) DO UPDATE SET inputs_days = excluded.inputs_days, "
        "rows_days = excluded.rows_days, changed_by = excluded.changed_by, changed_at = excluded.changed_at "
        "RETURNING *"
    )
    statement = Statement(tx)
    marks = ", ".join(statement.bind(value) for value in given)
    await statement.run(
        "INSERT INTO retention_change (endpoint_id, inputs_days, rows_days, created_by, created_at) "
        f"VALUES ({marks})"
    )
    return retention_from(rows[0])


async def changes_of(
    client: Client, endpoint_ids: Iterable[int], *, most: int
) -> dict[int, list[RetentionChange]]:
    """The last changes of the rules of these endpoints, up to `most` of each, newest first, in one statement."""
    statement = Statement(client)
    where = statement.among("endpoint_id", endpoint_ids, largest=INT32)
    ranked = (
        "SELECT *, row_number() OVER (PARTITION BY endpoint_id ORDER BY id DESC) AS place "
        f"FROM retention_change WHERE {where}"
    )
    rows = await statement.rows(
        f"SELECT * FROM ({ranked}) ranked WHERE place <= {statement.bind(most)} ORDER BY id DESC"
    )
    found: dict[int, list[RetentionChange]] = {}
    for row in rows:
        found.setdefault(row["endpoint_id"], []).append(
            RetentionChange(
                row["endpoint_id"],
                RetentionRule(row["inputs_days"], row["rows_days"]),
                row["created_by"],
                moment(row["created_at"]),
            )
        )
    return found


def days_are_whole(statement: Statement, table: str, day: date) -> str:
    """The condition that no request of a UTC day was removed of the endpoint that a line of `table` is about."""
    return (
        f"NOT EXISTS (SELECT 1 FROM retention kept WHERE kept.endpoint_id = {table}.endpoint_id "
        f"AND kept.rows_from > {statement.bind(first_id_of(day))})"
    )


async def endpoints_with_whole_days(client: Client, endpoint_ids: Iterable[int], day: date) -> list[int]:
    """Those of the endpoints of which no request of a UTC day was removed."""
    removed = {id_ for id_, one in (await retentions(client)).items() if one.rows_from > first_id_of(day)}
    return sorted(set(endpoint_ids) - removed)


async def rows_from(client: Client) -> Mapping[int, int]:
    """From which id on requests are kept, by endpoint, where some were removed."""
    rows = await Statement(client).rows("SELECT endpoint_id, rows_from FROM retention WHERE rows_from > 0")
    return {row["endpoint_id"]: row["rows_from"] for row in rows}


def retention_from(row: Row) -> Retention:
    """The value of a line of the table."""
    return Retention(
        endpoint_id=row["endpoint_id"],
        rule=RetentionRule(row["inputs_days"], row["rows_days"]),
        changed_by=row["changed_by"],
        changed_at=moment(row["changed_at"]),
        inputs_from=row["inputs_from"],
        rows_from=row["rows_from"],
        removed=Removed(**{name: row[f"{name}_removed"] for name in REMOVED}),
        inputs_removed_at=moment_or_none(row["inputs_removed_at"]),
        rows_removed_at=moment_or_none(row["rows_removed_at"]),
    )
