"""One of several processes on a port: it answers calls, beats while its event loop turns, and does as it is told."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import structlog
import uvicorn
from starlette.applications import Starlette

from arbiter.app import create_app
from arbiter.http import server
from arbiter.http.connections import Connections, HttpConnection
from arbiter.http.descriptors import NONE_LEFT
from arbiter.settings import Settings
from arbiter.telemetry import logs
from arbiter.telemetry.log_queue import LogQueue, lines_to_standard_error
from arbiter.workers.messages import Kind, Line, Message, packed
from domain.errors import ArbiterError
from graph.edge import GraphQLEdge

log = structlog.get_logger("arbiter.workers")

LINGER_SECONDS = 5.0
"""A worker that makes way answers so long what comes on connections that it has, and closes each after its answer.
Who is silent for longer is cut: a client that calls at that very moment must send again, as after any idle time."""
TOTALS_SECONDS = 3.0
"""That `/metrics` waits for the supervisor, which waits a second for workers that do not answer."""
ORPHAN_SECONDS = 5.0
"""Beyond the time to drain, until a worker without supervisor ends whatever it does."""
PAUSE_WITHOUT_DESCRIPTORS = 0.2
LAST_WORDS_SECONDS = 1.0


class WorkerServer(server.Server):
    """A server whose port is shared: it takes one connection a turn, so that its siblings get theirs.

    Signals do not end it twice: a service manager sends them to the supervisor and to all workers.
    """

    def __init__(
        self, app: Starlette, settings: Settings, shared: socket.socket, control: socket.socket
    ) -> None:
        connections = Connections()
        super().__init__(
            server.config_of(app, settings, connections),
            self._is_ready,
            lambda: server.end_waiting(app),
            connections,
        )
        self._app = app
        self._shared = shared
        self._control = control
        self._line = Line(self._told, self._orphaned)
        self._retiring = False
        self._arriving: set[asyncio.Task[None]] = set()
        self._totals: asyncio.Future[str | None] | None = None
        app.state.metrics.of_all = self._metrics_of_all

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen to the supervisor, start the application, take connections."""
        await asyncio.get_running_loop().create_connection(lambda: self._line, sock=self._control)
        await super().startup(sockets)

    def _is_ready(self) -> None:
        if not self.should_exit:
            asyncio.get_running_loop().add_reader(self._shared.fileno(), self._take_one)
        self._line.send(Kind.READY)

    async def on_tick(self, counter: int) -> bool:
        """Beat once a second."""
        if counter % server.TICKS_BETWEEN_LOOKS == 0:
            self._line.send(Kind.BEAT)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, end those there are without dropping a call, say what was counted, stop."""
        self._line.send(Kind.DRAINING)
        asyncio.get_running_loop().remove_reader(self._shared.fileno())
        self._shared.close()
        if self._arriving:
            await asyncio.wait(self._arriving)
        if self._retiring:
            await self._linger()
        await super().shutdown(sockets)
        self._tell_counts()
        until = time.monotonic() + LAST_WORDS_SECONDS
        while self._line.unsent and time.monotonic() < until:  # noqa: ASYNC110  a transport tells nobody
            await asyncio.sleep(0.01)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain at SIGTERM and SIGINT, and leave SIGHUP to the supervisor."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle_exit)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain."""
        self.should_exit = True

    def _take_one(self) -> None:
        """Accept one connection; one of the siblings may have been faster."""
        loop = asyncio.get_running_loop()
        try:
            connection, _ = self._shared.accept()
        except (BlockingIOError, ConnectionAbortedError, InterruptedError):
            return
        except OSError as error:
            if error.errno not in NONE_LEFT and error.errno != errno.EPERM:
                raise
            # The others may have room; without a pause this one would do nothing but try.
            loop.remove_reader(self._shared.fileno())
            loop.call_later(PAUSE_WITHOUT_DESCRIPTORS, self._take_again)
            return
        connection.setblocking(False)
        task = loop.create_task(self._arrived(connection))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    def _take_again(self) -> None:
        if self._shared.fileno() >= 0 and not self.should_exit:
            asyncio.get_running_loop().add_reader(self._shared.fileno(), self._take_one)

    async def _arrived(self, connection: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(self._connection, connection)
        except OSError:  # its client has left already
            connection.close()

    def _connection(self) -> asyncio.Protocol:
        config = self.config
        made: asyncio.Protocol = config.http_protocol_class(  # type: ignore[call-arg]
            config=config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made

    async def _linger(self) -> None:
        """Answer what still comes on the connections that there are, each for the last time."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, HttpConnection):
                connection.leave()
        until = time.monotonic() + LINGER_SECONDS
        while self._http_connections() and time.monotonic() < until:  # noqa: ASYNC110  uvicorn keeps a plain set
            await asyncio.sleep(0.05)

    def _http_connections(self) -> bool:
        return any(isinstance(one, HttpConnection) for one in self.server_state.connections)

    def _told(self, message: Message) -> None:
        match message["kind"]:
            case Kind.COUNTS_WANTED:
                self._tell_counts()
            case Kind.TOTALS if self._totals is not None and not self._totals.done():
                self._totals.set_result(message["text"])
            case Kind.RETIRE:
                self._retiring = self.should_exit = True
            case Kind.DRAIN:
                self._retiring, self.should_exit = False, True

    def _tell_counts(self) -> None:
        metrics = self._app.state.metrics
        metrics.read(self._app.state.services)
        self._line.send(Kind.COUNTS, families=metrics.families())

    async def _metrics_of_all(self) -> bytes | None:
        """The sums over all workers, which the supervisor makes; those who ask meanwhile share them."""
        if self._totals is None or self._totals.done():
            self._totals = asyncio.get_running_loop().create_future()
            self._line.send(Kind.TOTALS_WANTED)
        try:
            text = await asyncio.wait_for(asyncio.shield(self._totals), TOTALS_SECONDS)
        except TimeoutError:
            self._totals = None
            return None
        return None if text is None else text.encode()

    def _orphaned(self) -> None:
        if not self.should_exit:
            log.error("the supervisor is gone: this worker drains and ends")
        self._retiring, self.should_exit = False, True


def main(
    arguments: Sequence[str], make_edge: Callable[[Settings], GraphQLEdge | None] = lambda _: None
) -> int:
    """Be a worker: `arguments` are the descriptors of the shared port and of the line to the supervisor.

    What `make_edge` makes takes the place of the edge that the settings ask for. Returns the exit code.
    """
    shared, control = (socket.socket(fileno=int(number)) for number in arguments)
    shared.setblocking(False)
    control.setblocking(False)
    settings = Settings.load()
    threading.Thread(
        target=_end_with, args=(control.dup(), settings.drain_seconds), name="supervisor", daemon=True
    ).start()
    with LogQueue(lines_to_standard_error) as lines:
        logs.configure(settings, lines, pid=os.getpid())
        logging.captureWarnings(True)
        try:
            app = create_app(settings, lines=lines, pid=os.getpid(), edge=make_edge(settings))
            _run(app, settings, shared, control)
        except ArbiterError as error:
            return _failed(control, error.message)
        except Exception as error:
            log.exception("a worker cannot go on")
            return _failed(control, f"unexpected {type(error).__name__}: {error}")
    return 0


def _run(app: Starlette, settings: Settings, shared: socket.socket, control: socket.socket) -> None:
    serving: uvicorn.Server = WorkerServer(app, settings, shared, control.dup())
    server.run(serving, app, [])


def _failed(control: socket.socket, message: str) -> int:
    """Tell the supervisor why; the exit code."""
    control.setblocking(True)
    control.sendall(packed(Kind.FAILED, message=message))
    return 1


def _end_with(control: socket.socket, drain_seconds: float) -> None:
    """End this process, when its supervisor has ended and the event loop does not turn to see so."""
    poll = select.poll()
    poll.register(control, 0)
    poll.poll()
    time.sleep(drain_seconds + ORPHAN_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
