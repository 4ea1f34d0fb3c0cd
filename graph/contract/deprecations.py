"""Deprecations that clients can plan with: each says until when the thing stays, and what to use instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)

_REASON = re.compile(r"(\d{4}-\d\d-\d\d): (\S.{9,})", re.DOTALL)


def deprecated(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """The coordinate of everything deprecated in `schema`, and the reason."""
    for coordinate, reason in _all(schema):
        if reason is not None:
            yield coordinate, reason


def undated(schema: GraphQLSchema) -> list[str]:
    """The coordinates whose deprecation does not read `2027-01-31: use X instead`.

    The date is the first day on which it may be gone.
    """
    return [coordinate for coordinate, reason in deprecated(schema) if not is_dated(reason)]


def is_dated(reason: str) -> bool:
    """Whether a deprecation's reason begins with a date and says what to do.

    >>> is_dated("2027-01-31: use `label`"), is_dated("use `label`"), is_dated("2027-02-31: use `label`")
    (True, False, False)
    """
    found = _REASON.fullmatch(reason)
    if found is None:
        return False
    try:
        date.fromisoformat(found.group(1))
    except ValueError:
        return False
    return True


def _all(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for name, type_ in schema.type_map.items():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field, one in type_.fields.items():
                yield f"{name}.{field}", one.deprecation_reason
                for argument, found in one.args.items():
                    yield f"{name}.{field}({argument}:)", found.deprecation_reason
        elif isinstance(type_, GraphQLInputObjectType):
            for field, input_field in type_.fields.items():
                yield f"{name}.{field}", input_field.deprecation_reason
        elif isinstance(type_, GraphQLEnumType):
            for value, member in type_.values.items():
                yield f"{name}.{value}", member.deprecation_reason
