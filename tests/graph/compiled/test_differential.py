"""Both executors answer alike: every document of ours, GraphiQL's tabs, and operations made by chance."""

from __future__ import annotations

import gc
import json
import random
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from domain.callers import Principal, Scope
from domain.requests.feedback import FeedbackCommand
from domain.words import JSONValue, Traffic
from graph.contract.examples import ExampleDocument, read_documents
from graph.http.graphiql.examples import example_endpoints, example_tabs
from graph.operation.limits import GraphLimits
from graph.schema import Schema
from graph.vocabulary.ids import AB_TEST, ALGORITHM, ALGORITHM_STATUS, ENDPOINT, REQUEST, global_id
from orm.connection.database import Database
from registry.discovery import Registry
from serving.services import Services
from tests.conftest import Statements
from tests.graph.contract.test_examples import at
from tests.graph.random_operations import RandomOperation
from tests.graph.twins import Clock, Told, ask, executors, require_alike
from tests.serving.world import EVERYBODY, Dice, command, row, services_on, small_registry

DOCUMENTS = read_documents(Path(__file__).resolve().parents[2] / "documents")
FILES = sorted({one.file for one in DOCUMENTS})
PER_HUNDRED = 200
"""Operations by chance, of each caller, for a hundred examples that Hypothesis would try."""
MANY = 5_000
"""As many of each caller on each database where there is time."""
SOMEBODY = Principal("somebody", frozenset({Scope.READ, Scope.PREDICT, Scope.FEEDBACK}), anonymous=False)
CALLERS = {
    "everything": EVERYBODY,
    "no private values": SOMEBODY,
    "predicts only": Principal("somebody", frozenset({Scope.PREDICT}), anonymous=False),
    "nothing": Principal("anonymous", frozenset(), anonymous=True),
}


@pytest.fixture
async def busy(database_url: str) -> AsyncIterator[tuple[Services, list[str]]]:
    """Requests of both endpoints, some failed, half of them in tests, most with their truth; and ids of all kinds."""
    dice = Dice()
    services = services_on(await Database.open(database_url), small_registry(), dice, decide_every=3600)
    await services.start()
    for algorithms in ((1, 2), (4, 5)):
        await services.ab_tests.create(
            title="t", algorithms=algorithms, traffic=Traffic.OPT_IN, created_by="me"
        )
    ids = [
        "1",
        "2",
        "4",
        "77",
        "levels",
        "heights",
        "junk",
        "",
        global_id(ENDPOINT, 1),
        global_id(ALGORITHM, 2),
    ]
    ids += [global_id(AB_TEST, 1), global_id(ALGORITHM_STATUS, 1), global_id(ENDPOINT, 9)]
    for endpoint, truth in (("levels", "high"), ("heights", "7")):
        for status in ("production", "ab_testing"):
            rows: list[JSONValue] = [row(1), row(12, "blue"), row(666), row(None), {"x": "red"}]
            found = await services.predictor.predict(
                command(*rows, endpoint=endpoint, status=status, subject="s1")
            )
            for one in found[:2]:
                await services.feedback.give(FeedbackCommand(one.request.id, truth), EVERYBODY)
            ids += [str(found[0].request.id), global_id(REQUEST, found[1].request.id)]
    yield services, ids
    await services.stop()


# graphql-core leaves what stands beside a failed field where it is; each of its coroutines is a warning.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "caller",
    [
        pytest.param(one, marks=[pytest.mark.matrix] if one in {"predicts only", "nothing"} else [])
        for one in CALLERS
    ],
)
@pytest.mark.matrix
async def test_operations_made_by_chance_are_answered_alike(
    busy: tuple[Services, list[str]], statements: Statements, caller: str
) -> None:
    await compare(busy, statements, caller, PER_HUNDRED * settings().max_examples // 100)


@pytest.mark.slow  # twenty minutes a database
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("caller", CALLERS)
async def test_thousands_of_operations_made_by_chance_are_answered_alike(
    busy: tuple[Services, list[str]], statements: Statements, caller: str
) -> None:
    await compare(busy, statements, caller, MANY)


async def compare(busy: tuple[Services, list[str]], statements: Statements, caller: str, many: int) -> None:
    services, ids = busy
    reference, compiled = executors(services.catalog.snapshot.specs)
    principal = CALLERS[caller]
    for seed in range(many):
        made = RandomOperation(reference._schema, random.Random(f"{caller}{seed}"), ids)
        asked = partial(
            ask,
            services=services,
            statements=statements,
            text=made.text,
            variables=made.variables,
            principal=principal,
            # Who holds no scope pays for each check, so that none is spared.
            checked=[] if principal.scopes else None,
        )
        told = [await asked(schema) for schema in (reference, compiled)]
        if told[1].statements > told[0].statements:
            # A task of the server's own may have read something meanwhile; it does so every few seconds.
            told[1] = await asked(compiled)
        require_alike(told[0], told[1], (seed, made.text, made.variables))
    counts = compiled.compiled.counts
    assert counts["given_up"] == counts["first_sight"] == 0
    assert set(counts) <= {"compiled", "errors", "rights", "variables", "given_up", "first_sight"}
    # Who may not read is refused by the rights of nearly all plans; many of the others have something wrong.
    assert counts["compiled"] > many / 8 or Scope.READ not in principal.scopes
    # What graphql-core has left goes now, where its warnings are expected, and not in another test.
    gc.collect()
    assert reference.compiled.counts["compiled"] == 0


async def answers_of(
    executor: int, url: str, registry: Registry, statements: Statements, operations: Sequence[ExampleDocument]
) -> tuple[list[Told], Counter[str]]:
    """What one executor answers to operations in a row, on a database of its own whose ids and times stand still."""
    clock = Clock()
    services = services_on(
        await Database.open(url), registry, Dice(), clock=clock, timer=lambda: 0.0, decide_every=3600
    )
    await services.start()
    await services.retentions.close()  # its first round would come before or after a question, by chance
    schema = executors(services.catalog.snapshot.specs)[executor]
    kept: dict[str, Any] = {}
    answers = []
    for operation in operations:
        clock.tick()
        told = await ask(schema, services, statements, operation.text, operation.filled(kept))
        for line in operation.words("keep"):
            name, path = line.split()
            kept[name] = at(json.loads(told.data), path)
        answers.append(told)
    await services.stop()
    return answers, schema.compiled.counts


async def require_all_alike(
    folder: Path,
    template: Path,
    registry: Registry,
    statements: Statements,
    operations: Sequence[ExampleDocument],
) -> Counter[str]:
    """Both executors' answers are alike; the answer is what ran compiled."""
    found = []
    for executor in (0, 1):
        path = folder / f"{executor}.db"
        path.write_bytes(template.read_bytes())
        found.append(await answers_of(executor, f"sqlite://{path}", registry, statements, operations))
    (reference, _), (compiled, counts) = found
    for operation, *pair in zip(operations, reference, compiled, strict=True):
        require_alike(pair[0], pair[1], operation)
    return counts


@pytest.mark.parametrize("file", FILES)
async def test_every_document_is_answered_alike_its_mutations_too(
    file: str,
    tmp_path: Path,
    sqlite_template: Path,
    shipped: Registry,
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What a test draws its sides by.
    monkeypatch.setattr("secrets.token_hex", lambda size: "ab" * size)
    operations = [one for one in DOCUMENTS if one.file == file and not one.text.startswith("subscription")]
    counts = await require_all_alike(tmp_path, sqlite_template, shipped, statements, operations)
    assert counts["given_up"] == 0
    assert counts["compiled"] + counts["errors"] == len(operations)


async def test_the_tabs_of_graphiql_are_answered_alike(
    tmp_path: Path, sqlite_template: Path, shipped: Registry, statements: Statements
) -> None:
    services = services_on(
        await Database.open(f"sqlite://{shutil.copy(sqlite_template, tmp_path / 'catalogue.db')}"),
        shipped,
        Dice(),
    )
    await services.start()
    snapshot = services.catalog.snapshot
    tabs = example_tabs(example_endpoints(snapshot, Schema(GraphLimits(), specs=snapshot.specs).typed))
    await services.stop()
    operations = [
        ExampleDocument(
            "", tab.title, tab.query, "", (("variables", tab.variables),) if tab.variables else ()
        )
        for tab in tabs
        if not re.search("^subscription", tab.query, re.MULTILINE)
    ]
    assert len(operations) > 6
    counts = await require_all_alike(tmp_path, sqlite_template, shipped, statements, operations)
    assert counts["given_up"] == 0
    assert counts["compiled"] + counts["errors"] == len(operations)
