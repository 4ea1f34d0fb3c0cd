"""The access log: one line a request, written together once a turn of the event loop.

A line through structlog's processors costs fifty microseconds, a sixth of a prediction; here its fields are known
beforehand, and the lines of one turn are one write (docs/performance.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

import orjson

from arbiter.addresses import mask_password
from arbiter.settings import LogFormat

LONGEST_PATH = 2_000
EVENT_WIDTH = 30

Fields: TypeAlias = dict[str, str | int | float | None]


class AccessLog:
    """Collects lines and gives them to `write` (such as `sys.stderr.write`) when the loop's turn ends."""

    def __init__(
        self,
        write: Callable[[str], object],
        log: LogFormat,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        pid: int | None = None,
    ) -> None:
        self._write = write
        self._render = as_json if log is LogFormat.JSON else as_text
        self._clock = clock
        self._pid = pid
        self._lines: list[str] = []

    def add(
        self,
        *,
        request_id: str,
        method: str,
        path: str,
        status: int,
        seconds: float,
        principal: str | None,
        trace_id: str | None = None,
    ) -> None:
        """Add the line of one answered call; `path` is without the query, which may hold anything."""
        if not self._lines:
            asyncio.get_running_loop().call_soon(self.flush)
        fields: Fields = {
            "method": method,
            "ms": round(seconds * 1000, 3),
            "path": mask_password(path[:LONGEST_PATH]),
            "principal": principal,
            "request_id": request_id,
            "status": status,
        }
        if trace_id is not None:
            fields["trace_id"] = trace_id
        if self._pid is not None:
            fields["pid"] = self._pid
        self._lines.append(self._render(self._clock(), fields))

    def flush(self) -> None:
        """Write what was collected."""
        lines, self._lines = self._lines, []
        self._write("".join(lines))


def as_json(moment: datetime, fields: Fields) -> str:
    r"""A line for machines, with the keys of every other log line.

    >>> as_json(datetime(2026, 1, 1, tzinfo=UTC), {"status": 200})
    '{"status":200,"event":"request","level":"info","timestamp":"2026-01-01T00:00:00.000000Z"}\n'
    """
    return orjson.dumps(
        {**fields, "event": "request", "level": "info", "timestamp": _timestamp(moment)},
        option=orjson.OPT_APPEND_NEWLINE,
    ).decode()


def as_text(moment: datetime, fields: Fields) -> str:
    r"""A line for people.

    >>> as_text(datetime(2026, 1, 1, tzinfo=UTC), {"path": "/a b", "status": 200})
    "2026-01-01T00:00:00.000000Z [info     ] request                        path='/a b' status=200\n"
    """
    pairs = " ".join([f"{name}={_quoted(value)}" for name, value in fields.items()])
    return f"{_timestamp(moment)} [info     ] {'request':{EVENT_WIDTH}} {pairs}\n"


def _timestamp(moment: datetime) -> str:
    """`isoformat` of a moment in UTC, which asks the time zone for its offset: that takes four times as long."""
    return "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ" % (  # noqa: UP031  an f-string takes twice as long
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond,
    )


def _quoted(value: str | float | None) -> str:
    if type(value) is not str:
        return str(value)
    return value if value.isprintable() and " " not in value and "=" not in value else repr(value)
