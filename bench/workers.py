"""Processes of ours that call a server under measurement: each works until it is told to end, then says what it saw.

Calls from one process would wait for each other in it; so whoever measures, whoever attacks and whoever reads are
processes apart. `Worker` is the side that starts one, `working` the side of the process itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from bench.processes import PATIENCE, ROOT

READY = "ready\n"


class Worker:
    """A started process. Raises RuntimeError when it does not begin, or does not end well."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._module = f"bench.{module}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._module, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != READY:
            self.kill()
            raise RuntimeError(f"{self._module} did not begin")

    def end(self) -> dict[str, Any]:
        """Tell it to end; what it saw."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self.result()

    def result(self) -> dict[str, Any]:
        """What it saw, once it has ended by itself."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if self._process.wait(PATIENCE) or not line:
            raise RuntimeError(f"{self._module} ended with code {self._process.returncode}")
        found: dict[str, Any] = json.loads(line)
        return found

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


@contextmanager
def started(module: str, *arguments: str) -> Iterator[Worker]:
    """A worker that has begun, and is gone when the block ends."""
    worker = Worker(module, *arguments)
    try:
        yield worker
    finally:
        worker.kill()


@asynccontextmanager
async def working(*, niceness: int = 0) -> AsyncIterator[asyncio.Task[bytes]]:
    """Say that this process is ready; the task is done once whoever started it wants it to end.

    With a `niceness` it leaves the processor to the server and to who measures, as if it ran elsewhere.
    """
    os.nice(niceness)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    told = asyncio.create_task(reader.read())
    sys.stdout.write(READY)
    sys.stdout.flush()
    try:
        yield told
    finally:
        told.cancel()


def say(found: dict[str, Any]) -> None:
    """Hand over what was seen."""
    print(json.dumps(found), flush=True)
