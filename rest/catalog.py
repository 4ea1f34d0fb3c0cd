"""The `endpoints` and `mlalgorithms` of the contract: read only; algorithms have their source text and status now."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from domain.callers import Scope
from domain.catalog.entries import Algorithm, Endpoint
from orm.queries.catalog.algorithms import code_of
from rest.resource import MethodHandler, Resource, id_of, reply, services_of, timestamp


async def list_endpoints(request: Request) -> Response:
    """Every endpoint, ascending by id."""
    endpoints = services_of(request).catalog.snapshot.endpoints
    return reply([_endpoint(endpoints[key]) for key in sorted(endpoints)])


async def show_endpoint(request: Request) -> Response:
    """One endpoint. Raises EndpointNotFound."""
    return reply(_endpoint(services_of(request).catalog.snapshot.endpoint(id_of(request))))


async def list_algorithms(request: Request) -> Response:
    """Every algorithm, ascending by id."""
    algorithms = services_of(request).catalog.snapshot.algorithms
    return reply(await _algorithms(request, [algorithms[key] for key in sorted(algorithms)]))


async def show_algorithm(request: Request) -> Response:
    """One algorithm. Raises AlgorithmNotFound."""
    algorithm = services_of(request).catalog.snapshot.algorithm(id_of(request))
    return reply((await _algorithms(request, [algorithm]))[0])


def _endpoint(endpoint: Endpoint) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "name": endpoint.name,
        "owner": endpoint.owner,
        "created_at": timestamp(endpoint.created_at),
    }


async def _algorithms(request: Request, algorithms: list[Algorithm]) -> list[dict[str, object]]:
    codes = await services_of(request).database.read(code_of, [algorithm.id for algorithm in algorithms])
    return [
        {
            "id": algorithm.id,
            "name": algorithm.name,
            "model_type": algorithm.kind,
            "description": algorithm.description,
            "code": codes.get(algorithm.id, ""),
            "version": algorithm.version,
            "owner": algorithm.owner,
            "created_at": timestamp(algorithm.created_at),
            "parent_endpoint": algorithm.endpoint_id,
            "current_status": algorithm.status,
        }
        for algorithm in algorithms
    ]


ENDPOINTS = Resource("Endpoint List", {"GET": MethodHandler(Scope.READ, list_endpoints)})
ENDPOINT = Resource("Endpoint Instance", {"GET": MethodHandler(Scope.READ, show_endpoint)})
ALGORITHMS = Resource("Ml Algorithm List", {"GET": MethodHandler(Scope.READ, list_algorithms)})
ALGORITHM = Resource("Ml Algorithm Instance", {"GET": MethodHandler(Scope.READ, show_algorithm)})
