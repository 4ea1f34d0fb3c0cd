"""A server of one's own for a script: on a free port, with an empty database and perhaps a plug-in, gone at the end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0
_ADDRESS = re.compile(r"listening on (http://[\w.:]+)")


@contextmanager
def running(folder: Path, plugins: Path | None = None) -> Iterator[str]:
    """`arbiter serve` with its files in `folder`; gives its address. Raises SystemExit when it does not start."""
    log = folder / "server.log"
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "arbiter", "serve", "--port", "0"],
            cwd=folder,
            env=_environment(folder, plugins),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    with process:
        try:
            yield _address(process, log)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _environment(folder: Path, plugins: Path | None) -> dict[str, str]:
    """The caller's environment without its own settings of a server."""
    clean = {name: value for name, value in os.environ.items() if not name.upper().startswith("ARBITER_")}
    paths = [str(path) for path in (plugins, ROOT) if path is not None]
    inherited = [clean["PYTHONPATH"]] if clean.get("PYTHONPATH") else []
    return clean | {
        "PYTHONPATH": os.pathsep.join(paths + inherited),
        "ARBITER_DATABASE_URL": f"sqlite://{folder / 'arbiter.db'}",
    }


def _address(process: subprocess.Popen[str], log: Path) -> str:
    for line in process.stdout or ():
        found = _ADDRESS.search(line)
        if found:
            return found[1]
    raise SystemExit(f"the server did not start:\n{log.read_text('utf-8')}")
