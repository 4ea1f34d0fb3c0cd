"""A SQLite file, copied while other processes write it, and put back in the place of another one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from domain.errors import Conflict, DatabaseUnavailable, InvalidBackup
from orm.backups.archive import (
    ArchiveReader,
    ArchiveWriter,
    Manifest,
    Pace,
    copied,
    require_room,
    sync_folder,
    writing,
)
from orm.backups.facts import (
    ALWAYS_THERE,
    APPLIED,
    NEWEST,
    SQLITE_LEASES,
    STORED_MODELS,
    data_tables,
    milliseconds,
    require_kind,
    require_known,
    stored_models,
)

FILE = "arbiter.db"
PAGES = 64
BUSY_SECONDS = 5.0
SIDE_FILES = ("-wal", "-shm", "-journal")


def back_up(path: Path, target: Path, *, release: str, now: datetime, pace: Pace) -> Manifest:
    """Copy the file as it is at this moment, and pack the copy. Raises what `ArchiveWriter` raises.

    The copy is taken within one read transaction, so that what others commit meanwhile neither is in it nor makes it
    begin anew; until it ends, no checkpoint goes beyond this moment.
    """
    copy = target.with_name(target.name + ".copy")
    # The copy and, at worst, an archive as large as it.
    require_room(target.parent if target.parent.is_dir() else Path(), 2 * path.stat().st_size, "The backup")
    with ArchiveWriter(target, pace) as archive, _removed(copy):
        _copy(path, copy, pace)
        manifest = _described(copy, release, now)
        with archive.member(FILE) as write, copy.open("rb") as stream:
            copied(stream, write)
        return archive.finish(manifest)


def _copy(path: Path, copy: Path, pace: Pace) -> None:
    with (
        closing(_connected(path, "ro")) as source,
        closing(_connected(copy, "rwc")) as target,
        writing(copy),
        copy.open("rb") as stream,
    ):
        copy.chmod(0o600)
        target.execute("PRAGMA synchronous = OFF")
        size = source.execute("PRAGMA page_size").fetchone()[0]

        def pause(_status: int, _remaining: int, _total: int) -> None:
            os.fdatasync(stream.fileno())
            pace.spend(PAGES * size)

        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        try:
            source.backup(target, pages=PAGES, progress=pause)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}:
                raise OSError(None, str(error)) from error
            raise


def _described(copy: Path, release: str, now: datetime) -> Manifest:
    with closing(_connected(copy, "rw")) as database:
        _require_whole(database, copy)
        applied = tuple(row[0] for row in database.execute(APPLIED))
        require_known(applied, release, "it does not say which")
        tables = sorted(data_tables() & _tables(database))
        manifest = Manifest(
            database="sqlite",
            release=release,
            begun=now.isoformat(),
            migrations=applied,
            rows={table: _count(database, table) for table in tables},
            sequences={},
            artifacts=stored_models(_stored_models(database)),
        )
        # A file that needs no other one beside it is packed whole.
        database.execute("PRAGMA journal_mode = DELETE")
    return manifest


def restore(archive: ArchiveReader, path: Path, *, release: str, now: datetime, replace: bool) -> None:
    """Unpack the file beside its place, look at it, and put it there. The caller keeps other starts away.

    Raises InvalidBackup, SchemaTooNew, Misconfigured, and Conflict where there is data or a process that has the file
    open; then everything is as it was.
    """
    require_kind(archive.manifest, "sqlite")
    require_known(archive.manifest.migrations, release, archive.manifest.release)
    (member,) = archive.manifest.members
    path = path.resolve()  # A link stays one, and what it names is replaced.
    _require_place(path, replace=replace)
    require_room(path.parent, member.size, "The restored database")
    unpacked = path.with_name(path.name + ".restoring")
    with _removed(unpacked):
        with writing(unpacked), unpacked.open("wb") as stream:
            _make_alike(unpacked, path)
            for piece in archive.pieces(member):
                stream.write(piece)
        with writing(unpacked), closing(_connected(unpacked, "rw")) as database:
            _require_whole(database, unpacked)
            newest = database.execute(NEWEST).fetchone()[0]
            database.execute(SQLITE_LEASES, [max(newest, milliseconds(now))])
            database.execute("PRAGMA journal_mode = WAL")
        with unpacked.open("rb") as stream:
            os.fsync(stream.fileno())
        with _alone(path):
            unpacked.replace(path)
        sync_folder(path.parent)


def _make_alike(unpacked: Path, path: Path) -> None:
    """Who may use the file now may use it afterwards, whoever restores it."""
    if not path.exists():
        unpacked.chmod(0o600)
        return
    now = path.stat()
    with suppress(PermissionError):  # Only root gives a file away; others restore their own.
        os.chown(unpacked, now.st_uid, now.st_gid)
    unpacked.chmod(now.st_mode & 0o777)


def _require_place(path: Path, *, replace: bool) -> None:
    if not path.exists():
        left = [name for end in SIDE_FILES if (name := path.with_name(path.name + end)).exists()]
        if left:
            raise Conflict(
                f"{left[0]} is there without its database and would be taken for a part of it: move it away."
            )
        return
    if path.stat().st_size == 0 or replace:
        return
    with closing(_connected(path, "ro")) as database:
        tables = _tables(database)
        full = [
            name for name in sorted(tables - ALWAYS_THERE) if name in data_tables() and _count(database, name)
        ]
    if full or (tables and "aerich" not in tables):
        held = f"rows in {', '.join(full)}" if full else "tables that are none of Arbiter's"
        raise Conflict(
            f"{path.absolute()} holds {held}: name another database, or say --replace, which gives all of it up."
        )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody else has the file open, and what stands in its log is in it: a log that stays would be taken for a part
    of the new file.
    """
    if not path.exists():
        yield
        return
    with closing(_connected(path, "rw")) as database:
        try:
            database.execute("PRAGMA journal_mode = DELETE")
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise
            raise Conflict(
                f"Another process has {path.absolute()} open: stop the servers, then restore. Nothing was changed."
            ) from error
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
                raise
            # It was told to give up what is there, and that is no database: nobody can have it open.
            for end in SIDE_FILES:
                path.with_name(path.name + end).unlink(missing_ok=True)
        yield


@contextmanager
def _removed(path: Path) -> Iterator[None]:
    """No such file, and none of those that SQLite puts beside it, is there before and after the block."""
    files = [path, *(path.with_name(path.name + end) for end in SIDE_FILES)]
    for file in files:
        file.unlink(missing_ok=True)
    try:
        yield
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def _require_whole(database: sqlite3.Connection, path: Path) -> None:
    try:
        (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        words = f"The database is damaged: {found}."
        raise DatabaseUnavailable(words) if path.suffix == ".copy" else InvalidBackup(words)


def _connected(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(path))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)


def _tables(database: sqlite3.Connection) -> frozenset[str]:
    rows = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return frozenset(row[0] for row in rows)


def _count(database: sqlite3.Connection, table: str) -> int:
    return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _stored_models(database: sqlite3.Connection) -> list[tuple[str, str, str, str]]:
    columns = {row[1] for row in database.execute("PRAGMA table_info(ml_algorithm)")}
    return list(database.execute(STORED_MODELS)) if "digest" in columns else []
