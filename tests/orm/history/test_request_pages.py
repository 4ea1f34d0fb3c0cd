from __future__ import annotations

from datetime import timedelta

import pytest

from domain.callers import Principal, Scope, Viewer
from domain.errors import Forbidden
from domain.history.filters import Position, RequestFilter, RequestOrder
from domain.requests.feedback import FeedbackUpdate
from domain.requests.request import Request
from orm.connection.database import Database
from orm.connection.statement import Statement
from orm.queries.history import requests
from orm.queries.history.request_pages import Owner, PageQuery, pages_by_owner_sql
from tests.conftest import Statements
from tests.orm.rows import NOW, READER, Seed, insert, new_request, request_id, seed_into

NOBODY = 999
HUGE = 10**18
BLIND = Viewer(Principal("bob", frozenset({Scope.PREDICT, Scope.FEEDBACK, Scope.ADMIN})))


@pytest.fixture
async def seeds(database: Database) -> list[Seed]:
    """Two endpoints with two algorithms each; 12 requests of three of the algorithms, half with feedback."""
    seeds = [await seed_into(database, name) for name in ("one", "two")]
    algorithms = (seeds[0].first, seeds[0].second, seeds[1].first)
    for turn in range(12):
        algorithm = algorithms[turn % 3]
        seed = seeds[0] if algorithm.endpoint_id == seeds[0].endpoint.id else seeds[1]
        label = "a" if turn % 2 else "b"
        await insert(database, [new_request(seed, turn, algorithm_id=algorithm.id, label=label)])
    async with database.transaction() as tx:
        await requests.store_feedback(
            tx,
            [
                FeedbackUpdate(request_id(turn), "a", NOW + timedelta(minutes=turn * 7 % 5), True, None)
                for turn in range(0, 12, 2)
            ],
        )
    return seeds


SHORT = {RequestOrder.ID_DESC, RequestOrder.FEEDBACK_AT_DESC, RequestOrder.CONFIDENCE_ASC}
EACH_ORDER = [
    pytest.param(order, marks=() if order in SHORT else pytest.mark.matrix) for order in RequestOrder
]


async def places(database: Database, order: RequestOrder) -> dict[int, Position]:
    async with database.reader() as reader:
        found = await requests.page_requests(reader, READER, limit=100)
    return {one.id: Position(one.id, order.value_of(one)) for one in found}


@pytest.mark.parametrize("order", EACH_ORDER)
@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("bounded", [False, True])
@pytest.mark.parametrize("where", [None, RequestFilter(label="a"), RequestFilter(ids=())])
async def test_the_pages_of_all_owners_are_each_owners_own_page_in_one_statement(
    database: Database,
    seeds: list[Seed],
    statements: Statements,
    order: RequestOrder,
    backward: bool,
    bounded: bool,
    where: RequestFilter | None,
) -> None:
    positions = await places(database, order)
    ends = (positions[request_id(10)], positions[request_id(1)]) if bounded else (None, None)
    if not order.descending:
        ends = ends[::-1]
    page = PageQuery(3, where, order, ends[0], ends[1], backward)
    ids = [seeds[0].first.id, seeds[0].second.id, seeds[1].first.id, seeds[1].second.id, NOBODY, HUGE]
    async with database.reader() as reader:
        for some in (ids[:1], ids):
            with statements() as sql:
                found = await requests.pages_by_owner(reader, READER, Owner.ALGORITHM, some, page=page)
            assert len(sql) == 1
            expected: dict[int, list[Request]] = {}
            for id_ in some:
                own = RequestFilter(algorithm_ids=(id_,), and_=(where,) if where else ())
                rows = await requests.page_requests(
                    reader,
                    READER,
                    limit=3,
                    where=own,
                    order=order,
                    after=page.after,
                    before=page.before,
                    backward=backward,
                )
                if rows:
                    expected[id_] = rows
            assert found == expected


async def test_endpoints_own_the_requests_of_all_their_algorithms(
    database: Database, seeds: list[Seed]
) -> None:
    ids = [seed.endpoint.id for seed in seeds]
    async with database.reader() as reader:
        found = await requests.pages_by_owner(
            reader, READER, Owner.ENDPOINT, ids, page=PageQuery(100), columns=frozenset()
        )
        of_no_test = await requests.pages_by_owner(reader, READER, Owner.AB_TEST, [1, 2], page=PageQuery(100))
    assert {id_: len(rows) for id_, rows in found.items()} == {ids[0]: 8, ids[1]: 4}
    assert {row.input for rows in found.values() for row in rows} == {""}
    assert of_no_test == {}


async def test_the_counts_of_all_owners_are_one_statement_and_stop_at_the_cap(
    database: Database, seeds: list[Seed], statements: Statements
) -> None:
    ids = [seeds[0].first.id, seeds[0].second.id, seeds[1].first.id, seeds[1].second.id, HUGE]
    async with database.reader() as reader:
        for where, cap, counts in (
            (None, 100, [4, 4, 4, 0]),
            (None, 3, [3, 3, 3, 0]),
            (RequestFilter(label="a"), 100, [2, 2, 2, 0]),
            (RequestFilter(created_before=NOW + timedelta(milliseconds=1)), 100, [1, 0, 0, 0]),
        ):
            for some in (ids[:1], ids):
                with statements() as sql:
                    found = await requests.counts_by_owner(
                        reader, READER, Owner.ALGORITHM, some, where=where, cap=cap
                    )
                assert found == dict(zip(some, counts, strict=False))
                assert len(sql) == 1


async def test_a_viewer_without_the_scope_read_is_refused_and_nothing_is_sent(
    database: Database, statements: Statements
) -> None:
    async with database.reader() as reader:
        with statements() as sql:
            with pytest.raises(Forbidden):
                await requests.pages_by_owner(reader, BLIND, Owner.ENDPOINT, [1], page=PageQuery(1))
            with pytest.raises(Forbidden):
                await requests.counts_by_owner(reader, BLIND, Owner.ENDPOINT, [1], where=None, cap=1)
        assert sql == []


@pytest.mark.parametrize("owner", Owner)
async def test_sqlite_finds_each_owners_page_in_the_owners_index(sqlite_url: str, owner: Owner) -> None:
    database = await Database.open(sqlite_url)
    async with database.reader() as reader:
        statement = Statement(reader)
        page = PageQuery(21, after=Position(request_id(5)))
        sql = pages_by_owner_sql(statement, page, "id, label", owner, [1, 2])
        plan = await reader.execute_query_dict(f"EXPLAIN QUERY PLAN {sql}", statement.values)
    await database.close()
    details = [step["detail"] for step in plan]
    assert details[1] == "SEARCH ml_request USING INTEGER PRIMARY KEY (rowid=?)"
    assert f"({owner}=? AND id<?)" in details[3]
    assert [detail for detail in details if "TEMP B-TREE" in detail] == []
