"""GraphQL over HTTP: one URL that takes operations, and gives a browser its page."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NoReturn, cast

import orjson
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graph.context import Context
from graph.errors import BAD_REQUEST
from graph.graphiql.assets import graphiql_asset
from graph.graphiql.examples import example_endpoints, example_tabs
from graph.graphiql.page import page_headers, render_page
from graph.limits import GraphLimits
from graph.long_lists import fragments
from graph.schema import Schema
from serving.services import Services

JSON_TYPE = "application/json"
GRAPHQL_TYPE = "application/graphql-response+json"
HTML_TYPE = "text/html"

# From these sizes on (bytes of a body, objects in an answer) it pays to leave the event loop or to take turns on it.
LONG_BODY = 64 * 1024
LONG_ANSWER = 500

QUERIES = frozenset({OperationType.QUERY})
ALL_OPERATIONS = frozenset({OperationType.QUERY, OperationType.MUTATION})


class Refused(Exception):
    """A call that is no GraphQL request; answered with `status` and the reason."""

    def __init__(self, status: HTTPStatus, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a GraphQL request says."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


def graphql_routes(
    *, limits: GraphLimits | None = None, development: bool = True, path: str = "/graphql"
) -> list[BaseRoute]:
    """The routes of the GraphQL edge: operations and the page at `path`, the page's assets below it.

    In `development` queries may also come by GET, a browser gets GraphiQL, and the schema can be asked for its
    types; otherwise none of these. The application's state must hold `services`, each request's `principal`.
    """
    view = GraphQLView(limits or GraphLimits(), development=development, path=path)
    routes: list[BaseRoute] = [Route(path, view)]
    if development:
        routes.append(Route(f"{path}/assets/{{name}}", graphiql_asset))
    return routes


class GraphQLView:
    """The ASGI endpoint that takes operations."""

    def __init__(self, limits: GraphLimits, *, development: bool, path: str) -> None:
        self.limits = limits
        self.development = development
        self.path = path
        self.schema = Schema(limits, public=not development)
        self.methods = "GET, POST" if development else "POST"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        request = Request(scope, receive)
        try:
            response = await self.answer(request)
        except Refused as refusal:
            response = _refusal(refusal, request.headers.get("accept", ""))
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """The answer to a call. Raises Refused for what is no GraphQL request."""
        if request.method not in self.methods.split(", "):
            _refuse_method(f"{request.method} is not allowed here", self.methods)
        by_get = request.method == "GET"
        media_type = negotiated(request.headers.get("accept", ""), html=by_get)
        if media_type == HTML_TYPE:
            return await asyncio.to_thread(self.page, request.app.state.services)
        context = Context(request.app.state.services, request.state.principal, self.limits)
        if by_get:
            parameters = of_query_string(request.query_params)
        else:
            _check_content_type(request.headers)
            body = await _body(request, self.limits.body)
            context.long = len(body) > LONG_BODY
            parameters = of_body(body)
        result = await self.execute(context, parameters, queries_only=by_get)
        status, payload = answered(result, media_type)
        content = encode(payload) if context.listed <= LONG_ANSWER else await encode_in_turns(payload)
        return Response(content, status, media_type=f"{media_type}; charset=utf-8")

    async def execute(
        self, context: Context, parameters: Parameters, *, queries_only: bool
    ) -> ExecutionResult:
        """Run the operation. Raises Refused when there is none to run, or when it may not come by GET."""
        try:
            return await self.schema.execute(
                parameters.query,
                variable_values=parameters.variables,
                context_value=context,
                operation_name=parameters.operation_name,
                allowed_operation_types=QUERIES if queries_only else ALL_OPERATIONS,
            )
        except InvalidOperationTypeError:
            _refuse_method("a mutation must be sent by POST", "POST")
        except MissingQueryError:
            raise Refused(HTTPStatus.BAD_REQUEST, "query is empty: send an operation in it") from None
        except CannotGetOperationTypeError:
            raise Refused(
                HTTPStatus.BAD_REQUEST,
                "operationName names no operation of the document"
                if parameters.operation_name
                else "the document needs exactly one operation, or an operationName that says which",
            ) from None

    def page(self, services: Services) -> Response:
        """The page for a browser, with examples of the endpoints that are served."""
        tabs = example_tabs(example_endpoints(services.catalog.snapshot))
        return HTMLResponse(render_page(tabs=tabs, endpoint_path=self.path), headers=page_headers())


@lru_cache(maxsize=256)
def negotiated(accept: str, *, html: bool) -> str:
    """The media type to answer with, by an Accept header: the one with the highest q, the first of equals.

    Without the header, and for `*/*`, it is application/json. Raises Refused when nothing fits.

    >>> negotiated("application/json;q=0.5, application/graphql-response+json", html=False)
    'application/graphql-response+json'
    """
    offered = (JSON_TYPE, GRAPHQL_TYPE, HTML_TYPE) if html else (JSON_TYPE, GRAPHQL_TYPE)
    if not accept.strip():
        return JSON_TYPE
    ranked = sorted((_ranked(one) for one in accept.split(",")), key=lambda found: -found[1])
    for wanted, quality in ranked:
        if quality > 0:
            for name in offered:
                if wanted == name or (wanted in ("*/*", f"{name.split('/')[0]}/*") and name != HTML_TYPE):
                    return name
    raise Refused(
        HTTPStatus.NOT_ACCEPTABLE, f"Accept asks for nothing that is given here: {', '.join(offered)}"
    )


def _ranked(one: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in one.split(";"))
    quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
    try:
        return name, float(quality)
    except ValueError:
        return name, 0.0


def _check_content_type(headers: Headers) -> None:
    """Only JSON: a form of another site cannot send it without asking the browser first."""
    name, *parameters = (part.strip().lower() for part in headers.get("content-type", "").split(";"))
    if name != JSON_TYPE:
        said = f"not {name!r}" if name else "and there is none"
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type must be {JSON_TYPE}, {said[:80]}")
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the charset must be utf-8, as JSON's is")


async def _body(request: Request, most: int) -> bytes:
    """The whole body, unless it is longer than `most` bytes."""
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > most:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is longer than {most} bytes")
    return bytes(chunks)


def of_body(body: bytes) -> Parameters:
    """The request in a JSON body. Raises Refused, with the reason."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"the body is no JSON: {error}") from None
    if isinstance(found, list):
        raise Refused(
            HTTPStatus.BAD_REQUEST,
            "a list of operations is not taken: send one operation in an object; predictBatch takes many rows",
        )
    if not isinstance(found, dict):
        raise Refused(
            HTTPStatus.BAD_REQUEST, 'the body must be a JSON object such as {"query": "{ viewer { name } }"}'
        )
    return parameters_of(found)


def of_query_string(found: Mapping[str, str]) -> Parameters:
    """The request in a URL's parameters. Raises Refused, with the reason."""
    values: dict[str, Any] = dict(found)
    for name in ("variables", "extensions"):
        if values.get(name):
            try:
                values[name] = orjson.loads(values[name])
            except orjson.JSONDecodeError as error:
                raise Refused(HTTPStatus.BAD_REQUEST, f"{name} is no JSON: {error}") from None
        else:
            values.pop(name, None)
    return parameters_of(values)


def parameters_of(values: Mapping[str, Any]) -> Parameters:
    """The parameters of a request, checked. Raises Refused, naming the one that is wrong."""
    query, name = values.get("query"), values.get("operationName")
    variables, extensions = values.get("variables"), values.get("extensions")
    for wrong, reason in (
        (query is None, "query is absent: send an operation in it"),
        (query is not None and not isinstance(query, str), "query must be a text"),
        (not isinstance(name, str | None), "operationName must be a text or null"),
        (not isinstance(variables, dict | None), "variables must be an object or null"),
        (not isinstance(extensions, dict | None), "extensions must be an object or null"),
    ):
        if wrong:
            raise Refused(HTTPStatus.BAD_REQUEST, reason)
    return Parameters(cast(str, query), variables, name or None)


def answered(result: ExecutionResult, media_type: str) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the response. What was refused before it ran has no `data`, and for the newer media
    type status 400.
    """
    payload: dict[str, Any] = {}
    ran = result.data is not None or any(error.path is not None for error in result.errors or ())
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    if ran or not result.errors:
        payload["data"] = result.data
    return 200 if ran or media_type == JSON_TYPE else 400, payload


def encode(payload: object) -> bytes:
    """Any answer as JSON: always valid, with null for what is no JSON number."""
    try:
        return orjson.dumps(payload)
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits, lone surrogates and very deep values: the slow way can write them.
        return json.dumps(_finite(payload), allow_nan=False, separators=(",", ":")).encode()


async def encode_in_turns(payload: dict[str, Any]) -> bytes:
    """The same for a large answer, without holding up everything else."""
    try:
        return orjson.dumps(await fragments(payload, encode))
    except orjson.JSONEncodeError:
        return encode(payload)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _refuse_method(message: str, allowed: str) -> NoReturn:
    raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, f"{message}; allowed: {allowed}", {"Allow": allowed})


def _refusal(refusal: Refused, accept: str) -> Response:
    try:
        media_type = negotiated(accept, html=False)
    except Refused:
        media_type = JSON_TYPE
    body = {"errors": [{"message": refusal.message, "extensions": {"code": BAD_REQUEST}}]}
    return Response(
        encode(body), refusal.status.value, headers=refusal.headers, media_type=f"{media_type}; charset=utf-8"
    )
