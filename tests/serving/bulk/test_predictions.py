from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.errors import (
    AlgorithmAmbiguous,
    AlgorithmNotAvailable,
    Conflict,
    EndpointNotFound,
    InvalidFeatures,
    InvalidInput,
)
from domain.requests.request import AlgorithmConditions
from domain.words import Status, Traffic
from orm.connection.database import Database
from serving.bulk.predictions import CsvCommand, CsvPredictions, CsvSummary
from serving.bulk.resumable_csv import ResumableCsv
from serving.services import Services
from tests.serving.private_world import private_registry
from tests.serving.world import AT_TEN, AT_TWENTY, AT_ZERO, EVERYBODY, Dice, services_on, small_registry


class Bench:
    """A folder with an input, and what a run makes of it."""

    def __init__(self, folder: Path, services: Services) -> None:
        self.source, self.target = folder / "in.csv", folder / "out.csv"
        self.services = services
        self.told: list[tuple[int, int]] = []

    def write(self, *lines: str) -> None:
        self.source.write_text("\n".join(lines) + "\n", "utf-8")

    def command(self, **changes: Any) -> CsvCommand:
        return replace(CsvCommand("levels", self.source, self.target, EVERYBODY, chunk=3), **changes)

    async def run(self, **changes: Any) -> CsvSummary:
        one = self.services
        predictions = CsvPredictions(one.database, one.catalog, one.predictor, timer=lambda: 0.0)
        return await predictions.run(self.command(**changes), lambda *progress: self.told.append(progress))

    def rows(self) -> list[dict[str, str]]:
        with self.target.open(newline="") as file:
            return list(csv.DictReader(file))

    async def log(self) -> list[dict[str, Any]]:
        async with self.services.database.reader() as reader:
            return list(await reader.execute_query_dict("SELECT * FROM ml_request ORDER BY id"))


@pytest.fixture
def bench(tmp_path: Path, services: Services) -> Bench:
    return Bench(tmp_path, services)


async def test_every_row_is_logged_and_answered_once_and_in_order(bench: Bench) -> None:
    bench.write(
        "x,colour,label", "1,red,high", "-1,blue,low", "666,red,high", "old,red,x", ",nan,low", "7,,x"
    )
    assert await bench.run() == CsvSummary(rows=6, errors=3, rows_before=0, seconds=0.0)
    assert bench.told == [(0, 6), (3, 6), (6, 6)]
    rows, log = bench.rows(), await bench.log()
    assert [row["request_id"] for row in rows] == [str(entry["id"]) for entry in log]
    assert [(row["outcome"], row["label"], row["probability"]) for row in rows] == [
        ("OK", "high", "1.0"),
        ("OK", "low", "0.0"),
        ("ERROR", "", ""),
        ("ERROR", "", ""),
        ("ERROR", "", ""),
        ("OK", "high", "1.0"),
    ]
    assert [row["message"] for row in rows] == [
        "",
        "",
        "The algorithm at zero 1 failed on this row (ValueError).",
        "x must be a number from -1000000.0 to 1000000.0, got text 'old'",
        "all 2 features are missing; send the value of at least one of them",
        "",
    ]
    assert log[3]["input"] == '{"x":"old","colour":"red"}'


async def test_regressor_answers_values(bench: Bench) -> None:
    bench.write("colour,x", "red,1.5", "red,666")
    assert (await bench.run(endpoint="heights")).errors == 1
    assert list(bench.rows()[0]) == ["request_id", "outcome", "value", "probability", "message"]
    assert [(row["value"], row["probability"]) for row in bench.rows()] == [("2.5", ""), ("", "")]


async def test_conditions_choose_the_algorithm(bench: Bench) -> None:
    bench.write("x,colour", "5,red")
    await bench.run(conditions=AlgorithmConditions(status="testing"))
    assert [entry["algorithm_id"] for entry in await bench.log()] == [AT_TEN]


async def test_a_row_of_another_length_fails_alone(bench: Bench) -> None:
    bench.write("x,colour", "1,red", "1", "1,red,9", "1,red")
    assert (await bench.run()).errors == 2
    assert [row["message"] for row in bench.rows()] == [
        "",
        "colour is absent; send it, or null when it is not known",
        "(column 3) is no feature of this endpoint; leave it out",
        "",
    ]


async def test_a_finished_run_has_nothing_left_to_do(bench: Bench) -> None:
    bench.write("x,colour", *(f"{x},red" for x in range(-2, 5)))
    await bench.run()
    before = bench.target.read_bytes()
    assert await bench.run() == CsvSummary(rows=7, errors=0, rows_before=7, seconds=0.0)
    assert bench.target.read_bytes() == before
    assert len(await bench.log()) == 7


async def test_wherever_the_file_was_torn_the_run_ends_with_the_same_file_and_no_double_in_the_log(
    bench: Bench,
) -> None:
    # What a kill between the log's commit and the write leaves: rows in the log that the file lacks in part.
    bench.write("x,colour", "1,red", "-1,red", "old,red", "2,red", "666,red", "3,blue", "4,red")
    await bench.run()
    whole = bench.target.read_bytes()
    lines = whole.splitlines(keepends=True)
    header, first, second = len(lines[0]), len(b"".join(lines[:4])), len(b"".join(lines[:7]))
    for size in range(len(whole)):
        bench.target.write_bytes(whole[:size])
        summary = await bench.run()
        kept = 0 if size < first else 3 if size < second else 6
        assert summary == CsvSummary(rows=7, errors=2, rows_before=kept, seconds=0.0), (size, header)
        assert bench.target.read_bytes() == whole, size
    assert len(await bench.log()) == 7


async def test_torn_rows_of_zeros_are_made_again(bench: Bench) -> None:
    bench.write("x,colour", *(f"{x},red" for x in range(7)))
    await bench.run()
    whole = bench.target.read_bytes()
    bench.target.write_bytes(b"".join(whole.splitlines(keepends=True)[:5]) + b"\0" * 500 + b"\n")
    assert (await bench.run()).rows_before == 3
    assert bench.target.read_bytes() == whole


async def test_lost_files_are_made_again_from_the_log(bench: Bench) -> None:
    bench.write("x,colour", *(f"{x},red" for x in range(7)))
    await bench.run()
    whole = bench.target.read_bytes()
    for path in bench.target.parent.glob("out.csv*"):
        path.unlink()
    assert (await bench.run()).rows_before == 0
    assert bench.target.read_bytes() == whole
    assert len(await bench.log()) == 7


async def test_restart_predicts_anew_and_can_be_resumed(bench: Bench) -> None:
    bench.write("x,colour", *(f"{x},red" for x in range(7)))
    await bench.run()
    first = {row["request_id"] for row in bench.rows()}
    assert (await bench.run(restart=True)).rows_before == 0
    whole = bench.target.read_bytes()
    second = {row["request_id"] for row in bench.rows()}
    assert (len(first), len(second), len(first & second)) == (7, 7, 0)
    bench.target.write_bytes(whole[:-5])
    assert (await bench.run()).rows_before == 6
    assert bench.target.read_bytes() == whole
    assert len(await bench.log()) == 14


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "another input"),
        ({"conditions": AlgorithmConditions(status="testing")}, "another status (none)"),
        ({"conditions": AlgorithmConditions(version="1")}, "another version (none)"),
        ({"conditions": AlgorithmConditions(algorithm="at zero")}, "another algorithm (none)"),
        ({"endpoint": "heights"}, "another endpoint (levels)"),
        ({"subject_column": "colour"}, "another subject column (none)"),
        ({"chunk": 4}, "another chunk (3)"),
    ],
)
async def test_a_file_of_another_run_is_left_alone(bench: Bench, changes: dict[str, Any], says: str) -> None:
    bench.write("x,colour", "1,red", "2,red")
    await bench.run()
    before = bench.target.read_bytes()
    if not changes:
        bench.write("x,colour", "1,red", "2,blue")
    with pytest.raises(Conflict, match="name another --out, or add --restart") as caught:
        await bench.run(**changes)
    assert f"it was begun with {says}:" in caught.value.message.replace("; ", ", ")
    assert bench.target.read_bytes() == before
    assert len(await bench.log()) == 2
    assert (await bench.run(restart=True, **changes)).rows == 2


@pytest.mark.parametrize(
    "content", [b"precious\n", b"request_id,outcome,label,probability,message\n1,OK,a,,\n"]
)
async def test_a_file_that_no_run_has_begun_is_left_alone(bench: Bench, content: bytes) -> None:
    bench.write("x,colour", "1,red")
    bench.target.write_bytes(content)
    with pytest.raises(Conflict, match=r"there is no out\.csv\.run beside it"):
        await bench.run()
    assert bench.target.read_bytes() == content
    assert await bench.log() == []
    assert sorted(path.name for path in bench.target.parent.iterdir() if "csv" in path.name) == [
        "in.csv",
        "out.csv",
    ]


async def test_a_file_with_more_rows_than_the_input_is_left_alone(bench: Bench) -> None:
    bench.write("x,colour", "1,red")
    await bench.run()
    longer = bench.target.read_bytes() + b"5,OK,high,1.0,\n"
    bench.target.write_bytes(longer)
    with pytest.raises(Conflict, match="it has 2 rows, more than the input's 1"):
        await bench.run()
    assert bench.target.read_bytes() == longer


async def test_the_input_is_never_written_over(bench: Bench) -> None:
    bench.write("x,colour", "1,red")
    for target in (bench.source, bench.source.parent / "link.csv"):
        if target != bench.source:
            target.symlink_to(bench.source)
        with pytest.raises(InvalidInput, match="is the input itself"):
            await bench.run(target=target, restart=True)
    assert bench.source.read_text() == "x,colour\n1,red\n"


async def test_two_runs_never_write_one_file(bench: Bench) -> None:
    bench.write("x,colour", "1,red")
    with (
        ResumableCsv(bench.target, {}, ["a"], total=1, chunk=1),
        pytest.raises(Conflict, match="Another process is writing"),
    ):
        await bench.run()
    assert await bench.log() == []


@asynccontextmanager
async def on(folder: Path, database: str) -> AsyncIterator[Bench]:
    services = services_on(await Database.open(f"sqlite://{folder / database}"), small_registry(), Dice())
    await services.start()
    yield Bench(folder, services)
    await services.stop()


async def test_a_run_does_not_go_on_in_another_database(tmp_path: Path) -> None:
    async with on(tmp_path, "one.db") as bench:
        bench.write("x,colour", "1,red", "2,red", "3,red", "4,red")
        await bench.run()
        bench.target.write_bytes(bench.target.read_bytes()[:-3])
    async with on(tmp_path, "other.db") as bench:
        with pytest.raises(Conflict, match="is not in this database: check ARBITER_DATABASE_URL"):
            await bench.run()
        assert await bench.log() == []
    async with on(tmp_path, "one.db") as bench:
        assert (await bench.run()).rows_before == 3
        assert len(await bench.log()) == 4


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("x", "the column colour is absent; add it, with empty cells where it is missing"),
        ("x,colour,size", "the column size is no feature of levels; leave it out"),
        (
            "y,colour",
            "the column x is absent; add it, with empty cells where it is missing; "
            "the column y is no feature of levels; leave it out",
        ),
    ],
)
async def test_columns_that_make_every_row_wrong_are_refused_at_once(
    bench: Bench, header: str, problem: str
) -> None:
    bench.write(header, "1,red,3")
    with pytest.raises(InvalidFeatures) as caught:
        await bench.run()
    assert caught.value.message == problem
    assert (await bench.log(), bench.target.exists()) == ([], False)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
async def test_columns_that_are_separated_by_something_else_are_refused_for_that_alone(
    bench: Bench, separator: str
) -> None:
    bench.write(f"x{separator}colour", f"1{separator}red")
    with pytest.raises(
        InvalidFeatures, match=r"its cells are separated by .*, not commas: save it with commas$"
    ):
        await bench.run()
    assert (await bench.log(), bench.target.exists()) == ([], False)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"endpoint": "nothing"}, EndpointNotFound),
        ({"conditions": AlgorithmConditions(status="ab_testing")}, AlgorithmNotAvailable),
        ({"conditions": AlgorithmConditions(algorithm="nobody")}, AlgorithmNotAvailable),
        ({"conditions": AlgorithmConditions(status="testing")}, AlgorithmAmbiguous),
    ],
)
async def test_a_run_that_nobody_could_serve_begins_nothing(
    bench: Bench, changes: dict[str, Any], error: type[Exception]
) -> None:
    await bench.services.statuses.set(AT_TWENTY, "testing", "tests")
    bench.write("x,colour", "1,red")
    with pytest.raises(error):
        await bench.run(**changes)
    assert (await bench.log(), bench.target.exists()) == ([], False)


async def test_each_row_has_the_subject_of_its_column_and_keeps_its_place(bench: Bench) -> None:
    bench.write("who,x,colour", "ann,1,red", "bob,-1,red", "ann,2,red", ",3,red", "ann,666,red")
    assert (await bench.run(subject_column="who", chunk=4)).errors == 1
    by_id = {entry["id"]: entry for entry in await bench.log()}
    logged = [by_id[int(row["request_id"])] for row in bench.rows()]
    assert [(entry["subject"], entry["input"]) for entry in logged] == [
        ("ann", '{"x":"1","colour":"red"}'),
        ("bob", '{"x":"-1","colour":"red"}'),
        ("ann", '{"x":"2","colour":"red"}'),
        (None, '{"x":"3","colour":"red"}'),
        ("ann", '{"x":"666","colour":"red"}'),
    ]
    whole = bench.target.read_bytes()
    bench.target.write_bytes(whole[: len(whole) // 2])
    await bench.run(subject_column="who", chunk=4)
    assert bench.target.read_bytes() == whole
    assert len(await bench.log()) == 5


async def test_a_subject_that_cannot_be_stored_refuses_its_rows_only(bench: Bench) -> None:
    bench.write("who,x,colour", "ann,1,red", f"{'x' * 257},2,red", "bob,3,red")
    assert (await bench.run(subject_column="who")).errors == 1
    assert [(bool(row["request_id"]), row["outcome"], row["message"]) for row in bench.rows()] == [
        (True, "OK", ""),
        (False, "ERROR", "subject must have 1 to 256 printable characters."),
        (True, "OK", ""),
    ]
    # Calls of different subjects run side by side, so either may be logged first.
    assert sorted(entry["subject"] for entry in await bench.log()) == ["ann", "bob"]


async def test_more_subjects_than_run_at_once_are_all_served(bench: Bench) -> None:
    bench.write("who,x,colour", *(f"s{number},{number - 100},red" for number in range(200)))
    await bench.run(subject_column="who", chunk=200)
    assert [row["label"] for row in bench.rows()] == ["low"] * 100 + ["high"] * 100
    assert len({row["request_id"] for row in bench.rows()}) == 200


async def test_rows_of_a_test_keep_their_arms_when_a_chunk_is_answered_again(
    bench: Bench, dice: Dice
) -> None:
    await bench.services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="tests"
    )
    assert bench.services.catalog.snapshot.algorithm(AT_TEN).status is Status.AB_TESTING
    bench.write("x,colour", "5,red", "5,red", "5,red")
    dice.numbers = [0.9, 0.1, 0.9]
    await bench.run()
    assert [row["label"] for row in bench.rows()] == ["high", "low", "high"]
    whole = bench.target.read_bytes()
    bench.target.write_bytes(whole[:-1])
    dice.numbers = [0.1, 0.9, 0.1]
    await bench.run()
    assert bench.target.read_bytes() == whole


async def test_an_empty_table_gives_an_empty_table(bench: Bench) -> None:
    bench.write("x,colour")
    assert await bench.run() == CsvSummary(rows=0, errors=0, rows_before=0, seconds=0.0)
    assert bench.target.read_text() == "request_id,outcome,label,probability,message\n"


async def test_a_file_with_texts_that_no_index_holds_is_finished_with_those_rows_refused(
    database_url: str, tmp_path: Path
) -> None:
    services = services_on(await Database.open(database_url), private_registry(), Dice())
    await services.start()
    try:
        bench = Bench(tmp_path, services)
        bench.write(
            "ssn,income,town", "1,20,Ulm", f"2,20,{'x' * 257}", "3,20,U\0lm", "4,20,Ulm", "5,2e10000,Ulm"
        )
        summary = await bench.run(endpoint="loans")
        assert (summary.rows, summary.errors) == (5, 3)
        assert [one["outcome"] for one in bench.rows()] == ["OK", "ERROR", "ERROR", "OK", "ERROR"]
        assert [one["message"][:40] for one in bench.rows()] == [
            "",
            "town must be a text of at most 256 chara",
            "town must not hold the NUL character (U+",
            "",
            "income must be a number of at most 1000;",
        ]
        assert [str(entry["id"]) for entry in await bench.log()] == [
            one["request_id"] for one in bench.rows()
        ]
    finally:
        await services.stop()
