"""The `endpoints` of the contract: read only, from the catalogue in memory."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from domain.callers import Scope
from domain.catalog.entries import Endpoint
from rest.resource import MethodHandler, Resource, id_of, reply, services_of
from rest.timestamps import timestamp


async def list_all(request: Request) -> Response:
    """Every endpoint, ascending by id."""
    endpoints = services_of(request).catalog.snapshot.endpoints
    return reply([_shape(endpoints[key]) for key in sorted(endpoints)])


async def show(request: Request) -> Response:
    """One endpoint. Raises EndpointNotFound."""
    return reply(_shape(services_of(request).catalog.snapshot.endpoint(id_of(request))))


def _shape(endpoint: Endpoint) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "name": endpoint.name,
        "owner": endpoint.owner,
        "created_at": timestamp(endpoint.created_at),
    }


LIST = Resource("Endpoint List", {"GET": MethodHandler(Scope.READ, list_all)})
ONE = Resource("Endpoint Instance", {"GET": MethodHandler(Scope.READ, show)})
