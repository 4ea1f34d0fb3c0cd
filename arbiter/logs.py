"""Logs: one event a line on standard error, for people or machines, with the request's id and no secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

from arbiter.settings import LogFormat, Settings, mask_password

LONGEST_VALUE = 2_000
LONGEST_TRACEBACK = 20_000
SECRET_KEYS = frozenset({"authorization", "api_key", "x-api-key", "secret", "password", "token", "cookie"})
MASK = "***"

_QUIET = {"tortoise": logging.WARNING, "uvicorn.access": logging.CRITICAL, "asyncio": logging.WARNING}


def configure(settings: Settings) -> None:
    """Send structlog and the standard library's logging through one set of processors to standard error."""
    level = logging.getLevelName(settings.log_level.upper())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        scrub,
    ]
    render = _renderer(settings.log)
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
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


def _renderer(log: LogFormat) -> structlog.typing.Processor:
    if log is LogFormat.JSON:
        return structlog.processors.JSONRenderer(serializer=_json)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())


def _json(event: object, **_ignored: object) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
