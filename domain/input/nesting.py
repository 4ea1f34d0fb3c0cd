"""How deep JSON may nest: features are flat, so that much is a mistake or an attack."""

from __future__ import annotations

from domain.words import JSONValue

DEEPEST = 64
"""Levels of lists and objects within each other. Encoders of JSON give up at 254 (orjson), and so do many readers."""


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
    if not isinstance(value, dict | list):
        return True
    items = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(
        nests_within(item, levels - 1) for item in items if isinstance(item, dict | list)
    )
