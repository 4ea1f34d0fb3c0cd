"""Both executors answer alike to what the clients in examples/ send, as their own tools write it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse, print_ast

from graph.contract.examples import ExampleDocument
from registry.discovery import Registry
from tests.arbiter.processes import ROOT
from tests.conftest import Statements
from tests.examples.npm import Example
from tests.graph.compiled.test_differential import require_all_alike

PERSON = {
    "age": 25,
    "workclass": "PRIVATE",
    "fnlwgt": 34146,
    "education": "MASTERS",
    "educationNum": 14,
    "maritalStatus": "MARRIED_CIV_SPOUSE",
    "occupation": "EXEC_MANAGERIAL",
    "relationship": "HUSBAND",
    "race": "WHITE",
    "sex": "MALE",
    "capitalGain": 0,
    "capitalLoss": 0,
    "hoursPerWeek": 50,
    "nativeCountry": "UNITED_STATES",
}
VALUES: dict[str, Any] = {
    "IncomeClassifierFeatures!": PERSON,
    "PredictIncomeClassifierInput!": {"features": PERSON, "subject": "s1", "idempotencyKey": "k"},
    "GiveFeedbackInput!": {"requestId": "$id", "feedback": ">50K"},
    "RequestWhere": {"endpoint": "income_classifier"},
    "String!": "s1",
    "ID!": "$id",
    "JSON": ">50K",
    "Int": 2,
    "Int!": 2,
}
"""A value for each type of variable, of which clients leave out cursors; `$id` is the first prediction's."""
ASK = ExampleDocument(
    "",
    "Ask",
    "mutation Ask($input: PredictIncomeClassifierInput!) "
    "{ predictIncomeClassifier(input: $input) { request { id } } }",
    "",
    (
        ("variables", json.dumps({"input": {"features": PERSON}})),
        ("keep", "id predictIncomeClassifier.request.id"),
    ),
)
TIMES = 3
"""Each is sent so often: a plan that is kept answers as a new one does."""


def sent(text: str, variables: dict[str, Any] | None = None) -> list[ExampleDocument]:
    """The calls of one operation with values for its variables; and last with values of another type."""
    (operation,) = (one for one in parse(text).definitions if isinstance(one, OperationDefinitionNode))
    given = variables or {
        one.variable.name.value: VALUES[print_ast(one.type)]
        for one in operation.variable_definitions or ()
        if print_ast(one.type) in VALUES and one.variable.name.value != "last"
    }
    wrong: dict[str, Any] = {one: [] for one in given}
    name = operation.name.value if operation.name else ""
    return [
        ExampleDocument("", name, text, "", (("variables", json.dumps(one)),))
        for one in [given] * TIMES + ([wrong] if given else [])
    ]


async def require_alike(
    texts: Iterable[ExampleDocument], world: tuple[Path, Path, Registry, Statements]
) -> None:
    operations = [ASK, *texts]
    counts = await require_all_alike(*world, operations)
    assert set(counts) <= {"compiled", "errors", "variables"}
    assert counts["compiled"] >= 1 + (len(operations) - 1) * TIMES // (TIMES + 1)


@pytest.fixture
def world(
    tmp_path: Path,
    sqlite_template: Path,
    shipped: Registry,
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[Path, Path, Registry, Statements]:
    # What a test draws its sides by.
    monkeypatch.setattr("secrets.token_hex", lambda size: "ab" * size)
    return tmp_path, sqlite_template, shipped, statements


async def test_the_calls_of_the_first_screen_are_answered_alike(
    world: tuple[Path, Path, Registry, Statements],
) -> None:
    files = [
        ROOT / "examples" / f"{name}.json" for name in ("predict", "feedback", "other-feedback", "verdict")
    ]
    texts = [path.read_text("utf-8").replace("REQUEST_ID", "$id") for path in files]
    calls = [json.loads(text) for text in texts]
    await require_alike([one for call in calls for one in sent(call["query"], call.get("variables"))], world)


async def test_a_test_of_two_algorithms_is_begun_alike(
    world: tuple[Path, Path, Registry, Statements],
) -> None:
    call = json.loads((ROOT / "examples" / "create-ab-test.json").read_text("utf-8"))
    await require_alike(sent(call["query"]), world)


async def test_the_operations_of_the_python_client_are_answered_alike(
    world: tuple[Path, Path, Registry, Statements],
) -> None:
    module = ast.parse((ROOT / "examples" / "python" / "arbiter_client.py").read_text("utf-8"))
    texts = [
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.match(r"\s*(?:query|mutation) \w+\(", node.value)
    ]
    assert len(texts) == 3
    await require_alike([one for text in texts for one in sent(text)], world)


@pytest.mark.npm
@pytest.mark.parametrize(
    ("client", "script", "list_", "many"),
    [
        ("apollo", "generate", "src/gql/persisted-documents.json", 3),
        ("relay", "generate:trusted", "trusted-documents.json", 7),
        ("typescript", "generate", "src/gql/persisted-documents.json", 3),
    ],
)
async def test_the_operations_that_a_clients_compiler_writes_are_answered_alike(
    client: str,
    script: str,
    list_: str,
    many: int,
    tmp_path_factory: pytest.TempPathFactory,
    world: tuple[Path, Path, Registry, Statements],
) -> None:
    example = Example(client, tmp_path_factory.mktemp(client))
    example.install()
    example.script(script)
    texts = json.loads(example.manifest(list_).read_text("utf-8")).values()
    assert len(texts) == many
    await require_alike([one for text in sorted(texts) for one in sent(text)], world)
