"""Answers of a kilobyte and more travel as gzip, for callers that accept it. Pure ASGI."""

from __future__ import annotations

from starlette.middleware.gzip import GZipResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.pacing import COMPRESSED_BYTES_ON_LOOP
from graph.http.negotiation import accepts_gzip

SMALLEST = 1024
LEVEL = 4


class Compression:
    """Compresses what `app` answers, streams included; event streams and what is compressed already stay as they are.

    A short answer, such as a prediction's, is passed on untouched.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] == "http" and accepts_gzip(_accept_encoding(scope)):
            send = _compressing(self.app, send)
        await self.app(scope, receive, send)


def _compressing(app: ASGIApp, send: Send) -> Send:
    """A `send` that passes one answer on; its length, told when it begins, says whether it is compressed."""
    onward: Send | None = None

    async def pass_on(message: Message) -> None:
        nonlocal onward
        if onward is None:
            headers = dict(message.get("headers", ()))
            onward = (
                send if int(headers.get(b"content-length", SMALLEST)) < SMALLEST else _compressed(app, send)
            )
        await onward(message)

    return pass_on


def _compressed(app: ASGIApp, send: Send) -> Send:
    responder = GZipResponder(
        app, SMALLEST, compresslevel=LEVEL, thread_minimum_size=COMPRESSED_BYTES_ON_LOOP
    )
    responder.send = send
    return responder.send_with_compression


def _accept_encoding(scope: Scope) -> str:
    return b",".join([value for name, value in scope["headers"] if name == b"accept-encoding"]).decode(
        "latin-1"
    )
