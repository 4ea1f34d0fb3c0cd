"""Which releases work on a schema: each migration says how old a release may be that does not know it."""

from __future__ import annotations

import importlib.metadata
import logging
import re
import runpy
from dataclasses import dataclass
from pathlib import Path

from domain.errors import SchemaTooNew
from orm.connection.client import Client, is_postgres
from orm.connection.config import APP, SqliteLocation
from orm.connection.startup_errors import Location, description_of

DISTRIBUTION = "arbiter-server"
TABLE = "migration"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LaterMigration:
    """A migration that the database has and this release does not know.

    `usable_from` is the oldest release that works on it, and `made_by` the one that has made it; None where the
    database does not say.
    """

    name: str
    usable_from: str | None
    made_by: str | None

    def is_usable(self, release: str) -> bool:
        """Whether `release` works on it."""
        return self.usable_from is not None and order_of(release) >= order_of(self.usable_from)


def this_release() -> str:
    """The version of the installed distribution."""
    return importlib.metadata.version(DISTRIBUTION)


def order_of(release: str) -> tuple[int, ...]:
    """By what releases are compared.

    >>> order_of("0.10.0") > order_of("0.9.2"), order_of("1.0.0rc1")
    (True, (1, 0, 0))
    """
    return tuple(int(number) for number in re.findall(r"(?:^|\.)(\d+)", release)[:3])


def files_in(folder: Path) -> list[Path]:
    """The migrations of this release, in the order in which they are applied."""
    return sorted((folder / APP).glob("[0-9]*_*.py"), key=lambda file: _number(file.name))


def _number(name: str) -> int:
    return int(name.split("_", maxsplit=1)[0])


async def applied_migrations(client: Client) -> list[str]:
    """What the database's own list holds, in the order in which it was applied."""
    if "aerich" not in await tables(client):
        return []
    rows = await client.execute_query_dict(f"SELECT version FROM aerich WHERE app = '{APP}' ORDER BY id")
    return [row["version"] for row in rows]


async def tables(client: Client) -> frozenset[str]:
    """The names of the database's tables."""
    query = (
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = ANY(current_schemas(false))"
        if is_postgres(client)
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    return frozenset(row["name"] for row in await client.execute_query_dict(query))


async def later_migrations(client: Client, folder: Path) -> list[LaterMigration]:
    """Those of the database that are not in `folder`, in the order in which they were applied."""
    known = {file.name for file in files_in(folder)}
    later = [name for name in await applied_migrations(client) if name not in known]
    if not later:
        return []
    said = await _said(client)
    return [LaterMigration(name, *said.get(name, (None, None))) for name in later]


async def _said(client: Client) -> dict[str, tuple[str, str]]:
    """By migration, the oldest release that works on it and the one that has made it."""
    if TABLE not in await tables(client):
        return {}
    rows = await client.execute_query_dict(f"SELECT name, usable_from, made_by FROM {TABLE}")
    return {row["name"]: (row["usable_from"], row["made_by"]) for row in rows}


async def say_usable(client: Client, folder: Path, release: str) -> None:
    """Writes down, for releases that do not know them, from which release on the migrations of `folder` are usable.

    Once before they are applied, so that a start that is killed leaves no migration of which nobody knows, and once
    after the first that makes the table.
    """
    if TABLE not in await tables(client):
        return
    said = await _said(client)
    for file in files_in(folder):
        if file.name not in said:
            usable_from = runpy.run_path(str(file))["USABLE_FROM"]
            # All three are texts of ours: names of files, and versions.
            await client.execute_script(
                f"INSERT INTO {TABLE} (name, usable_from, made_by) "
                f"VALUES ('{file.name}', '{usable_from}', '{release}')"
            )


def require_usable(later: list[LaterMigration], release: str, location: Location) -> None:
    """Warns of a schema of a later release on which this one works. Raises SchemaTooNew where it does not."""
    if not later:
        return
    where = f"T{description_of(location)[1:]}"
    unusable = [one for one in later if not one.is_usable(release)]
    if not unusable:
        log.warning("%s %s", where, described(later, release))
        return
    raise SchemaTooNew(
        f"{where} was brought up to date by a later release than this one, {release}, which does not work on it: "
        f"{', '.join(map(_needs, unusable))}. {_cure(later, unusable, location)}"
    )


def described(later: list[LaterMigration], release: str) -> str:
    """In words: which migrations of a later release the database has, on which this one works."""
    least = max((one.usable_from for one in later if one.usable_from is not None), key=order_of)
    names = ", ".join(one.name for one in later)
    return f"is of a later release, which has made {names}; this one, {release}, works on it, as do all from {least} on"


def _needs(one: LaterMigration) -> str:
    if one.usable_from is None:
        return f"{one.name} (which releases work on it is not written down)"
    return f"{one.name} (needs {one.usable_from} or later)"


def _cure(later: list[LaterMigration], unusable: list[LaterMigration], location: Location) -> str:
    needed = [one.usable_from or one.made_by for one in unusable]
    known = [release for release in needed if release is not None]
    install = (
        f"release {max(known, key=order_of)} or later" if len(known) == len(needed) else "the later release"
    )
    copy = _copy_before(later[0], location)
    if copy is None:
        return f"Install {install}, or restore the copy that you made before the upgrade."
    return (
        f"Install {install}, or name a file in ARBITER_DATABASE_URL that you make from the copy from before, "
        f"{copy}, which lacks everything that came after."
    )


def _copy_before(first: LaterMigration, location: Location) -> Path | None:
    """The copy of a SQLite file that was made last before the first migration that this release does not know."""
    if not isinstance(location, SqliteLocation):
        return None
    path = location.path.absolute()
    start = f"{path.name}.before-"
    found = {
        _number(file.name.removeprefix(start)): file
        for file in path.parent.iterdir()
        if re.fullmatch(rf"{re.escape(start)}\d+_\w+", file.name)
    }
    earlier = [number for number in found if number <= _number(first.name)]
    return found[max(earlier)] if earlier else None
