"""`arbiter predict`, `arbiter feedback` and `arbiter explain`, as a person and as a killed process run them."""

from __future__ import annotations

import asyncio
import csv
import json
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from arbiter.cli.application import run
from orm.connection.schema import migrate
from tests.arbiter.processes import PATIENCE, ROOT, environment

ROWS, CHUNK, BAD = 3000, 20, 50
KILLS = 3


def income_rows(path: Path, rows: int) -> None:
    """Rows of the shipped endpoint; each fiftieth has an age that is none."""
    example = json.loads((ROOT / "artifacts/income_classifier/endpoint.json").read_text("utf-8"))["example"]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*example, "label"])
        for number in range(rows):
            age = "old" if number % BAD == BAD - 1 else 17 + number % 70
            writer.writerow([*(example | {"age": age, "fnlwgt": number}).values(), ">50K"])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def logged(folder: Path) -> list[tuple[int, str, str | None]]:
    """Each request of the log: id, fnlwgt (the row's number), label."""
    connection = sqlite3.connect(folder / "arbiter.db")
    found = connection.execute(
        "SELECT id, json_extract(input, '$.fnlwgt'), label FROM ml_request ORDER BY id"
    ).fetchall()
    connection.close()
    return found


PREDICT = ("predict", "income_classifier", "--csv", "in.csv", "--out", "out.csv", "--chunk", str(CHUNK))


def start(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "arbiter", *PREDICT],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def kill_after(process: subprocess.Popen[bytes], target: Path, rows: int, pause: float) -> None:
    """SIGKILL some moment after the file has this many lines."""
    deadline = time.monotonic() + PATIENCE
    while not target.exists() or target.read_bytes().count(b"\n") < rows:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.001)
    time.sleep(pause)
    process.send_signal(signal.SIGKILL)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    assert process.stderr is not None
    process.stderr.close()


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs one command line in the test's folder, in this process."""
    monkeypatch.chdir(tmp_path)
    asyncio.run(migrate(f"sqlite://{tmp_path / 'arbiter.db'}"))

    def call(*arguments: str) -> Said:
        code = run(arguments)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return call


@pytest.mark.matrix
def test_run_that_is_killed_again_and_again_leaves_no_gap_and_no_double(
    command: Command, tmp_path: Path
) -> None:
    income_rows(tmp_path / "in.csv", ROWS)
    target, dice = tmp_path / "out.csv", random.Random(20250101)
    for kill in range(KILLS):
        kill_after(start(tmp_path), target, (kill + 1) * ROWS // 8, dice.random() * 0.02)
    written = target.read_bytes().count(b"\n") - 1
    assert 3 * ROWS // 8 <= written < ROWS
    said = command(*PREDICT, "--json")
    assert (said.code, said.err) == (0, "")
    summary = json.loads(said.out)
    assert (summary["rows"], summary["errors"]) == (ROWS, ROWS // BAD)
    assert summary["rows_before"] == written // CHUNK * CHUNK
    rows, log = read(target), logged(tmp_path)
    assert [int(number) for _, number, _ in log] == list(range(ROWS))
    assert [(int(row["request_id"]), row["label"]) for row in rows] == [
        (id_, label or "") for id_, _, label in log
    ]
    assert [row["outcome"] for row in rows] == ["ERROR" if n % BAD == BAD - 1 else "OK" for n in range(ROWS)]
    again = command(*PREDICT)
    assert again.out.startswith(f"{ROWS} rows ({ROWS} of them before), {ROWS // BAD} errors, ")
    assert len(logged(tmp_path)) == ROWS


@pytest.mark.matrix
def test_changed_input_is_refused_in_one_line_and_restart_is_the_cure(
    command: Command, tmp_path: Path
) -> None:
    income_rows(tmp_path / "in.csv", 60)
    assert command(*PREDICT).out.startswith("60 rows, 1 errors, ")
    before = (tmp_path / "out.csv").read_bytes()
    income_rows(tmp_path / "in.csv", 61)
    refused = command(*PREDICT)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "arbiter: out.csv exists, but it was begun with another input: "
        "name another --out, or add --restart to begin it anew.\n"
    )
    assert (tmp_path / "out.csv").read_bytes() == before
    assert command(*PREDICT, "--restart").out.startswith("61 rows, 1 errors, ")
    assert len(read(tmp_path / "out.csv")) == 61
    assert len(logged(tmp_path)) == 121


def test_a_slow_file_is_not_held_to_the_deadline_of_callers(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # CatBoost runs in its worker thread, where a call of the server would have a microsecond to end.
    income_rows(tmp_path / "in.csv", 40)
    command("status", "set", "3", "testing")
    monkeypatch.setenv("ARBITER_DEADLINE", "0.000001")
    said = command(*PREDICT, "--algorithm", "3", "--json")
    assert json.loads(said.out)["errors"] == 0


def test_classes_as_the_public_data_writes_them_are_refused_with_the_right_spelling(
    command: Command, tmp_path: Path
) -> None:
    income_rows(tmp_path / "in.csv", 4)
    command(*PREDICT)
    ids = [row["request_id"] for row in read(tmp_path / "out.csv")]
    cells = [">50K.", ">50k", "nan", ">50K"]
    lines = [f"{id_},{cell}\n" for id_, cell in zip(ids, cells, strict=True)]
    (tmp_path / "truth.csv").write_text("request_id,feedback\n" + "".join(lines))
    said = command("feedback", "--csv", "truth.csv")
    assert (said.code, said.err) == (1, "")
    assert said.out.startswith("4 rows, 1 stored, 1 skipped, 2 refused, ")
    assert said.out.splitlines()[1:] == [
        f"2 refused as INVALID_FEEDBACK, for example request '{ids[0]}': feedback '>50K.' is no class of this "
        "endpoint; the nearest is '>50K'. Send one of: '<=50K', '>50K'."
    ]
    connection = sqlite3.connect(tmp_path / "arbiter.db")
    stored = connection.execute("SELECT feedback FROM ml_request ORDER BY id").fetchall()
    connection.close()
    assert stored == [(None,), (None,), (None,), (">50K",)]


def test_rows_that_another_system_knows_are_predicted_and_get_their_truth_by_its_ids(
    command: Command, tmp_path: Path
) -> None:
    income_rows(tmp_path / "in.csv", 3)
    header, *rows = (tmp_path / "in.csv").read_text().splitlines()
    named = [f"{header},order", *(f"{row},order {n}" for n, row in enumerate(rows))]
    (tmp_path / "in.csv").write_text("\n".join(named) + "\n")
    assert json.loads(command(*PREDICT, "--external-id-column", "order", "--json").out)["errors"] == 0
    (tmp_path / "truth.csv").write_text("order,feedback\norder 2,>50K\norder 7,>50K\n")
    give = ("feedback", "--csv", "truth.csv", "--external-id-column", "order")
    said = command(*give, "--endpoint", "income_classifier")
    assert (said.code, said.err) == (1, "")
    assert said.out.splitlines()[1:] == [
        "1 refused as REQUEST_NOT_FOUND, for example request 'order 7': No request of income_classifier has the "
        "external id 'order 7'."
    ]
    connection = sqlite3.connect(tmp_path / "arbiter.db")
    stored = connection.execute("SELECT feedback FROM ml_request ORDER BY id").fetchall()
    connection.close()
    assert stored == [(None,), (None,), (">50K",)]
    nowhere = command(*give, "--endpoint", "income_clasifier")
    assert nowhere.code == 1
    assert "did you mean 'income_classifier'?" in nowhere.err
    alone = command(*give)
    assert alone.code == 1
    assert "An endpoint and a column of external ids go together: name both, or neither." in alone.err


@pytest.mark.matrix
def test_feedback_is_imported_by_request_id_and_refused_rows_are_exit_code_1(
    command: Command, tmp_path: Path
) -> None:
    income_rows(tmp_path / "in.csv", 40)
    command(*PREDICT)
    ids = [row["request_id"] for row in read(tmp_path / "out.csv")]
    truth = tmp_path / "truth.csv"
    truth.write_text("request_id,feedback\n" + "".join(f"{id_},>50K\n" for id_ in ids))
    import_it = ("feedback", "--csv", "truth.csv", "--out", "results.csv")
    for _ in range(2):
        said = command(*import_it, "--json")
        assert said.code == 0
        summary = json.loads(said.out)
        assert (summary["rows"], summary["stored"], summary["refused"]) == (40, 40, 0)
    connection = sqlite3.connect(tmp_path / "arbiter.db")
    events = connection.execute("SELECT count(*) FROM feedback_event").fetchone()
    correct = connection.execute("SELECT count(*) FROM ml_request WHERE correct").fetchone()
    labels = connection.execute("SELECT count(*) FROM ml_request WHERE label = '>50K'").fetchone()
    connection.close()
    assert events == (40,)
    assert correct == labels
    with truth.open("a") as file:
        file.write("7,>50K\n")
    said = command(*import_it)
    assert (said.code, said.err) == (1, "")
    assert said.out.startswith("41 rows, 40 stored, 0 skipped, 1 refused: see results.csv, ")
    assert said.out.splitlines()[1:] == [
        "1 refused as REQUEST_NOT_FOUND, for example request '7': There is no request 7."
    ]
    assert read(tmp_path / "results.csv")[-1] == {
        "request_id": "7",
        "stored": "false",
        "code": "REQUEST_NOT_FOUND",
        "message": "There is no request 7.",
    }


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("predict", "nothing", "--csv", "in.csv", "--out", "o.csv"), 1, "There is no endpoint 'nothing'"),
        (("predict", "premium_insurance", "--csv", "in.csv", "--out", "o.csv"), 1, "is absent; add it"),
        (("predict", "income_classifier", "--csv", "no.csv", "--out", "o.csv"), 2, "does not exist"),
        (
            ("predict", "income_classifier", "--csv", "in.csv", "--out", "o.csv", "--chunk", "0"),
            2,
            "greater than or equal to 1",
        ),
        (("feedback", "--csv", "in.csv"), 1, "has no column 'request_id'"),
        (("explain", "income_clasifier"), 1, "did you mean 'income_classifier'?"),
    ],
)
def test_a_wrong_call_leaves_nothing_behind(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    income_rows(tmp_path / "in.csv", 2)
    said = command(*arguments)
    assert (said.code, said.out) == (code, "")
    assert says in " ".join(said.err.replace("│", " ").split())
    assert not (tmp_path / "o.csv").exists()


@pytest.mark.matrix
def test_explain_tells_costs_bounds_and_who_answers(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARBITER_DEADLINE", "2.5")
    found = json.loads(command("explain", "income_classifier", "--json").out)
    assert [
        (one["id"], one["name"], one["status"], one["ready"], one["queue_rows"], one["deadline_seconds"])
        for one in found["algorithms"]
    ] == [
        (1, "random forest", "production", True, 20_000, 2.5),
        (2, "extra trees", "testing", True, 20_000, 2.5),
        (3, "catboost", None, True, 20_000, 2.5),
        (7, "gradient boosting", None, True, 20_000, 2.5),
    ]
    for one in found["algorithms"]:
        assert one["row_microseconds"] > 0
        told = re.search(r"(\d+) µs", one["runs"])
        assert told is not None
        assert abs(int(told[1]) - one["row_microseconds"]) <= 1  # both are rounded, each in its own way
    assert [(call["call"], [one["id"] for one in call["algorithms"]]) for call in found["calls"]] == [
        ("plain", [1]),
        ("testing", [2]),
        ("ab_testing", []),
    ]
    command("abtest", "create", "1", "2")
    table = command("explain", "income_classifier").out
    both = "A/B test 1: random forest 0.0.1 (id 1), 50%; extra trees 0.0.1 (id 2), 50%"
    calls = [line.strip() for line in table.splitlines() if line.startswith(("plain", "ab_testing"))]
    assert [line.split(maxsplit=1)[1] for line in calls] == [both, both]


def test_explain_tells_how_an_operation_runs_and_which_sql_it_sends(command: Command, tmp_path: Path) -> None:
    (tmp_path / "page.graphql").write_text(
        "query Page($first: Int) { requests(first: $first) { nodes { requestId label endpoint { name } } } }"
    )
    asked = ("explain", "--operation", str(tmp_path / "page.graphql"), "--variables", '{"first": 2}')
    found = json.loads(command(*asked, "--json").out)
    assert (found["kind"], found["name"], found["not_compiled"], found["not_run"]) == (
        "query",
        "Page",
        None,
        None,
    )
    assert [(one["path"], one["comes_from"], one["rights"]) for one in found["steps"]] == [
        ("requests", "resolver, called directly", ["read"]),
        ("requests.nodes", "attribute", []),
        ("requests.nodes.requestId", "computed from the row", []),
        ("requests.nodes.label", "attribute", []),
        ("requests.nodes.endpoint", "the row, or what is in memory", []),
        ("requests.nodes.endpoint.name", "attribute", []),
    ]
    (statement,) = found["statements"]
    assert "ml_request" in statement
    table = command(*asked).out
    assert table.startswith("query Page runs compiled; it costs 6 points\n")
    assert table.endswith("\n1 SQL statement\n")


def test_explain_says_why_an_operation_is_not_compiled_and_runs_no_mutation(
    command: Command, tmp_path: Path
) -> None:
    path = tmp_path / "asked.graphql"
    path.write_text("{ __schema { queryType { name } } }")
    found = json.loads(command("explain", "--operation", str(path), "--json").out)
    assert (found["not_compiled"], found["steps"]) == ("__schema asks for the schema", [])
    path.write_text(
        'mutation { createABTest(input: {title: "t", algorithms: ["1", "2"]}) { userErrors { code } } }'
    )
    found = json.loads(command("explain", "--operation", str(path), "--json").out)
    assert (found["not_compiled"], found["statements"], found["not_run"]) == (
        None,
        None,
        "a mutation is not run",
    )
    assert [one["path"] for one in found["steps"]] == [
        "createABTest",
        "createABTest.userErrors",
        "createABTest.userErrors.code",
    ]
    path.write_text("{ nothing }")
    said = command("explain", "--operation", str(path))
    assert (said.code, said.out) == (1, "")
    assert "the document cannot run: Cannot query field 'nothing'" in said.err
