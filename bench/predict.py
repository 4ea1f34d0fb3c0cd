"""One prediction at a time over HTTP: `arbiter serve` beside bare handlers, in one run.

    python -m bench.predict                                    about four minutes
    python -m bench.predict --quick                            half a minute
    python -m bench.predict --algorithm "gradient boosting"    the same with this algorithm in production

A real `arbiter serve` process (SQLite in a folder of its own, synchronous=FULL) and three bare handlers are put
under load from another process, in turn, at 1, 8 and 64 connections; the turns are repeated in rounds. A ratio is
taken within a round, and the median over the rounds is reported. At the end the log is counted: it must hold every
answered request, all with outcome OK, and all of one algorithm.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load import GENERATORS, Load, best_generator, drive
from bench.processes import ServerProcess, arbiter, serving
from bench.report import Bar, middle, show, show_bars, write
from bench.rows import ENDPOINT, PRODUCTION, graphql_bodies, income, rest_bodies, rows_of, typed_bodies
from registry.artifacts import MANIFEST_FILE
from registry.discovery import default_artifacts_root

ARBITER = ("REST", "GraphQL", "typed GraphQL")
CONNECTIONS = (1, 8, 64)
MOST = CONNECTIONS[-1]
ROWS = 2_000
MILLISECONDS = 1e3
MICROSECONDS = 1e6
MEBIBYTE = 2**20
CONTENT_TYPE = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Variant:
    """A server, a URL of it, and the bodies that are sent there."""

    name: str
    server: ServerProcess
    path: str
    bodies: Path

    @property
    def url(self) -> str:
        """Where the bodies go."""
        return self.server.url + self.path


@dataclass(frozen=True, slots=True)
class Sample:
    """One turn: what the load generator saw, and the server's processor time."""

    load: Load
    cpu_seconds: float

    @property
    def cpu_per_request(self) -> float:
        """Seconds of processor time in the server process for one answer."""
        return self.cpu_seconds / self.load.requests


Samples = dict[tuple[str, int], list[Sample]]
"""By variant and number of connections, one sample a round."""


def measure(variant: Variant, generator: str, connections: int, seconds: float, first: int = 0) -> Sample:
    """One turn of one variant, beginning with body `first`."""
    before = variant.server.cpu_seconds()
    load = drive(generator, variant.url, variant.bodies, connections, seconds, first=first)
    return Sample(load, variant.server.cpu_seconds() - before)


def run_rounds(variants: Sequence[Variant], generator: str, rounds: int, seconds: float) -> Samples:
    """All turns; every other round goes backwards, so that a drift of the machine favours nobody."""
    for variant in variants:
        measure(variant, generator, MOST, 1.0)
    samples: Samples = {(variant.name, count): [] for variant in variants for count in CONNECTIONS}
    sent = dict.fromkeys([variant.name for variant in variants], 0)
    for number in range(rounds):
        for count in CONNECTIONS:
            for variant in variants[:: -1 if number % 2 else 1]:
                sample = measure(variant, generator, count, seconds, sent[variant.name] % ROWS)
                sent[variant.name] += sample.load.requests
                samples[variant.name, count].append(sample)
        print(f"round {number + 1} of {rounds} done", flush=True)
    return samples


def ratio(samples: Samples, upper: str, lower: str, connections: int) -> float:
    """The median over the rounds of one variant's rate over another's."""
    pairs = zip(samples[upper, connections], samples[lower, connections], strict=True)
    return middle(one.load.rate / other.load.rate for one, other in pairs)


def cpu_ratio(samples: Samples, upper: str, lower: str, connections: int) -> float:
    """The median over the rounds of one variant's processor time a request over another's."""
    pairs = zip(samples[upper, connections], samples[lower, connections], strict=True)
    return middle(one.cpu_per_request / other.cpu_per_request for one, other in pairs)


def p50_above(samples: Samples, upper: str, lower: str, connections: int) -> float:
    """The median over the rounds of the difference between two variants' p50, in seconds."""
    pairs = zip(samples[upper, connections], samples[lower, connections], strict=True)
    return middle(one.load.p50 - other.load.p50 for one, other in pairs)


def post(url: str, body: bytes) -> Any:  # noqa: ANN401 (whatever the JSON holds)
    """The JSON answer to one body."""
    with urllib.request.urlopen(urllib.request.Request(url, body, CONTENT_TYPE)) as answer:
        return json.load(answer)


def put_into_production(server: ServerProcess, name: str) -> None:
    """Have the algorithm `name` of the endpoint answer plain calls. Raises RuntimeError where there is none."""
    with urllib.request.urlopen(server.url + "/readyz") as answer:
        algorithms = [one for one in json.load(answer)["algorithms"] if one["endpoint"] == ENDPOINT]
    ids = {one["name"]: one["id"] for one in algorithms}
    if name not in ids:
        raise RuntimeError(f"{ENDPOINT} has no algorithm {name!r}. It has: {', '.join(ids)}")
    # The first one in production answers: who is there now goes to testing, and comes back where it is the one.
    statuses = {one["id"]: "testing" for one in algorithms if one["status"] == "production"}
    for algorithm, status in (statuses | {ids[name]: "production"}).items():
        body = {"status": status, "created_by": "bench", "parent_mlalgorithm": algorithm}
        post(f"{server.url}/api/v1/mlalgorithmstatuses", json.dumps(body).encode())


def check_answers(variants: Sequence[Variant]) -> None:
    """Raises RuntimeError unless each variant answers a prediction, and Arbiter has loaded all it ships."""
    for variant in variants:
        answer = post(variant.url, variant.bodies.read_bytes().split(b"\n", 1)[0])
        if variant.path == "/graphql" and "data" in answer:
            answer = (answer["data"]["predict"] or {})["request"]
            answer = {**answer, "status": answer["outcome"]}
        if answer.get("status") != "OK" or answer.get("label") not in ("<=50K", ">50K"):
            raise RuntimeError(f"{variant.url} does not predict: {answer}")
    with urllib.request.urlopen(variants[0].server.url + "/readyz") as answer:
        loaded = [one for one in json.load(answer)["algorithms"] if one["ready"]]
    shipped = len(list(default_artifacts_root().glob(f"*/*/{MANIFEST_FILE}")))
    if len(loaded) != shipped:
        raise RuntimeError(f"{len(loaded)} algorithms are ready, not {shipped}")


def check_log(database: Path, samples: Samples) -> dict[str, int]:
    """What the log holds.

    Raises RuntimeError when an answered request is not in it, one was an error, the rows were not distinct, or more
    than one algorithm answered.
    """
    answers = [
        sum(s.load.requests for count in CONNECTIONS for s in samples[name, count]) for name in ARBITER
    ]
    answered, least = sum(answers), min(ROWS, max(answers))
    with closing(sqlite3.connect(database)) as connection:
        rows, good, distinct, algorithms = connection.execute(
            "SELECT count(*), sum(outcome = 'OK'), count(DISTINCT input), count(DISTINCT algorithm_id) FROM ml_request"
        ).fetchone()
    if rows < answered or good != rows or distinct < least or algorithms != 1:
        raise RuntimeError(
            f"{answered} answers, but {rows} rows, {good} of them OK, {distinct} distinct inputs, "
            f"{algorithms} algorithms"
        )
    return {"rows": rows, "ok": good, "distinct_inputs": distinct, "answers": answered}


def bars_of(samples: Samples, memory: int) -> list[Bar]:
    """What was asked for beside what was measured."""
    above = p50_above(samples, "REST", "constant route", 1) * MILLISECONDS
    return [
        Bar(
            "REST predict at 64 connections ÷ constant route",
            ratio(samples, "REST", "constant route", MOST),
            0.35,
        ),
        Bar(
            "REST predict at 64 connections ÷ bare scikit-learn handler without log",
            ratio(samples, "REST", "bare scikit-learn", MOST),
            at_least=25,
        ),
        Bar(
            "REST predict at 64 connections ÷ bare onnxruntime handler without log",
            ratio(samples, "REST", "bare onnxruntime", MOST),
        ),
        Bar(
            "GraphQL predict at 64 connections ÷ constant route",
            ratio(samples, "GraphQL", "constant route, GraphQL bodies", MOST),
            0.3,
        ),
        Bar(
            "GraphQL predict at 64 connections ÷ REST predict",
            ratio(samples, "GraphQL", "REST", MOST),
            0.7,
        ),
        Bar(
            "typed GraphQL predict at 64 connections ÷ GraphQL predict",
            ratio(samples, "typed GraphQL", "GraphQL", MOST),
            0.95,
        ),
        Bar(
            "CPU time per REST predict at 64 connections ÷ constant route's",
            cpu_ratio(samples, "REST", "constant route", MOST),
        ),
        Bar("REST predict, one connection: p50 over the constant route's", above, at_most=1.0, unit=" ms"),
        Bar("RSS of one worker with all shipped algorithms", memory / MEBIBYTE, at_most=260, unit=" MB"),
    ]


def figures_of(samples: Samples) -> list[dict[str, Any]]:
    """Medians over the rounds, one entry for each variant and number of connections."""
    return [
        {
            "variant": name,
            "connections": connections,
            "per_second": middle(sample.load.rate for sample in turns),
            "p50_ms": middle(sample.load.p50 * MILLISECONDS for sample in turns),
            "p99_ms": middle(sample.load.p99 * MILLISECONDS for sample in turns),
            "cpu_us": middle(sample.cpu_per_request * MICROSECONDS for sample in turns),
            "requests": sum(sample.load.requests for sample in turns),
        }
        for (name, connections), turns in samples.items()
    ]


def print_figures(figures: Sequence[dict[str, Any]]) -> None:
    """A table of the figures, one row for each variant and number of connections."""
    columns: dict[str, Callable[[dict[str, Any]], str]] = {
        "": lambda one: one["variant"],
        "connections": lambda one: str(one["connections"]),
        "a second": lambda one: f"{one['per_second']:,.0f}",
        "p50 ms": lambda one: f"{one['p50_ms']:.2f}",
        "p99 ms": lambda one: f"{one['p99_ms']:.2f}",
        "CPU µs each": lambda one: f"{one['cpu_us']:.0f}",
    }
    show("Predictions", list(columns), [[column(one) for column in columns.values()] for one in figures])


def start(stack: ExitStack, folder: Path, access_log: bool, algorithm: str) -> list[Variant]:
    """All servers, with `algorithm` in production, and what is sent to them."""
    spec = income()
    rows = rows_of(spec, ROWS)
    rest, graphql, typed = (folder / f"{name}.jsonl" for name in ("rest", "graphql", "typed"))
    rest.write_bytes(b"\n".join(rest_bodies(rows)))
    graphql.write_bytes(b"\n".join(graphql_bodies(spec, rows)))
    typed.write_bytes(b"\n".join(typed_bodies(spec, rows)))
    arguments, log, settings = arbiter(folder, access_log=str(access_log).lower())
    measured = stack.enter_context(serving(arguments, log, **settings))
    put_into_production(measured, algorithm)
    peers = {
        name: stack.enter_context(serving(["-m", "bench.peers", name, *more], folder / f"{name}.log"))
        for name, more in (("constant", []), ("onnx", ["--algorithm", algorithm]), ("sklearn", []))
    }
    return [
        Variant("REST", measured, f"/api/v1/{ENDPOINT}/predict", rest),
        Variant("GraphQL", measured, "/graphql", graphql),
        Variant("typed GraphQL", measured, "/graphql", typed),
        Variant("constant route", peers["constant"], "/predict", rest),
        Variant("constant route, GraphQL bodies", peers["constant"], "/predict", graphql),
        Variant("bare onnxruntime", peers["onnx"], "/predict", rest),
        Variant("bare scikit-learn", peers["sklearn"], "/predict", rest),
    ]


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.predict", description="Measure predictions over HTTP against bare handlers."
    )
    parser.add_argument(
        "--generator", choices=GENERATORS, default=best_generator(), help="what sends the load"
    )
    parser.add_argument("--quick", action="store_true", help="one short round: for a glance, not for a claim")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one turn")
    parser.add_argument(
        "--access-log",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="ARBITER_ACCESS_LOG, on by default",
    )
    parser.add_argument(
        "--algorithm", default=PRODUCTION, help="the algorithm of the endpoint that answers, by name"
    )
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 1, 1.0
    return options


def main() -> None:
    """Measure, check the log, print, write bench/results/predict.json, of another algorithm in a file of its own."""
    options = parsed()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        variants = start(stack, folder, options.access_log, options.algorithm)
        check_answers(variants)
        samples = run_rounds(variants, options.generator, options.rounds, options.seconds)
        memory, peak = variants[0].server.memory()
        variants[0].server.stop()
        log = check_log(folder / "arbiter.db", samples)
    figures, bars = figures_of(samples), bars_of(samples, memory)
    print_figures(figures)
    show_bars(bars)
    settings = {**vars(options), "rows": ROWS, "minutes": round((time.monotonic() - began) / 60, 1)}
    named = [] if options.algorithm == PRODUCTION else options.algorithm.split()
    path = write(
        "_".join(["predict", *named]),
        settings,
        {"turns": figures, "log": log, "rss": memory, "rss_peak": peak},
        bars,
    )
    print(f"{log['answers']:,} answers, {log['rows']:,} rows in the log, all OK; figures in {path}")


if __name__ == "__main__":
    main()
