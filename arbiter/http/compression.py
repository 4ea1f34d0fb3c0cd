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
            send = _Answer(self.app, send).send
        await self.app(scope, receive, send)


class _Answer:
    """One answer on its way out: whether it is compressed is chosen when it begins, by its length."""

    __slots__ = ("_app", "_onward", "_send")

    def __init__(self, app: ASGIApp, send: Send) -> None:
        self._app = app
        self._send = send
        self._onward: Send | None = None

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if self._onward is None:
            self._onward = self._chosen(message)
        await self._onward(message)

    def _chosen(self, message: Message) -> Send:
        length = next(
            (value for name, value in message.get("headers", ()) if name == b"content-length"), None
        )
        if length is not None and int(length) < SMALLEST:
            return self._send
        responder = GZipResponder(
            self._app, SMALLEST, compresslevel=LEVEL, thread_minimum_size=COMPRESSED_BYTES_ON_LOOP
        )
        responder.send = self._send
        return responder.send_with_compression


def _accept_encoding(scope: Scope) -> str:
    values = [value for name, value in scope["headers"] if name == b"accept-encoding"]
    return b",".join(values).decode("latin-1")
