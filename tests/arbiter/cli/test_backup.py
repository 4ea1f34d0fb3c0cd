"""`arbiter backup` and `arbiter restore` through the door that an operator uses."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from arbiter import wiring
from arbiter.cli import backup
from arbiter.cli.application import run
from arbiter.settings import Settings
from orm.backups.facts import data_tables
from registry.artifacts import stored_digests
from registry.discovery import default_artifacts_root
from tests.serving.world import command, row, small_registry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARBITER_DATABASE_URL", f"sqlite://{tmp_path / 'arbiter.db'}")
    monkeypatch.setattr(backup, "utc_now", lambda: NOON)
    return tmp_path


async def predict(folder: Path) -> None:
    settings = Settings.load(database_url=f"sqlite://{folder / 'arbiter.db'}")
    async with wiring.running(settings, small_registry()) as services:
        await services.predictor.predict(command(row(1), row(2)))
        known = min(stored_digests(default_artifacts_root()))
        async with services.database.transaction() as tx:
            for id_, digest in ((1, known), (2, "d" * 64)):
                await tx.execute_query(f"UPDATE ml_algorithm SET digest = '{digest}' WHERE id = {id_}")


def test_a_database_is_backed_up_looked_at_and_restored_with_what_its_store_lacks(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(predict(folder))
    file = folder / "monday.backup"
    assert run(["backup", str(file)]) == 0
    said, _, size = capsys.readouterr().out.partition(f": {file}, ")
    assert said.startswith("2 requests and ")
    assert said.endswith(f" in {len(data_tables())} tables, of 2026-03-01T12:00:00+00:00, by release 0.1.0")
    assert size == f"{file.stat().st_size >> 10:,} KiB\n"
    assert run(["restore", str(file), "--check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"whole: {said}"
    missing = f"({'d' * 12}); put its folder back, or it is not ready"
    assert [
        line.startswith("missing in the artifact store: ") and line.endswith(missing) for line in lines[1:]
    ] == [True]
    monkeypatch.setenv("ARBITER_DATABASE_URL", f"sqlite://{folder / 'other.db'}")
    assert run(["restore", str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"]["ml_request"], len(found["artifacts"])) == (2, 2)
    assert [one["digest"] for one in found["missing_artifacts"]] == ["d" * 64]
    assert run(["restore", str(file)]) == 1
    assert "--replace, which gives all of it up" in capsys.readouterr().err


def test_a_file_that_is_no_backup_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.txt").write_text("x")
    assert run(["restore", str(folder / "notes.txt")]) == 1
    assert capsys.readouterr().err == (
        f"arbiter: {folder / 'notes.txt'} is torn, or no backup of Arbiter's (File is not a zip file): "
        "take another one.\n"
    )
    assert not (folder / "arbiter.db").exists()
