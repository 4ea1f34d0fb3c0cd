"""Jobs over a long log: replays by one worker and by two, a worker's memory over ten of them, and Dask beside it.

    python -m bench.jobs            a million rows: about ten minutes
    python -m bench.jobs --quick    a hundred thousand, three jobs in a row

Each worker is an `arbiter work` of its own. The log lies in a SQLite file; every request has a truth, and the shipped
forest runs over all of them. Counted is the time from the first claim to the end of the job, after the processes have
started.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

import orjson

from arbiter import wiring
from arbiter.settings import Settings
from bench.processes import KIB, PATIENCE, ROOT, environment
from bench.report import Bar, middle, show, show_bars, write
from bench.rows import ENDPOINT, income, labels_of, rows_of
from domain.requests import request_ids

KINDS_OF_ROWS = 5_000
ALGORITHM = 1
COLUMNS = "id, endpoint_id, algorithm_id, input, full_response, outcome, label, latency, feedback, feedback_at, correct"


async def _begin(url: str) -> None:
    async with wiring.running(Settings.load(database_url=url)):
        pass


def fill(path: Path, count: int) -> None:
    """A log of so many requests, a millisecond apart, in which every fifth answer was wrong."""
    asyncio.run(_begin(f"sqlite://{path}"))
    spec, draw = income(), random.Random(1)
    rows = rows_of(spec, KINDS_OF_ROWS)
    labels, texts = labels_of(spec, rows), [orjson.dumps(row).decode() for row in rows]
    classes = spec.classes or ()
    now = "2026-11-01 00:00:00+00:00"

    def one(number: int) -> tuple[object, ...]:
        at = number % KINDS_OF_ROWS
        wrong = draw.random() < 0.2
        answer = classes[1 - classes.index(labels[at])] if wrong else labels[at]
        request_id = request_ids.compose(number + 1, 1, 0)
        full = orjson.dumps({"label": answer, "probability": 0.5}).decode()
        return (request_id, 1, 1, texts[at], full, "OK", answer, 0.001, labels[at], now, not wrong)

    with closing(sqlite3.connect(path)) as connection, connection:
        marks = ", ".join("?" * len(COLUMNS.split(", ")))
        connection.executemany(f"INSERT INTO ml_request ({COLUMNS}) VALUES ({marks})", map(one, range(count)))


def order(path: Path) -> int:
    """A replay of all of it that waits; its id."""
    said = subprocess.run(
        [sys.executable, "-m", "arbiter", "replay", str(ALGORITHM), "--job", "--json"],
        cwd=ROOT,
        env=environment({"database_url": f"sqlite://{path}"}),
        capture_output=True,
        check=True,
    )
    return int(orjson.loads(said.stdout)["id"])


def worker(path: Path, *options: str) -> subprocess.Popen[bytes]:
    """An `arbiter work`."""
    return subprocess.Popen(
        [sys.executable, "-m", "arbiter", "work", *options],
        cwd=ROOT,
        env=environment({"database_url": f"sqlite://{path}"}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def seconds(path: Path, job: int) -> float | None:
    """How long a job has taken; None while it is not done."""
    with closing(sqlite3.connect(path)) as connection:
        state, began, ended = connection.execute(
            "SELECT state, started_at, finished_at FROM job WHERE id = ?", (job,)
        ).fetchone()
    if state in {"failed", "cancelled"}:
        raise RuntimeError(f"job {job} is {state}")
    if ended is None:
        return None
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()


def wait(path: Path, job: int) -> float:
    """How long the job has taken, when it is done."""
    deadline = time.monotonic() + 10 * PATIENCE
    while time.monotonic() < deadline:
        with suppress(sqlite3.OperationalError):
            if (taken := seconds(path, job)) is not None:
                return taken
        time.sleep(0.2)
    raise RuntimeError(f"job {job} was not done in time")


def stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """End workers."""
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        process.wait(PATIENCE)


def timed(path: Path, start: Callable[[], list[subprocess.Popen[bytes]]]) -> float:
    """Seconds that workers take for a new job, when all of them have started."""
    processes = start()
    try:
        time.sleep(8)
        return wait(path, order(path))
    finally:
        stop(processes)


def memory(path: Path, runs: int) -> list[float]:
    """A worker's resident memory after each of so many jobs, in MB."""
    process, found = worker(path), []
    try:
        for _ in range(runs):
            wait(path, order(path))
            lines = Path(f"/proc/{process.pid}/status").read_text("utf-8").splitlines()
            (size,) = [int(line.split()[1]) for line in lines if line.startswith("VmRSS")]
            found.append(size * KIB / 1e6)
    finally:
        stop([process])
    return found


def main() -> None:
    """Measure, print, write bench/results/jobs.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.jobs", description="Replays as jobs.")
    parser.add_argument("--quick", action="store_true", help="short runs: for a glance, not for a claim")
    parser.add_argument("--rows", type=int, help="how many rows the log has")
    parser.add_argument("--turns", type=int, default=3, help="how often each is run")
    options = parser.parse_args()
    count = options.rows or (100_000 if options.quick else 1_000_000)
    ways: dict[str, Callable[[Path], list[subprocess.Popen[bytes]]]] = {
        "one worker": lambda path: [worker(path)],
        "two workers": lambda path: [worker(path), worker(path)],
        "Dask, two workers": lambda path: [worker(path, "--engine", "dask", "--workers", "2")],
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory(prefix="arbiter-bench-") as folder:
        path = Path(folder, "arbiter.db")
        fill(path, count)
        for turn in range(1 if options.quick else options.turns):
            for name in list(ways)[:: -1 if turn % 2 else 1]:
                taken[name].append(timed(path, lambda start=ways[name]: start(path)))  # type: ignore[misc]
        sizes = memory(path, 3 if options.quick else 10)
    rates = {name: count / middle(found) for name, found in taken.items()}
    show(
        f"Replay of {count:,} rows of {ENDPOINT}",
        ["", "rows/s"],
        [[name, f"{rate:,.0f}"] for name, rate in rates.items()],
    )
    bars = [
        Bar(
            "replay by two workers ÷ by one, rows/s", rates["two workers"] / rates["one worker"], at_least=1.6
        ),
        Bar("Dask ÷ two workers", rates["Dask, two workers"] / rates["two workers"], at_least=0.8),
        Bar("memory of a worker, last job ÷ first", sizes[-1] / sizes[0], at_most=1.1),
    ]
    show_bars(bars)
    print(f"figures in {write('jobs', {'rows': count}, {'rows/s': rates, 'MB': sizes}, bars)}")


if __name__ == "__main__":
    main()
