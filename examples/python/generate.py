"""Writes Python types for the features of every endpoint: `python generate.py SCHEMA > features.py`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLType,
    Undefined,
    build_schema,
)

SCALARS = {"Int": "int", "Float": "float", "Boolean": "bool", "String": "str", "ID": "str", "JSON": "object"}
HEAD = '"""Generated from the server\'s schema: do not edit."""\n\nfrom typing import Literal, NotRequired, TypedDict\n'


def python_type(kind: GraphQLType) -> str:
    """The Python type of an input: what may be null may be None.

    A feature is only left out where the schema has a default for it: elsewhere the server wants at least null.
    """
    if isinstance(kind, GraphQLNonNull):
        return python_type(kind.of_type).removesuffix(" | None")
    if isinstance(kind, GraphQLEnumType):
        return f"{kind.name} | None"
    return f"{SCALARS[str(kind)]} | None"


def module(schema: str) -> Iterator[str]:
    """The module, piece by piece: a Literal for each list of categories, a TypedDict for each endpoint."""
    types = build_schema(schema).type_map
    features = [
        kind
        for name, kind in types.items()
        if isinstance(kind, GraphQLInputObjectType)
        and f"Predict{name.removesuffix('Features')}Input" in types
    ]
    fields = [field.type for kind in features for field in kind.fields.values()]
    yield HEAD
    for enum in dict.fromkeys(kind for kind in fields if isinstance(kind, GraphQLEnumType)):
        yield f"{enum.name} = Literal{list(enum.values)}"
    for kind in features:
        yield f"\n\nclass {kind.name}(TypedDict):"
        for name, field in kind.fields.items():
            written = python_type(field.type)
            yield f"    {name}: {written if field.default_value is Undefined else f'NotRequired[{written}]'}"


if __name__ == "__main__":
    print("\n".join(module(Path(sys.argv[1]).read_text("utf-8"))))
