"""How large a value is that a caller sent, found out without writing it."""

from __future__ import annotations

from domain.words import JSONValue

CHARACTERS_A_VALUE = 2
"""What a value counts beside its text: none is shorter in JSON, with what parts it from the next."""

MOST_FLAT = 1_000
"""Entries of an object that are looked at in one go."""


def is_larger(value: JSONValue, most: int) -> bool:
    """Whether `value` counts more than `most`: each text its characters, and everything 2. Looks no further than that.

    >>> is_larger({"age": 37}, 9), is_larger({"age": 37}, 8), is_larger("1234", 6)
    (False, True, False)
    """
    flat = _size_of_flat(value)
    if flat is not None:
        return flat > most
    left, waiting = most, [value]
    while waiting:
        one = waiting.pop()
        left -= CHARACTERS_A_VALUE
        if isinstance(one, str):
            left -= len(one)
        elif isinstance(one, dict):
            if left < len(one) * CHARACTERS_A_VALUE:
                return True
            left -= CHARACTERS_A_VALUE * len(one) + sum(map(len, one))
            waiting += one.values()
        elif isinstance(one, list):
            if left < len(one) * CHARACTERS_A_VALUE:
                return True
            waiting += one
        if left < 0:
            return True
    return False


def _size_of_flat(value: JSONValue) -> int | None:
    """What an object counts that holds no other, as nearly every row; None for all else.

    Two microseconds become one.
    """
    if value.__class__ is not dict or len(value) > MOST_FLAT:
        return None
    size = CHARACTERS_A_VALUE * (1 + 2 * len(value)) + len("".join(value))
    for one in value.values():
        kind = one.__class__
        if isinstance(one, str):
            size += len(one)
        elif kind is dict or kind is list:
            return None
    return size
