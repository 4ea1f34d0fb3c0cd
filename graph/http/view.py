"""GraphQL over HTTP: one URL that takes operations, and gives a browser its page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import cache
from http import HTTPStatus
from typing import TypeAlias

from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from domain.callers import Principal
from domain.pacing import ANSWER_OBJECTS_ON_LOOP, BODY_BYTES_ON_LOOP, in_thread_if, let_go
from graph.http.answers import answered, encode, encode_in_turns, error_response, retry_after
from graph.http.event_stream import EventStream
from graph.http.foreign_pages import check_get
from graph.http.negotiation import EVENTS_TYPE, HTML_TYPE, JSON_TYPE, negotiated, wants_events
from graph.http.pages import Pages
from graph.http.parameters import GraphQLRequest, body_of, check_content_type, of_body, of_query_string
from graph.http.refusal import Refusal, refuse_method
from graph.http.streams import Streams
from graph.operation.context import Charge, Context
from graph.operation.executable_schema import ExecutableSchema
from graph.options import GraphOptions
from serving.services import Services

# Answers are for one caller at one moment, and never a page or a script, whatever they hold.
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}

METHODS = ("GET", "POST")

# What the answer to a GET depends on besides its URL, for proxies that keep answers whatever they are told.
VARY = "Accept, Authorization, X-API-Key, Origin"

# A caller who sends this header sees what its operations cost.
SHOW_COST = "graphql-cost"

Answer: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes]
"""Status, headers and body of an answer that needs no object of its own."""

QUERIES = frozenset({OperationType.QUERY})
ALL_OPERATIONS = frozenset({OperationType.QUERY, OperationType.MUTATION})


class GraphQLView:
    """The ASGI endpoint that takes operations; `schema_of` gives the schema that they run on."""

    def __init__(
        self,
        options: GraphOptions,
        schema_of: Callable[[Services], Awaitable[ExecutableSchema]],
        streams: Streams,
        pages: Pages,
    ) -> None:
        self.options = options
        self.schema_of = schema_of
        self.streams = streams
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        request = Request(scope, receive)
        try:
            response = await self.answer(request)
        except Refusal as refusal:
            response = _refusal(refusal, request.headers.get("accept", ""))
        except ClientDisconnect:
            return
        if request.method == "GET" and isinstance(response, Response):
            response.headers["vary"] = VARY
        await response(scope, receive, send)

    async def answer(self, request: Request) -> Response | EventStream:
        """The answer to a call. Raises Refusal for what is no GraphQL request."""
        if request.method not in METHODS:
            refuse_method(f"{request.method} is not allowed here", ", ".join(METHODS))
        accept = request.headers.get("accept", "")
        if wants_events(accept):
            return await self.subscribe(request)
        by_get = request.method == "GET"
        media_type = negotiated(accept, html=by_get and self.pages.wanted(request.query_params))
        if media_type == HTML_TYPE:
            root = request.scope.get("root_path", "")
            return await self.pages.page(request.state.principal, request.app.state.services, root=root)
        context = self.context_of(request)
        sent = await self.read(request, context)
        if isinstance(sent, list):
            context.until = asyncio.get_running_loop().time() + self.options.limits.seconds
            results = [await self.execute_one_of_many(context, one) for one in sent]
            return await _answer_to_many(context, results, media_type)
        response = await self.answer_one(context, sent, media_type, queries_only=by_get)
        if context.long and sent.variables:
            await let_go(sent.variables)
        return response

    async def answer_one(
        self, context: Context, sent: GraphQLRequest, media_type: str, *, queries_only: bool
    ) -> Response:
        """The answer to one operation. Raises Refusal as `execute` does."""
        context.until = asyncio.get_running_loop().time() + self.options.limits.seconds
        result = await self.execute(context, sent, queries_only=queries_only)
        return await self.respond(context, result, media_type)

    async def respond(self, context: Context, result: ExecutionResult, media_type: str) -> Response:
        """The response to the result of one operation."""
        response = await _answer(context, *answered(result, media_type), media_type)
        if result.data and context.listed > ANSWER_OBJECTS_ON_LOOP:
            await let_go(result.data)
        if result.errors:
            response.headers.update(retry_after(result))
        return response

    async def answer_plainly(
        self, services: Services, scope: Scope, accept: str, body: bytes
    ) -> Answer | None:
        """What this URL answers to one operation in a JSON body that came by POST, without headers that say more.

        None, and nothing is done, unless it is one. It is a matter of time alone: what anything means stands in
        `answer` and in what both call. `accept` must be one that `negotiation.takes`.
        """
        media_type = negotiated(accept, html=False)
        try:
            sent = of_body(body)
        except Refusal:
            return None
        context = self._context(services, scope, is_shown=bool(self.options.show_cost))
        context.sent = len(body)
        if isinstance(sent, list) or context.sent > self.options.limits.body:
            return None
        context.until = asyncio.get_running_loop().time() + self.options.limits.seconds
        try:
            result = await self.execute(context, sent, queries_only=False)
            if not result.errors and context.listed <= ANSWER_OBJECTS_ON_LOOP and not context.has_long_rows:
                status, payload = answered(result, media_type)
                return plain_answer(status, encode(payload), media_type)
            response = await self.respond(context, result, media_type)
        except Refusal as refusal:
            response = _refusal(refusal, accept)
        return response.status_code, response.raw_headers, bytes(response.body)

    async def subscribe(self, request: Request) -> EventStream:
        """The events of a subscription; what is wrong with it is the only one. Raises Refusal as `answer` does."""
        context = self.context_of(request)
        sent = await self.read(request, context)
        if isinstance(sent, list):
            raise Refusal(
                HTTPStatus.BAD_REQUEST, "a list of operations has no events: subscribe to one at a time"
            )
        request.state.endless = True
        stream = EventStream(getattr(request.state, "admit", None), self.streams.pacer)
        stream.events = await self.streams.open(
            await self.schema_of(context.services),
            context.services,
            context.principal,
            sent,
            address=context.charge.address,
            resume_after=request.headers.get("last-event-id"),
            on_end=stream.cut,
        )
        return stream

    async def read(self, request: Request, context: Context) -> GraphQLRequest | list[GraphQLRequest]:
        """What a call says. Raises Refusal for what is no GraphQL request, or may not be sent from where it was."""
        if request.method == "GET":
            check_get(
                request.headers,
                context.principal,
                development=self.options.development,
                trusted_origin=getattr(request.state, "trusted_origin", False),
            )
            return of_query_string(request.query_params)
        check_content_type(request.headers)
        body = await body_of(request, self.options.limits.body)
        context.sent = len(body)
        context.long = context.sent > BODY_BYTES_ON_LOOP
        return await in_thread_if(context.long, of_body, body, self.options.limits.batch)

    def context_of(self, request: Request) -> Context:
        """The surroundings of a call's operations."""
        shown = self.options.show_cost
        return self._context(
            request.app.state.services,
            request.scope,
            is_shown=SHOW_COST in request.headers if shown is None else shown,
        )

    def _context(self, services: Services, scope: Scope, *, is_shown: bool) -> Context:
        state = scope["state"]
        principal: Principal = state["principal"]
        address = services.budgets.address(principal, scope.get("client"), scope["headers"])
        return Context(
            services,
            principal,
            self.options.limits,
            Charge(address, is_shown=is_shown),
            request_id=state.get("request_id"),
        )

    async def execute_one_of_many(self, context: Context, parameters: GraphQLRequest) -> ExecutionResult:
        """The result of one operation of a list; those before it have run, so that it cannot refuse the call."""
        try:
            return await self.execute(context.forget(), parameters, queries_only=False)
        except Refusal as refusal:
            error = GraphQLError(refusal.message, extensions={"code": refusal.code})
            return ExecutionResult(data=None, errors=[error])
        finally:
            context.charge.earlier += context.charge.points

    async def execute(
        self, context: Context, parameters: GraphQLRequest, *, queries_only: bool
    ) -> ExecutionResult:
        """Run the operation. Raises Refusal when there is none to run, or when it may not come by GET."""
        schema = await self.schema_of(context.services)
        try:
            text = schema.documents.trusted.text(parameters.query, parameters.document_id)
        except GraphQLError as error:
            return ExecutionResult(data=None, errors=[error])
        try:
            return await schema.answer(
                text,
                context,
                variables=parameters.variables,
                operation_name=parameters.operation_name,
                allowed=QUERIES if queries_only else ALL_OPERATIONS,
            )
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise Refusal(
                    HTTPStatus.NOT_ACCEPTABLE,
                    f"a subscription needs `Accept: {EVENTS_TYPE}`, or a WebSocket: its answers have no end",
                ) from None
            refuse_method("a mutation must be sent by POST", "POST")
        except MissingQueryError:
            raise Refusal(HTTPStatus.BAD_REQUEST, "query is empty: send an operation in it") from None
        except CannotGetOperationTypeError:
            raise Refusal(
                HTTPStatus.BAD_REQUEST,
                "operationName names no operation of the document"
                if parameters.operation_name
                else "the document needs exactly one operation, or an operationName that says which",
            ) from None


async def _answer(context: Context, status: int, payload: object, media_type: str) -> Response:
    if context.has_long_rows:
        content = await encode_in_turns(payload, longest=1)
    elif context.listed > ANSWER_OBJECTS_ON_LOOP:
        content = await encode_in_turns(payload)
    else:
        content = encode(payload)
    return Response(content, status, headers=HEADERS, media_type=f"{media_type}; charset=utf-8")


def plain_answer(status: int, content: bytes, media_type: str) -> Answer:
    """What `_answer` makes of encoded content."""
    before, after = _headers_of(media_type)
    return status, [*before, (b"content-length", b"%d" % len(content)), after], content


@cache
def _headers_of(media_type: str) -> tuple[list[tuple[bytes, bytes]], tuple[bytes, bytes]]:
    named = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    return named, (b"content-type", f"{media_type}; charset=utf-8".encode())


async def _answer_to_many(context: Context, results: list[ExecutionResult], media_type: str) -> Response:
    """Each operation's response in a list; the status tells only whether all were refused for the same budget."""
    answers = [answered(result, media_type) for result in results]
    spent = all(status == HTTPStatus.TOO_MANY_REQUESTS for status, _ in answers)
    status = HTTPStatus.TOO_MANY_REQUESTS if spent else HTTPStatus.OK
    response = await _answer(context, status, [payload for _, payload in answers], media_type)
    if spent:
        response.headers.update(retry_after(results[-1]))
    return response


def _refusal(refusal: Refusal, accept: str) -> Response:
    try:
        media_type = negotiated(accept, html=False)
    except Refusal:
        media_type = JSON_TYPE
    return Response(
        encode(error_response(refusal.message, refusal.code)),
        refusal.status.value,
        headers=HEADERS | refusal.headers,
        media_type=f"{media_type}; charset=utf-8",
    )
