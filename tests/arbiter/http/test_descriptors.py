"""A server whose file descriptors strangers have taken says so, and gets them back."""

from __future__ import annotations

import resource
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.arbiter.processes import PATIENCE, ServerProcess, serving

ROOM = 300


def answer_in_time(server: ServerProcess, path: str) -> httpx.Response:
    """The first answer that comes through; whose connection was closed comes again."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return httpx.get(server.url + path, timeout=PATIENCE)
        except httpx.TransportError:
            assert time.monotonic() < until
            time.sleep(0.1)


@pytest.mark.matrix
def test_strangers_who_take_all_descriptors_are_named_and_make_room(tmp_path: Path) -> None:
    with serving(tmp_path) as server, ExitStack() as opened:
        address = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        assert soft == min(hard, 65_536)
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (ROOM, ROOM))
        for _ in range(ROOM):
            opened.enter_context(socket.create_connection(address)).sendall(b"GET /livez HTTP/1.1\r\nHost: ")
        metrics = answer_in_time(server, "/metrics").text
        cut = 'arbiter_connections_cut_total{reason="descriptors"} '
        (count,) = [line.removeprefix(cut) for line in metrics.splitlines() if line.startswith(cut)]
        assert ROOM / 2 < float(count) < ROOM
    (said,) = [event for event in server.events if event["event"].startswith("no file descriptor is left")]
    assert (said["level"], said["limit"], said["reason"]) == ("error", ROOM, "Too many open files")
