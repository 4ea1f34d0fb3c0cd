"""Log lines on their way out: a bounded queue that a thread of its own empties, so that nobody waits for a reader.

A pipe whose reader has stopped takes some 64 KiB and then nothing: whoever writes into it waits. Here only the
thread waits. What comes while the queue is full is dropped and counted.
"""

from __future__ import annotations

import os
import select
import sys
import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Final

import structlog

MOST_WAITING: Final = 4 << 20
"""Characters that may wait: some 20,000 lines of the access log, or a stall of many seconds under full load."""

ACCESS_SHARE: Final = 0.5
"""Lines of the access log may fill this part of it; what is left is for lines that say what went wrong."""

PIECE: Final = 1 << 16
"""Characters written at once, as many as a pipe takes."""

GATHERING_SECONDS: Final = 0.02
"""Lines of the access log wait so long for others: waking the thread for each would cost the calls they tell of."""

LAST_WORDS_SECONDS: Final = 1.0
"""How long the end of the process waits for a reader."""

log = structlog.get_logger("arbiter.telemetry")


class LogQueue:
    """A text stream for logs whose `write` never waits; `put` is what writes, and may wait as long as it likes.

    Use it as a context: at the end what waits is written, unless nobody reads it.
    """

    def __init__(self, put: Callable[[str], object], *, most: int = MOST_WAITING) -> None:
        self._put = put
        self._most = most
        self._waiting: deque[tuple[str, str, int]] = deque()
        self._size = 0
        self._urgent = False
        self._closing = False
        self._unsaid = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self.lost = {"access": 0, "event": 0}

    def __enter__(self) -> LogQueue:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        places: TracebackType | None,
    ) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(LAST_WORDS_SECONDS)

    def write(self, text: str) -> int:
        """Take the line or lines of one event; the length of the text, as every stream answers."""
        with self._changed:
            if self._take("event", text, 1, self._most):
                self._urgent = True
                self._changed.notify()
        return len(text)

    def write_access(self, text: str) -> None:
        """Take lines of the access log, which are the first to be dropped."""
        with self._changed:
            idle = not self._waiting
            if self._take("access", text, text.count("\n"), int(self._most * ACCESS_SHARE)) and idle:
                self._changed.notify()

    def flush(self) -> None:
        """Nothing: the thread writes as soon as it can."""

    def _take(self, kind: str, text: str, lines: int, most: int) -> bool:
        if self._closing or self._size + len(text) > most:
            self._lose(kind, lines)
            return False
        self._waiting.append((kind, text, lines))
        self._size += len(text)
        return True

    def _lose(self, kind: str, lines: int) -> None:
        self.lost[kind] += lines
        self._unsaid += lines

    def _work(self) -> None:
        while (piece := self._next_piece()) is not None:
            text = "".join(text for _, text, _ in piece)
            try:
                self._put(text)
            except (OSError, ValueError):
                # The reader is gone, or the disk is full: there is nowhere to say so but the count.
                self._written(text, piece)
            else:
                self._written(text, ())

    def _written(self, text: str, lost: deque[tuple[str, str, int]] | tuple[()]) -> None:
        with self._changed:
            self._size -= len(text)
            for kind, _, lines in lost:
                self._lose(kind, lines)
            unsaid = 0 if lost or self._size > self._most * ACCESS_SHARE else self._unsaid
            self._unsaid -= unsaid
        if unsaid:
            log.warning("log lines were lost: nobody read them in time", lines=unsaid)

    def _next_piece(self) -> deque[tuple[str, str, int]] | None:
        """What is written next, once there is something; None when there is nothing more to come."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            self._changed.wait_for(lambda: self._urgent or self._closing, GATHERING_SECONDS)
            self._urgent = False
            if not self._waiting:
                return None
            piece: deque[tuple[str, str, int]] = deque()
            size = 0
            while self._waiting and size < PIECE:
                piece.append(self._waiting.popleft())
                size += len(piece[-1][1])
            return piece


def lines_to_standard_error(text: str) -> None:
    """Write whole lines together, no more than a pipe takes at once: others write into the same one.

    A line that is longer alone than that may be torn by another process's lines.
    """
    piece: list[str] = []
    size = 0
    for line in text.splitlines(keepends=True):
        length = len(line.encode("utf-8", "backslashreplace"))
        if piece and size + length > select.PIPE_BUF:
            to_standard_error("".join(piece))
            piece, size = [], 0
        piece.append(line)
        size += length
    to_standard_error("".join(piece))


def to_standard_error(text: str) -> None:
    """Write the whole text to standard error, however long that takes.

    Past Python's stream: its lock, held by a thread that waits, would keep everybody else waiting too.
    """
    descriptor = sys.stderr.fileno()
    rest = memoryview(text.encode("utf-8", "backslashreplace"))
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
