"""The few protocols of the use cases, each with two real implementations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from domain.errors import Failure
from domain.requests.new_request import NewRequest
from domain.requests.request import Answer
from registry.features import Row

Clock: TypeAlias = Callable[[], datetime]
Observer: TypeAlias = Callable[[NewRequest, Failure | None], None]
"""Told of each row once it is durable, and why it has no answer where it has none."""
Progress: TypeAlias = Callable[[int, int], None]
"""Called after each chunk of work with the rows done and the rows in all."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may wait for one algorithm: rows in its queue, and seconds that a call waits for its answer."""

    queue_rows: int = 20_000
    """Two of the largest batches: whoever comes later is refused at once rather than kept waiting for a deadline."""
    deadline: float = 10.0


class Executor(Protocol):
    """Runs one algorithm: on the event loop when it is quick, in its worker thread when it is not."""

    @property
    def description(self) -> str:
        """How this algorithm runs and why, in one sentence."""

    @property
    def cost(self) -> float:
        """Seconds that one row alone took when the algorithm was loaded."""

    @property
    def bounds(self) -> Bounds:
        """How much may wait for this algorithm."""

    @property
    def waiting(self) -> int:
        """How many rows wait for the algorithm's thread."""

    def immediate(self, count: int) -> bool:
        """Whether so many rows are answered without leaving the event loop."""

    async def run(self, rows: Sequence[Row]) -> list[Answer | Failure]:
        """One answer or failure a row, in the order of `rows`. Raises Overloaded when too many rows wait."""

    async def close(self) -> None:
        """Finish what waits, then release the thread."""
