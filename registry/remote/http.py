"""HTTP/1.1 as a model server is asked: whole bodies over connections that are kept for a moment, and no redirects."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult

IDLE_SECONDS = 3.0
"""How long an unused connection is kept: MLServer and uvicorn close theirs after 5 s, and others later."""
MOST_IDLE = 8
LARGEST_HEAD = 64 * 1024
LARGEST_ANSWER = 64 * 2**20
_PORTS = {"http": 80, "https": 443}
_BODILESS = (204, 304)
_STATUS_WORDS = 2


class NotSent(Exception):
    """No connection came about: the far side has surely read nothing."""


class NoAnswer(Exception):
    """The call was sent, at least in part, and no whole answer came: it may have been carried out."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer; the names of its headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True, eq=False)
class _Line:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    since: float

    def drop(self) -> None:
        self.writer.transport.abort()


class HttpConnections:
    """Connections to one server, on one event loop. `timer` gives seconds.

    Nothing is sent twice. No proxy of the environment is used and no redirect followed: rows go where they are told.
    """

    def __init__(
        self,
        address: SplitResult,
        *,
        idle: float = IDLE_SECONDS,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host, self._port = address.hostname or "", address.port or _PORTS[address.scheme]
        self._tls = ssl.create_default_context() if address.scheme == "https" else None
        self._name = address.netloc
        self._timer, self._idle = timer, idle
        self._kept: list[_Line] = []

    async def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> HttpAnswer:
        """One call and its whole answer. Raises NotSent and NoAnswer; a cancelled call's connection is closed."""
        line = self._fresh() or await self._opened()
        lines = [f"{method} {path} HTTP/1.1", f"host: {self._name}", "accept-encoding: identity"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body:
            lines += ["content-type: application/json", f"content-length: {len(body)}"]
        try:
            line.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            await line.writer.drain()
            answer, keep = await _read(line.reader)
        except asyncio.IncompleteReadError:
            line.drop()
            raise NoAnswer("it closed the connection before its answer was whole") from None
        except asyncio.LimitOverrunError:
            line.drop()
            raise NoAnswer("the headers of its answer are too long") from None
        except OSError as error:
            line.drop()
            raise NoAnswer(f"the connection broke ({type(error).__name__})") from None
        except BaseException:  # a cancelled call, too: what would still come belongs to nobody
            line.drop()
            raise
        if keep and len(self._kept) < MOST_IDLE:
            line.since = self._timer()
            self._kept.append(line)
        else:
            line.drop()
        return answer

    def close(self) -> None:
        """Close what is kept."""
        while self._kept:
            self._kept.pop().drop()

    def _fresh(self) -> _Line | None:
        """A kept connection that the far side has not closed, and will not close at once."""
        now = self._timer()
        while self._kept and now - self._kept[0].since >= self._idle:
            self._kept.pop(0).drop()
        while self._kept:
            line = self._kept.pop()
            if not (line.reader.at_eof() or line.writer.is_closing()):
                return line
            line.drop()
        return None

    async def _opened(self) -> _Line:
        try:
            reader, writer = await asyncio.open_connection(
                self._host, self._port, ssl=self._tls, limit=LARGEST_HEAD
            )
        except (OSError, UnicodeError) as error:
            raise NotSent(f"it cannot be reached ({_words(error)})") from None
        return _Line(reader, writer, self._timer())


def _words(error: Exception) -> str:
    """Why no connection came about, without the address that was tried: a name may have several."""
    if isinstance(error, ConnectionError) and error.errno is not None:
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or type(error).__name__


async def _read(reader: asyncio.StreamReader) -> tuple[HttpAnswer, bool]:
    """An answer, and whether another call may follow on its connection."""
    status, version, headers = await _head(reader)
    while 100 <= status < 200:  # noqa: PLR2004  what is said before the answer
        status, version, headers = await _head(reader)
    keep = version == "HTTP/1.1" and "close" not in headers.get("connection", "").lower()
    if status in _BODILESS:
        return HttpAnswer(status, headers, b""), keep
    if "transfer-encoding" in headers:
        if headers["transfer-encoding"].strip().lower() != "chunked":
            raise NoAnswer("its answer has an unknown transfer encoding")
        return HttpAnswer(status, headers, await _chunks(reader)), keep and "content-length" not in headers
    if "content-length" in headers:
        size = _number(headers["content-length"], 10)
        return HttpAnswer(status, headers, await reader.readexactly(size)), keep
    body = bytearray()
    while part := await reader.read(LARGEST_HEAD):
        body += part
        _bounded(len(body))
    return HttpAnswer(status, headers, bytes(body)), False


async def _head(reader: asyncio.StreamReader) -> tuple[int, str, dict[str, str]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1").split("\r\n")
    words = first.split(" ", _STATUS_WORDS)
    if len(words) < _STATUS_WORDS or not words[0].startswith("HTTP/1.") or not words[1].isdecimal():
        raise NoAnswer("its answer is no HTTP")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(words[1]), words[0], headers


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        size = _number((await reader.readuntil(b"\r\n")).split(b";")[0].strip().decode("latin-1"), 16)
        if not size:
            break
        _bounded(len(body) + size)
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    return bytes(body)


def _number(text: str, base: int) -> int:
    with suppress(ValueError):
        if text.isalnum() and text.isascii():
            size = int(text, base)
            _bounded(size)
            return size
    raise NoAnswer("its answer does not say how long it is")


def _bounded(size: int) -> None:
    if size > LARGEST_ANSWER:
        raise NoAnswer(f"its answer is longer than {LARGEST_ANSWER // 2**20} MiB")
