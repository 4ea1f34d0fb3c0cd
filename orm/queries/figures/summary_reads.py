"""Reads of the daily summaries: figures and confusion over a range of days, in milliseconds however long it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from domain.callers import Scope, Viewer
from domain.errors import Forbidden
from domain.history.summary import ConfusionCount, SummaryFigures
from domain.words import Arm
from orm.connection.client import INT32, Reader, Row
from orm.connection.statement import Statement
from orm.queries.figures.summary_writes import LATENCY, OF_FEEDBACK, SUMS
from orm.queries.history.keyset import conjunction


class Dimension(StrEnum):
    """What figures are told apart by."""

    DAY = "day"
    ENDPOINT = "endpoint_id"
    ALGORITHM = "algorithm_id"
    ARM = "arm"


INTEGERS = ("requests", "errors", "caller_errors", *OF_FEEDBACK, *LATENCY)


async def totals(
    reader: Reader,
    viewer: Viewer,
    *,
    first: date | None = None,
    last: date | None = None,
    endpoint_ids: Iterable[int] | None = None,
    algorithm_ids: Iterable[int] | None = None,
    by: Iterable[Dimension] = (),
) -> list[SummaryFigures]:
    """The figures of the UTC days `first` to `last`, both included, in one statement.

    `by` says what they are told apart by, and in which order they come; without it there is one entry, of zeros
    where nothing was asked. Algorithm id 0 stands for requests that no algorithm took. Raises Forbidden.
    """
    _require_read(viewer)
    statement, keys = Statement(reader), tuple(dict.fromkeys(by))
    figures = [f"sum({name}) AS {name}" for name in INTEGERS]
    figures += [f"sum({name}) + sum({name}_rest) AS {name}" for name in SUMS]
    where = conjunction(_where(statement, first, last, endpoint_ids, algorithm_ids))
    grouped = (
        f"GROUP BY {', '.join(keys)} HAVING sum(requests) <> 0 ORDER BY {', '.join(keys)}" if keys else ""
    )
    sql = f"SELECT {', '.join((*keys, *figures))} FROM daily_summary {where} {grouped}"
    return [_figures(row) for row in await statement.rows(sql)]


async def confusion(
    reader: Reader,
    viewer: Viewer,
    *,
    endpoint_id: int,
    first: date | None = None,
    last: date | None = None,
    algorithm_ids: Iterable[int] | None = None,
) -> list[ConfusionCount]:
    """How often each label was answered where each class was the truth, by algorithm, label and truth.

    Counted are feedbacks that are a declared class of the endpoint. Raises Forbidden.
    """
    _require_read(viewer)
    statement = Statement(reader)
    where = conjunction(_where(statement, first, last, [endpoint_id], algorithm_ids))
    rows = await statement.rows(
        f"SELECT algorithm_id, label, feedback, sum(requests) AS requests FROM daily_confusion {where} "
        "GROUP BY algorithm_id, label, feedback HAVING sum(requests) <> 0"
    )
    found = [ConfusionCount(r["algorithm_id"], r["label"], r["feedback"], int(r["requests"])) for r in rows]
    # Sorted here: the two databases do not sort texts alike.
    return sorted(found, key=lambda count: (count.algorithm_id, count.label, count.feedback))


def _where(
    statement: Statement,
    first: date | None,
    last: date | None,
    endpoint_ids: Iterable[int] | None,
    algorithm_ids: Iterable[int] | None,
) -> list[str]:
    conditions = []
    if first is not None:
        conditions.append(f"day >= {statement.bind(first)}")
    if last is not None:
        conditions.append(f"day <= {statement.bind(last)}")
    if endpoint_ids is not None:
        conditions.append(statement.among("endpoint_id", endpoint_ids, largest=INT32))
    if algorithm_ids is not None:
        conditions.append(statement.among("algorithm_id", algorithm_ids, largest=INT32))
    return conditions


def _figures(row: Row) -> SummaryFigures:
    numbers = {name: int(row[name] or 0) for name in INTEGERS}
    scored = numbers["scored"]
    # Sums over nothing are nothing, whatever rounding has left behind.
    sums = {name: float(row[name] or 0.0) if scored else 0.0 for name in SUMS}
    day = row.get("day")
    arm = row.get("arm")
    return SummaryFigures(
        day=date.fromisoformat(day) if isinstance(day, str) else day,
        endpoint_id=row.get("endpoint_id"),
        algorithm_id=row.get("algorithm_id"),
        arm=Arm(arm) if arm else None,
        requests=numbers["requests"],
        errors=numbers["errors"],
        caller_errors=numbers["caller_errors"],
        with_feedback=numbers["with_feedback"],
        scored=scored,
        correct=numbers["correct"],
        residual_sum=sums["residual_sum"],
        residual_absolute=sums["residual_absolute"],
        residual_squares=sums["residual_squares"],
        latency=tuple(numbers[name] for name in LATENCY),
    )


def _require_read(viewer: Viewer) -> None:
    if not viewer.principal.may(Scope.READ):
        raise Forbidden(f"'{viewer.principal.name}' may not read summaries; the scope `read` is needed.")
