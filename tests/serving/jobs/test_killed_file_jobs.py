from __future__ import annotations

from pathlib import Path

import pytest
from pyarrow import dataset

from domain.jobs import JobState
from orm.queries.jobs import jobs
from serving.services import Services
from tests.serving.jobs.orders import fill, work
from tests.serving.jobs.test_file_jobs import exported, inputs, names_in, ordered_prediction, rows_of
from tests.serving.jobs.test_killed_workers import killed_again_and_again

ROWS = 160
KILLS = 2


@pytest.mark.matrix
async def test_kills_of_workers_leave_each_row_of_a_file_logged_and_answered_once(
    services: Services, database_url: str, tmp_path: Path
) -> None:
    inputs(tmp_path / "in.parquet", ROWS)
    job = await ordered_prediction(services, tmp_path / "in.parquet", tmp_path / "out", status="testing")
    await killed_again_and_again(services, database_url, job, KILLS)
    assert (await services.database.read(jobs.job_of_id, job.id)).state is JobState.DONE
    table = (
        dataset.dataset(tmp_path / "out", format="parquet", exclude_invalid_files=True).to_table().to_pylist()
    )
    assert [row["row"] for row in table] == list(range(ROWS))
    assert {row["request_id"]: row["label"] for row in table} == {
        row["id"]: row["label"] for row in await rows_of(services)
    }
    assert len(names_in(tmp_path / "out")) == 1 + ROWS // 4


@pytest.mark.matrix
async def test_kills_of_workers_leave_the_export_as_it_would_have_been_to_the_last_byte(
    services: Services, database_url: str, tmp_path: Path
) -> None:
    await fill(services, ROWS)
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    await exported(services, whole)
    await work(services)
    job = await exported(services, torn)
    await killed_again_and_again(services, database_url, job, KILLS)
    assert names_in(torn) == names_in(whole)
    assert [(torn / name).read_bytes() for name in names_in(torn)] == [
        (whole / name).read_bytes() for name in names_in(whole)
    ]
