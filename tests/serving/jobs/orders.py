"""Jobs over the small use cases: logged requests with truths, and orders in units of a few rows."""

from __future__ import annotations

import asyncio
import random

from domain.jobs import Job, JobKind
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import Request
from orm.queries.jobs import jobs
from serving.jobs import queue
from serving.jobs.kinds import KINDS, Kinds
from serving.jobs.kinds.replay import ReplayKind
from serving.jobs.worker import Worker
from serving.services import Services
from tests.serving.world import AT_TEN, EVERYBODY, command, row

SUBJECTS = (None, "ann", "bob", "cleo", None)


def small(rows: int) -> Kinds:
    """The kinds, with replays in units of so many rows."""
    return {**KINDS, JobKind.REPLAY: ReplayKind(rows)}


async def fill(services: Services, count: int, *, endpoint: str = "levels", seed: int = 7) -> list[Request]:
    """Predictions, some of which fail, some with a subject; most get a truth, and some of these are no class."""
    dice = random.Random(seed)
    found: list[Request] = []
    for number in range(count):
        x = 666.0 if number % 41 == 40 else float(dice.randint(-20, 40))
        subject = SUBJECTS[dice.randrange(len(SUBJECTS))]
        calls = command(row(x), endpoint=endpoint, subject=subject)
        found += [prediction.request for prediction in await services.predictor.predict(calls)]
    truths = []
    for one in found:
        if dice.random() < 0.9:
            x = dice.randint(-20, 40)
            text = ("high" if x > 5 else "low") if endpoint == "levels" else str(x + dice.random())
            truths.append(FeedbackCommand(one.id, text))
    await services.feedback.give_batch(truths, EVERYBODY)
    return found


async def order(services: Services, algorithm: int = AT_TEN, *, rows: int = 10, **parameters: object) -> Job:
    """A replay that waits, in units of so many rows."""
    given = {"algorithm": algorithm, **parameters}
    return await queue.create(
        services,
        JobKind.REPLAY,
        given,  # type: ignore[arg-type]
        created_by="tests",
        kinds=small(rows),
    )


async def again(services: Services, job: Job) -> Job:
    """The job as it is now."""
    return await services.database.read(jobs.job_of_id, job.id)


async def result_of(services: Services, job: Job) -> str:
    """What came of it."""
    return (await services.database.read(jobs.results_of_jobs, [job.id]))[job.id]


def worker(services: Services, name: str = "one", **options: object) -> Worker:
    """A worker that does not rest."""
    return Worker(services, name=name, idle=0.01, **options)  # type: ignore[arg-type]


async def work(services: Services, *names: str) -> list[Worker]:
    """As many workers at once, until no job is left."""
    found = [worker(services, name) for name in names or ("one",)]
    await asyncio.gather(*(one.run(asyncio.Event(), once=True) for one in found))
    return found
