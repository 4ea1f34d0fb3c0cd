"""Scalars of our own: any JSON value."""

from __future__ import annotations

import math
from typing import Any

import strawberry
from graphql import GraphQLError, ValueNode, value_from_ast_untyped
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from domain.types import JSONValue

__all__ = ["JSON", "SCALARS"]


def _as_it_is(value: JSONValue) -> JSONValue:
    return value


def _is_finite(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def _of_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> object:
    value = value_from_ast_untyped(node, variables)
    if not _is_finite(value):
        raise GraphQLError("A number is too large for JSON: numbers are finite 64-bit floats.", node)
    return value


SCALARS: dict[object, ScalarDefinition] = {
    JSON: strawberry.scalar(
        name="JSON",
        description=(
            "Any JSON value: null, true or false, a number, a text, a list, or an object whose keys keep the order "
            "in which they were sent. NaN and Infinity are no JSON numbers; use null for a missing value."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=_as_it_is,
        parse_value=_as_it_is,
        parse_literal=_of_literal,
    )
}
