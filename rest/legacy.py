"""The URLs of the old service, each in all its spellings; what they do stands in their entity's file."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.callers import Scope
from rest import ab_tests, catalog, predict, requests, statuses
from rest.errors import NOT_FOUND
from rest.resource import ORDER, MethodHandler, Resource, reply

PREFIX = "/api/v1"
LISTS = ("endpoints", "mlalgorithms", "mlalgorithmstatuses", "mlrequests", "abtests")


async def links(request: Request) -> Response:
    """The addresses of the five lists."""
    base = str(request.base_url).rstrip("/") + PREFIX
    return reply({name: f"{base}/{name}" for name in LISTS})


async def nothing_here(request: Request) -> Response:
    """Any other URL."""
    return reply({"detail": NOT_FOUND}, 404)


ROOT = Resource(
    "Api Root",
    {"GET": MethodHandler(Scope.READ, links)},
    description="The default basic root view for DefaultRouter",
)


def legacy_routes(list_limit: int = 0) -> list[BaseRoute]:
    """Every URL under /api/v1; `list_limit` caps lists that are asked for without `?limit=` (0: no cap)."""
    table = {
        # The commonest call comes first: routes are tried in order.
        "/{endpoint:path}/predict": predict.ONE,
        "/{endpoint:path}/predict_batch": predict.BATCH,
        "/endpoints": catalog.ENDPOINTS,
        "/endpoints/{id}": catalog.ENDPOINT,
        "/mlalgorithms": catalog.ALGORITHMS,
        "/mlalgorithms/{id}": catalog.ALGORITHM,
        "/mlalgorithmstatuses": statuses.list_resource(list_limit),
        "/mlalgorithmstatuses/{id}": statuses.ONE,
        "/mlrequests": requests.list_resource(list_limit),
        "/mlrequests/{id}": requests.ONE,
        "/abtests": ab_tests.list_resource(list_limit),
        "/abtests/{id}": ab_tests.ONE,
        "/stop_ab_test/{id}": ab_tests.STOP,
        "": ROOT,
    }
    routes: list[BaseRoute] = []
    for path, resource in table.items():
        routes += [Route(PREFIX + spelling, resource) for spelling in _spellings(path)]
    return [*routes, Route(PREFIX + "/{rest:path}", nothing_here, methods=ORDER)]


def _spellings(path: str) -> Iterator[str]:
    """Without and with a trailing slash, without and with a format suffix."""
    if path.endswith("/{id}") or not path:
        # Tried before the plain spelling, whose id would take the suffix in.
        yield path + ".{format}"
        yield path + ".{format}/"
    yield path
    yield path + "/"
    if not path:
        yield "/.{format}"
    elif not path.endswith("/{id}"):
        yield path + ".{format}"
        yield path + ".{format}/"
