"""What a tutorial about several machines takes for granted: PostgreSQL, a pooler, a proxy, and ports that are free."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg

from tests.pooler import require, user_of

SOCKETS = "/var/run/postgresql"
ADDRESSES = tuple(f"127.0.0.1:{port}" for port in (6432, 8001, 8002, 8080))
OPTIONS = ("--port 8001", "--port 8002", "listen_port = 6432")


@dataclass(frozen=True)
class Places:
    """What stands here for what a tutorial names, and a folder of commands that come before the machine's own."""

    here: Mapping[str, str]
    commands: Path | None


@contextmanager
def several_machines(server: Any) -> Iterator[Places]:
    """Role and database `arbiter` in the PostgreSQL of the tests, and ports of this machine for those named."""
    pooler = require("pgbouncer")
    require("haproxy")
    sockets = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
    asyncio.run(_execute(server, "CREATE ROLE arbiter LOGIN", "CREATE DATABASE arbiter OWNER arbiter"))
    commands = Path(tempfile.mkdtemp(prefix="arbiter-reader-"))
    try:
        _let_root_start(pooler, user_of(sockets), commands / "pgbouncer")
        yield Places({SOCKETS: sockets, **_ports()}, commands)
    finally:
        shutil.rmtree(commands)
        asyncio.run(_execute(server, "DROP DATABASE arbiter WITH (FORCE)", "DROP ROLE arbiter"))


def _let_root_start(pooler: str, user: tuple[int, int], command: Path) -> None:
    """A `pgbouncer` that goes on as the user of the PostgreSQL server where root starts it, which it would refuse.

    That user may not enter the folders of root's tests, so the configuration is copied to where it may.
    """
    as_user = f"setpriv --reuid {user[0]} --regid {user[1]} --clear-groups " if os.geteuid() == 0 else ""
    command.parent.chmod(0o755)
    command.write_text(
        f'#!/bin/sh\ncp "$1" "${{0%/*}}" && exec {as_user}{pooler} "${{0%/*}}/$1"\n', encoding="utf-8"
    )
    command.chmod(0o755)


def _ports() -> dict[str, str]:
    """Each address and option that names a port, and the same with one that nobody listens on."""
    found = {}
    with_each = [socket.socket() for _ in ADDRESSES]
    for address, one in zip(ADDRESSES, with_each, strict=True):
        one.bind(("127.0.0.1", 0))
        named = address.partition(":")[2]
        here = str(one.getsockname()[1])
        for text in (address, *(option for option in OPTIONS if option.endswith(named))):
            found[text] = text.replace(named, here)
    for one in with_each:
        one.close()
    return found


async def _execute(server: Any, *statements: str) -> None:
    connection = await asyncpg.connect(server.get_uri())
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
