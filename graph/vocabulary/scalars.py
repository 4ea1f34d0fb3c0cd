"""Scalars of our own: any JSON value, and times as clients write them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from operator import methodcaller
from typing import Any, cast

import strawberry
from graphql import ValueNode, value_from_ast_untyped
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

from domain.input.moments import LATEST
from domain.words import JSONValue
from graph.vocabulary.private_parts import DateTimeDefinition
from serving.json_text import number_within

__all__ = ["JSON", "SCALARS"]

_LEAP_SECOND = re.compile(r"(?<=\d\d:\d\d:)60(?=[.,Z+-]|$)")


def _as_it_is(value: JSONValue) -> JSONValue:
    return value


def _of_literal(node: ValueNode, variables: dict[str, Any] | None = None) -> object:
    """The value of a literal, its numbers as those of JSON are read; what is too large for a float is infinite.

    A number that no feature can be makes one row wrong; the other rows of the document are answered.
    """
    return _numbers_within(value_from_ast_untyped(node, variables))


def _numbers_within(value: object) -> object:
    if isinstance(value, dict):
        return {name: _numbers_within(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_numbers_within(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return number_within(value)
    # Of a whole number with thousands of digits graphql-core makes NaN, which nobody can write in a document.
    return math.inf if isinstance(value, float) and math.isnan(value) else value


def _parsed(value: object) -> datetime:
    return cast("Callable[[object], datetime]", DateTimeDefinition.parse_value)(value)


def _moment(value: object) -> datetime:
    """A time in ISO 8601; a leap second is the second after it, and the end of the year 9999 the last moment in it."""
    text = value if isinstance(value, str) else ""
    leap = _LEAP_SECOND.search(text)
    try:
        if leap is None:
            return _parsed(value)
        moment = _parsed(f"{text[: leap.start()]}59{text[leap.end() :]}")
        return moment.replace(microsecond=0) + timedelta(seconds=1)
    except OverflowError:
        return LATEST


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A time in ISO 8601, such as `2026-01-31T12:00:00Z`.",
        serialize=methodcaller("isoformat"),
        parse_value=_moment,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description=(
            "Any JSON value: null, true or false, a number, a text, a list, or an object whose keys keep the order "
            "in which they were sent. NaN and Infinity are no JSON numbers; use null for a missing value. A whole "
            "number beyond 64 bits is read as a float, as JSON's readers do."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=_as_it_is,
        parse_value=_as_it_is,
        parse_literal=_of_literal,
    ),
}
