"""One of two processes in test_two_processes: runs many use cases at once on a database, prints what became of them.

`python -m tests.serving.crowd URL statuses|conclude|follow|predict|judge ARGUMENT`
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time

from domain.callers import Viewer
from domain.errors import ArbiterError
from domain.requests.feedback import FeedbackCommand
from domain.words import FeedbackForm, JSONValue
from orm.connection.database import Database
from orm.queries.history.requests import page_requests
from serving.services import Services
from tests.serving.world import AT_ZERO, EVERYBODY, Dice, command, row, services_on, small_registry

CALLERS = 50


async def set_statuses(services: Services, argument: str) -> list[str]:
    async def one(number: int) -> str:
        status = "production" if number % 2 else "testing"
        return str((await services.statuses.set(AT_ZERO, status, f"{argument} {number}")).id)

    return await asyncio.gather(*[one(number) for number in range(CALLERS)])


async def conclude(services: Services, argument: str) -> list[str]:
    async def one(number: int) -> str:
        try:
            return str((await services.ab_tests.conclude(int(argument), f"caller {number}")).state)
        except ArbiterError as error:
            return error.code

    return await asyncio.gather(*[one(number) for number in range(CALLERS)])


async def predict(services: Services, argument: str) -> list[str]:
    found = await asyncio.gather(*[services.predictor.predict(command(row(n))) for n in range(int(argument))])
    return [str(prediction.request.id) for (prediction,) in found]


async def judge(services: Services, argument: str) -> list[str]:
    """Predict, and give, change and clear the ground truth of whatever request there is, of any process."""
    dice = random.Random(argument)
    truths: dict[str, list[JSONValue]] = {
        "levels": ["low", "high", "neither", None],
        "heights": [1, 2.5, "-0.001", 1e6, None],
    }

    async def one(number: int) -> None:
        endpoint = dice.choice(sorted(truths))
        await services.predictor.predict(command(row(dice.choice([1, 666, 20])), endpoint=endpoint))
        async with services.database.reader() as reader:
            found = await page_requests(reader, Viewer(EVERYBODY), limit=100)
        names = {endpoint.id: endpoint.name for endpoint in services.catalog.snapshot.endpoints.values()}
        chosen = [dice.choice(found) for _ in range(dice.choice([1, 1, 30]))]
        given = [
            FeedbackCommand(r.id, dice.choice(truths[names[r.endpoint_id]]), FeedbackForm.LEGACY)
            for r in chosen
        ]
        await services.feedback.give_batch(given, EVERYBODY)

    for _ in range(4):
        await asyncio.gather(*[one(number) for number in range(20)])
    return []


async def follow(services: Services, argument: str) -> list[str]:
    """Say "ready"; then, for each status of `argument` in turn, say when (time.time()) the catalogue shows it."""
    print("ready", flush=True)
    for status in argument.split(","):
        while services.catalog.snapshot.algorithms[AT_ZERO].status != status:
            await asyncio.sleep(0.005)
        print(time.time(), flush=True)
    return []


async def main(url: str, task: str, argument: str) -> None:
    services = services_on(await Database.open(url), small_registry(), Dice())
    await services.start()
    tasks = {
        "statuses": set_statuses,
        "conclude": conclude,
        "follow": follow,
        "predict": predict,
        "judge": judge,
    }
    print(json.dumps(await tasks[task](services, argument)), flush=True)
    await services.stop()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
