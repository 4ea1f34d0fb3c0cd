"""The straight way of `predict`: from the variable as it came to the answer, with the same answers as ever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from domain.callers import Principal, Scope
from graph.schema import Schema
from orm.connection.database import Database
from serving.services import Services
from tests.conftest import Statements
from tests.graph.twins import Told, ask, executors
from tests.serving.world import EVERYBODY, Dice, services_on, small_registry

SHOWN = """{
  request {
    __typename outcome fault label value probability confidence message subject externalId input maskedFeatures
    feedback feedbackAt correct residual arm probabilities { label probability }
    endpoint { name } algorithm { name version }
  }
  userErrors { code message path requestId }
}"""
PREDICT = f"mutation ($input: PredictInput!) {{ made: predict(input: $input) {SHOWN} }}"
TYPED = f"mutation ($input: PredictLevelsInput!) {{ made: predictLevels(input: $input) {SHOWN} }}"
GOOD = {"x": 1.5, "colour": "red"}
OTHERS = Principal("others", frozenset(Scope), confined={Scope.PREDICT: frozenset({"heights"})})

GENERIC: list[object] = [
    {"endpoint": "levels", "features": GOOD},
    {"endpoint": "heights", "features": GOOD},
    {"endpoint": "levels", "features": {"x": 666, "colour": "red"}},
    {"endpoint": "levels", "features": {"x": 667, "colour": "blue"}},
    {"endpoint": "levels", "features": {"x": "1", "colour": "green"}},
    {"endpoint": "levels", "features": {"x": None, "colour": None}},
    {"endpoint": "levels", "features": GOOD | {"label": "high"}},
    {"endpoint": "levels", "features": [GOOD]},
    {"endpoint": "levels", "features": None},
    {"endpoint": "nothing", "features": GOOD},
    {"endpoint": 1, "features": GOOD},
    {"endpoint": "levels", "features": GOOD, "subject": "ann"},
    {"endpoint": "levels", "features": GOOD, "subject": None},
    {"endpoint": "levels", "features": GOOD, "conditions": {"status": "TESTING"}},
    {"endpoint": "levels", "wrong": GOOD},
    {"endpoint": "levels"},
    [],
    None,
]
OF_TYPED: list[object] = [
    {"features": {"x": 1.5, "colour": "red"}},
    {"features": {"x": 3, "colour": None}},
    {"features": {"x": 3}},
    {"features": {"x": 1e9, "colour": "red"}},
    {"features": {"x": 666, "colour": "blue"}},
    {"features": {"x": "3", "colour": "red"}},
    {"features": {"x": 3, "colour": "green"}},
    {"features": {"x": 3, "colour": 1}},
    {"features": {"x": 3, "colour": "red", "z": 1}},
    {"features": None},
    {"features": {"x": 3, "colour": "red"}, "subject": "ann"},
    {},
]


async def both(
    schemas: tuple[Schema, Schema],
    services: Services,
    statements: Statements,
    text: str,
    variables: Mapping[str, Any],
    principal: Principal = EVERYBODY,
) -> tuple[Told, Told]:
    """What the reference answers, and what the compiled executor does at the second time."""
    reference, compiled = schemas
    first = await ask(reference, services, statements, text, variables, principal=principal)
    await ask(compiled, services, statements, text, variables, principal=principal)
    return first, await ask(compiled, services, statements, text, variables, principal=principal)


def has_straight_way(schema: Schema, text: str) -> bool:
    document = schema.documents.kept[text].document
    return schema.compiled.plans._kept[id(document.definitions[0])].straight is not None


@pytest.mark.parametrize(
    ("text", "inputs"), [(PREDICT, GENERIC), (TYPED, OF_TYPED)], ids=["generic", "typed"]
)
async def test_whatever_is_sent_is_answered_as_by_the_reference(
    services: Services, statements: Statements, text: str, inputs: list[object]
) -> None:
    schemas = executors(services.catalog.snapshot.specs)
    for sent in inputs:
        for principal in (EVERYBODY, OTHERS, Principal("reader", frozenset({Scope.READ}))):
            told = await both(schemas, services, statements, text, {"input": sent}, principal)
            assert (told[0].data, told[0].errors, told[0].extensions) == (
                told[1].data,
                told[1].errors,
                told[1].extensions,
            ), (sent, principal.name)
            assert told[1].statements <= told[0].statements
    assert has_straight_way(schemas[1], text)


async def test_only_a_mutation_alone_whose_answer_is_in_its_row_has_a_straight_way(
    services: Services, statements: Statements
) -> None:
    _, schema = executors(services.catalog.snapshot.specs)
    head, tail = "mutation ($input: PredictInput!", "request { requestId } }"
    variables = {"input": {"endpoint": "levels", "features": GOOD}}
    found = {}
    for name, text in {
        "alone": f"{head}) {{ predict(input: $input) {{ {tail} }}",
        "twice": f"{head}) {{ a: predict(input: $input) {{ {tail} b: predict(input: $input) {{ {tail} }}",
        "reads": f"{head}) {{ predict(input: $input) {{ query {{ requests {{ totalCount }} }} {tail} }}",
        "condition": f"{head}, $a: Boolean = true) {{ predict(input: $input) @include(if: $a) {{ {tail} }}",
        "skipped": f"{head}) {{ predict(input: $input) @skip(if: true) {{ {tail} }}",
        "name": f"{head}) {{ __typename predict(input: $input) @skip(if: true) {{ {tail} }}",
        "literal": f'mutation {{ predict(input: {{endpoint: "levels", features: {{x: 1, colour: null}}}}) {{ {tail} }}',
    }.items():
        told = await ask(schema, services, statements, text, variables)
        assert not told.errors
        found[name] = has_straight_way(schema, text)
    assert [name for name, straight in found.items() if straight] == ["alone"]


async def test_what_could_not_be_stored_is_told_once_and_nothing_runs_again(
    migrated_sqlite_url: str, statements: Statements
) -> None:
    services = services_on(await Database.open(migrated_sqlite_url), small_registry(), Dice(), queue_rows=2)
    await services.start()
    try:
        _, schema = executors(services.catalog.snapshot.specs)
        variables = {"input": {"endpoint": "levels", "features": GOOD}}
        await ask(schema, services, statements, PREDICT, variables)
        told = await asyncio.gather(
            *(ask(schema, services, statements, PREDICT, variables) for _ in range(3))
        )
        errors = [json.loads(error) for one in told for error in one.errors]
        assert [(error["path"], error["extensions"]["code"]) for error in errors] == [
            (["made"], "OVERLOADED")
        ]
        assert [one.data for one in told].count(b"null") == 1
        async with services.database.reader() as reader:
            (row,) = await reader.execute_query_dict("SELECT count(*) AS n FROM ml_request")
        assert row["n"] == 3
        assert schema.compiled.counts == {"compiled": 3, "errors": 1}
    finally:
        await services.stop()
