"""The HTTP server process: one socket, one application, and an orderly end."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import math
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import cast

import structlog
import uvicorn
from starlette.applications import Starlette

from arbiter.http.connections import Connections, HttpConnection
from arbiter.http.descriptors import Descriptors, ask_for_more
from arbiter.settings import Settings
from domain.errors import ArbiterError, Misconfigured
from graph.http.websocket import LONGEST_MESSAGE

log = structlog.get_logger("arbiter.server")

KEEP_ALIVE_SECONDS = 65
BACKLOG = 2048
YOUNG_OBJECTS = 5_000
TICKS_BETWEEN_LOOKS = 10
"""uvicorn ticks ten times a second."""
LONGEST_LOOK = 2.0
"""Seconds that count between two looks at the connections: in more the server was busy or asleep, not its clients."""


class Server(uvicorn.Server):
    """uvicorn, with a word when it listens, and an exit code of 0 after it has drained.

    The first SIGTERM, SIGINT or SIGHUP lets running requests finish; the second one ends them. What has no end
    by itself is ended by `draining`, which is called before.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        listening: Callable[[], None],
        draining: Callable[[], None],
        connections: Connections,
    ) -> None:
        super().__init__(config)
        self._listening = listening
        self._draining = draining
        self._connections = connections
        self._descriptors = Descriptors()
        self._looked_at = math.inf

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then the listener, then say so."""
        await super().startup(sockets)
        spare_the_collector()
        self._listening()

    async def on_tick(self, counter: int) -> bool:
        """Once a second end the connections whose requests do not come; whether the server must end."""
        if counter % TICKS_BETWEEN_LOOKS == 0:
            now, held = asyncio.get_running_loop().time(), self.server_state.connections
            seconds = min(max(now - self._looked_at, 0.0), LONGEST_LOOK)
            self._looked_at = now
            hurried = self._descriptors.exhausted(now, len(held))
            await self._connections.look(held, seconds, hurried=hurried)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End subscriptions, let the rest finish, stop the application."""
        self._draining()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain at SIGHUP too, which a terminal sends when it closes; where it was to be ignored (nohup) it is."""
        heeded = (
            threading.current_thread() is threading.main_thread()
            and (before := signal.getsignal(signal.SIGHUP)) is not signal.SIG_IGN
        )
        if heeded:
            signal.signal(signal.SIGHUP, self.handle_exit)
        try:
            with super().capture_signals():
                yield
        finally:
            if heeded:
                signal.signal(signal.SIGHUP, before)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; when draining already, end at once."""
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True


def spare_the_collector() -> None:
    """Take what start-up has made out of the garbage collector's sight: models, schema and modules stay anyway.

    Walking through them took a sixth of a prediction's time, in pauses of a tenth of a second (docs/performance.md).
    """
    gc.collect()
    give_memory_back()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)


def give_memory_back() -> None:
    """Give the machine what start-up has left free: loading a forest takes several times what it keeps.

    glibc keeps free memory for its process until it is told; other allocators have no such function.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket at the address; calls wait in it until the server answers.

    Raises Misconfigured in one sentence when the address cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except OSError as error:
        raise Misconfigured(
            f"ARBITER_HOST is {host!r}, which is no address of this machine: {error}"
        ) from error
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # At once, not when everything is loaded: until one listens, two processes may bind the same address,
        # and uvloop does not tell the second one that it cannot listen.
        bound.listen(BACKLOG)
    except OSError as error:
        bound.close()
        raise Misconfigured(
            f"cannot listen on {host}:{port} ({error.strerror}): stop what uses the port, or choose another "
            "with --port or ARBITER_PORT"
        ) from error
    return bound


def serve(app: Starlette, settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP, then drain.

    `announce` is called with the base URL once calls are answered. Raises the ArbiterError that kept the
    application from starting.
    """
    bound = bind(settings.host, settings.port)
    url = url_of(settings.host, bound.getsockname()[1])
    connections = Connections()
    config = config_of(app, settings, connections)
    server = Server(config, lambda: announce(url), lambda: end_waiting(app), connections)
    try:
        run(server, app, [bound])
    finally:
        bound.close()
    log.info("stopped", forced=server.force_exit)


def config_of(app: Starlette, settings: Settings, connections: Connections) -> uvicorn.Config:
    """How uvicorn serves the application; as many file descriptors are asked for as there may be."""
    ask_for_more()
    app.state.metrics.watch_connections(connections)
    return uvicorn.Config(
        app,
        # uvicorn only calls it, as it would call the class.
        http=cast(
            "type[asyncio.Protocol]", partial(HttpConnection, cuts=connections.cuts, turn=connections.turn)
        ),
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        proxy_headers=False,  # nobody asks for the client's address, and every call would pay for it
        backlog=BACKLOG,
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,  # events are small: compressing each for each client costs more than it saves
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=math.ceil(settings.drain_seconds),
    )


def run(server: uvicorn.Server, app: Starlette, sockets: list[socket.socket]) -> None:
    """Serve to the end. Raises the ArbiterError that kept the application from starting."""
    _silence_uvicorn(app)
    try:
        server.run(sockets=sockets)
    except SystemExit:
        error: ArbiterError | None = app.state.startup_error
        if error is None:
            raise
        raise error from None


def end_waiting(app: Starlette) -> None:
    """End what has no end by itself, or waits only so that others need not: subscriptions, and strangers' documents."""
    app.state.services.live.stop()
    app.state.edge.drain()


def url_of(host: str, port: int) -> str:
    """The base URL under which this machine reaches the server.

    >>> url_of("0.0.0.0", 8000), url_of("::1", 80)
    ('http://127.0.0.1:8000', 'http://[::1]:80')
    """
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _silence_uvicorn(app: Starlette) -> None:
    """Keep uvicorn's own words to warnings, and drop its traceback of a start-up error that we explain."""
    logger = logging.getLogger("uvicorn.error")
    logger.setLevel(logging.WARNING)
    logger.addFilter(lambda _record: app.state.startup_error is None)
