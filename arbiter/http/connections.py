"""One client's connection: what it does not send or take in time is not waited for, nor at the end of the server."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, cast

import httptools
import orjson
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from arbiter.http import refusals
from arbiter.http.whole_answers import Turn, WholeAnswers

HEADERS_SECONDS = 30.0
"""From the connection, or the first byte of a request, until its headers are complete. They are 1 or 2 kB, which a
phone with hardly any signal sends in seconds; whoever opens a connection before it needs one opens the next."""
BODY_SECONDS = 30.0
"""That a body may say nothing: a phone that goes through a tunnel, or from one mast to the next, is back by then."""
BODY_PACE = 500
"""Bytes that earn a second of silence, up to BODY_SECONDS. The slowest mobile networks carry several times as many,
so who sends all the time passes, however large the body; who sends a byte now and then ends after BODY_SECONDS."""
UNREAD_SECONDS = 600.0
"""That an answer may wait for a client that takes nothing of it. The system's buffers show that something was taken
only after up to 2 MB, so that a program that works on 4 kB of an export a second passes."""
LONGEST_HEADERS = 64 * 1024
"""Bytes, beside those that came in one piece with the first. Cookies and tokens of proxies are some 10 kB."""
HURRIED_SECONDS = 2.0
"""Takes the place of both times of a request while the process has no file descriptors left."""
LOOKED_AT_ONCE = 500
"""Connections between two breaths of the event loop: .3 ms."""

HEADERS, BODY, UNREAD, TOO_LONG, DESCRIPTORS = "headers", "body", "unread", "headers too long", "descriptors"
PATIENCE = {HEADERS: HEADERS_SECONDS, BODY: BODY_SECONDS, UNREAD: UNREAD_SECONDS}


class HttpConnection(HttpToolsProtocol):
    """uvicorn's, which ends when a request does not come whole in time, or its answer is not taken.

    What is idle between two requests is left to uvicorn. Nothing is measured while calls come and go: `spend` is called
    about once a second and compares what it sees with what it saw the last time. At the end of the server it waits for
    calls that run, not for bodies that never come.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        cuts: Counter[str],
        turn: Turn | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._turn = turn or Turn()
        self._cuts = cuts
        self._body_bytes = 0
        self._headers_of: object = self
        self._headers_bytes = 0
        self._awaited: str | None = None
        self._awaited_of: object = None
        self._seen = 0
        self._left = 0.0
        self._leaving = False
        self._unupgraded = False
        self._parsed = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, with answers that are written whole."""
        super().connection_made(transport)
        self.transport = cast("asyncio.Transport", WholeAnswers(transport, self._turn))

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over as it came: what is sent there has no heads."""
        self.transport = cast("WholeAnswers", self.transport).transport
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Take what came, and end a request whose headers have no end."""
        super().data_received(data)
        while self._unupgraded:
            data = self._without_upgrade(data[self._parsed :])
        if self.cycle is None or self.cycle.scope is not self.scope:
            self._more_headers(len(data))

    def on_body(self, body: bytes) -> None:
        """Count a piece of a body."""
        self._body_bytes += len(body)
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """Begin a call; where this process makes way for another one, its answer is the connection's last."""
        offered = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if offered and not self._should_upgrade():
            # The parser takes what follows for another protocol: see `_without_upgrade`.
            self._unupgraded = True
            return
        super().on_headers_complete()
        if self._leaving and self.cycle is not None and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """End a request, unless it was no more than the head of one that is parsed again."""
        if not self._unupgraded:
            super().on_message_complete()

    def _unsupported_upgrade_warning(self) -> None:
        if not self._unupgraded:
            super()._unsupported_upgrade_warning()
            return
        self._parsed = cast("httptools.HttpParserUpgrade", sys.exception()).args[0]

    def _without_upgrade(self, rest: bytes) -> bytes:
        """Parse a head anew as if it did not offer HTTP/2, or whatever is not spoken here, so that its body is read.

        A server may ignore such an offer (RFC 9110, section 7.8). Java's client makes it with its first request.
        Returns what was parsed.
        """
        self._unupgraded = False
        version = self.parser.get_http_version().encode()
        head = [self.parser.get_method(), b" ", self.url, b" HTTP/", version, b"\r\n"]
        for name, value in self.headers:
            if name != b"upgrade":
                head += [name, b": ", value, b"\r\n"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        again = b"".join([*head, b"\r\n", rest])
        super().data_received(again)
        return again

    def leave(self) -> None:
        """Let the next answer be the last of this connection, and say so in its headers: nothing sent is dropped."""
        self._leaving = True
        if self.cycle is not None and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """Begin to drain: drop a call whose body has not come and whose answer has not begun."""
        cycle = self.cycle
        if cycle is not None and cycle.more_body and not cycle.response_started:
            self.transport.close()
        else:
            super().shutdown()

    def spend(self, seconds: float, *, hurried: bool) -> None:
        """Let `seconds` pass since the last look, and end the connection when its request took too many of them."""
        awaited = self._waits_for()
        if awaited is None:
            self._awaited = None
            return
        seen = self._seen
        self._seen = self.transport.get_write_buffer_size() if awaited == UNREAD else self._body_bytes
        if awaited != self._awaited or self.scope is not self._awaited_of:
            self._awaited, self._awaited_of, self._left = awaited, self.scope, PATIENCE[awaited]
            return
        unread = awaited == UNREAD
        earned = UNREAD_SECONDS * (self._seen != seen) if unread else (self._seen - seen) / BODY_PACE
        hurried = hurried and not unread
        most = HURRIED_SECONDS if hurried else PATIENCE[awaited]
        self._left = min(self._left + earned, most) - seconds
        if self._left <= 0:
            self._cut(
                HTTPStatus.REQUEST_TIMEOUT,
                "REQUEST_TIMEOUT",
                f"the {awaited} of the request did not come in time: send it again",
                DESCRIPTORS if hurried else awaited,
            )

    def _waits_for(self) -> str | None:
        """What only the client keeps the connection waiting for: HEADERS, BODY, UNREAD, or None."""
        if self.transport.is_closing():  # which it does when all is taken
            return UNREAD if self.transport.get_write_buffer_size() else None
        if self.flow.write_paused:
            return UNREAD
        return None if self.flow.read_paused else self._lacks()

    def _lacks(self) -> str | None:
        """What has not come of a request: HEADERS, BODY, or None."""
        cycle = self.cycle
        if cycle is None:
            return HEADERS
        if not cycle.response_complete:
            silent = not (cycle.response_started or cycle.waiting_for_100_continue)
            return BODY if cycle.more_body and silent else None
        if self.timeout_keep_alive_task is not None:
            return None
        # Whatever comes after an answer stops uvicorn's clock, be it an empty line or the rest of a body.
        return BODY if cycle.scope is self.scope and cycle.more_body else HEADERS

    def _more_headers(self, size: int) -> None:
        if self.transport.is_closing():
            return
        if self._headers_of is not self.scope:  # a first piece, which may hold the end of what came before
            self._headers_of, self._headers_bytes = self.scope, 0
            return
        self._headers_bytes += size
        if self._headers_bytes > LONGEST_HEADERS:
            self._cut(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                "HEADERS_TOO_LARGE",
                f"the headers are larger than {LONGEST_HEADERS} bytes: send fewer or shorter ones",
                TOO_LONG,
            )

    def _cut(self, status: HTTPStatus, code: str, message: str, reason: str) -> None:
        """End the connection, with an answer where a request has begun and its answer has not."""
        self._cuts[reason] += 1
        cycle = self.cycle
        answered = cycle is not None and cycle.scope is self.scope and cycle.response_started
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if self.transport.get_write_buffer_size():  # it would wait for a client that does not read
            self.transport.abort()
            return
        if self.scope is not None and not answered:
            path = self.url.partition(b"?")[0].decode("latin-1")
            self.transport.write(_answer(status, refusals.body_of(path, code, message)))
        self.transport.close()


class Connections:
    """The connections of one server as they are looked at, and how many were ended, by the reason."""

    def __init__(self) -> None:
        self.cuts: Counter[str] = Counter()
        self.turn = Turn()

    async def look(self, connections: Iterable[object], seconds: float, *, hurried: bool = False) -> None:
        """Let `seconds` pass for all of them; `hurried` where there is no room for half a request."""
        for number, connection in enumerate(list(connections), 1):
            if isinstance(connection, HttpConnection):
                connection.spend(seconds, hurried=hurried)
            if number % LOOKED_AT_ONCE == 0:
                await asyncio.sleep(0)


def _answer(status: HTTPStatus, content: dict[str, object]) -> bytes:
    body = orjson.dumps(content)
    return b"".join(
        (
            STATUS_LINE[status],
            b"content-type: application/json\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n",
            b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body),
            body,
        )
    )
