from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
    parse,
    validate,
)

from domain.requests.feedback import FeedbackCommand
from graph.operation.limits import GraphLimits
from graph.operation.pricing import OperationCost, costs_of, size_of
from graph.schema import Schema
from graph.vocabulary.ids import ALGORITHM, ENDPOINT, global_id
from registry.discovery import discover_endpoints
from serving.services import Services
from tests.graph.conftest import Door
from tests.serving.world import command, row

SHIPPED = Schema(GraphLimits(), specs=discover_endpoints())._schema
GENEROUS = GraphLimits(depth=99, aliases=999, root_fields=99, nodes=10**9, tokens=10**6, cost=10**9)


def cost_of(text: str, operation: str | None = None) -> OperationCost:
    document = parse(text)
    assert validate(SHIPPED, document) == []
    return costs_of(SHIPPED, document)[operation]


def points(text: str, **variables: Any) -> int:
    return cost_of(text).points(variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", 0),
        ("{ viewer { name scopes } }", 1),
        ("{ server { version } }", 2),
        ('{ endpoint(name: "x") { name } }', 2),
        ("{ endpoints { pageInfo { hasNextPage } } }", 3),
        ("{ endpoints { nodes { name } } }", 1 + 1 + 20),
        ("{ endpoints(first: 3) { nodes { name } } }", 1 + 1 + 3),
        ("{ endpoints(last: 4) { edges { cursor node { name } } } }", 1 + 1 + 4 * 2),
        ("{ endpoints(first: 0) { nodes { name } } }", 2),
        ("{ endpoints(first: 3) { totalCount nodes { name } edges { cursor } } }", 1 + 1 + 5 + 3 + 3),
        ("{ endpoints(first: 2) { nodes { requests(first: 5) { nodes { id } } } } }", 2 + 2 * (1 + 2 + 5)),
        ("{ endpoints(first: 2) { nodes { requests(first: 5) { totalCount } } } }", 2 + 2 * (1 + 2 + 5)),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3 + 3),
        ('{ nodes(ids: "a") { id } }', 1 + 1),
        ("{ requests(first: 1) { aggregate { count } } }", 2 + 51),
        ("{ requests(first: 1) { exportUrl(format: CSV) } }", 2 + 1_000),
        ("{ requests { groupedAggregates(by: [LABEL, FEEDBACK]) { groups { label } } } }", 2 + 101 + 100),
        ("{ requests { groupedAggregates(by: SUBJECT, first: 7) { groups { subject } } } }", 2 + 501 + 7),
        ("{ __schema { types { name } } }", 100),
    ],
)
def test_a_query_costs_a_point_for_each_object_and_for_each_read(text: str, expected: int) -> None:
    assert points(text) == expected


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("query ($n: Int) { endpoints(first: $n) { nodes { name } } }", {"n": 7}, 9),
        ("query ($n: Int) { endpoints(first: $n) { nodes { name } } }", {"n": 7.0}, 9),
        ("query ($n: Int) { endpoints(first: $n) { nodes { name } } }", {}, 22),
        ("query ($n: Int) { endpoints(first: $n) { nodes { name } } }", {"n": None}, 22),
        ("query ($n: Int) { endpoints(first: $n) { nodes { name } } }", {"n": 10**30}, 102),
        ("query ($n: Int) { endpoints(first: $n) { nodes { name } } }", {"n": -5}, 2),
        ("query ($n: Int) { endpoints(first: $n) { nodes { name } } }", {"n": "junk"}, 22),
        ("query ($n: Int = 3) { endpoints(first: $n) { nodes { name } } }", {}, 5),
        ("query ($n: Int = 3) { endpoints(first: $n) { nodes { name } } }", {"n": 4}, 6),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a", "b"]}, 4),
        ("query ($a: ID!) { nodes(ids: [$a, $a]) { id } }", {"a": "a"}, 4),
        ("query ($w: Boolean!) { endpoints { nodes @include(if: $w) { name } } }", {"w": False}, 2),
        ("query ($w: Boolean!) { endpoints { nodes @include(if: $w) { name } } }", {"w": True}, 22),
        ("query ($w: Boolean!) { endpoints { nodes @skip(if: $w) { name } } }", {"w": True}, 2),
        ("query ($w: Boolean!) { endpoints { ... @skip(if: $w) { nodes { name } } } }", {"w": True}, 2),
        (
            "query ($w: Boolean!) { endpoints { nodes @skip(if: $w) { name } nodes { id } } }",
            {"w": True},
            22,
        ),
        ("query ($w: Boolean) { endpoints { nodes @skip(if: $w) { name } } }".replace(")", "!)", 1), {}, 22),
    ],
)
def test_variables_have_their_say(text: str, variables: dict[str, Any], expected: int) -> None:
    assert points(text, **variables) == expected


def test_what_is_left_out_for_good_costs_nothing() -> None:
    assert points("{ endpoints { nodes @include(if: false) { name } } }") == 2
    assert points("{ endpoints { nodes @skip(if: true) { name } pageInfo { endCursor } } }") == 3


def test_a_prediction_costs_little_and_a_batch_by_its_rows() -> None:
    one = "mutation ($i: PredictInput!) { predict(input: $i) { request { label } userErrors { code } } }"
    assert points(one, i={"endpoint": "e", "features": {}}) == 1 + 1 + 1 + 1
    typed = "mutation ($i: PredictIncomeClassifierInput!) { predictIncomeClassifier(input: $i) { request { label } } }"
    assert points(typed) == 3
    many = (
        "mutation ($i: PredictBatchInput!) "
        "{ predictBatch(input: $i) { results { request { label } userErrors { code } } } }"
    )
    assert points(many, i={"rows": [{}] * 10}) == 10 + 1 + 10 * 3
    rows = (
        'mutation ($r: [JSON!]!) { predictBatch(input: {endpoint: "e", rows: $r}) { userErrors { code } } }'
    )
    assert points(rows, r=[{}] * 10) == 10 + 1 + 1
    batch = "mutation ($i: GiveFeedbackBatchInput!) { giveFeedbackBatch(input: $i) { results { request { id } } } }"
    assert points(batch, i={"items": [{}] * 5}) == 5 + 1 + 5 * 2
    assert (
        points("mutation ($i: CancelABTestInput!) { cancelABTest(input: $i) { userErrors { code } } }") == 12
    )


def test_a_batch_of_the_largest_size_may_be_asked_for() -> None:
    text = (
        "mutation ($i: PredictBatchInput!) { predictBatch(input: $i) "
        "{ results { request { label endpoint { name } algorithm { name } } userErrors { message } } } }"
    )
    assert points(text, i={"rows": [{}] * 10_000}) == 60_001 < GraphLimits().cost


def test_a_subscription_costs_its_start_and_one_event() -> None:
    assert points("subscription { requestLogged { id endpoint { name } } }") == 10 + 2


def test_fields_that_execution_merges_are_paid_once() -> None:
    once = "{ endpoints(first: 5) { nodes { name } } }"
    twice = """
        query { endpoints(first: 5) { nodes { name } } ...A ... on Query { ...A } }
        fragment A on Query { endpoints(first: 5) { nodes { id algorithms(first: 2) { nodes { id } } } } }
    """
    assert points(once) == 7
    assert points(twice) == 2 + 5 * (1 + 2 + 2)
    assert (
        points("{ a: endpoints(first: 5) { nodes { name } } b: endpoints(first: 5) { nodes { name } } }")
        == 14
    )


def test_each_operation_of_a_document_has_its_own_cost() -> None:
    text = "query A { viewer { name } } query B { endpoints(first: 1) { nodes { name } } }"
    assert (cost_of(text, "A").points({}), cost_of(text, "B").points({})) == (1, 3)


def test_the_branches_of_an_interface_are_added_up() -> None:
    text = """{ node(id: "x") { id
        ... on Endpoint { algorithms(first: 1) { nodes { id } } }
        ... on ABTest { champion { id } challenger { id } } } }"""
    assert points(text) == 2 + 3 + 2


def test_the_most_expensive_field_is_named() -> None:
    text = """query ($n: Int) { viewer { name } endpoints(first: 2) { nodes {
        algorithms(first: 1) { nodes { id } } requests(first: $n) { nodes { endpoint { id } } } } } }"""
    assert cost_of(text).most_expensive({"n": 100}) == ("endpoints.nodes.requests.nodes", 2 * 100 * 2)


def test_fragments_cannot_make_the_analysis_slow() -> None:
    chain = "query { endpoints { nodes { ...F0 } } } "
    for level in range(12):
        below = f"...F{level + 1}" if level < 11 else "id"
        chain += (
            f"fragment F{level} on Endpoint {{ a: requests(first: 1) {{ nodes {{ endpoint {{ {below} }} }} }} "
            f"b: requests(first: 1) {{ nodes {{ endpoint {{ {below} }} }} }} }} "
        )
    cost = 0
    for _ in range(12):
        cost = 2 * (2 + 1 + 1 + cost)
    assert points(chain) == 2 + 20 * (1 + cost)


def list_fields(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField]]:
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for name, field in type_.fields.items():
                if is_list_type(get_nullable_type(field.type)) and is_composite_type(
                    get_named_type(field.type)
                ):
                    yield f"{type_.name}.{name}", field


def test_every_list_says_how_long_it_is_or_stands_below_a_field_that_does() -> None:
    pages: set[str] = set()
    for type_ in SHIPPED.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            pages |= {
                get_named_type(field.type).name
                for field in type_.fields.values()
                if size_of(field) is not None
            }
    silent = [
        name
        for name, field in list_fields(SHIPPED)
        if size_of(field) is None and name.partition(".")[0] not in pages
    ]
    assert silent == []
    unsaid = {name.partition(".")[2] for name, field in list_fields(SHIPPED) if size_of(field) is None}
    assert unsaid == {"edges", "nodes", "results", "groups", "periods"}


def test_the_cost_of_every_field_can_be_worked_out() -> None:
    seen = 0
    for type_ in SHIPPED.type_map.values():
        if not isinstance(type_, GraphQLObjectType) or type_.name.startswith("__"):
            continue
        path = way_to(type_)
        if path is None:
            continue
        for name, field in type_.fields.items():
            body = "{ __typename }" if is_composite_type(get_named_type(field.type)) else ""
            text = written(path, f"{name}{arguments(field)} {body}")
            (cost,) = {id(one): one for one in costs_of(SHIPPED, parse(text)).values()}.values()
            assert cost.points({"v": ["x"]}) > 0, text
            seen += 1
    assert seen > 250


def way_to(wanted: GraphQLObjectType) -> list[tuple[str, GraphQLField | None]] | None:
    """The fields that lead from a root to a type; the first entry is the operation's kind."""
    roots = {
        "query": SHIPPED.query_type,
        "mutation": SHIPPED.mutation_type,
        "subscription": SHIPPED.subscription_type,
    }
    waiting: list[tuple[GraphQLNamedType, list[tuple[str, GraphQLField | None]]]] = [
        (root, [(kind, None)]) for kind, root in roots.items() if root
    ]
    known: set[str] = set()
    while waiting:
        type_, path = waiting.pop(0)
        if type_ is wanted:
            return path
        if type_.name in known or not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            continue
        known.add(type_.name)
        for name, field in type_.fields.items():
            waiting.append((get_named_type(field.type), [*path, (name, field)]))
    return None


def written(path: list[tuple[str, GraphQLField | None]], inner: str) -> str:
    for name, field in reversed(path):
        inner = f"{name}{arguments(field) if field else ''} {{ {inner} }}"
    return inner


def arguments(field: GraphQLField) -> str:
    """The required arguments, by variables that nobody gives."""
    needed = [name for name, argument in field.args.items() if is_required_argument(argument)]
    return f"({', '.join(f'{name}: $v' for name in needed)})" if needed else ""


class Documents:
    """Random operations over the schema, with pages of random size, and their variables."""

    def __init__(self, schema: GraphQLSchema, seed: int, services: Services) -> None:
        self.dice = random.Random(seed)
        self.schema = schema
        self.variables: dict[str, int] = {}
        endpoint = next(iter(services.catalog.snapshot.endpoints))
        algorithm = next(iter(services.catalog.snapshot.algorithms))
        self.given = {
            "Query.endpoint": f'(id: "{endpoint}")',
            "Query.abTestSampleSizes": "(accuracy: 0.85, effect: 0.05)",
            "Query.algorithm": f'(id: "{algorithm}")',
            "Query.node": f'(id: "{global_id(ENDPOINT, endpoint)}")',
            "Query.nodes": f'(ids: ["{global_id(ENDPOINT, endpoint)}", "{global_id(ALGORITHM, algorithm)}"])',
            "RequestConnection.groupedAggregates": "(by: [LABEL, FEEDBACK])",
        }
        query = schema.query_type
        assert query is not None
        body = self.selection(query, 7)
        head = ", ".join(f"${name}: Int" for name in self.variables)
        self.text = f"query{f' ({head})' if head else ''} {body}"

    def selection(self, type_: GraphQLNamedType, depth: int) -> str:
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        chosen = ["__typename"]
        fields = list(type_.fields.items())
        for name, field in self.dice.sample(fields, min(len(fields), 4)):
            if name in {"replay", "feedbackQueue", "exportUrl"}:
                continue
            named = get_named_type(field.type)
            if named.name == "JSON":
                # Its objects are not the schema's.
                continue
            if not is_leaf_type(named) and not (depth and (depth > 2 or name in {"nodes", "edges", "node"})):
                continue
            given = self.sent(type_, name, field)
            if given is None:
                continue
            if is_leaf_type(named):
                chosen.append(name + given)
            else:
                alias = f"x{self.dice.randrange(10**6)}: " if self.dice.random() < 0.2 else ""
                body = self.selection(named, depth - 1)
                if isinstance(named, GraphQLInterfaceType):
                    body = f"{{ id ... on Endpoint {self.selection(self.schema.type_map['Endpoint'], depth - 1)} }}"
                chosen.append(f"{alias}{name}{given} {body}")
        return f"{{ {' '.join(chosen)} }}"

    def sent(self, type_: GraphQLNamedType, name: str, field: GraphQLField) -> str | None:
        known = self.given.get(f"{type_.name}.{name}")
        if known is not None:
            return known
        if any(is_required_argument(argument) for argument in field.args.values()):
            return None
        return self.page(field.args)

    def page(self, args: dict[str, GraphQLArgument]) -> str:
        if "first" not in args or self.dice.random() < 0.2:
            return ""
        name = self.dice.choice(["first", "last"] if "last" in args else ["first"])
        size = self.dice.randrange(1, 7)
        if self.dice.random() < 0.5:
            return f"({name}: {size})"
        variable = f"v{len(self.variables)}"
        self.variables[variable] = size
        return f"({name}: ${variable})"


def objects_in(value: Any) -> int:
    """How many objects an answer holds."""
    if isinstance(value, dict):
        return 1 + sum(objects_in(one) for one in value.values())
    return sum(objects_in(one) for one in value) if isinstance(value, list) else 0


@pytest.fixture
async def busy(services: Services) -> Services:
    """Services with a history: 30 predictions, most with ground truth."""
    for number in range(30):
        (prediction,) = await services.predictor.predict(
            command(row(number % 3, "red"), subject=f"s{number}")
        )
        if number % 3:
            truth = FeedbackCommand(prediction.request.id, "low")
            await services.feedback.give(truth, command(row(1)).principal)
    return services


@pytest.mark.matrix
async def test_no_answer_has_more_objects_than_its_operation_has_cost(busy: Services) -> None:
    door = replace(Door(busy), limits=GENEROUS)
    most = checked = 0
    async with door.http() as client:
        schema = Schema(GENEROUS)._schema
        for seed in range(150):
            made = Documents(schema, seed, busy)
            body = {"query": made.text, "variables": made.variables}
            response = await client.post("/graphql", json=body, headers={"graphql-cost": "1"})
            answer = response.json()
            assert "errors" not in answer, (answer["errors"][:1], made.text)
            found = objects_in(answer["data"]) - 1
            cost = answer["extensions"]["cost"]["requested"]
            assert found <= cost, (seed, found, cost, made.text, made.variables)
            checked += found > 0
            most = max(most, found)
    assert checked > 100
    assert most > 100
