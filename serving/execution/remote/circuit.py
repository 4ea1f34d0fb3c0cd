"""A circuit breaker: after some failures in a row nothing is sent for a while, and then one batch as a trial."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

FAILURES = 5
"""Batches in a row without an answer that open the circuit."""
PAUSE_SECONDS = 5.0
"""How long nothing is sent after that."""


class State(StrEnum):
    """Closed lets everything through, open nothing, half-open one batch at a time."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Circuit:
    """Counts what a far side fails at; `timer` gives seconds."""

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        pause: float = PAUSE_SECONDS,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most, self._pause, self._timer = failures, pause, timer
        self._on_change: Callable[[], None] = lambda: None
        self._failed = 0
        self._until = 0.0
        self.state = State.CLOSED
        self.reason: str | None = None
        self.opened = 0

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have `callback` called whenever it opens."""
        self._on_change = callback

    @property
    def resting(self) -> bool:
        """Whether it is open and its pause is not over."""
        return self.state is State.OPEN and self._timer() < self._until

    def succeeded(self) -> None:
        """A batch was answered, be it with an error about its rows."""
        self._failed = 0
        if self.state is State.HALF_OPEN:
            self.state, self.reason = State.CLOSED, None

    def failed(self, reason: str) -> None:
        """A batch had no answer, or one that says that the next one will have none."""
        self._failed += 1
        if self.state is State.HALF_OPEN or (self.state is State.CLOSED and self._failed >= self._most):
            self.state, self.reason = State.OPEN, reason
            self.opened += 1
            self._until = self._timer() + self._pause
            self._on_change()

    def try_again(self) -> None:
        """The far side says that it is ready: once the pause is over, a batch may try."""
        if self.state is State.OPEN and not self.resting:
            self.state = State.HALF_OPEN
