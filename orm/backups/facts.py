"""What a backup says of the tables in it: their names, rows and migrations, and the models that they refer to."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from inspect import isclass

from tortoise.models import Model

from domain.errors import InvalidBackup, SchemaTooNew
from domain.requests.request_ids import EPOCH, MILLISECOND_BITS, WRITERS
from orm.backups.archive import Manifest, StoredModel
from orm.connection.config import MODELS
from orm.connection.schema import LOCATION, files_in

SCHEMA_TABLES = frozenset({"migration", "aerich"})
"""What says of the schema how it came to be: it stays with the schema."""

ALWAYS_THERE = frozenset({"catalog_revision", "writer"})
"""Tables that hold rows although nobody has stored anything."""

APPLIED = "SELECT version FROM aerich WHERE app = 'models' ORDER BY id"
STORED_MODELS = (
    "SELECT e.name AS endpoint, a.name AS algorithm, a.version, a.digest FROM ml_algorithm a "
    "JOIN endpoint e ON e.id = a.endpoint_id WHERE a.digest IS NOT NULL AND a.withdrawn_at IS NULL ORDER BY a.id"
)
NEWEST = f"SELECT coalesce(max(id), 0) >> {MILLISECOND_BITS} FROM ml_request"
LEASES = """
INSERT INTO writer (id, token, high_water, expires_at) SELECT n, '', {floor}, 0 FROM {numbers}
ON CONFLICT (id) DO UPDATE SET token = '', expires_at = 0, high_water = {greatest}(writer.high_water, {floor})
"""
SQLITE_LEASES = (
    f"WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {WRITERS - 1})"
    + LEASES.format(floor="?1", numbers="numbers WHERE true", greatest="max")
)
POSTGRES_LEASES = LEASES.format(
    floor="$1::bigint", numbers=f"generate_series(0, {WRITERS - 1}) AS numbers (n)", greatest="greatest"
)
"""Returns all writer numbers. None makes an id below those that are stored, or below the moment of the restore: what
was answered after the backup is lost, but its ids are given to no other request."""


def data_tables() -> frozenset[str]:
    """The tables whose rows are backed up, as this release knows them."""
    modules = [import_module(name) for name in MODELS]
    found = {
        one._meta.db_table
        for module in modules
        for one in vars(module).values()
        if isclass(one) and issubclass(one, Model) and one is not Model
    }
    return frozenset(found - SCHEMA_TABLES)


def stored_models(rows: list[tuple[str, str, str, str]]) -> tuple[StoredModel, ...]:
    """The rows of STORED_MODELS."""
    return tuple([StoredModel(*row) for row in rows])


def milliseconds(now: datetime) -> int:
    """Since the epoch of ids."""
    return int((now - EPOCH).total_seconds() * 1000)


def known_migrations() -> list[str]:
    """The migrations of this release, in their order."""
    return [file.name for file in files_in(LOCATION)]


def require_known(migrations: tuple[str, ...] | list[str], release: str, made_by: str) -> None:
    """Raises SchemaTooNew for a schema that this `release` does not know: it would take a part for the whole."""
    unknown = sorted(set(migrations) - set(known_migrations()))
    if unknown:
        raise SchemaTooNew(
            f"It is of a later release ({made_by}) than this one, {release}, which does not know {', '.join(unknown)}: "
            "use that release."
        )


def require_kind(manifest: Manifest, kind: str) -> None:
    """Raises InvalidBackup for a backup of another kind of database."""
    if manifest.database != kind:
        names = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
        raise InvalidBackup(
            f"The backup is of {names.get(manifest.database, manifest.database)}, and ARBITER_DATABASE_URL names a "
            f"database of {names[kind]}: a backup goes back into its own kind."
        )
