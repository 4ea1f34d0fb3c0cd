"""What other systems call a request: an order number, a case, a ticket; each names one request of an endpoint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from domain.input.storable import is_one_line, is_unicode

LONGEST = 200
"""Characters of an external id: with four bytes each it fits into an index of both databases."""

Key: TypeAlias = tuple[int, str]
"""The id of an endpoint, and an external id of one of its requests."""


@dataclass(frozen=True, slots=True)
class ExternalName:
    """A request as another system names it: by its endpoint's name and its external id."""

    endpoint: str
    external_id: str


@dataclass(frozen=True, slots=True)
class TakenId:
    """That the row at `place` of a call came with an external id that the request `request_id` has."""

    place: int
    request_id: int


def external_id_problem(text: str) -> str | None:
    r"""What is wrong with an external id, as words that follow its name; None where it can be kept and found.

    >>> external_id_problem("order 4711"), external_id_problem(" 4711")
    (None, 'must not begin or end with white space')
    >>> external_id_problem("a\tb")
    'must not hold control characters or line breaks'
    """
    if not text:
        return "must not be empty; leave it out where there is none"
    if len(text) > LONGEST:
        return f"must have at most {LONGEST} characters, not {len(text)}"
    if not is_one_line(text):
        return "must not hold control characters or line breaks"
    if not is_unicode(text):
        return "must be valid Unicode; it holds half of a surrogate pair"
    if text != text.strip():
        return "must not begin or end with white space"
    return None


def repeated(texts: Iterable[str | None]) -> tuple[int, int] | None:
    """The places of the first external id that is there twice; None where each is there once.

    >>> repeated(["a", None, "b", None, "a"])
    (0, 4)
    """
    seen: dict[str, int] = {}
    for place, text in enumerate(texts):
        if text is not None and seen.setdefault(text, place) != place:
            return seen[text], place
    return None
