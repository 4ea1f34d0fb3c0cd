"""Requests that do not come whole in time end by themselves; slow honest ones pass. Time is given, not waited for."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import orjson
import pytest
import structlog
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from arbiter.http.connections import BODY_PACE, LONGEST_HEADERS, Connections, HttpConnection
from arbiter.http.descriptors import Descriptors

HEADERS = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
LARGE = 100_000
MUCH, PIECE = 50_000_000, 50_000
TOO_LATE = "the %s of the request did not come in time: send it again"


class Line:
    """One client's end, and the server's view of all of them."""

    def __init__(self, door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.door, self.reader, self.writer = door, reader, writer

    async def send(self, data: bytes, seen: Callable[[HttpConnection], object] = lambda _: True) -> None:
        """Send, and wait until the server has seen what makes `seen` true."""
        self.writer.write(data)
        await self.writer.drain()
        async with asyncio.timeout(5):
            while not all(seen(one) for one in self.door.held) or not self.door.held:
                await asyncio.sleep(0.001)

    async def answer(self) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of all that comes until the server closes the connection."""
        async with asyncio.timeout(5):
            head, _, body = (await self.reader.read()).partition(b"\r\n\r\n")
        assert b"connection: close" in head.lower()
        return int(head.split()[1]), orjson.loads(body)

    async def ended(self) -> bytes:
        async with asyncio.timeout(5):
            return await self.reader.read()


class Door:
    """A server whose application reads each body whole, and says how many bytes it had."""

    def __init__(self) -> None:
        self.connections = Connections()
        self.state = ServerState()
        self.port = 0
        self.disconnected = 0
        self.lines: list[Line] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.config = uvicorn.Config(
            self.app,
            interface="asgi3",
            log_config=None,
            ws="none",
            proxy_headers=False,
            timeout_keep_alive=65,
        )

    @property
    def held(self) -> list[Any]:
        return list(self.state.connections)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.gate.wait()
        try:
            body = b"" if scope["path"] == "/unread" else await Request(scope, receive).body()
        except ClientDisconnect:
            self.disconnected += 1
            return
        if scope["path"] == "/large":
            await PlainTextResponse(bytes(MUCH))(scope, receive, send)
            return
        if scope["path"] == "/pieces":
            await StreamingResponse(bytes(PIECE) for _ in range(MUCH // PIECE))(scope, receive, send)
            return
        await PlainTextResponse(f"{len(body)} bytes")(scope, receive, send)

    async def line(self) -> Line:
        line = Line(self, *await asyncio.open_connection("127.0.0.1", self.port))
        self.lines.append(line)
        await line.send(b"")
        await self.pass_by(0)  # seen for the first time
        return line

    async def pass_by(self, seconds: float, **how: bool) -> None:
        await self.connections.look(self.state.connections, seconds, **how)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with listening() as opened:
        yield opened


@asynccontextmanager
async def listening() -> AsyncIterator[Door]:
    door = Door()
    make = partial(HttpConnection, door.config, door.state, {}, cuts=door.connections.cuts)
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    door.port = server.sockets[0].getsockname()[1]
    try:
        yield door
    finally:
        server.close()
        for line in door.lines:
            line.writer.close()
            with suppress(ConnectionError):
                await line.writer.wait_closed()
        while door.held:
            await asyncio.sleep(0.001)


def begun(connection: HttpConnection) -> bool:
    return connection.scope is not None


async def stuck(door: Door) -> int:
    """Waits until nothing more is taken of an answer: the bytes that are left of what was written."""
    async with asyncio.timeout(5):
        while True:
            left: int = door.held[0].transport.get_write_buffer_size()
            await asyncio.sleep(0.05)
            if door.held[0].flow.write_paused and door.held[0].transport.get_write_buffer_size() == left:
                return left


def reading(connection: HttpConnection) -> bool:
    return connection.cycle is not None


def body_of(count: int) -> Callable[[HttpConnection], bool]:
    return lambda connection: connection._body_bytes == count


def more_headers(count: int) -> Callable[[HttpConnection], bool]:
    return lambda connection: connection._headers_bytes == count


def shaped(path: str, code: str, message: str) -> dict[str, Any]:
    shapes: dict[str, dict[str, Any]] = {
        "/graphql": {"errors": [{"message": message, "extensions": {"code": code}}]},
        "/api/v1/levels/predict": {"detail": message},
        "/readyz": {"detail": message, "code": code},
    }
    return shapes[path]


@pytest.mark.parametrize("path", ["/graphql", "/api/v1/levels/predict", "/readyz"])
async def test_headers_that_do_not_end_are_answered_after_half_a_minute(door: Door, path: str) -> None:
    line = await door.line()
    await line.send(b"POST %s?a=b HTTP/1.1\r\nHost: loc" % path.encode(), begun)
    await door.pass_by(1)
    await door.pass_by(29.5)
    await line.send(b"alhost\r\nX-", more_headers(10))  # some bytes now and then do not help
    assert door.connections.cuts == {}
    await door.pass_by(0.5)
    assert await line.answer() == (408, shaped(path, "REQUEST_TIMEOUT", TOO_LATE % "headers"))
    assert door.connections.cuts == {"headers": 1}


async def test_a_connection_on_which_nothing_is_asked_ends_without_a_word(door: Door) -> None:
    line = await door.line()
    await door.pass_by(29.5)
    assert len(door.held) == 1
    await door.pass_by(0.5)
    assert await line.ended() == b""
    assert door.connections.cuts == {"headers": 1}


@pytest.mark.parametrize("path", ["/graphql", "/api/v1/levels/predict", "/readyz"])
async def test_a_body_that_trickles_is_answered_after_half_a_minute(door: Door, path: str) -> None:
    line = await door.line()
    await line.send(HEADERS % (path.encode(), LARGE), reading)
    await door.pass_by(1)
    for second in range(1, 31):
        await line.send(b"x", body_of(second))
        assert door.connections.cuts == {}
        await door.pass_by(1)
    await door.pass_by(0.1)
    assert await line.answer() == (408, shaped(path, "REQUEST_TIMEOUT", TOO_LATE % "body"))
    assert (door.connections.cuts, door.disconnected) == ({"body": 1}, 1)


async def test_a_large_part_at_first_buys_no_longer_silence(door: Door) -> None:
    line = await door.line()
    await line.send(HEADERS % (b"/graphql", LARGE), reading)
    await door.pass_by(1)
    await line.send(bytes(60_000), body_of(60_000))
    await door.pass_by(29.5)
    assert door.connections.cuts == {}
    await door.pass_by(0.5)
    assert (await line.answer())[0] == 408
    assert door.connections.cuts == {"body": 1}


async def test_a_slow_phone_that_loses_the_net_for_a_while_is_served(door: Door) -> None:
    line = await door.line()
    size = 40 * BODY_PACE * 2
    await line.send(HEADERS % (b"/graphql", size), reading)
    await door.pass_by(1)
    sent = 0
    for _ in range(2):
        for _ in range(20):
            sent += BODY_PACE * 2
            await line.send(bytes(BODY_PACE * 2), body_of(sent))
            await door.pass_by(1)
        if sent < size:
            await door.pass_by(28)  # a tunnel
    assert await line.reader.readuntil(f"{size} bytes".encode())
    assert door.connections.cuts == {}


async def test_what_uvicorn_waits_for_itself_is_left_to_it(door: Door) -> None:
    line = await door.line()
    for _ in range(2):
        await line.send(HEADERS % (b"/graphql", 1) + b"x")
        await line.reader.readuntil(b"1 bytes")
        await door.pass_by(1)
        await door.pass_by(64)
    assert door.connections.cuts == {}
    assert len(door.held) == 1


@pytest.mark.parametrize("rest", [b"\r\n", b"POST /graphql HTTP/1.1\r\nX-A"])
async def test_what_comes_after_an_answer_does_not_keep_the_connection(door: Door, rest: bytes) -> None:
    line = await door.line()
    await line.send(HEADERS % (b"/graphql", 1) + b"x")
    await line.reader.readuntil(b"1 bytes")
    await line.send(rest, lambda one: one.timeout_keep_alive_task is None)
    await door.pass_by(1)
    await door.pass_by(30)
    assert (b"408" in await line.ended()) is (len(rest) > 2)
    assert door.connections.cuts == {"headers": 1}


async def test_the_rest_of_a_body_that_was_answered_already_must_keep_pace_too(door: Door) -> None:
    line = await door.line()
    await line.send(HEADERS % (b"/unread", LARGE))
    await line.reader.readuntil(b"0 bytes")
    await line.send(b"x", lambda one: one.timeout_keep_alive_task is None)
    await door.pass_by(1)
    await door.pass_by(30)
    assert await line.ended() == b""
    assert door.connections.cuts == {"body": 1}


async def test_a_client_that_waits_for_leave_to_send_is_not_slow(door: Door) -> None:
    door.gate.clear()
    line = await door.line()
    wanting = (
        b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
    )
    await line.send(wanting, reading)
    await door.pass_by(1)
    await door.pass_by(600)
    door.gate.set()
    await line.reader.readuntil(b"100 Continue\r\n\r\n")
    await line.send(b"x")
    assert await line.reader.readuntil(b"1 bytes")
    assert door.connections.cuts == {}


async def test_headers_without_end_are_refused(door: Door) -> None:
    line = await door.line()
    await line.send(b"POST /graphql HTTP/1.1\r\nX-Long: ", begun)
    for piece in range(1, 5):
        await line.send(b"x" * (LONGEST_HEADERS // 4), more_headers(piece * LONGEST_HEADERS // 4))
    assert door.connections.cuts == {}
    await line.send(b"x")
    message = f"the headers are larger than {LONGEST_HEADERS} bytes: send fewer or shorter ones"
    assert await line.answer() == (431, shaped("/graphql", "HEADERS_TOO_LARGE", message))
    assert door.connections.cuts == {"headers too long": 1}


@pytest.mark.parametrize("path", [b"/large", b"/pieces"])
async def test_an_answer_of_which_nothing_is_taken_for_ten_minutes_is_given_up(
    door: Door, path: bytes
) -> None:
    line = await door.line()
    await line.send(HEADERS % (path, 0))
    left = await stuck(door)
    await door.pass_by(1)
    await door.pass_by(599)
    assert (len(door.held), door.connections.cuts) == (1, {})
    async with asyncio.timeout(5):
        while door.held[0].transport.get_write_buffer_size() == left:
            await line.reader.read(PIECE)
    await stuck(door)
    await door.pass_by(1)  # some was taken, which is as good as all
    await door.pass_by(598.5)
    assert (len(door.held), door.connections.cuts) == (1, {})
    await door.pass_by(0.5)
    assert door.connections.cuts == {"unread": 1}
    async with asyncio.timeout(5):
        while door.state.tasks or door.held:
            await asyncio.sleep(0.001)


async def test_a_slow_reader_gets_all(door: Door) -> None:
    line = await door.line()
    await line.send(HEADERS % (b"/pieces", 0), lambda one: one.flow.write_paused)
    await door.pass_by(1)
    taken = 0
    async with asyncio.timeout(20):
        while taken < MUCH:
            piece = await line.reader.read(1_000_000)
            assert piece
            taken += len(piece)
            await door.pass_by(5)
    assert door.connections.cuts == {}


async def test_without_descriptors_half_requests_end_in_two_seconds_and_running_calls_stay(
    door: Door,
) -> None:
    half, idle, served = await door.line(), await door.line(), await door.line()
    half.writer.write(HEADERS % (b"/graphql", LARGE))
    await served.send(HEADERS % (b"/graphql", 1) + b"x")
    await served.reader.readuntil(b"1 bytes")
    await door.pass_by(1, hurried=True)
    await door.pass_by(1, hurried=True)
    await door.pass_by(1, hurried=True)
    assert (await half.answer())[0] == 408
    assert await idle.ended() == b""
    assert len(door.held) == 1
    assert door.connections.cuts == {"descriptors": 2}


def test_a_lack_of_descriptors_is_said_once_a_minute_with_its_cure() -> None:
    lacking = True

    def probe() -> None:
        if lacking:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    descriptors = Descriptors(probe)
    with structlog.testing.capture_logs() as lines:
        assert [descriptors.exhausted(now, 7) for now in (1.0, 2.0, 60.9, 61.0)] == [True] * 4
        lacking = False
        assert not descriptors.exhausted(200.0, 7)
    assert [(line["log_level"], line["connections"], line["reason"]) for line in lines] == [
        ("error", 7, "Too many open files")
    ] * 2
    assert "LimitNOFILE=" in lines[0]["event"]
