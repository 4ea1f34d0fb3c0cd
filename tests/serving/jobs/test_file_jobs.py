"""Exports, predictions and ground truth as jobs: part files that are the same whoever has written what."""

from __future__ import annotations

import asyncio
import csv
import io
import random
import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest
from pyarrow import dataset, parquet

from domain.errors import (
    AlgorithmNotFound,
    Conflict,
    InvalidFeatures,
    InvalidInput,
    JobConflict,
    Misconfigured,
)
from domain.history.filter_text import to_plain
from domain.history.filters import RequestFilter
from domain.jobs import Job, JobKind, JobState
from domain.requests.feedback import FeedbackCommand
from orm.queries.jobs import jobs
from serving.bulk.export_rows import COLUMNS
from serving.bulk.parts import Part, PartFolder
from serving.jobs import queue
from serving.jobs.kinds import KINDS
from serving.jobs.kinds.export import ExportKind
from serving.jobs.kinds.feedback import FeedbackKind
from serving.jobs.kinds.predict import PredictKind
from serving.services import Services
from tests.serving.bulk.test_parquet import write
from tests.serving.jobs.orders import fill, work, worker
from tests.serving.jobs.test_workers import end_leases
from tests.serving.world import AT_TWENTY, AT_ZERO, EVERYBODY, PLUS_ONE

SMALL = {
    **KINDS,
    JobKind.EXPORT: ExportKind(10),
    JobKind.PREDICT: PredictKind(4),
    JobKind.FEEDBACK: FeedbackKind(4),
}


async def order(services: Services, kind: JobKind, **parameters: Any) -> Job:
    return await queue.create(services, kind, parameters, created_by="tests", kinds=SMALL)


async def exported(services: Services, out: Path, **parameters: Any) -> Job:
    given = {"endpoint": "levels", "format": "parquet", "out": str(out)}
    return await order(services, JobKind.EXPORT, **given, **parameters)


async def again(services: Services, job: Job) -> Job:
    return await services.database.read(jobs.job_of_id, job.id)


async def rows_of(services: Services, table: str = "ml_request") -> list[dict[str, Any]]:
    async with services.database.reader() as reader:
        return [dict(row) for row in await reader.execute_query_dict(f"SELECT * FROM {table} ORDER BY id")]


def result_of(job: Job) -> Any:
    assert job.error is None
    return orjson.loads(job.result or "")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


async def test_an_export_is_all_requests_of_the_endpoint_in_parts_and_a_manifest(
    services: Services, tmp_path: Path
) -> None:
    logged = await fill(services, 25)
    await fill(services, 3, endpoint="heights")
    job = await exported(services, tmp_path / "out")
    await work(services, "one", "two")
    job = await again(services, job)
    found = result_of(job)
    manifest = orjson.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert (found["rows"], found["part_files"], manifest["rows"]) == (25, 3, 25)
    assert [part["rows"] for part in manifest["parts"]] == [10, 10, 5]
    assert names_in(tmp_path / "out") == ["manifest.json", *(part["name"] for part in manifest["parts"])]
    assert manifest["parts"][0]["name"] == f"part-{int(logged[0].id):016}.parquet"
    table = dataset.dataset(tmp_path / "out", format="parquet", exclude_invalid_files=True).to_table()
    assert table.column_names == list(COLUMNS)
    assert table["requestId"].to_pylist() == [int(one.id) for one in logged]
    assert table["createdAt"].type == pa.timestamp("ms", tz="UTC")
    assert (table["requestId"].type, table.schema.field("requestId").nullable) == (pa.int64(), False)
    assert table["label"].to_pylist() == [one["label"] for one in await rows_of(services)][:25]
    group = parquet.ParquetFile(tmp_path / "out" / manifest["parts"][0]["name"]).metadata.row_group(0)
    told = {group.column(at).path_in_schema: group.column(at) for at in range(group.num_columns)}
    assert told["requestId"].compression == "ZSTD"
    assert "DELTA_BINARY_PACKED" in told["requestId"].encodings
    assert "RLE_DICTIONARY" in told["endpoint"].encodings
    assert "RLE_DICTIONARY" not in told["input"].encodings


async def test_an_export_takes_a_filter_and_is_csv_where_it_is_told_to(
    services: Services, tmp_path: Path
) -> None:
    await fill(services, 25)
    where = to_plain(RequestFilter(with_feedback=True))
    given = {"endpoint": "levels", "format": "csv", "out": str(tmp_path / "out"), "where": where}
    await order(services, JobKind.EXPORT, **given)
    await work(services)
    parts = [name for name in names_in(tmp_path / "out") if name != "manifest.json"]
    rows = [
        row for name in parts for row in csv.DictReader(io.StringIO((tmp_path / "out" / name).read_text()))
    ]
    known = [str(row["id"]) for row in await rows_of(services) if row["feedback"] is not None]
    assert [row["requestId"] for row in rows] == known
    assert {"input.x", "input.colour"} < rows[0].keys()


async def test_a_folder_that_holds_anything_is_refused_before_anything_is_stored(
    services: Services, tmp_path: Path
) -> None:
    await fill(services, 3)
    await exported(services, tmp_path / "out")
    with pytest.raises(Conflict, match="is not empty"):
        await exported(services, tmp_path / "out")
    with pytest.raises(InvalidInput, match="out must be an absolute path"):
        await exported(services, Path("out"))
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="could not be written"):
        await exported(services, tmp_path / "file" / "out")
    assert len(await rows_of(services, "job")) == 1


async def test_a_unit_without_its_folder_fails_and_the_job_goes_on_when_it_is_there(
    services: Services, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(services, 25)
    job = await exported(services, tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "elsewhere")
    await work(services)
    failed = await again(services, job)
    assert (failed.state, failed.units_failed) == (JobState.FAILED, 3)
    assert "is not the folder that the job was ordered with" in str(failed.error)
    assert caplog.text.count("is not the folder that the job was ordered with") == 3
    assert "Traceback" not in caplog.text
    (tmp_path / "elsewhere").rename(tmp_path / "out")
    await queue.resume(services, job.id, kinds=SMALL)
    await work(services)
    assert result_of(await again(services, job))["rows"] == 25


async def test_a_worker_that_was_taken_for_dead_changes_no_part(services: Services, tmp_path: Path) -> None:
    await fill(services, 5)
    job = await exported(services, tmp_path / "out")
    late = worker(services, "late")
    (unit,) = await late.claim()
    await end_leases(services)
    await work(services, "one")
    folder = PartFolder(tmp_path / "out", (tmp_path / "out" / ".job").read_text().strip())
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    folder.write(unit.lo, unit.token, "parquet", b"late", 1)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in before} == before
    assert (await again(services, job)).state is JobState.DONE


def test_a_part_for_which_there_is_no_room_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    folder = PartFolder.taken(tmp_path / "out")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, hard))
    try:
        with pytest.raises(Misconfigured, match=r"could not be written: .+ Make room, .* and resume the job"):
            folder.write(1, "token", "csv", bytes(100_000), 5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.stat().st_size for path in folder.path.iterdir()] == [len(folder.mark) + 1]
    assert folder.write(1, "token", "csv", bytes(100_000), 5).size == 100_000


def test_a_part_that_is_gone_is_told_and_no_manifest_is_written(tmp_path: Path) -> None:
    folder = PartFolder.taken(tmp_path / "out")
    part = folder.write(7, "a" * 32, "csv", b"x", 1)
    folder.finish([(7, part)], "csv", {})
    folder.finish([(7, part)], "csv", {})
    assert names_in(tmp_path / "out") == ["manifest.json", "part-0000000000000007.csv"]
    (tmp_path / "out" / "manifest.json").unlink()
    with pytest.raises(Exception, match="is gone or was changed"):
        folder.finish([(7, part), (8, Part("x", 1, 1, "y"))], "csv", {})
    assert not (tmp_path / "out" / "manifest.json").exists()


def inputs(path: Path, count: int) -> None:
    dice = random.Random(3)
    write(path, x=[float(dice.randint(-20, 40)) for _ in range(count)], colour=["red"] * count)


async def ordered_prediction(services: Services, source: Path, out: Path, **parameters: Any) -> Job:
    given = {"endpoint": "levels", "source": str(source), "out": str(out), "parquet": True}
    return await order(services, JobKind.PREDICT, **given | parameters)


async def test_each_row_of_a_file_is_logged_and_answered_once(services: Services, tmp_path: Path) -> None:
    inputs(tmp_path / "in.parquet", 10)
    job = await ordered_prediction(services, tmp_path / "in.parquet", tmp_path / "out")
    await work(services, "one", "two")
    found = result_of(await again(services, job))
    assert (found["rows"], found["part_files"], found["errors"]) == (10, 3, 0)
    table = (
        dataset.dataset(tmp_path / "out", format="parquet", exclude_invalid_files=True).to_table().to_pylist()
    )
    assert [row["row"] for row in table] == list(range(10))
    logged = {row["id"]: row["label"] for row in await rows_of(services)}
    assert {row["request_id"]: row["label"] for row in table} == logged
    assert len(logged) == 10


async def test_what_a_killed_worker_has_logged_is_answered_from_the_log(
    services: Services, tmp_path: Path
) -> None:
    inputs(tmp_path / "in.parquet", 10)
    job = await ordered_prediction(services, tmp_path / "in.parquet", tmp_path / "out")
    killed = worker(services, "killed")
    (unit,) = await killed.claim()
    await SMALL[JobKind.PREDICT].run(services, job, unit, lambda _rows: None)
    assert len(await rows_of(services)) == 4
    await end_leases(services)
    await work(services, "one")
    assert (await again(services, job)).state is JobState.DONE
    assert (len(await rows_of(services)), result_of(await again(services, job))["rows"]) == (10, 10)
    assert len(names_in(tmp_path / "out")) == 4


async def test_a_changed_file_stops_the_job_and_resuming_begins_it_anew(
    services: Services, tmp_path: Path
) -> None:
    source = tmp_path / "in.parquet"
    inputs(source, 10)
    job = await ordered_prediction(services, source, tmp_path / "out")
    inputs(source, 6)
    await work(services)
    stopped = await again(services, job)
    assert (stopped.state, stopped.units_done) == (JobState.FAILED, 0)
    assert "has changed since the job was planned" in str(stopped.error)
    assert await rows_of(services) == []
    await queue.resume(services, job.id, kinds=SMALL)
    await work(services)
    assert result_of(await again(services, job))["rows"] == 6


async def test_a_unit_of_which_another_algorithm_has_answered_rows_stops_the_job(
    services: Services, tmp_path: Path
) -> None:
    inputs(tmp_path / "in.parquet", 4)
    job = await ordered_prediction(services, tmp_path / "in.parquet", tmp_path / "out")
    (unit,) = await worker(services).claim()
    await services.statuses.set(AT_ZERO, "testing", "tests")
    await services.statuses.set(AT_TWENTY, "production", "tests")
    with pytest.raises(JobConflict, match="another algorithm, declaration or test has answered some rows"):
        await SMALL[JobKind.PREDICT].run(services, job, unit, lambda _rows: None)
    assert names_in(tmp_path / "out") == []


async def test_csv_is_predicted_with_parts_of_csv(services: Services, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x,colour\n1,red\n,\n666,red\n-1,blue\n7,red\n")
    await ordered_prediction(services, tmp_path / "in.csv", tmp_path / "out", parquet=False)
    await work(services)
    parts = [tmp_path / "out" / name for name in names_in(tmp_path / "out")[1:]]
    rows = [row for part in parts for row in csv.DictReader(io.StringIO(part.read_text()))]
    assert [(row["row"], row["outcome"], row["label"], row["probability"]) for row in rows] == [
        ("0", "OK", "high", "1.0"),
        ("1", "ERROR", "", ""),
        ("2", "ERROR", "", ""),
        ("3", "OK", "low", "0.0"),
        ("4", "OK", "high", "1.0"),
    ]


async def test_other_columns_are_refused_before_anything_is_stored(
    services: Services, tmp_path: Path
) -> None:
    write(tmp_path / "in.parquet", x=["1"], colour=["red"])
    with pytest.raises(InvalidFeatures, match="the column x holds a text, and x is a number"):
        await ordered_prediction(services, tmp_path / "in.parquet", tmp_path / "out")
    with pytest.raises(InvalidInput, match="cannot be read here"):
        await ordered_prediction(services, tmp_path / "absent.parquet", tmp_path / "out")
    write(tmp_path / "truth.parquet", id=[1], feedback=["high"])
    with pytest.raises(InvalidInput, match="has no column 'request_id'"):
        await order(services, JobKind.FEEDBACK, source=str(tmp_path / "truth.parquet"), parquet=True)
    assert (await rows_of(services, "job"), (tmp_path / "out").exists()) == ([], False)


async def test_ground_truth_is_given_and_counted_by_units(services: Services, tmp_path: Path) -> None:
    logged = await fill(services, 10)
    ids = [int(one.id) for one in logged]
    write(tmp_path / "truth.parquet", request_id=[*ids, 5], feedback=["high"] * 8 + [None, "tall", "high"])
    job = await order(
        services,
        JobKind.FEEDBACK,
        source=str(tmp_path / "truth.parquet"),
        parquet=True,
        out=str(tmp_path / "out"),
    )
    await work(services, "one", "two")
    found = result_of(await again(services, job))
    assert {name: found[name] for name in ("rows", "stored", "skipped", "refused", "part_files")} == {
        "rows": 11,
        "stored": 8,
        "skipped": 1,
        "refused": 2,
        "part_files": 3,
    }
    assert [(one["code"], one["rows"]) for one in found["refusals"]] == [
        ("INVALID_FEEDBACK", 1),
        ("REQUEST_NOT_FOUND", 1),
    ]
    table = (
        dataset.dataset(tmp_path / "out", format="parquet", exclude_invalid_files=True).to_table().to_pylist()
    )
    assert [row["stored"] for row in table] == [True] * 8 + [False] * 3
    assert [row["feedback"] for row in await rows_of(services)][:8] == ["high"] * 8


async def test_workers_that_are_cancelled_at_any_moment_leave_the_same_export(
    services: Services, tmp_path: Path
) -> None:
    logged = await fill(services, 60)
    await services.feedback.give_batch([FeedbackCommand(one.id, "low") for one in logged], EVERYBODY)
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    await exported(services, whole)
    await work(services)
    job = await exported(services, torn)
    dice = random.Random(5)
    for _ in range(20):
        running = asyncio.create_task(worker(services, "torn").run(asyncio.Event(), once=True))
        await asyncio.sleep(dice.uniform(0, 0.05))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await end_leases(services)
    await work(services)
    assert (await again(services, job)).state is JobState.DONE
    assert names_in(torn) == names_in(whole)
    assert [(torn / name).read_bytes() for name in names_in(torn)] == [
        (whole / name).read_bytes() for name in names_in(whole)
    ]


@pytest.mark.parametrize(
    ("algorithm", "error", "message"),
    [
        (99, AlgorithmNotFound, "no algorithm with id 99"),
        (PLUS_ONE, InvalidInput, "is no algorithm of levels"),
    ],
)
async def test_an_export_of_what_another_algorithm_served_is_refused_before_a_folder_is_made(
    services: Services, tmp_path: Path, algorithm: int, error: type[Exception], message: str
) -> None:
    where = to_plain(RequestFilter(algorithm_ids=(algorithm,)))
    with pytest.raises(error, match=message):
        await exported(services, tmp_path / "out", where=where)
    assert not (tmp_path / "out").exists()


def test_parts_that_another_plan_has_named_do_not_stay_beside_the_manifest(tmp_path: Path) -> None:
    folder = PartFolder.taken(tmp_path / "out")
    before = folder.write(3, "ab" * 16, "csv", b"old", 1)
    (folder.path / "names").touch()
    folder.finish([(3, before)], "csv", {})
    after = folder.write(5, "cd" * 16, "csv", b"new", 1)
    folder.write(5, "ef" * 16, "csv", b"left", 1)
    folder.finish([(5, after)], "csv", {})
    assert names_in(folder.path) == ["manifest.json", "names", "part-0000000000000005.csv"]


def test_two_workers_may_remove_what_is_left_at_once(tmp_path: Path) -> None:
    folder = PartFolder.taken(tmp_path / "out")
    parts = [(lo, folder.write(lo, "ab" * 16, "csv", b"a", 1)) for lo in range(50)]
    for lo in range(500):
        folder.write(lo, "cd" * 16, "csv", b"a", 1)
    with ThreadPoolExecutor(2) as both:
        for ended in [both.submit(folder.finish, parts, "csv", {}) for _ in range(2)]:
            ended.result()
    assert len(names_in(folder.path)) == 51
