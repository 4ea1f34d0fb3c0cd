"""A peer of our own that stands between Arbiter and PostgreSQL and can stop passing anything on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

SOCKET = ".s.PGSQL.5432"


class StallingPeer:
    """PostgreSQL behind a line on which, within `stalled`, nothing comes through; nothing is lost of it either."""

    def __init__(self, socket: str) -> None:
        self._socket = socket
        self._flows = asyncio.Event()
        self._flows.set()
        self._lines: set[asyncio.Task[None]] = set()

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Within the block the database is silent."""
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what a client and the database say to each other."""
        there, back = await asyncio.open_unix_connection(self._socket)
        self._pass(reader, back)
        self._pass(there, writer)

    def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._pump(reader, writer))
        self._lines.add(task)
        task.add_done_callback(self._lines.discard)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    async def close(self) -> None:
        for line in list(self._lines):
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)


@asynccontextmanager
async def stalling_peer(postgres_url: str, folder: Path) -> AsyncIterator[tuple[StallingPeer, str]]:
    """A peer before the database of `postgres_url`, and the URL that leads through it."""
    parts = urlsplit(postgres_url)
    peer = StallingPeer(f"{parse_qs(parts.query)['host'][0]}/{SOCKET}")
    server = await asyncio.start_unix_server(peer.join, str(folder / SOCKET))
    try:
        yield peer, f"postgresql://postgres@{parts.path}?host={quote(str(folder))}"
    finally:
        server.close()
        await peer.close()
