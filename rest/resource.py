"""A URL and its methods: negotiation, rights, OPTIONS, and the headers that every answer carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TypeAlias
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as ASGIScope

from domain.callers import Principal, Scope, require
from domain.words import JSONValue
from rest.errors import NOT_FOUND, Family, HttpError, answer_to
from rest.fields import Fields
from rest.request_body import JSON, PARSES
from serving.services import Services

RENDERS = (JSON, "text/html")
FORMATS = frozenset({"json", "api"})
ACCEPTED = frozenset({JSON, "application/*", "*/*", "*", "text/html", "text/*"})
NO_RENDERER = "Could not satisfy the request Accept header."
ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")

_IS_JSON = (b"content-type", JSON.encode())

ID_DIGITS = 9
REQUEST_ID_DIGITS = 18

Handler = Callable[[Request], Awaitable[Response]]

Answer: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body of an answer that needs no object of its own."""


@dataclass(frozen=True)
class MethodHandler:
    """What one method of a URL does, the right it needs, and the points it costs; 0: `handle` takes them itself."""

    scope: Scope
    handle: Handler
    points: int = 1


@dataclass(frozen=True)
class Resource:
    """One URL of the contract: an ASGI application with a table of methods.

    `name` and `description` are what OPTIONS says; `actions` names the methods whose fields it lists.
    """

    name: str
    methods: Mapping[str, MethodHandler]
    family: Family = Family.RESOURCE
    description: str = ""
    actions: Mapping[str, Fields] | None = None

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Answer one request; no exception leaves but those of a stream that has begun."""
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        except Exception as error:
            response = self.failed(error)
        if scope["method"] == "HEAD":
            response.body = b""
        await self.complete(response)(scope, receive, send)

    def failed(self, error: Exception) -> Response:
        """The answer to any exception, before `complete`."""
        answer = answer_to(error, self.family)
        response = reply(answer.body, answer.status)
        response.headers.update(answer.headers)
        return response

    def complete(self, response: Response) -> Response:
        """The same answer with the headers that every one of this URL carries."""
        response.raw_headers.extend(self._headers)
        return response

    def answer(self, value: object, status: int) -> Answer:
        """What `complete` makes of a `reply`."""
        body = orjson.dumps(value)
        return status, [(b"content-length", b"%d" % len(body)), _IS_JSON, *self._headers], body

    async def _respond(self, request: Request) -> Response:
        negotiate(request)
        method = self._table.get(request.method)
        if method is None:
            if request.method == "OPTIONS":
                return reply(self._metadata)
            raise HttpError(405, {"detail": f'Method "{request.method}" not allowed.'})
        require(principal_of(request), method.scope)
        if method.points:
            charge(request, method.points)
        return await method.handle(request)

    @cached_property
    def _table(self) -> Mapping[str, MethodHandler]:
        return {**self.methods, **({"HEAD": self.methods["GET"]} if "GET" in self.methods else {})}

    @cached_property
    def _headers(self) -> list[tuple[bytes, bytes]]:
        allowed = ", ".join(method for method in ORDER if method in self._table or method == "OPTIONS")
        return [(b"vary", b"Accept, Origin"), (b"allow", allowed.encode())]

    @cached_property
    def _metadata(self) -> dict[str, object]:
        actions = {method: fields.metadata() for method, fields in (self.actions or {}).items()}
        return {
            "name": self.name,
            "description": self.description,
            "renders": RENDERS,
            "parses": PARSES,
            **({"actions": actions} if actions else {}),
        }


def negotiate(request: Request) -> None:
    """Check that JSON may be answered: `?format=`, the suffix of the URL, `Accept`.

    Raises HttpError: 404 for an unknown format, 406 when no media type fits. A browser's `text/html` gets JSON.
    """
    wanted = request.path_params.get("format")
    if wanted is None and b"format" in request.scope["query_string"]:
        wanted = query_of(request).get("format")
    if wanted and wanted not in FORMATS:
        raise HttpError(404, {"detail": NOT_FOUND})
    accept = request.headers.get("accept", "*/*")
    if accept not in {"*/*", JSON} and not _acceptable(accept):
        raise HttpError(406, {"detail": NO_RENDERER})


def _acceptable(accept: str) -> bool:
    choices = [choice.partition(";")[0].strip().lower() for choice in accept.split(",")]
    return not any(choices) or any(choice in ACCEPTED for choice in choices)


def reply(value: object, status: int = 200) -> Response:
    """An answer with a JSON body."""
    return Response(orjson.dumps(value), status, media_type=JSON)


def timestamp(time: datetime) -> str:
    """A time as the old service wrote it: in UTC with a `Z`, to the microsecond where there are any.

    >>> timestamp(datetime(2026, 11, 22, 13, 37, 15, 407667, tzinfo=UTC))
    '2026-11-22T13:37:15.407667Z'
    """
    return time.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def query_of(request: Request) -> dict[str, str]:
    """The parameters of the query string; the last of equal names wins, empty values stay."""
    text = request.scope["query_string"]
    return dict(parse_qsl(text.decode("latin-1"), keep_blank_values=True)) if text else {}


def query_values(request: Request, name: str) -> list[str]:
    """All values of one parameter of the query string, in their order."""
    text = request.scope["query_string"]
    pairs = parse_qsl(text.decode("latin-1"), keep_blank_values=True) if text else ()
    return [value for own, value in pairs if own == name]


def services_of(request: Request) -> Services:
    """The use cases of the application that a request reached."""
    services: Services = request.app.state.services
    return services


def principal_of(request: Request) -> Principal:
    """Who calls, as the application's middleware found out."""
    principal: Principal = request.scope["state"]["principal"]
    return principal


def charge(request: Request, points: int) -> None:
    """Take points from the caller's budget. Raises RateLimited when too few are left."""
    services_of(request).budgets.charge(principal_of(request), address_of(request), points)


def address_of(request: Request) -> str:
    """By what a caller without a key is told from others."""
    return services_of(request).budgets.address(
        principal_of(request), request.scope.get("client"), request.scope["headers"]
    )


def author_of(request: Request, sent: Mapping[str, JSONValue]) -> str:
    """Who a history names: the key or token that calls, whatever was sent; without one the `created_by` sent."""
    principal = principal_of(request)
    return str(sent["created_by"]) if principal.anonymous else principal.name


def id_of(request: Request, digits: int = ID_DIGITS) -> int:
    """The plain integer id in a URL. Raises HttpError (404) when it is none, or none that a row can have."""
    text = str(request.path_params["id"])
    if not (text.isascii() and text.isdecimal() and len(text) <= digits):
        raise HttpError(404, {"detail": NOT_FOUND})
    return int(text)
