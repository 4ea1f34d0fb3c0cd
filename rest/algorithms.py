"""The `mlalgorithms` of the contract: read only, with their source text and their status now."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from domain.callers import Scope
from domain.catalog.entries import Algorithm
from orm.queries.catalog.algorithms import code_of
from rest.resource import MethodHandler, Resource, id_of, reply, services_of
from rest.timestamps import timestamp


async def list_all(request: Request) -> Response:
    """Every algorithm, ascending by id."""
    services = services_of(request)
    algorithms = services.catalog.snapshot.algorithms
    async with services.database.reader() as reader:
        codes = await code_of(reader, list(algorithms))
    return reply([_shape(algorithms[key], codes.get(key, "")) for key in sorted(algorithms)])


async def show(request: Request) -> Response:
    """One algorithm. Raises AlgorithmNotFound."""
    services = services_of(request)
    algorithm = services.catalog.snapshot.algorithm(id_of(request))
    async with services.database.reader() as reader:
        codes = await code_of(reader, [algorithm.id])
    return reply(_shape(algorithm, codes.get(algorithm.id, "")))


def _shape(algorithm: Algorithm, code: str) -> dict[str, object]:
    return {
        "id": algorithm.id,
        "name": algorithm.name,
        "model_type": algorithm.kind,
        "description": algorithm.description,
        "code": code,
        "version": algorithm.version,
        "owner": algorithm.owner,
        "created_at": timestamp(algorithm.created_at),
        "parent_endpoint": algorithm.endpoint_id,
        "current_status": algorithm.status,
    }


LIST = Resource("Ml Algorithm List", {"GET": MethodHandler(Scope.READ, list_all)})
ONE = Resource("Ml Algorithm Instance", {"GET": MethodHandler(Scope.READ, show)})
