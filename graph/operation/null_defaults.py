"""Null for an argument or an input field that has a default means the default, as leaving it out does.

Clients make variables of whatever a form holds, and code generators read a non-null type as "must be sent", default
or not. So no type that has a default is non-null, and the default is put in before any resolver sees the value: done
here for the schema as a whole, however an argument was declared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_nullable_type,
    is_introspection_type,
    is_non_null_type,
)

Values: TypeAlias = Mapping[str, Any]


def take_null_for_defaults(schema: GraphQLSchema) -> None:
    """Let each argument and input field of `schema` that has a default take null in its place."""
    for type_ in schema.type_map.values():
        if is_introspection_type(type_):
            continue
        if isinstance(type_, GraphQLInputObjectType):
            _widen_input(type_)
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for field in type_.fields.values():
                _widen_field(field)


def _widen_input(type_: GraphQLInputObjectType) -> None:
    defaults = _widened({field.out_name or name: field for name, field in type_.fields.items()})
    if defaults:
        made = type_.out_type
        type_.out_type = lambda value: made(_filled(value, defaults))  # type: ignore[method-assign]


def _widen_field(field: GraphQLField) -> None:
    defaults = _widened({argument.out_name or name: argument for name, argument in field.args.items()})
    if not defaults:
        return
    if field.subscribe is not None:
        field.subscribe = _filling(field.subscribe, defaults)
    elif field.resolve is not None:
        field.resolve = _filling(field.resolve, defaults)


def _widened(places: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField]) -> dict[str, Any]:
    """The defaults that are not null, by the name in Python; their places are nullable from now on."""
    defaults = {}
    for name, place in places.items():
        if place.default_value is not Undefined and place.default_value is not None:
            defaults[name] = place.default_value
            if is_non_null_type(place.type):
                place.type = cast("GraphQLInputType", get_nullable_type(place.type))
    return defaults


def null_defaults_of(field: GraphQLField) -> Values | None:
    """The defaults that a field's resolver is given in the place of null; None where it has none."""
    found: Values | None = getattr(field.resolve, "null_defaults", None)
    return found


def _filling(resolve: Callable[..., Any], defaults: Values) -> Callable[..., Any]:
    def filled(source: object, info: object, **arguments: object) -> object:
        return resolve(source, info, **_filled(arguments, defaults))

    filled.null_defaults = defaults  # type: ignore[attr-defined]
    return filled


def _filled(values: Values, defaults: Values) -> dict[str, Any]:
    """`values` with the default in the place of each null."""
    return {name: defaults.get(name) if value is None else value for name, value in values.items()}
