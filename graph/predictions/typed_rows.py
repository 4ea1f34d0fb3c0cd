"""The features of a typed prediction as they came, read straight into the row that is logged.

This is what reading the input and then `TypedEndpoint.row` make of them, in a third of the time: the enum's member and
the float that would be made of each value and thrown away are left out. No feature has a default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graphql import GraphQLInputObjectType, is_required_input_field

from domain.words import JSONValue
from graph.catalog.typed_features import Convert, TypedEndpoint, TypedFeature
from graph.compiled.variables import LARGEST_INT, Read, Unread, reader_of


class _Field(NamedTuple):
    """A feature: the field in which it comes, its own name, and its categories by the enum's values or its reader."""

    sent_as: str
    name: str
    categories: Mapping[object, JSONValue] | None
    read: Read
    is_required: bool


def row_reader(
    endpoint: TypedEndpoint, type_: GraphQLInputObjectType
) -> Callable[[object], dict[str, JSONValue]]:
    """What reads the features of an endpoint, whose input type is `type_`; raises Unread for what others must read."""
    fields = [_field(one, type_) for one in endpoint.features]

    def read_row(sent: object) -> dict[str, JSONValue]:
        if not isinstance(sent, dict):
            raise Unread
        row: dict[str, JSONValue] = {}
        left = len(sent)
        for sent_as, name, categories, read, is_required in fields:
            if sent_as in sent:
                left -= 1
                value = sent[sent_as]
                if categories is None:
                    row[name] = read(value)
                elif value.__class__ is str or value is None:
                    try:
                        row[name] = categories[value]
                    except KeyError:
                        raise Unread from None
                else:
                    raise Unread
            elif is_required:
                raise Unread
        if left:
            raise Unread
        return row

    return read_row


def _field(one: TypedFeature, type_: GraphQLInputObjectType) -> _Field:
    field = type_.fields[one.name]
    categories: dict[object, JSONValue] | None = None
    if one.enum is not None:
        categories = {value: category for category, value in one.values.items()}
        if one.feature.nullable:
            categories[None] = None
    read = reader_of(field.type)
    convert = one.converter()
    if categories is None and convert is not None:
        read = _converted(read, convert)
    return _Field(one.name, one.feature.name, categories, read, is_required_input_field(field))


def _converted(read: Read, convert: Convert) -> Read:
    """A number as it was sent, where graphql-core would make a Float of it."""

    def read_number(value: Any) -> JSONValue:  # noqa: ANN401
        if value.__class__ is int and -LARGEST_INT <= value <= LARGEST_INT:
            return value
        found = read(value)
        return None if found is None else convert(found)

    return read_number
