"""Where the processor time of one prediction goes, layer by layer, without network.

    python -m bench.layers                      half a minute
    python -m bench.layers --no-access-log      the same with ARBITER_ACCESS_LOG=false

The application runs in this process and is called directly by 64 tasks, then its parts are, each by itself. Counted
is the processor time of the event loop's thread per call; the parts take turns in many short runs, and a fifth of
the way up from the fastest one is reported, so that other work on the machine shows as little as possible. A layer
includes those that it calls. The HTTP server itself (parsing, sockets) is not in these figures.

The endpoint's algorithms are asked alone too, with rows that are checked already, one and many at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import orjson
import uvloop
from starlette.applications import Starlette

from arbiter.app import create_app
from arbiter.settings import LogFormat, Settings
from arbiter.telemetry import logs
from bench.report import rounded, show, write
from bench.rows import ENDPOINT, graphql_bodies, income, rest_bodies, rows_of
from domain.callers import Scope, anonymous
from domain.requests.new_request import NewRequest
from domain.requests.request import AlgorithmConditions, PredictCommand
from registry.discovery import Registry, discover
from serving.services import Services

CALLERS = 64
CALLS = 192
MICROSECONDS = 1e6
AT_ONCE = (1, 8, 64)
TURN = 10
REST = f"/api/v1/{ENDPOINT}/predict"
EVERYBODY = anonymous(frozenset(Scope))

Call = Callable[[bytes], Awaitable[object]]


async def post(app: Callable[..., Awaitable[None]], main: Starlette, path: str, body: bytes) -> None:
    """One POST to an ASGI application, or to a part of it. Raises RuntimeError unless it answers 200."""
    statuses: list[int] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(int(str(message["status"])))

    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [*headers, (b"content-length", str(len(body)).encode())],
        "state": {"principal": EVERYBODY},
        "app": main,
    }
    await app(scope, receive, send)
    if statuses != [200]:
        raise RuntimeError(f"POST {path} was answered with {statuses}")


def layers_of(app: Starlette, services: Services) -> dict[str, Call]:
    """What is measured, from the outside to the inside; a body of the REST URL goes into each but GraphQL's."""
    snapshot = services.catalog.snapshot
    features = snapshot.specs[ENDPOINT].features
    route = snapshot.table.choose(ENDPOINT, AlgorithmConditions(), None, lambda: 0.5)
    executor = snapshot.executors[route.algorithm_id or 0]
    endpoint_id = snapshot.endpoint_named(ENDPOINT).id

    async def predictor(body: bytes) -> None:
        command = PredictCommand(ENDPOINT, (orjson.loads(body),), EVERYBODY, texts=(body.decode(),))
        await services.predictor.predict(command)

    async def run(body: bytes) -> None:
        await executor.run([features.validate(orjson.loads(body))])

    async def check(body: bytes) -> None:
        features.validate(orjson.loads(body))

    async def log(body: bytes) -> None:
        row = NewRequest(
            endpoint_id=endpoint_id, algorithm_id=route.algorithm_id, input=body.decode(), latency=0.001
        )
        await services.log.append([row])

    return {
        "GraphQL, whole application": lambda body: post(app, app, "/graphql", body),
        "REST, whole application": lambda body: post(app, app, REST, body),
        "REST, without the middleware": lambda body: post(app.router, app, REST, body),
        "serving.predictions.predict": predictor,
        "parse, check and run the model": run,
        "append to the log": log,
        "parse and check": check,
    }


async def cost_of(call: Call, bodies: Sequence[bytes]) -> float:
    """Processor time of this thread for one call, in seconds; garbage of the earlier runs is not in it."""
    numbers = iter(range(CALLS))

    async def caller() -> None:
        for number in numbers:
            await call(bodies[number % len(bodies)])

    start = time.thread_time()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    return (time.thread_time() - start) / CALLS


@contextmanager
def collector_watched() -> Iterator[list[float]]:
    """The lengths, in seconds, of the garbage collector's pauses in the block."""
    pauses: list[float] = []
    begun = 0.0

    def watch(phase: str, _info: dict[str, int]) -> None:
        nonlocal begun
        if phase == "start":
            begun = time.perf_counter()
        else:
            pauses.append(time.perf_counter() - begun)

    gc.callbacks.append(watch)
    try:
        yield pauses
    finally:
        gc.callbacks.remove(watch)


def models_alone(registry: Registry, runs: int) -> dict[str, dict[int, float]]:
    """Microseconds a row of each algorithm's `predict`, by the number of rows at once."""
    features = registry.endpoints[ENDPOINT].features
    rows = [features.validate(row) for row in rows_of(income(), TURN * max(AT_ONCE))]
    asked = {one.name: one.instance for one in registry.algorithms if one.endpoint == ENDPOINT}
    times: dict[tuple[str, int], list[float]] = {(n, count): [] for n in asked for count in AT_ONCE}
    for _ in range(runs):
        for (name, count), found in times.items():
            algorithm = asked[name]
            assert algorithm is not None
            before = time.thread_time()
            for start in range(0, len(rows), len(rows) // TURN):
                algorithm.predict(rows[start : start + count])
            found.append((time.thread_time() - before) / (TURN * count))
    return {
        name: {count: rounded(sorted(times[name, count])[runs // 5] * MICROSECONDS) for count in AT_ONCE}
        for name in asked
    }


async def measure(settings: Settings, runs: int) -> tuple[dict[str, float], dict[str, float]]:
    """Microseconds of each layer, and what the garbage collector did meanwhile."""
    app = create_app(settings)
    rows = rows_of(income(), 1_000)
    rest, graphql = rest_bodies(rows), graphql_bodies(income(), rows)
    async with app.router.lifespan_context(app):
        layers = layers_of(app, app.state.services)
        costs: dict[str, list[float]] = {name: [] for name in layers}
        with collector_watched() as pauses:
            for _ in range(runs):
                for name, call in layers.items():
                    costs[name].append(await cost_of(call, graphql if name.startswith("GraphQL") else rest))
    fast = {name: rounded(sorted(found)[runs // 5] * MICROSECONDS) for name, found in costs.items()}
    collector = {
        "pauses": len(pauses),
        "longest_ms": rounded(max(pauses, default=0.0) * 1e3),
        "us_a_call": rounded(sum(pauses) / (runs * CALLS * len(layers)) * MICROSECONDS),
    }
    return fast, collector


def main() -> None:
    """Measure, print, write bench/results/layers.json."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.layers", description="Measure the layers of a prediction."
    )
    parser.add_argument("--access-log", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--quick", action="store_true", help="fewer runs: for a glance, not for a claim")
    options = parser.parse_args()
    runs = 10 if options.quick else 60
    with (
        tempfile.TemporaryDirectory(prefix="arbiter-bench-") as folder,
        Path(os.devnull).open("w") as nowhere,
    ):
        settings = Settings.load(
            database_url=f"sqlite://{folder}/arbiter.db", access_log=options.access_log, log=LogFormat.JSON
        )
        with redirect_stderr(nowhere):
            logs.configure(settings)
            fast, collector = uvloop.run(measure(settings, runs))
    alone = models_alone(discover(entry_points=False), runs)
    show(
        "Processor time of the event loop's thread",
        ["", "µs a call"],
        [[name, f"{us:.0f}"] for name, us in fast.items()],
    )
    show(
        "Processor time of the algorithms alone, µs a row",
        ["", *(f"{count} at once" for count in AT_ONCE)],
        [[name, *(f"{us:.1f}" for us in costs.values())] for name, costs in alone.items()],
    )
    print(f"garbage collector: {collector}")
    settings_used = {"runs": runs, "callers": CALLERS, "access_log": options.access_log}
    figures = {"microseconds": fast, "collector": collector, "algorithms": alone}
    print(f"figures in {write('layers', settings_used, figures, [])}")


if __name__ == "__main__":
    main()
