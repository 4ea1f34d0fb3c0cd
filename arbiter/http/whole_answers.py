"""A connection's transport that sends the head of an answer together with what follows it in the same turn.

uvicorn writes head and body one after the other, and each write is a call of the system that wakes the other side:
a fifth of all that a short answer costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

HEAD = b"HTTP/1."
"""Begins every head; what else begins so is only held, as a head is, until the next write or the end of the turn."""


class Turn:
    """The transports that hold something, to be written when the event loop's turn ends."""

    def __init__(self) -> None:
        self._holding: list[WholeAnswers] = []

    def add(self, one: WholeAnswers) -> None:
        """Have a transport write what it holds at the end of the turn."""
        if not self._holding:
            asyncio.get_running_loop().call_soon(self._end)
        self._holding.append(one)

    def _end(self) -> None:
        holding, self._holding = self._holding, []
        for one in holding:
            one.flush()


class WholeAnswers:
    """Whatever `transport` can do; only its writes are put together, in their order."""

    __slots__ = ("_held", "_turn", "transport")

    def __init__(self, transport: asyncio.Transport, turn: Turn) -> None:
        self.transport = transport
        self._turn = turn
        self._held = b""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  any of a transport's methods
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        """Write, or hold the head of an answer."""
        if self._held:
            data, self._held = self._held + data, b""
        elif data.startswith(HEAD):
            self._held = data
            self._turn.add(self)
            return
        self.transport.write(data)

    def writelines(self, parts: Iterable[bytes]) -> None:
        """Write the parts one after the other."""
        self.write(b"".join(parts))

    def write_eof(self) -> None:
        """Say that nothing comes after what was written."""
        self.flush()
        self.transport.write_eof()

    def flush(self) -> None:
        """Write what is held, unless the client is gone: uvloop raises then, at the cost of all others of the turn."""
        if self._held:
            data, self._held = self._held, b""
            if not self.transport.is_closing():
                self.transport.write(data)

    def close(self) -> None:
        """Close when everything is written."""
        self.flush()
        self.transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._held = b""
        self.transport.abort()

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self.transport.is_closing()

    def get_write_buffer_size(self) -> int:
        """How many bytes wait to be taken."""
        return self.transport.get_write_buffer_size() + len(self._held)
