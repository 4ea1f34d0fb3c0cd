"""Server processes under measurement: started, watched through /proc, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120.0
TICKS = os.sysconf("SC_CLK_TCK")
KIB = 1024


class ServerProcess:
    """A process that writes a JSON line with the event `listening` and its URL once it answers."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        log: Path,
        settings: Mapping[str, str],
        program: str = sys.executable,
    ) -> None:
        self._log = log
        with log.open("wb") as stream:
            self._process = subprocess.Popen(
                [program, *arguments],
                cwd=ROOT,
                env=environment(settings),
                stdout=subprocess.DEVNULL,
                stderr=stream,
            )
        self.url = self._wait_until_it_listens()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def cpu_seconds(self) -> float:
        """Processor time that the process and its threads have used so far, in user and system mode."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> tuple[int, int]:
        """Resident memory in bytes: now, and at its highest."""
        lines = Path(f"/proc/{self.pid}/status").read_text("utf-8").splitlines()
        sizes = {line.partition(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
        return int(sizes["VmRSS"]) * KIB, int(sizes["VmHWM"]) * KIB

    def complaints(self) -> str:
        """The last lines of its log that are no calls."""
        lines = [
            line for line in self._log.read_text("utf-8").splitlines() if '"event":"request"' not in line
        ]
        return "\n".join(lines[-20:])

    def stop(self) -> None:
        """Ask it to end, and wait until it has. Raises RuntimeError when it did not end well."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(PATIENCE)
        if code not in {0, -signal.SIGTERM}:
            raise RuntimeError(f"the server ended with code {code}:\n{self._tail()}")

    def kill(self) -> None:
        """End it at once, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(PATIENCE)

    def _wait_until_it_listens(self) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            for line in self._log.read_text("utf-8").splitlines():
                if '"listening"' in line:
                    return str(json.loads(line)["url"])
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the server did not start:\n{self._tail()}")

    def _tail(self) -> str:
        return self._log.read_text("utf-8")[-4000:]


@contextmanager
def serving(
    arguments: Sequence[str], log: Path, *, program: str = sys.executable, **settings: str
) -> Iterator[ServerProcess]:
    """A server that has ended when the block ends; in the block it may be stopped earlier."""
    server = ServerProcess(arguments, log=log, settings=settings, program=program)
    try:
        yield server
        server.stop()
    finally:
        server.kill()


def arbiter(folder: Path, **settings: str) -> tuple[Sequence[str], Path, dict[str, str]]:
    """How `arbiter serve` is started on a SQLite file of its own in `folder`."""
    database = {"database_url": f"sqlite://{folder / 'arbiter.db'}"}
    arguments = ["-m", "arbiter", "serve", "--port", "0", "--log", "json"]
    return arguments, folder / "arbiter.log", database | settings


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The machine's environment with these ARBITER_* settings only."""
    clean = {name: value for name, value in os.environ.items() if not name.upper().startswith("ARBITER_")}
    return clean | {f"ARBITER_{name.upper()}": value for name, value in settings.items()}
