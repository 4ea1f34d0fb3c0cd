"""`arbiter retention`, `arbiter forget --external-id` and `arbiter vacuum` as an operator runs them."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from arbiter.cli.application import run
from domain.requests import request_ids
from orm.connection.database import Database
from tests.arbiter.processes import ROOT, environment
from tests.orm.rows import insert, new_request, seed_into

ROWS = 3_000
PATIENCE = 60.0


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database file with requests of ten days ago, and one of now."""
    found = tmp_path / "arbiter.db"
    monkeypatch.setenv("ARBITER_DATABASE_URL", f"sqlite://{found}")
    asyncio.run(fill(found))
    return found


async def fill(path: Path) -> None:
    database = await Database.open(f"sqlite://{path}")
    seed = await seed_into(database, "income_classifier")
    now = datetime.now(UTC)
    old = request_ids.millisecond_of(request_ids.first_at(now - timedelta(days=10)))
    rows = [new_request(seed, 0, id=request_ids.compose(old + n, 1, 0)) for n in range(ROWS)]
    await insert(database, [*rows, new_request(seed, 0, id=request_ids.first_at(now) + 16)])
    async with database.transaction() as tx:
        await tx.execute_query(
            f"INSERT INTO external_id (request_id, endpoint_id, external_id) VALUES ({rows[0].id}, 1, 'Ann')"
        )
    await database.close()


def value(path: Path, sql: str) -> Any:
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute(sql).fetchone()
    return row[0] if row else None


def test_rule_is_set_shown_tried_carried_out_and_cleared(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: str, code: int = 0) -> str:
        assert run(["retention", *arguments]) == code
        found = capsys.readouterr()
        return found.out or found.err

    assert said("show", "income_classifier").splitlines() == [
        "income_classifier keeps everything for ever",
        "inputs are kept from: the first one on",
        "requests are kept from: the first one on",
        "removed so far: nothing",
        "nobody ever set a rule: everything is kept for ever",
    ]
    assert said("set", "income_classifier", "--inputs", "5d", "--rows", "7") == (
        "income_classifier keeps inputs for 5 days and rows for 7 days\n"
    )
    tried = json.loads(said("run", "income_classifier", "--dry-run", "--json"))
    assert tried == [
        {"removes": "requests", "requests": ROWS, "waits": []},
        {"removes": "inputs", "requests": 0, "waits": []},
    ]
    assert value(path, "SELECT count(*) FROM ml_request") == ROWS + 1
    assert (
        said("run", "income_classifier")
        == "income_classifier: 0 requests lost their inputs, 3,000 are gone\n"
    )
    assert value(path, "SELECT count(*) FROM ml_request") == 1
    assert value(path, "SELECT count(*) FROM external_id") == 0
    assert said("clear", "income_classifier") == "income_classifier keeps everything for ever\n"
    shown = json.loads(said("show", "income_classifier", "--json"))
    assert (shown["rows_removed"], shown["external_ids_removed"], shown["rows_days"]) == (ROWS, 1, None)
    assert [change["keeps"] for change in shown["changes"]] == [
        "everything for ever",
        "inputs for 5 days and rows for 7 days",
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["set", "income_classifier"],
            "say how long with --inputs 90d, --rows 400d or both; `arbiter retention clear` keeps everything for ever.",
        ),
        (
            ["set", "income_classifier", "--rows", "a year"],
            "--rows must be a number of days such as 90d, not 'a year'.",
        ),
        (
            ["set", "income_classifier", "--rows", "-5d"],
            "rows must be kept for 1 to 36,500 days, not -5; leave it out to keep them for ever.",
        ),
        (
            ["run", "income_clasifier"],
            "There is no endpoint 'income_clasifier'; did you mean 'income_classifier'?. It was looked for in",
        ),
    ],
)
def test_wrong_call_is_told_the_cure_and_changes_nothing(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert run(["retention", *arguments]) == 1
    assert capsys.readouterr().err.startswith(f"arbiter: {says[:100]}")
    assert value(path, "SELECT count(*) FROM retention") == 0


def test_request_is_forgotten_by_its_external_id(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forget", "--external-id", "Ann", "--endpoint", "income_classifier"]) == 0
    assert capsys.readouterr().out == "requests forgotten: 1\n"
    assert value(path, "SELECT count(*) FROM external_id") == 0
    assert value(path, "SELECT count(*) FROM ml_request WHERE input = ''") == 1
    for wrong in (["forget"], ["forget", "ann", "--external-id", "Ann"], ["forget", "--external-id", "Ann"]):
        assert run(wrong) == 1
        assert "name a subject, or an external id" in capsys.readouterr().err


def test_file_is_rewritten_by_hand(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM ml_request")
    assert run(["vacuum", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["after"] < found["before"]
    assert value(path, "PRAGMA freelist_count") == 0


@pytest.mark.matrix
def test_killed_in_the_middle_it_goes_on_and_counts_each_request_once(path: Path) -> None:
    assert run(["retention", "set", "income_classifier", "--rows", "5d"]) == 0
    command = [sys.executable, "-m", "arbiter", "retention", "run", "income_classifier"]
    kills = 0
    while True:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(database_url=f"sqlite://{path}"))
        until = time.monotonic() + PATIENCE
        before = value(path, "SELECT rows_removed FROM retention")
        while process.poll() is None and time.monotonic() < until:
            if kills < 3 and value(path, "SELECT rows_removed FROM retention") > before + 300:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
                # Its lease would hold for a minute.
                with closing(sqlite3.connect(path)) as connection, connection:
                    connection.execute(
                        "UPDATE retention_lease SET leased_until = '2025-01-01 00:00:00+00:00'"
                    )
                break
            time.sleep(0.005)
        removed, left = (
            value(path, "SELECT rows_removed FROM retention"),
            value(path, "SELECT count(*) FROM ml_request"),
        )
        assert removed + left == ROWS + 1
        if process.poll() == 0:
            break
    assert kills == 3
    assert removed == ROWS
