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

from domain.types import Scope
from graph.limits import GraphLimits
from graph.permissions import Needs, OpenToAll
from graph.schema import Mutation, Query, Schema, print_schema

ROOT = Path(__file__).resolve().parents[2]

SCOPES = {
    "createABTest": Scope.ADMIN,
    "concludeABTest": Scope.ADMIN,
    "cancelABTest": Scope.ADMIN,
    "rollbackABTest": Scope.ADMIN,
    "changeABTestWeights": Scope.ADMIN,
    "setAlgorithmStatus": Scope.ADMIN,
    "giveFeedback": Scope.FEEDBACK,
    "giveFeedbackBatch": Scope.FEEDBACK,
    "predict": Scope.PREDICT,
    "predictBatch": Scope.PREDICT,
}
QUERIES = [
    "endpoints",
    "endpoint",
    "algorithms",
    "algorithm",
    "statuses",
    "requests",
    "request",
    "abTests",
    "abTest",
    "feedbackQueue",
    "node",
    "nodes",
    "replay",
    "viewer",
    "server",
]


def schema() -> GraphQLSchema:
    return build_schema(print_schema())


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    """Run `python -m graph.schema > graph/schema.graphql` after a change that is meant."""
    assert (ROOT / "graph/schema.graphql").read_text(encoding="utf-8") == print_schema()


def test_the_module_prints_the_schema() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "graph.schema"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    assert printed.stdout == print_schema()


def test_the_schema_can_be_built_more_than_once() -> None:
    assert Schema(GraphLimits()).as_str() == Schema(GraphLimits(), public=True).as_str()


def test_the_roots_are_the_agreed_ones() -> None:
    found = schema()
    assert found.query_type is not None
    assert found.mutation_type is not None
    assert set(found.query_type.fields) == set(QUERIES)
    assert set(found.mutation_type.fields) == set(SCOPES)
    assert found.subscription_type is None


def test_every_root_field_declares_its_scope() -> None:
    needs: dict[str, list[Scope | None]] = {}
    built = Schema(GraphLimits())
    roots: tuple[type, ...] = (Query, Mutation)
    for root in roots:
        definition = get_object_definition(root, strict=True)
        for field in definition.fields:
            name = built.config.name_converter.from_field(field)
            needs[name] = [
                extension.scope if isinstance(extension, Needs) else None
                for extension in field.extensions
                if isinstance(extension, Needs | OpenToAll)
            ]
    assert needs == {
        **{name: [Scope.READ] for name in QUERIES},
        **{name: [scope] for name, scope in SCOPES.items()},
        "replay": [Scope.ADMIN],
        "viewer": [None],
    }


def test_every_mutation_takes_one_input_and_answers_with_a_payload() -> None:
    found = schema()
    assert found.mutation_type is not None
    for name, field in found.mutation_type.fields.items():
        pascal = name[0].upper() + name[1:]
        assert {argument: str(one.type) for argument, one in field.args.items()} == {
            "input": f"{pascal}Input!"
        }
        assert str(field.type) == f"{pascal}Payload!"
        payload = found.type_map[f"{pascal}Payload"]
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
