"""The caller who measures: a steady trickle of calls of several kinds, and how long each took.

    python -m bench.probe URL KEY BODIES --rate prediction=100 --rate readiness=5

Each call is sent when its time has come, whether the one before it was answered or not, so that a server which
stands still for a second delays a second's calls and not just one. The time of a call begins when it is sent; how late
this process itself was is told apart, as `late_ms`.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import uvloop

from bench.client import Answer, Pool, message
from bench.workers import say, working

ENDPOINT = "income_classifier"
PREDICT = f"/api/v1/{ENDPOINT}/predict"
LABEL = ">50K"
GRACE = 60.0
MILLISECONDS = 1e3


@dataclass(slots=True)
class Caller:
    """What calls are made of: a key, rows, and the request that was answered last."""

    key: str
    bodies: Iterator[bytes]
    algorithm: int
    latest: int = 0
    keys: Iterator[int] = field(default_factory=itertools.count)

    @property
    def headers(self) -> dict[str, str]:
        """The key."""
        return {"Authorization": f"Bearer {self.key}"}

    def prediction(self) -> bytes:
        """A row over the old URL."""
        return message("POST", PREDICT, next(self.bodies), self.headers)

    def idempotent(self) -> bytes:
        """The same with an idempotency key of its own."""
        name = f"{time.time_ns()}-{next(self.keys)}"
        return message("POST", PREDICT, next(self.bodies), self.headers | {"Idempotency-Key": name})

    def feedback(self) -> bytes:
        """The ground truth of the request that was answered last."""
        body = json.dumps({"feedback": LABEL}).encode()
        return message("PUT", f"/api/v1/mlrequests/{self.latest}", body, self.headers)

    def status(self) -> bytes:
        """An algorithm that does not serve is set to `testing` once more: an entry in the log of statuses."""
        body = {"parent_mlalgorithm": self.algorithm, "status": "testing", "created_by": "bench"}
        return message("POST", "/api/v1/mlalgorithmstatuses", json.dumps(body).encode(), self.headers)

    def readiness(self) -> bytes:
        """`/readyz`, without a key as probes send it."""
        return message("GET", "/readyz")

    def heed(self, kind: str, answer: Answer) -> None:
        """Keep the id of a prediction for feedback."""
        if kind == "prediction" and answer.status == 200:
            self.latest = json.loads(answer.body)["request_id"]


@dataclass(slots=True)
class Seen:
    """What came of one kind of call; `seconds` in the order of the answers."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    late: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The figures."""
        times = sorted(self.seconds)
        return {
            "calls": len(times),
            "p50_ms": share_of(times, 0.5) * MILLISECONDS,
            "p99_ms": share_of(times, 0.99) * MILLISECONDS,
            "slowest_ms": times[-1] * MILLISECONDS,
            "late_ms": share_of(sorted(self.late), 0.99) * MILLISECONDS,
            "statuses": dict(self.statuses),
        }


def share_of(ordered: list[float], share: float) -> float:
    """The value below which `share` of the ordered values lie."""
    return ordered[int(len(ordered) * share)]


async def trickle(
    one: Callable[[], Coroutine[Any, Any, None]], rate: float, seen: Seen, told: asyncio.Task[Any]
) -> None:
    """Begin a call `rate` times a second until told to end; return when all are answered."""
    begin = time.perf_counter()
    async with asyncio.timeout(None) as patience, asyncio.TaskGroup() as calls:
        for number in itertools.count():
            at = begin + number / rate
            await asyncio.wait((told,), timeout=max(0.0, at - time.perf_counter()))
            if told.done():
                break
            seen.late.append(time.perf_counter() - at)
            calls.create_task(one())
        patience.reschedule(asyncio.get_running_loop().time() + GRACE)


async def measured(pool: Pool, caller: Caller, kind: str, seen: Seen) -> None:
    """One call."""
    request = getattr(caller, kind)()
    sent = time.perf_counter()
    answer = await pool.call(request)
    seen.seconds.append(time.perf_counter() - sent)
    seen.statuses[answer.status] += 1
    caller.heed(kind, answer)


async def probe(url: str, caller: Caller, rates: dict[str, float]) -> dict[str, Any]:
    """Call until told to end; what came of each kind of call."""
    pool = Pool(url)
    for kind in ("prediction", *rates):  # the first calls open connections
        caller.heed(kind, await pool.call(getattr(caller, kind)()))
    seen = {kind: Seen() for kind in rates}
    async with working() as told, asyncio.TaskGroup() as kinds:
        for kind, rate in rates.items():
            one = partial(measured, pool, caller, kind, seen[kind])
            kinds.create_task(trickle(one, rate, seen[kind], told))
    pool.close()
    return {kind: one.as_json() for kind, one in seen.items()}


def main() -> None:
    """Call, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.probe", description="Measure a trickle of calls.")
    parser.add_argument("url")
    parser.add_argument("key")
    parser.add_argument("bodies", type=Path, help="a file with one JSON body a line")
    parser.add_argument("--algorithm", type=int, default=2, help="the id of one that does not serve")
    parser.add_argument("--rate", action="append", default=[], metavar="KIND=CALLS_A_SECOND")
    options = parser.parse_args()
    rates = {kind: float(rate) for kind, _, rate in (one.partition("=") for one in options.rate)}
    bodies = itertools.cycle(options.bodies.read_bytes().splitlines())
    say(uvloop.run(probe(options.url, Caller(options.key, bodies, options.algorithm), rates)))


if __name__ == "__main__":
    main()
