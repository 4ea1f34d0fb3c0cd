"""The key or token in what a caller sent: one reading for headers and for the first message of a WebSocket."""

from __future__ import annotations

from collections.abc import Iterable

from domain.errors import Unauthenticated

SCHEME = "bearer"

NO_VALUES = frozenset({"undefined", "null", "none", "nan"})
"""What programs write where they have no value: JavaScript's words for it, and Python's."""

NO_VALUE = "[object "
"""How JavaScript writes a value that is no text, such as a promise that nobody awaited."""

HEADER = "send it as `Authorization: Bearer KEY`"
FIRST_MESSAGE = 'send it in the payload of connection_init, as {"authorization": "Bearer KEY"}'
"""How callers are told to send a key: in a header, or where a browser cannot set any."""


def secrets_in(sent: str, place: str, *, bare: bool) -> list[str]:
    """The keys or tokens in a value; none in an empty one. Several stand between commas, as proxies join headers.

    place: what the value is called in messages. bare: whether a key may stand there without `Bearer` before it.
    Raises Unauthenticated for what is no key, without repeating it.

    >>> secrets_in("Bearer abc", "the Authorization header", bare=False), secrets_in("  ", "it", bare=False)
    (['abc'], [])
    """
    found = []
    for part in sent.split(","):
        first, *rest = part.split(None, 1) or ("",)
        if not first:
            continue
        _check_value(part.strip(), place)
        if first.lower() == SCHEME:
            if not rest:
                raise Unauthenticated(f"{place} must read `Bearer KEY`: there is no key in it")
            secret = rest[0].strip()
            _check_value(secret, place)
        elif bare and not rest:
            secret = first
        else:
            raise Unauthenticated(f"{place} must read `Bearer KEY`" + (", or KEY alone" if bare else ""))
        found.append(secret)
    return found


def only_one(secrets: Iterable[str]) -> str | None:
    """The secret that was sent, None where none was. Raises Unauthenticated where several differ.

    >>> only_one(["abc", "abc"]), only_one([])
    ('abc', None)
    """
    different = set(secrets)
    if len(different) > 1:
        raise Unauthenticated("different keys were sent with one call: send one")
    return different.pop() if different else None


def _check_value(value: str, place: str) -> None:
    lower = value.lower()
    if lower in NO_VALUES or lower.startswith(NO_VALUE):
        what = f"`{lower}`" if lower in NO_VALUES else "an object"
        raise Unauthenticated(f"{place} holds no key but {what}: the caller had none to send")
