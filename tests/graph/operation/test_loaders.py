from __future__ import annotations

import asyncio

from graph.operation.context import Context
from graph.operation.limits import GraphLimits
from serving.services import Services
from tests.serving.world import EVERYBODY, command, row


async def test_who_stops_waiting_does_not_take_from_others_what_they_wait_for(services: Services) -> None:
    (made,) = await services.predictor.predict(command(row(1)))
    load = Context(services, EVERYBODY, GraphLimits()).loaders.request.load

    async def waiting() -> object:
        return await load(made.request.id)

    first, second = asyncio.create_task(waiting()), asyncio.create_task(waiting())
    await asyncio.sleep(0)
    first.cancel()
    assert (await second) == made.request
    assert first.cancelled()
