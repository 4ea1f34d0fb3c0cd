"""A model server of our own that answers as a test tells it: slowly, wrongly, half, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

FEATURES = [
    {"name": "x", "datatype": "FP64", "shape": [-1, 1]},
    {"name": "colour", "datatype": "BYTES", "shape": [-1, 1]},
]
OUTPUTS = [{"name": "label", "datatype": "BYTES", "shape": [-1, 1]}]
PROBABILITIES = {"name": "probabilities", "datatype": "FP64", "shape": [-1, 2]}


@dataclass
class FarSide:
    """`infer` gives status and body to a call, or raises ConnectionError to break the connection in mid-answer.

    The model is called `far`; `metadata` are its own. `seen` holds the calls for inference, `connections` counts.
    """

    url: str = ""
    ready: int = 200
    status: int = 200
    metadata: dict[str, Any] = field(
        default_factory=lambda: {"name": "far", "inputs": FEATURES, "outputs": [*OUTPUTS, PROBABILITIES]}
    )
    seen: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: int = 0
    ended: int = 0
    infer: Callable[[dict[str, Any]], Awaitable[bytes]] | None = None
    chunked: bool = False
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                try:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                except asyncio.IncompleteReadError:
                    break
                first, *lines = head.strip().split("\r\n")
                headers = {
                    name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.headers.append(headers)
                await self._answer(first.split(" ")[1], body, reader, writer)
        except ConnectionError:
            pass
        finally:
            self.ended += 1
            writer.close()

    async def _answer(
        self, path: str, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if path.endswith("/ready"):
            writer.write(answer(self.ready, b""))
        elif path.endswith("/infer"):
            asked = orjson.loads(body)
            self.seen.append(asked)
            given = asyncio.ensure_future((self.infer or levels)(asked))
            gone = asyncio.ensure_future(reader.read(1))
            done, _ = await asyncio.wait({given, gone}, return_when=asyncio.FIRST_COMPLETED)
            if given not in done:
                given.cancel()
                raise ConnectionError("the caller has gone")
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            try:
                content = given.result()
            except BrokenPipeError:
                writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{"outputs": [')
                await writer.drain()
                raise
            writer.write(chunks(content) if self.chunked else answer(self.status, content))
        else:
            writer.write(answer(200, orjson.dumps(self.metadata)))
        await writer.drain()


def answer(status: int, body: bytes) -> bytes:
    return f"HTTP/1.1 {status} Word\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def chunks(body: bytes) -> bytes:
    middle = len(body) // 2
    parts = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in (body[:middle], body[middle:]))
    return b"HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: chunked\r\n\r\n" + parts + b"0\r\nTrailer: 1\r\n\r\n"


async def levels(asked: dict[str, Any]) -> bytes:
    """High from 0 on, as the tests' own algorithm."""
    values = asked["inputs"][0]["data"]
    return orjson.dumps(outputs(asked, ["high" if (x or 0) >= 0 else "low" for x in values]))


def outputs(asked: dict[str, Any], labels: list[Any], **fields: Any) -> dict[str, Any]:
    shares = [share for label in labels for share in ([0.25, 0.75] if label == "high" else [0.75, 0.25])]
    tensors = {
        "label": {"name": "label", "datatype": "BYTES", "shape": [len(labels), 1], "data": labels},
        "probabilities": {
            "name": "probabilities",
            "datatype": "FP64",
            "shape": [len(labels), 2],
            "data": shares,
        },
    }
    named = [tensors[one["name"]] for one in asked["outputs"]]
    return {"model_name": "far", "id": asked["id"], "outputs": named} | fields


@asynccontextmanager
async def far_side(port: int = 0, **fields: Any) -> AsyncIterator[FarSide]:
    far = FarSide(**fields)
    server = await asyncio.start_server(far.serve, "127.0.0.1", port)
    far.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield far
    finally:
        server.close()
        for writer in far.writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)
