"""A server on a schema that a later release has made: it starts while it works on it, and says so."""

from __future__ import annotations

import logging
import re
import shutil
import sqlite3
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aerich.utils import import_py_file

import orm.connection.schema
from domain.errors import SchemaTooNew
from orm.connection.database import Database
from orm.connection.schema import LOCATION, LaterMigration, files_in, migrate, order_of, this_release

LATER = "9_20270101000000_colours.py"
LATEST = "10_20270201000000_sizes.py"
MIGRATION = """
RUN_IN_TRANSACTION = True
USABLE_FROM = "{usable_from}"


async def upgrade(db):
    return "CREATE TABLE {table} (id INT);"


async def downgrade(db):
    return "DROP TABLE {table};"


MODELS_STATE = ""
"""
Upgrade = Callable[..., Any]


@pytest.fixture
def upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Upgrade:
    """Migrates a database as release 0.4.0 does, which has two more migrations than this one."""

    async def upgrade(url: str, *, colours: str = "0.1.0", sizes: str = "0.1.0") -> list[str]:
        later = tmp_path / "later"
        shutil.copytree(LOCATION, later)
        for name, table, usable_from in ((LATER, "colour", colours), (LATEST, "size", sizes)):
            text = MIGRATION.format(table=table, usable_from=usable_from)
            (later / "models" / name).write_text(text)
        with monkeypatch.context() as then:
            then.setattr(orm.connection.schema, "LOCATION", later)
            return await migrate(url, "0.4.0")

    return upgrade


async def test_an_older_server_starts_on_a_newer_schema_on_which_it_works_and_says_so(
    database_url: str, upgrade: Upgrade, caplog: pytest.LogCaptureFixture
) -> None:
    assert await upgrade(database_url, sizes="0.2.0") == [LATER, LATEST]
    with caplog.at_level(logging.WARNING, "orm"):
        database = await Database.open(database_url, release="0.2.1")
    try:
        assert await database.later_migrations() == [
            LaterMigration(LATER, "0.1.0", "0.4.0"),
            LaterMigration(LATEST, "0.2.0", "0.4.0"),
        ]
        assert await database.pending_migrations() == []
        async with database.transaction() as tx:
            await database.bump_catalog(tx)
        (warning,) = [record.getMessage() for record in caplog.records]
        assert warning == (
            f"T{database.name[1:]} is of a later release, which has made {LATER}, {LATEST}; "
            "this one, 0.2.1, works on it, as do all from 0.2.0 on"
        )
    finally:
        await database.close()


@pytest.mark.parametrize("migrating", [True, False])
async def test_an_older_server_is_refused_by_a_schema_on_which_it_does_not_work(
    database_url: str, upgrade: Upgrade, migrating: bool
) -> None:
    await upgrade(database_url, sizes="0.3.0")
    with pytest.raises(SchemaTooNew) as refused:
        await Database.open(database_url, migrate=migrating, release="0.2.1")
    assert refused.value.code == "SCHEMA_TOO_NEW"
    words = (
        "was brought up to date by a later release than this one, 0.2.1, which does not work on it: "
        f"{LATEST} (needs 0.3.0 or later). Install release 0.3.0 or later, or "
    )
    assert words in refused.value.message
    if database_url.startswith("postgres"):
        assert refused.value.message.endswith("or restore the copy that you made before the upgrade.")
    else:
        file = database_url.removeprefix("sqlite://")
        copy = f"{file}.before-9_20270101000000_colours"
        assert refused.value.message.endswith(
            f"from the copy from before, {copy}, which lacks everything that came after."
        )
        before = await Database.open(f"sqlite://{shutil.copy(copy, f'{file}.again')}", release="0.2.1")
        assert await before.later_migrations() == []
        await before.close()


async def test_a_migration_of_which_nothing_is_written_down_is_refused(
    database_url: str, upgrade: Upgrade
) -> None:
    await upgrade(database_url)
    await execute(database_url, f"DELETE FROM migration WHERE name = '{LATER}'")
    with pytest.raises(SchemaTooNew, match=r"colours.py \(which releases work on it is not written down\)"):
        await Database.open(database_url, release="0.3.0")


async def execute(url: str, statement: str) -> None:
    if url.startswith("postgres"):
        connection = await asyncpg.connect(url)
        await connection.execute(statement)
        await connection.close()
        return
    file = sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)
    file.execute(statement)
    file.close()


async def test_a_killed_upgrade_has_said_before_which_releases_work_on_it(
    database_url: str, upgrade: Upgrade
) -> None:
    """The migration `size` fails here, as if the process had been killed between the two."""
    await execute(database_url, "CREATE TABLE size (id INT)")
    with pytest.raises(Exception, match="already exists"):
        await upgrade(database_url, sizes="0.3.0")
    database = await Database.open(database_url, release="0.1.0")
    assert [one.name for one in await database.later_migrations()] == [LATER]
    await database.close()


def test_every_migration_says_from_which_release_on_it_is_usable() -> None:
    pyproject = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    release = pyproject["project"]["version"]
    said = [import_py_file(file).USABLE_FROM for file in files_in(LOCATION)]
    assert [text for text in said if not re.fullmatch(r"\d+\.\d+\.\d+", text)] == []
    assert [order_of(text) for text in said] == sorted(order_of(text) for text in said)
    assert order_of(said[-1]) <= order_of(release)
    assert release == this_release()
