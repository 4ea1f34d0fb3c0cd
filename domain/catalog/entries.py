"""What the catalogue holds: endpoints, algorithms and their statuses, and what could not be loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.words import Kind, Status


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A use case: what the data means and which features it has."""

    id: int
    name: str
    owner: str
    description: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A trained model of one endpoint, with its active status or None."""

    id: int
    endpoint_id: int
    name: str
    kind: Kind
    version: str
    description: str
    owner: str
    created_at: datetime
    status: Status | None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class AlgorithmStatus:
    """One row of an algorithm's status log; only the newest is active."""

    id: int
    algorithm_id: int
    status: Status
    active: bool
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LoadProblem:
    """An algorithm, endpoint or plug-in that could not be loaded, and why."""

    name: str
    reason: str
    endpoint: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
