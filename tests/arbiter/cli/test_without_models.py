"""Commands that need no models open the database and load none, whatever the artifacts folder is like."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from arbiter import wiring
from arbiter.settings import Settings
from domain.callers import Scope
from domain.words import Traffic
from tests.arbiter.processes import ROOT
from tests.serving.world import small_registry

pytestmark = pytest.mark.matrix  # a process for each command

LIBRARIES = ("onnxruntime", "sklearn", "catboost")
SCRIPT = f"""
import sys
from arbiter.cli.application import run
code = run(sys.argv[1:])
loaded = [name for name in {LIBRARIES!r} if name in sys.modules]
sys.stderr.write(f"loaded: {{loaded}}")
sys.exit(code)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a test that was cancelled and one that runs, and artifacts that cannot be read."""
    folder = tmp_path_factory.mktemp("without-models")

    async def begin() -> None:
        settings = Settings(database_url=f"sqlite://{folder / 'arbiter.db'}")
        async with wiring.running(settings, small_registry()) as services:
            endpoint = services.catalog.snapshot.endpoint_named("levels")
            first, second = services.catalog.snapshot.algorithms_of(endpoint.id)[:2]
            for title in ("one", "two"):
                test = await services.ab_tests.create(
                    title=title, algorithms=(first.id, second.id), traffic=Traffic.ALL, created_by="tests"
                )
                if title == "one":
                    await services.ab_tests.conclude(test.id, "tests")
            await services.keys.create("reader", frozenset({Scope.READ}))

    asyncio.run(begin())
    artifacts = folder / "artifacts" / "levels"
    artifacts.mkdir(parents=True)
    (artifacts / "endpoint.json").write_text("{")
    return folder


@pytest.mark.parametrize(
    ("arguments", "prints"),
    [
        ("abtest show 1", "test 1 (one) is decided, inconclusive"),
        ("abtest show 2 --json", '"state": "running"'),
        ("abtest verify 1", "follows from the observations"),
        ("abtest plan --accuracy .85 --effect .01", "every request"),
        ("keys list", "reader"),
        ("rebuild-summary --check", "the daily summaries equal the request log"),
        ("settings", "ARBITER_PORT"),
        ("schema", "type Query"),
        ("migrate", "nothing to apply"),
        ("keys create writer --scope admin", "arb_"),
        ("keys revoke writer", "writer is revoked"),
        ("forget nobody", "requests forgotten: 0"),
        ("abtest cancel 2 --reason enough", "test 2 (two) is cancelled"),
    ],
)
def test_a_command_that_needs_no_models_loads_none(folder: Path, arguments: str, prints: str) -> None:
    database = f"sqlite://{folder / 'arbiter.db'}"
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments.split()],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "ARBITER_DATABASE_URL": database,
            "ARBITER_ARTIFACTS": str(folder / "artifacts"),
            "COLUMNS": "300",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (found.returncode, found.stderr.splitlines()[-1]) == (0, "loaded: []"), found.stderr
    assert prints in found.stdout
