"""What the supervisor and a worker tell each other: one JSON object a line, over a pair of sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Any, cast

import orjson

MOST_UNREAD = 4 << 20
"""Bytes that may wait for the other side: it is stopped or gone, and nothing that it is told is worth memory."""

Message = dict[str, Any]


class Kind(StrEnum):
    """What a message is about; those up to TOTALS_WANTED come from a worker, the others from the supervisor."""

    READY = "ready"
    BEAT = "beat"
    FAILED = "failed"
    DRAINING = "draining"
    COUNTS = "counts"
    TOTALS_WANTED = "totals wanted"
    TOTALS = "totals"
    COUNTS_WANTED = "counts wanted"
    RETIRE = "retire"
    DRAIN = "drain"


def packed(kind: Kind, **fields: object) -> bytes:
    r"""A message as it is sent.

    >>> packed(Kind.FAILED, message="no port")
    b'{"kind":"failed","message":"no port"}\n'
    """
    return orjson.dumps({"kind": kind, **fields}, option=orjson.OPT_APPEND_NEWLINE)


class Line(asyncio.Protocol):
    """One end of the pair: `told` is called with each message, `gone` when the other process is."""

    def __init__(self, told: Callable[[Message], None], gone: Callable[[], None]) -> None:
        self._told = told
        self._gone = gone
        self._received = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what is written to."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        """Hand on each message that is complete."""
        self._received += data
        *lines, rest = self._received.split(b"\n")
        self._received = bytearray(rest)
        for line in lines:
            self._told(orjson.loads(line))

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that the other process is gone."""
        self._gone()

    def send(self, kind: Kind, **fields: object) -> None:
        """Tell the other side, unless it has stopped to listen."""
        transport = self._transport
        if transport is None or transport.is_closing() or transport.get_write_buffer_size() > MOST_UNREAD:
            return
        transport.write(packed(kind, **fields))

    @property
    def unsent(self) -> int:
        """Bytes that the other side has not taken."""
        return 0 if self._transport is None else self._transport.get_write_buffer_size()

    def close(self) -> None:
        """End this side."""
        if self._transport is not None:
            self._transport.close()
