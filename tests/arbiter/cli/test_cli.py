"""Every command, in this process, on a database of its own."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import typer.main

from arbiter.cli.application import _explain, app, run
from arbiter.settings import Settings
from orm.connection.schema import migrate
from registry.discovery import default_artifacts_root
from tests.arbiter.processes import ROOT, arbiter

MADE_AT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)")


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs one command line against a SQLite file of this test, which has its tables."""
    monkeypatch.setenv("ARBITER_DATABASE_URL", f"sqlite://{tmp_path / 'arbiter.db'}")
    monkeypatch.chdir(tmp_path)
    asyncio.run(migrate(f"sqlite://{tmp_path / 'arbiter.db'}"))

    def call(*arguments: str) -> Said:
        code = run(arguments)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return call


def commands() -> list[tuple[str, ...]]:
    """Every command as it is typed."""
    found: list[tuple[str, ...]] = []

    def walk(group: Any, path: tuple[str, ...]) -> None:
        for name, below in group.commands.items():
            if hasattr(below, "commands"):
                walk(below, (*path, name))
            else:
                found.append((*path, name))

    walk(typer.main.get_command(app), ())
    return found


def test_the_commands_are_these() -> None:
    assert sorted(" ".join(path) for path in commands()) == [
        "abtest cancel",
        "abtest conclude",
        "abtest create",
        "abtest plan",
        "abtest rollback",
        "abtest show",
        "abtest slices",
        "abtest verify",
        "algorithms",
        "backup",
        "check",
        "doctor",
        "endpoint new",
        "explain",
        "export",
        "feedback",
        "forget",
        "index",
        "jobs cancel",
        "jobs list",
        "jobs resume",
        "jobs show",
        "keys create",
        "keys list",
        "keys retire",
        "keys revoke",
        "keys rotate",
        "migrate",
        "predict",
        "publish",
        "rebuild-summary",
        "replay",
        "restore",
        "retention clear",
        "retention run",
        "retention set",
        "retention show",
        "schema",
        "serve",
        "settings",
        "status set",
        "vacuum",
        "withdraw",
        "work",
    ]


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_helps_with_an_example(command: Command, path: tuple[str, ...]) -> None:
    said = command(*path, "--help")
    assert (said.code, said.err) == (0, "")
    assert re.search(rf"Example: (ARBITER_PORT=9000 )?arbiter {' '.join(path)}\b", " ".join(said.out.split()))


def remove_database(folder: Path) -> None:
    for part in folder.glob("arbiter.db*"):
        part.unlink()


def test_migrate_applies_once(command: Command, tmp_path: Path) -> None:
    remove_database(tmp_path)
    first = command("migrate", "--json").json
    assert len(first["applied"]) == len(list((ROOT / "orm/migrations/models").glob("[0-9]*.py")))
    nothing = "nothing to apply: the database has every migration of this release\n"
    assert command("migrate").out == nothing


def test_algorithms_lists_what_is_shipped(command: Command) -> None:
    rows = command("algorithms", "--json").json
    assert [(row["id"], row["endpoint"], row["name"], row["version"], row["status"]) for row in rows] == [
        (1, "income_classifier", "random forest", "0.0.1", "production"),
        (2, "income_classifier", "extra trees", "0.0.1", "testing"),
        (3, "income_classifier", "catboost", "0.1.0", None),
        (4, "premium_insurance", "random forest", "0.0.1", "production"),
        (5, "premium_insurance", "decision trees", "0.0.1", "testing"),
        (6, "premium_insurance", "catboost", "0.1.0", None),
        (7, "income_classifier", "gradient boosting", "0.1.0", None),
        (8, "wine_cultivar", "logistic regression", "0.1.0", "production"),
        (9, "wine_cultivar", "extra trees", "0.1.0", "testing"),
    ]
    assert {row["ready"] for row in rows} == {True}
    table = command("algorithms").out.splitlines()
    assert table[0].split() == [
        "id",
        "endpoint",
        "name",
        "version",
        "kind",
        "status",
        "ready",
        "reason",
        "doubt",
    ]
    assert len(table) == 10


def test_status_set_changes_one_algorithm(command: Command) -> None:
    said = command("status", "set", "2", "production", "--by", "Ann", "--json").json
    assert said == {"algorithm": 2, "status": "production", "created_by": "Ann"}
    rows = command("algorithms", "--json").json
    assert [row["status"] for row in rows] == [
        "production",
        "production",
        None,
        "production",
        "testing",
        None,
        None,
        "production",
        "testing",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("status", "set", "1", "bogus"), "status must be production or testing, not 'bogus'."),
        (
            ("status", "set", "1", "ab_testing"),
            "ab_testing is set by creating an A/B test, not by hand: use production or testing.",
        ),
        (("status", "set", "99", "testing"), "There is no algorithm with id 99."),
        (("abtest", "show", "7"), "There is no A/B test with id 7."),
        (("abtest", "conclude", "7"), "There is no A/B test with id 7."),
        (("abtest", "verify", "7"), "There is no A/B test with id 7."),
        (("abtest", "create", "99", "1"), "There is no algorithm with id 99."),
        (
            ("abtest", "create", "1", "2", "--alpha", "2"),
            "alpha must lie strictly between 0 and 1, from 0.000000001 to 0.5, not be 2",
        ),
        (("replay", "99"), "There is no algorithm with id 99."),
        (("keys", "revoke", "ann"), "There is no API key named 'ann'."),
    ],
)
def test_an_error_is_one_line_and_exit_code_1(
    command: Command, arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    if message.startswith("There is no"):
        message = f"{message} It was looked for in the database file {tmp_path / 'arbiter.db'}."
    assert command(*arguments) == Said(1, "", f"arbiter: {message}\n")


READING = [
    ("algorithms",),
    ("abtest", "show", "1"),
    ("abtest", "verify", "1"),
    ("abtest", "conclude", "1"),
    ("abtest", "cancel", "1", "--reason", "x"),
    ("abtest", "rollback", "1"),
    ("backup", "arbiter.backup"),
    ("explain", "income_classifier"),
    ("feedback", "--csv", "truth.csv"),
    ("forget", "ann"),
    ("keys", "list"),
    ("keys", "revoke", "ann"),
    ("rebuild-summary",),
    ("rebuild-summary", "--check"),
    ("replay", "1"),
]
CURE = (
    "go where the server was started, or say in ARBITER_DATABASE_URL which database it uses "
    "(`arbiter serve` makes a new one)."
)


@pytest.mark.parametrize("arguments", READING)
def test_a_command_that_finds_no_database_makes_none_and_says_where_it_looked(
    command: Command, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    remove_database(tmp_path)
    (tmp_path / "truth.csv").write_text("request_id,feedback\n1,a\n")
    file = tmp_path / "arbiter.db"
    assert command(*arguments) == Said(1, "", f"arbiter: There is no database file {file}: {CURE}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["truth.csv"]
    file.touch()
    said = f"arbiter: The database file {file} holds nothing of Arbiter's: {CURE}\n"
    assert command(*arguments) == Said(1, "", said)
    assert file.stat().st_size == 0


def test_a_command_that_reads_makes_no_tables_in_an_empty_postgres(
    command: Command, empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARBITER_DATABASE_URL", empty_postgres_url)
    name = urlsplit(empty_postgres_url).path[1:]
    said = command("algorithms")
    assert said.code == 1
    assert said.err.startswith(f"arbiter: The PostgreSQL database '{name}' at ")
    assert said.err.endswith(f":5432 holds nothing of Arbiter's: {CURE}\n")
    assert command("keys", "list").code == 1


def test_a_command_that_finds_nothing_in_a_database_names_it(command: Command, tmp_path: Path) -> None:
    where = f"the database file {tmp_path / 'arbiter.db'}"
    (tmp_path / "truth.csv").write_text("request_id,feedback\n1,a\n")
    assert command("keys", "list").out == f"there are no keys in {where}: `arbiter keys create` makes one\n"
    assert command("forget", "ann").out == f"requests forgotten: 0; there was none in {where}\n"
    assert f"nothing was stored in {where}\n" in command("feedback", "--csv", "truth.csv").err


def test_a_password_is_not_in_a_traceback_either(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARBITER_LOG_LEVEL", "debug")
    assert _explain(RuntimeError("cannot open postgres://ann:s3cret@db/arbiter")) == 1
    said = capsys.readouterr().err
    assert "Traceback" in said or "RuntimeError" in said
    assert "postgres://ann:***@db/arbiter" in said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("nosuch",),
        ("status", "set", "one", "testing"),
        ("keys", "create", "ann"),
        ("serve", "--port", "x"),
        ("keys",),
    ],
)
def test_a_wrong_call_is_exit_code_2(command: Command, arguments: tuple[str, ...], tmp_path: Path) -> None:
    remove_database(tmp_path)
    said = command(*arguments)
    assert said.code == 2
    assert "Traceback" not in said.err + said.out
    assert list(tmp_path.iterdir()) == []


def test_a_test_goes_from_creation_to_its_end(command: Command) -> None:
    created = command("abtest", "create", "1", "2", "--title", "trees", "--by", "Ann", "--json").json
    assert (created["id"], created["state"], created["traffic"], created["champion"]) == (
        1,
        "running",
        "ALL",
        1,
    )
    again = command("abtest", "create", "1", "2")
    assert again.code == 1
    assert again.out == ""
    shown = command("abtest", "show", "1", "--json").json
    assert [(arm["arm"], arm["algorithm"], arm["served"], arm["accuracy"]) for arm in shown["arms"]] == [
        ("champion", "random forest 0.0.1", 0, None),
        ("challenger", "extra trees 0.0.1", 0, None),
    ]
    assert command("abtest", "conclude", "1").out.startswith("test 1 (trees) is decided, inconclusive\n")
    assert command("abtest", "rollback", "1").code == 1


def test_a_cancelled_test_restores_both_statuses(command: Command) -> None:
    command("abtest", "create", "1", "2")
    assert [row["status"] for row in command("algorithms", "--json").json][:2] == ["ab_testing", "ab_testing"]
    said = command("abtest", "cancel", "1", "--reason", "wrong data", "--json").json
    assert (said["state"], said["verdict"]) == ("cancelled", None)
    assert [row["status"] for row in command("algorithms", "--json").json][:2] == ["production", "testing"]


def test_a_secret_is_shown_once_and_only_its_digest_is_stored(command: Command, tmp_path: Path) -> None:
    made = command("keys", "create", "ann", "--scope", "read", "--scope", "predict")
    secret = made.out.strip()
    assert made.err == "ann may predict read; the line above is shown only now.\n"
    assert re.fullmatch(r"arb_[\w-]{43}", secret)
    (listed,) = command("keys", "list", "--json").json
    assert (listed["name"], listed["prefix"], listed["scopes"]) == ("ann", secret[:10], ["predict", "read"])
    assert listed["revoked_at"] is None
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert secret.encode() not in stored
    assert secret[:10].encode() in stored


def test_a_name_is_taken_even_after_it_was_revoked(command: Command) -> None:
    command("keys", "create", "ann", "--scope", "read")
    assert command("keys", "revoke", "ann").out == "ann is revoked\n"
    assert command("keys", "create", "ann", "--scope", "admin").code == 1
    (listed,) = command("keys", "list", "--json").json
    assert listed["scopes"] == ["read"]
    assert MADE_AT.fullmatch(listed["revoked_at"])


def test_schema_prints_what_is_committed(command: Command) -> None:
    committed = (ROOT / "graph/schema.graphql").read_text("utf-8")
    assert command("schema") == Said(0, committed, "")


def test_settings_shows_every_setting_and_no_password(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARBITER_DATABASE_URL", "postgres://ann:s3cret@db/arbiter")
    said = command("settings", "--json")
    assert "s3cret" not in said.out
    assert len(said.json) == len(Settings.model_fields)
    assert "s3cret" not in command("settings").out


def test_check_passes_for_what_is_shipped(command: Command) -> None:
    results = command("check", "--json").json
    assert len({result["algorithm"] for result in results}) == 9
    assert [result for result in results if not result["passed"]] == []


def test_doctor_finds_everything_well(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    remove_database(tmp_path)
    monkeypatch.setenv("ARBITER_PORT", "0")
    findings = command("doctor", "--json").json
    assert [finding["name"] for finding in findings] == [
        "python",
        "libraries",
        "packages",
        "database",
        "sessions",
        "algorithms",
        "features",
        "artifact store",
        "indexed features",
        "graphiql",
        "console",
        "port",
    ]
    assert {finding["well"] for finding in findings} == {True}
    details = {finding["name"]: finding["detail"] for finding in findings}
    assert details["database"].endswith("does not exist yet: `arbiter serve` creates it")
    assert details["algorithms"] == "9 algorithms of 3 endpoints load"
    assert details["features"] == "each has its range or its categories"
    command("migrate")
    after = {finding["name"]: finding["detail"] for finding in command("doctor", "--json").json}
    assert after["database"].endswith("is reachable and up to date")
    assert after["indexed features"] == "2, and no request that has one is left out"


def test_doctor_tells_of_a_schema_that_a_later_release_has_made(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARBITER_PORT", "0")
    command("migrate")
    later, this = "99_20270101000000_colours.py", version("arbiter-server")
    with closing(sqlite3.connect(tmp_path / "arbiter.db", isolation_level=None)) as file:
        file.execute(f"INSERT INTO aerich (version, app, content) VALUES ('{later}', 'models', '')")
        file.execute(f"INSERT INTO migration VALUES ('{later}', '0.1.0', '9.0.0')")
        [usable] = [one for one in command("doctor", "--json").json if one["name"] == "database"]
        file.execute("UPDATE migration SET usable_from = '9.0.0' WHERE made_by = '9.0.0'")
    assert usable["well"] is True
    assert usable["detail"].endswith(
        f"is reachable, and is of a later release, which has made {later}; "
        f"this one, {this}, works on it, as do all from 0.1.0 on"
    )
    said = command("doctor", "--json")
    assert said.code == 1
    [refused] = [one for one in json.loads(said.out) if one["name"] == "database"]
    assert refused["well"] is False
    assert f"which does not work on it: {later} (needs 9.0.0 or later). Install release" in refused["detail"]
    started = command("keys", "list")
    assert (started.code, started.out) == (1, "")
    assert f"{later} (needs 9.0.0 or later)" in started.err


def test_doctor_exits_with_1_when_something_is_unwell(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARBITER_PORT", "0")
    monkeypatch.setenv("ARBITER_HOST", "192.0.2.1")
    monkeypatch.setenv("ARBITER_ARTIFACTS", str(tmp_path / "none"))
    said = command("doctor", "--json")
    assert said.code == 1
    unwell = [finding["name"] for finding in json.loads(said.out) if not finding["well"]]
    assert unwell == ["algorithms", "port"]
    (tmp_path / "none").mkdir()
    [empty] = [one for one in json.loads(command("doctor", "--json").out) if one["name"] == "algorithms"]
    assert (empty["well"], empty["detail"]) == (
        True,
        "0 algorithms of 0 endpoints load; `arbiter publish` puts a fitted model into ARBITER_ARTIFACTS",
    )


def test_doctor_and_the_list_name_an_algorithm_in_doubt(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ARBITER_PORT", "0")
    root = shutil.copytree(default_artifacts_root(), tmp_path / "artifacts")
    path = root / "income_classifier" / "random_forest-0.0.1" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"manifest_version": 1}))
    monkeypatch.setenv("ARBITER_ARTIFACTS", str(root))
    [finding] = [one for one in command("doctor", "--json").json if one["name"] == "algorithms"]
    assert finding["well"] is True
    doubt = "it was published before labels were compared with those of the model's own predict"
    beginning = "9 algorithms of 3 endpoints load, but in doubt: income_classifier: random forest 0.0.1: "
    assert finding["detail"].startswith(beginning + doubt)
    command("migrate")
    doubts = {one["name"]: one["doubt"] for one in command("algorithms", "--json").json if one["doubt"]}
    assert list(doubts) == ["random forest"]
    assert doubts["random forest"].startswith(doubt)


def test_endpoint_new_starts_an_endpoint_from_data(command: Command, tmp_path: Path) -> None:
    data = tmp_path / "churn.csv"
    data.write_text("age,plan,churned\n37,basic,yes\n41,plus,no\n", "utf-8")
    arguments = (
        "endpoint",
        "new",
        "churn",
        "--data",
        str(data),
        "--target",
        "churned",
        "--out",
        str(tmp_path),
    )
    assert command(*arguments, "--json").json == {"path": str(tmp_path / "churn" / "endpoint.json")}
    written = json.loads((tmp_path / "churn" / "endpoint.json").read_text("utf-8"))
    assert [feature["name"] for feature in written["features"]] == ["age", "plan"]
    again = command(*arguments)
    assert again.code == 1
    assert "exists" in again.err


def test_endpoint_new_names_the_separator_of_data_that_has_no_commas(
    command: Command, tmp_path: Path
) -> None:
    data = tmp_path / "churn.csv"
    data.write_text("age;plan;churned\n37;basic;yes\n", "utf-8")
    options = ("--data", str(data), "--target", "churned", "--out", str(tmp_path))
    said = command("endpoint", "new", "churn", *options)
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        f"arbiter: the data {data} has other columns than it seems: its cells are separated by semicolons (;), "
        "not commas: save it with commas\n"
    )
    assert not (tmp_path / "churn").exists()


def test_publish_refuses_a_pickle(command: Command, tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"cos\nsystem\n")
    (tmp_path / "data.csv").write_text("age\n37\n", "utf-8")
    options = ["--endpoint", "income_classifier", "--name", "x", "--version", "1", "--data", "data.csv"]
    said = command("publish", "model.pkl", *options, "--out", str(ROOT / "artifacts"))
    assert (said.code, said.out) == (1, "")
    assert "a pickle may run any code when it is loaded" in said.err
    assert not (ROOT / "artifacts/income_classifier/x-1").exists()


def test_publish_finds_the_endpoint_among_the_servers_own(command: Command, tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"cos\nsystem\n")
    (tmp_path / "data.csv").write_text("age\n37\n", "utf-8")
    options = ["--endpoint", "income_classifier", "--name", "x", "--version", "1", "--data", "data.csv"]
    said = command("publish", "model.pkl", *options, "--out", "elsewhere")
    assert "a pickle may run any code when it is loaded" in said.err


@pytest.mark.parametrize(
    ("fill", "error"),
    [
        ("age", "--fill 'age' must read FEATURE=VALUE"),
    ],
)
def test_publish_names_a_fill_that_is_none(command: Command, tmp_path: Path, fill: str, error: str) -> None:
    for name in ("model.skops", "data.csv"):
        (tmp_path / name).write_text("age\n37\n", "utf-8")
    options = ["--endpoint", "income_classifier", "--name", "x", "--version", "1", "--data", "data.csv"]
    said = command("publish", "model.skops", *options, "--fill", fill, "--out", "elsewhere")
    assert (said.code, said.out) == (1, "")
    assert error in " ".join(said.err.split())


def test_python_m_arbiter_is_the_command(tmp_path: Path) -> None:
    result = arbiter("settings", "--json", cwd=tmp_path, port="9000")
    assert result.returncode == 0
    lines = {line["variable"]: line for line in json.loads(result.stdout)}
    assert (lines["ARBITER_PORT"]["value"], lines["ARBITER_PORT"]["source"]) == ("9000", "environment")


def test_forget_says_how_many_requests_it_erased(command: Command, tmp_path: Path) -> None:
    where = f"the database file {tmp_path / 'arbiter.db'}"
    assert command("forget", "ann") == Said(0, f"requests forgotten: 0; there was none in {where}\n", "")
    assert command("forget", "ann", "--json").json == {"requests_forgotten": 0}
    assert command("forget", "").err == "arbiter: subject must have 1 to 256 printable characters.\n"
