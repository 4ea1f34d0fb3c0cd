"""A history filter as plain JSON values and back, so that it can travel in a link."""

from __future__ import annotations

import math
import types
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from domain.history.filters import RequestFilter
from domain.words import JSONValue


def to_plain(value: object) -> JSONValue:
    """A filter, or one of its values, as JSON values, without what it does not ask.

    >>> to_plain(RequestFilter(ids=(1, 2), correct=True))
    {'ids': [1, 2], 'correct': True}
    """
    if is_dataclass(value):
        given = {field.name: getattr(value, field.name) for field in fields(value)}
        asked = {field.name for field in fields(value) if given[field.name] != field.default}
        return {name: to_plain(one) for name, one in given.items() if name in asked}
    if isinstance(value, tuple):
        return [to_plain(one) for one in value]
    if isinstance(value, Enum):
        return cast(JSONValue, value.value)
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)  # JSON has no such number, and null would ask for nothing.
    return value.isoformat() if isinstance(value, datetime) else cast(JSONValue, value)


def from_plain(value: JSONValue) -> RequestFilter:
    """The filter that `to_plain` has written. Raises ValueError for anything else.

    >>> from_plain({"ids": [1, 2], "not_": [{"subject": "ann"}]})
    ... # doctest: +ELLIPSIS
    RequestFilter(ids=(1, 2), ..., not_=(RequestFilter(ids=None, ...subject='ann'...),))
    """
    try:
        return cast(RequestFilter, _read(RequestFilter, value))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("this is no filter of the present version") from error


def _read(kind: Any, value: Any) -> object:  # noqa: ANN401  a type, and what should be of it
    arguments = get_args(kind)
    if get_origin(kind) in (Union, types.UnionType):
        return (
            None if value is None else _read(next(one for one in arguments if one is not type(None)), value)
        )
    if get_origin(kind) is tuple:
        return tuple([_read(arguments[0], one) for one in value])
    if is_dataclass(kind):
        cls = cast(type, kind)
        hints = _hints(cls)
        return cls(**{name: _read(hints[name], one) for name, one in value.items()})
    if issubclass(kind, datetime):
        return datetime.fromisoformat(value)
    return kind(value)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
