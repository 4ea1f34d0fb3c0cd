from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from arbiter.settings import LogFormat, Settings
from arbiter.telemetry import logs


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is written to standard error while JSON logs are on; logging is as before afterwards."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logs.configure(Settings.load(log=LogFormat.JSON))
    yield stream
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_both_kinds_of_loggers_write_the_same_objects(written: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="call-1"):
        structlog.get_logger("ours").warning("careful", count=2)
        logging.getLogger("theirs").warning("careful %s", 2)
    ours, theirs = events(written)
    assert {key: ours[key] for key in ("event", "level", "request_id", "count")} == {
        "event": "careful",
        "level": "warning",
        "request_id": "call-1",
        "count": 2,
    }
    assert (theirs["event"], theirs["level"], theirs["request_id"]) == ("careful 2", "warning", "call-1")


def test_lines_below_the_level_are_not_written(written: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("theirs").debug("detail")
    assert written.getvalue() == ""


def test_a_traceback_shows_no_local_variables(written: io.StringIO) -> None:
    def fail(secret: str) -> None:
        raise ValueError(f"{len(secret)} characters")

    try:
        fail("a-very-private-word")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("theirs").exception("failed")
    ours, theirs = events(written)
    assert ours["exception"].endswith("ValueError: 19 characters")
    assert theirs["exception"].endswith("ValueError: 19 characters")
    assert written.getvalue().count("private") == 2  # The two source lines in the tracebacks.


def test_secrets_are_masked_and_long_values_cut(written: io.StringIO) -> None:
    structlog.get_logger().info("postgres://ann:s3cret@db/x", Authorization="Bearer s3cret", text="x" * 5000)
    (event,) = events(written)
    assert event["event"] == "postgres://ann:***@db/x"
    assert event["Authorization"] == "***"
    assert event["text"] == "x" * 2000 + "…"


def test_the_text_of_an_exception_is_cut_and_its_causes_stand_before_it(written: io.StringIO) -> None:
    def fail(row: str) -> None:
        try:
            int(row)
        except ValueError as error:
            raise ExceptionGroup("two", [KeyError(row), OSError()]) from error

    try:
        fail("a whole input " * 100)
    except ExceptionGroup:
        structlog.get_logger().exception("failed")
        logging.getLogger("theirs").exception("failed")
    for event in events(written):
        text = event["exception"]
        assert text.count("a whole input") < 40
        assert max(len(line) for line in text.splitlines()) < 300
        ends = [part.splitlines()[-1][:22] for part in text.split("\n\n")]
        assert ends == [
            "ValueError: invalid li",
            "KeyError: 'a whole inp",
            "OSError",
            "ExceptionGroup: two (2",
        ]


def test_an_exception_that_is_its_own_cause_is_told_once(written: io.StringIO) -> None:
    error = ValueError("round")
    error.__cause__ = error
    structlog.get_logger().error("failed", exc_info=error)
    (event,) = events(written)
    assert event["exception"] == "ValueError: round"
