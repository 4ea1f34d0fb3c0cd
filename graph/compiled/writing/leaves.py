"""How values become JSON at the leaves of an answer, chosen once for each field of a plan."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Awaitable, Callable, Mapping
from types import CoroutineType
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)

from graph.compiled.policy import Unexpected

MOST_CLASSES = 10

Leaf = Callable[[Any], object]

# What each of these holds of a value is what the type's own function would give back: the value itself.
_AS_IT_IS: dict[str, tuple[GraphQLLeafType, str]] = {
    "String": (GraphQLString, "{v}.__class__ is str"),
    "ID": (GraphQLID, "{v}.__class__ is str"),
    "Boolean": (GraphQLBoolean, "{v}.__class__ is bool"),
    "Int": (GraphQLInt, "{v}.__class__ is int and -2147483648 <= {v} <= 2147483647"),
    "Float": (GraphQLFloat, "{v}.__class__ is float and {v} - {v} == 0.0"),
}

_NO_VALUES = (Exception, CoroutineType, Future, Awaitable, type(Undefined))


def check_of(type_: GraphQLLeafType) -> str | None:
    """The Python condition under which a value in `{v}` stands in the answer as it is; None where it never does."""
    own, check = _AS_IT_IS.get(type_.name, (None, None))
    return check if own is type_ else None


def require_value(value: object) -> None:
    """Raise Unexpected for what is no value: null, an exception, or something to await."""
    if value is None or isinstance(value, _NO_VALUES):
        raise Unexpected(f"{type(value).__name__} in the place of a value")


def leaf_of(type_: GraphQLLeafType) -> Leaf:
    """What makes JSON of a value that is not null. Raises Unexpected for what the type cannot show."""
    coerce = type_.coerce_output_value
    plain: set[type] = set()

    def leaf(value: object) -> object:
        if value.__class__ not in plain:
            require_value(value)
            if len(plain) < MOST_CLASSES:
                plain.add(value.__class__)
        found = coerce(value)
        if found is None or found is Undefined:
            raise Unexpected(f"a value that {type_.name} does not show")
        return found

    return leaf


def names_of(type_: GraphQLLeafType) -> Mapping[int, object] | None:
    """The names of an enum's members by their ids, which nothing else can have while the schema keeps them."""
    words = getattr(type_, "wrapped_cls", None) if isinstance(type_, GraphQLEnumType) else None
    return None if words is None else {id(member): type_.coerce_output_value(member) for member in words}
