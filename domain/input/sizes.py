"""How large a value is that a caller sent, found out without writing it."""

from __future__ import annotations

from domain.words import JSONValue

CHARACTERS_A_VALUE = 2
"""What a value counts beside its text: none is shorter in JSON, with what parts it from the next."""


def is_larger(value: JSONValue, most: int) -> bool:
    """Whether `value` counts more than `most`: each text its characters, and everything 2. Looks no further than that.

    >>> is_larger({"age": 37}, 9), is_larger({"age": 37}, 8), is_larger("1234", 6)
    (False, True, False)
    """
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
