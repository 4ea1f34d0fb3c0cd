"""Ordering jobs, cancelling them, and having those that have stopped go on."""

from __future__ import annotations

from domain.errors import ArbiterError, JobConflict
from domain.jobs import RESUMABLE, Job, JobKind, JobState
from orm.connection.schema import this_release
from orm.queries.jobs import jobs
from orm.queries.jobs.jobs import NewJob
from serving.jobs.kinds import KINDS, Kinds
from serving.jobs.kinds.kind import Parameters
from serving.services import Services


async def create(
    services: Services,
    kind: JobKind,
    parameters: Parameters,
    *,
    created_by: str,
    release: str | None = None,
    kinds: Kinds = KINDS,
) -> Job:
    """Check an order, divide it into units and have it wait for workers; it runs nothing itself.

    Raises what the kind finds wrong with it, and JobConflict where one of its like runs already.
    """
    planned = await kinds[kind].plan(services, parameters)
    new = NewJob(kind, planned, release or this_release(), created_by, services.clock())
    async with services.database.transaction() as tx:
        job_id = await jobs.add_job(tx, new)
    return await services.database.read(jobs.job_of_id, job_id)


async def cancel(services: Services, job_id: int) -> Job:
    """Have nobody work on a job any more; units that run now store nothing. One that is cancelled stays so.

    Raises JobNotFound, and JobConflict for one that has ended otherwise.
    """
    async with services.database.transaction() as tx:
        job = await jobs.locked_job(tx, job_id)
        if not job.active and job.state is not JobState.CANCELLED:
            raise JobConflict(f"Job {job.id} is {job.state} already.", path=("job",))
        await jobs.end_job(tx, job_id, JobState.CANCELLED, now=services.clock())
    return await services.database.read(jobs.job_of_id, job_id)


async def resume(services: Services, job_id: int, *, release: str | None = None, kinds: Kinds = KINDS) -> Job:
    """Have a job that failed or was cancelled go on, with what is done already; failed units are tried again.

    Where the release, the model or the declaration is another one than when it was planned, it begins anew with these:
    so may one that waits for workers of a release that is gone. Raises JobNotFound, JobConflict, and what the kind
    finds wrong with it.
    """
    release = release or this_release()
    job = await services.database.read(jobs.job_of_id, job_id)
    kind = kinds[job.kind]
    if job.state not in RESUMABLE and not (job.active and job.release != release):
        raise JobConflict(f"Job {job.id} is {job.state}: there is nothing to resume.", path=("job",))
    planned = await kind.plan(services, job.parameters)
    same = job.release == release and dict(planned.identity) == dict(job.identity)
    async with services.database.transaction() as tx:
        locked = await jobs.locked_job(tx, job_id)
        if (locked.state, locked.release) != (job.state, job.release):
            raise JobConflict(f"Job {job.id} was changed meanwhile; look at it again.", path=("job",))
        await jobs.resume_job(tx, job_id, None if same else planned, release=release, slot=planned.slot)
    return await services.database.read(jobs.job_of_id, job_id)


def require_identity(services: Services, job: Job) -> None:
    """Raises JobConflict where this process would not run what the job was planned with."""
    try:
        found = KINDS[job.kind].identity(services, job.parameters)
    except ArbiterError as error:
        raise JobConflict(
            f"what it was planned with is not here any more: {error.message} "
            f"`arbiter jobs resume {job.id}` begins it anew with what is there then"
        ) from error
    changed = [name for name in sorted({*found, *job.identity}) if found.get(name) != job.identity.get(name)]
    if changed:
        raise JobConflict(
            f"it was planned with another {' and another '.join(changed)} than this worker has; "
            f"`arbiter jobs resume {job.id}` begins it anew with that"
        )
