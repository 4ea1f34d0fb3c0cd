from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from domain.errors import InvalidSettings
from orm.connection.config import (
    PostgresLocation,
    SqliteLocation,
    bounds_of,
    location_of,
    postgres_credentials,
    tortoise_config,
)
from tests.orm.connection.test_migrations import ALL

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("sqlite://arbiter.db", SqliteLocation(Path("arbiter.db"))),
        ("sqlite://data/arbiter.db", SqliteLocation(Path("data/arbiter.db"))),
        ("sqlite:///var/lib/arbiter.db", SqliteLocation(Path("/var/lib/arbiter.db"))),
        ("sqlite:////var/lib/arbiter.db", SqliteLocation(Path("/var/lib/arbiter.db"))),
        ("sqlite:///tmp/with%20space.db", SqliteLocation(Path("/tmp/with space.db"))),
        ("postgres://ann:p%40ss@db:5433/arbiter", PostgresLocation("db", 5433, "ann", "p@ss", "arbiter")),
        ("postgresql://db", PostgresLocation("db", 5432, None, None, None)),
        ("postgresql://ann@/arbiter?host=/run/pg", PostgresLocation("/run/pg", 5432, "ann", None, "arbiter")),
        (
            "postgres://db/arbiter?sslmode=require",
            PostgresLocation("db", 5432, None, None, "arbiter", {"sslmode": "require"}),
        ),
    ],
)
def test_urls_name_their_database(url: str, location: SqliteLocation | PostgresLocation) -> None:
    assert location_of(url) == location


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "has no scheme"),
        ("arbiter.db", "has no scheme"),
        ("mysql://db/arbiter", "scheme 'mysql', which is not supported"),
        ("sqlite://", "names no file"),
        ("sqlite://:memory:", "must name a file"),
        ("sqlite://a.db?mode=ro", "must name a file"),
        ("postgres://db:port/arbiter", "is no URL"),
        ("postgres://[db/arbiter", "is no URL"),
        ("postgres://db/arbiter?sslmodes=require", "unknown option 'sslmodes'"),
        ("postgres://db/arbiter?sslmode", "is no URL"),
    ],
)
def test_bad_urls_are_refused_with_the_variable_the_reason_and_the_cure(url: str, reason: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        tortoise_config(url)
    assert refused.value.message.startswith("ARBITER_DATABASE_URL ")
    assert reason in refused.value.message
    assert "use sqlite://arbiter.db" in refused.value.message


def test_a_password_appears_in_no_representation_and_in_no_error() -> None:
    assert "secret" not in repr(location_of("postgres://ann:secret@db/arbiter"))
    with pytest.raises(InvalidSettings) as refused:
        location_of("postgres://ann:secret@db:port/arbiter")
    assert "secret" not in refused.value.message


def test_readers_are_read_only_and_stopped_by_the_server() -> None:
    location = PostgresLocation("db", 5432, "ann", None, "arbiter", {"sslmode": "require"})
    credentials = postgres_credentials(
        location, pool=3, bounds=bounds_of(statement_timeout=2.5, read_only=True), read_only=True
    )
    assert credentials["server_settings"]["statement_timeout"] == "2500"
    assert credentials["server_settings"]["default_transaction_read_only"] == "on"
    assert (credentials["maxsize"], credentials["ssl"]) == (3, "require")


def test_aerich_finds_its_configuration_and_nothing_to_migrate(tmp_path: Path) -> None:
    """The command that writes migrations sees no difference between the models and the files."""
    environment = {**os.environ, "ARBITER_DATABASE_URL": f"sqlite://{tmp_path}/a.db"}
    aerich = [str(Path(sys.executable).with_name("aerich")), "-c", "aerich.toml"]

    def run(*command: str) -> str:
        done = subprocess.run(
            [*aerich, *command], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    assert "0_20261123000000_init.py" in run("upgrade")
    assert "0_20261123000000_init.py" in run("history")
    assert "No changes detected" in run("migrate", "--name", "nothing")
    assert sorted(file.name for file in (ROOT / "orm/migrations/models").glob("*.py")) == sorted(ALL)
