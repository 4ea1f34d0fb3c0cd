"""Rights at every root, node, edge and subscription: the schema is walked, so that a new field is covered too."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_introspection_type,
    is_leaf_type,
    is_required_argument,
    is_required_input_field,
)
from starlette.applications import Starlette
from strawberry.types.field import StrawberryField

from domain.callers import Principal, Scope
from domain.jobs import JobKind
from graph.edge import GraphQLEdge
from graph.operation.context import Context
from graph.operation.limits import GraphLimits
from graph.options import GraphOptions
from graph.vocabulary.ids import REQUEST, global_id
from graph.vocabulary.permissions import Declaration, Needs, OpenToAll, WithParent
from serving.jobs import queue
from serving.services import Services
from tests.conftest import Statements
from tests.graph.conftest import As, Door, of_operations
from tests.serving.world import EVERYBODY

LONGEST_PATH = 4
SUBJECT, VALUE, TITLE = "the-subject-of-another", 424242.5, "the-title-of-another"
OF_OTHERS = (SUBJECT, str(VALUE))

OPEN = {"viewer": "Viewer", "rateLimit": "RateLimit"}
"""Root fields that everybody may ask for, since they tell callers of themselves, with the types they give."""

SEEN_WITHOUT_READ = {
    "UserError",
    "Request",
    "ClassProbability",
    "Endpoint",
    "Feature",
    "CategoryValue",
    "Algorithm",
    "AlgorithmStatus",
    "ABTest",
    "Job",
    "ABTestGuardrailMetric",
    "ABTestPlan",
    "Cost",
    "PredictResult",
    "GiveFeedbackResult",
    "EndpointRetention",
    "RetentionRemoved",
}
"""What the payloads of mutations give to their callers, who need not be able to read: beside payloads only these."""


@dataclass(frozen=True)
class Step:
    """One field on the way from a root: its parent, its name, and what it is."""

    parent: GraphQLObjectType
    name: str
    field: GraphQLField

    @property
    def declaration(self) -> Declaration | None:
        found = declarations(self.field)
        return found[0] if found else None

    @property
    def scopes(self) -> frozenset[Scope]:
        return frozenset(self.declaration) if isinstance(self.declaration, tuple) else frozenset()

    @property
    def type(self) -> GraphQLNamedType:
        return get_named_type(self.field.type)

    def __str__(self) -> str:
        return f"{self.parent.name}.{self.name}"


def defined(found: GraphQLField) -> StrawberryField:
    definition = found.extensions["strawberry-definition"]
    assert isinstance(definition, StrawberryField)
    return definition


def declarations(found: GraphQLField) -> list[Declaration]:
    return [
        extension.scopes if isinstance(extension, Needs) else extension
        for extension in defined(found).extensions
        if isinstance(extension, Needs | OpenToAll | WithParent)
    ]


def objects(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    for one in schema.type_map.values():
        if isinstance(one, GraphQLObjectType) and not is_introspection_type(one):
            yield one


def steps(parent: GraphQLObjectType) -> list[Step]:
    return [Step(parent, name, found) for name, found in parent.fields.items()]


def roots(schema: GraphQLSchema) -> list[GraphQLObjectType]:
    found = (schema.query_type, schema.mutation_type, schema.subscription_type)
    return [root for root in found if root is not None]


def behind(schema: GraphQLSchema, one: GraphQLNamedType) -> list[GraphQLObjectType]:
    """The object types that a field of this type can give."""
    if isinstance(one, GraphQLInterfaceType):
        return list(schema.get_possible_types(one))
    return [one] if isinstance(one, GraphQLObjectType) else []


def reachable(
    schema: GraphQLSchema, start: list[GraphQLObjectType], held: frozenset[Scope]
) -> dict[str, GraphQLObjectType]:
    """Every object type that a caller with these scopes can come to, roots left out."""
    found: dict[str, GraphQLObjectType] = {}
    waiting = list(start)
    while waiting:
        for step in steps(waiting.pop()):
            if not step.scopes <= held:
                continue
            for one in behind(schema, step.type):
                if one.name not in found and one not in roots(schema):
                    found[one.name] = one
                    waiting.append(one)
    return found


@pytest.fixture
async def edge() -> GraphQLEdge:
    return GraphQLEdge(GraphOptions(limits=GraphLimits()))


@pytest.fixture
async def schema(edge: GraphQLEdge, services: Services) -> GraphQLSchema:
    """The schema of what is served, typed predictions among it."""
    return (await edge.schema(services))._schema


async def test_every_field_with_a_resolver_says_what_it_needs(schema: GraphQLSchema) -> None:
    found = {
        str(step): declarations(step.field)
        for one in objects(schema)
        for step in steps(one)
        if not defined(step.field).is_basic_field
    }
    assert len(found) > 60
    assert {name: declared for name, declared in found.items() if len(declared) != 1} == {}


async def test_every_root_field_needs_a_scope_but_for_those_that_are_open_on_purpose(
    schema: GraphQLSchema,
) -> None:
    found = {step.name: step.declaration for root in roots(schema) for step in steps(root)}
    assert {name for name, declared in found.items() if isinstance(declared, OpenToAll)} == set(OPEN)
    assert {name for name, declared in found.items() if not isinstance(declared, tuple)} == set(OPEN)


async def test_the_scope_of_a_root_field_follows_from_what_it_is(schema: GraphQLSchema) -> None:
    """The table of docs/authentication.md."""
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    assert schema.subscription_type is not None
    told = [*steps(schema.query_type), *steps(schema.subscription_type)]
    scopes = {step.name: step.scopes for step in told if step.name not in OPEN}
    for name in ("replay", "apiKeys", "jobs", "job"):
        assert scopes.pop(name) == {Scope.ADMIN, Scope.READ}, name
    assert set(scopes.values()) == {frozenset({Scope.READ})}
    by_name = {"predict": Scope.PREDICT, "giveFeedback": Scope.FEEDBACK}
    for step in steps(schema.mutation_type):
        fitting = [scope for start, scope in by_name.items() if step.name.startswith(start)]
        assert step.scopes == {*(fitting or [Scope.ADMIN])}, step.name


async def test_plain_attributes_are_those_of_objects_that_a_declared_field_gave(
    schema: GraphQLSchema,
) -> None:
    """Whoever holds nothing comes to what is open only: every other type lies behind a field with a scope."""
    assert set(reachable(schema, roots(schema), frozenset())) == set(OPEN.values())


async def test_what_can_be_come_to_without_read_is_what_mutations_answer_with(schema: GraphQLSchema) -> None:
    for held in subsets({*Scope} - {Scope.READ}):
        found = reachable(schema, roots(schema), held) if held else {}
        others = {name for name in found if not name.endswith("Payload")} - set(OPEN.values())
        assert others <= SEEN_WITHOUT_READ, held
    predicting = reachable(schema, roots(schema), frozenset({Scope.PREDICT}))
    assert not predicting.keys() & {"ABTest", "AlgorithmStatus", "RequestConnection", "Server"}


def subsets(scopes: set[Scope]) -> list[frozenset[Scope]]:
    ordered = sorted(scopes)
    return [frozenset(some) for size in range(len(ordered) + 1) for some in combinations(ordered, size)]


@dataclass
class World:
    """A database with data of others in it, and the edge over it, for one caller after another."""

    schema: GraphQLSchema
    client: httpx.AsyncClient
    caller: As
    file: Path
    ids: dict[str, str]
    called: int = field(default=0)

    async def ask(self, principal: Principal, operation: str) -> dict[str, Any]:
        self.caller.principal = principal
        self.called += 1
        response = await self.client.post("/graphql", json={"query": operation})
        answer: dict[str, Any] = response.json()
        return answer | {"text": response.text}

    def dump(self) -> list[str]:
        """All that the database holds but the leases of writers, which are extended as time goes by."""
        connection = sqlite3.connect(self.file)
        try:
            return [line for line in connection.iterdump() if not line.startswith('INSERT INTO "writer"')]
        finally:
            connection.close()

    def operation(self, path: tuple[Step, ...], *, plain: bool = True) -> str:
        """The operation that takes this path, and every plain attribute at its end unless they are unwanted."""
        text = self._leaves(path[-1].type)
        if not plain and text:
            text = " { __typename }"
        for step in reversed(path):
            here = f"{step.name}{self._arguments(step)}{text}"
            text = f" {{ ... on {step.parent.name} {{ {here} }} }}"
        kind = {self.schema.mutation_type: "mutation", self.schema.query_type: "query"}
        return f"{kind.get(path[0].parent, 'subscription')}{text}"

    def _leaves(self, one: GraphQLNamedType) -> str:
        plain = [
            step.name
            for step in (steps(one) if isinstance(one, GraphQLObjectType) else [])
            if is_leaf_type(step.type) and not step.scopes
        ]
        return "" if is_leaf_type(one) else f" {{ {' '.join(['__typename', *plain])} }}"

    def _arguments(self, step: Step) -> str:
        given = [
            f"{name}: {self._value(step.name, name, one.type)}"
            for name, one in step.field.args.items()
            if is_required_argument(one)
        ]
        return f"({', '.join(given)})" if given else ""

    def _value(self, of: str, name: str, wanted: GraphQLInputType) -> str:
        """A value of this type; where something that exists is named, it is named rightly."""
        known = self.ids.get(f"{of}.{name}")
        if known is not None:
            return known
        if isinstance(wanted, GraphQLNonNull):
            return self._value(of, name, wanted.of_type)
        if isinstance(wanted, GraphQLList):
            return f"[{self._value(of, name, wanted.of_type)}]"
        if isinstance(wanted, GraphQLEnumType):
            return str(next(iter(wanted.values)))
        if isinstance(wanted, GraphQLInputObjectType):
            entries = [
                f"{inner}: {self._value(of, inner, one.type)}"
                for inner, one in wanted.fields.items()
                if is_required_input_field(one)
            ]
            return f"{{ {', '.join(entries)} }}"
        simple = {"Int": "1", "Float": "0.5", "Boolean": "true", "JSON": '{ x: 1, colour: "red" }'}
        return self.ids.get(name, simple.get(wanted.name, '"1"'))


@pytest.fixture
async def world(
    edge: GraphQLEdge, schema: GraphQLSchema, services: Services, sqlite_url: str
) -> AsyncIterator[World]:
    door = Door(services)
    predict = "mutation P($i: PredictInput!) { predict(input: $i) { request { requestId } } }"
    features = {"x": VALUE, "colour": "red"}
    ids = [
        (await door.data(predict, i={"endpoint": "levels", "features": features, "subject": SUBJECT}))[
            "predict"
        ]["request"]["requestId"]
        for _ in range(2)
    ]
    made = await door.data(
        "mutation C($i: CreateABTestInput!) { createABTest(input: $i) { abTest { id } userErrors { message } } }",
        i={"title": TITLE, "algorithms": ["1", "2"]},
    )
    test = made["createABTest"]["abTest"]["id"]
    job = await queue.create(services, JobKind.REPLAY, {"algorithm": 2}, created_by="tests")
    caller = As(Starlette(routes=edge.routes()), EVERYBODY)
    caller.app.state.services = services  # type: ignore[attr-defined]
    names = {
        "requestId": ids[0],
        "request.id": ids[0],
        "feedback": "high",
        "endpoint": "levels",
        "endpoint.id": "levels",
        "endpoint.name": "levels",
        "abTest": test,
        **{f"{name}.id": test for name in ("abTest", "concludeABTest", "cancelABTest", "rollbackABTest")},
        "changeABTestWeights.id": test,
        **{f"{name}.id": str(job.id) for name in ("job", "cancelJob")},
        "abTestUpdated.id": test,
        "node.id": global_id(REQUEST, int(ids[0])),
        "nodes.ids": global_id(REQUEST, int(ids[0])),
    }
    quoted = {name: f'"{value}"' for name, value in names.items()}
    transport = httpx.ASGITransport(caller)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        file = Path(sqlite_url.removeprefix("sqlite://"))
        yield World(schema, client, caller, file, quoted | {"createABTest.algorithms": '["4", "5"]'})


def paths(
    world: World,
    held: frozenset[Scope],
    below: tuple[Step, ...] = (),
    *,
    root: GraphQLObjectType | None = None,
) -> Iterator[tuple[tuple[Step, ...], bool]]:
    """Every path of objects of at most four fields, and whether its caller may take it; none leads on from a denial.

    What a mutation's payload gives below `query` is what a query gives: there only the first step is taken.
    """
    start = [root] if root is not None else behind(world.schema, below[-1].type)
    for parent in start:
        for step in steps(parent):
            path = (*below, step)
            allowed = step.scopes <= held
            if not allowed or not is_leaf_type(step.type):
                yield path, allowed
            again = len(path) > 2 and path[-2].type is world.schema.query_type
            if allowed and not again and not is_leaf_type(step.type) and len(path) < LONGEST_PATH:
                yield from paths(world, held, path)


async def test_a_field_that_shows_what_its_parent_gave_reads_no_table(
    world: World, statements: Statements
) -> None:
    """Whoever was given the parent may see it, so that it must not look anything up; not even wait."""
    with_parent = {
        str(step): step
        for one in objects(world.schema)
        for step in steps(one)
        if isinstance(step.declaration, WithParent)
    }
    assert [name for name, step in with_parent.items() if defined(step.field).is_async] == []
    ways = {
        path[-1].type.name: path for path, _ in paths(world, frozenset(Scope), root=world.schema.query_type)
    }
    tried = 0
    for step in with_parent.values():
        if step.parent.name in ways:
            way, counts = ways[step.parent.name], []
            for last in ((), (step,)):
                with statements() as sql:
                    answer = await world.ask(EVERYBODY, world.operation((*way, *last), plain=False))
                assert "errors" not in answer, answer["text"]
                counts.append(len(of_operations(sql)))
            assert counts[0] == counts[1], str(step)
            tried += 1
    assert tried > 10


def is_denied(answer: dict[str, Any]) -> bool:
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    return bool(codes & {"FORBIDDEN", "UNAUTHENTICATED"})


def ends_early(answer: dict[str, Any], path: tuple[Step, ...]) -> bool:
    """Whether the answer has no object whose field is the last one of the path."""
    found: list[Any] = [answer["data"]]
    for step in path[:-1]:
        values = [one[step.name] for one in found if one]
        found = [inner for value in values for inner in (value if isinstance(value, list) else [value])]
    return not any(found)


def gives_feedback(path: tuple[Step, ...]) -> bool:
    return path[0].name.startswith("giveFeedback")


async def test_nobody_subscribes_without_the_scope_and_nothing_is_followed_for_them(
    world: World, edge: GraphQLEdge, services: Services
) -> None:
    root = world.schema.subscription_type
    assert root is not None
    schema, refused = await edge.schema(services), 0
    for held in subsets(set(Scope)):
        principal = Principal("somebody", held, anonymous=not held)
        for step in steps(root):
            if step.scopes <= held:
                continue
            context = Context(services, principal, GraphLimits())
            result = await schema.subscribe(world.operation((step,)), context_value=context)
            answers = [result] if not isinstance(result, AsyncIterator) else [one async for one in result]
            codes = [error.extensions for one in answers for error in one.errors or ()]
            assert [found and found["code"] for found in codes] == [
                "UNAUTHENTICATED" if principal.anonymous else "FORBIDDEN"
            ]
            assert all(one.data is None for one in answers)
            refused += 1
    assert refused == len(root.fields) * 16


def name_of(held: frozenset[Scope]) -> str:
    return "+".join(sorted(held)) or "nothing"


async def test_a_root_field_without_its_scope_gives_and_changes_nothing_whatever_other_scopes_are_held(
    world: World,
) -> None:
    before, denied = world.dump(), 0
    for held in subsets(set(Scope)):
        principal = Principal("somebody", held, anonymous=not held)
        for root in (world.schema.query_type, world.schema.mutation_type):
            for step in steps(root) if root else ():
                if step.scopes <= held:
                    continue
                answer = await world.ask(principal, world.operation((step,)))
                assert is_denied(answer), answer["text"]
                assert not any(known in answer["text"] for known in (*OF_OTHERS, TITLE)), answer["text"]
                denied += 1
    assert denied == world.called > 300
    assert world.dump() == before


CALLERS = [
    frozenset(),
    *(frozenset({scope}) for scope in Scope),
    frozenset(Scope) - {Scope.READ},
    frozenset(Scope),
]
LONG = {frozenset({Scope.READ}), frozenset(Scope), frozenset(Scope) - {Scope.READ}}
"""Whoever may read comes to thousands of paths."""


@pytest.mark.parametrize(
    "held",
    [pytest.param(held, marks=[pytest.mark.matrix] if held in LONG else []) for held in CALLERS],
    ids=name_of,
)
async def test_whatever_path_is_taken_a_caller_sees_and_changes_only_what_its_scopes_allow(
    world: World, held: frozenset[Scope]
) -> None:
    principal = Principal("somebody", held)
    query, mutation = world.schema.query_type, world.schema.mutation_type
    assert query is not None
    assert mutation is not None
    every = [*paths(world, held, root=query), *paths(world, held, root=mutation)]
    before, denied = world.dump(), set()
    for path, allowed in every:
        if path[0].parent is query:
            answer = await world.ask(principal, world.operation(path))
            assert is_denied(answer) is not allowed, (world.operation(path), answer["text"])
            if Scope.READ not in held:
                assert not any(known in answer["text"] for known in (*OF_OTHERS, TITLE)), answer["text"]
    assert world.dump() == before
    for path, allowed in every:
        if path[0].parent is mutation:
            answer = await world.ask(principal, world.operation(path))
            if Scope.READ not in held:
                assert not any(known in answer["text"] for known in OF_OTHERS), answer["text"]
            if is_denied(answer):
                denied.add(str(path[-1]))
                # With `feedback` alone a request is shown in part, and only where no more is asked for.
                assert not allowed or (gives_feedback(path) and Scope.READ not in held), answer["text"]
            else:
                assert allowed or ends_early(answer, path), (world.operation(path), answer["text"])
    # Where one path came to nothing, as a mutation that cannot be done twice, another came to the same field.
    refused = {str(path[-1]) for path, allowed in every if path[0].parent is mutation and not allowed}
    assert refused <= denied
    assert world.called == len(every) >= len(query.fields) + len(mutation.fields)
