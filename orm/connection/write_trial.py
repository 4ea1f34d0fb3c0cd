"""Tries whether a prediction could be stored: a row like its own is written, taken back and committed."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from domain.errors import DatabaseUnavailable
from domain.requests.request_ids import MAX_ID
from orm.connection.client import Tx
from orm.connection.failures import AGAIN
from orm.connection.statement import Statement

CHARACTERS = 1900
"""As long as a large prediction's row: where it fits, a usual one does. It stays below what PostgreSQL would put
elsewhere, and its random text cannot be compressed."""

WRITTEN_TOO = {"daily_summary": "requests", "writer": "high_water"}
"""The other tables that a prediction's transaction writes, each with a column."""

LEAST_ROOM = 64 * 1024
"""Bytes of a disk that a small group of predictions needs with its indexes; with less it counts as full."""


async def try_row(tx: Tx) -> None:
    """Writes a row to the request log and deletes it again, so that committing `tx` has something to write.

    Nobody ever sees it: its id is negative, and it is gone when the transaction commits. What the database lacks
    (rights, room, its lock) it says here or at the commit. Without any endpoint nothing can be stored, or tried.
    """
    id_ = -1 - secrets.randbelow(MAX_ID)
    insertion = Statement(tx)
    text, number = insertion.bind(secrets.token_hex(CHARACTERS // 2)), insertion.bind(id_)
    await insertion.run(
        "INSERT INTO ml_request (input, full_response, outcome, latency, id, endpoint_id) "
        f"SELECT CAST({text} AS text), '', 'ERROR', 0, CAST({number} AS bigint), id FROM endpoint ORDER BY id LIMIT 1"
    )
    deletion = Statement(tx)
    await deletion.run(f"DELETE FROM ml_request WHERE id = {deletion.bind(id_)}")
    for table, column in WRITTEN_TOO.items():
        # It changes no row and looks at none, but needs the table, the right to change it, and that nobody locks it.
        await Statement(tx).run(f"UPDATE {table} SET {column} = {column} WHERE 1 = 0")


def require_room(file: Path) -> None:
    """Raises DatabaseUnavailable when the disk of `file` is full: SQLite would fill its side file up first."""
    try:
        disk = os.statvfs(file.parent)
    except OSError:
        return  # The file is gone, too, and whoever opens it says so.
    free = disk.f_bfree if os.geteuid() == 0 else disk.f_bavail
    if disk.f_blocks and free * disk.f_frsize < LEAST_ROOM:
        raise DatabaseUnavailable(f"The database's disk is full; {AGAIN}")
