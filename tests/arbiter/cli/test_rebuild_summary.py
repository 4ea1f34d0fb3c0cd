"""`arbiter rebuild-summary`, and the setting of durability, through the doors that an operator uses."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from arbiter import wiring
from arbiter.cli.application import run
from arbiter.settings import Settings
from domain.requests.feedback import FeedbackCommand
from registry.discovery import Registry
from tests.serving.world import EVERYBODY, command, row, small_registry


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database file with one request and its ground truth."""
    found = tmp_path / "arbiter.db"
    monkeypatch.setenv("ARBITER_DATABASE_URL", f"sqlite://{found}")
    return found


async def fill(path: Path) -> None:
    settings = Settings.load(database_url=f"sqlite://{path}")
    async with wiring.running(settings, small_registry()) as services:
        (prediction,) = await services.predictor.predict(command(row(1)))
        await services.feedback.give(FeedbackCommand(prediction.request.id, "low"), EVERYBODY)


def test_check_fails_with_the_differences_until_they_are_corrected(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(fill(path))
    assert run(["rebuild-summary", "--check"]) == 0
    assert capsys.readouterr().out == "the daily summaries equal the request log\n"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE daily_summary SET correct = 7")
    assert run(["rebuild-summary", "--check", "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["endpoint"], found["algorithm"], found["column"], found["stored"], found["expected"]) == (
        "levels",
        "at zero 1",
        "correct",
        7,
        0,
    )
    assert run(["rebuild-summary", "--check"]) == 1
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == "numbers that differed from the request log: 1; `arbiter rebuild-summary` corrects them"
    assert run(["rebuild-summary"]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == "numbers that differed from the request log: 1; they are corrected"
    assert run(["rebuild-summary", "--check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(("durability", "synchronous"), [("durable", 2), ("relaxed", 1)])
async def test_the_setting_reaches_the_database(path: Path, durability: str, synchronous: int) -> None:
    settings = Settings.load(durability=durability)
    async with (
        wiring.running(settings, Registry({}, (), ())) as services,
        services.database.transaction() as tx,
    ):
        assert (await tx.execute_query_dict("PRAGMA synchronous"))[0]["synchronous"] == synchronous
