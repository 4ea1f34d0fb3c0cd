"""Exports of a long history: rows a second beside a plain SELECT, and what they add to the server's memory.

    python -m bench.exports            1,000,000 rows; two minutes, and a few more to make the file the first time

A real `arbiter serve` on the SQLite file of `bench.history`; the client reads as fast as it can. The plain SELECT
reads the same columns of the same file in this process, in one statement, and does nothing with them.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from arbiter import wiring
from arbiter.settings import Settings
from bench.history import BATCH, QUICK_ROWS, ROWS, fill
from bench.processes import ServerProcess, arbiter, serving
from bench.report import RESULTS, Bar, rounded, show, show_bars, write

MIB = 2**20
PIECE = 2**18
MOST_GROWTH = 50.0
COLUMNS = (
    "id, endpoint_id, algorithm_id, ab_test_id, arm, subject, outcome, fault, label, value, probability, latency, "
    "feedback, feedback_at, correct, residual, input, message"
)
KINDS = (("CSV", False), ("CSV", True), ("NDJSON", False))


@dataclass(frozen=True, slots=True)
class Measured:
    """One export: its rows, bytes and seconds, and by how many MiB the server's resident memory grew."""

    rows: int
    size: int
    seconds: float
    growth: float

    @property
    def speed(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def main() -> None:
    """Fill, measure, print, write bench/results/exports.json."""
    options = parsed()
    RESULTS.mkdir(exist_ok=True)
    asyncio.run(filled(options.file, options.rows))
    plain = selected(options.file)
    arguments, log, settings = arbiter(RESULTS)
    settings["database_url"] = f"sqlite://{options.file}"
    found = {}
    for format_, packed in KINDS:
        with serving(
            arguments, log, **settings
        ) as server:  # anew for each: memory that is kept would count twice
            found[format_ + (" gzip" if packed else "")] = exported(
                server, format_, options.rows, packed=packed
            )
    report(found, plain, options.rows)


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.exports", description="Measure exports.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS:,} rows: for a glance")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"a multiple of {BATCH:,}")
    parser.add_argument("--file", type=Path, help="the SQLite file; by default the one of bench.history")
    options = parser.parse_args()
    if options.quick:
        options.rows = QUICK_ROWS
    name = "history.db" if options.rows == ROWS else f"history-{options.rows}.db"
    options.file = (options.file or RESULTS / name).resolve()
    return options


async def filled(file: Path, rows: int) -> None:
    """Bring the file to so many rows."""
    async with wiring.running(Settings.load(database_url=f"sqlite://{file}")) as services:
        await fill(services.database, rows)


def selected(file: Path) -> float:
    """Rows a second of a plain SELECT."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        begin = time.perf_counter()
        rows = sum(1 for _ in connection.execute(f"SELECT {COLUMNS} FROM ml_request ORDER BY id"))
        return rows / (time.perf_counter() - begin)
    finally:
        connection.close()


def exported(server: ServerProcess, format_: str, expected: int, *, packed: bool) -> Measured:
    """Download everything and count it; of a compressed one the `expected` rows are taken for granted."""
    url = link(server, format_)
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    before = server.memory()[0]
    with highest(server) as memory:
        begin = time.perf_counter()
        connection.request("GET", url, headers={"Accept-Encoding": "gzip"} if packed else {})
        answer = connection.getresponse()
        size = lines = 0
        while piece := answer.read(PIECE):
            size += len(piece)
            lines += piece.count(b"\n")
        seconds = time.perf_counter() - begin
    connection.close()
    rows = expected if packed else lines - (format_ == "CSV")
    return Measured(rows, size, seconds, (max(memory) - before) / MIB)


@contextmanager
def highest(server: ServerProcess) -> Iterator[list[int]]:
    """The resident memory of the server meanwhile, looked at twenty times a second."""
    seen: list[int] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            seen.append(server.memory()[0])

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def link(server: ServerProcess, format_: str) -> str:
    """The path of an export of everything."""
    return str(asked(server, f"{{ requests {{ exportUrl(format: {format_}) }} }}")["exportUrl"])


def asked(server: ServerProcess, query: str) -> dict[str, Any]:
    """What the server answers about its requests."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    body = json.dumps({"query": query})
    connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
    answer: dict[str, Any] = json.loads(connection.getresponse().read())["data"]["requests"]
    connection.close()
    return answer


def report(found: dict[str, Measured], plain: float, rows: int) -> None:
    """Print and store the figures. Raises SystemExit when an export lacks rows."""
    for name, one in found.items():
        if "gzip" not in name and one.rows != rows:
            raise SystemExit(f"the export as {name} has {one.rows:,} rows of {rows:,}")
    show(
        f"Exports of {rows:,} rows; a plain SELECT reads {plain:,.0f} rows/s",
        ["", "rows/s", "÷ SELECT", "MiB", "memory + MiB"],
        [
            [name, f"{m.speed:,.0f}", f"{m.speed / plain:.2f}", f"{m.size / MIB:,.0f}", f"{m.growth:.1f}"]
            for name, m in found.items()
        ],
    )
    bars = [
        Bar(f"export as {name}: memory grows by", rounded(m.growth), at_most=MOST_GROWTH, unit=" MiB")
        for name, m in found.items()
    ]
    bars += [
        Bar(f"export as {name}: rows/s ÷ plain SELECT", rounded(m.speed / plain)) for name, m in found.items()
    ]
    show_bars(bars)
    figures = {name: {"rows_per_second": rounded(m.speed), "mib": m.size / MIB} for name, m in found.items()}
    path = write("exports", {"rows": rows}, {"select_rows_per_second": rounded(plain), **figures}, bars)
    print(f"figures in {path}")


if __name__ == "__main__":
    main()
