"""How a value that came is shown in a message: shortly, in JSON's words, with the name that was probably meant."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence

from domain.words import JSONValue

_LONGEST = 60


def did_you_mean(text: str, known: Sequence[str]) -> str:
    """The name in `known` that `text` may be a slip of, as the end of a message; empty where none is near."""
    if len(text) > _LONGEST:
        return ""
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(text.strip().lower(), by_lower, n=1)
    return f"; did you mean {by_lower[close[0]]!r}?" if close else ""


def described(value: JSONValue) -> str:
    """A value that came, in the words that a message may repeat.

    >>> described("Ada"), described(True), described([1]), described(3.0)
    ("text 'Ada'", 'true', 'a list', '3.0')
    """
    if isinstance(value, str):
        return f"text {shortened(value)!r}"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, int):
        return shortened(str(value)) if value.bit_length() < _LONGEST * 4 else "a number of very many digits"
    return "a number that is not finite" if not math.isfinite(value) else shortened(repr(value))


def shown_row(names: Iterable[str], row: Iterable[object]) -> str:
    """The values of a row by name, long texts shortened.

    >>> shown_row(["age", "note"], [37, "x" * 100])
    "{'age': 37, 'note': 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'}"
    """
    pairs = zip(names, row, strict=True)
    return str({name: shortened(value) if isinstance(value, str) else value for name, value in pairs})


def shortened(text: str) -> str:
    """A text of at most 60 characters."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
