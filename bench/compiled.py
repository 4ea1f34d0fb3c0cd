"""Compiled execution against graphql-core's, without network: the processor time of one operation each.

    python -m bench.compiled            half a minute
    python -m bench.compiled --quick

The same schema executes the same operations on the same services, once compiled and once on the reference executor.
They take turns in many short runs of one process, and a fifth of the way up from the fastest is reported, so that
other work on the machine shows as little as possible. Reading the tables and running the model are part of both.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import uvloop

from arbiter import wiring
from arbiter.settings import Settings
from bench.report import Bar, rounded, show, show_bars, write
from bench.rows import ENDPOINT, income, rows_of
from domain.callers import Scope, anonymous
from graph.http.view import ALL_OPERATIONS
from graph.operation.context import Context
from graph.operation.limits import GraphLimits
from graph.schema import Schema
from serving.services import Services

EVERYBODY = anonymous(frozenset(Scope))
MICROSECONDS = 1e6
PAGE = """query Page($first: Int) { requests(first: $first) { edges { cursor node {
  id requestId outcome subject label probability latency createdAt
  algorithm { id name version status } endpoint { id name }
} } pageInfo { hasNextPage endCursor } } }"""
PREDICT = """mutation Predict($input: PredictInput!) { predict(input: $input) {
  request { id requestId label probability latency } userErrors { code message path } } }"""
LEAST = {"page of 50": 6.0, "predict": 1.2, "viewer": 1.5}
"""The page is rows and leaves; the model and the log are in both columns of a prediction."""
VIEWER = "{ viewer { name anonymous scopes } }"


class Contender(NamedTuple):
    """One operation on one executor."""

    operation: str
    executor: str
    schema: Schema
    text: str
    variables: Sequence[dict[str, Any]]


async def cost_of(contender: Contender, services: Services, calls: int) -> float:
    """Processor time of this thread for one call, in seconds."""
    start = time.thread_time()
    for number in range(calls):
        context = Context(services, EVERYBODY, GraphLimits())
        result = await contender.schema.answer(
            contender.text,
            context,
            variables=contender.variables[number % len(contender.variables)],
            operation_name=None,
            allowed=ALL_OPERATIONS,
        )
        if result.errors:
            raise RuntimeError(str(result.errors))
        orjson.dumps(result.data)
    return (time.thread_time() - start) / calls


async def measure(runs: int, calls: int) -> dict[str, float]:
    """Microseconds of each operation on each executor."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite://{Path(folder) / 'arbiter.db'}", access_log=False)
        services = await wiring.build(settings)
        try:
            contenders = _contenders(services)
            for contender in contenders:
                # Enough for a page of 50, for the plan, and for whatever is made at the first call.
                await cost_of(contender, services, 60)
            found: dict[str, list[float]] = {}
            for _ in range(runs):
                for contender in contenders:
                    cost = await cost_of(contender, services, calls)
                    found.setdefault(f"{contender.operation}, {contender.executor}", []).append(cost)
            ran = {one.executor: one.schema.compiled.counts for one in contenders}
            if ran["reference"]["compiled"] or ran["compiled"]["errors"] or ran["compiled"]["given_up"]:
                raise RuntimeError(f"an operation ran where it should not: {ran}")
        finally:
            await services.stop()
    return {name: rounded(sorted(costs)[len(costs) // 5] * MICROSECONDS) for name, costs in found.items()}


def _contenders(services: Services) -> list[Contender]:
    specs = services.catalog.snapshot.specs
    rows: list[dict[str, Any]] = [
        {"input": {"endpoint": ENDPOINT, "features": row}} for row in rows_of(income(), 200)
    ]
    schemas = {
        "reference": Schema(GraphLimits(), specs=specs, compiled=False),
        "compiled": Schema(GraphLimits(), specs=specs),
    }
    return [
        Contender(operation, executor, schema, text, variables)
        for operation, text, variables in (
            ("predict", PREDICT, rows),
            ("page of 50", PAGE, [{"first": 50}]),
            ("viewer", VIEWER, [{}]),
        )
        for executor, schema in schemas.items()
    ]


def bars_of(found: dict[str, float]) -> list[Bar]:
    """How many times as fast each operation is compiled."""
    operations = dict.fromkeys(name.rpartition(", ")[0] for name in found)
    return [
        Bar(
            f"{name}, graphql-core ÷ compiled",
            rounded(found[f"{name}, reference"] / found[f"{name}, compiled"]),
            at_least=LEAST[name],
        )
        for name in operations
    ]


def main() -> None:
    """Measure, print, write bench/results/compiled.json."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.compiled", description="Compiled execution against graphql-core's."
    )
    parser.add_argument("--quick", action="store_true", help="short runs: for a glance, not for a claim")
    options = parser.parse_args()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(measure(8 if options.quick else 60, 20))
    show("One operation", ["", "µs"], [[name, f"{cost:.4g}"] for name, cost in found.items()])
    bars = bars_of(found)
    show_bars(bars)
    write("compiled", vars(options), {"microseconds": found}, bars)


if __name__ == "__main__":
    main()
