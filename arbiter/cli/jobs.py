"""`arbiter jobs`: which orders over many rows there are, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import orjson
import typer

from arbiter.cli.output import AsJson, Row, say, show_json, show_rows
from arbiter.cli.session import with_models, without_models
from domain.jobs import FailedUnit, Job, JobKind, JobState
from domain.words import JSONValue
from orm.queries.jobs import jobs, units
from serving.jobs import queue
from serving.jobs.kinds.kind import shown
from serving.services import Services

LISTED = 100
SHOWN_UNITS = 20
PATIENCE = 3600.0
"""Seconds that a read of a job may take, however impatient the server's own reads are: days are counted in one."""

app = typer.Typer(
    name="jobs", help="Orders over many rows: list, show, cancel, resume.", no_args_is_help=True
)
JobId = Annotated[int, typer.Argument(help="The job's id, as `arbiter jobs list` shows it.")]


@app.command("list")
def list_jobs(
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=10_000)] = LISTED,
    as_json: AsJson = False,
) -> None:
    """List jobs, newest first.

    Example: `arbiter jobs list --state running`
    """

    async def use(services: Services) -> list[Job]:
        states = None if state is None else (state,)
        return await services.database.read(jobs.page_jobs, limit=limit, states=states)

    show_rows([_row(job) for job in without_models(use)], as_json=as_json, empty="there are no jobs")


@app.command("show")
def show(job: JobId, as_json: AsJson = False) -> None:
    """Show how far a job is, who works on it, what failed, and what came of it.

    Example: `arbiter jobs show 3`
    """

    async def use(services: Services) -> tuple[Job, dict[str, int], list[FailedUnit]]:
        read = services.database.read
        found = await read(jobs.job_of_id, job)
        return found, await read(units.workers_of, job), await read(units.failed_units, job, SHOWN_UNITS)

    found, workers, failed = without_models(use)
    result = None if found.result is None else orjson.loads(found.result)
    if as_json:
        show_json(
            _row(found)
            | {"parameters": shown(found.parameters), "identity": found.identity, "release": found.release}
            | {"workers": workers, "failed": [_failed_row(one) for one in failed], "result": result}
        )
        return
    for name, value in _row(found).items():
        if value is not None:
            say(f"{name.replace('_', ' ')}: {value}")
    for name, value in shown(found.parameters).items():
        if value is not None:
            say(f"{name.replace('_', ' ')}: {value}")
    show_rows([{"worker": name, "units": count} for name, count in workers.items()], as_json=False, empty="")
    for one in failed:
        say(f"unit {one.number} ({one.lo}..{one.hi}) failed: {one.error}")
    if result is not None:
        say("result:")
        show_json(_without_bulk(result))


@app.command("cancel")
def cancel(job: JobId, as_json: AsJson = False) -> None:
    """Have nobody work on a job any more; what runs now is stopped within a third of a minute, and stores nothing.

    Example: `arbiter jobs cancel 3`
    """

    async def use(services: Services) -> Job:
        return await queue.cancel(services, job)

    found = without_models(use)
    if as_json:
        show_json(_row(found))
    else:
        say(f"{found} is cancelled; `arbiter jobs resume {found.id}` has it go on")


@app.command("resume")
def resume(job: JobId, as_json: AsJson = False) -> None:
    """Have a job that failed or was cancelled go on; what is done already is kept.

    Where release, model or declaration is another one than before, it begins anew.

    Example: `arbiter jobs resume 3`
    """

    async def use(services: Services) -> Job:
        return await queue.resume(services, job)

    _show_ordered(with_models(use, makes=False, read_timeout=PATIENCE), as_json=as_json)


def order(kind: JobKind, parameters: Mapping[str, JSONValue], *, as_json: bool) -> None:
    """Order a job, and say how to work on it and how to see what came of it.

    With all models, as workers have them: what a job is planned with must be what it is run with.
    """

    async def use(services: Services) -> Job:
        return await queue.create(services, kind, parameters, created_by="command line")

    _show_ordered(with_models(use, makes=False, read_timeout=PATIENCE), as_json=as_json)


def _show_ordered(job: Job, *, as_json: bool) -> None:
    if as_json:
        show_json(_row(job))
        return
    say(
        f"{job} waits: {job.units:,} units, {job.rows:,} rows; `arbiter work` works on it, in as many processes as "
        f"you start, and `arbiter jobs show {job.id}` shows what comes of it"
    )


def _row(job: Job) -> Row:
    return {
        "id": job.id,
        "kind": job.kind.value,
        "state": job.state.value,
        "units": job.units,
        "units_done": job.units_done,
        "units_failed": job.units_failed,
        "rows": job.rows,
        "rows_done": job.rows_done,
        "created_by": job.created_by,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "error": job.error,
    }


def _failed_row(one: FailedUnit) -> Row:
    return {"number": one.number, "lo": one.lo, "hi": one.hi, "error": one.error}


def _without_bulk(result: object) -> object:
    """A result for people: without what is for programs, and with how long lists are."""
    if not isinstance(result, dict):
        return result
    return {
        name: f"{len(value):,} (see --json)" if isinstance(value, list) else value
        for name, value in result.items()
        if name not in ("sums", "plan")
    }
