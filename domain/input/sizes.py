"""How large a value is that a caller sent, found out without writing it."""

from __future__ import annotations

from domain.words import JSONValue

CHARACTERS_A_VALUE = 8
"""What a value counts beside its text: a few are as long in JSON, and none costs less to keep and to look at."""


def is_larger(value: JSONValue, most: int) -> bool:
    """Whether `value` counts more than `most`: each text its characters, and everything 8. Looks no further than that.

    >>> is_larger({"age": 37}, 27), is_larger({"age": 37}, 26), is_larger("1234", 12)
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
