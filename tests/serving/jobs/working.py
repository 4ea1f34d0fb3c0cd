"""A worker in a process of its own, on the database of a URL: python -m tests.serving.jobs.working URL

Its algorithm takes a while for a batch, so that it can be killed in the middle of a unit, and its leases are short.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

from domain.requests.request import Answer
from orm.connection.database import Database
from registry.features import Row
from serving.jobs.worker import Worker
from tests.serving.world import LEVELS, AtTen, Dice, registered, services_on, small_registry

LEASE = 3.0


class Slow(AtTen, endpoint="levels", name="at ten", version="1", owner="tests", status="testing"):
    """Takes its time for more than one row."""

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        time.sleep(0.05 if len(rows) > 1 else 0.0005)
        return super().predict(rows)


async def main(url: str) -> None:
    registry = small_registry()
    slow = registered(Slow, LEVELS)
    algorithms = tuple(slow if one.name == "at ten" else one for one in registry.algorithms)
    services = services_on(await Database.open(url), replace(registry, algorithms=algorithms), Dice())
    await services.start()
    await Worker(services, lease=LEASE, idle=0.05).run(asyncio.Event(), once=True)
    await services.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
