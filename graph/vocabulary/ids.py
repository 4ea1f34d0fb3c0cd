"""Ids as clients see them: a global id for each object, and the plain number where people write one by hand."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Any, NewType

import strawberry

from domain.ab_tests.ab_test import ABTest
from domain.catalog.entries import Algorithm, AlgorithmStatus, Endpoint
from domain.errors import InvalidId
from domain.requests.new_request import NewRequest
from domain.requests.partial_request import PartialRequest
from domain.requests.request import Request
from graph.vocabulary.docstrings import graphql_interface
from graph.vocabulary.fields import computed

# Stored ids are 64-bit integers; a longer number names nothing and must not reach a database driver.
LARGEST_ID = 2**63 - 1
_DIGITS = re.compile(r"[0-9]{1,19}")
_GLOBAL = re.compile(r"([A-Za-z]+):([0-9]{1,19})")
_SHOWN = 60

TypeName = NewType("TypeName", str)

ENDPOINT = TypeName("Endpoint")
ALGORITHM = TypeName("Algorithm")
ALGORITHM_STATUS = TypeName("AlgorithmStatus")
REQUEST = TypeName("Request")
AB_TEST = TypeName("ABTest")

TYPE_NAMES: Mapping[type, TypeName] = {
    Endpoint: ENDPOINT,
    Algorithm: ALGORITHM,
    AlgorithmStatus: ALGORITHM_STATUS,
    Request: REQUEST,
    NewRequest: REQUEST,
    ABTest: AB_TEST,
}
"""The name of the type that shows the rows of a class."""


_ROWS = (*TYPE_NAMES, PartialRequest)


def type_name_of(row: object) -> TypeName:
    """The name of the type that shows a row. Raises KeyError where none does.

    Requests of which only a part was read have a class for each selection of columns.
    """
    return REQUEST if isinstance(row, PartialRequest) else TYPE_NAMES[type(row)]


def global_id(type_name: TypeName, number: int) -> strawberry.ID:
    """The opaque id of an object, unique among all types.

    >>> global_id(ENDPOINT, 7)
    'RW5kcG9pbnQ6Nw=='
    """
    # What base64.b64encode calls, without the way there: a page has an id in each row.
    return strawberry.ID(binascii.b2a_base64(f"{type_name}:{number}".encode(), newline=False).decode())


def global_ids(type_name: TypeName, numbers: Sequence[int]) -> list[str]:
    """The same of many objects, in a third of the time.

    >>> global_ids(ENDPOINT, [7, 12])
    ['RW5kcG9pbnQ6Nw==', 'RW5kcG9pbnQ6MTI=']
    """
    return in_base64(f"{type_name}:", numbers)


def in_base64(before: str, numbers: Sequence[int], after: str = "", *, padded: bool = True) -> list[str]:
    """In base64 the texts in ASCII that `before` and `after` make with each of the numbers.

    Those that are equally long are written in one go, with zeros between them that fill the last three bytes of each.
    """
    digits = list(map(str, numbers))
    if len(set(map(len, digits))) != 1:
        texts = [binascii.b2a_base64(f"{before}{one}{after}".encode(), newline=False) for one in digits]
        return [one.decode() if padded else one.decode().rstrip("=") for one in texts]
    whole = len(before) - len(before) % 3
    start = binascii.b2a_base64(before[:whole].encode(), newline=False).decode()
    rest = before[whole:]
    size = len(rest) + len(digits[0]) + len(after)
    lacking = -size % 3
    zeros = "\0" * lacking
    together = f"{rest}{f'{after}{zeros}{rest}'.join(digits)}{after}{zeros}"
    written = binascii.b2a_base64(together.encode(), newline=False).decode()
    width = (size + lacking) // 3 * 4
    kept, end = width - lacking, "=" * lacking if padded else ""
    return [f"{start}{written[at : at + kept]}{end}" for at in range(0, len(written), width)]


def _global_ids_of(rows: Sequence[Any]) -> list[str]:
    if len({row.__class__ for row in rows}) == 1:
        return global_ids(type_name_of(rows[0]), [row.id for row in rows])
    return [global_id(type_name_of(row), row.id) for row in rows]


def decode(text: str) -> tuple[TypeName, int] | None:
    """The type and the number in a global id, or None when the text is none.

    >>> decode("RW5kcG9pbnQ6Nw==")
    ('Endpoint', 7)
    >>> decode("7") is None
    True
    """
    try:
        found = _GLOBAL.fullmatch(base64.b64decode(text, validate=True).decode("ascii"))
    except (binascii.Error, ValueError):
        return None
    if found is None or int(found[2]) > LARGEST_ID:
        return None
    return TypeName(found[1]), int(found[2])


def number(type_name: TypeName, text: str, *, path: tuple[str, ...] = ()) -> int:
    """The number of the `type_name` that `text` names: a global id of that type, or plain digits.

    Raises InvalidId, naming what was found instead.

    >>> number(REQUEST, "4131"), number(REQUEST, global_id(REQUEST, 4131))
    (4131, 4131)
    """
    if _DIGITS.fullmatch(text) and int(text) <= LARGEST_ID:
        return int(text)
    decoded = decode(text)
    if decoded is None:
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        raise InvalidId(
            f"{shown!r} is no id of type {type_name}: send its id, or its number in digits", path=path
        )
    if decoded[0] != type_name:
        raise InvalidId(
            f"the id names an object of type {decoded[0]}; this needs one of {type_name}", path=path
        )
    return decoded[1]


@graphql_interface
class Node:
    """An object that can be asked for again by its global id.

    The values of such types are rows of the domain; TYPE_NAMES says which type shows which.
    """

    id: strawberry.ID = computed(
        lambda row: global_id(type_name_of(row), row.id),
        "The global id: opaque, unique among all types, and for `node(id:)`.",
        of_many=_global_ids_of,
    )

    @classmethod
    def is_type_of(cls, row: object, _info: object) -> bool:
        """Whether this is the type that shows `row`."""
        return isinstance(row, _ROWS) and type_name_of(row) == cls.__name__
