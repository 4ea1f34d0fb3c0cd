"""Deprecations that clients can plan with: each says until when the thing stays, and what to use instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import TypeAlias

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)

Member: TypeAlias = GraphQLField | GraphQLArgument | GraphQLInputField | GraphQLEnumValue

_REASON = re.compile(r"(\d{4}-\d\d-\d\d): (\S.{9,})", re.DOTALL)


def undated(schema: GraphQLSchema) -> list[str]:
    """The coordinates whose deprecation does not read `2027-01-31: use X instead`.

    The date is the first day on which it may be gone.
    """
    return [
        coordinate
        for coordinate, member in members_of(schema)
        if member.deprecation_reason is not None and not is_dated(member.deprecation_reason)
    ]


def is_dated(reason: str) -> bool:
    """Whether a deprecation's reason begins with a date and says what to do.

    >>> is_dated("2027-01-31: use `label`"), is_dated("use `label`"), is_dated("2027-02-31: use `label`")
    (True, False, False)
    """
    found = _REASON.fullmatch(reason)
    try:
        return found is not None and bool(date.fromisoformat(found.group(1)))
    except ValueError:
        return False


def members_of(schema: GraphQLSchema) -> Iterator[tuple[str, Member]]:
    """Every field, argument, input field and value of an enum by its coordinate, in the order of the types."""
    for name, type_ in schema.type_map.items():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field, one in type_.fields.items():
                yield f"{name}.{field}", one
                yield from ((f"{name}.{field}({argument}:)", found) for argument, found in one.args.items())
        elif isinstance(type_, GraphQLInputObjectType):
            yield from ((f"{name}.{field}", found) for field, found in type_.fields.items())
        elif isinstance(type_, GraphQLEnumType):
            yield from ((f"{name}.{value}", found) for value, found in type_.values.items())
