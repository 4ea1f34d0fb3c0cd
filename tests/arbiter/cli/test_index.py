"""`arbiter index` as an operator runs it: killed in the middle, and run again."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from arbiter.cli.application import run
from orm.connection.database import Database
from tests.arbiter.processes import ROOT, environment
from tests.orm.rows import insert, new_request, seed_into

ROWS = 3_000
PATIENCE = 60.0


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database file, and artifacts whose classifier declares `occupation` as indexed."""
    folder = tmp_path / "artifacts" / "income_classifier"
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "artifacts/income_classifier/endpoint.json", folder)
    declared = json.loads((folder / "endpoint.json").read_text("utf-8"))
    (occupation,) = [one for one in declared["features"] if one["name"] == "occupation"]
    occupation["indexed"] = True
    (folder / "endpoint.json").write_text(json.dumps(declared), "utf-8")
    monkeypatch.setenv("ARBITER_ARTIFACTS", str(tmp_path / "artifacts"))
    found = tmp_path / "arbiter.db"
    monkeypatch.setenv("ARBITER_DATABASE_URL", f"sqlite://{found}")
    return found


async def fill(path: Path) -> None:
    database = await Database.open(f"sqlite://{path}")
    seed = await seed_into(database, "income_classifier")
    sent = '{"occupation": "Sales"}'
    await insert(database, [new_request(seed, number, input=sent) for number in range(ROWS)])
    await database.close()


def value(path: Path, sql: str) -> Any:
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute(sql).fetchone()
    return row[0] if row else None


@pytest.mark.matrix
def test_killed_in_the_middle_it_goes_on_and_indexes_each_request_once(path: Path) -> None:
    asyncio.run(fill(path))
    variables = environment() | {
        "ARBITER_DATABASE_URL": f"sqlite://{path}",
        "ARBITER_ARTIFACTS": str(path.parent / "artifacts"),
    }
    command = [sys.executable, "-m", "arbiter", "index", "income_classifier", "occupation"]
    process = subprocess.Popen(command, env=variables, cwd=ROOT)
    deadline = time.monotonic() + PATIENCE
    while not value(path, "SELECT requests FROM index_run") and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    done = value(path, "SELECT requests FROM index_run")
    assert 0 < done < ROWS
    assert value(path, "SELECT count(*) FROM request_feature") == done
    again = subprocess.run(
        [*command, "--json"], env=variables, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(again.stdout) == [
        {"feature": "occupation", "requests": ROWS, "indexed": ROWS, "refused": 0}
    ]
    assert value(path, "SELECT count(DISTINCT request_id) FROM request_feature") == ROWS
    assert value(path, "SELECT count(*) FROM request_feature WHERE text = 'Sales'") == ROWS


def test_an_endpoint_that_is_not_there_and_a_feature_that_is_not_declared_are_one_line(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["index", "income_classifier", "occupation"]) == 1
    assert "There is no database file" in capsys.readouterr().err
