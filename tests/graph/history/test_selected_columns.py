"""A page reads the columns that its fields show, and both executors answer it alike."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from domain.callers import Principal, Scope
from domain.requests.feedback import FeedbackCommand
from domain.words import Traffic
from graph.history.requests import COLUMNS
from graph.schema import Schema
from orm.connection.database import Database
from orm.connection.statement import Statement
from serving.services import Services
from tests.conftest import Statements
from tests.graph.conftest import of_operations
from tests.graph.twins import ask, executors, require_alike
from tests.serving.world import EVERYBODY, Dice, command, row, services_on, small_registry

SUBSELECTIONS = {
    "endpoint": "{ name }",
    "algorithm": "{ id name endpoint { id } }",
    "abTest": "{ id }",
    "abTestAnswers": "{ champion { __typename } challenger { __typename } }",
    "probabilities": "{ label probability }",
    "feedbackEvents": "{ feedback createdBy createdAt }",
}
ORDERS = ("CREATED_AT_DESC", "CREATED_AT_ASC", "FEEDBACK_AT_DESC")
SOMEBODY = Principal("somebody", frozenset({Scope.READ}), anonymous=False)


@pytest.fixture
async def busy(database_url: str) -> AsyncIterator[tuple[Services, Schema, Schema]]:
    """Requests of two endpoints, some failed, some in a test, one with its truth; and both executors."""
    services = services_on(await Database.open(database_url), small_registry(), Dice(), decide_every=3600)
    await services.start()
    await services.ab_tests.create(title="t", algorithms=(1, 2), traffic=Traffic.ALL, created_by="me")
    for endpoint, truth in (("levels", "high"), ("heights", "7")):
        found = await services.predictor.predict(
            command(row(1), row(666), row(12, "blue"), endpoint=endpoint, subject="s1")
        )
        await services.feedback.give(FeedbackCommand(found[0].request.id, truth), EVERYBODY)
    yield (services, *executors(services.catalog.snapshot.specs))
    await services.stop()


def text_of(field: str) -> str:
    return f"{field} {SUBSELECTIONS.get(field, '')}"


def test_each_field_of_a_request_says_which_columns_it_shows() -> None:
    reference, _ = executors({})
    assert set(COLUMNS) == set(reference._schema.type_map["Request"].fields)  # type: ignore[attr-defined]


@pytest.mark.parametrize("caller", [EVERYBODY, SOMEBODY], ids=["everything", "no private values"])
@pytest.mark.matrix
async def test_each_field_alone_is_answered_alike_from_its_own_columns(
    busy: tuple[Services, Schema, Schema], statements: Statements, caller: Principal
) -> None:
    services, reference, compiled = busy
    for field in COLUMNS:
        for order in ORDERS:
            shown = f"requests(orderBy: {order}) {{ edges {{ cursor node {{ {text_of(field)} }} }} }}"
            paged = f"nodes {{ {text_of(field)} }} pageInfo {{ startCursor endCursor }}"
            text = f"{{ {shown} all: requests {{ {paged} }} endpoints {{ nodes {{ {shown} }} }} }}"
            told = [
                await ask(schema, services, statements, text, principal=caller)
                for schema in (reference, compiled)
            ]
            require_alike(told[0], told[1], text)
            assert not told[0].errors
            assert len(json.loads(told[0].data)["all"]["nodes"]) == 6
            assert told[1].statements == told[0].statements
    assert compiled.compiled.counts["compiled"] == len(COLUMNS) * len(ORDERS)


async def test_a_page_is_one_statement_of_the_selected_columns_on_both_executors(
    busy: tuple[Services, Schema, Schema], statements: Statements
) -> None:
    services, *schemas = busy
    text = """query ($first: Int, $where: RequestWhere) { requests(first: $first, where: $where) {
        edges { cursor node { id latency algorithm { name } endpoint { name } message } }
        pageInfo { hasNextPage endCursor } } }"""
    sent, told = [], []
    for schema in schemas:
        with statements() as sql:
            told.append(
                await ask(schema, services, statements, text, {"first": 2, "where": {"endpoint": ["levels"]}})
            )
        sent += [one.partition(" FROM ")[0] for one in of_operations(sql)]
    require_alike(told[0], told[1], text)
    assert sent == ["SELECT id, endpoint_id, algorithm_id, latency, message"] * 2
    assert json.loads(told[1].data)["requests"]["pageInfo"]["hasNextPage"] is True


async def test_a_page_without_objects_reads_their_ids_alone(
    busy: tuple[Services, Schema, Schema], statements: Statements
) -> None:
    services, _, compiled = busy
    with statements() as sql:
        told = await ask(compiled, services, statements, "{ requests { pageInfo { endCursor } } }")
    assert [one.partition(" FROM ")[0] for one in of_operations(sql)] == ["SELECT id"]
    assert json.loads(told.data)["requests"]["pageInfo"]["endCursor"]


@pytest.mark.parametrize("order", ["orderBy: null", "orderBy: $order", "first: 2, orderBy: $order"])
async def test_null_for_the_order_means_its_default_on_both_executors(
    busy: tuple[Services, Schema, Schema], statements: Statements, order: str
) -> None:
    services, reference, compiled = busy
    head = "query ($order: RequestOrderBy) " if "$" in order else ""
    text = f"{head}{{ requests({order}) {{ nodes {{ id }} }} plain: requests {{ nodes {{ id }} }} }}"
    told = [
        await ask(schema, services, statements, text, {"order": None} if head else None)
        for schema in (reference, compiled)
    ]
    require_alike(told[0], told[1], text)
    found = json.loads(told[1].data)
    nodes, plain = found["requests"]["nodes"], found["plain"]["nodes"]
    assert nodes == plain[: len(nodes)] != []
    assert compiled.compiled.counts == {"compiled": 1}


@pytest.mark.parametrize("column", ["value", "probability", "latency", "residual"])
async def test_a_number_that_json_cannot_say_is_the_error_of_graphql_core_and_not_null(
    busy: tuple[Services, Schema, Schema], statements: Statements, column: str
) -> None:
    services, reference, compiled = busy
    async with services.database.transaction() as tx:
        statement = Statement(tx)
        await statement.run(f"UPDATE ml_request SET {column} = {statement.bind(float('inf'))}")
    text = f"{{ requests {{ edges {{ node {{ {column} }} }} }} }}"
    told = [await ask(schema, services, statements, text) for schema in (reference, compiled)]
    require_alike(told[0], told[1], text)
    assert {json.loads(one)["path"][-1] for one in told[1].errors} == {column}
    assert (compiled.compiled.counts["compiled"], compiled.compiled.counts["errors"]) == (0, 1)
