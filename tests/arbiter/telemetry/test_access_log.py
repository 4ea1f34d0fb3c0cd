from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

from arbiter.settings import LogFormat
from arbiter.telemetry.access_log import AccessLog


def noon() -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=UTC)


def add(log: AccessLog, path: str) -> None:
    log.add(request_id="r-1", method="GET", path=path, status=200, seconds=0.0012345, principal="ann")


async def test_lines_of_one_turn_are_one_write() -> None:
    written: list[str] = []
    log = AccessLog(written.append, LogFormat.JSON, noon)
    add(log, "/a")
    add(log, "/b")
    assert written == []
    await asyncio.sleep(0)
    add(log, "/c")
    await asyncio.sleep(0)
    assert [[json.loads(line)["path"] for line in text.splitlines()] for text in written] == [
        ["/a", "/b"],
        ["/c"],
    ]
    assert json.loads(written[1]) == {
        "event": "request",
        "level": "info",
        "method": "GET",
        "ms": 1.234,
        "path": "/c",
        "principal": "ann",
        "request_id": "r-1",
        "status": 200,
        "timestamp": "2026-01-01T12:00:00.000000Z",
    }


async def test_text_cannot_forge_a_second_line_and_shows_no_password() -> None:
    written: list[str] = []
    log = AccessLog(written.append, LogFormat.CONSOLE, noon)
    add(log, "/x\n2026 [error] forged postgres://ann:s3cret@db/x")
    await asyncio.sleep(0)
    (text,) = written
    assert text.count("\n") == 1
    assert "s3cret" not in text
