"""No server loads what only `arbiter publish` needs, from its import to its start with every bundled algorithm."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

PUBLISHING = (
    "registry.publishing", "registry.checks", "sklearn", "skl2onnx", "onnx", "skops", "matplotlib",
    "catboost.widget", "catboost.eval", "catboost.utils", "catboost.datasets", "catboost.dev_utils",
)  # fmt: skip

START = """
import asyncio, json, sys
import arbiter.app, arbiter.cli
imported = sorted(sys.modules)

async def main():
    services = await arbiter.wiring.build(arbiter.settings.Settings.load())
    ready = len(services.catalog.snapshot.algorithms) - len(services.catalog.snapshot.unready)
    await services.stop()
    return ready

ready = asyncio.run(main())
print(json.dumps({"imported": imported, "started": sorted(sys.modules), "ready": ready}))
"""


def test_a_server_starts_without_what_only_publishing_needs(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        env={"ARBITER_DATABASE_URL": f"sqlite://{tmp_path}/arbiter.db", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(run.stdout)
    assert found["ready"] == 9
    assert [name for name in PUBLISHING if name in found["started"]] == []
    # CatBoost itself imports pandas and scipy: they come with the first .cbm model, and not before.
    brought = {"catboost", "onnxruntime", "pandas", "scipy"}
    assert brought.isdisjoint(found["imported"])
    assert brought <= set(found["started"])
