from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from aerich.utils import decompress_dict, get_models_describe, import_py_file
from tortoise.context import TortoiseContext

import orm.connection.schema
from domain.catalog.entries import Algorithm, Endpoint
from domain.errors import InvalidSettings
from domain.words import Kind
from orm.connection.config import tortoise_config
from orm.connection.database import Database
from orm.connection.schema import LOCATION, migrate
from orm.connection.statement import Statement
from orm.queries.history.requests import requests_by_ids
from tests.orm.rows import NOW, READER, Seed, new_request, request_id

FIRST = "0_20261123000000_init.py"
ALL = [
    FIRST,
    "1_20261124000000_subjects.py",
    "2_20261124000001_failed_with_feedback.py",
    "3_20261124000002_features_of_a_request.py",
    "4_20261130000000_releases.py",
    "5_20261130000001_external_id.py",
    "6_20261130000002_bounded_losses.py",
    "7_20261130000003_confined_keys.py",
    "8_20261130000004_orders_and_index_runs.py",
    "9_20261130000005_quality.py",
    "10_20261130000006_published_algorithms.py",
    "11_20261130000007_jobs.py",
    "12_20261130000008_retention.py",
]
POSTGRES_CATALOGUE = (
    "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default "
    "FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
    "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
    "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
)


async def catalogue(url: str, *, from_models: bool) -> list[Any]:
    """Columns, NOT NULL, UNIQUE, indexes and foreign keys, as the database itself tells them."""
    if not from_models:
        await migrate(url)
    context = TortoiseContext()
    async with context:
        await context.init(config=tortoise_config(url))
        if from_models:
            await context.generate_schemas(safe=False)
        client = context.db()
        if client.capabilities.dialect == "postgres":
            return [
                [tuple(row.values()) for row in await client.execute_query_dict(sql)]
                for sql in POSTGRES_CATALOGUE
            ]
        found: list[Any] = []
        tables = await client.execute_query_dict(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        )
        for table in (row["name"] for row in tables):
            facts: list[Any] = [table]
            for pragma in ("table_info", "foreign_key_list", "index_list"):
                rows = await client.execute_query_dict(f"PRAGMA {pragma}('{table}')")
                # A migration adds a column behind the others, a new table has it where the model does.
                kept = [{name: value for name, value in row.items() if name != "cid"} for row in rows]
                facts.append(sorted(str(sorted(row.items(), key=str)) for row in kept))
            indexes = await client.execute_query_dict(
                f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '{table}' ORDER BY name"
            )
            facts.append([(row["name"], row["sql"]) for row in indexes])
            found.append(facts)
        return found


async def test_sqlite_migrated_from_zero_equals_the_models(tmp_path: Path) -> None:
    migrated = await catalogue(f"sqlite://{tmp_path}/migrated.db", from_models=False)
    modelled = await catalogue(f"sqlite://{tmp_path}/modelled.db", from_models=True)
    assert migrated == modelled
    assert len(migrated) == 32  # 30 tables of ours, aerich's own, and SQLite's sequence


async def test_postgres_migrated_from_zero_equals_the_models(
    postgres_url: str, empty_postgres_url: str
) -> None:
    migrated = await catalogue(postgres_url, from_models=False)
    modelled = await catalogue(empty_postgres_url, from_models=True)
    assert migrated == modelled
    constraints = [definition for _, definition in migrated[2]]
    assert sum("FOREIGN KEY" in definition for definition in constraints) == 22
    assert all("RESTRICT" in definition for definition in constraints if "FOREIGN KEY" in definition)
    assert "UNIQUE (active_slot)" in constraints
    assert "UNIQUE (running_slot)" in constraints


async def test_the_stored_state_of_the_models_is_theirs_now(database: Database) -> None:
    """Otherwise `aerich migrate` would write a change that was made before."""
    module = import_py_file(LOCATION / "models" / ALL[-1])
    stored = decompress_dict(module.MODELS_STATE)
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config("sqlite://unused.db"), init_connections=False)
        described = get_models_describe("models")
    assert sorted(stored) == sorted(described)
    for name, model in stored.items():
        columns = {field["db_column"]: field["nullable"] for field in model["data_fields"]}
        assert columns == {field["db_column"]: field["nullable"] for field in described[name]["data_fields"]}


async def test_a_second_migration_run_changes_nothing(empty_database_url: str) -> None:
    assert await migrate(empty_database_url) == ALL
    assert await migrate(empty_database_url) == []


async def test_a_sqlite_file_with_tables_is_copied_before_it_is_upgraded(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = sqlite3.connect(path)
    old.executescript("CREATE TABLE keepsake (word TEXT); INSERT INTO keepsake VALUES ('before');")
    old.close()
    assert await migrate(f"sqlite://{path}") == ALL
    copy = sqlite3.connect(tmp_path / "old.db.before-0_20261123000000_init")
    try:
        assert copy.execute("SELECT name FROM sqlite_master").fetchall() == [("keepsake",)]
        assert copy.execute("SELECT word FROM keepsake").fetchall() == [("before",)]
    finally:
        copy.close()


async def test_a_new_sqlite_file_is_not_copied(tmp_path: Path) -> None:
    await migrate(f"sqlite://{tmp_path}/new.db")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["new.db", "new.db.migrate.lock"]


async def test_a_missing_directory_is_named_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidSettings, match=re.escape(f"{tmp_path}/nowhere, which does not exist; create it")
    ):
        await migrate(f"sqlite://{tmp_path}/nowhere/a.db")


async def test_a_failed_upgrade_leaves_nothing_of_it_behind(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = sqlite3.connect(path)
    old.executescript("CREATE TABLE writer (id INTEGER);")  # the name of one of our last tables
    old.close()
    with pytest.raises(Exception, match=r"table .?writer.? already exists"):
        await migrate(f"sqlite://{path}")
    after = sqlite3.connect(path)
    try:
        assert after.execute("SELECT name FROM sqlite_master").fetchall() == [("writer",)]
    finally:
        after.close()


async def seeded(database: Database) -> Seed:
    """An endpoint and an algorithm in the columns that the first schema has."""
    words = "'income_classifier', 'DTA', 'Who earns more'"
    async with database.transaction() as tx:
        await tx.execute_script(
            f"INSERT INTO endpoint (name, owner, description, created_at) VALUES ({words}, '{NOW:%F %T}')"
        )
        await tx.execute_script(
            "INSERT INTO ml_algorithm "
            "(endpoint_id, name, model_type, version, description, owner, revision, created_at) "
            f"VALUES (1, 'forest', 'classifier', '1', '', 'DTA', 0, '{NOW:%F %T}')"
        )
    endpoint = Endpoint(1, "income_classifier", "DTA", "Who earns more", NOW)
    forest = Algorithm(1, 1, "forest", Kind.CLASSIFIER, "1", "", "DTA", NOW, None)
    return Seed(endpoint, forest, forest)


async def test_a_database_of_the_first_schema_keeps_its_rows_and_finds_them_by_subject(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "migrations"
    (old / "models").mkdir(parents=True)
    shutil.copy(LOCATION / "models" / FIRST, old / "models" / FIRST)
    with monkeypatch.context() as then:
        then.setattr(orm.connection.schema, "LOCATION", old)
        assert await migrate(empty_database_url) == [FIRST]
    before = await Database.open(empty_database_url, migrate=False)
    seed = await seeded(before)
    async with before.transaction() as tx:
        for row in (new_request(seed, 1, subject="ann"), new_request(seed, 2)):
            statement = Statement(tx)  # the insertion of today writes columns that came later
            values = (row.id, row.endpoint_id, row.subject, row.input, row.full_response, "OK", 0.25, 0.002)
            await statement.run(
                "INSERT INTO ml_request "
                "(id, endpoint_id, subject, input, full_response, outcome, probability, latency) "
                f"VALUES ({', '.join(map(statement.bind, values))})"
            )
    assert await before.pending_migrations() == ALL[1:]
    await before.close()
    assert await migrate(empty_database_url) == ALL[1:]
    after = await Database.open(empty_database_url)
    async with after.reader() as reader:
        found = await requests_by_ids(reader, READER, [request_id(1), request_id(2)])
        if after.dialect == "sqlite":
            plan = await reader.execute_query_dict(
                "EXPLAIN QUERY PLAN SELECT max(id) FROM ml_request WHERE subject = 'ann'"
            )
            assert [row["detail"] for row in plan] == [
                "SEARCH ml_request USING COVERING INDEX idx_ml_request_subject (subject=?)"
            ]
    await after.close()
    assert [request.subject for request in found.values()] == ["ann", None]
    assert [(request.probability, request.confidence) for request in found.values()] == [(0.25, None)] * 2
