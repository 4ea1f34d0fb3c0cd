"""The key or token in the first message of a WebSocket, under the names that clients' own pages show for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain.input.credentials import only_one, secrets_in

SPELLINGS = {
    name.lower(): name
    for name in (
        "Authorization",
        "authToken",
        "accessToken",
        "bearerToken",
        "token",
        "jwt",
        "apiKey",
        "xApiKey",
    )
}
"""The names of a key, by themselves without hyphens and underscores: Apollo shows `authToken`, graphql-ws `token`,
GraphiQL sends headers by their own names."""

HEADERS = "headers"
"""The object in which many clients send what they send as headers elsewhere."""

_NO_MARKS = str.maketrans("", "", "-_")


class NotAText(Exception):
    """Something that should be a text is none; the message names it."""


def secret_of(payload: Mapping[str, object]) -> str | None:
    """The key or token of a payload, with or without `Bearer` before it; None where there is none, or an empty one.

    Raises Unauthenticated for what is no key and for keys that differ, and NotAText for a key that is no text.

    >>> secret_of({"headers": {"Authorization": "Bearer abc"}}), secret_of({"authToken": "abc"}), secret_of({})
    ('abc', 'abc', None)
    """
    secrets: list[str] = []
    for name, value in _keys_in(payload):
        if not isinstance(value, str | None):
            raise NotAText(f"{name} of connection_init must be a text")
        secrets += secrets_in(value or "", f"{name} of connection_init", bare=True)
    return only_one(secrets)


def _keys_in(payload: Mapping[str, object], within: str = "") -> Iterator[tuple[str, object]]:
    """What stands under the name of a key, at the top or among `headers`, with that name."""
    for name, value in payload.items():
        spelling = SPELLINGS.get(name.lower().translate(_NO_MARKS))
        if spelling is not None:
            yield within + spelling, value
        elif not within and name.lower() == HEADERS:
            if isinstance(value, dict):
                yield from _keys_in(value, f"{HEADERS}.")
            elif value is not None:
                raise NotAText(f"{HEADERS} of connection_init must be an object")
