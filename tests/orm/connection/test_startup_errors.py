"""A database that cannot be opened at a start is named, with the driver's reason and a cure, never the password."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from domain.errors import ArbiterError, DatabaseUnavailable, InvalidSettings
from orm.connection.config import location_of
from orm.connection.database import Database
from orm.connection.schema import migrate
from orm.connection.startup_errors import opening
from tests.conftest import postgres_url_of

SECRET = "s3cret"


async def refusal(url: str) -> str:
    """What both ways to begin say of a database."""
    said = []
    for begin in (Database.open, migrate):
        with pytest.raises(ArbiterError) as refused:
            await begin(url)
        said.append(refused.value.message)
    assert said[0] == said[1]
    assert SECRET not in said[0]
    return said[0]


async def test_port_where_nobody_listens_is_named() -> None:
    assert await refusal(f"postgres://ann:{SECRET}@127.0.0.1:1/arbiter") == (
        "The PostgreSQL database 'arbiter' at 127.0.0.1:1 cannot be opened: The database cannot be reached "
        "([Errno 111] Connect call failed ('127.0.0.1', 1)); start it, or correct host and port in "
        "ARBITER_DATABASE_URL."
    )


async def test_host_without_an_address_is_named() -> None:
    said = await refusal(f"postgres://ann:{SECRET}@db.invalid/arbiter")
    assert said.startswith("The PostgreSQL database 'arbiter' at db.invalid:5432 cannot be opened: ")
    assert said.endswith("; correct the host's name in ARBITER_DATABASE_URL.")


async def test_server_that_takes_no_tls_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        async def serve(_reader: Any, writer: Any) -> None:
            writer.write(b"N")  # what a PostgreSQL without TLS answers to the wish for it
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, sock=listening)
        said = await refusal(f"postgres://ann:{SECRET}@127.0.0.1:{port}/arbiter?sslmode=require")
        server.close()
    assert f"at 127.0.0.1:{port} cannot be opened" in said
    assert said.endswith("the server offers no TLS: leave ?sslmode= out of ARBITER_DATABASE_URL.")


@pytest.mark.parametrize(
    ("change", "reason", "cure"),
    [
        (
            "postgresql://postgres@/absent?",
            "The PostgreSQL database 'absent' at ",
            'The database does not exist on its server (database "absent" does not exist); '
            "create the database, or name another one in ARBITER_DATABASE_URL.",
        ),
        (
            f"postgresql://stranger:{SECRET}@/postgres?",
            "The PostgreSQL database 'postgres' at ",
            "correct the user in ARBITER_DATABASE_URL, or allow this user and host in the server's pg_hba.conf.",
        ),
    ],
)
async def test_postgres_that_refuses_is_named(
    postgres_server: Any, change: str, reason: str, cure: str
) -> None:
    said = await refusal(change + postgres_url_of(postgres_server, "postgres").partition("?")[2])
    assert said.startswith(reason)
    assert said.endswith(cure)


@pytest.mark.parametrize(
    ("error", "ends"),
    [
        (
            asyncpg.InvalidPasswordError('password authentication failed for user "ann"'),
            '(password authentication failed for user "ann"); correct the password in ARBITER_DATABASE_URL.',
        ),
        (
            asyncpg.InvalidAuthorizationSpecificationError(
                'no pg_hba.conf entry for host "10.0.0.1", user "ann", database "arbiter", no encryption'
            ),
            "the server wants TLS: add ?sslmode=require to ARBITER_DATABASE_URL, or allow this host in pg_hba.conf.",
        ),
        (TimeoutError(), "(it does not answer); start it, or correct host and port in ARBITER_DATABASE_URL."),
        (
            asyncpg.ReadOnlySQLTransactionError("cannot execute UPDATE in a read-only transaction"),
            "; name the primary in ARBITER_DATABASE_URL, not a standby.",
        ),
        (
            asyncpg.InsufficientPrivilegeError("permission denied for schema public"),
            "; grant this user the right, or name the owner in ARBITER_DATABASE_URL.",
        ),
    ],
)
def test_what_a_server_says_has_its_cure(error: Exception, ends: str) -> None:
    with (
        pytest.raises(DatabaseUnavailable) as refused,
        opening(location_of(f"postgres://ann:{SECRET}@db/arbiter")),
    ):
        raise error
    assert refused.value.message.startswith("The PostgreSQL database 'arbiter' at db:5432 cannot be opened: ")
    assert refused.value.message.endswith(ends)


async def test_sqlite_file_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    letter = tmp_path / "letter.db"
    letter.write_text("Dear Ann, " * 1000)
    assert await refusal(f"sqlite://{letter}") == (
        f"The database file {letter} cannot be opened: The database file is no database; "
        "name another file in ARBITER_DATABASE_URL, or move this one away."
    )
    assert await refusal(f"sqlite://{tmp_path}") == (
        f"ARBITER_DATABASE_URL names {tmp_path}, which is a directory; name a file, such as one in it."
    )
    assert await refusal(f"sqlite://{tmp_path}/absent/arbiter.db") == (
        f"ARBITER_DATABASE_URL names a file in the directory {tmp_path}/absent, which does not exist; "
        "create it, or name another file."
    )


async def test_relative_file_is_named_with_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = await Database.open("sqlite://arbiter.db")
    try:
        assert database.name == f"the database file {os.getcwd()}/arbiter.db"
    finally:
        await database.close()


@pytest.mark.parametrize(
    "url",
    [
        f"postgres://ann:{SECRET}/x@db/arbiter",
        f"postgres://db:{SECRET}/arbiter",
        f"postgres://a:{SECRET}#@db/x",
    ],
)
def test_url_that_is_none_shows_no_part_of_a_password(url: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        location_of(url)
    assert SECRET not in refused.value.message
    assert "percent-encoded" in refused.value.message
