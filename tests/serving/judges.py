"""One of the processes in test_deciding_processes: settles every running test of many small endpoints, many at once.

`python -m tests.serving.judges URL ENDPOINTS CALLERS` says "ready" when it has started, and "done" at its end.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import cycle

from orm.connection.database import Database
from registry.discovery import Registry
from serving.services import Services
from tests.serving.world import AtTen, AtZero, registered, services_on, spec_of


def many_endpoints(count: int) -> Registry:
    """Endpoints case0, case1 and so on, each with the algorithms "at zero" (production) and "at ten"."""
    specs = {f"case{n}": spec_of(f"case{n}", "classifier") for n in range(count)}
    pairs = [registered(cls, spec) for spec in specs.values() for cls in (AtZero, AtTen)]
    return Registry(specs, tuple(pairs), ())


async def services_of(url: str, endpoints: int) -> Services:
    """Started services over these endpoints, whose arms are drawn in turn; their own decider keeps out of the way."""
    services = services_on(
        await Database.open(url), many_endpoints(endpoints), cycle([0.1, 0.9]).__next__, decide_every=600
    )
    await services.start()
    return services


async def main(url: str, endpoints: int, callers: int) -> None:
    services = await services_of(url, endpoints)
    print("ready", flush=True)
    tests = [test.id for test in services.catalog.snapshot.running_tests.values()]
    found = await asyncio.gather(*[services.ab_tests.settle(id_) for id_ in tests for _ in range(callers)])
    print(f"done {sum(test is not None for test in found)}", flush=True)
    await services.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
