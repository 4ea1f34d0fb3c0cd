"""Subscribers beside predictions: what fifty readers of one subscription cost, and how soon an event comes.

    python -m bench.live            about a minute
    python -m bench.live --quick    a quarter of a minute

Two `arbiter serve` processes get the same bodies over REST in turns, at 8 connections. One has fifty event streams
of `requestLogged` open all the time, read by a process of their own (`--read URL`). The delays are those of single
predictions between the two processes that share a database: from the answer to the event.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.load import GENERATORS, best_generator
from bench.predict import ROWS, Variant, measure, post
from bench.processes import ROOT, ServerProcess, arbiter, serving
from bench.report import Bar, middle, show_bars, write
from bench.rows import ENDPOINT, income, rest_bodies, rows_of

READERS = 50
CONNECTIONS = 8
SINGLE = 30
OPERATION = {"query": "subscription { requestLogged { requestId label probability latency } }"}
METRICS = (
    "arbiter_subscriptions",
    "arbiter_subscription_events_total",
    "arbiter_subscriptions_cut_off_total",
)


async def opened(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """An event stream that has begun; it ends when its writer is forgotten."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    body = json.dumps(OPERATION).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: text/event-stream\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await reader.readuntil(b": open\n\n")
    return reader, writer


async def read(url: str, count: int) -> None:
    """Read `count` streams until they end; `ready` is printed when they have begun."""
    streams = [await opened(url) for _ in range(count)]
    print("ready", flush=True)

    async def drain(stream: asyncio.StreamReader) -> None:
        while await stream.read(1 << 16):
            pass

    await asyncio.gather(*[drain(stream) for stream, _ in streams])


@contextmanager
def readers(server: ServerProcess) -> Iterator[None]:
    """Fifty readers in a process of their own."""
    arguments = [sys.executable, "-m", "bench.live", "--read", server.url]
    process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        if process.stdout is None or process.stdout.readline() != b"ready\n":
            raise RuntimeError("the readers did not begin")
        yield
    finally:
        process.kill()
        process.wait()


def counted(server: ServerProcess) -> dict[str, float]:
    """What the server says of its subscriptions."""
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        lines = [line.split() for line in answer.read().decode().splitlines()]
    return {line[0]: float(line[1]) for line in lines if line[0] in METRICS}


async def delays(listening: ServerProcess, predicting: ServerProcess, body: bytes) -> list[float]:
    """Seconds from the answer of each single prediction to its event."""
    stream, writer = await opened(listening.url)
    found = []
    for number in range(SINGLE):
        # Spread over the time between two looks, which takes a fifth of a second.
        await asyncio.sleep(0.05 + 0.007 * number)
        event = asyncio.ensure_future(stream.readuntil(b"}}}\n\n"))
        await asyncio.to_thread(post, f"{predicting.url}/api/v1/{ENDPOINT}/predict", body)
        answered = time.perf_counter()
        await event
        found.append(max(0.0, time.perf_counter() - answered))
    writer.close()
    return found


def start(stack: ExitStack, folder: Path, bodies: Path) -> dict[str, Variant]:
    """Both servers, each on a database of its own."""
    variants = {}
    for name in ("alone", "followed"):
        home = folder / name
        home.mkdir()
        arguments, log, settings = arbiter(home)
        server = stack.enter_context(serving(arguments, log, **settings))
        variants[name] = Variant(name, server, f"/api/v1/{ENDPOINT}/predict", bodies)
    return variants


def rates(
    variants: dict[str, Variant], generator: str, rounds: int, seconds: float
) -> list[tuple[float, float]]:
    """Predictions a second, (alone, followed), one pair a round; every other round goes backwards."""
    for variant in variants.values():
        measure(variant, generator, CONNECTIONS, 1.0)
    found = []
    for number in range(rounds):
        order = list(variants.values())[:: -1 if number % 2 else 1]
        turn = {one.name: measure(one, generator, CONNECTIONS, seconds).load.rate for one in order}
        found.append((turn["alone"], turn["followed"]))
    return found


def main() -> None:
    """Measure, print, write bench/results/live.json."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.live", description="Subscribers beside predictions."
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--generator", choices=sorted(GENERATORS), default=best_generator())
    parser.add_argument("--quick", action="store_true", help="two rounds of two seconds")
    parser.add_argument("--read", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        asyncio.run(read(options.read, READERS))
        return
    if options.quick:
        options.rounds, options.seconds = 2, 2.0
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        bodies = folder / "rest.jsonl"
        bodies.write_bytes(b"\n".join(rest_bodies(rows_of(income(), ROWS))))
        variants = start(stack, folder, bodies)
        followed = variants["followed"].server
        arguments, log, settings = arbiter(folder / "followed")
        beside = stack.enter_context(serving(arguments, log.with_name("beside.log"), **settings))
        body = bodies.read_bytes().split(b"\n", 1)[0]
        own = asyncio.run(delays(followed, followed, body))
        others = asyncio.run(delays(followed, beside, body))
        with readers(followed):
            found = rates(variants, options.generator, options.rounds, options.seconds)
            counts = counted(followed)
    bars = [
        Bar("predict with 50 subscribers ÷ without", middle(b / a for a, b in found)),
        Bar("answer to event, same process (median)", middle(own) * 1e3, unit=" ms"),
        Bar("answer to event, another process (median)", middle(others) * 1e3, unit=" ms"),
        Bar("subscribers cut off", counts["arbiter_subscriptions_cut_off_total"]),
    ]
    show_bars(bars)
    measured = {"alone_and_followed_per_second": found, "metrics": counts, "own": own, "others": others}
    write("live", {key: value for key, value in vars(options).items() if key != "read"}, measured, bars)


if __name__ == "__main__":
    main()
