"""The cost of an operation beside the operation: what it takes to work the cost out and to pay it.

    python -m bench.costs            a quarter of a minute
    python -m bench.costs --quick    a few seconds

Operations run in this process on the shipped endpoints, with a budget that is never spent. Timed in turn: the whole
operation, and `admit` alone, which works out the cost of a document that was seen before and takes it from the
budget. What a document costs when it is first seen is compared with parsing and validating it. A ratio is taken within
a round, and the median over the rounds is reported.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from graphql import parse, validate

from arbiter.settings import Settings
from arbiter.wiring import running
from bench.report import Bar, middle, show_bars, write
from bench.rows import ENDPOINT, income, rows_of
from domain import callers as rights
from domain.callers import Scope
from graph.operation.admission import admit
from graph.operation.context import Context
from graph.operation.limits import GraphLimits
from graph.operation.pricing import costs_of
from graph.schema import Schema
from serving.callers.budgets import Budgets
from serving.services import Services

PREDICT = "mutation ($i: PredictInput!) { predict(input: $i) { request { id label probability } userErrors { code } } }"
PAGE = """query ($n: Int) { requests(first: $n) { edges { cursor node { id label probability feedback
  algorithm { name version } endpoint { name } } } pageInfo { endCursor hasNextPage } } }"""
PAGE_SIZE = 50
SENT = 1_000
MICROSECONDS = 1e6
MOST_OF_AN_OPERATION = 0.05
MOST_OF_A_FIRST_SIGHT = 0.5


class Operation(NamedTuple):
    """A document with its variables, and how often it is run in a round."""

    name: str
    text: str
    variables: Mapping[str, Any]
    times: int


class Taken(NamedTuple):
    """Seconds of one operation in one round."""

    whole: float
    admitted: float
    checked: float
    analysed: float


async def round_of(schema: Schema, services: Services, operation: Operation) -> Taken:
    """Time one round."""
    principal = rights.anonymous(frozenset(Scope))
    limits = GraphLimits()
    variables = dict(operation.variables)

    def surroundings() -> Context:
        return Context(services, principal, limits, sent=SENT)

    began = time.perf_counter()
    for _ in range(operation.times):
        result = await schema.execute(operation.text, variable_values=variables, context_value=surroundings())
        if result.errors:
            raise RuntimeError(f"{operation.name}: {result.errors[0]}")
    whole = (time.perf_counter() - began) / operation.times
    checked = await schema.checked(surroundings(), operation.text)
    context, many = surroundings(), 20 * operation.times
    began = time.perf_counter()
    for _ in range(many):
        admit(context, checked, None, variables)
    admitted = (time.perf_counter() - began) / many
    began = time.perf_counter()
    document = parse(operation.text)
    validate(schema._schema, document, schema.documents.of_scopes.rules)
    seen = time.perf_counter()
    costs_of(schema._schema, document)
    return Taken(whole, admitted, seen - began, time.perf_counter() - seen)


async def measure(rounds: int, times: int) -> dict[str, list[Taken]]:
    """All rounds, by the name of the operation."""
    features = rows_of(income(), 1)[0]
    operations = (
        Operation("predict", PREDICT, {"i": {"endpoint": ENDPOINT, "features": features}}, times),
        Operation("page", PAGE, {"n": PAGE_SIZE}, times),
    )
    found: dict[str, list[Taken]] = {operation.name: [] for operation in operations}
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-") as folder:
        settings = Settings(database_url=f"sqlite://{Path(folder)}/costs.db")
        async with running(settings) as services:
            schema = Schema(GraphLimits(), specs=services.catalog.snapshot.specs)
            rich = replace(services, budgets=Budgets(10**12, 1.0))
            for _ in range(rounds):
                for operation in operations:
                    found[operation.name].append(await round_of(schema, rich, operation))
    return found


def bars_of(found: Mapping[str, list[Taken]]) -> list[Bar]:
    """The ratios."""
    bars = []
    for name, rounds in found.items():
        share = middle(one.admitted / one.whole for one in rounds)
        bars.append(Bar(f"cost of {name} ÷ {name}", share, at_most=MOST_OF_AN_OPERATION))
        first = middle(one.analysed / one.checked for one in rounds)
        bars.append(
            Bar(f"cost at first sight ÷ parse and validate, {name}", first, at_most=MOST_OF_A_FIRST_SIGHT)
        )
    return bars


def main() -> None:
    """Measure, print, write bench/results/costs.json."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.costs", description="The cost of the cost analysis."
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--times", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="three rounds of 50")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.times = 3, 50
    found = asyncio.run(measure(options.rounds, options.times))
    bars = bars_of(found)
    show_bars(bars)
    micros = {
        name: {
            field: [round(getattr(one, field) * MICROSECONDS, 2) for one in rounds] for field in Taken._fields
        }
        for name, rounds in found.items()
    }
    write("costs", vars(options), {"microseconds": micros}, bars)


if __name__ == "__main__":
    main()
