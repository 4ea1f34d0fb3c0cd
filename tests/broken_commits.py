"""Databases whose COMMIT is not answered: a peer of our own that cuts the line, a file that may not grow."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

COMMIT = b"COMMIT;"


class Breakable(Protocol):
    """A database at `url` that can lose the answers to commits."""

    url: str

    def broken(self) -> AbstractContextManager[None]:
        """Within the block no commit is answered."""


class BreakableFile:
    """A SQLite file whose log may not grow: SQLite can then not say what of a commit has reached the disk."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def broken(self) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = Path(f"{self.url.removeprefix('sqlite://')}-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class BreakablePeer:
    """Stands between Arbiter and PostgreSQL; within `broken` it cuts each line on which a COMMIT comes.

    It does so when PostgreSQL has carried the COMMIT out or, unless `carries_out`, before it has heard of it.
    """

    def __init__(self, socket: str, carries_out: bool) -> None:
        self.url = ""
        self._socket = socket
        self._carries_out = carries_out
        self._breaks = False

    @contextmanager
    def broken(self) -> Iterator[None]:
        self._breaks = True
        try:
            yield
        finally:
            self._breaks = False

    async def serve(self, caller: asyncio.StreamReader, to_caller: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_unix_connection(self._socket)
        back = asyncio.create_task(self._pass_on(server, to_caller))
        try:
            while part := await caller.read(65536):
                cut = self._breaks and COMMIT in part
                if cut and not self._carries_out:
                    break
                if cut:
                    back.cancel()
                    await asyncio.gather(back, return_exceptions=True)
                to_server.write(part)
                if cut:
                    await server.read(65536)  # the answer to the COMMIT, which nobody hears
                    break
        finally:
            back.cancel()
            for writer in (to_caller, to_server):
                writer.close()

    async def _pass_on(self, server: asyncio.StreamReader, to_caller: asyncio.StreamWriter) -> None:
        while part := await server.read(65536):
            to_caller.write(part)
        to_caller.close()


@asynccontextmanager
async def breakable_peer(postgres_url: str, *, carries_out: bool = True) -> AsyncIterator[BreakablePeer]:
    """A peer in front of the PostgreSQL database of `postgres_url`."""
    parts = urlsplit(postgres_url)
    directory = parse_qs(parts.query)["host"][0]
    peer = BreakablePeer(f"{directory}/.s.PGSQL.5432", carries_out)
    server: Any = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.url = f"postgresql://postgres@127.0.0.1:{server.sockets[0].getsockname()[1]}{parts.path}"
    try:
        yield peer
    finally:
        server.close()
