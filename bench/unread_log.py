"""A server whose log nobody reads for a while: what its callers notice, and which lines are lost."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.besieged import SERVER, Seen, Site, probing
from bench.processes import PATIENCE, ROOT, environment

LONG_CALLS = 4_000
LONG_PATH = "/" + "x" * 1_900
"""Each such call is a line of 2 kB in the access log: together they are more than four times what may wait."""
CALLS = "arbiter_http_calls_total{"
LOST = 'arbiter_log_lines_lost_total{kind="access"}'
CAUGHT_UP = 1.0


@dataclass(frozen=True, slots=True)
class Unread:
    """What callers saw while the log was read and while it was not; lines of calls, those read and those lost.

    `ended` is how many seconds the server then took to end, with nobody there.
    """

    read: Seen
    unread: Seen
    lines: int
    lines_read: int
    lines_lost: int
    ended: float

    @property
    def unaccounted(self) -> int:
        """Lines that were neither read nor counted as lost."""
        return abs(self.lines - self.lines_read - self.lines_lost)


class PipedServer:
    """A server, and the reader of its log, who may stop for a while."""

    def __init__(self, site: Site) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *SERVER],
            cwd=ROOT,
            env=environment(site.settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.url = ""
        self.calls = 0
        self._listening = threading.Event()
        self._reading = threading.Event()
        self._reading.set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._listening.wait(PATIENCE) or not self.url:
            self.kill()
            raise RuntimeError("the server did not start")

    @contextmanager
    def unread(self) -> Iterator[None]:
        """Nobody reads the log within the block."""
        self._reading.clear()
        try:
            yield
        finally:
            self._reading.set()

    def stop(self) -> None:
        """End it, and read the log to its end. Raises RuntimeError when it did not end well."""
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(PATIENCE):
            raise RuntimeError(f"the server ended with code {self.process.returncode}")
        self._reader.join(PATIENCE)

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self._reading.set()
        self._reader.join(PATIENCE)
        if self.process.stderr is not None:
            self.process.stderr.close()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._reading.wait()
            if b'"event":"request"' in line:
                self.calls += 1
            elif b'"listening"' in line:
                self.url = str(json.loads(line)["url"])
                self._listening.set()
        self._listening.set()


def unread_log(site: Site, seconds: float, rate: float) -> Unread:
    """Predictions while the log is read, then while it is not and its queue is full."""
    server = PipedServer(site)
    try:
        with probing(site, server.url, {"prediction": rate}) as read:
            time.sleep(seconds)
        with server.unread():
            fill(server.url)
            with probing(site, server.url, {"prediction": rate}) as unread:
                time.sleep(seconds)
        time.sleep(CAUGHT_UP)
        lines, lost = counted(server.url)
        began = time.monotonic()
        server.stop()
        ended = time.monotonic() - began
    finally:
        server.kill()
    return Unread(read, unread, lines + 1, server.calls, lost, ended)  # the call that counted has a line too


def fill(url: str) -> None:
    """Calls whose lines are long."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    for _ in range(LONG_CALLS):
        connection.request("GET", LONG_PATH)
        connection.getresponse().read()
    connection.close()


def counted(url: str) -> tuple[int, int]:
    """How many calls the server has answered, and how many lines of the access log it has lost."""
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        lines = [line.rsplit(" ", 1) for line in answer.read().decode().splitlines()]
    calls = sum(float(line[1]) for line in lines if line[0].startswith(CALLS))
    lost = sum(float(line[1]) for line in lines if line[0] == LOST)
    return int(calls), int(lost)
