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
class EndpointRevision:
    """A declaration of an endpoint that was taken; that with the highest `number` holds.

    `declaration` is the JSON text of its endpoint.json. `breaking` is why it was taken although it refuses calls which
    the one before it took; None where it refuses none.
    """

    id: int
    endpoint_id: int
    number: int
    digest: str
    declaration: str
    breaking: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A trained model of one endpoint, with its active status or None.

    `digest` is of the manifest that it was published with; None for a class, and for what was there before. One that is
    withdrawn is never chosen again, and keeps its name, its version and its requests.
    """

    id: int
    endpoint_id: int
    name: str
    kind: Kind
    version: str
    description: str
    owner: str
    created_at: datetime
    status: Status | None
    digest: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None

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
