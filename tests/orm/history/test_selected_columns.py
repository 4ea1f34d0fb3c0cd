from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.callers import Principal, Scope, Viewer
from domain.errors import Forbidden
from domain.history.filters import RequestFilter, RequestOrder
from domain.history.privacy import MASKED
from domain.requests.feedback import FeedbackUpdate
from domain.requests.partial_request import PartialRequest
from domain.requests.request import Request
from domain.words import Arm, Fault, Outcome
from orm.connection.database import Database
from orm.queries.history import requests
from orm.queries.history.request_pages import Owner, PageQuery
from orm.queries.history.selected_columns import page_of_columns, pages_of_columns_by_owner
from tests.conftest import Statements
from tests.orm.rows import NOW, READER, Seed, insert, new_request, request_id

EVERY = frozenset({*requests.COLUMNS, *requests.HEAVY})
WITHOUT_PRIVATE = Viewer(Principal("bob", frozenset({Scope.READ})))


@pytest.fixture
async def history(database: Database, seed: Seed) -> Database:
    """Six requests: one failed, one in a test, two with their truth."""
    rows = [new_request(seed, n, subject=f"s{n}") for n in range(6)]
    rows[1] = new_request(seed, 1, outcome=Outcome.ERROR, fault=Fault.CALLER, label=None, message="age")
    rows[2] = new_request(seed, 2, algorithm_id=seed.second.id, arm=Arm.CHALLENGER)
    await insert(database, rows)
    async with database.transaction() as tx:
        await requests.store_feedback(
            tx,
            [
                FeedbackUpdate(request_id(n), "<=50K", NOW + timedelta(minutes=n), n == 4, None)
                for n in (3, 4)
            ],
        )
    return database


def same(found: object, whole: Request, columns: frozenset[str]) -> bool:
    assert isinstance(found, PartialRequest)
    assert found.created_at == whole.created_at
    return all(getattr(found, name) == getattr(whole, name) for name in columns)


@pytest.mark.parametrize("order", RequestOrder)
@pytest.mark.parametrize("backward", [False, True])
async def test_selected_columns_are_those_of_whole_requests_in_the_same_order(
    history: Database, order: RequestOrder, backward: bool, statements: Statements
) -> None:
    page = PageQuery(4, RequestFilter(), order, backward=backward)
    async with history.reader() as reader:
        whole = await requests.page_requests(reader, READER, limit=4, order=order, backward=backward)
        with statements() as sql:
            found = await page_of_columns(reader, READER, page, EVERY)
        assert len(sql) == 1
        assert len(whole) == 4
        assert all(same(one, other, EVERY) for one, other in zip(found, whole, strict=True))


async def test_only_selected_columns_are_read_and_those_that_the_order_is_by(
    history: Database, statements: Statements
) -> None:
    read = {}
    async with history.reader() as reader:
        for order in (RequestOrder.ID_ASC, RequestOrder.FEEDBACK_AT_DESC):
            with statements() as sql:
                found = await page_of_columns(
                    reader, READER, PageQuery(9, None, order), frozenset({"label", "outcome"})
                )
            read[order] = re.findall(r"SELECT (id, [^()]+?) FROM", sql[0])
            assert not hasattr(found[0], "latency")
    assert read == {
        RequestOrder.ID_ASC: ["id, outcome, label"],
        RequestOrder.FEEDBACK_AT_DESC: [
            f"id, outcome, label, feedback_at, {given} AS given, feedback_at AS place" for given in (1, 0)
        ],
    }


async def test_the_same_selection_is_the_same_statement_and_class(
    history: Database, statements: Statements
) -> None:
    kinds, texts = set(), set()
    async with history.reader() as reader:
        for columns in (["label", "value"], ["value", "label"], ["value", "id", "label"]):
            with statements() as sql:
                found = await page_of_columns(reader, READER, PageQuery(2), frozenset(columns))
            kinds |= {type(one) for one in found}
            texts |= set(sql)
    assert (len(kinds), len(texts)) == (1, 1)


@pytest.mark.parametrize("order", RequestOrder)
async def test_pages_of_owners_are_those_of_whole_requests_in_one_statement(
    history: Database, seed: Seed, order: RequestOrder, statements: Statements
) -> None:
    page, ids = PageQuery(3, None, order), [seed.first.id, seed.second.id, 77]
    columns = frozenset({"label", "input"})
    async with history.reader() as reader:
        whole = await requests.pages_by_owner(reader, READER, Owner.ALGORITHM, ids, page=page)
        with statements() as sql:
            found = await pages_of_columns_by_owner(
                reader, READER, Owner.ALGORITHM, ids, page=page, columns=columns
            )
    assert len(sql) == 1
    assert {id_: len(rows) for id_, rows in found.items()} == {seed.first.id: 3, seed.second.id: 1}
    for id_, rows in found.items():
        assert all(same(one, other, columns) for one, other in zip(rows, whole[id_], strict=True))


@pytest.mark.parametrize("name", sorted(EVERY))
@pytest.mark.matrix
async def test_what_may_be_hidden_from_a_viewer_is_read_of_whole_requests_and_masked(
    history: Database, seed: Seed, name: str
) -> None:
    viewer = replace(WITHOUT_PRIVATE, public={seed.endpoint.id: frozenset()})
    columns = frozenset({name})
    async with history.reader() as reader:
        found = await page_of_columns(reader, viewer, PageQuery(1), columns)
        owned = await pages_of_columns_by_owner(
            reader, viewer, Owner.ENDPOINT, [seed.endpoint.id], page=PageQuery(1), columns=columns
        )
    for (one,) in (found, owned[seed.endpoint.id]):
        assert isinstance(one, Request if name in MASKED else PartialRequest)
        if name == "input":
            assert (getattr(one, name), one.masked_features) == ('{"age": null}', ("age",))


async def test_who_may_not_read_is_refused_and_nothing_is_sent(
    history: Database, statements: Statements
) -> None:
    viewer = Viewer(Principal("bob", frozenset({Scope.PREDICT})))
    async with history.reader() as reader:
        with statements() as sql:
            with pytest.raises(Forbidden, match="'bob'"):
                await page_of_columns(reader, viewer, PageQuery(1), frozenset({"label"}))
            with pytest.raises(Forbidden, match="'bob'"):
                await pages_of_columns_by_owner(
                    reader, viewer, Owner.ENDPOINT, [1], page=PageQuery(1), columns=frozenset({"label"})
                )
    assert sql == []
