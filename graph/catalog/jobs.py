"""Jobs: orders over many rows, which workers beside the servers carry out."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, cast

import orjson
import strawberry
from strawberry import Parent

from domain.callers import Scope
from graph.operation.context import Info
from graph.vocabulary.docstrings import graphql_input, graphql_type
from graph.vocabulary.enums import JobKind, JobState
from graph.vocabulary.fields import MutationPayload, computed, mutation, resolved
from graph.vocabulary.ids import LARGEST_ID
from graph.vocabulary.links import JobType
from graph.vocabulary.pagination import Connection, Paging, connect_table, paged, window
from graph.vocabulary.scalars import JSON
from orm.queries.jobs import jobs as queries
from serving.jobs import queue
from serving.jobs.kinds.kind import shown

RIGHTS = (Scope.ADMIN, Scope.READ)
"""As for a replay: a job reads the whole log, and its parameters and errors tell how this service is run."""


@graphql_type
class Job:
    """One order over many rows, which `arbiter work` carries out unit by unit.

    Its fields are read from a `domain.jobs.Job`.
    """

    job_id: str = computed(lambda row: str(row.id), "Its number, as `arbiter jobs` takes it.")
    kind: JobKind = strawberry.field(description="What it does with its rows.")
    state: JobState = strawberry.field(description="How far it is.")
    units: int = strawberry.field(description="How many units it is divided into.")
    units_done: int = strawberry.field(description="How many of them are done.")
    units_failed: int = strawberry.field(description="How many of them could not be done.")
    rows: float = strawberry.field(description="How many rows it has to go through; of a rebuild, days.")
    rows_done: float = strawberry.field(
        description="How many of them workers have gone through; what they do now is known a third of a minute late."
    )
    created_by: str = strawberry.field(description="Who ordered it.")
    created_at: datetime = strawberry.field(description="When it was ordered.")
    started_at: datetime | None = strawberry.field(
        description="When the first worker began; null while it waits."
    )
    finished_at: datetime | None = strawberry.field(description="When it ended; null while it has not.")

    @resolved(needs=RIGHTS)
    def error(self, row: Parent[JobType]) -> str | None:
        """Why it failed, with the ranges that did; null without."""
        return row.error

    @resolved(needs=RIGHTS)
    def parameters(self, row: Parent[JobType]) -> JSON | None:
        """What was ordered."""
        return cast(JSON, shown(row.parameters))

    @resolved(needs=RIGHTS)
    async def result(self, row: Parent[JobType], info: Info) -> JSON | None:
        """What came of it, as `arbiter jobs show --json` prints it; null until it is done."""
        found = await info.context.loaders.job_result.load(row.id)
        return None if found is None else cast(JSON, orjson.loads(found))


@strawberry.type
class Queries:
    """Root queries for jobs."""

    @paged(needs=RIGHTS)
    async def jobs(
        self,
        info: Info,
        paging: Paging,
        *,
        states: Annotated[
            list[JobState] | None, strawberry.argument(description="Only those in one of these states.")
        ] = None,
    ) -> Connection[JobType]:
        """Every job, newest first."""
        return await connect_table(
            info.context,
            window("jobs", paging),
            partial(queries.page_jobs, states=states),
            partial(queries.count_jobs, states=states),
        )

    @resolved(needs=RIGHTS)
    async def job(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its `jobId`.")]
    ) -> JobType | None:
        """One job; null when there is none of this number."""
        found = await info.context.services.database.read(queries.jobs_of_ids, [_number(id)])
        return found[0] if found else None


@graphql_input
class CancelJobInput:
    """The job to cancel."""

    id: strawberry.ID = strawberry.field(description="Its `jobId`.")


@graphql_type
class CancelJobPayload(MutationPayload):
    """What cancelJob did."""

    job: JobType | None = strawberry.field(
        default=None, description="The job, cancelled now; null with userErrors."
    )


@strawberry.type
class Mutations:
    """Mutations of jobs."""

    @mutation(needs=Scope.ADMIN)
    async def cancel_job(
        self, info: Info, input: Annotated[CancelJobInput, strawberry.argument(description="Which one.")]
    ) -> CancelJobPayload:
        """Have nobody work on a job any more: units that run now store nothing. `arbiter jobs resume` has it go on
        with what was done. One that is cancelled already stays so.
        """
        return CancelJobPayload(job=await queue.cancel(info.context.services, _number(input.id)))


def _number(text: str) -> int:
    """The number of a job; 0, which no job has, for a text that is none."""
    return int(text) if text.isascii() and text.isdigit() and int(text) <= LARGEST_ID else 0
