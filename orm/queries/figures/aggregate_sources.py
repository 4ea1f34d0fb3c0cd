"""Where figures are read: the request log, the daily summary, the daily confusion tables, each as one table.

A source has the columns that groups are told apart by, and says how each figure is made of its lines.

There are three because of what they cost and what they know. The log knows everything, but a million requests take
seconds. The summary has a few lines a day and answers in milliseconds, but it knows neither labels nor subjects nor
hours. The confusion tables know labels and ground truths, but only where the truth is a declared class. All three
must give the same numbers for the same question, so each gives the same columns under the same names, and one SELECT
around any of them groups and sorts (`orm.queries.figures.aggregates`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.history.aggregates import Binned, Bins, FigurePart, Grouping, GroupKey, SourceChoice
from domain.history.daily import LARGEST, SMALLEST
from domain.history.filters import RequestFilter
from domain.history.latency import BOUNDS
from domain.input.moments import in_utc
from domain.requests import request_ids
from orm.connection.client import INT32
from orm.connection.statement import Statement, conjunction
from orm.queries.figures import time_buckets
from orm.queries.figures.summary_writes import LATENCY, SUMS
from orm.queries.history.request_filters import Fields, among, conditions_of
from orm.queries.history.request_pages import Owner

KEYS: Mapping[GroupKey, tuple[str, ...]] = {
    GroupKey.ENDPOINT: ("endpoint_id",),
    GroupKey.ALGORITHM: ("algorithm_id",),
    GroupKey.AB_TEST: ("ab_test_id",),
    GroupKey.ARM: ("arm",),
    GroupKey.OUTCOME: ("outcome",),
    GroupKey.CORRECT: ("is_correct",),
    GroupKey.LABEL: ("label",),
    GroupKey.FEEDBACK: ("feedback",),
    GroupKey.SUBJECT: ("subject",),
    GroupKey.FEATURE: ("feature_text", "feature_number"),
}
"""The columns of each key, in the order in which groups come."""

TEXTS = frozenset({"arm", "label", "feedback", "subject", "feature_text"})
IN_ROWS: Mapping[str, str] = {"is_correct": "correct"}
"""How a request says what a key's column has, where its column is called otherwise."""
BINNED: Mapping[Binned, str] = {
    Binned.PROBABILITY: "probability",
    Binned.CONFIDENCE: "confidence",
    Binned.VALUE: "value",
    Binned.LATENCY: "latency",
    Binned.FEATURE: "binned_number",
}
"""The column of each number that is divided into bins."""
NEEDED: Mapping[FigurePart, tuple[str, ...]] = {
    FigurePart.OUTCOMES: ("outcome", "fault"),
    FigurePart.FEEDBACK: ("feedback_at", "correct", "residual"),
    FigurePart.RESIDUALS: ("residual",),
    FigurePart.LATENCY: ("latency",),
    FigurePart.UNSCORED: ("feedback_at", "correct", "label", "value", "fault", "algorithm_id"),
}
"""The columns of a request that each part of the figures is made of."""

RESIDUAL = f"CASE WHEN residual > {LARGEST} THEN {LARGEST} WHEN residual < -{LARGEST} THEN -{LARGEST} ELSE residual END"
# PostgreSQL raises an error where a square leaves the range of a double.
SQUARE = (
    f"CASE WHEN abs(residual) > {LARGEST} THEN {LARGEST * LARGEST} "
    f"WHEN abs(residual) < {SMALLEST} THEN 0.0 ELSE residual * residual END"
)


@dataclass(frozen=True, slots=True)
class Owners:
    """The owners that figures are asked for, by the column that names them; all of them together."""

    kind: Owner
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """A source: the SELECT that gives its lines, each figure's aggregate, and which groups have anything in them."""

    select: str
    figures: Mapping[str, str]
    having: str = ""


def rows(
    statement: Statement,
    where: RequestFilter | None,
    grouping: Grouping,
    parts: frozenset[FigurePart],
    owners: Owners | None,
) -> SourceQuery:
    """The request log itself: knows everything, and reads every request of `where`."""
    # The keys come first: a key may be needed by a part too, and must keep its collation.
    names = [name for key in grouping.keys for name in KEYS[key]]
    columns = {name: _text(statement, name) if name in TEXTS else IN_ROWS.get(name, name) for name in names}
    if grouping.bins is not None:
        columns["bin"] = _bin_of(BINNED[grouping.bins.of], grouping.bins.edges)
    columns |= _bucket_and_owner(grouping, owners)
    columns |= {name: name for part in parts for name in NEEDED[part] if name not in columns}
    feature = _feature_values(statement, grouping) if GroupKey.FEATURE in grouping.keys else ""
    if grouping.bins is not None and grouping.bins.feature is not None:
        feature += _binned_values(statement, grouping.bins)
    conditions = [*_owned(statement, owners), *conditions_of(statement, where)]
    listed = ", ".join(f"{sql} AS {name}" for name, sql in columns.items()) or "1 AS one"
    return SourceQuery(
        f"SELECT {listed} FROM ml_request {feature} {conjunction(conditions)}",
        _figures("count(*)", OF_ROWS, parts),
    )


def _bucket_and_owner(grouping: Grouping, owners: Owners | None) -> dict[str, str]:
    """The bucket and the owner of a request, as far as they are asked for."""
    return {
        **({} if grouping.bucket is None else {"bucket": time_buckets.of_id(grouping.bucket)}),
        **({} if owners is None else {"owner_id": owners.kind.value}),
    }


def _figures(
    count: str, known: Mapping[FigurePart, Mapping[str, str]], parts: frozenset[FigurePart]
) -> dict[str, str]:
    """The aggregates of the parts that are asked for and known, always in the same order: the SQL stays the same."""
    asked = [known[part] for part in FigurePart if part in parts and part in known]
    return {"count": count} | {name: sql for figures in asked for name, sql in figures.items()}


def _feature_values(statement: Statement, grouping: Grouping) -> str:
    """Joins each request with its value of the feature, or with none."""
    # Parameters are numbered as the text goes on, so the name comes before the endpoints.
    values = (
        "SELECT request_id AS feature_of, text AS feature_text, number AS feature_number "
        f"FROM request_feature WHERE feature = {statement.bind(grouping.feature)}"
    )
    seen = "feature_of = ml_request.id"
    if grouping.feature_endpoint_ids is not None:
        seen += f" AND {statement.among('endpoint_id', grouping.feature_endpoint_ids, largest=INT32)}"
    return f"LEFT JOIN ({values}) feature_values ON {seen}"


def _binned_values(statement: Statement, bins: Bins) -> str:
    """Joins each request with the number of the feature that is divided into bins, or with none."""
    values = (
        "SELECT request_id AS binned_of, number AS binned_number "
        f"FROM request_feature WHERE feature = {statement.bind(bins.feature)}"
    )
    seen = "binned_of = ml_request.id"
    if bins.endpoint_ids is not None:
        seen += f" AND {statement.among('endpoint_id', bins.endpoint_ids, largest=INT32)}"
    return f" LEFT JOIN ({values}) binned_values ON {seen}"


def _bin_of(column: str, edges: Sequence[float]) -> str:
    """The number of the bin that a column lies in, found as in a book: a hundred edges are seven comparisons."""

    def between(low: int, high: int) -> str:
        if low == high:
            return str(low)
        middle = (low + high) // 2
        # The last edge belongs to the bin below it.
        sign = "<=" if middle == len(edges) - 1 else "<"
        below, above = between(low, middle), between(middle + 1, high)
        return f"CASE WHEN {column} {sign} {edges[middle]!r} THEN {below} ELSE {above} END"

    return f"CASE WHEN {column} IS NOT NULL THEN {between(0, len(edges))} END"


REGRESSOR = "algorithm_id IN (SELECT id FROM ml_algorithm WHERE model_type = 'regressor')"
FAILED_CLASSIFIER = f"value IS NULL AND fault = 'algorithm' AND {REGRESSOR} IS NOT TRUE"
UNSCORED = f"feedback_at IS NOT NULL AND correct IS NULL AND (label IS NOT NULL OR {FAILED_CLASSIFIER})"
"""Whose ground truth is no declared class: every other one of a classifier's answers and failures is scored."""
NEVER_SCORED = f"CASE WHEN correct IS NULL AND ({FAILED_CLASSIFIER}) IS NOT TRUE THEN 1 ELSE 0 END"
"""1 for a failure that counts for nothing, whatever its ground truth."""
REMOVED_FAILURE = "removed_failure"
"""The failures with a ground truth whose rows are gone: counts by day."""


def count_where(condition: str) -> str:
    """How many lines meet a condition, as an aggregate."""
    return f"count(*) FILTER (WHERE {condition})"


OF_ROWS: Mapping[FigurePart, Mapping[str, str]] = {
    FigurePart.OUTCOMES: {
        "errors": count_where("outcome = 'ERROR' AND coalesce(fault, '') <> 'caller'"),
        "caller_errors": count_where("outcome = 'ERROR' AND fault = 'caller'"),
    },
    FigurePart.FEEDBACK: {
        "with_feedback": "count(feedback_at)",
        "scored_labels": "count(correct)",
        "correct": count_where("correct IS TRUE"),
        "scored_values": "count(residual)",
    },
    FigurePart.RESIDUALS: {
        "residual_sum": f"coalesce(sum({RESIDUAL}), 0.0)",
        "residual_absolute": f"coalesce(sum(abs({RESIDUAL})), 0.0)",
        "residual_squares": f"coalesce(sum({SQUARE}), 0.0)",
        "scored_values": "count(residual)",
    },
    # Counted up to each bound, which compares once for each; the buckets are the differences.
    FigurePart.LATENCY: {
        f"up_to_{n}": count_where(f"latency <= {bound!r}") for n, bound in enumerate(BOUNDS)
    },
    FigurePart.UNSCORED: {"unscored_feedback": count_where(UNSCORED)},
}


def days(
    statement: Statement,
    choice: SourceChoice,
    grouping: Grouping,
    parts: frozenset[FigurePart],
    owners: Owners | None,
) -> SourceQuery:
    """The daily summary: a few lines for each day, algorithm and arm."""
    columns = line_columns(statement, grouping, owners) | {"arm": _text(statement, "NULLIF(arm, '')")}
    names = ["requests", "errors", "caller_errors", "with_feedback", "scored", "correct", *LATENCY]
    columns |= {name: name for name in (*names, *SUMS, *(f"{name}_rest" for name in SUMS))}
    # The summary keeps no request apart, so `with_feedback` cannot be a condition on its lines: it chooses which of
    # their counts is the count. `choose_source` lets only parts pass that the condition leaves as they are.
    counted = {None: "requests", True: "with_feedback", False: "requests - with_feedback"}[
        choice.with_feedback
    ]
    # What is unscored follows from three counts, but for failures that are never scored: these stand in no column.
    # They are few and have an index, so they join as lines that count nothing else.
    if FigurePart.UNSCORED in parts:
        columns["never_scored"] = "0"
    select = daily_lines(statement, "daily_summary", columns, choice.where, owners)
    if FigurePart.UNSCORED in parts:
        listed = ", ".join(columns)
        failed = _never_scored(statement, choice.where, grouping, owners, columns)
        select = f"SELECT {listed} FROM ({select}) every_line UNION ALL {failed}"
    if GroupKey.OUTCOME in grouping.keys or GroupKey.CORRECT in grouping.keys:
        select = _told_apart(select, columns, grouping)
    # A group whose lines cancel (feedback that one writer added and another took back) is in no row of the log.
    return SourceQuery(select, _figures(f"sum({counted})", OF_DAYS, parts), f"sum({counted}) <> 0")


def _told_apart(select: str, columns: Iterable[str], grouping: Grouping) -> str:
    """The lines of `days` once for each outcome, or for each of right, wrong and neither: with their counts alone."""
    failed, right = "errors + caller_errors", "correct"
    if GroupKey.OUTCOME in grouping.keys:
        name, lines = "outcome", [("'OK'", f"requests - ({failed})"), ("'ERROR'", failed)]
    else:
        scored = f"CASE WHEN {REGRESSOR} THEN 0 ELSE scored END"
        unknown = ("CAST(NULL AS BOOLEAN)", f"requests - ({scored})")
        name, lines = "is_correct", [("TRUE", right), ("FALSE", f"{scored} - {right}"), unknown]
    kinds = " UNION ALL ".join(f"SELECT {kind} AS kind" for kind in range(len(lines)))
    values, counts = (
        " ".join(f"WHEN {kind} THEN {line[part]}" for kind, line in enumerate(lines)) for part in (0, 1)
    )
    listed = ", ".join(column for column in columns if column != "requests")
    return (
        f"SELECT {listed}, CASE kind {values} END AS {name}, CASE kind {counts} END AS requests "
        f"FROM ({select}) every_line CROSS JOIN ({kinds}) kinds"
    )


def _never_scored(
    statement: Statement,
    where: RequestFilter | None,
    grouping: Grouping,
    owners: Owners | None,
    columns: Iterable[str],
) -> str:
    """Failed requests with feedback that count for nothing, whatever their ground truth: lines for `days`."""
    known = {
        "endpoint_id": "endpoint_id",
        "algorithm_id": "algorithm_id",
        "arm": _text(statement, "arm"),
        **_bucket_and_owner(grouping, owners),
        "never_scored": NEVER_SCORED,
    }
    listed = ", ".join(f"{known.get(name, 'NULL' if name == 'day' else '0')} AS {name}" for name in columns)
    failed = f"SELECT {listed} FROM {_failed_ones(statement, where, owners)}"
    by_day = line_columns(statement, grouping, owners) | {"arm": _text(statement, "NULLIF(arm, '')")}
    gone = daily_lines(statement, REMOVED_FAILURE, by_day | {"never_scored": "never_scored"}, where, owners)
    listed = ", ".join(
        name if name in by_day or name == "never_scored" else f"0 AS {name}" for name in columns
    )
    return f"{failed} UNION ALL SELECT {listed} FROM ({gone}) gone"


SCORED_VALUES = f"sum(CASE WHEN {REGRESSOR} THEN scored ELSE 0 END)"
OF_DAYS: Mapping[FigurePart, Mapping[str, str]] = {
    FigurePart.OUTCOMES: {"errors": "sum(errors)", "caller_errors": "sum(caller_errors)"},
    FigurePart.FEEDBACK: {
        "with_feedback": "sum(with_feedback)",
        "scored_labels": f"sum(scored) - {SCORED_VALUES}",
        "correct": "sum(correct)",
        "scored_values": SCORED_VALUES,
    },
    FigurePart.RESIDUALS: {name: f"sum({name}) + sum({name}_rest)" for name in SUMS}
    | {"scored_values": SCORED_VALUES},
    FigurePart.LATENCY: {name: f"sum({name})" for name in LATENCY},
    FigurePart.UNSCORED: {"unscored_feedback": "sum(with_feedback) - sum(scored) - sum(never_scored)"},
}


def confusion(
    statement: Statement,
    where: RequestFilter | None,
    grouping: Grouping,
    owners: Owners | None,
    exact_endpoints: Iterable[int],
    *,
    parts: frozenset[FigurePart],
) -> SourceQuery:
    """The daily confusion tables, and the few failed requests with feedback, which have no label."""
    cells = _cells(statement, where, grouping, owners, exact_endpoints)
    failed = _failed(statement, where, grouping, owners)
    return SourceQuery(
        f"{cells} UNION ALL {failed}", _figures("sum(requests)", OF_CELLS, parts), "sum(requests) <> 0"
    )


# Who answered has not failed, and who answered with a label has no residual.
OF_CELLS: Mapping[FigurePart, Mapping[str, str]] = {
    FigurePart.OUTCOMES: {"errors": "sum(errors)", "caller_errors": "sum(caller_errors)"},
    FigurePart.FEEDBACK: {
        "with_feedback": "sum(requests)",
        "scored_labels": "sum(scored)",
        "correct": "sum(CASE WHEN label = feedback THEN requests ELSE 0 END)",
        "scored_values": "0",
    },
    FigurePart.RESIDUALS: dict.fromkeys(SUMS, "0.0") | {"scored_values": "0"},
    FigurePart.UNSCORED: {"unscored_feedback": "sum(unscored)"},
}


def missing_cells(
    statement: Statement, where: RequestFilter | None, owners: Owners | None, exact_endpoints: Iterable[int]
) -> str:
    """How many requests with feedback `confusion` does not hold: of regressors, and with other ground truths."""
    # The summary counts every request with feedback, whatever its truth. If the cells and the failures come to as
    # many, then nothing lies outside them, and the tables can be trusted for this question; else the log is read.
    whole = Grouping()
    columns = line_columns(statement, whole, owners) | {"with_feedback": "with_feedback"}
    every = daily_lines(statement, "daily_summary", columns, where, owners)
    cells = _cells(statement, where, whole, owners, exact_endpoints)
    failed = _failed_ones(statement, where, owners)
    counted = line_columns(statement, whole, owners) | {"requests": "requests"}
    gone = daily_lines(statement, REMOVED_FAILURE, counted, where, owners)
    return (
        f"SELECT (SELECT coalesce(sum(with_feedback), 0) FROM ({every}) every_one) "
        f"- (SELECT coalesce(sum(requests), 0) FROM ({cells}) cells) "
        f"- (SELECT count(*) FROM {failed}) "
        f"- (SELECT coalesce(sum(requests), 0) FROM ({gone}) gone) AS missing"
    )


def _cells(
    statement: Statement,
    where: RequestFilter | None,
    grouping: Grouping,
    owners: Owners | None,
    exact_endpoints: Iterable[int],
) -> str:
    columns = line_columns(statement, grouping, owners) | {
        "label": _text(statement, "label"),
        "feedback": _text(statement, "feedback"),
        "requests": "requests",
        "scored": "requests",
        "errors": "0",
        "caller_errors": "0",
        "unscored": "0",
    }
    select = daily_lines(statement, "daily_confusion", columns, where, owners)
    listed = ", ".join(name for name in columns if name != "day")
    known = statement.among("endpoint_id", exact_endpoints, largest=INT32)
    return f"SELECT {listed} FROM ({select}) all_cells WHERE {known}"


def _failed(
    statement: Statement, where: RequestFilter | None, grouping: Grouping, owners: Owners | None
) -> str:
    """Failed requests with feedback, those that are gone by day, with the columns of `_cells` in their order."""
    columns = {
        "endpoint_id": "endpoint_id",
        "algorithm_id": "algorithm_id",
        **_bucket_and_owner(grouping, owners),
        "label": _text(statement, "CAST(NULL AS TEXT)"),
        "feedback": _text(statement, "feedback"),
        "requests": "1",
        "scored": "CASE WHEN correct IS NULL THEN 0 ELSE 1 END",
        "errors": "CASE WHEN outcome = 'ERROR' AND coalesce(fault, '') <> 'caller' THEN 1 ELSE 0 END",
        "caller_errors": "CASE WHEN outcome = 'ERROR' AND fault = 'caller' THEN 1 ELSE 0 END",
        "unscored": f"CASE WHEN {UNSCORED} THEN 1 ELSE 0 END",
    }
    listed = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    failed = f"SELECT {listed} FROM {_failed_ones(statement, where, owners)}"
    counts = ("requests", "scored", "errors", "caller_errors", "unscored")
    by_day = line_columns(statement, grouping, owners) | {
        "label": _text(statement, "CAST(NULL AS TEXT)"),
        "feedback": _text(statement, "feedback"),
        **{name: name for name in counts},
    }
    gone = daily_lines(statement, REMOVED_FAILURE, by_day, where, owners)
    return f"{failed} UNION ALL SELECT {', '.join(columns)} FROM ({gone}) gone"


def _failed_ones(statement: Statement, where: RequestFilter | None, owners: Owners | None) -> str:
    """The request log with the conditions of failed requests with feedback: their index alone can count them."""
    # SQLite takes `label IS NULL` for a good use of the index on labels, which holds each failed request.
    hint = "" if statement.postgres else "INDEXED BY idx_ml_request_failed_with_feedback"
    failed = ("feedback_at IS NOT NULL", "label IS NULL", "value IS NULL")
    conditions = [*failed, *_owned(statement, owners), *conditions_of(statement, where)]
    return f"ml_request {hint} {conjunction(conditions)}"


def line_columns(statement: Statement, grouping: Grouping, owners: Owners | None) -> dict[str, str]:
    """The columns of both daily tables. Algorithm 0 and the arm "" stand for none, as NULL does in the rows."""
    columns = {
        "day": "day",
        "endpoint_id": "endpoint_id",
        "algorithm_id": "NULLIF(algorithm_id, 0)",
    }
    if grouping.bucket is not None:
        columns["bucket"] = time_buckets.of_day(grouping.bucket, _day_number(statement))
    if owners is not None:
        columns["owner_id"] = columns[owners.kind]
    return columns


def daily_lines(
    statement: Statement,
    table: str,
    columns: Mapping[str, str],
    where: RequestFilter | None,
    owners: Owners | None,
) -> str:
    """The lines of a daily table, filtered as requests are."""
    listed = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    # The conditions stand outside: only there do the columns have the NULLs of the log, by which conditions are met.
    conditions = [*_owned(statement, owners), *conditions_of(statement, where, OF_DAILY)]
    return f"SELECT * FROM (SELECT {listed} FROM {table}) daily {conjunction(conditions)}"


def _day_number(statement: Statement) -> str:
    first = request_ids.EPOCH.date()
    if statement.postgres:
        return f"(day - DATE '{first.isoformat()}')"
    return f"CAST(julianday(day) - julianday('{first.isoformat()}') AS INTEGER)"


def _owned(statement: Statement, owners: Owners | None) -> list[str]:
    return [] if owners is None else [statement.among(owners.kind, owners.ids, largest=INT32)]


def _text(statement: Statement, sql: str) -> str:
    """A text that is ordered by its characters' numbers on both databases."""
    return f'{sql} COLLATE "C"' if statement.postgres else sql


def _day(statement: Statement, sign: str, value: datetime) -> str:
    return f"day {sign} {statement.bind(in_utc(value).date())}"


OF_DAILY: Fields = (
    ("endpoint_ids", among("endpoint_id", INT32)),
    ("algorithm_ids", among("algorithm_id", INT32)),
    ("arms", among("arm")),
    ("created_from", lambda statement, value: _day(statement, ">=", value)),
    ("created_before", lambda statement, value: _day(statement, "<", value)),
)
"""How the daily tables are asked what `domain.history.aggregates.choose_source` lets pass."""
