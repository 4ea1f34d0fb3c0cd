"""GraphQL over HTTP: one URL that takes operations, and gives a browser its page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graph.answers import LONG_ANSWER, answered, encode, encode_in_turns
from graph.context import Context
from graph.errors import BAD_REQUEST
from graph.graphiql.examples import example_endpoints, example_tabs
from graph.graphiql.page import page_headers, render_page
from graph.negotiation import HTML_TYPE, JSON_TYPE, negotiated
from graph.options import GraphOptions
from graph.parameters import Parameters, body_of, check_content_type, of_body, of_query_string
from graph.refused import Refused, refuse_method
from graph.schema import Schema
from serving.services import Services

# From this size on (bytes of a body) it pays to leave the event loop.
LONG_BODY = 64 * 1024

QUERIES = frozenset({OperationType.QUERY})
ALL_OPERATIONS = frozenset({OperationType.QUERY, OperationType.MUTATION})


class GraphQLView:
    """The ASGI endpoint that takes operations; `schema_of` gives the schema that they run on."""

    def __init__(self, options: GraphOptions, schema_of: Callable[[Services], Awaitable[Schema]]) -> None:
        self.options = options
        self.schema_of = schema_of
        self.methods = "GET, POST" if options.development else "POST"

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
            refuse_method(f"{request.method} is not allowed here", self.methods)
        by_get = request.method == "GET"
        media_type = negotiated(request.headers.get("accept", ""), html=by_get)
        if media_type == HTML_TYPE:
            return await asyncio.to_thread(self.page, request.app.state.services)
        context = Context(request.app.state.services, request.state.principal, self.options.limits)
        if by_get:
            parameters = of_query_string(request.query_params)
        else:
            check_content_type(request.headers)
            body = await body_of(request, self.options.limits.body)
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
        schema = await self.schema_of(context.services)
        try:
            return await schema.execute(
                parameters.query,
                variable_values=parameters.variables,
                context_value=context,
                operation_name=parameters.operation_name,
                allowed_operation_types=QUERIES if queries_only else ALL_OPERATIONS,
            )
        except InvalidOperationTypeError:
            refuse_method("a mutation must be sent by POST", "POST")
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
        page = render_page(tabs=tabs, endpoint_path=self.options.path)
        return HTMLResponse(page, headers=page_headers())


def _refusal(refusal: Refused, accept: str) -> Response:
    try:
        media_type = negotiated(accept, html=False)
    except Refused:
        media_type = JSON_TYPE
    body = {"errors": [{"message": refusal.message, "extensions": {"code": BAD_REQUEST}}]}
    return Response(
        encode(body), refusal.status.value, headers=refusal.headers, media_type=f"{media_type}; charset=utf-8"
    )
