"""A page of fifty requests over HTTP: `arbiter serve` beside a hand-written route on the same database.

    python -m bench.pages                        two minutes
    python -m bench.pages --quick                a quarter of a minute
    python -m bench.pages --peer postgraphile    two minutes, and half a one to install it

The route is what somebody would write who has this one page in mind: Starlette under uvicorn without middleware, one
statement that joins the tables, dictionaries, orjson. It answers the same page and reads no document. The servers take
turns, every other round backwards; a ratio is taken within a round, and the median over the rounds is reported.

With `--peer postgraphile` both servers stand on one PostgreSQL database, and the other one is PostGraphile 5.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import orjson

from bench.history import BATCH, run_fill
from bench.log import postgres
from bench.postgraphile import BODIES as PEER_BODIES
from bench.postgraphile import postgraphile
from bench.predict import MICROSECONDS, MILLISECONDS, Sample, Variant, measure, post
from bench.processes import arbiter, serving
from bench.report import Bar, middle, show, show_bars, write

PAGE = """query Page($first: Int) { requests(first: $first) { edges { cursor node {
  id requestId outcome label value probability latency createdAt
  algorithm { id name version } endpoint { id name }
} } pageInfo { hasNextPage endCursor } } }"""
WHERE = """query Where($first: Int, $where: RequestWhere) { requests(first: $first, where: $where) {
  edges { cursor node {
  id requestId outcome label value probability latency createdAt input message
  algorithm { id name version } endpoint { id name }
} } pageInfo { hasNextPage endCursor } } }"""
BODIES = {
    "page": orjson.dumps({"query": PAGE, "variables": {"first": 50}}),
    "page with where, input and message": orjson.dumps(
        {"query": WHERE, "variables": {"first": 50, "where": {"outcome": "OK"}}}
    ),
}
ROUTES = {"page": "/page", "page with where, input and message": "/where"}
CONNECTIONS = (1, 8)
ROWS = 50
PEER = "PostGraphile"
LEAST: dict[str, dict[tuple[str, int], float]] = {
    "hand-written": {("page", 1): 0.7, ("page", 8): 0.7},
    PEER: {("page", 1): 2.0, ("page", 8): 2.5, ("page with where, input and message", 8): 1.5},
}
Samples = dict[tuple[str, str, int], list[Sample]]


def start(stack: ExitStack, folder: Path) -> dict[tuple[str, str], Variant]:
    """Both servers, by page and name. Raises RuntimeError unless they answer the same."""
    arguments, log, settings = arbiter(folder)
    asyncio.run(run_fill(settings["database_url"], BATCH))
    measured = stack.enter_context(serving(arguments, log, **settings))
    peer = ["-m", "bench.peers", "page", "--database", str(folder / "arbiter.db")]
    route = stack.enter_context(serving(peer, folder / "page.log"))
    found = {}
    for page, body in BODIES.items():
        bodies = folder / f"{ROUTES[page][1:]}.jsonl"
        bodies.write_bytes(body)
        found[page, "Arbiter"] = Variant("Arbiter", measured, "/graphql", bodies)
        found[page, "hand-written"] = Variant("hand-written", route, ROUTES[page], bodies)
        answers = [post(found[page, name].url, body) for name in ("Arbiter", "hand-written")]
        if answers[0]["data"] != answers[1]["data"]:
            raise RuntimeError(f"{page}: {json.dumps(answers)[:2_000]}")
    return found


def start_on_postgres(stack: ExitStack, folder: Path) -> dict[tuple[str, str], Variant]:
    """Arbiter and PostGraphile on one PostgreSQL database. Raises RuntimeError unless both give whole pages."""
    url = stack.enter_context(postgres())
    asyncio.run(run_fill(url, BATCH))
    arguments, log, _ = arbiter(folder)
    servers = {
        "Arbiter": stack.enter_context(serving(arguments, log, database_url=url)),
        PEER: stack.enter_context(postgraphile(url, folder)),
    }
    # PostGraphile takes conditions on columns with an index alone.
    labelled = orjson.dumps({"query": WHERE, "variables": {"first": ROWS, "where": {"label": ">50K"}}})
    own = BODIES | {"page with where, input and message": labelled}
    lists = {"Arbiter": ("requests", own), PEER: ("allMlRequests", PEER_BODIES)}
    found = {}
    for number, page in enumerate(BODIES):
        for name, server in servers.items():
            field, bodies = lists[name]
            path = folder / f"{name}{number}.jsonl"
            path.write_bytes(bodies[page])
            found[page, name] = Variant(name, server, "/graphql", path)
            answer = post(found[page, name].url, bodies[page])
            if "errors" in answer or len(answer["data"][field]["edges"]) != ROWS:
                raise RuntimeError(f"{page}, {name}: {json.dumps(answer)[:2_000]}")
    return found


def run_rounds(
    variants: dict[tuple[str, str], Variant], generator: str, rounds: int, seconds: float
) -> Samples:
    """All turns, after a second each that is not counted."""
    for variant in variants.values():
        measure(variant, generator, CONNECTIONS[-1], 1.0)
    samples: Samples = {}
    for number in range(rounds):
        for count in CONNECTIONS:
            for (page, name), variant in list(variants.items())[:: -1 if number % 2 else 1]:
                sample = measure(variant, generator, count, seconds)
                samples.setdefault((page, name, count), []).append(sample)
    return samples


def bars_of(samples: Samples, other: str = "hand-written") -> list[Bar]:
    """Arbiter's rate over the other's."""
    bars = []
    name = "PostgreSQL ÷ PostGraphile 5" if other == PEER else "SQLite ÷ hand-written route"
    for page in BODIES:
        for count in CONNECTIONS:
            pairs = zip(samples[page, "Arbiter", count], samples[page, other, count], strict=True)
            ratio = middle(one.load.rate / two.load.rate for one, two in pairs)
            bars.append(
                Bar(f"{page} of 50, {count} connections, {name}", ratio, LEAST[other].get((page, count)))
            )
    return bars


def figures_of(samples: Samples) -> list[Sequence[str]]:
    """Medians over the rounds."""
    return [
        [
            f"{page}, {name}, {count}",
            f"{middle(one.load.rate for one in turns):,.0f}",
            f"{middle(one.load.p50 * MILLISECONDS for one in turns):.2f}",
            f"{middle(one.load.p99 * MILLISECONDS for one in turns):.2f}",
            f"{middle(one.cpu_per_request * MICROSECONDS for one in turns):.0f}",
        ]
        for (page, name, count), turns in samples.items()
    ]


def main() -> None:
    """Measure, print, write bench/results/pages.json."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.pages", description="A page over HTTP beside a hand-written route."
    )
    parser.add_argument("--quick", action="store_true", help="one short round: for a glance, not for a claim")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one turn")
    parser.add_argument("--peer", choices=["route", "postgraphile"], default="route", help="beside what")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 1.0
    begin, other = (start, "hand-written") if options.peer == "route" else (start_on_postgres, PEER)
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-") as home, ExitStack() as stack:
        samples = run_rounds(begin(stack, Path(home)), "own", options.rounds, options.seconds)
    figures, bars = figures_of(samples), bars_of(samples, other)
    heads = ["", "a second", "p50 ms", "p99 ms", "CPU µs each"]
    show("Pages of 50", heads, figures)
    show_bars(bars)
    write(
        "pages" if options.peer == "route" else "pages_postgraphile",
        vars(options),
        {"heads": heads, "rows": figures},
        bars,
    )


if __name__ == "__main__":
    main()
