"""Figures over a million requests: a confusion matrix and accuracy per day, from the daily summaries and from rows.

    python -m bench.aggregates                     fills bench/results/history.db once (a minute), then measures
    python -m bench.aggregates --quick             100,000 rows in a file of their own
    python -m bench.aggregates --database-url URL  the same on another database, for example PostgreSQL

Whole GraphQL operations, answered by the application in this process. Each is asked twice: as it stands, and with a
condition that every row meets but no daily summary knows, so that all the rows of its endpoints are read.
"""

from __future__ import annotations

import asyncio
import time
from statistics import median

import httpx

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from bench.history import MILLISECONDS, fill, parsed
from bench.report import Bar, rounded, show, show_bars, write

ENDPOINT = 'endpoint: "income_classifier"'
EVERY_ROW = "latency: {min: 0}"
CONFUSION = "groupedAggregates(by: [LABEL, FEEDBACK]) { groups { label feedback aggregate { count } } }"
PER_DAY = "groupedAggregates(bucket: DAY) { groups { bucketStart aggregate { accuracy count } } }"
PER_WEEK = (
    "groupedAggregates(by: [ALGORITHM], bucket: WEEK) "
    "{ groups { bucketStart algorithm { name } aggregate { accuracy rmse latency { p95 } } } }"
)
ALL = "aggregate { count errors callerErrors withFeedback accuracy rmse mae bias latency { p50 p95 p99 } }"
ASKED = {
    "confusion matrix": (f"{ENDPOINT}, withFeedback: true", CONFUSION),
    "accuracy per day": ("", PER_DAY),
    "accuracy, RMSE and latency per week and algorithm": ("", PER_WEEK),
    "all figures of everything": ("", ALL),
    "total": ("", "totalCount"),
}
BARRED = ("confusion matrix", "accuracy per day")
SLOWEST_SUMMARY = 20.0
SLOWEST_ROWS = 2_000.0


def operation(where: str, selection: str, *, from_rows: bool) -> str:
    """The GraphQL document that asks for figures."""
    conditions = ", ".join(filter(None, (where, EVERY_ROW if from_rows else "")))
    return f"{{ requests(where: {{{conditions}}}) {{ {selection} }} }}"


async def summarise(settings: Settings, rows: int) -> None:
    """Bring the log to `rows` rows and the daily summaries to the log."""
    async with wiring.running(settings) as services:  # registers the endpoints and algorithms
        await fill(services.database, rows)
        async with services.database.reader() as reader:
            found = await reader.execute_query_dict(
                "SELECT coalesce(sum(requests), 0) AS n FROM daily_summary"
            )
        if int(found[0]["n"]) != rows:
            await services.summaries.rebuild()


async def answered(client: httpx.AsyncClient, document: str) -> object:
    """The data of an operation; anything else ends the measurement."""
    response = await client.post("/graphql", json={"query": document}, timeout=60)
    body = response.json()
    if "errors" in body:
        raise RuntimeError(f"{document}: {body['errors']}")
    return body["data"]


async def measure(settings: Settings, repeats: int) -> dict[str, float]:
    """Milliseconds of each operation, the median of `repeats`; they take turns. Both sources must say the same."""
    documents = {
        f"{name}, {source}": operation(where, selection, from_rows=source == "rows")
        for name, (where, selection) in ASKED.items()
        for source in ("summaries", "rows")
    }
    app = create_app(settings)
    times: dict[str, list[float]] = {name: [] for name in documents}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client,
    ):
        matrices = [
            await answered(client, documents[f"confusion matrix, {source}"])
            for source in ("summaries", "rows")
        ]
        if matrices[0] != matrices[1]:
            raise RuntimeError(f"the sources differ: {matrices}")
        for _ in range(repeats):
            for name, document in documents.items():
                start = time.perf_counter()
                await answered(client, document)
                times[name].append((time.perf_counter() - start) * MILLISECONDS)
    return {name: rounded(median(values)) for name, values in times.items()}


def bars_of(times: dict[str, float], rows: int) -> list[Bar]:
    """What the figures are held to."""
    return [
        Bar(f"{name} over {rows:,} rows, {words}", times[f"{name}, {source}"], at_most=most, unit=" ms")
        for name in BARRED
        for source, words, most in (
            ("summaries", "from the daily summaries", SLOWEST_SUMMARY),
            ("rows", "from the rows", SLOWEST_ROWS),
        )
    ]


def main() -> None:
    """Fill, measure, print, write bench/results/aggregates.json."""
    options = parsed("aggregates", "Measure figures of a history.", repeats=9, quick_repeats=5)
    settings = Settings.load(database_url=options.database_url, access_log=False)
    asyncio.run(summarise(settings, options.rows))
    times = asyncio.run(measure(settings, options.repeats))
    show(
        f"Figures over {options.rows:,} rows",
        ["", "ms"],
        [[name, f"{took:.2f}"] for name, took in times.items()],
    )
    bars = bars_of(times, options.rows)
    show_bars(bars)
    kind = options.database_url.partition(":")[0]
    path = write(
        "aggregates",
        {"rows": options.rows, "repeats": options.repeats, "database": kind},
        {"milliseconds": times},
        bars,
    )
    print(f"figures in {path}")


if __name__ == "__main__":
    main()
