"""What a kind of job is: how its order is checked and divided, what a unit does, and how units are put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol, TypeAlias

from domain.jobs import Job, JobKind, Planned, Unit
from domain.words import JSONValue
from serving.services import Services

Parameters: TypeAlias = Mapping[str, JSONValue]
Advance: TypeAlias = Callable[[int], None]
"""Told how many rows of a unit have been gone through until now; costs nothing."""

HIDDEN = "_"
"""Begins the names of parameters that are for workers alone, and shown to nobody."""


class Kind(Protocol):
    """One thing that jobs do. It holds nothing of its own: any process may be asked for any part of it."""

    kind: JobKind
    newest_first: bool
    """Whether the results of units are put together from the highest range down; else from the lowest up."""

    async def plan(self, services: Services, parameters: Parameters) -> Planned:
        """What becomes of an order. Raises an ArbiterError for whatever is wrong with it, before anything is stored."""

    def identity(self, services: Services, parameters: Parameters) -> dict[str, JSONValue]:
        """What this process would run a unit with, to be compared with that of the plan. Raises ArbiterError."""

    async def run(self, services: Services, job: Job, unit: Unit, advance: Advance) -> JSONValue:
        """Do one unit, outside any transaction; what came of it, as little as is needed.

        It may be run again, even while another process still runs it: whatever it writes is the same each time.
        """

    async def result(self, services: Services, job: Job, results: AsyncIterator[Any]) -> JSONValue:
        """What came of the job, from the results of all units in the order of their ranges.

        It depends on nothing else, so that it is the same to the last bit whoever has run what.
        """


def shown(parameters: Parameters) -> dict[str, JSONValue]:
    """The parameters of a job without what is for workers alone.

    >>> shown({"algorithm": 3, "_salt": "ab"})
    {'algorithm': 3}
    """
    return {name: value for name, value in parameters.items() if not name.startswith(HIDDEN)}
