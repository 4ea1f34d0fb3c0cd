"""The URLs of the old service, each in all its spellings; what they do stands in their entity's file."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from domain.callers import Scope
from rest import ab_tests, catalog, feedback, predict, requests, statuses
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
        "/{endpoint}/feedback": feedback.ONE,
        "/{endpoint}/feedback_batch": feedback.BATCH,
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
    return [
        *(Route(PREFIX + spelling, table[path]) for path in table for spelling in _spellings(path)),
        Route(PREFIX + "/{rest:path}", nothing_here, methods=ORDER),
    ]


def _spellings(path: str) -> list[str]:
    """Without and with a trailing slash, without and with a format suffix, in the order in which they are tried."""
    plain, suffixed = [path, path + "/"], [path + ".{format}", path + ".{format}/"]
    if path.endswith("/{id}"):
        return suffixed + plain  # the id of the plain spelling would take the suffix in
    return plain + suffixed if path else [*suffixed, *plain, "/.{format}"]
