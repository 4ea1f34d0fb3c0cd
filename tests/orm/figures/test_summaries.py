from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.catalog.classes import Classes
from domain.history.aggregates import EVERY_PART, FigureGroup, Grouping, GroupKey, TimeBucket
from domain.history.daily import (
    ConfusionKey,
    LineChanges,
    SummaryChanges,
    SummaryKey,
    changes_of_requests,
    day_of,
    first_id_of,
)
from domain.history.filters import RequestFilter
from domain.history.latency import BUCKETS
from domain.requests.request_ids import first_at
from domain.words import Arm, Durability, Fault, Outcome
from orm.connection.database import Database
from orm.queries.figures import summary_drift
from orm.queries.figures import summary_writes as writes
from orm.queries.figures.aggregates import EVERYTHING, AggregateQuery, figures_by_owner
from tests.conftest import Statements
from tests.orm.rows import NOW, READER, Seed, insert, new_request

DAY = date(2026, 3, 1)


def line(**numbers: Any) -> LineChanges:
    counts = LineChanges()
    for name, number in numbers.items():
        setattr(counts, name, number)
    return counts


def key(day: int = 0, endpoint: int = 1, algorithm: int = 1, arm: str = "") -> SummaryKey:
    return SummaryKey(DAY + timedelta(days=day), endpoint, algorithm, arm)


async def add(database: Database, writer: int, *lines: tuple[SummaryKey, LineChanges]) -> None:
    async with database.transaction() as tx:
        await writes.add_all(tx, writer, SummaryChanges(dict(lines)))


async def stored(database: Database) -> list[dict[str, Any]]:
    async with database.reader() as reader:
        return await reader.execute_query_dict(
            "SELECT * FROM daily_summary ORDER BY day, endpoint_id, writer"
        )


async def groups(
    database: Database, *keys: GroupKey, bucket: TimeBucket | None = None, **where: Any
) -> list[FigureGroup]:
    """What the daily summary says: it knows all that is asked here."""
    query = AggregateQuery(RequestFilter(**where), Grouping(keys, bucket, limit=100), EVERY_PART)
    async with database.reader() as reader:
        return (await figures_by_owner(reader, READER, query)).get(EVERYTHING, [])


async def test_adding_again_adds_up_and_writers_keep_apart(database: Database) -> None:
    latency = [0] * BUCKETS
    latency[16] = 3
    await add(database, 7, (key(), line(requests=3, errors=1, latency=latency)))
    await add(database, 7, (key(), line(requests=2, caller_errors=1)))
    await add(database, 8, (key(), line(requests=-1, with_feedback=-1, scored=-2, correct=4)))
    rows = await stored(database)
    names = ("writer", "requests", "errors", "caller_errors", "with_feedback", "scored", "correct")
    assert [tuple(row[name] for name in names) for row in rows] == [
        (7, 5, 1, 1, 0, 0, 0),
        (8, -1, 0, 0, -1, -2, 4),
    ]
    assert [[row[f"latency_{n}"] for n in range(BUCKETS)] for row in rows] == [latency, [0] * BUCKETS]
    (total,) = [group.figures for group in await groups(database)]
    assert (total.count, total.errors, total.scored, total.correct) == (4, 1, -2, 4)
    assert total.latency == tuple(latency)


async def test_lines_are_written_in_key_order_in_one_statement(
    database: Database, statements: Statements
) -> None:
    keys = [key(1), key(0, 2), key(0, 1, 2), key(0, 1, 1, "champion"), key(0, 1, 1), key(-1, 9)]
    with statements() as sql:
        await add(database, 0, *((one, line(requests=1)) for one in keys))
    assert len(sql) == 1
    async with database.reader() as reader:
        rows = await reader.execute_query_dict("SELECT * FROM daily_summary ORDER BY id")
    days = [str(row["day"]) for row in rows]
    assert [(d, r["endpoint_id"], r["algorithm_id"], r["arm"]) for d, r in zip(days, rows, strict=True)] == [
        (str(one.day), one.endpoint_id, one.algorithm_id, one.arm) for one in sorted(keys)
    ]


async def test_nothing_to_add_is_no_statement(database: Database, statements: Statements) -> None:
    with statements() as sql:
        await add(database, 0)
    assert sql == []


async def test_sums_that_are_taken_back_in_any_order_leave_nothing(database: Database) -> None:
    dice = random.Random(5)
    numbers = [round(dice.uniform(-1, 1) * 10 ** dice.randint(-3, 8), 3) for _ in range(60)]
    terms = numbers + [-number for number in numbers]
    dice.shuffle(terms)
    for term in terms:
        await add(database, 0, (key(), line(residual_sum=[term], residual_squares=[term, 0.5])))
    (row,) = await stored(database)
    assert row["residual_sum"] + row["residual_sum_rest"] == 0.0
    assert row["residual_squares"] + row["residual_squares_rest"] == 60.0


async def test_a_small_term_survives_a_large_one(database: Database) -> None:
    for terms in ([1e17], [0.25], [1.0], [-1e17]):
        await add(database, 0, (key(), line(scored=1, residual_sum=terms)))
    (row,) = await stored(database)
    assert row["residual_sum"] + row["residual_sum_rest"] == 1.25


async def test_totals_are_filtered_and_told_apart(database: Database, statements: Statements) -> None:
    await add(
        database,
        3,
        (key(0, 1, 1), line(requests=1)),
        (key(0, 1, 1, "champion"), line(requests=2)),
        (key(0, 1, 2, "challenger"), line(requests=4)),
        (key(1, 1, 0), line(requests=8)),
        (key(1, 2, 3), line(requests=16)),
        (key(2, 2, 3), line(requests=32)),
        (key(2, 2, 4), line(requests=0)),
    )
    await add(database, 4, (key(1, 2, 3), line(requests=64)))

    async def requests(*keys: GroupKey, **where: Any) -> list[tuple[Any, ...]]:
        with statements() as sql:
            found = await groups(database, *keys, **where)
        assert len(sql) == 1
        names = [f"{key.value}_id" if key is not GroupKey.ARM else "arm" for key in keys]
        names += ["bucket_start"] if "bucket" in where else []
        return [(*(getattr(group, name) for name in names), group.figures.count) for group in found]

    by_day = {"bucket": TimeBucket.DAY}
    assert await requests() == [(127,)]
    assert await requests(GroupKey.ENDPOINT) == [(1, 15), (2, 112)]
    assert await requests(GroupKey.ALGORITHM, GroupKey.ARM, endpoint_ids=(1,)) == [
        (1, Arm.CHAMPION, 2),
        (1, None, 1),
        (2, Arm.CHALLENGER, 4),
        (None, None, 8),
    ]
    days = [datetime(2026, 3, 1 + n, tzinfo=UTC) for n in range(3)]
    assert await requests(**by_day) == [(days[0], 7), (days[1], 88), (days[2], 32)]
    assert await requests(created_from=days[1], created_before=days[2]) == [(88,)]
    assert await requests(algorithm_ids=(3, 2**40), **by_day) == [(days[1], 80), (days[2], 32)]
    assert await requests(endpoint_ids=()) == [(0,)]
    assert await requests(endpoint_ids=(77,), **by_day) == []


async def test_confusion_sums_over_days_and_writers_and_forgets_empty_cells(database: Database) -> None:
    cells = [
        (1, ConfusionKey(DAY, 1, 5, "low", "high"), 3),
        (2, ConfusionKey(DAY, 1, 5, "low", "high"), -1),
        (1, ConfusionKey(DAY + timedelta(days=1), 1, 5, "low", "high"), 4),
        (1, ConfusionKey(DAY, 1, 5, "high", "high"), 2),
        (2, ConfusionKey(DAY, 1, 5, "high", "high"), -2),
        (1, ConfusionKey(DAY, 1, 6, "low", "low"), 1),
        (1, ConfusionKey(DAY, 2, 7, "low", "low"), 9),
    ]
    for writer, cell, count in cells:
        async with database.transaction() as tx:
            await writes.add_feedback(tx, writer, SummaryChanges({}, {cell: count}))
    async with database.reader() as reader:
        rows = await reader.execute_query_dict(
            "SELECT endpoint_id, algorithm_id, label, feedback, sum(requests) AS n FROM daily_confusion "
            "GROUP BY endpoint_id, algorithm_id, label, feedback HAVING sum(requests) <> 0 ORDER BY algorithm_id"
        )
    assert [(row["endpoint_id"], row["algorithm_id"], row["label"], int(row["n"])) for row in rows] == [
        (1, 5, "low", 6),
        (1, 6, "low", 1),
        (2, 7, "low", 9),
    ]


async def test_days_are_those_of_rows_and_of_lines(database: Database, seed: Seed) -> None:
    async with database.reader() as reader:
        assert await summary_drift.days(reader) == []
    day = 86_400_000
    await insert(database, [new_request(seed, n) for n in (0, 1, 2 * day, 400 * day)])
    await add(database, 0, (key(1), line(requests=1)))
    async with database.reader() as reader:
        found = await summary_drift.days(reader)
    assert found == [DAY + timedelta(days=n) for n in (0, 1, 2, 400)]


async def test_drift_counts_the_log_as_the_log_was_counted(database: Database, seed: Seed) -> None:
    """The recomputation is SQL, the way in is Python: rows of every shape must come to the same."""
    bounds = (0.0001, 0.00010000001, 0.00025, 0.3, 10.0, 10.1, 0.0)
    rows = [new_request(seed, n, latency=latency) for n, latency in enumerate(bounds)]
    rows += [
        new_request(seed, 20, outcome=Outcome.ERROR, fault=Fault.CALLER, label=None, algorithm_id=None),
        new_request(seed, 21, outcome=Outcome.ERROR, fault=Fault.ALGORITHM, label=None),
        new_request(seed, 22, algorithm_id=seed.second.id),
        new_request(seed, 86_400_000),
    ]
    await insert(database, rows)
    changes = changes_of_requests(rows)
    assert sorted(changes.summary) == [
        (DAY, seed.endpoint.id, 0, ""),
        (DAY, seed.endpoint.id, seed.first.id, ""),
        (DAY, seed.endpoint.id, seed.second.id, ""),
        (DAY + timedelta(days=1), seed.endpoint.id, seed.first.id, ""),
    ]
    async with database.transaction() as tx:
        drift = await summary_drift.drift(tx, DAY, {seed.endpoint.id: Classes(["a", "b"])})
        assert {one: counts.requests for one, counts in drift.changes.summary.items()} == {
            one: counts.requests for one, counts in changes.summary.items() if one.day == DAY
        }
        await writes.add_requests(tx, 5, changes)
        for day in (DAY, DAY + timedelta(days=1)):
            after = await summary_drift.drift(tx, day, {seed.endpoint.id: Classes(["a", "b"])})
            assert (after.differences, after.changes, after.repairs) == ([], SummaryChanges(), [])


async def test_a_correction_by_somebody_else_is_seen(database: Database) -> None:
    classes = {1: Classes(["a", "b"])}
    await add(database, 4, (key(), line(requests=2)))
    async with database.transaction() as tx:
        drift = await summary_drift.drift(tx, DAY, classes)
        assert await summary_drift.repairs(tx, DAY, classes) == drift.repairs == []
        await writes.add_all(tx, summary_drift.REPAIRS, drift.changes)
        other = await summary_drift.repairs(tx, DAY, classes)
        again = await summary_drift.drift(tx, DAY, classes)
    assert again.differences == []
    assert other == again.repairs
    assert len(other) == 1


def test_days_begin_at_midnight_utc() -> None:
    assert day_of(first_id_of(DAY)) == DAY
    assert day_of(first_id_of(DAY) - 1) == DAY - timedelta(days=1)
    assert first_id_of(DAY) <= first_at(NOW) < first_id_of(DAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("durability", "sqlite", "postgres"), [(Durability.DURABLE, 2, "on"), (Durability.RELAXED, 1, "off")]
)
async def test_durability_is_in_force_where_rows_are_written(
    database_url: str, durability: Durability, sqlite: int, postgres: str
) -> None:
    database = await Database.open(database_url, durability=durability)
    async with database.transaction() as tx:
        if database.dialect == "sqlite":
            (found,) = await tx.execute_query_dict("PRAGMA synchronous")
            assert found["synchronous"] == sqlite
            assert (await tx.execute_query_dict("PRAGMA journal_mode"))[0]["journal_mode"] == "wal"
        else:
            (found,) = await tx.execute_query_dict("SHOW synchronous_commit")
            assert found["synchronous_commit"] == postgres
    await database.close()


async def test_durable_is_the_default(database: Database) -> None:
    asked = {"sqlite": "PRAGMA synchronous", "postgres": "SHOW synchronous_commit"}[database.dialect]
    async with database.transaction() as tx:
        (found,) = await tx.execute_query_dict(asked)
    assert list(found.values()) == [{"sqlite": 2, "postgres": "on"}[database.dialect]]
