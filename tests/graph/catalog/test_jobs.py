from __future__ import annotations

from typing import Any

import pytest

from domain.callers import Scope
from domain.jobs import Job
from orm.connection.statement import Statement
from serving.services import Services
from tests.conftest import Statements
from tests.graph.conftest import Door, of_operations
from tests.serving.jobs.orders import fill, order, work

JOBS = """query ($states: [JobState!]) { jobs(states: $states) { totalCount nodes {
  jobId kind state units unitsDone unitsFailed rows rowsDone createdBy error parameters result
} } }"""
JOB = "query ($id: ID!) { job(id: $id) { jobId state startedAt finishedAt result } }"
CANCEL = """mutation ($id: ID!) { cancelJob(input: {id: $id}) {
  job { jobId state } userErrors { code message } } }"""


@pytest.fixture
async def ordered(services: Services) -> Job:
    await fill(services, 30)
    return await order(services, rows=10)


async def test_a_job_shows_how_far_it_is_and_what_came_of_it(
    door: Door, services: Services, ordered: Job
) -> None:
    (waiting,) = (await door.data(JOBS))["jobs"]["nodes"]
    parameters = {
        **{"algorithm": 2, "endpoint": "levels"},
        **{"served_by": None, "created_from": None, "created_before": None},
    }
    assert waiting == {
        **{"jobId": str(ordered.id), "kind": "REPLAY", "state": "WAITING", "createdBy": "tests"},
        **{"units": 3, "unitsDone": 0, "unitsFailed": 0, "rows": 30, "rowsDone": 0},
        **{"error": None, "parameters": parameters, "result": None},
    }
    await work(services)
    done: dict[str, Any] = (await door.data(JOB, id=str(ordered.id)))["job"]
    assert (done["state"], None in (done["startedAt"], done["finishedAt"])) == ("DONE", False)
    assert (done["result"]["algorithm"], done["result"]["metric"]) == (2, "accuracy")
    assert (await door.data(JOBS, states=["WAITING", "FAILED"]))["jobs"] == {"totalCount": 0, "nodes": []}


async def test_results_of_one_job_and_of_many_are_one_statement(
    door: Door, services: Services, ordered: Job, statements: Statements
) -> None:
    await order(services, rows=10)
    await work(services)
    for query, count in (("{ jobs(first: 1) { nodes { result } } }", 2), (JOBS, 3)):
        with statements() as sql:
            found = (await door.data(query))["jobs"]["nodes"]
        assert None not in [one["result"] for one in found]
        assert len(of_operations(sql)) == count


async def test_cancelling_stops_a_job_and_one_that_is_not_there_is_said(door: Door, ordered: Job) -> None:
    for _ in range(2):
        assert (await door.data(CANCEL, id=str(ordered.id)))["cancelJob"] == {
            "job": {"jobId": str(ordered.id), "state": "CANCELLED"},
            "userErrors": [],
        }
    for id_ in ("99", "one", "-1", "9" * 30):
        error = (await door.data(CANCEL, id=id_))["cancelJob"]
        assert (error["job"], [one["code"] for one in error["userErrors"]]) == (None, ["JOB_NOT_FOUND"])
        assert (await door.data(JOB, id=id_))["job"] is None


async def test_jobs_are_for_administrators(door: Door, ordered: Job) -> None:
    reader = door.seen_by(Scope.READ, Scope.PREDICT, Scope.FEEDBACK)
    for query, variables in ((JOBS, {}), (JOB, {"id": "1"}), (CANCEL, {"id": str(ordered.id)})):
        assert (await reader.error(query, **variables))["extensions"]["code"] == "FORBIDDEN"
    assert (await door.data(JOB, id=str(ordered.id)))["job"]["state"] == "WAITING"


async def test_who_may_cancel_a_job_but_not_read_learns_neither_what_was_ordered_nor_what_went_wrong(
    door: Door, ordered: Job
) -> None:
    query = CANCEL.replace("jobId state", "state parameters error")
    answer = await door.seen_by(Scope.ADMIN).post(query, id=str(ordered.id))
    assert answer["data"]["cancelJob"]["job"] == {"state": "CANCELLED", "parameters": None, "error": None}
    assert [(one["path"][-1], one["extensions"]["code"]) for one in answer["errors"]] == [
        ("parameters", "FORBIDDEN"),
        ("error", "FORBIDDEN"),
    ]


async def test_a_job_may_have_more_rows_than_an_int_holds(
    door: Door, services: Services, ordered: Job
) -> None:
    async with services.database.transaction() as tx:
        await Statement(tx).run("UPDATE job SET rows = 3000000000")
        await Statement(tx).run("UPDATE job_unit SET done = 1000000000")
    (found,) = (await door.data("{ jobs { nodes { rows rowsDone } } }"))["jobs"]["nodes"]
    assert found == {"rows": 3_000_000_000, "rowsDone": 3_000_000_000}
