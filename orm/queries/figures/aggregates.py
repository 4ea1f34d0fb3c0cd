"""Figures of requests, all together or by group: from the daily summaries where these know them, else from the rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from domain.callers import Viewer
from domain.history.aggregates import (
    Figure,
    FigureGroup,
    FigurePart,
    FigureSource,
    Grouping,
    RequestFigures,
    choose_source,
)
from domain.history.filters import RequestFilter
from domain.history.latency import BOUNDS
from domain.history.privacy import endpoints_showing, restrict, sees_all
from domain.pacing import GROUPS_ON_LOOP, in_thread_if
from domain.words import Arm, Outcome
from orm.connection.client import Reader, Row
from orm.connection.statement import Statement
from orm.queries.figures import aggregate_sources
from orm.queries.figures.aggregate_sources import KEYS, Owners, SourceQuery
from orm.queries.figures.summary_writes import LATENCY, SUMS
from orm.queries.history.request_pages import Owner
from orm.queries.history.requests import require_read

EVERYTHING = 0
"""Under this id stand the figures of all requests, where no owner was asked for."""


@dataclass(frozen=True, slots=True)
class AggregateQuery:
    """Figures that are wanted: of which requests, told apart how, and which parts of them.

    `exact_endpoints` are those whose confusion tables say letter by letter what their rows say.
    """

    where: RequestFilter | None
    grouping: Grouping
    parts: frozenset[FigurePart]
    exact_endpoints: tuple[int, ...] = ()


def known_by_day(where: RequestFilter | None, owner: Owner | None) -> bool:
    """Whether the daily summary knows how many requests of `where` there are, of such owners or in all."""
    return (
        owner is not Owner.AB_TEST
        and choose_source(where, Grouping(), frozenset()).source is FigureSource.DAYS
    )


async def figures_by_owner(
    reader: Reader, viewer: Viewer, query: AggregateQuery, owner: Owner | None = None, ids: Iterable[int] = ()
) -> dict[int, list[FigureGroup]]:
    """The groups of each of several owners by their id; without an owner those of all requests, under EVERYTHING.

    One statement, however many owners and groups; two where confusion tables are looked at. Groups come by time,
    then by their keys, NULL last; the grouping's limit bounds them for each owner. Owners without a request are
    absent. Raises Forbidden.
    """
    require_read(viewer)
    owners = None if owner is None else Owners(owner, tuple(ids))
    query = replace(
        query,
        where=restrict(viewer, query.where),
        grouping=_shown_to(viewer, query.grouping),
        parts=query.parts | query.grouping.parts,
    )
    statement, source = await _source(reader, query, owners)
    rows = await statement.rows(_grouped(source, query.grouping, owners))
    return await in_thread_if(len(rows) > GROUPS_ON_LOOP, _by_owner, rows, query.grouping)


def _by_owner(rows: Iterable[Row], grouping: Grouping) -> dict[int, list[FigureGroup]]:
    found: dict[int, list[FigureGroup]] = {}
    for row in rows:
        found.setdefault(row.get("owner_id", EVERYTHING), []).append(_group(row, grouping))
    return found


def _shown_to(viewer: Viewer, grouping: Grouping) -> Grouping:
    """The grouping with the endpoints whose values of its features the viewer may see."""
    if sees_all(viewer):
        return grouping
    if grouping.feature is not None:
        grouping = replace(grouping, feature_endpoint_ids=endpoints_showing(viewer, [grouping.feature]))
    bins = grouping.bins
    if bins is not None and bins.feature is not None:
        bins = replace(bins, endpoint_ids=endpoints_showing(viewer, [bins.feature]))
    return replace(grouping, bins=bins)


async def _source(
    reader: Reader, query: AggregateQuery, owners: Owners | None
) -> tuple[Statement, SourceQuery]:
    """The cheapest source that knows the figures exactly, and the statement that holds its parameters."""
    choice = choose_source(query.where, query.grouping, query.parts)
    statement = Statement(reader)
    by_day = owners is None or owners.kind is not Owner.AB_TEST  # no daily table tells tests apart
    if by_day and choice.source is FigureSource.DAYS:
        return statement, aggregate_sources.days(statement, choice, query.grouping, query.parts, owners)
    if (
        by_day
        and choice.source is FigureSource.CONFUSION
        and await _complete(reader, choice.where, owners, query.exact_endpoints)
    ):
        return statement, aggregate_sources.confusion(
            statement, choice.where, query.grouping, owners, query.exact_endpoints, parts=query.parts
        )
    return statement, aggregate_sources.rows(statement, query.where, query.grouping, query.parts, owners)


async def _complete(
    reader: Reader, where: RequestFilter | None, owners: Owners | None, exact_endpoints: Iterable[int]
) -> bool:
    statement = Statement(reader)
    return (
        int(
            (
                await statement.rows(
                    aggregate_sources.missing_cells(statement, where, owners, exact_endpoints)
                )
            )[0]["missing"]
        )
        == 0
    )


def _grouped(source: SourceQuery, grouping: Grouping, owners: Owners | None) -> str:
    keys = [] if grouping.bucket is None else ["bucket"]
    keys += [] if grouping.bins is None else ["bin"]
    keys += [column for key in grouping.keys for column in KEYS[key]]
    owner = [] if owners is None else ["owner_id"]
    figures = [f"{sql} AS {name}" for name, sql in source.figures.items()]
    by = ", ".join([*owner, *keys])
    conditions = [source.having] if source.having else []
    if grouping.least_scored:
        scored = f"{source.figures['scored_labels']} + {source.figures['scored_values']}"
        conditions.append(f"{scored} >= {int(grouping.least_scored)}")
    having = f"HAVING {' AND '.join(conditions)}" if conditions and by else ""
    grouped = (
        f"SELECT {', '.join([*owner, *keys, *figures])} FROM ({source.select}) lines "
        f"{f'GROUP BY {by} {having}' if by else ''}"
    )
    order = ", ".join([*_by_figure(grouping), *(f"{key} NULLS LAST" for key in keys)])
    if not keys:
        return grouped
    if owners is None and grouping.order is None:
        return f"{grouped} ORDER BY {order} LIMIT {grouping.limit}"
    if owners is None:
        return f"SELECT * FROM ({grouped}) grouped ORDER BY {order} LIMIT {grouping.limit}"
    return (
        f"SELECT * FROM (SELECT grouped.*, row_number() OVER (PARTITION BY owner_id ORDER BY {order}) AS place "
        f"FROM ({grouped}) grouped) placed WHERE place <= {grouping.limit} ORDER BY owner_id, place"
    )


def _by_figure(grouping: Grouping) -> list[str]:
    """What groups are in order of before their keys."""
    if grouping.order is None:
        return []
    return [f"{_ORDERED[grouping.order.figure]} {'DESC' if grouping.order.descending else 'ASC'} NULLS LAST"]


# Sums over nothing are nothing, whatever rounding has left behind.
_VALUES = "NULLIF(scored_values, 0)"
_ORDERED = {
    Figure.COUNT: "count",
    Figure.ERRORS: "errors",
    Figure.CALLER_ERRORS: "caller_errors",
    Figure.WITH_FEEDBACK: "with_feedback",
    Figure.SCORED: "scored_labels + scored_values",
    Figure.CORRECT: "correct",
    Figure.ACCURACY: "correct * 1.0 / NULLIF(scored_labels, 0)",
    Figure.RMSE: f"residual_squares / {_VALUES}",
    Figure.MAE: f"residual_absolute / {_VALUES}",
    Figure.BIAS: f"residual_sum / {_VALUES}",
}
"""The figures that groups are in order of, made of the columns of a source; a square stands for its root."""


def _group(row: Row, grouping: Grouping) -> FigureGroup:
    arm, outcome, correct = row.get("arm"), row.get("outcome"), row.get("is_correct")
    bin_, bucket = row.get("bin"), grouping.bucket
    return FigureGroup(
        bucket_start=None if bucket is None else bucket.start(row["bucket"]),
        endpoint_id=row.get("endpoint_id"),
        algorithm_id=row.get("algorithm_id"),
        ab_test_id=row.get("ab_test_id"),
        arm=Arm(arm) if arm else None,
        bin=None if grouping.bins is None or bin_ is None else grouping.bins.bounds(bin_),
        outcome=Outcome(outcome) if outcome else None,
        correct=None if correct is None else bool(correct),
        label=row.get("label"),
        feedback=row.get("feedback"),
        subject=row.get("subject"),
        feature_text=row.get("feature_text"),
        feature_number=row.get("feature_number"),
        figures=_figures(row),
    )


def _figures(row: Row) -> RequestFigures:
    count = int(row["count"] or 0)
    scored = int(row.get("scored_values") or 0)
    # Sums over nothing are nothing, whatever rounding has left behind.
    signed, absolute, squares = (float(row.get(name) or 0.0) if scored else 0.0 for name in SUMS)
    return RequestFigures(
        count=count,
        errors=int(row.get("errors") or 0),
        caller_errors=int(row.get("caller_errors") or 0),
        with_feedback=int(row.get("with_feedback") or 0),
        scored_labels=int(row.get("scored_labels") or 0),
        correct=int(row.get("correct") or 0),
        scored_values=scored,
        residual_sum=signed,
        residual_absolute=absolute,
        residual_squares=squares,
        latency=_latency(row, count),
        unscored_feedback=int(row.get("unscored_feedback") or 0),
    )


def _latency(row: Row, count: int) -> tuple[int, ...]:
    """By bucket: the rows are counted up to each bound, the daily summary holds the buckets themselves."""
    if "up_to_0" in row:
        counted = [0, *(int(row[f"up_to_{n}"]) for n in range(len(BOUNDS))), count]
        return tuple(upper - lower for lower, upper in pairwise(counted))
    return tuple(int(row.get(name) or 0) for name in LATENCY)
