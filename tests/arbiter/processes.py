"""The real server in a process of its own, as an operator starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60


def environment(*, code: Path | str = ROOT, **settings: str) -> dict[str, str]:
    """The machine's environment with these ARBITER_* settings only, and the packages below `code`."""
    clean = {name: value for name, value in os.environ.items() if not name.upper().startswith("ARBITER_")}
    return (
        clean
        | {"PYTHONPATH": str(code)}
        | {f"ARBITER_{name.upper()}": value for name, value in settings.items()}
    )


def arbiter(
    *arguments: str, cwd: Path, code: Path | str = ROOT, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "arbiter", *arguments],
        cwd=cwd,
        env=environment(code=code, **settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


class ServerProcess:
    """`arbiter serve`, or another `module` that serves, on a free port with JSON logs; `url` once it listens."""

    def __init__(
        self, cwd: Path, module: str = "arbiter", *, code: Path | str = ROOT, **settings: str
    ) -> None:
        self.events: list[dict[str, Any]] = []
        self.lines: list[str] = []
        self._listening = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, "serve", "--port", "0", "--log", "json"],
            cwd=cwd,
            env=environment(code=code, **settings),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)
            if line.startswith("{"):
                self.events.append(json.loads(line))
                if self.events[-1]["event"] == "listening":
                    self._listening.set()
        self._listening.set()

    @property
    def url(self) -> str:
        assert self._listening.wait(PATIENCE), "".join(self.lines)
        found = [event["url"] for event in self.events if event["event"] == "listening"]
        assert len(found) == 1, "".join(self.lines)
        return str(found[0])

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE)

    def signal(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        if self.process.stderr is not None:
            self.process.stderr.close()
        return code

    def stop(self) -> int:
        self.signal()
        return self.wait()


@contextmanager
def serving(
    cwd: Path, module: str = "arbiter", *, code: Path | str = ROOT, **settings: str
) -> Iterator[ServerProcess]:
    """A server that is stopped at the end of the block, whatever happens in it."""
    server = ServerProcess(cwd, module, code=code, **settings)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
        server.wait()
