"""A lean way in for what nearly every call is: one prediction, or one operation, in a short JSON body.

It stands inside the middleware, so that ids, doors, bounds, logs, metrics and traces are the same for both ways, and
saves what is between it and the edges: routing, negotiation, request objects, compression. What does not fit is told
apart before anything is done and goes the ordinary way, its body included.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arbiter.http.compression import SMALLEST, Compression
from domain.callers import Scope as Right
from domain.pacing import BODY_BYTES_ON_LOOP
from domain.spans import is_recording
from graph.http.negotiation import takes
from graph.http.view import GraphQLView
from rest.legacy import PREFIX
from rest.measures.tallies import Counts
from rest.predict import predict_plainly
from serving.services import Services

BEFORE, AFTER = f"{PREFIX}/", "/predict"

CONTENT_TYPES = frozenset(
    {b"application/json", b"application/json; charset=utf-8", b"application/json;charset=utf-8"}
)
ANY_JSON = frozenset({b"", b"*/*", b"application/json"})
"""What a call for JSON says that it accepts, in the words of nearly all clients."""

SAY_MORE = frozenset({b"content-encoding", b"expect", b"graphql-cost", b"idempotency-key"})
"""Headers of which one of the edges takes notice, beside `Content-Type` and `Accept`."""

Answer: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body."""
Edge: TypeAlias = Callable[[bytes], Awaitable[Answer | None]]
"""What an edge answers to a body; None, and nothing is done, where it must go the ordinary way."""

LONGEST_LENGTH = len(str(BODY_BYTES_ON_LOOP))


class LeanWay:
    """Serves what fits, and leaves the rest to `app`; `services` gives the use cases once there are any.

    `served` counts the calls that fitted, by edge.
    """

    def __init__(
        self, app: ASGIApp, *, services: Callable[[], Services], view: GraphQLView, served: Counts
    ) -> None:
        self.app = app
        self._served = {edge: served.of(edge) for edge in ("graphql", "rest")}
        self.services = services
        self.view = view
        self._graphql_path = view.options.path
        self._compression = Compression(_send_prepared)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        headers = _headers_of(scope)
        edge = None if headers is None else self._edge(scope, headers.get(b"accept", b""))
        if headers is None or edge is None:
            # Nothing is read of what may be refused without its body.
            await self.app(scope, receive, send)
            return
        message = await receive()
        answer = None
        body = message.get("body", b"")
        if len(body) == int(headers[b"content-length"]):  # it is all there is, and no disconnect
            answer = await edge(body)
        if answer is None:
            await self.app(scope, _beginning_with(message, receive), send)
            return
        self._served["graphql" if scope["path"] == self._graphql_path else "rest"].total += 1
        if len(answer[2]) < SMALLEST:
            await _send(answer, send)
        else:
            scope["prepared"] = answer
            await self._compression(scope, receive, send)

    def _edge(self, scope: Scope, accept: bytes) -> Edge | None:
        """Who answers a body that is sent to this URL, and accepts this, by this caller; None: not the lean way."""
        path: str = scope["path"]
        if path == self._graphql_path:
            wanted = accept.decode("latin-1")
            return (
                partial(self.view.answer_plainly, self.services(), scope, wanted) if takes(wanted) else None
            )
        if (
            path.startswith(BEFORE)
            and path.endswith(AFTER)
            and accept in ANY_JSON
            and scope["state"]["principal"].may_on(Right.PREDICT, endpoint := path[len(BEFORE) : -len(AFTER)])
        ):
            return partial(predict_plainly, self.services(), scope, endpoint)
        return None


def _headers_of(scope: Scope) -> dict[bytes, bytes] | None:
    """The headers of a call that may fit, each of which came once; None for any other call."""
    if scope["type"] != "http" or scope["method"] != "POST" or scope["query_string"] or is_recording():
        return None
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    fits = (
        headers.get(b"content-type") in CONTENT_TYPES
        and len(headers) == len(scope["headers"])
        and SAY_MORE.isdisjoint(headers)
        and len(length) <= LONGEST_LENGTH
        and length.isdigit()
        and 0 < int(length) <= BODY_BYTES_ON_LOOP
    )
    return headers if fits else None


def _beginning_with(message: Message, receive: Receive) -> Receive:
    """A `receive` that gives `message` again before what follows."""
    waiting = [message]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


async def _send(answer: Answer, send: Send) -> None:
    status, headers, body = answer
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _send_prepared(scope: Scope, _receive: Receive, send: Send) -> None:
    await _send(scope["prepared"], send)
