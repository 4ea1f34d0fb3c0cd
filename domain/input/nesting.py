"""How deep JSON may nest: features are flat, so that much is a mistake or an attack."""

from __future__ import annotations

from domain.words import JSONValue

DEEPEST = 64
"""Levels of lists and objects within each other. Encoders of JSON give up at 254 (orjson), and so do many readers."""


MOST_OPENED = 1_000
"""Lists and objects that a stored input may open to be read as a value. Features are flat; 20,000 empty lists are
64 KiB of text, and 20 to 100 ms of collecting garbage."""


def opens_many(text: str) -> bool:
    """Whether a JSON text opens more lists and objects than are made of a stored input.

    >>> opens_many('{"age": 37}'), opens_many("[" + "[]," * 1_000 + "0]")
    (False, True)
    """
    return text.count("[") + text.count("{") > MOST_OPENED


def is_shallow(text: str | bytes) -> bool:
    """Whether a JSON text opens so few lists and objects that it cannot nest too deeply: a look that costs nothing.

    >>> is_shallow('{"age": 37}'), is_shallow("[" * 65 + "]" * 65)
    (True, False)
    """
    if isinstance(text, str):
        return text.count("[") + text.count("{") <= DEEPEST
    return text.count(b"[") + text.count(b"{") <= DEEPEST


def nests_within(value: JSONValue, levels: int = DEEPEST) -> bool:
    """Whether `value` has at most `levels` levels of lists and objects.

    >>> nests_within([[1]], 2), nests_within([[1]], 1), nests_within(1, 0)
    (True, False, True)
    """
    # Level by level: a text of 64 KiB can hold 20,000 lists, and a call for each takes ten times as long.
    level = [value] if isinstance(value, dict | list) else []
    while level and levels > 0:
        level = [
            item
            for one in level
            for item in (one.values() if isinstance(one, dict) else one)
            if isinstance(item, dict | list)
        ]
        levels -= 1
    return not level
