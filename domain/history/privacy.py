"""What a caller without `read:private` sees of a request: the private values are gone, the rest stays."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from domain.callers import Scope, Viewer
from domain.history.filters import RequestFilter
from domain.input.nesting import is_shallow, nests_within, opens_many
from domain.requests.request import Request
from domain.words import JSONValue, Outcome

EVERYTHING = "*"
HIDDEN_MESSAGE = "hidden, since it may quote a private feature: the scope `read:private` shows it"
MASKED = frozenset({"input", "full_response", "message"})
"""What `mask_for` hides of a request, or a part of it; `masked_features` says which part of its input."""
_NOTHING: frozenset[str] = frozenset()
_QUOTED = 20


def mask_for(viewer: Viewer, request: Request) -> Request:
    """The request as `viewer` may see it; the very same object where nothing of it is hidden.

    A value is shown only where its key is declared and not private: a key that nobody declared may be a private
    one misspelt. Keys stay, their values become null, and `masked_features` names them, so that null beside a
    name there is hidden and any other null is a missing value. What is no JSON object is hidden as a whole,
    and then `masked_features` is `*`.
    """
    public = viewer.public.get(request.endpoint_id, _NOTHING)
    if public is None or viewer.principal.may(Scope.READ_PRIVATE):
        return request
    if request.outcome is Outcome.ERROR and request.full_response:
        request = replace(request, full_response="{}")  # It repeats the message, and nobody shows it.
    if not request.input:  # Not read, or forgotten: what a message quotes cannot be told without it.
        return _without_message(request)
    row = _object(request.input)
    if row is None:
        return _without_message(replace(request, input="null", masked_features=(EVERYTHING,)))
    hidden = tuple(name for name in row if name not in public)
    if not hidden:
        return request
    shown = {name: value if name in public else None for name, value in row.items()}
    masked = replace(request, input=json.dumps(shown, ensure_ascii=False), masked_features=hidden)
    return _without_message(masked) if _quotes(request.message, (row[name] for name in hidden)) else masked


def restrict(viewer: Viewer, where: RequestFilter | None) -> RequestFilter | None:
    """The filter with each condition on features held to the endpoints where `viewer` may see them.

    Otherwise counting what a condition finds would tell the value that masking hides.
    """
    if where is None or sees_all(viewer):
        return where
    held = where.and_
    if where.features:
        names = {condition.name for condition in where.features}
        held = (RequestFilter(endpoint_ids=endpoints_showing(viewer, names)), *held)
    return replace(
        where,
        and_=_restrict_each(viewer, held),
        or_=_restrict_each(viewer, where.or_),
        not_=_restrict_each(viewer, where.not_),
    )


def endpoints_showing(viewer: Viewer, features: Iterable[str]) -> tuple[int, ...]:
    """The ids of the endpoints whose `features` are all visible to a viewer without `read:private`."""
    names = frozenset(features)
    return tuple(id_ for id_, public in viewer.public.items() if public is None or names <= public)


def _restrict_each(viewer: Viewer, parts: Iterable[RequestFilter]) -> tuple[RequestFilter, ...]:
    return tuple([restrict(viewer, part) or part for part in parts])


def sees_all(viewer: Viewer) -> bool:
    """Whether nothing of any request is hidden from `viewer`, whatever the endpoint."""
    return viewer.principal.may(Scope.READ_PRIVATE)


def is_shown_as_stored(viewer: Viewer, columns: frozenset[str]) -> bool:
    """Whether `viewer` may see these columns of any request as they are stored, so that nothing need be masked."""
    return MASKED.isdisjoint(columns) or sees_all(viewer)


def _object(text: str) -> dict[str, JSONValue] | None:
    if opens_many(text):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    # What nests deeper than anybody may send could not be written again either.
    return value if isinstance(value, dict) and (is_shallow(text) or nests_within(value)) else None


def _quotes(message: str | None, values: Iterable[JSONValue]) -> bool:
    """Whether an error message, logged before a feature was declared private, may hold one of its values.

    Messages say what they got in these words only (`registry.shown_values`).
    """
    _, found, got = (message or "").partition("got ")
    return bool(found) and any(_as_quoted(value) in got for value in values)


def _as_quoted(value: JSONValue) -> str:
    text = repr(value[:_QUOTED])[1:-1] if isinstance(value, str) else json.dumps(value)
    return text[:_QUOTED]


def _without_message(request: Request) -> Request:
    return request if request.message is None else replace(request, message=HIDDEN_MESSAGE)
