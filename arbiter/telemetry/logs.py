"""Logs: one event a line on standard error, for people or machines, with the request's id and no secrets."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any, Protocol, TextIO, cast

import orjson
import structlog
from structlog.typing import ExcInfo

from arbiter.addresses import mask_password
from arbiter.settings import LogFormat, Settings

LONGEST_VALUE = 2_000
LONGEST_TRACEBACK = 20_000
LONGEST_TEXT = 200
SECRET_KEYS = frozenset({"authorization", "api_key", "x-api-key", "secret", "password", "token", "cookie"})
MASK = "***"

_QUIET = {
    "tortoise": logging.WARNING,
    "aiosqlite": logging.WARNING,
    "python_multipart": logging.WARNING,
    "uvicorn.access": logging.CRITICAL,
    "uvicorn.error": logging.INFO,
    "asyncio": logging.WARNING,
}
"""Libraries that would tell, in their own debug lines, the values of statements, forms and WebSocket frames."""


class LogStream(Protocol):
    """What logs are written to."""

    def write(self, text: str, /) -> int:
        """Take a text."""

    def flush(self) -> None:
        """Have it written."""


def configure(settings: Settings, stream: LogStream | None = None, *, pid: int | None = None) -> None:
    """Send structlog, the standard library's logging through one set of processors.

    They go to `stream`, else to standard error. With a `pid` each line names the process.
    """
    stream = stream or sys.stderr
    level = logging.getLevelName(settings.log_level.upper())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(format_exceptions),
        scrub,
        *([] if pid is None else [_named(pid)]),
    ]
    render = _renderer(settings.log)
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, stream)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(max(level, least))


def _named(pid: int) -> structlog.typing.Processor:
    def name(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["pid"] = pid
        return event

    return name


def scrub(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask what looks like a secret and cut what is long, in every line that is written.

    >>> scrub(None, "info", {"event": "connect postgres://ann:s3cret@db/x", "api_key": "abc"})
    {'event': 'connect postgres://ann:***@db/x', 'api_key': '***'}
    """
    for key, value in event.items():
        if key.lower() in SECRET_KEYS:
            event[key] = MASK
        elif isinstance(value, str):
            longest = LONGEST_TRACEBACK if key == "exception" else LONGEST_VALUE
            event[key] = mask_password(value if len(value) <= longest else value[:longest] + "…")
    return event


def format_exceptions(exc_info: ExcInfo) -> str:
    """The tracebacks of an exception and of those behind it, the first cause first.

    The text of each is cut to 200 characters: it may quote a value, and must not quote a whole input.
    """
    return "\n\n".join(_format_error(error) for error in reversed(list(_chain(exc_info[1]))))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting.append(one.__cause__ or (None if one.__suppress_context__ else one.__context__))
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions


def _format_error(error: BaseException) -> str:
    text = str(error)
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT] + "…"
    places = "".join(traceback.format_tb(error.__traceback__))
    head = f"Traceback (most recent call last):\n{places}" if places else ""
    return f"{head}{type(error).__qualname__}: {text}" if text else f"{head}{type(error).__qualname__}"


def _renderer(log: LogFormat) -> structlog.typing.Processor:
    if log is LogFormat.JSON:
        return structlog.processors.JSONRenderer(serializer=_json)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def _json(event: object, **_ignored: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
