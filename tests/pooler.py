"""PgBouncer in transaction mode before the PostgreSQL server of the tests, as Debian ships it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

PORT = 6432
PATIENCE = 10.0
IGNORED = (
    "ignore_startup_parameters = statement_timeout, lock_timeout, idle_in_transaction_session_timeout, "
    "default_transaction_read_only, max_parallel_workers_per_gather, synchronous_commit\n"
)


def require(program: str) -> str:
    """Where a program of the system is. Without it a test is skipped; in CI it fails."""
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        if os.environ.get("CI"):
            raise RuntimeError(f"{program} is not installed: see .ci/run")
        pytest.skip(f"{program} is not installed")
    return found


def user_of(sockets: str) -> tuple[int, int]:
    """User and group of the PostgreSQL server whose socket lies in that folder."""
    owner = os.stat(f"{sockets}/.s.PGSQL.5432")
    return owner.st_uid, owner.st_gid


@contextmanager
def pooler(
    postgres_url: str, *, connections: int = 8, ignoring: bool = False, **settings: str
) -> Iterator[str]:
    """A URL that leads through a PgBouncer of its own, which keeps at most `connections` to a database.

    `ignoring` lets in who asks for time-outs at the start, and does not pass them on; `settings` are other lines of
    its file. Outside CI it may be missing.
    """
    program = require("pgbouncer")
    parts = urlsplit(postgres_url)
    server = parse_qs(parts.query)["host"][0]
    user, group = user_of(server)
    folder = Path(tempfile.mkdtemp(prefix="arbiter-pooler-"))
    as_owner: dict[str, Any] = {}
    if (
        os.geteuid() == 0
    ):  # it refuses to run as root, and the folder of the socket belongs to the server's user
        os.chown(folder, user, group)
        as_owner = {"user": user, "group": group, "extra_groups": []}
    folder.chmod(0o755)
    file = folder / "pgbouncer.ini"
    lines = {"pool_mode": "transaction", "max_client_conn": "2000"} | settings
    file.write_text(
        f"[databases]\n* = host={server} port=5432 user=postgres\n[pgbouncer]\nlisten_addr =\n"
        f"listen_port = {PORT}\nunix_socket_dir = {folder}\nauth_type = any\ndefault_pool_size = {connections}\n"
        + "".join(f"{name} = {value}\n" for name, value in lines.items())
        + (IGNORED if ignoring else "")
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, str(file)], stdout=log, stderr=log, **as_owner)
    try:
        end = time.monotonic() + PATIENCE
        while not (folder / f".s.PGSQL.{PORT}").exists():
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((folder / "log").read_text())
            time.sleep(0.02)
        yield f"postgresql://postgres@:{PORT}{parts.path}?host={folder}"
    finally:
        process.terminate()
        process.wait(PATIENCE)
        shutil.rmtree(folder)
