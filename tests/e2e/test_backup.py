"""A backup that is taken under load is one moment: all that was answered before, and figures that agree with it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from orm.connection.client import is_postgres
from orm.connection.database import Database
from tests.arbiter.processes import ROOT, ServerProcess, arbiter, environment, serving
from tests.e2e.test_crash import Known, known_from, verify
from tests.rest.rows import INCOME

BEGUN = 40


def backed_up_under_load(server: ServerProcess, url: str, folder: Path) -> tuple[dict[int, Known], Path]:
    """What was answered before the backup was begun, with all that was asked for afterwards; and the backup."""
    notes, before, target = folder / "notes", folder / "before", folder / "arbiter.backup"
    load = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.load", server.url, str(notes), "7"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while not (notes.exists() and notes.read_text("utf-8").count('"stored"') >= BEGUN):
            assert load.poll() is None, "the load ended by itself"
            assert time.monotonic() < deadline, "the load does not begin"
            time.sleep(0.01)
        answered = notes.read_text("utf-8").rpartition("\n")[0] + "\n"
        said = arbiter("backup", str(target), cwd=folder, database_url=url)
        assert (said.returncode, said.stderr) == (0, "")
        assert load.poll() is None, "the load ended by itself"
    finally:
        load.kill()
        load.wait()
    before.write_text(answered)
    known: dict[int, Known] = {}
    assert known_from(before, known) >= BEGUN
    for line in notes.read_text("utf-8").removeprefix(answered).splitlines()[:-1]:
        fact = json.loads(line)
        if fact["kind"] == "asked" and fact["id"] in known:
            known[fact["id"]].asked.append(fact["feedback"] or None)
    return known, target


async def orphans(url: str) -> int:
    """Rows that refer to a request that is not there."""
    database = await Database.open(url, migrate=False)
    try:
        async with database.reader() as reader:
            if not is_postgres(reader):
                assert list(await reader.execute_query_dict("PRAGMA foreign_key_check")) == []
            (found,) = await reader.execute_query_dict(
                "SELECT count(*) AS n FROM feedback_event WHERE request_id NOT IN (SELECT id FROM ml_request)"
            )
            return int(found["n"])
    finally:
        await database.close()


@pytest.mark.matrix
def test_a_backup_under_load_is_one_moment_and_a_server_goes_on_from_it(
    empty_database_url: str, other_empty_url: str, tmp_path: Path
) -> None:
    with serving(tmp_path, database_url=empty_database_url, access_log="false") as server:
        known, target = backed_up_under_load(server, empty_database_url, tmp_path)
        refused = arbiter("restore", str(target), "--replace", cwd=tmp_path, database_url=empty_database_url)
        assert refused.returncode == 1
        assert refused.stderr.endswith("\n")
        assert "stop the servers, then restore" in refused.stderr
        assert server.stop() == 0
    said = arbiter("restore", str(target), cwd=tmp_path, database_url=other_empty_url)
    assert (said.returncode, said.stderr) == (0, "")
    asyncio.run(verify(other_empty_url, known))
    assert asyncio.run(orphans(other_empty_url)) == 0
    check = arbiter("rebuild-summary", "--check", cwd=tmp_path, database_url=other_empty_url)
    assert (check.returncode, check.stdout) == (0, "the daily summaries equal the request log\n")
    with serving(tmp_path, database_url=other_empty_url) as server:
        answer = httpx.post(f"{server.url}/api/v1/income_classifier/predict", json=INCOME).json()
        # Not even what was answered after the backup, and is lost, has this id.
        later = [json.loads(line)["id"] for line in (tmp_path / "notes").read_text("utf-8").splitlines()[:-1]]
        assert answer["request_id"] > max(later)
        assert server.stop() == 0
