"""Predictions by two workers on one port beside one process: the processor time of a call, and who takes how many.

    python -m bench.shared_port            on PostgreSQL, about two minutes
    python -m bench.shared_port --sqlite   the same on SQLite
    python -m bench.shared_port --quick    half a minute

Two `arbiter serve` get the same bodies over REST in turns, at 64 connections: one process alone, and a supervisor with
two workers, whose processor time is that of all three. How evenly connections spread is seen from the processor time
of the two workers.

Calls that wait together share a batch and a commit, and each of two workers has half of them waiting. So the one
process is also called over half the connections: what it costs then, and not what it costs at 64, is what a worker
that costs nothing extra would need.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.load import GENERATORS, best_generator, drive
from bench.log import postgres
from bench.processes import TICKS, ServerProcess, arbiter, serving
from bench.report import Bar, middle, show_bars, write
from bench.rows import ENDPOINT, income, rest_bodies, rows_of

CONNECTIONS = 64
ROWS = 2_000
MOST = 1.1
WORKERS = 2
HALF = "one process, half the connections"


@dataclass(frozen=True, slots=True)
class Turn:
    """One run of the load against one server."""

    rate: float
    cpu_per_request: float
    smallest_share: float


def cpu_of_all(server: ServerProcess) -> list[float]:
    """The processor time of the process that was started, and of each that it has started."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text("ascii").split()
    return [cpu_of(str(pid)) for pid in (server.pid, *children)]


def cpu_of(pid: str) -> float:
    """The processor time of one process and its threads, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def turn(
    server: ServerProcess, generator: str, bodies: Path, seconds: float, connections: int = CONNECTIONS
) -> Turn:
    """One run: new connections each time, so that they are spread anew."""
    before = cpu_of_all(server)
    try:
        load = drive(generator, f"{server.url}/api/v1/{ENDPOINT}/predict", bodies, connections, seconds)
    except RuntimeError as error:
        raise RuntimeError(f"{error}\nthe server's log: {server.complaints()}") from error
    used = [after - first for first, after in zip(before, cpu_of_all(server), strict=True)]
    workers = used[1:] or used
    return Turn(load.rate, sum(used) / load.requests, min(workers) / max(sum(workers), 1 / TICKS))


def start(stack: ExitStack, folder: Path, *, sqlite: bool) -> dict[str, ServerProcess]:
    """Both servers, each on a database of its own."""
    found = {}
    for name, workers in (("one process", 1), ("workers", WORKERS)):
        home = folder / name.replace(" ", "-")
        home.mkdir()
        arguments, log, settings = arbiter(home, workers=str(workers))
        if not sqlite:
            settings["database_url"] = stack.enter_context(postgres())
        found[name] = stack.enter_context(serving(arguments, log, **settings))
    return found


def main() -> None:
    """Measure, print, write bench/results/shared_port.json."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.shared_port", description=str(__doc__).split("\n", 1)[0]
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--generator", choices=sorted(GENERATORS), default=best_generator())
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--quick", action="store_true", help="two rounds of two seconds")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds = 2, 2.0
    began = time.monotonic()
    turns: dict[str, list[Turn]] = {"one process": [], "workers": [], HALF: []}
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-") as name, ExitStack() as stack:
        bodies = Path(name) / "rest.jsonl"
        bodies.write_bytes(b"\n".join(rest_bodies(rows_of(income(), ROWS))))
        servers = start(stack, Path(name), sqlite=options.sqlite)
        for server in servers.values():
            turn(server, options.generator, bodies, 1.0)
        for number in range(options.rounds):
            for which in list(servers)[:: -1 if number % 2 else 1]:
                turns[which].append(turn(servers[which], options.generator, bodies, options.seconds))
            half = turn(
                servers["one process"], options.generator, bodies, options.seconds, CONNECTIONS // WORKERS
            )
            turns[HALF].append(half)
    pairs = list(zip(turns["workers"], turns["one process"], strict=True))
    bars = [
        Bar(
            "processor time of a call, two workers ÷ one process",
            middle(two.cpu_per_request / one.cpu_per_request for two, one in pairs),
            at_most=MOST,
        ),
        Bar(
            "the same ÷ one process with half the connections",
            middle(
                two.cpu_per_request / one.cpu_per_request
                for two, one in zip(turns["workers"], turns[HALF], strict=True)
            ),
        ),
        Bar("calls a second, two workers ÷ one process", middle(two.rate / one.rate for two, one in pairs)),
        Bar(
            "the smaller worker's share of the processor time", middle(two.smallest_share for two, _ in pairs)
        ),
    ]
    show_bars(bars)
    figures = {
        which: [[one.rate, one.cpu_per_request, one.smallest_share] for one in found]
        for which, found in turns.items()
    }
    settings = {**vars(options), "minutes": round((time.monotonic() - began) / 60, 1)}
    write("shared_port-sqlite" if options.sqlite else "shared_port", settings, figures, bars)


if __name__ == "__main__":
    main()
