"""Jobs: one order over many rows, which workers carry out unit by unit, on any number of processes and machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.words import JSONValue


class JobKind(StrEnum):
    """What a job does with its rows."""

    REPLAY = "replay"
    INDEX = "index"
    REBUILD = "rebuild"
    EXPORT = "export"
    PREDICT = "predict"
    FEEDBACK = "feedback"


class JobState(StrEnum):
    """How far a job is. Workers take units of those that wait or run."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (JobState.WAITING, JobState.RUNNING)
RESUMABLE = (JobState.FAILED, JobState.CANCELLED)


class UnitState(StrEnum):
    """How far a unit is; a running one whose lease is over waits for another worker."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class UnitRange:
    """A unit as it is planned: from `lo` up to but not including `hi`, with so many rows."""

    lo: int
    hi: int
    rows: int


@dataclass(frozen=True, slots=True)
class Planned:
    """What a kind makes of an order: its parameters in full, what every unit must be run with, and the units.

    slot: what no two jobs may hold at once; None where any number may run beside each other.
    """

    parameters: Mapping[str, JSONValue]
    identity: Mapping[str, JSONValue]
    units: tuple[UnitRange, ...]
    slot: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One order over many rows.

    identity: what every unit must be run with, such as the digest of a model; release: of Arbiter, by which it was
    planned. units, rows: in all; units_done, units_failed, rows_done: until now. result: JSON, of one
    that is done and was asked for by itself. error: why it failed.
    """

    id: int
    kind: JobKind
    state: JobState
    parameters: Mapping[str, JSONValue]
    identity: Mapping[str, JSONValue]
    release: str
    units: int
    rows: int
    created_by: str
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    result: str | None = None
    error: str | None = None
    units_done: int = 0
    units_failed: int = 0
    rows_done: int = 0

    @property
    def active(self) -> bool:
        """Whether workers take units of it."""
        return self.state in ACTIVE

    def __str__(self) -> str:
        return f"job {self.id} ({self.kind})"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that a worker holds: whoever knows the token may store what came of it."""

    id: int
    job_id: int
    number: int
    lo: int
    hi: int
    rows: int
    token: str
    attempts: int

    def __str__(self) -> str:
        return f"unit {self.number} ({self.lo}..{self.hi}) of job {self.job_id}"


@dataclass(frozen=True, slots=True)
class FailedUnit:
    """A unit that could not be done, and why."""

    number: int
    lo: int
    hi: int
    error: str
