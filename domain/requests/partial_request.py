"""Requests of which only some columns were read: rows as the database gave them, whose values have names."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, cast

from domain.requests import request_ids

MOST_KINDS = 100
"""Selections of columns whose classes are kept: as many as statements are kept prepared on a connection."""


class PartialRequest:
    """A request by its `id` and those of its columns that were asked for; others cannot be read of it.

    It holds what the log holds: where somebody may not see all of that, `domain.history.privacy.mask_for` makes
    another object of a whole request.
    """

    __slots__ = ()

    id: int
    masked_features: tuple[str, ...] = ()

    @property
    def created_at(self) -> datetime:
        """When the request came: the time in its id, UTC, to the millisecond."""
        return request_ids.time_of(self.id)


@lru_cache(maxsize=MOST_KINDS)
def maker_of(columns: tuple[str, ...]) -> Callable[[Iterable[Any]], PartialRequest]:
    """What makes a request of the values of these columns, in their order.

    >>> found = maker_of(("id", "label"))([4131, ">50K"])
    >>> found.id, found.label, found.created_at.isoformat()
    (4131, '>50K', '2025-01-01T00:00:00.001000+00:00')
    """
    named = namedtuple("named", columns)  # type: ignore[misc]
    made = type("PartialRequest", (named, PartialRequest), {"__slots__": ()})
    # A class call goes through a function in Python; this stays in the interpreter.
    return cast("Callable[[Iterable[Any]], PartialRequest]", partial(tuple.__new__, made))
