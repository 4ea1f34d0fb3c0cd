"""What a field costs, declared beside the field where the default of its type does not say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import Undefined

KEY = "cost"
DEFAULT_PAGE = 20
LARGEST_PAGE = 100

Arguments: TypeAlias = Mapping[str, Any]
"""A field's arguments as they were sent, with the values of variables; what was left out is not there."""

Amount: TypeAlias = int | Callable[[Arguments], int]


@dataclass(frozen=True, slots=True)
class FieldCost:
    """What a field adds to the cost of an operation, besides one point for each object that it gives.

    `points`: for its work, once for each time that it is resolved; None is 10 for a mutation, 1 where a table is
    read, else 0. `size`: how long its list is at most, or where it gives an object, the lists in that object that
    have no size of their own; None is the page that `first` or `last` asks for.
    """

    points: Amount | None = None
    size: Amount | None = None


def sized(most: int) -> dict[str, FieldCost]:
    """The `metadata` of a plain list that has about `most` items where it is long."""
    return {KEY: FieldCost(size=most)}


def page(arguments: Arguments) -> int:
    """How many objects `first` or `last` asks for.

    >>> page({}), page({"first": 3}), page({"last": 1000}), page({"first": None, "last": None})
    (20, 3, 100, 20)
    """
    asked = [number for name in ("first", "last") if (number := whole(arguments.get(name))) is not None]
    return min(LARGEST_PAGE, max(0, *asked, 0)) if asked else DEFAULT_PAGE


def length(*path: str) -> Callable[[Arguments], int]:
    """How many items the list at `path` has; a value in the place of a list is a list of one.

    >>> length("input", "rows")({"input": {"rows": [{}, {}]}}), length("ids")({"ids": "x"}), length("ids")({})
    (2, 1, 0)
    """

    def count(arguments: Arguments) -> int:
        found: Any = arguments
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if found is None or found is Undefined:
            return 0
        return len(found) if isinstance(found, list) else 1

    return count


def value(name: str, *, default: int, most: int, per_point: int = 1) -> Callable[[Arguments], int]:
    """The number in the argument `name`, from 0 to `most`, one point for `per_point` of it, rounded up.

    >>> value("limit", default=10_000, most=100_000, per_point=10)({"limit": 25})
    3
    """

    def number(arguments: Arguments) -> int:
        asked = whole(arguments.get(name))
        return -(-min(most, max(0, default if asked is None else asked)) // per_point)

    return number


def words(name: str, dear: Mapping[str, int], *, otherwise: int) -> Callable[[Arguments], int]:
    """The points of the most expensive word in the list argument `name`.

    >>> words("by", {"SUBJECT": 500}, otherwise=100)({"by": ["LABEL", "SUBJECT"]})
    500
    """

    def points(arguments: Arguments) -> int:
        asked = arguments.get(name)
        listed = asked if isinstance(asked, list) else [asked]
        return max((dear.get(str(one), otherwise) for one in listed), default=otherwise)

    return points


def whole(sent: object) -> int | None:
    """A number as it will be read: 5.0 is a whole number too."""
    if isinstance(sent, float) and sent.is_integer():
        return int(sent)
    return sent if isinstance(sent, int) and not isinstance(sent, bool) else None
