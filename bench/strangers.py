"""Callers without a key who mean no good: documents, sockets and halves of requests, from many addresses.

    python -m bench.strangers documents URL --rate 100    documents, each sent once, half of them too long
    python -m bench.strangers sockets URL --count 1000    WebSockets that say nothing, opened again when closed
    python -m bench.strangers halves URL --count 500      requests whose bodies never come whole, likewise

Nothing here is dear to anybody's software by itself: the documents are ordinary operations, many in one text.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import uvloop

from bench.client import Pool, message
from bench.workers import say, working

NICENESS = 10
"""Strangers have machines of their own: here they leave the processor to the server and to who measures."""
ADDRESSES = 200
OPERATIONS = {"allowed": 33, "too long": 333}
"""Of three fields each: as many fields as a document may have without a scope, and ten times as many."""
AGAIN_SECONDS = 0.05
"""After so long one of those that the server has closed comes again."""
HALF = b"{"
MISSING = 1_000

Open = Callable[[int], Awaitable[asyncio.StreamWriter | None]]


def address(number: int) -> dict[str, str]:
    """The header by which the proxy in front would tell where a call comes from."""
    return {"X-Forwarded-For": f"198.51.{number % ADDRESSES}.7"}


def document(number: int, operations: int) -> bytes:
    """A GraphQL call whose document nobody has sent before."""
    text = " ".join(f"query Q{number}x{n} {{ viewer {{ name scopes }} }}" for n in range(operations))
    return json.dumps({"query": text, "operationName": f"Q{number}x0"}).encode()


async def send_documents(url: str, rate: float) -> dict[str, Any]:
    """So many documents a second, allowed and too long ones in turn, until told to end; how they were answered."""
    pool, found, sent = Pool(url), Counter[str](), 0
    waiting: set[asyncio.Task[None]] = set()

    async def one(number: int) -> None:
        kind = list(OPERATIONS)[number % len(OPERATIONS)]
        body = document(time.time_ns() + number, OPERATIONS[kind])
        answer = await pool.call(message("POST", "/graphql", body, address(number)))
        found[f"{kind}, {outcome_of(answer.body)}"] += 1

    async with working(niceness=NICENESS) as told, asyncio.TaskGroup() as calls:
        begin = time.perf_counter()
        for number in itertools.count():
            await asyncio.wait((told,), timeout=max(0.0, begin + number / rate - time.perf_counter()))
            if told.done():
                break
            sent += 1
            waiting.add(task := calls.create_task(one(number)))
            task.add_done_callback(waiting.discard)
        for task in list(waiting):
            task.cancel()  # strangers do not wait to the end
    pool.close()
    return {"documents": sent, "answers": dict(sorted(found.items()))}


def outcome_of(body: bytes) -> str:
    """`answered`, or the code of the first error with its reason."""
    try:
        errors = json.loads(body).get("errors")
    except ValueError:
        return "nothing"
    if not errors:
        return "answered"
    extensions = errors[0].get("extensions", {})
    return str(extensions.get("reason") or extensions.get("code"))


async def hold(open_one: Open, count: int) -> dict[str, Any]:
    """Keep `count` of something open until told to end: those that were closed come again, one by one."""
    held: dict[int, asyncio.StreamWriter] = {}
    opened = closed = 0
    for number in range(count):
        if (writer := await open_one(number)) is not None:
            held[number] = writer
            opened += 1
    async with working(niceness=NICENESS) as told:
        while not told.done():
            gone = [n for n in range(count) if n not in held or held[n].is_closing()]
            for number in gone[:1]:
                closed += held.pop(number, None) is not None
                if (writer := await open_one(number)) is not None:
                    held[number] = writer
                    opened += 1
            await asyncio.wait((told,), timeout=AGAIN_SECONDS)
    at_end = sum(not writer.is_closing() for writer in held.values())
    return {"opened": opened, "open_at_end": at_end, "ended_by_the_server": closed}


def opener(url: str, first: Callable[[int], bytes]) -> Open:
    """What opens one connection and sends on it what `first` says, and nothing more."""
    parts = urlsplit(url)
    ends: set[asyncio.Task[None]] = set()

    async def until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(65536):
                pass
        except ConnectionError:
            pass  # closed, if not politely
        writer.close()

    async def open_one(number: int) -> asyncio.StreamWriter | None:
        try:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        except OSError:
            return None
        writer.write(first(number))
        task = asyncio.create_task(until_closed(reader, writer))
        ends.add(task)
        task.add_done_callback(ends.discard)
        return writer

    return open_one


def handshake(number: int) -> bytes:
    """The beginning of a WebSocket for GraphQL, with nothing after it."""
    lines = [
        "GET /graphql HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: graphql-transport-ws",
        *(f"{name}: {value}" for name, value in address(number).items()),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def half_request(number: int) -> bytes:
    """A prediction of whose body one byte comes."""
    whole = message(
        "POST", "/api/v1/income_classifier/predict", HALF + b" " * MISSING, headers=address(number)
    )
    return whole[:-MISSING]


def main() -> None:
    """Attack until told to end, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.strangers", description="Call without a key.")
    parser.add_argument("what", choices=("documents", "sockets", "halves"))
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, default=100.0, help="documents a second")
    parser.add_argument("--count", type=int, default=500, help="sockets or halves")
    options = parser.parse_args()
    if options.what == "documents":
        say(uvloop.run(send_documents(options.url, options.rate)))
        return
    first = handshake if options.what == "sockets" else half_request
    say(uvloop.run(hold(opener(options.url, first), options.count)))


if __name__ == "__main__":
    main()
