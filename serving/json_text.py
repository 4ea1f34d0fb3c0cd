"""JSON as it comes in, is kept and goes out: whatever was sent, what is kept can be read again by everybody.

Python's numbers and texts can hold more than JSON's readers take. Here every whole number beyond 64 bits is the
float that JSON's readers make of it, what no float can hold is the text `Infinity`, `-Infinity` or `NaN`, half of
a surrogate pair is U+FFFD, and what nests deeper than 64 levels is the text `…`.
"""

from __future__ import annotations

import json
import math
from typing import NoReturn, cast

import orjson

from domain.input.nesting import DEEPEST, is_shallow, nests_within, opens_many
from domain.input.storable import as_unicode
from domain.words import JSONValue

CUT = "…"
SMALLEST, LARGEST = -(2**63), 2**64 - 1
_DIGITS = len(str(LARGEST))


def sent_json(body: str | bytes) -> JSONValue:
    """The value of a JSON text that a caller sent; a number too large for a float is infinite.

    So one such number makes one row wrong, not the whole call. Raises ValueError, with the reason, for what is no
    JSON, and for texts that are no Unicode.
    """
    try:
        return cast(JSONValue, orjson.loads(body))
    except orjson.JSONDecodeError as error:
        found = _read_slowly(body) if "infinity" in str(error) else None
        if found is None:
            raise
        return found


def stored_json(value: JSONValue, *, sorted_keys: bool = False) -> str:
    """`value` as a JSON text that can be kept, and read again by everybody."""
    option = orjson.OPT_SORT_KEYS if sorted_keys else None
    try:
        text = orjson.dumps(value, option=option)
    except orjson.JSONEncodeError:
        text = b"null"
    # What is no number is written as null, so null alone must be looked at twice.
    if b"null" in text or not is_shallow(text):
        text = orjson.dumps(_plain(value, DEEPEST), option=option)
    return text.decode()


def as_sent(text: str, value: JSONValue) -> str:
    """The JSON text in which `value` came where everybody can read it again; else the text that can be kept."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return stored_json(value)
    return text


def kept_json(text: str) -> JSONValue:
    """The value of a JSON text from the database; the text itself where it is no JSON.

    It stays a text, too, where it nests too deeply or opens too many lists. The value can always be written as JSON,
    whatever the text holds.
    """
    shallow = is_shallow(text)
    if not shallow and opens_many(text):
        return as_unicode(text)
    try:
        value: JSONValue = orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return as_unicode(text)
        if not nests_within(value):
            return as_unicode(text)
        return _plain(value, DEEPEST)
    return value if shallow or nests_within(value) else text


def number_within(value: int) -> int | float:
    """A whole number as JSON's readers take it: beyond 64 bits a float, infinite where that is too small.

    >>> number_within(2**64), number_within(-(10**400))
    (1.8446744073709552e+19, -inf)
    """
    if SMALLEST <= value <= LARGEST:
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _read_slowly(body: str | bytes) -> JSONValue:
    """The value of what only the fast reader refuses: numbers beyond floats. None for everything else."""
    try:
        text = body if isinstance(body, str) else body.decode()
        value: JSONValue = json.loads(text, parse_int=_whole, parse_constant=_refuse)
        orjson.dumps(value)
    except (ValueError, TypeError, RecursionError):
        return None
    return value


def _whole(digits: str) -> int | float:
    return float(digits) if len(digits) > _DIGITS else number_within(int(digits))


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _plain(value: JSONValue, levels: int) -> JSONValue:
    """`value` with nothing in it that a reader of JSON may stumble over."""
    if isinstance(value, dict | list) and levels == 0:
        return CUT
    if isinstance(value, dict):
        return {as_unicode(str(key)): _plain(one, levels - 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one, levels - 1) for one in value]
    if isinstance(value, str):
        return as_unicode(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = number_within(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def probabilities_in(full_response: str) -> dict[str, float] | None:
    """What a stored answer says of every label; None where it says nothing that can be read."""
    answer = kept_json(full_response)
    found = answer.get("probabilities") if isinstance(answer, dict) else None
    if not isinstance(found, dict):
        return None
    return {label: float(share) for label, share in found.items() if isinstance(share, int | float)}
