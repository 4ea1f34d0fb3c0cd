"""Calls that were sent by half do not hold up the end of the server."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.arbiter.processes import serving

HALF = b"POST /api/v1/income_classifier/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
DRAIN_SECONDS = 30
HALVES = 100


@pytest.fixture
def hangups() -> Iterator[None]:
    """What starts from here hears SIGHUP, even where `nohup` runs the tests."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hangups")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.matrix
def test_half_sent_bodies_are_dropped_when_the_server_ends(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path, drain_seconds=str(DRAIN_SECONDS)) as server, ExitStack() as open_sockets:
        port = int(server.url.rpartition(":")[2])
        sockets = [
            open_sockets.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(HALVES)
        ]
        for one in sockets:
            one.sendall(HALF)
        with server.client() as client:
            assert client.get("/livez").status_code == 200
        began = time.monotonic()
        server.signal(number)
        assert server.wait() == 0
        assert time.monotonic() - began < 2
    (stopped,) = [event for event in server.events if event["event"] == "stopped"]
    assert stopped["forced"] is False
