from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.callers import Principal, Scope, Viewer
from domain.errors import Forbidden, InvalidInput
from domain.history.filters import Position, Range, RequestFilter, RequestOrder
from domain.requests.feedback import FeedbackUpdate
from domain.requests.request import Request
from domain.words import Arm, Fault, Outcome
from orm.connection.database import Database
from orm.queries.history import requests
from tests.conftest import Statements
from tests.orm.rows import NOW, READER, Seed, insert, new_request, request_id

HUGE = 10**18
F = RequestFilter


async def select(database: Database, where: RequestFilter | None = None, **page: object) -> list[int]:
    """The milliseconds after NOW of the requests of a page: a short name for each."""
    async with database.reader() as reader:
        found = await requests.page_requests(reader, READER, where=where, **{"limit": 50, **page})  # type: ignore[arg-type]
    return [(request.id - request_id(0)) >> 12 for request in found]


async def give(database: Database, *updates: FeedbackUpdate) -> None:
    async with database.transaction() as tx:
        await requests.store_feedback(tx, updates)


def right(millisecond: int, minutes: int) -> FeedbackUpdate:
    return FeedbackUpdate(request_id(millisecond), "<=50K", NOW + timedelta(minutes=minutes), True, None)


async def test_a_request_comes_back_as_it_was_logged(database: Database, seed: Seed) -> None:
    row = new_request(
        seed,
        7,
        subject="käthe",
        input='{"b": 1, "a": "ü\\u0000"}',
        outcome=Outcome.ERROR,
        fault=Fault.CALLER,
        label=None,
        probability=None,
        message="age must be a number",
        value=1e300,
    )
    await insert(database, [row])
    async with database.reader() as reader:
        (found,) = await requests.page_requests(reader, READER, limit=1)
        assert await requests.requests_by_ids(reader, READER, [row.id, 5, HUGE, 10**30]) == {row.id: found}
    assert found == row.as_request()
    assert found.created_at == NOW.replace(microsecond=257_000)


async def test_a_page_of_fifty_is_one_statement(
    database: Database, seed: Seed, statements: Statements
) -> None:
    await insert(database, [new_request(seed, n) for n in range(60)])
    async with database.reader() as reader:
        for order in RequestOrder:
            with statements() as sql:
                page = await requests.page_requests(reader, READER, limit=50, order=order)
            assert (len(page), len(sql)) == (50, 1)


async def test_pages_by_id_run_both_ways_in_both_orders(database: Database, seed: Seed) -> None:
    await insert(database, [new_request(seed, n) for n in range(1, 7)])
    at = [Position(request_id(n)) for n in range(8)]
    assert await select(database, limit=2) == [6, 5]
    assert await select(database, limit=2, after=at[5]) == [4, 3]
    assert await select(database, limit=2, before=at[3], backward=True) == [5, 4]
    assert await select(database, limit=9, after=at[6], before=at[2]) == [5, 4, 3]
    ascending = RequestOrder.ID_ASC
    assert await select(database, order=ascending, limit=2) == [1, 2]
    assert await select(database, order=ascending, limit=2, after=at[2]) == [3, 4]
    assert await select(database, order=ascending, limit=2, before=at[5], backward=True) == [3, 4]
    assert await select(database, order=ascending, limit=2, backward=True) == [5, 6]


async def test_feedback_order_puts_requests_without_feedback_last(database: Database, seed: Seed) -> None:
    await insert(database, [new_request(seed, n) for n in range(1, 8)])
    await give(database, right(2, 30), right(5, 10), right(6, 30))
    expected = [6, 2, 5, 7, 4, 3, 1]
    order = RequestOrder.FEEDBACK_AT_DESC
    assert await select(database, order=order) == expected
    assert await select(database, order=order, backward=True, limit=3) == [4, 3, 1]
    places = await _places(database)
    for start in range(7):
        after, rest = places[expected[start]], expected[start + 1 :]
        assert await select(database, order=order, after=after) == rest
        assert await select(database, order=order, after=after, limit=2) == rest[:2]
        head = expected[:start]
        assert await select(database, order=order, before=after, backward=True) == head
        assert await select(database, order=order, before=after, backward=True, limit=2) == head[-2:]
    assert await select(database, order=order, after=places[2], before=places[4]) == [5, 7]
    assert await select(database, order=order, after=places[7], before=places[2]) == []
    with_feedback = F(with_feedback=True)
    assert await select(database, with_feedback, order=order, limit=2) == [6, 2]


async def _places(database: Database) -> dict[int, Position]:
    async with database.reader() as reader:
        found = await requests.page_requests(reader, READER, limit=50)
    return {(row.id - request_id(0)) >> 12: Position(row.id, row.feedback_at) for row in found}


@pytest.fixture
async def history(database: Database, seed: Seed) -> Database:
    await insert(
        database,
        [
            new_request(seed, 1, subject="ann", arm=None),
            new_request(seed, 2, label=">50K", probability=0.75, latency=0.5),
            new_request(seed, 3, algorithm_id=seed.second.id, label=None, probability=None, value=-2.5),
            new_request(
                seed,
                4,
                algorithm_id=None,
                label=None,
                probability=None,
                outcome=Outcome.ERROR,
                fault=Fault.CALLER,
                message="100% wrong_age",
            ),
        ],
    )
    await give(database, replace(right(1, 5)), FeedbackUpdate(request_id(2), "<=50K", NOW, False, None))
    return database


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, [4, 3, 2, 1]),
        (F(), [4, 3, 2, 1]),
        (F(ids=(request_id(3), 9, HUGE, 10**30)), [3]),
        (F(ids=()), []),
        (F(endpoint_ids=(1, HUGE)), [4, 3, 2, 1]),
        (F(endpoint_ids=(2,)), []),
        (F(algorithm_ids=(2,)), [3]),
        (F(algorithm_ids=(1, 2)), [3, 2, 1]),
        (F(ab_test_ids=(1,)), []),
        (F(arms=(Arm.CHAMPION,)), []),
        (F(outcome=Outcome.ERROR), [4]),
        (F(fault=Fault.CALLER), [4]),
        (F(subject="ann"), [1]),
        (F(subject="ANN"), []),
        (F(label=">50K"), [2]),
        (F(labels=("<=50K", ">50K")), [2, 1]),
        (F(feedback="<=50K"), [2, 1]),
        (F(value=Range(-3, -2)), [3]),
        (F(value=Range(maximum=0)), [3]),
        (F(probability=Range(0.75)), [2]),
        (F(probability=Range()), [4, 3, 2, 1]),
        (F(latency=Range(minimum=0.1, maximum=0.5)), [2]),
        (F(with_feedback=True), [2, 1]),
        (F(with_feedback=False), [4, 3]),
        (F(correct=True), [1]),
        (F(correct=False), [2]),
        (F(message_contains="100%"), [4]),
        (F(message_contains="wrong_"), [4]),
        (F(message_contains="wrong?"), []),
        (F(message_contains="WRONG"), []),
        (F(created_from=NOW + timedelta(milliseconds=3)), [4, 3]),
        (F(created_before=NOW + timedelta(milliseconds=3)), [2, 1]),
        (F(created_from=(NOW + timedelta(milliseconds=4)).astimezone(timezone(timedelta(hours=9)))), [4]),
        (F(created_from=datetime(9999, 12, 31, tzinfo=UTC)), []),
        (F(and_=(F(algorithm_ids=(1,)), F(correct=True))), [1]),
        (F(or_=(F(subject="ann"), F(outcome=Outcome.ERROR))), [4, 1]),
        (F(not_=(F(label=">50K"),)), [4, 3, 1]),
        (F(not_=(F(label=">50K"), F(subject="ann"))), [4, 3]),
        (F(not_=(F(),)), []),
        (F(or_=(F(),)), [4, 3, 2, 1]),
        (F(outcome=Outcome.OK, or_=(F(label=">50K"), F(not_=(F(with_feedback=True),)))), [3, 2]),
        (F(subject="'; DROP TABLE ml_request; --"), []),
    ],
)
async def test_every_condition_selects_exactly_its_rows(
    history: Database, where: RequestFilter | None, expected: list[int]
) -> None:
    assert await select(history, where) == expected
    assert await select(history, where, order=RequestOrder.ID_ASC) == expected[::-1]
    by_feedback = await select(history, where, order=RequestOrder.FEEDBACK_AT_DESC)
    assert sorted(by_feedback, reverse=True) == expected
    async with history.reader() as reader:
        assert await requests.count_requests(reader, READER, where, 100) == len(expected)


async def test_counting_stops_at_the_cap(history: Database) -> None:
    async with history.reader() as reader:
        assert await requests.count_requests(reader, READER, None, 3) == 3


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        (F(subject="a\0b"), "NUL"),
        (F(labels=("\ud800",)), "surrogate"),
        (F(value=Range(float("nan"))), "NaN"),
        (F(created_from=datetime(2026, 1, 1)), "zone"),
    ],
)
async def test_values_that_no_row_can_hold_are_refused_with_the_reason(
    database: Database, where: RequestFilter, reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        await select(database, where)


async def test_wide_columns_are_read_only_when_asked_for(history: Database, statements: Statements) -> None:
    async with history.reader() as reader:
        with statements() as sql:
            found = await requests.page_requests(reader, READER, limit=9, columns=frozenset({"message"}))
    assert [row.message for row in found] == ["100% wrong_age", None, None, None]
    assert {(row.input, row.full_response) for row in found} == {("", "")}
    assert "input" not in sql[0]
    assert found[0].outcome is Outcome.ERROR


async def test_a_viewer_without_the_scope_read_is_refused_and_nothing_is_sent(
    database: Database, statements: Statements
) -> None:
    viewer = Viewer(Principal("bob", frozenset({Scope.PREDICT})))
    async with database.reader() as reader:
        with statements() as sql:
            with pytest.raises(Forbidden, match="'bob'"):
                await requests.page_requests(reader, viewer, limit=1)
            with pytest.raises(Forbidden):
                await requests.count_requests(reader, viewer, None, 1)
            with pytest.raises(Forbidden):
                await requests.requests_by_ids(reader, viewer, [1])
        assert sql == []
        assert await requests.requests_by_ids(reader, None, [1]) == {}


async def test_a_stream_gives_every_row_once_in_ascending_id_by_chunks(
    database: Database, seed: Seed, statements: Statements
) -> None:
    await insert(database, [new_request(seed, n) for n in range(25)])

    async def stream(**options: object) -> list[Request]:
        return [row async for row in requests.stream_requests(database.reader, READER, **options)]  # type: ignore[arg-type]

    with statements() as sql:
        everything = await stream(chunk=10)
    assert [row.id for row in everything] == [request_id(n) for n in range(25)]
    assert len(sql) == 3
    assert [row.id for row in await stream(after=request_id(22))] == [request_id(23), request_id(24)]
    assert await stream(where=F(label="x")) == []


async def test_feedback_of_many_requests_is_one_statement_and_its_history_another(
    database: Database, seed: Seed, statements: Statements
) -> None:
    await insert(database, [new_request(seed, n) for n in range(3)])
    updates = [right(0, 1), FeedbackUpdate(request_id(2), "7.5", NOW, None, -2.5)]
    async with database.transaction() as tx:
        locked = await requests.lock_requests(tx, [request_id(0), request_id(2), 5])
        assert sorted(locked) == [request_id(0), request_id(2)]
        with statements() as sql:
            await requests.store_feedback(tx, updates)
            await requests.add_feedback_events(tx, updates, "ann", NOW)
        assert len(sql) == 2
    async with database.reader() as reader:
        found = await requests.requests_by_ids(reader, READER, [request_id(n) for n in range(3)])
        events = await reader.execute_query_dict(
            "SELECT request_id, feedback, created_by FROM feedback_event ORDER BY id"
        )
    assert [_feedback(found[request_id(n)]) for n in range(3)] == [
        ("<=50K", NOW + timedelta(minutes=1), True, None),
        (None, None, None, None),
        ("7.5", NOW, None, -2.5),
    ]
    assert [tuple(event.values()) for event in events] == [
        (request_id(0), "<=50K", "ann"),
        (request_id(2), "7.5", "ann"),
    ]


async def test_cleared_feedback_leaves_nothing_but_its_history(database: Database, seed: Seed) -> None:
    await insert(database, [new_request(seed, 0)])
    await give(database, right(0, 1))
    await give(database, FeedbackUpdate(request_id(0), None, None, None, None))
    async with database.transaction() as tx:
        found = await requests.requests_by_ids(tx, None, [request_id(0)])
        await requests.store_feedback(tx, [])
        await requests.add_feedback_events(tx, [], "ann", NOW)
    assert _feedback(found[request_id(0)]) == (None, None, None, None)


def _feedback(row: Request) -> tuple[object, ...]:
    return row.feedback, row.feedback_at, row.correct, row.residual


async def test_of_a_huge_input_only_the_beginning_is_read_and_the_row_stays_readable(
    database: Database, seed: Seed
) -> None:
    fits, huge = '"' + "x" * 65_534 + '"', '{"a": "' + "x" * 8 * 2**20 + '"}'
    await insert(
        database,
        [new_request(seed, 1, input=fits), *(new_request(seed, n, input=huge) for n in range(2, 12))],
    )
    async with database.reader() as reader:
        page = await requests.page_requests(reader, READER, limit=50)
        by_id = await requests.requests_by_ids(reader, None, [request_id(5)])
    assert [one.input for one in page] == [huge[:1_000] + "…"] * 10 + [fits]
    assert by_id[request_id(5)].input == huge[:1_000] + "…"
