"""A copy of an example in a folder of its own, and npm to install, generate and run it there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.arbiter.processes import ROOT, environment

GENERATED = shutil.ignore_patterns(
    "node_modules", "dist", "gql", "__generated__", "__pycache__", "features.py"
)
PATIENCE = 300


def require_npm() -> None:
    """Without npm a test is skipped; in CI it fails."""
    if shutil.which("npm") is None:
        missing = "npm is not installed: what is written in JavaScript cannot be tried"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)


class Example:
    """An example beside the schema, as in a clone of the repository, but without what was generated there."""

    def __init__(self, name: str, below: Path) -> None:
        self.folder = below / "examples" / name
        shutil.copytree(ROOT / "examples" / name, self.folder, ignore=GENERATED)
        (below / "graph").mkdir()
        shutil.copy(ROOT / "graph" / "schema.graphql", below / "graph")

    def install(self) -> None:
        """What package-lock.json says."""
        require_npm()
        self.run("npm", "ci", "--no-audit", "--no-fund", "--prefer-offline")

    def script(self, name: str, **variables: str) -> str:
        """What a script of package.json prints."""
        return self.run("npm", "run", "--silent", name, **variables)

    def python(self, *arguments: str, **variables: str) -> str:
        """What Python prints."""
        return self.run(sys.executable, *arguments, **variables)

    def run(self, *command: str, **variables: str) -> str:
        """What a command prints when it succeeds."""
        done = self.finished(*command, **variables)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def finished(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, whatever that is."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=environment() | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def manifest(self, path: str) -> Path:
        """A list of trusted documents that was generated."""
        found = self.folder / path
        assert json.loads(found.read_text("utf-8"))
        return found
