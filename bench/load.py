"""Load from another process: wrk where it is installed, else a generator of ours.

`python -m bench.load URL BODIES --connections 8 --seconds 2` runs ours by itself: each connection sends the next
body as soon as its last answer has come, and every answer must have the status 200.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop

GENERATORS = ("wrk", "own")
SCRIPT = Path(__file__).with_name("wrk.lua")
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
GOOD = b"HTTP/1.1 200"
GRACE = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """What one run saw: answered requests, its length, latencies in seconds, and answers that were not 200."""

    requests: int
    seconds: float
    p50: float
    p99: float
    errors: int
    which: str = ""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def best_generator() -> str:
    """`wrk` where it is installed, else `own`."""
    return "wrk" if shutil.which("wrk") else "own"


def drive(
    generator: str, url: str, bodies: Path, connections: int, seconds: float, *, first: int = 0
) -> Load:
    """POST the lines of `bodies` to `url` in turn, beginning with line `first` (counted round and round).

    Raises RuntimeError when an answer was not 200.
    """
    command = _wrk if generator == "wrk" else _own
    run = subprocess.run(
        command(url, bodies, connections, seconds, first),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + GRACE,
    )
    found = [line for line in run.stdout.splitlines() if line.startswith("{")]
    if run.returncode or not found:
        raise RuntimeError(f"the load generator failed: {run.stdout}{run.stderr}")
    load = Load(**json.loads(found[-1]))
    if load.errors or not load.requests:
        raise RuntimeError(f"{url} gave {load.errors} bad answers among {load.requests}: {load.which}")
    return load


def _wrk(url: str, bodies: Path, connections: int, seconds: float, first: int) -> list[str]:
    # wrk takes whole seconds; one thread of it is faster than any Python server.
    length = f"{max(1, round(seconds))}s"
    return [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{length}",
        "-s",
        str(SCRIPT),
        url,
        "--",
        str(bodies),
        str(first),
    ]


def _own(url: str, bodies: Path, connections: int, seconds: float, first: int) -> list[str]:
    numbers = ["--connections", str(connections), "--seconds", str(seconds), "--first", str(first)]
    return [sys.executable, "-m", "bench.load", url, str(bodies), *numbers]


class _Connection(asyncio.Protocol):
    """One client: sends the next request when the last answer is complete."""

    def __init__(self, requests: Iterator[bytes], deadline: float, latencies: list[float]) -> None:
        self._requests = requests
        self._deadline = deadline
        self._latencies = latencies
        self._received = b""
        self._sent = 0.0
        self._transport: Any = None
        self.errors = 0
        self.first_bad = b""
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """Collect an answer; count it when it is whole."""
        self._received += data
        head_end = self._received.find(HEAD_END)
        if head_end < 0 or len(self._received) < head_end + len(HEAD_END) + self._length(head_end):
            return
        now = time.perf_counter()
        self._latencies.append(now - self._sent)
        if not self._received.startswith(GOOD):
            self.errors += 1
            self.first_bad = self.first_bad or self._received
        self._received = b""
        if now < self._deadline:
            self._next()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection that the server closed before the end is an error."""
        if exc is not None or time.perf_counter() < self._deadline:
            self.errors += 1
            self.first_bad = self.first_bad or f"cut: {exc}".encode()
        if not self.finished.done():
            self.finished.set_result(None)

    def _length(self, head_end: int) -> int:
        head = self._received[:head_end].lower()
        at = head.index(LENGTH) + len(LENGTH)
        return int(head[at:].split(b"\r\n", 1)[0])

    def _next(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))


async def _drive(url: str, bodies: Sequence[bytes], connections: int, seconds: float) -> Load:
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: "
    requests = itertools.cycle([head.encode() + str(len(body)).encode() + HEAD_END + body for body in bodies])
    latencies: list[float] = []
    start = time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: _Connection(requests, start + seconds, latencies), host, port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.finished for _, connection in made))
    length = time.perf_counter() - start
    latencies.sort()
    errors = sum(connection.errors for _, connection in made)
    p50, p99 = (latencies[int(len(latencies) * share)] for share in (0.5, 0.99))
    bad = [connection.first_bad.decode() for _, connection in made if connection.first_bad]
    return Load(len(latencies), length, p50, p99, errors, "".join(bad[:1]))


def main() -> None:
    """Run our generator and print its figures as one JSON line."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description="POST bodies to a URL in turn.")
    parser.add_argument("url")
    parser.add_argument("bodies", type=Path, help="a file with one JSON body a line")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--first", type=int, default=0, help="the body to begin with")
    options = parser.parse_args()
    bodies = options.bodies.read_bytes().splitlines()
    first = options.first % len(bodies)
    load = uvloop.run(
        _drive(options.url, bodies[first:] + bodies[:first], options.connections, options.seconds)
    )
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    main()
