"""How far the daily summaries are from the request log: one statement a table and day, so one moment of both.

Every transaction that writes rows or feedback adds the same to the summaries, so a drift, once there, stays what it
is whatever the server does meanwhile: it can be read now and corrected later, while nobody waits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from domain.catalog.classes import LONGEST, Classes
from domain.history.daily import (
    LARGEST,
    SMALLEST,
    ConfusionKey,
    LineChanges,
    ProbabilityKey,
    SummaryChanges,
    SummaryDifference,
    SummaryKey,
    day_of,
    first_id_of,
)
from domain.history.latency import BOUNDS
from domain.statistics.probability_bins import BINS, STEPS, STEPS_PER_BIN, ProbabilityCounts
from orm.connection.client import INT32, Client, Row, Tx, is_postgres
from orm.connection.statement import Statement
from orm.queries.figures.aggregate_sources import count_where
from orm.queries.figures.scores import of_day
from orm.queries.figures.summary_writes import LATENCY, OF_FEEDBACK, PROBABILITY, SUMS
from orm.queries.retention.rules import days_are_whole

REPAIRS = -1
"""The writer number of corrections; no process has it."""

ADVISORY_LOCK = 0x41_52_42_53_55_4D  # "ARBSUM"
TOLERANCE = 1e-9
COUNTED = ("requests", "errors", "caller_errors", *OF_FEEDBACK)
FINGERPRINTS = {
    "arm": ("arm", *COUNTED, *LATENCY, *SUMS),
    "label": ("label", "feedback", "requests"),
    "bin": ("bin", *PROBABILITY),
}
"""By what a line of repairs is told from what it was before, by the first column of its key."""


@dataclass(slots=True)
class Drift:
    """What is wrong with a day: `changes` would correct it, `repairs` are the corrections it had until now."""

    differences: list[SummaryDifference] = field(default_factory=list)
    changes: SummaryChanges = field(default_factory=SummaryChanges)
    repairs: list[tuple[object, ...]] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    """A line's numbers: counts in the order of COUNTED and LATENCY, the terms of each sum in the order of SUMS."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(COUNTED) + len(LATENCY)))
    sums: tuple[list[float], ...] = field(default_factory=lambda: tuple([] for _ in SUMS))

    def add(self, row: Row) -> None:
        for place, name in enumerate((*COUNTED, *LATENCY)):
            self.counts[place] += row[name]
        for terms, name in zip(self.sums, SUMS, strict=True):
            terms.extend((row[name], row[f"{name}_rest"]))


async def days(client: Client) -> list[date]:
    """The UTC days that have requests or lines of summaries, in order."""
    rows = await client.execute_query_dict(
        "SELECT day FROM daily_summary UNION SELECT day FROM daily_confusion "
        "UNION SELECT day FROM daily_probability UNION SELECT day FROM daily_values ORDER BY 1"
    )
    found = {date.fromisoformat(row["day"]) if isinstance(row["day"], str) else row["day"] for row in rows}
    # From day to day by the primary key: DISTINCT over the log would read all of it.
    beyond = 0
    while (lowest := await _next_id(client, beyond)) is not None:
        found.add(day_of(lowest))
        beyond = first_id_of(day_of(lowest) + timedelta(days=1))
    return sorted(found)


async def _next_id(client: Client, beyond: int) -> int | None:
    """The first request from an id on: an index finds it, however many there are."""
    statement = Statement(client)
    found: int | None = await statement.value(
        f"SELECT min(id) AS id FROM ml_request WHERE id >= {statement.bind(beyond)}"
    )
    return found


async def drift(client: Client, day: date, classes: Mapping[int, Classes]) -> Drift:
    """Where the summaries of `day` differ from the log: whole numbers exactly, sums by more than 1e-9 of them.

    classes: the declared classes by endpoint id; the confusion of other endpoints is left as it is. Where a request of
    the day was removed since it was kept long enough, nothing of its endpoint is compared: the summaries alone know it.
    """
    found = Drift()
    await _compare_lines(client, day, found)
    if classes:
        await _compare_cells(client, day, classes, found)
        await _compare_bins(client, day, classes, found)
    found.repairs.sort()
    return found


async def nobody_else_repairs(tx: Tx) -> None:
    """Until `tx` ends nobody else corrects a summary; on SQLite nobody else writes anyhow."""
    if is_postgres(tx):
        await tx.execute_query("SELECT pg_advisory_xact_lock($1)", [ADVISORY_LOCK])


async def repairs(tx: Tx, day: date, classes: Iterable[int]) -> list[tuple[object, ...]]:
    """The corrections that a day has had until now, as `drift` found them; nobody adds another until `tx` ends."""
    await nobody_else_repairs(tx)
    found = []
    for table, key in (("daily_summary", "arm"), ("daily_confusion", "label"), ("daily_probability", "bin")):
        statement = Statement(tx)
        where = f"day = {statement.bind(day)} AND writer = {statement.bind(REPAIRS)}"
        where += f" AND {days_are_whole(statement, table, day)}"
        if table != "daily_summary":
            where += f" AND {statement.among('endpoint_id', sorted(classes), largest=INT32)}"
        found += [
            _fingerprint(table, row, key)
            for row in await statement.rows(f"SELECT * FROM {table} WHERE {where}")
        ]
    return sorted(found)


def _fingerprint(table: str, row: Row, key: str) -> tuple[object, ...]:
    names = FINGERPRINTS[key]
    return (table, row["endpoint_id"], row["algorithm_id"], *(row[name] for name in names))


async def _compare_lines(client: Client, day: date, found: Drift) -> None:
    lines: dict[tuple[int, int, str], tuple[_Line, _Line]] = {}
    for row in await _lines(client, day):
        key = (row["endpoint_id"], row["algorithm_id"], row["arm"])
        stored, expected = lines.setdefault(key, (_Line(), _Line()))
        (expected if row["writer"] is None else stored).add(row)
        if row["writer"] == REPAIRS:
            found.repairs.append(_fingerprint("daily_summary", row, "arm"))
    for key, (stored, expected) in sorted(lines.items()):
        _compare_line(SummaryKey(day, *key), stored, expected, found)


def _compare_line(key: SummaryKey, stored: _Line, expected: _Line, found: Drift) -> None:
    counted = zip((*COUNTED, *LATENCY), stored.counts, expected.counts, strict=True)
    wrong: list[tuple[str, float, float]] = [(name, had, want) for name, had, want in counted if had != want]
    if expected.counts[COUNTED.index("scored")]:  # sums over nothing are nothing, whatever rounding has left
        wrong += _wrong_sums(stored, expected)
    if not wrong:
        return
    found.differences += [
        SummaryDifference(key.day, key.endpoint_id, key.algorithm_id, key.arm, "", "", *facts)
        for facts in wrong
    ]
    # The correction is what must be added, since that is the only thing that commutes with what writers add meanwhile.
    missing = [want - had for had, want in zip(stored.counts, expected.counts, strict=True)]
    counts = LineChanges(latency=missing[len(COUNTED) :])
    for name, number in zip(COUNTED, missing[: len(COUNTED)], strict=True):
        setattr(counts, name, number)
    for name, had, want in zip(SUMS, stored.sums, expected.sums, strict=True):
        # As terms, not as a difference: rounded now, it would not cancel what is stored to the last bit.
        setattr(counts, name, [*want, *(-term for term in had)])
    found.changes.summary[key] = counts


def _wrong_sums(stored: _Line, expected: _Line) -> list[tuple[str, float, float]]:
    wrong = []
    # Positive and negative residuals cancel: their sum is as exact as the sum of their absolute values is.
    absolute = math.fsum(expected.sums[SUMS.index("residual_absolute")])
    for name, had, want in zip(SUMS, stored.sums, expected.sums, strict=True):
        total, right = math.fsum(had), math.fsum(want)
        scale = max(abs(total), abs(right), absolute if name == "residual_sum" else 0.0)
        if abs(total - right) > TOLERANCE * scale:
            wrong.append((name, total, right))
    return wrong


async def _lines(client: Client, day: date) -> list[Row]:
    """The table's lines, and the log's with a writer of NULL, in one statement.

    In one, because both must be of one moment: between two, a writer could commit, and a drift would be seen that is
    none. (READ COMMITTED gives each statement a snapshot of its own.)
    """
    statement = Statement(client)
    names = (*COUNTED, *LATENCY, *SUMS, *(f"{name}_rest" for name in SUMS))
    table = (
        f"SELECT endpoint_id, algorithm_id, arm, writer, {', '.join(names)} FROM daily_summary "
        f"WHERE day = {statement.bind(day)} AND {days_are_whole(statement, 'daily_summary', day)}"
    )
    clamped = (
        f"CASE WHEN residual > {LARGEST} THEN {LARGEST} WHEN residual < -{LARGEST} THEN -{LARGEST} "
        "ELSE residual END"
    )
    bounds = " ".join(
        f"WHEN latency <= {statement.bind(bound)} THEN {bucket}" for bucket, bound in enumerate(BOUNDS)
    )
    rows = (
        "SELECT endpoint_id, coalesce(algorithm_id, 0) AS algorithm_id, coalesce(arm, '') AS arm, outcome, "
        f"fault, feedback, correct, {clamped} AS residual, CASE {bounds} ELSE {len(BOUNDS)} END AS bucket "
        f"FROM ml_request WHERE {of_day(statement, day)} AND {days_are_whole(statement, 'ml_request', day)}"
    )
    figures = (
        "count(*)",
        count_where("outcome = 'ERROR' AND coalesce(fault, '') <> 'caller'"),
        count_where("outcome = 'ERROR' AND fault = 'caller'"),
        "count(feedback)",
        count_where("correct IS NOT NULL OR residual IS NOT NULL"),
        count_where("correct IS TRUE"),
        *(count_where(f"bucket = {bucket}") for bucket in range(len(LATENCY))),
        "coalesce(sum(residual), 0.0)",
        "coalesce(sum(abs(residual)), 0.0)",
        f"coalesce(sum(CASE WHEN abs(residual) < {SMALLEST} THEN 0.0 ELSE residual * residual END), 0.0)",
        *("0.0" for _ in SUMS),
    )
    log = (
        f"SELECT endpoint_id, algorithm_id, arm, CAST(NULL AS INT), {', '.join(figures)} FROM ({rows}) rows_of_day "
        "GROUP BY endpoint_id, algorithm_id, arm"
    )
    return await statement.rows(f"{table} UNION ALL {log}")


async def _compare_cells(client: Client, day: date, classes: Mapping[int, Classes], found: Drift) -> None:
    stored: dict[ConfusionKey, int] = {}
    expected: dict[ConfusionKey, int] = {}
    for row in await _cells(client, day, classes):
        # The log has truths as they were given, the table has classes: several truths may mean one class.
        if row["writer"] is None:
            truth = classes[row["endpoint_id"]].class_of(row["feedback"])
            counted = expected
        else:
            truth, counted = row["feedback"], stored
            if row["writer"] == REPAIRS:
                found.repairs.append(_fingerprint("daily_confusion", row, "label"))
        if truth is not None:
            cell = ConfusionKey(day, row["endpoint_id"], row["algorithm_id"], row["label"], truth)
            counted[cell] = counted.get(cell, 0) + row["requests"]
    for cell in sorted(stored.keys() | expected.keys()):
        had, want = stored.get(cell, 0), expected.get(cell, 0)
        if had != want:
            key = (cell.day, cell.endpoint_id, cell.algorithm_id, "", cell.label, cell.feedback)
            found.differences.append(SummaryDifference(*key, "confusion", had, want))
            found.changes.confusion[cell] = want - had


async def _cells(client: Client, day: date, classes: Iterable[int]) -> list[Row]:
    """The table's cells, and those of the log with a writer of NULL, in one statement."""
    statement, ids = Statement(client), sorted(classes)
    table = (
        "SELECT endpoint_id, algorithm_id, label, feedback, writer, requests FROM daily_confusion "
        f"WHERE day = {statement.bind(day)} AND {statement.among('endpoint_id', ids, largest=INT32)} "
        f"AND {days_are_whole(statement, 'daily_confusion', day)}"
    )
    log = (
        "SELECT endpoint_id, coalesce(algorithm_id, 0), label, feedback, CAST(NULL AS INT), count(*) "
        f"FROM ml_request WHERE {of_day(statement, day)} AND label IS NOT NULL AND feedback IS NOT NULL "
        f"AND length(feedback) <= {LONGEST} AND {statement.among('endpoint_id', ids, largest=INT32)} "
        f"AND {days_are_whole(statement, 'ml_request', day)} "
        "GROUP BY endpoint_id, coalesce(algorithm_id, 0), label, feedback"
    )
    return await statement.rows(f"{table} UNION ALL {log}")


async def _compare_bins(client: Client, day: date, classes: Mapping[int, Classes], found: Drift) -> None:
    stored: dict[ProbabilityKey, ProbabilityCounts] = {}
    expected: dict[ProbabilityKey, ProbabilityCounts] = {}
    for row in await _bins(client, day, classes):
        key = ProbabilityKey(day, row["endpoint_id"], row["algorithm_id"], row["bin"])
        if row["writer"] is not None:
            numbers = [int(row[name]) for name in PROBABILITY]
            stored.setdefault(key, ProbabilityCounts()).merge(ProbabilityCounts(*numbers))
            if row["writer"] == REPAIRS:
                found.repairs.append(_fingerprint("daily_probability", row, "bin"))
            continue
        declared = classes[row["endpoint_id"]]
        truth = declared.class_of(row["feedback"])
        if truth is not None:
            requests, steps, squares = (int(row[name]) for name in ("requests", "steps", "squares"))
            true = declared.came_true(row["label"], truth)
            counts = ProbabilityCounts(requests, requests * true, steps, squares, steps * true)
            expected.setdefault(key, ProbabilityCounts()).merge(counts)
    for key in sorted(stored.keys() | expected.keys()):
        had, want = stored.get(key, ProbabilityCounts()), expected.get(key, ProbabilityCounts())
        if had != want:
            place = (key.day, key.endpoint_id, key.algorithm_id, "", f"{key.bin / BINS:g}", "")
            found.differences += [
                SummaryDifference(*place, f"probability {name}", one, other)
                for name, one, other in zip(PROBABILITY, had.numbers(), want.numbers(), strict=True)
                if one != other
            ]
            missing = found.changes.probability.setdefault(key, ProbabilityCounts())
            missing.merge(want)
            missing.merge(had, -1)


async def _bins(client: Client, day: date, classes: Iterable[int]) -> list[Row]:
    """The table's bins, and those of the log by label and truth, with a writer of NULL, in one statement."""
    statement, ids = Statement(client), sorted(classes)
    table = (
        "SELECT endpoint_id, algorithm_id, bin, writer, requests, came_true, steps, squares, true_steps, "
        "NULL AS label, NULL AS feedback FROM daily_probability "
        f"WHERE day = {statement.bind(day)} AND {statement.among('endpoint_id', ids, largest=INT32)} "
        f"AND {days_are_whole(statement, 'daily_probability', day)}"
    )
    within = "CASE WHEN probability < 0.0 THEN 0.0 WHEN probability > 1.0 THEN 1.0 ELSE probability END"
    scaled = f"{within} * {STEPS} + 0.5"
    # PostgreSQL rounds where SQLite cuts off.
    steps = f"CAST(floor({scaled}) AS BIGINT)" if statement.postgres else f"CAST({scaled} AS INTEGER)"
    rows = (
        f"SELECT endpoint_id, coalesce(algorithm_id, 0) AS algorithm_id, label, feedback, {steps} AS steps "
        f"FROM ml_request WHERE {of_day(statement, day)} AND label IS NOT NULL AND feedback IS NOT NULL "
        f"AND probability IS NOT NULL AND length(feedback) <= {LONGEST} "
        f"AND {statement.among('endpoint_id', ids, largest=INT32)} AND {days_are_whole(statement, 'ml_request', day)}"
    )
    bin_ = f"CASE WHEN steps = {STEPS} THEN {BINS - 1} ELSE steps / {STEPS_PER_BIN} END"
    log = (
        f"SELECT endpoint_id, algorithm_id, {bin_}, CAST(NULL AS INT), count(*), 0, sum(steps), "
        f"sum(steps * steps), 0, label, feedback FROM ({rows}) rows_of_day "
        f"GROUP BY endpoint_id, algorithm_id, {bin_}, label, feedback"
    )
    return await statement.rows(f"{table} UNION ALL {log}")
