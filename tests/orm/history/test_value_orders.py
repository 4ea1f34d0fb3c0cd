from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.history.filters import Position, RequestFilter, RequestOrder
from domain.requests.feedback import FeedbackUpdate
from domain.requests.request import Request
from orm.connection.database import Database
from orm.connection.statement import Statement
from orm.queries.history import requests
from orm.queries.history.request_pages import PageQuery, page_sql
from tests.conftest import Statements
from tests.orm.rows import NOW, READER, insert, new_request, request_id, seed_into

BY_VALUE = [order for order in RequestOrder if order.column is not None]
PROBABILITIES = (0.1 + 0.2, 0.3, 0.3, 1.0, 0.0, None, 5e-324, 0.3, None, 0.9999999999999999)
RESIDUALS = (-7.5, 7.5, 0.0, None, -1e300, 2.25, None, -2.25, 2.25, None)


@pytest.fixture
async def history(database: Database) -> list[Request]:
    """Ten answers of a classifier with ties and gaps, ten of a regressor, some with feedback; newest first."""
    seed = await seed_into(database)
    rows = [
        new_request(seed, turn, probability=probability, confidence=None if turn == 3 else probability)
        for turn, probability in enumerate(PROBABILITIES)
    ]
    rows += [
        new_request(seed, 10 + turn, label=None, probability=None, value=float(turn % 4) - 1.5)
        for turn in range(10)
    ]
    await insert(database, rows)
    updates = [
        FeedbackUpdate(request_id(10 + turn), "1", NOW, None, residual)
        for turn, residual in enumerate(RESIDUALS)
        if residual is not None
    ]
    updates += [
        FeedbackUpdate(request_id(turn), "a", NOW + timedelta(hours=turn % 2), turn % 3 == 0, None)
        for turn in range(7)
    ]
    async with database.transaction() as tx:
        await requests.store_feedback(tx, updates)
    async with database.reader() as reader:
        return await requests.page_requests(reader, READER, limit=100)


def expected(history: list[Request], order: RequestOrder) -> list[int]:
    """Those with a value in order of it and then of their ids, those without by their ids."""
    sign = -1 if order.descending else 1

    def value(request: Request) -> Any:
        found = order.value_of(request)
        return found.timestamp() if isinstance(found, datetime) else found

    present = [one for one in history if value(one) is not None]
    absent = [one for one in history if value(one) is None]
    present.sort(key=lambda one: (sign * value(one), sign * one.id))
    absent.sort(key=lambda one: sign * one.id)
    return [one.id for one in present + absent]


@pytest.mark.parametrize("order", BY_VALUE)
@pytest.mark.parametrize("limit", [1, 3, 20])
@pytest.mark.matrix
async def test_pages_forward_and_backward_give_each_request_once_and_in_order(
    database: Database, history: list[Request], statements: Statements, order: RequestOrder, limit: int
) -> None:
    by_id = {one.id: one for one in history}
    forward: list[int] = []
    backward: list[int] = []
    async with database.reader() as reader:
        for walked, end in ((forward, "after"), (backward, "before")):
            while len(walked) < len(history):
                last = by_id[walked[-1]] if walked else None
                ends: dict[str, Any] = {
                    end: None if last is None else Position(last.id, order.value_of(last))
                }
                with statements() as sql:
                    page = await requests.page_requests(
                        reader, READER, limit=limit, order=order, backward=end == "before", **ends
                    )
                assert len(sql) == 1
                assert len(page) == min(limit, len(history) - len(walked))
                walked += [one.id for one in (page if end == "after" else page[::-1])]
    assert forward == expected(history, order)
    assert backward == forward[::-1]


@pytest.mark.parametrize("order", BY_VALUE)
@pytest.mark.matrix
async def test_a_page_between_two_places_holds_what_lies_between_them(
    database: Database, history: list[Request], order: RequestOrder
) -> None:
    whole = expected(history, order)
    by_id = {one.id: one for one in history}
    places = [Position(id_, order.value_of(by_id[id_])) for id_ in whole]
    async with database.reader() as reader:
        for first, last in ((0, 19), (2, 9), (9, 12), (12, 18), (15, 2), (4, 4)):
            page = await requests.page_requests(
                reader, READER, limit=100, order=order, after=places[first], before=places[last]
            )
            assert [one.id for one in page] == whole[first + 1 : last]


async def test_the_most_confident_wrong_answers_are_one_query(
    database: Database, history: list[Request]
) -> None:
    async with database.reader() as reader:
        page = await requests.page_requests(
            reader,
            READER,
            limit=20,
            where=RequestFilter(correct=False),
            order=RequestOrder.CONFIDENCE_DESC,
        )
    wrong = [one for one in history if one.correct is False]
    assert [one.id for one in page] == expected(wrong, RequestOrder.CONFIDENCE_DESC)
    assert [one.confidence for one in page] == [0.3, 0.3, 0.0, None]


@pytest.mark.parametrize(
    ("where", "order", "index"),
    [
        (None, RequestOrder.CONFIDENCE_ASC, "idx_ml_request_numbers"),
        (RequestFilter(endpoint_ids=(1,)), RequestOrder.PROBABILITY_DESC, "idx_ml_request_numbers"),
        (RequestFilter(endpoint_ids=(1,)), RequestOrder.VALUE_ASC, "idx_ml_request_numbers"),
        (RequestFilter(algorithm_ids=(1,)), RequestOrder.ERROR_DESC, "idx_ml_request_error"),
        (
            RequestFilter(endpoint_ids=(1,), and_=(RequestFilter(correct=False),)),
            RequestOrder.CONFIDENCE_DESC,
            "idx_ml_request_wrong",
        ),
    ],
)
async def test_sqlite_reads_the_index_of_the_order(
    sqlite_url: str, where: RequestFilter | None, order: RequestOrder, index: str
) -> None:
    database = await Database.open(sqlite_url)
    async with database.reader() as reader:
        for after in (None, Position(request_id(5), 0.5)):
            statement = Statement(reader)
            sql = page_sql(statement, PageQuery(21, where, order, after), "id, label")
            plan = await reader.execute_query_dict(f"EXPLAIN QUERY PLAN {sql}", statement.values)
            details = [step["detail"] for step in plan]
            assert any(f" INDEX {index}" in one for one in details)
    await database.close()


async def test_few_requests_are_found_first_and_then_put_in_order(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)
    async with database.reader() as reader:
        statement = Statement(reader)
        page = PageQuery(21, RequestFilter(subject="ann"), RequestOrder.CONFIDENCE_DESC)
        sql = page_sql(statement, page, "id, label")
        plan = await reader.execute_query_dict(f"EXPLAIN QUERY PLAN {sql}", statement.values)
    await database.close()
    assert any("idx_ml_request_subject (subject=?)" in step["detail"] for step in plan)
