from __future__ import annotations

import asyncio
import dataclasses
import fcntl
import io
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.errors import Conflict, InvalidBackup, Misconfigured, SchemaTooNew
from domain.requests.request_ids import compose, first_at, millisecond_of
from orm.backups import whole
from orm.backups.archive import MANIFEST, ArchiveWriter, Manifest, Pace
from orm.backups.facts import data_tables
from orm.connection.database import Database
from orm.connection.schema import LOCATION, files_in, migrate, tables
from orm.queries.history import writer_leases
from tests.orm.rows import NOW, Seed, insert, new_request, seed_into

LATER = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
NAMES = [file.name for file in files_in(LOCATION)]


async def contents(url: str) -> dict[str, list[Any]]:
    """Every row of every table, but for the leases of writer numbers, which a restore gives back."""
    database = await Database.open(url, migrate=False)
    try:
        async with database.reader() as reader:
            return {
                table: sorted(
                    [
                        tuple(row.values())
                        for row in await reader.execute_query_dict(f"SELECT * FROM {table}")
                    ],
                    key=repr,
                )
                for table in sorted(data_tables() - {"writer"})
            }
    finally:
        await database.close()


async def fill(url: str, count: int = 5) -> Seed:
    database = await Database.open(url)
    try:
        seed = await seed_into(database)
        odd = ["a\tb\\n\r\n", "\\.", "\\N", "'; --", "ä € 😀"]
        await insert(
            database,
            [
                new_request(seed, n, subject=odd[n % 5], probability=1 / 3, latency=5e-324, input=f'["{n}"]')
                for n in range(count)
            ],
        )
        async with database.transaction() as tx:
            await tx.execute_query(
                "INSERT INTO feedback_event (request_id, feedback, created_by, created_at) "
                f"SELECT id, 'x', 'ann', '{NOW.isoformat()}' FROM ml_request"
            )
            await tx.execute_query("UPDATE ml_algorithm SET digest = 'd1' WHERE name = 'trees'")
            await writer_leases.claim(tx, "a", 1000, 10, 10**12)
        return seed
    finally:
        await database.close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "arbiter.backup"


async def test_what_is_restored_is_what_was_backed_up(
    empty_database_url: str, other_empty_url: str, target: Path
) -> None:
    await fill(empty_database_url)
    taken = await whole.back_up(empty_database_url, target, NOW)
    assert (taken.begun, taken.migrations, taken.rows["ml_request"]) == (NOW.isoformat(), tuple(NAMES), 5)
    assert [dataclasses.astuple(one) for one in taken.artifacts] == [
        ("income_classifier", "trees", "0.0.1", "d1")
    ]
    assert whole.looked_through(target) == taken
    assert await whole.restore(other_empty_url, target, LATER) == taken
    assert await contents(other_empty_url) == await contents(empty_database_url)
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir() if path.name.startswith(target.name)] == [
        target.name
    ]


async def test_after_a_restore_no_writer_number_is_held_and_no_id_below_is_made(
    empty_database_url: str, other_empty_url: str, target: Path
) -> None:
    seed = await fill(empty_database_url)
    newest = compose(millisecond_of(first_at(LATER)) + 5000, 3, 0)
    database = await Database.open(empty_database_url)
    await insert(database, [new_request(seed, 0, id=newest)])
    await database.close()
    await whole.back_up(empty_database_url, target, NOW)
    await whole.restore(other_empty_url, target, LATER)
    database = await Database.open(other_empty_url)
    async with database.transaction() as tx:
        lease = await writer_leases.claim(tx, "b", millisecond_of(first_at(LATER)), 10, 100)
        held = await tx.execute_query_dict("SELECT count(*) AS n FROM writer WHERE expires_at > 0")
    assert (lease.first, held[0]["n"]) == (millisecond_of(newest) + 1, 1)
    async with database.transaction() as tx:
        await tx.execute_query(
            "INSERT INTO feedback_event (request_id, feedback, created_by, created_at) "
            f"VALUES ({newest}, 'x', 'ann', '{NOW.isoformat()}')"
        )
        (event,) = await tx.execute_query_dict("SELECT max(id) AS n FROM feedback_event")
    assert event["n"] == 6
    await database.close()


async def test_every_table_is_backed_up_but_those_that_say_how_the_tables_came_to_be(
    database: Database,
) -> None:
    async with database.reader() as reader:
        assert data_tables() == {name for name in await tables(reader) if not name.startswith("sqlite_")} - {
            "aerich",
            "migration",
        }


async def test_a_restore_onto_data_is_refused_unless_it_is_told_to_replace(
    empty_database_url: str, other_empty_url: str, target: Path
) -> None:
    await fill(empty_database_url, 3)
    await whole.back_up(empty_database_url, target, NOW)
    await fill(other_empty_url, 4)
    before = await contents(other_empty_url)
    with pytest.raises(Conflict, match=r"holds rows in endpoint, feedback_event, ml_algorithm.*--replace"):
        await whole.restore(other_empty_url, target, LATER)
    assert await contents(other_empty_url) == before
    await whole.restore(other_empty_url, target, LATER, replace=True)
    assert await contents(other_empty_url) == await contents(empty_database_url)


async def test_a_backup_of_older_tables_gets_its_own_and_the_next_start_brings_them_up_to_date(
    empty_database_url: str, other_empty_url: str, target: Path, tmp_path: Path
) -> None:
    (tmp_path / "models").mkdir()
    for file in files_in(LOCATION)[:6]:
        (tmp_path / "models" / file.name).write_bytes(file.read_bytes())
    await migrate(empty_database_url, folder=tmp_path)
    taken = await whole.back_up(empty_database_url, target, NOW)
    assert taken.migrations == tuple(NAMES[:6])
    await whole.restore(other_empty_url, target, LATER)
    assert await migrate(other_empty_url) == NAMES[6:]


async def test_a_backup_of_a_later_release_is_refused_and_changes_nothing(
    empty_database_url: str, other_empty_url: str, target: Path
) -> None:
    await fill(empty_database_url)
    await whole.back_up(empty_database_url, target, NOW)
    changed(target, "migrations", [*NAMES, "99_later.py"])
    with pytest.raises(
        SchemaTooNew, match=r"later release \(0\.1\.0\) than this one, 0\.1\.0, .*99_later\.py"
    ):
        await whole.restore(other_empty_url, target, LATER)
    database = await Database.open(empty_database_url)
    async with database.transaction() as tx:
        await tx.execute_query(
            "INSERT INTO aerich (version, app, content) VALUES ('99_later.py', 'models', '{}')"
        )
    await database.close()
    with pytest.raises(SchemaTooNew, match=r"99_later\.py"):
        await whole.back_up(empty_database_url, target, NOW)


def changed(target: Path, name: str, value: Any) -> None:
    """Write the archive anew with another fact in its manifest."""
    packed = io.BytesIO()
    with zipfile.ZipFile(target) as old, zipfile.ZipFile(packed, "w") as new:
        for entry in old.namelist():
            content = old.read(entry)
            if entry == MANIFEST:
                content = orjson.dumps(orjson.loads(content) | {name: value})
            new.writestr(entry, content)
    target.write_bytes(packed.getvalue())


async def test_a_torn_changed_or_foreign_file_is_refused_and_changes_nothing(
    empty_database_url: str, other_empty_url: str, target: Path
) -> None:
    await fill(empty_database_url)
    await whole.back_up(empty_database_url, target, NOW)
    await fill(other_empty_url, 2)
    before = await contents(other_empty_url)
    good = target.read_bytes()
    for bad in (good[:-1], good[: len(good) // 2], b"", b"SQLite format 3\0" + bytes(5000), flipped(good)):
        target.write_bytes(bad)
        with pytest.raises(InvalidBackup):
            await whole.restore(other_empty_url, target, LATER, replace=True)
        assert await contents(other_empty_url) == before
    target.write_bytes(good)
    with zipfile.ZipFile(target) as archive:
        members = orjson.loads(archive.read(MANIFEST))["members"]
    changed(target, "members", [one | {"sha256": "0" * 64} for one in members])
    with pytest.raises(InvalidBackup, match="is not what was backed up"):
        await whole.restore(other_empty_url, target, LATER, replace=True)
    assert await contents(other_empty_url) == before


async def test_a_file_that_lists_other_tables_than_it_holds_is_refused(
    empty_database_url: str, other_empty_url: str, target: Path
) -> None:
    await fill(empty_database_url)
    await whole.back_up(empty_database_url, target, NOW)
    with zipfile.ZipFile(target) as archive:
        members = orjson.loads(archive.read(MANIFEST))["members"]
    cases: list[list[Any]] = [members[1:], members + members[:1], []]
    for others in cases:
        changed(target, "members", others)
        with pytest.raises(InvalidBackup, match="it lists other tables than it holds"):
            await whole.restore(other_empty_url, target, LATER)


def test_whatever_byte_of_a_backup_is_another_one_its_file_is_refused_or_whole(target: Path) -> None:
    with ArchiveWriter(target, Pace(1e12)) as archive:
        with archive.member("arbiter.db") as write:
            write(bytes(range(256)))
        whole_one = archive.finish(Manifest("sqlite", "0.1.0", "", ("0_a.py",), {}, {}, ()))
    good = target.read_bytes()
    refused = 0
    for place in range(len(good)):
        for value in (0, 255, good[place] ^ 1, good[place] ^ 8):
            target.write_bytes(good[:place] + bytes([value]) + good[place + 1 :])
            try:
                assert whole.looked_through(target) == whole_one
            except InvalidBackup:
                refused += 1
    assert refused > 0


def test_a_backup_that_was_finished_just_now_is_not_written_over(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ArchiveWriter(target, Pace(1e12))
    with first.member("arbiter.db") as write:
        write(b"content")
    lock = fcntl.flock

    def late(file: Any, how: int) -> None:
        # The other process has opened the file, and here the first one ends.
        first.finish(Manifest("sqlite", "0.1.0", "", ("0_a.py",), {}, {}, ()))
        first.__exit__()
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with pytest.raises(Conflict, match="Another process is writing"):
        ArchiveWriter(target, Pace(1e12))
    assert whole.looked_through(target).members[0].size == 7


def flipped(content: bytes) -> bytes:
    """One bit of the largest member is another one."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        largest = max(archive.infolist(), key=lambda entry: entry.compress_size)
    at = largest.header_offset + 30 + len(largest.filename) + largest.compress_size // 2
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


async def test_a_backup_goes_back_into_its_own_kind_of_database_only(
    migrated_sqlite_url: str, postgres_url: str, target: Path
) -> None:
    await whole.back_up(migrated_sqlite_url, target, NOW)
    with pytest.raises(InvalidBackup, match=r"The backup is of SQLite, and ARBITER_DATABASE_URL names"):
        await whole.restore(postgres_url, target, LATER)
    await whole.back_up(postgres_url, target, NOW)
    with pytest.raises(InvalidBackup, match=r"The backup is of PostgreSQL, and ARBITER_DATABASE_URL names"):
        await whole.restore(migrated_sqlite_url, target, LATER)


async def test_other_tables_than_those_of_the_backup_are_refused(
    postgres_url: str, empty_postgres_url: str, target: Path, tmp_path: Path
) -> None:
    (tmp_path / "models").mkdir()
    for file in files_in(LOCATION)[:-1]:
        (tmp_path / "models" / file.name).write_bytes(file.read_bytes())
    await migrate(empty_postgres_url, folder=tmp_path)
    await whole.back_up(empty_postgres_url, target, NOW)
    with pytest.raises(Conflict, match=rf"the backup lacks {NAMES[-1]}\. Name an empty database"):
        await whole.restore(postgres_url, target, LATER)


async def test_a_backup_takes_the_place_of_a_backup_and_of_nothing_else(
    migrated_sqlite_url: str, target: Path
) -> None:
    file = Path(migrated_sqlite_url.removeprefix("sqlite://"))
    content = file.read_bytes()
    with pytest.raises(Conflict, match="exists and is no backup"):
        await whole.back_up(migrated_sqlite_url, file, NOW)
    assert file.read_bytes() == content
    await whole.back_up(migrated_sqlite_url, target, NOW)
    taken = await whole.back_up(migrated_sqlite_url, target, LATER)
    assert whole.looked_through(target) == taken
    with pytest.raises(Misconfigured, match="does not exist: create it"):
        await whole.back_up(migrated_sqlite_url, target.parent / "no" / "arbiter.backup", NOW)


async def test_a_process_that_has_the_file_open_keeps_a_restore_away(
    migrated_sqlite_url: str, target: Path
) -> None:
    await whole.back_up(migrated_sqlite_url, target, NOW)
    database = await Database.open(migrated_sqlite_url)
    async with database.transaction() as tx:
        await tx.execute_query("UPDATE catalog_revision SET revision = 7")
    with pytest.raises(Conflict, match="open: stop the servers, then restore"):
        await whole.restore(migrated_sqlite_url, target, LATER, replace=True)
    async with database.reader() as reader:
        assert (await reader.execute_query_dict("SELECT revision FROM catalog_revision"))[0]["revision"] == 7
    await database.close()


async def test_a_link_stays_a_link_and_the_file_keeps_its_owner(
    migrated_sqlite_url: str, target: Path, tmp_path: Path
) -> None:
    await fill(migrated_sqlite_url)
    await whole.back_up(migrated_sqlite_url, target, NOW)
    file = tmp_path / "elsewhere" / "real.db"
    file.parent.mkdir()
    shutil.copy(migrated_sqlite_url.removeprefix("sqlite://"), file)
    file.chmod(0o660)
    owner = (4711, 4712) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    os.chown(file, *owner)
    link = tmp_path / "link.db"
    link.symlink_to(file)
    before = file.stat().st_ino
    await whole.restore(f"sqlite://{link}", target, LATER, replace=True)
    assert link.is_symlink()
    now = file.stat()
    assert now.st_ino != before
    assert (now.st_uid, now.st_gid, now.st_mode & 0o777) == (*owner, 0o660)
    assert sorted(one.name for one in file.parent.iterdir()) == ["real.db"]


async def test_a_log_without_its_database_is_not_taken_for_a_part_of_the_restored_one(
    migrated_sqlite_url: str, target: Path
) -> None:
    await whole.back_up(migrated_sqlite_url, target, NOW)
    file = target.parent / "gone.db"
    (target.parent / "gone.db-wal").write_bytes(b"x")
    with pytest.raises(Conflict, match="is there without its database"):
        await whole.restore(f"sqlite://{file}", target, LATER)
    assert not file.exists()


async def test_a_backup_of_a_database_that_others_write_is_of_its_first_moment(
    empty_database_url: str, other_empty_url: str, target: Path
) -> None:
    """Each transaction writes a row and its event; meanwhile the pace lets others through hundreds of times."""
    seed = await fill(empty_database_url, 3000)
    database = await Database.open(empty_database_url)
    done = asyncio.Event()

    async def write() -> int:
        written = 0
        while not done.is_set():
            async with database.transaction() as tx:
                from_ = 10_000 + written
                await tx.execute_query(
                    "INSERT INTO ml_request (input, full_response, outcome, latency, id, endpoint_id) "
                    f"VALUES ('', '', 'OK', 0, {from_}, {seed.endpoint.id})"
                )
                await tx.execute_query(
                    "INSERT INTO feedback_event (request_id, created_by, created_at) "
                    f"VALUES ({from_}, 'x', '{NOW.isoformat()}')"
                )
            written += 1
        return written

    writer = asyncio.create_task(write())
    await asyncio.sleep(0.1)
    taken = await whole.back_up(empty_database_url, target, NOW, pace=Pace(4 << 20))
    done.set()
    written = await writer
    await database.close()
    backed = taken.rows["ml_request"] - 3000
    assert taken.rows["feedback_event"] == backed + 3000
    assert 0 < backed < written
    await whole.restore(other_empty_url, target, LATER)
    rows = await contents(other_empty_url)
    assert len([row for row in rows["ml_request"] if row[0] < 100_000]) == backed


FULL = """
import asyncio, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from domain.errors import Misconfigured
from orm.backups import whole
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    asyncio.run(whole.back_up(sys.argv[1], Path(sys.argv[2]), datetime.now(UTC)))
except Misconfigured as error:
    print(error.message)
"""


async def test_without_room_nothing_is_left_under_the_final_name(
    empty_database_url: str, target: Path
) -> None:
    await fill(empty_database_url, 3000)
    taken = await whole.back_up(empty_database_url, target, NOW)
    good = target.read_bytes()
    assert taken.rows["ml_request"] == 3000
    # SQLite's copy is what does not fit; below 100 kB not even the file beside the source could be written.
    room = 200_000 if empty_database_url.startswith("sqlite") else 50_000
    said = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", FULL, empty_database_url, str(target), str(room)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert "could not be written" in said.stdout, said.stderr
    assert target.read_bytes() == good
    assert [path.name for path in target.parent.iterdir() if path.name.startswith(target.name)] == [
        target.name
    ]


def test_the_pace_lets_through_so_many_bytes_a_second() -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(100, timer=lambda: now[0], sleep=sleep)
    pace.spend(50)
    now[0] += 10
    pace.spend(200)
    assert slept == [0.5, 2.0]
