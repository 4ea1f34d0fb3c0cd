"""What the daily summaries know of right and wrong answers: confusion by label and truth, probabilities by bin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from domain.callers import Viewer
from domain.history.aggregates import Grouping, GroupKey
from domain.history.filters import RequestFilter
from domain.history.quality import Period
from domain.statistics.probability_bins import ProbabilityCounts
from orm.connection.client import Reader, Row
from orm.connection.statement import Statement
from orm.queries.figures.aggregate_sources import Owners, daily_lines, line_columns
from orm.queries.figures.summary_writes import PROBABILITY
from orm.queries.history.request_pages import Owner
from orm.queries.history.requests import require_read

Cells: TypeAlias = dict[Period, dict[tuple[str, str], int]]
Bins: TypeAlias = dict[Period, dict[int, ProbabilityCounts]]


@dataclass(frozen=True, slots=True)
class DailyQuery:
    """Lines of daily tables that are wanted, each of its own endpoint or algorithm, whichever `owner` says.

    `where` must ask for nothing but algorithms and whole UTC days, `grouping` tell apart at most algorithms.
    """

    owner: Owner
    where: RequestFilter
    grouping: Grouping


async def confusion_by_owner(
    reader: Reader, viewer: Viewer, query: DailyQuery, ids: Iterable[int]
) -> dict[int, Cells]:
    """How often each label was answered where a declared class was the truth, by owner and period.

    Raises Forbidden.
    """
    require_read(viewer)
    found: dict[int, Cells] = {}
    keys = {"label": "label", "feedback": "feedback"}
    for row in await _rows(reader, query, ids, "daily_confusion", keys=keys, sums=("requests",)):
        if row["requests"]:
            cells = found.setdefault(row["owner_id"], {}).setdefault(_period(row, query.grouping), {})
            cells[row["label"], row["feedback"]] = int(row["requests"])
    return found


async def probabilities_by_owner(
    reader: Reader, viewer: Viewer, query: DailyQuery, ids: Iterable[int]
) -> dict[int, Bins]:
    """How often what was said with a probability of a bin came true, by owner and period. Raises Forbidden."""
    require_read(viewer)
    found: dict[int, Bins] = {}
    sums = tuple(PROBABILITY)
    for row in await _rows(reader, query, ids, "daily_probability", keys={"bin": "bin"}, sums=sums):
        if row["requests"]:
            bins = found.setdefault(row["owner_id"], {}).setdefault(_period(row, query.grouping), {})
            bins[row["bin"]] = ProbabilityCounts(*(int(row[name]) for name in sums))
    return found


async def _rows(
    reader: Reader,
    query: DailyQuery,
    ids: Iterable[int],
    table: str,
    *,
    keys: dict[str, str],
    sums: tuple[str, ...],
) -> list[Row]:
    """The lines of a daily table, summed over writers and over what the grouping takes together."""
    statement, grouping, owners = Statement(reader), query.grouping, Owners(query.owner, tuple(ids))
    columns = line_columns(statement, grouping, owners) | keys | {name: name for name in sums}
    lines = daily_lines(statement, table, columns, query.where, owners)
    by = ["owner_id", *keys]
    by += ["algorithm_id"] if GroupKey.ALGORITHM in grouping.keys else []
    by += ["bucket"] if grouping.bucket is not None else []
    summed = ", ".join(f"sum({name}) AS {name}" for name in sums)
    return await statement.rows(
        f"SELECT {', '.join(by)}, {summed} FROM ({lines}) lines GROUP BY {', '.join(by)}"
    )


def _period(row: Row, grouping: Grouping) -> Period:
    start = None if grouping.bucket is None else grouping.bucket.start(row["bucket"])
    return Period(start, row.get("algorithm_id"))
