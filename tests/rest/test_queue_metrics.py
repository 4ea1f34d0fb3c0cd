"""What waits in a process, and which release it is, as Prometheus scrapes it."""

from __future__ import annotations

import asyncio
import platform

from rest.metrics import Metrics
from serving.services import Services
from tests.serving.conftest import dice, services
from tests.serving.log.test_request_log import new

__all__ = ["dice", "services"]


def shown(metrics: Metrics, name: str) -> list[str]:
    return [line for line in metrics.render().decode().splitlines() if line.startswith(name)]


async def test_rows_that_wait_to_be_stored_are_counted_until_they_are(services: Services) -> None:
    metrics = Metrics()
    metrics.watch_queues(services.log, services.catalog)
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(3)]
    for future in futures:
        services.log.enqueue([new(), new()], None, future)
    assert shown(metrics, "arbiter_log_rows_waiting") == ["arbiter_log_rows_waiting 6.0"]
    await asyncio.gather(*futures)
    assert shown(metrics, "arbiter_log_rows_waiting") == ["arbiter_log_rows_waiting 0.0"]
    first = shown(metrics, "arbiter_algorithm_rows_waiting")[0]
    assert first == 'arbiter_algorithm_rows_waiting{algorithm="at zero 1",endpoint="levels"} 0.0'


def test_a_scrape_tells_the_release() -> None:
    (line,) = shown(Metrics("9.8.7"), "arbiter_build_info")
    assert line == f'arbiter_build_info{{python="{platform.python_version()}",version="9.8.7"}} 1.0'
