"""Subscriptions over a WebSocket, as the protocol `graphql-transport-ws` has it: many on one connection."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import orjson
from starlette.types import Receive, Send
from starlette.types import Scope as ASGIScope
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from domain.callers import Principal, Scope, require
from domain.errors import (
    ArbiterError,
    Denied,
    ServerStopping,
    SlowConsumer,
    TooManySubscriptions,
    Unauthenticated,
)
from domain.input.credentials import FIRST_MESSAGE
from graph.http.answers import error_response
from graph.http.connection_init import NotAText, secret_of
from graph.http.parameters import GraphQLRequest, parameters_of
from graph.http.refusal import Refusal
from graph.http.socket_places import NoRoom, SocketPlace, SocketPlaces
from graph.http.streams import Event, Streams
from graph.operation.executable_schema import ExecutableSchema
from graph.options import GraphOptions
from serving.callers.budgets import connection_of
from serving.json_text import sent_json
from serving.live.follower import Follower
from serving.services import Services

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
CHECK_SECONDS = 10.0
CLOSE_SECONDS = 5.0
IDLE_SECONDS = 300.0
"""A client that follows nothing may come back when it wants to; some pages open a socket long before they use it."""
LONGEST_FIRST_MESSAGE = 16 * 1024
"""Bytes of a message before the caller is known: a key or token with its names."""
LONGEST_MESSAGE = 256 * 1024
"""Bytes of any message: the longest document, every character of it beyond ASCII, and 100 kB of variables. Only
subscriptions come this way, no rows of predictions, so that what a POST may hold is not needed here."""

NORMAL = 1000
INVALID = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
NO_PROTOCOL = 4406
INIT_TIMEOUT = 4408
SUBSCRIBER_EXISTS = 4409
SLOW = 4420
TOO_MANY_INITS = 4429
TOO_LARGE = 1009
FAILED = 1011
STOPPING = 1012
TRY_LATER = 1013

LONGEST_REASON = 123
"""Bytes that the protocol has room for beside the code."""

SchemaOf = Callable[[Services], Awaitable[ExecutableSchema]]

log = logging.getLogger("arbiter.graph")


class SocketClosure(Exception):
    """The connection must be closed with a code and a reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode("utf-8", "replace")[:LONGEST_REASON].decode("utf-8", "ignore")


class GraphQLSockets:
    """The ASGI endpoint that takes WebSockets."""

    def __init__(self, options: GraphOptions, schema_of: SchemaOf, streams: Streams) -> None:
        self._options = options
        self._schema_of = schema_of
        self._streams = streams
        self.places = SocketPlaces(options.sockets)

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Serve one connection until it is closed."""
        websocket = WebSocket(scope, receive, send)
        spoken = PROTOCOL if PROTOCOL in scope.get("subprotocols", ()) else None
        await websocket.accept(spoken)
        if spoken is None:
            await websocket.close(NO_PROTOCOL, f"the subprotocol must be {PROTOCOL}")
            return
        services: Services = websocket.app.state.services
        schema = await self._schema_of(services)
        connection = SocketConnection(websocket, self._options, schema, self._streams, self.places)
        principal: Principal = websocket.state.principal
        caller = connection_of(scope.get("client"), scope["headers"], services.budgets.proxies)
        try:
            connection.take_place(principal.name if not principal.anonymous else caller)
        except NoRoom as full:
            await websocket.close(TRY_LATER, str(full))
            return
        await connection.serve()


class SocketConnection:
    """One WebSocket: its caller, and the operations that run on it."""

    def __init__(
        self,
        websocket: WebSocket,
        options: GraphOptions,
        schema: ExecutableSchema,
        streams: Streams,
        places: SocketPlaces,
    ) -> None:
        self._websocket = websocket
        self._options = options
        self._schema = schema
        self._streams = streams
        self._places = places
        self._place: SocketPlace | None = None
        self._principal: Principal = websocket.state.principal
        self._authorization: str | None = None
        self._begun = False
        self._acknowledged = False
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._closing: asyncio.Future[SocketClosure] = asyncio.get_running_loop().create_future()
        self._used_at = 0.0

    def take_place(self, caller: str) -> None:
        """Take a place for this connection, until `serve` has ended. Raises NoRoom where there is none."""
        keyed = not self._principal.anonymous
        self._place = self._places.take(caller, self._make_way, keyed=keyed)

    def _make_way(self) -> None:
        self._end(
            SocketClosure(TRY_LATER, "connection_init had not come when another caller needed the place")
        )

    # One task listens, one checks the caller's key, and one runs for each operation. None of them closes the socket or
    # cancels another: each only says in `_closing` why the connection must end, and `serve` then cancels all. So the
    # close frame is the last that is sent, and no task waits for itself.

    async def serve(self) -> None:
        """Answer messages until either side closes."""
        tasks = [asyncio.ensure_future(self._listen()), asyncio.ensure_future(self._check())]
        until: list[asyncio.Future[Any]] = [*tasks, self._closing]
        try:
            await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._place is not None:
                self._places.leave(self._place)
            tasks += self._operations.values()
            for task in tasks:
                task.cancel()
            found = await asyncio.gather(*tasks, return_exceptions=True)
        if self._closing.done():
            await self._close(self._closing.result())
        # What a task did not expect is raised here, where uvicorn logs it; a client that has gone is expected.
        for problem in found:
            if isinstance(problem, Exception) and not isinstance(problem, WebSocketDisconnect):
                raise problem

    def _end(self, closing: SocketClosure) -> None:
        if not self._closing.done():
            self._closing.set_result(closing)

    async def _close(self, closing: SocketClosure) -> None:
        """Say why; a client that does not even read that is left without."""
        if self._websocket.application_state is not WebSocketState.CONNECTED:
            return
        with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._websocket.close(closing.code, closing.reason)

    async def _listen(self) -> None:
        try:
            async with asyncio.timeout(INIT_SECONDS) as waiting:
                while True:
                    await self._answer(await self._received())
                    if self._acknowledged:
                        waiting.reschedule(None)
        except TimeoutError:
            self._end(SocketClosure(INIT_TIMEOUT, "connection_init did not come in time"))
        except WebSocketDisconnect:
            return
        except SocketClosure as closing:
            self._end(closing)

    async def _check(self) -> None:
        """Close the connection once the caller's key or token does not count any more, or nothing was followed."""
        loop = asyncio.get_running_loop()
        self._used_at = loop.time()
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            if self._operations or not self._acknowledged:
                self._used_at = loop.time()
            elif loop.time() - self._used_at > IDLE_SECONDS:
                self._end(SocketClosure(NORMAL, "nothing was followed for a while; come back when there is"))
                return
            try:
                await self._admitted(self._authorization)
            except Denied as denied:
                self._end(SocketClosure(UNAUTHORIZED, denied.message))
                return

    async def _admitted(self, authorization: str | None) -> Principal:
        admit: Callable[[str | None], Awaitable[Principal]] | None = getattr(
            self._websocket.state, "admit", None
        )
        return self._principal if admit is None else await admit(authorization)

    async def _received(self) -> dict[str, Any]:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        text = message.get("text")
        if text is None:
            raise SocketClosure(INVALID, "messages must be text")
        most = LONGEST_MESSAGE if self._acknowledged else LONGEST_FIRST_MESSAGE
        if len(text.encode()) > most:
            raise SocketClosure(TOO_LARGE, f"a message may have {most} bytes")
        try:
            found = sent_json(text)
        except ValueError:
            raise SocketClosure(INVALID, "messages must be JSON") from None
        if not isinstance(found, dict):
            raise SocketClosure(INVALID, "messages must be JSON objects")
        return found

    async def _answer(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "connection_init"}:
                await self._init(message.get("payload"))
            case {"type": "ping"}:
                await self._send({"type": "pong"})
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str() as id_, "payload": dict() as payload} if id_:
                await self._subscribe(id_, payload)
            case {"type": "complete", "id": str() as id_}:
                if id_ in self._operations:
                    self._operations.pop(id_).cancel()
            case _:
                raise SocketClosure(INVALID, "this is no message that a client of graphql-transport-ws sends")

    async def _init(self, payload: object) -> None:
        if self._begun:
            raise SocketClosure(TOO_MANY_INITS, "connection_init came twice")
        self._begun = True
        if not isinstance(payload, dict | None):
            raise SocketClosure(INVALID, "the payload of connection_init must be an object")
        try:
            secret = secret_of(payload or {})
            if secret is not None:
                authorization = f"Bearer {secret}"
                self._principal = await self._admitted(authorization)
                self._authorization = authorization
        except NotAText as wrong:
            raise SocketClosure(INVALID, str(wrong)) from None
        except Denied as denied:
            raise SocketClosure(FORBIDDEN, denied.message) from None
        self._begin()
        await self._send({"type": "connection_ack"})
        self._acknowledged = True

    def _begin(self) -> None:
        """Keep the place for a caller who is known now, unless it may follow nothing without a key."""
        principal = self._principal
        try:
            if principal.anonymous:
                require(principal, Scope.READ, FIRST_MESSAGE)
            if self._place is not None:
                self._places.begin(self._place, None if principal.anonymous else principal.name)
        except Unauthenticated as denied:
            self._places.refused["no key"] += 1
            raise SocketClosure(UNAUTHORIZED, denied.message) from None
        except NoRoom as full:
            raise SocketClosure(TRY_LATER, str(full)) from None

    async def _subscribe(self, id_: str, payload: dict[str, Any]) -> None:
        if not self._acknowledged:
            raise SocketClosure(UNAUTHORIZED, "connection_init comes before subscribe")
        if id_ in self._operations:
            raise SocketClosure(SUBSCRIBER_EXISTS, f"there is a subscriber {id_[:40]!r} already")
        try:
            parameters = parameters_of(payload)
        except Refusal as refused:
            raise SocketClosure(INVALID, refused.message) from None
        most = self._options.subscriptions_per_socket
        if len(self._operations) >= most:
            error = TooManySubscriptions(f"this WebSocket has {most} subscriptions, the most it may have")
            await self._send_error(id_, error_response(error.message, error.code))
            return
        self._operations[id_] = asyncio.create_task(self._operate(id_, parameters), name="operation")

    async def _operate(self, id_: str, parameters: GraphQLRequest) -> None:
        """Send the events of one operation; whatever ends it unexpectedly ends the connection."""
        try:
            await self._follow(id_, parameters)
        except WebSocketDisconnect:
            return
        except Exception:
            log.exception("A subscription has failed")
            self._end(SocketClosure(FAILED, "Internal server error"))
        finally:
            if self._operations.get(id_) is asyncio.current_task():
                del self._operations[id_]

    async def _follow(self, id_: str, parameters: GraphQLRequest) -> None:
        services: Services = self._websocket.app.state.services
        scope = self._websocket.scope
        events = await self._streams.open(
            self._schema,
            services,
            self._principal,
            parameters,
            address=services.budgets.address(self._principal, scope.get("client"), scope["headers"]),
            how_to_send=FIRST_MESSAGE,
            on_end=self._cut,
        )
        try:
            await self._send_all(id_, events)
        except ArbiterError as error:
            if not self._closing.done():
                self._operations.pop(id_, None)
                await self._send_error(id_, error_response(error.message, error.code))
        finally:
            await events.aclose()

    async def _send_all(self, id_: str, events: Follower[Event]) -> None:
        while (event := await events.take()) is not None:
            if event.refused:
                self._operations.pop(id_, None)
                await self._send_error(id_, orjson.loads(event.payload))
                return
            await self._send_raw(id_, "next", event.payload)
        # The id is free again before the client learns that it is.
        self._operations.pop(id_, None)
        await self._send({"id": id_, "type": "complete"})

    def _cut(self, error: ArbiterError) -> None:
        """What ends one feed and concerns the whole connection closes it, even while a message waits to be sent."""
        if isinstance(error, SlowConsumer):
            self._end(SocketClosure(SLOW, error.code))
        elif isinstance(error, Denied):
            self._end(SocketClosure(UNAUTHORIZED, error.message))
        elif isinstance(error, ServerStopping):
            self._end(SocketClosure(STOPPING, error.code))

    async def _send(self, message: dict[str, Any]) -> None:
        await self._websocket.send_text(orjson.dumps(message).decode())

    async def _send_error(self, id_: str, response: dict[str, Any]) -> None:
        await self._send_raw(id_, "error", orjson.dumps(response["errors"]))

    async def _send_raw(self, id_: str, kind: str, payload: bytes) -> None:
        head = orjson.dumps({"id": id_, "type": kind})
        began = time.perf_counter()
        await self._websocket.send_text((head[:-1] + b',"payload":' + payload + b"}").decode())
        self._streams.pacer.note(began)
