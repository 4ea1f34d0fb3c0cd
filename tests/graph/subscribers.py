"""Clients of subscriptions, and the GraphQL edge behind a real socket in the loop of the test."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from domain.callers import Principal
from graph.edge import GraphQLEdge
from graph.options import GraphOptions
from serving.services import Services
from tests.graph.conftest import As, schema_for
from tests.serving.world import EVERYBODY

PATIENCE = 20
PROTOCOL = Subprotocol("graphql-transport-ws")


@dataclass
class Listening:
    """A running edge and its address."""

    edge: GraphQLEdge
    services: Services
    url: str

    @asynccontextmanager
    async def events(self, query: str, headers: dict[str, str] | None = None) -> AsyncIterator[Events]:
        """A stream of server-sent events, once the server has begun it."""
        headers = {"accept": "text/event-stream", **(headers or {})}
        async with (
            httpx.AsyncClient(timeout=PATIENCE) as client,
            client.stream("POST", f"{self.url}/graphql", json={"query": query}, headers=headers) as response,
        ):
            yield Events(response)

    @asynccontextmanager
    async def socket(self, init: dict[str, Any] | None = None, **how: Any) -> AsyncIterator[Socket]:
        """A WebSocket that was acknowledged."""
        async with self.bare_socket(**how) as bare:
            await bare.send({"type": "connection_init", **({} if init is None else {"payload": init})})
            assert await bare.receive() == {"type": "connection_ack"}
            yield bare

    @asynccontextmanager
    async def bare_socket(self, **how: Any) -> AsyncIterator[Socket]:
        """A WebSocket on which nothing was said."""
        address = self.url.replace("http:", "ws:") + "/graphql"
        async with connect(address, **{"subprotocols": [PROTOCOL], "proxy": None, **how}) as connection:
            yield Socket(connection)


@dataclass
class Events:
    """What a client of server-sent events reads."""

    response: httpx.Response
    lines: AsyncIterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.response.aiter_lines()

    async def block(self) -> dict[str, str]:
        """The next event by the names of its lines; comments are passed over. Empty at the end of the stream."""
        found: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            async for line in self.lines:
                if not line and found:
                    return found
                if line and not line.startswith(":"):
                    name, _, value = line.partition(":")
                    found[name] = value.removeprefix(" ")
        return found

    async def next(self) -> Any:
        """The result in the next event."""
        found = await self.block()
        assert found["event"] == "next", found
        return json.loads(found["data"])


@dataclass
class Socket:
    """What a client of graphql-transport-ws says and hears."""

    connection: ClientConnection

    async def send(self, message: object) -> None:
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def receive(self) -> Any:
        async with asyncio.timeout(PATIENCE):
            return json.loads(await self.connection.recv())

    async def subscribe(self, id_: str, query: str, **variables: Any) -> None:
        await self.send({"id": id_, "type": "subscribe", "payload": {"query": query, "variables": variables}})

    async def next(self, id_: str) -> Any:
        message = await self.receive()
        assert (message["id"], message["type"]) == (id_, "next"), message
        return message["payload"]

    async def closed(self) -> tuple[int, str]:
        """Why the server closes the connection, whatever it still says before."""
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        close = self.connection.protocol.close_rcvd
        assert close is not None
        return close.code, close.reason


@asynccontextmanager
async def listening(
    services: Services,
    principal: Principal = EVERYBODY,
    options: GraphOptions | None = None,
    who: Callable[[ASGIApp], ASGIApp] | None = None,
) -> AsyncIterator[Listening]:
    """The edge over `services` for one caller, or for those whom the middleware `who` tells apart, on a free port."""
    options = options or GraphOptions()
    edge = GraphQLEdge(options, schema_for(options, services))
    app = Starlette(routes=edge.routes())
    app.state.services = services
    config = uvicorn.Config(
        who(app) if who else As(app, principal),
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=5,
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as bound:
        serving = asyncio.create_task(server._serve(sockets=[bound]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield Listening(edge, services, f"http://127.0.0.1:{bound.getsockname()[1]}")
        services.live.stop()
        server.should_exit = True
        await serving
