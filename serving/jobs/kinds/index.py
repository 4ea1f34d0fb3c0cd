"""Indexing of what is stored as a job: a unit a feature, each of which goes on where it was interrupted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from domain.catalog.entries import Endpoint
from domain.errors import InvalidInput
from domain.jobs import Job, JobKind, Planned, Unit, UnitRange
from domain.words import JSONValue
from orm.queries.catalog.index_runs import CONFIDENCE, IndexRun
from orm.queries.jobs import replay_rows
from serving.jobs.kinds.kind import Advance, Parameters
from serving.services import Services


class IndexKind:
    """Puts stored requests into the index of features, and fills in confidences."""

    kind = JobKind.INDEX
    newest_first = False

    async def plan(self, services: Services, parameters: Parameters) -> Planned:
        """See `Kind`. One job an endpoint at a time. Raises EndpointNotFound, InvalidInput."""
        endpoint, features = _wanted(services, parameters)
        newest = await services.database.read(replay_rows.newest_of, endpoint.id)
        rows = await services.database.read(replay_rows.count_between, endpoint.id, 0, newest + 1)
        units = tuple(UnitRange(number, number + 1, rows) for number, _ in enumerate(features))
        kept: dict[str, JSONValue] = {
            "endpoint": endpoint.name,
            "feature": parameters.get("feature"),
            "features": [*features],
        }
        return Planned(kept, self.identity(services, kept), units, slot=f"index:{endpoint.id}")

    def identity(self, services: Services, parameters: Parameters) -> dict[str, JSONValue]:
        """The digest of the endpoint's declaration, by which inputs are read."""
        endpoint, _ = _wanted(services, parameters)
        spec = services.catalog.snapshot.spec_of(endpoint.id)
        return {"declaration": None if spec is None else spec.digest}

    async def run(self, services: Services, job: Job, unit: Unit, advance: Advance) -> JSONValue:
        """Index by one feature; where a worker ended after it had done so, nothing is gone through again."""
        endpoint, _ = _wanted(services, job.parameters)
        features = job.parameters["features"]
        feature = features[unit.lo] if isinstance(features, list) else None
        if not isinstance(feature, str):
            raise InvalidInput(f"{job} has no feature of number {unit.lo}.")
        run = await services.indexed_features.run_of(endpoint, feature)
        if run is None or run.finished_at is None or run.finished_at < job.created_at:
            run = await services.indexed_features.index_one(
                endpoint, feature, progress=lambda done, _: advance(min(done, unit.rows))
            )
        return _row(run)

    async def result(self, services: Services, job: Job, results: AsyncIterator[Any]) -> JSONValue:
        """What `arbiter index --json` prints."""
        return [one async for one in results]


def _wanted(services: Services, parameters: Parameters) -> tuple[Endpoint, list[str]]:
    feature = parameters.get("feature")
    return services.indexed_features.wanted(
        str(parameters.get("endpoint")), None if feature is None else str(feature)
    )


def _row(run: IndexRun) -> JSONValue:
    return {
        "feature": "confidence" if run.feature == CONFIDENCE else run.feature,
        "requests": run.requests,
        "indexed": run.indexed,
        "refused": run.refused,
    }
