"""A plain HTTP client for many connections: bytes out, a status and a body back, and next to no work of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httptools

NO_ANSWER = 0
"""The status of a call whose connection ended before the answer was whole."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes


def message(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """A whole request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    if body:
        lines.append("Content-Type: application/json")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Connection(asyncio.Protocol):
    """One connection, with one call at a time."""

    def __init__(self) -> None:
        self._transport: Any = None
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._answer: asyncio.Future[Answer] | None = None
        self.is_open = False

    async def call(self, request: bytes) -> Answer:
        """Send a request and wait for its answer."""
        if not self.is_open:
            return Answer(NO_ANSWER, b"")
        self._body = []
        self._parser = httptools.HttpResponseParser(self)
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = transport
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """A part of an answer."""
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side hung up, or this one did."""
        self.is_open = False
        self._finish(Answer(NO_ANSWER, b""))

    def on_body(self, part: bytes) -> None:
        """A part of a body."""
        self._body.append(part)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        self._finish(Answer(self._parser.get_status_code(), b"".join(self._body)))

    def _finish(self, answer: Answer) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)


async def connected(url: str) -> Connection:
    """An open connection to the server at `url`."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, parts.hostname or "127.0.0.1", parts.port or 80)
    return connection


class Pool:
    """Connections that are kept; there is always one that is free, so that no call waits for another."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: list[Connection] = []

    async def call(self, request: bytes) -> Answer:
        """Send a request on a connection of its own."""
        while self._free and not self._free[-1].is_open:
            self._free.pop()
        try:
            connection = self._free.pop() if self._free else await connected(self._url)
        except OSError:
            return Answer(NO_ANSWER, b"")
        answer = await connection.call(request)
        if connection.is_open:
            self._free.append(connection)
        return answer

    def close(self) -> None:
        """Hang up."""
        for connection in self._free:
            connection.close()
