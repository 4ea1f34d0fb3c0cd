"""When operations are compiled, and which plans are kept."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
import strawberry
from graphql import DocumentNode, ExecutionResult, OperationDefinitionNode, get_operation_ast, parse
from strawberry.types.graphql import OperationType

from domain.requests.partial_request import PartialRequest
from graph.compiled import plans
from graph.compiled.executor import CompiledExecution, Sent
from graph.compiled.plans import PlannedOperation, Plans
from graph.compiled.policy import Policy
from graph.compiled.run import Run
from graph.operation.context import Context
from graph.operation.limits import GraphLimits
from graph.operation.loaders import Loaders
from graph.schema import Schema
from serving.services import Services
from tests.graph.conftest import Door
from tests.graph.twins import executors
from tests.serving.world import EVERYBODY, command, row

CORE = Schema(GraphLimits())._schema


def operation(text: str) -> tuple[DocumentNode, OperationDefinitionNode]:
    document = parse(text)
    node = get_operation_ast(document)
    assert node is not None
    return document, node


def known(kept: Plans, text_or_node: tuple[DocumentNode, OperationDefinitionNode]) -> PlannedOperation | None:
    document, node = text_or_node
    return kept.known(CORE, node, document.definitions)


def test_an_operation_is_planned_when_it_is_seen_again() -> None:
    kept = Plans(Policy(), sights=2)
    one, other = operation("{ viewer { name } }"), operation("{ viewer { name } }")
    assert known(kept, one) is None
    assert known(kept, other) is None
    first = known(kept, one)
    assert first is not None
    assert known(kept, one) is first


def test_an_operation_that_came_once_is_forgotten_with_its_document() -> None:
    kept = Plans(Policy(), sights=2)
    one = operation("{ viewer { name } }")
    assert known(kept, one) is None
    assert len(kept._seen) == 1
    del one
    gc.collect()
    assert kept._seen == {}


def test_plans_that_are_used_least_make_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST_KEPT", 2 * plans.SMALLEST)
    kept = Plans(Policy(), sights=1)
    operations = [operation(f"{{ viewer {{ name }} }} # {number}") for number in range(3)]
    first, second = known(kept, operations[0]), known(kept, operations[1])
    assert known(kept, operations[0]) is first
    known(kept, operations[2])
    assert kept.weight == 2 * plans.SMALLEST
    assert known(kept, operations[0]) is first
    assert known(kept, operations[1]) is not second


def test_each_outcome_of_the_conditions_has_a_plan_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST_SWITCHED", 2)
    kept = Plans(Policy(), sights=1)
    found = known(
        kept,
        operation("query ($a: Boolean!, $b: Int) { viewer { name @include(if: $a) } rateLimit { cost } }"),
    )
    assert found is not None
    assert found.switches == ("a",)
    for a in (True, False, True):
        variables = found.variables.read({"a": a, "b": 7})
        assert variables is not None
        key = found.key(variables)
        assert key == (a,)
        kept.keep(found, key, found.make(variables))
    assert len(found.plans) == 2


async def test_an_operation_runs_on_the_reference_first_and_compiled_then(door: Door) -> None:
    schema = Schema(GraphLimits(), specs=door.services.catalog.snapshot.specs)
    schema.compiled.plans.sights = 2
    for expected in (
        {"first_sight": 1},
        {"first_sight": 1, "compiled": 1},
        {"first_sight": 1, "compiled": 2},
    ):
        context = Context(door.services, EVERYBODY, GraphLimits())
        result = await schema.execute("{ viewer { name } }", context_value=context)
        assert result.data == {"viewer": {"name": "anonymous"}}
        assert schema.compiled.counts == expected


async def test_a_run_goes_with_its_answer_and_leaves_nothing_to_the_garbage_collector(door: Door) -> None:
    """A page's rows would stay until the collector comes, which then walks through all of them."""
    await door.services.predictor.predict(command(*(row(number) for number in range(1, 6))))
    schema = Schema(GraphLimits(), specs=door.services.catalog.snapshot.specs)
    schema.compiled.plans.sights = 1
    gc.collect()
    gc.disable()
    try:
        for text in (
            "{ requests(first: 5) { edges { cursor node { id label algorithm { name } } } pageInfo { endCursor } } }",
            "{ endpoints { edges { node { name requests(first: 2) { edges { node { label } } } } } } viewer { name } }",
            """mutation { predict(input: {endpoint: "levels", features: {x: 1, colour: "red"}}) { request { id } } }""",
        ):
            result = await schema.execute(
                text, context_value=Context(door.services, EVERYBODY, GraphLimits())
            )
            assert result.errors is None
            del result
            assert [
                one for one in gc.get_objects() if isinstance(one, (Run, Loaders, PartialRequest))
            ] == [], text
    finally:
        gc.enable()
    assert schema.compiled.counts == {"compiled": 3}


async def test_what_is_long_is_read_and_compiled_in_a_thread_and_answered_alike(services: Services) -> None:
    names = [*(f"a{number}" for number in range(25)), "id", "name", "owner", "description", "kind", "unit"]
    wide = " ".join(f"{name}: name" if name.startswith("a") else name for name in names)
    text = f"query ($id: ID!) {{ endpoint(id: $id) {{ {wide} }} }}"
    answers: list[Any] = []
    for schema in executors(services.catalog.snapshot.specs):
        context = Context(services, EVERYBODY, GraphLimits(), long=True)
        answers.append((await schema.execute(text, {"id": "1"}, context_value=context)).data)
    assert answers[0] == answers[1]
    assert list(answers[0]["endpoint"]) == names
    assert schema.compiled.counts == {"compiled": 1}


async def test_events_of_a_subscription_are_answered_alike(services: Services) -> None:
    text = (
        "subscription { requestLogged { requestId label endpoint { name } ... on Request { n: outcome } } }"
    )
    found = []
    for schema in executors(services.catalog.snapshot.specs):
        context = Context(services, EVERYBODY, GraphLimits())
        stream = await schema.stream(
            text, context_value=context, allowed_operation_types=(OperationType.SUBSCRIPTION,)
        )
        waiting = asyncio.ensure_future(anext(stream))
        while not any(group.followers for group in services.live.requests._groups.values()):
            await asyncio.sleep(0.005)
        made = await services.predictor.predict(command(row(1), row(666)))
        events: list[Any] = [await waiting, await anext(stream)]
        await stream.aclose()
        ids = [str(one.request.id) for one in made]
        data = [event.data["requestLogged"] for event in events]
        assert [one.pop("requestId") for one in data] == ids
        found.append(data)
    assert found[0] == found[1]
    assert schema.compiled.counts == {"compiled": 2}


@strawberry.type
class Entry:
    name: str


@strawberry.type
class Line:
    number: int

    @strawberry.field
    def entry(self, info: strawberry.Info) -> Entry | None:
        info.context["calls"].append(self.number)
        return None if self.number == 2 else Entry(name=f"of {self.number}")


@strawberry.type
class Root:
    @strawberry.field
    def lines(self, info: strawberry.Info) -> list[Line]:
        return [Line(number=number) for number in info.context["numbers"]]

    @strawberry.field
    def entries(self, info: strawberry.Info) -> list[Entry]:
        return [info.context["entry"]] * 2


async def test_answers_of_rows_that_come_again_are_kept_until_the_epoch_ends() -> None:
    core = strawberry.Schema(Root)._schema
    document, node = operation("{ entries { name } }")
    policy = Policy(kept=lambda type_: type_.name == "Entry", epoch=lambda context: context["epoch"])
    compiled = CompiledExecution(policy, sights=1)
    entry, first, second = Entry(name="old"), object(), object()

    def names(epoch: object) -> Any:
        sent = Sent(None, {"entry": entry, "epoch": epoch})
        found = compiled.run(core, document, node, sent, lambda _replay: pytest.fail("not compiled"))
        assert isinstance(found, ExecutionResult)
        assert found.data is not None
        return [one["name"] for one in found.data["entries"]]

    assert names(first) == ["old", "old"]
    entry.name = "new"
    assert names(first) == ["old", "old"]
    assert names(second) == ["new", "new"]


async def test_what_depends_on_one_value_of_the_row_is_looked_up_once_for_it_and_epoch() -> None:
    core = strawberry.Schema(Root)._schema
    document, node = operation("{ lines { number entry { name } } }")
    policy = Policy(
        repeatable=lambda field: field.python_name == "entry",
        kept=lambda type_: type_.name == "Entry",
        epoch=lambda context: context["epoch"],
        known_by=lambda field: "number" if field.python_name == "entry" else None,
    )
    compiled = CompiledExecution(policy, sights=1)
    first, second = object(), object()

    def answered(epoch: object, *numbers: int) -> tuple[Any, list[int]]:
        context: dict[str, Any] = {"epoch": epoch, "numbers": numbers, "calls": []}
        sent = Sent(None, context)
        found: Any = compiled.run(core, document, node, sent, lambda _replay: pytest.fail("not compiled"))
        names = [one["entry"] and one["entry"]["name"] for one in found.data["lines"]]
        return names, context["calls"]

    assert answered(first, 1, 4, 1, 4) == (["of 1", "of 4", "of 1", "of 4"], [1, 4])
    assert answered(first, 4, 2, 2) == (["of 4", None, None], [2, 2])
    assert answered(second, 4) == (["of 4"], [4])
    assert compiled.counts == {"compiled": 3}


async def test_what_is_shown_at_once_takes_the_place_of_value_and_leaf() -> None:
    core = strawberry.Schema(Root)._schema
    document, node = operation("{ entries { name } }")
    policy = Policy(
        shown=lambda field: (lambda row: row.name.upper()) if field.python_name == "name" else None
    )
    compiled = CompiledExecution(policy, sights=1)
    sent = Sent(None, {"entry": Entry(name="a")})
    found: Any = compiled.run(core, document, node, sent, lambda _replay: pytest.fail("not compiled"))
    assert found.data == {"entries": [{"name": "A"}, {"name": "A"}]}


async def test_a_change_of_the_catalogue_shows_in_what_is_asked_again(door: Door) -> None:
    schema = executors(door.services.catalog.snapshot.specs)[1]
    seen = []
    for status in ("testing", "production"):
        await door.services.statuses.set(3, status, "me")
        context = Context(door.services, EVERYBODY, GraphLimits())
        text = "{ algorithms(last: 3) { nodes { status } } }"
        found: Any = (await schema.execute(text, context_value=context)).data
        seen.append(found["algorithms"]["nodes"][0]["status"])
    assert seen == ["TESTING", "PRODUCTION"]
    assert schema.compiled.counts == {"compiled": 2}
