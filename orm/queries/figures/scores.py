"""What classifiers' requests with feedback have in common that decides whether they are right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from domain.history.daily import first_id_of
from domain.requests.request import Request
from orm.connection.client import INT32, Client
from orm.connection.statement import Statement

ALIKE = ("endpoint_id", "algorithm_id", "label", "fault", "feedback", "correct")


@dataclass(frozen=True, slots=True)
class ScoreGroup:
    """Requests of a day that agree in everything that decides their score: one of them, and how many there are."""

    first_id: int
    requests: int


async def score_groups_of_day(client: Client, day: date, endpoint_ids: Iterable[int]) -> list[ScoreGroup]:
    """The groups of such requests on a UTC day, of these endpoints, in one statement."""
    statement = Statement(client)
    rows = await statement.rows(
        f"SELECT min(id) AS first_id, count(*) AS requests FROM ml_request WHERE {of_day(statement, day)} "
        "AND feedback_at IS NOT NULL AND value IS NULL "
        f"AND {statement.among('endpoint_id', endpoint_ids, largest=INT32)} GROUP BY {', '.join(ALIKE)}"
    )
    return sorted(
        (ScoreGroup(row["first_id"], row["requests"]) for row in rows), key=lambda one: one.first_id
    )


async def ids_of_score_group(
    client: Client, request: Request, day: date, after: int, limit: int
) -> list[int]:
    """Up to `limit` ids beyond `after` of the day's requests that are alike `request`, in order."""
    statement = Statement(client)
    alike = {name: getattr(request, name) for name in ALIKE}
    conditions = [
        *(of_day(statement, day), f"id > {statement.bind(after)}", "value IS NULL"),
        *(
            f"{n} IS NULL" if value is None else f"{n} = {statement.bind(value)}"
            for n, value in alike.items()
        ),
    ]
    rows = await statement.rows(
        f"SELECT id FROM ml_request WHERE {' AND '.join(conditions)} ORDER BY id LIMIT {statement.bind(limit)}"
    )
    return [row["id"] for row in rows]


def of_day(statement: Statement, day: date) -> str:
    """The condition that a request is of that UTC day."""
    first, beyond = first_id_of(day), first_id_of(day + timedelta(days=1))
    return f"id >= {statement.bind(first)} AND id < {statement.bind(beyond)}"
