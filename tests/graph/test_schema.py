from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)
from strawberry.types.base import get_object_definition

from domain.callers import Scope
from graph.contract.deprecations import undated
from graph.operation.limits import GraphLimits
from graph.schema import Query, Schema, print_schema
from graph.vocabulary.permissions import Needs, OpenToAll
from registry.discovery import discover_endpoints

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = discover_endpoints(entry_points=False)

SCOPES = {
    "createABTest": Scope.ADMIN,
    "concludeABTest": Scope.ADMIN,
    "cancelABTest": Scope.ADMIN,
    "rollbackABTest": Scope.ADMIN,
    "changeABTestWeights": Scope.ADMIN,
    "setAlgorithmStatus": Scope.ADMIN,
    "forgetSubject": Scope.ADMIN,
    "forgetRequest": Scope.ADMIN,
    "setRetention": Scope.ADMIN,
    "cancelJob": Scope.ADMIN,
    "giveFeedback": Scope.FEEDBACK,
    "giveFeedbackBatch": Scope.FEEDBACK,
    "predict": Scope.PREDICT,
    "predictBatch": Scope.PREDICT,
    "predictIncomeClassifier": Scope.PREDICT,
    "predictPremiumInsurance": Scope.PREDICT,
    "predictWineCultivar": Scope.PREDICT,
}
TYPED = ("predictIncomeClassifier", "predictPremiumInsurance", "predictWineCultivar")
QUERIES = [
    "abTestSampleSizes",
    "endpoints",
    "endpoint",
    "algorithms",
    "algorithm",
    "statuses",
    "requests",
    "request",
    "requestByExternalId",
    "abTests",
    "abTest",
    "feedbackQueue",
    "node",
    "nodes",
    "replay",
    "jobs",
    "job",
    "apiKeys",
    "viewer",
    "rateLimit",
    "server",
]
SUBSCRIPTIONS = ["requestLogged", "abTestUpdated", "algorithmStatusChanged"]


def schema() -> GraphQLSchema:
    return build_schema(print_schema(SHIPPED))


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    """Run `python -m graph.schema > graph/schema.graphql` after a change that is meant."""
    assert (ROOT / "graph/schema.graphql").read_text(encoding="utf-8") == print_schema(SHIPPED)


def test_the_module_prints_the_schema() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "graph.schema"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert printed.stdout == print_schema(SHIPPED)


def test_the_schema_can_be_built_more_than_once() -> None:
    first = Schema(GraphLimits(), specs=SHIPPED).as_str()
    assert "  predictIncomeClassifier(" in first
    assert "  predictIncomeClassifier(" not in Schema(GraphLimits()).as_str()
    assert Schema(GraphLimits(), public=True, specs=SHIPPED).as_str() == first


def test_the_roots_are_the_agreed_ones() -> None:
    found = schema()
    assert found.query_type is not None
    assert found.mutation_type is not None
    assert set(found.query_type.fields) == set(QUERIES)
    assert set(found.mutation_type.fields) == set(SCOPES)
    assert found.subscription_type is not None
    assert set(found.subscription_type.fields) == set(SUBSCRIPTIONS)


def test_every_root_field_declares_its_scope() -> None:
    needs: dict[str, list[Scope | None]] = {}
    built = Schema(GraphLimits(), specs=SHIPPED)
    assert isinstance(built.mutation, type)
    roots: tuple[type, ...] = (Query, built.mutation)
    for root in roots:
        definition = get_object_definition(root, strict=True)
        for field in definition.fields:
            name = built.config.name_converter.from_field(field)
            needs[name] = [
                scope
                for extension in field.extensions
                if isinstance(extension, Needs | OpenToAll)
                for scope in (extension.scopes if isinstance(extension, Needs) else (None,))
            ]
    assert needs == {
        **{name: [Scope.READ] for name in QUERIES},
        **{name: [scope] for name, scope in SCOPES.items()},
        "replay": [Scope.ADMIN, Scope.READ],
        "jobs": [Scope.ADMIN, Scope.READ],
        "job": [Scope.ADMIN, Scope.READ],
        "apiKeys": [Scope.ADMIN, Scope.READ],
        "viewer": [None],
        "rateLimit": [None],
    }


def test_every_mutation_takes_one_input_and_answers_with_a_payload() -> None:
    found = schema()
    assert found.mutation_type is not None
    for name, field in found.mutation_type.fields.items():
        pascal = name[0].upper() + name[1:]
        assert {argument: str(one.type) for argument, one in field.args.items()} == {
            "input": f"{pascal}Input!"
        }
        answer = "Predict" if name in TYPED else pascal
        assert str(field.type) == f"{answer}Payload!"
        payload = found.type_map[f"{answer}Payload"]
        assert isinstance(payload, GraphQLObjectType)
        assert str(payload.fields["userErrors"].type) == "[UserError!]!"
        assert str(payload.fields["query"].type) == "Query!"


def described(type_: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    yield type_.name, type_.description
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}", field.description
            for argument, one in field.args.items():
                yield f"{type_.name}.{name}({argument})", one.description
    elif isinstance(type_, GraphQLInputObjectType):
        for name, input_field in type_.fields.items():
            yield f"{type_.name}.{name}", input_field.description
    elif isinstance(type_, GraphQLEnumType):
        for name, value in type_.values.items():
            yield f"{type_.name}.{name}", value.description


def test_everything_has_a_description_that_is_a_sentence() -> None:
    own = [
        type_
        for type_ in schema().type_map.values()
        if not is_introspection_type(type_) and not is_specified_scalar_type(type_)
    ]
    assert len(own) > 50
    everything = [entry for type_ in own for entry in described(type_)]
    bare = [name for name, text in everything if not text or not text.strip().endswith((".", "?", ")"))]
    assert bare == []


def test_enum_values_are_upper_case() -> None:
    for type_ in schema().type_map.values():
        if isinstance(type_, GraphQLEnumType) and not is_introspection_type(type_):
            assert [name for name in type_.values if name != name.upper()] == []


def test_what_is_deprecated_says_until_when_it_stays_and_what_to_use() -> None:
    assert undated(schema()) == []


def test_a_deprecation_without_a_date_or_an_advice_is_found_wherever_it_is() -> None:
    good, bad = '@deprecated(reason: "2027-01-31: use the other one")', "@deprecated"
    text = """
    type Query {{ a: Int {0} b(x: Int {0}): Int, e: E, f(i: In): Int }}
    enum E {{ A {0} B }}
    input In {{ a: Int {0} }}
    """
    assert undated(build_schema(text.format(good))) == []
    assert undated(build_schema(text.format(bad))) == ["Query.a", "Query.b(x:)", "E.A", "In.a"]
    for reason in ("2027-02-31: use the other one", "2027-01-31: soon", "2027-01-31", "use the other one"):
        found = undated(build_schema(text.format(f'@deprecated(reason: "{reason}")')))
        assert len(found) == 4, reason


def test_nodes_are_those_of_relay() -> None:
    found = schema()
    node = found.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {name: str(field.type) for name, field in node.fields.items()} == {"id": "ID!"}
    assert found.query_type is not None
    for name, type_, argument in (("node", "Node", ("id", "ID!")), ("nodes", "[Node]!", ("ids", "[ID!]!"))):
        field = found.query_type.fields[name]
        assert str(field.type) == type_
        assert {one: str(arg.type) for one, arg in field.args.items()} == dict([argument])
    assert {type_.name for type_ in found.get_possible_types(node)} == {
        type_.name
        for type_ in found.type_map.values()
        if isinstance(type_, GraphQLObjectType) and "id" in type_.fields and "Edge" not in type_.name
    }


def test_connections_edges_and_page_info_are_those_of_relay() -> None:
    found = schema()
    page_info = found.type_map["PageInfo"]
    assert isinstance(page_info, GraphQLObjectType)
    assert {name: str(field.type) for name, field in page_info.fields.items()} == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    }
    connections = [name for name in found.type_map if name.endswith("Connection")]
    assert len(connections) >= 5
    for name in connections:
        connection, of = found.type_map[name], name.removesuffix("Connection")
        edge = found.type_map[f"{of}Edge"]
        assert isinstance(connection, GraphQLObjectType)
        assert isinstance(edge, GraphQLObjectType)
        assert str(connection.fields["edges"].type) == f"[{of}Edge!]!"
        assert str(connection.fields["nodes"].type) == f"[{of}!]!"
        assert str(connection.fields["pageInfo"].type) == "PageInfo!"
        assert str(connection.fields["totalCount"].type) == "Int!"
        assert {one: str(field.type) for one, field in edge.fields.items()} == {
            "node": f"{of}!",
            "cursor": "String!",
        }


def test_every_field_that_gives_a_connection_takes_the_four_arguments_of_a_page() -> None:
    paged = {
        f"{type_.name}.{name}": {one: str(arg.type) for one, arg in field.args.items()}
        for type_ in schema().type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items()
        if str(field.type).endswith("Connection!")
    }
    assert len(paged) > 10
    forwards, backwards = {"first": "Int", "after": "String"}, {"last": "Int", "before": "String"}
    assert [name for name, args in paged.items() if not forwards.items() <= args.items()] == []
    assert [name for name, args in paged.items() if not backwards.items() <= args.items()] == []
