"""What publishing into a running server costs: until the first answer, for calls meanwhile, in memory, and at a start.

    python -m bench.hot            three minutes
    python -m bench.hot --quick    one

Models that answer one number each are put into the store of a server process, by one rename each. Meanwhile eight
connections ask for plain predictions, each of which must be answered by the model in production. Every tenth change
is one of the endpoint's words, by which the GraphQL schema is made anew; every model but the last few is withdrawn
again by another process, and its folder deleted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from arbiter.settings import Settings
from arbiter.wiring import without_models
from bench.client import Connection, connected, message
from bench.constant_models import declare, publish
from bench.processes import ServerProcess, arbiter, serving
from bench.report import Bar, show, show_bars, write
from serving.services import Services

CONNECTIONS = 8
ARRIVALS = 10
SWAPS = 100
WARM = 20
"""So many swaps come before the memory is looked at first."""
KEPT = 3
FEW, MANY = 6, 50
STARTS = 3
PATIENCE = 30.0
MIB = 2**20
MILLISECONDS = 1e3
ROW = {"x": 0.5}
REST = "/api/v1/constants/predict"
PREDICT = (
    "mutation ($input: PredictInput!) { predict(input: $input) { request { value } userErrors { code } } }"
)


@dataclass(slots=True)
class Calls:
    """What the calls of one run were answered."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    mixed_up: int = 0


def main() -> None:
    """Measure, print, and write bench/results/hot.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.hot", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="fewer swaps and starts: for a glance, not for a claim"
    )
    quick: bool = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(swaps(Path(folder), 30 if quick else SWAPS))
    few, many = (starts(count, 1 if quick else STARTS) for count in (FEW, MANY))
    figures |= {"start_few_s": few, "start_many_s": many}
    bars = [
        Bar("manifest's arrival to the first answer, slowest", figures["arrival_s"], at_most=2.0, unit=" s"),
        Bar("failed calls in all swaps under load", figures["failed"], at_most=0),
        Bar("answers of another model in all swaps", figures["mixed_up"], at_most=0),
        Bar("p99 of a prediction during the swaps", figures["busy_p99_ms"], unit=" ms"),
        Bar("p99 of a prediction without", figures["calm_p99_ms"], unit=" ms"),
        Bar("memory after the swaps ÷ before", figures["memory"], at_most=1.1),
        Bar(f"start with {MANY} small algorithms ÷ with {FEW}", many / few, at_most=2.0),
    ]
    show(
        "Publishing into a running server",
        ["what", "measured"],
        [[k, f"{v:.4g}"] for k, v in figures.items()],
    )
    show_bars(bars)
    write("hot", {"swaps": SWAPS, "starts": STARTS}, figures, bars)


async def swaps(folder: Path, count: int) -> dict[str, float]:
    """The figures of one server that lives through all swaps."""
    root = folder / "store"
    declare(root)
    publish(root, "1", 1)
    arguments, log, settings = arbiter(folder, artifacts=str(root))
    settings["access_log"] = "false"
    with serving(arguments, log, **settings) as server:
        arrival = [await arrival_of(server, root, number) for number in range(ARRIVALS)]
        calm = await under_load(server, lambda: asyncio.sleep(5))
        given = Settings.load(database_url=settings["database_url"], artifacts=root)
        async with without_models(given) as services:
            await change(server, root, services, range(WARM))
            before = server.memory()[0]
            busy = await under_load(server, lambda: change(server, root, services, range(WARM, WARM + count)))
        await asyncio.sleep(2)
        after = server.memory()[0]
    return {
        "arrival_s": max(arrival),
        "arrival_median_s": statistics.median(arrival),
        "failed": busy.failed + calm.failed,
        "mixed_up": busy.mixed_up + calm.mixed_up,
        "calls": len(busy.seconds),
        "calm_p99_ms": percentile(calm.seconds, 0.99) * MILLISECONDS,
        "busy_p99_ms": percentile(busy.seconds, 0.99) * MILLISECONDS,
        "calm_longest_ms": max(calm.seconds) * MILLISECONDS,
        "busy_longest_ms": max(busy.seconds) * MILLISECONDS,
        "memory_before_mib": before / MIB,
        "memory_after_mib": after / MIB,
        "memory": after / before,
    }


async def arrival_of(server: ServerProcess, root: Path, number: int) -> float:
    """Seconds from a model's place in the store to its first answer."""
    version = f"arrival-{number}"
    began = time.perf_counter()
    publish(root, version, 100 + number, status="testing")
    conditions = {"algorithm": "constant", "version": version}
    given = {"input": {"endpoint": "constants", "features": ROW, "conditions": conditions}}
    while time.perf_counter() - began < PATIENCE:
        answer = await asyncio.to_thread(ask, server, "/graphql", {"query": PREDICT, "variables": given})
        if answer["data"]["predict"]["request"]["value"] == 100 + number:
            return time.perf_counter() - began
        await asyncio.sleep(0.01)
    raise RuntimeError(f"{version} was not answered by within {PATIENCE:g} s")


async def change(server: ServerProcess, root: Path, services: Services, numbers: range) -> None:
    """Publish a model for each number, every tenth time other words instead; withdraw those of earlier numbers."""
    for number in numbers:
        # In threads, since the callers share this loop.
        taken = await asyncio.to_thread(metric, server, "arbiter_store_swaps_total")
        if number % 10 == 9:
            words = f"Which model has answered? ({number})"
            await asyncio.to_thread(declare, root, description=words)
        else:
            await asyncio.to_thread(publish, root, f"swap-{number}", number + 2)
        deadline = time.monotonic() + PATIENCE
        while await asyncio.to_thread(metric, server, "arbiter_store_swaps_total") == taken:
            if time.monotonic() > deadline:
                raise RuntimeError(f"change {number} was not taken within {PATIENCE:g} s")
            await asyncio.sleep(0.02)
        old = root / "constants" / f"constant-swap-{number - KEPT}"
        if old.is_dir():
            await services.withdrawals.withdraw("constants", "constant", f"swap-{number - KEPT}")
            await asyncio.to_thread(shutil.rmtree, old)


async def under_load(server: ServerProcess, work: Callable[[], Any]) -> Calls:
    """What the calls were answered that came while `work` was done."""
    calls = Calls()
    done = asyncio.Event()
    connections = [await connected(server.url) for _ in range(CONNECTIONS)]
    callers = [asyncio.create_task(keep_asking(one, calls, done)) for one in connections]
    try:
        await work()
    finally:
        done.set()
        await asyncio.gather(*callers)
        for connection in connections:
            connection.close()
    return calls


async def keep_asking(connection: Connection, calls: Calls, done: asyncio.Event) -> None:
    """Ask for plain predictions, one after another."""
    request = message("POST", REST, json.dumps(ROW).encode())
    while not done.is_set():
        began = time.perf_counter()
        answer = await connection.call(request)
        calls.seconds.append(time.perf_counter() - began)
        if answer.status != 200:
            calls.failed += 1
            return
        if json.loads(answer.body)["label"] != "1":
            calls.mixed_up += 1
        await asyncio.sleep(0.002)


def starts(algorithms: int, times: int) -> float:
    """Seconds from the start to ready with so many small algorithms, the median."""
    found = []
    for _ in range(times):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "store"
            declare(root)
            for number in range(algorithms):
                publish(root, str(number), number)
            arguments, log, settings = arbiter(Path(folder), artifacts=str(root))
            began = time.perf_counter()
            with serving(arguments, log, **settings):
                found.append(time.perf_counter() - began)
    return statistics.median(found)


def ask(server: ServerProcess, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401  some JSON
    """What the server answers to a JSON body."""
    request = urllib.request.Request(
        f"{server.url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def metric(server: ServerProcess, name: str) -> float:
    """A number of the server's metrics."""
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(f"{name} "):
                return float(line.rpartition(" ")[2])
    raise RuntimeError(f"the server shows no {name}")


def percentile(seconds: list[float], share: float) -> float:
    """The value below which this share lies."""
    return sorted(seconds)[int(share * (len(seconds) - 1))]


if __name__ == "__main__":
    main()
