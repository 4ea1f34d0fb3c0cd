"""The text of what is sent to the database, for people who want to see it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from tortoise.log import db_client_logger


class _Collector(logging.Handler):
    def __init__(self, sent: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._sent = sent

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a statement without its values."""
        if record.msg == "%s: %s" and isinstance(record.args, tuple):
            self._sent.append(str(record.args[0]))


@contextmanager
def statements_sent() -> Iterator[list[str]]:
    """The statements that the process sends in the block, without their values; BEGIN and COMMIT are not among them."""
    sent: list[str] = []
    handler = _Collector(sent)
    before = db_client_logger.level, db_client_logger.propagate
    db_client_logger.addHandler(handler)
    db_client_logger.setLevel(logging.DEBUG)
    db_client_logger.propagate = False
    try:
        yield sent
    finally:
        db_client_logger.removeHandler(handler)
        db_client_logger.setLevel(before[0])
        db_client_logger.propagate = before[1]
