"""Adds to the daily summaries: one statement a table, in key order, last in the transaction of rows or feedback.

Every line is kept once for each writer, and only sums over writers mean something: a process that takes feedback
for another one's request writes a negative number under its own. So no two writers ever wait for one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from domain.history.daily import LineChanges, SummaryChanges, pair
from domain.history.latency import BUCKETS
from orm.connection.client import Tx
from orm.connection.statement import Write, arrays_of, write_rows

SUMMARY_KEY = {"day": "date", "endpoint_id": "int", "algorithm_id": "int", "arm": "text", "writer": "int"}
CONFUSION_KEY = {
    "day": "date",
    "endpoint_id": "int",
    "algorithm_id": "int",
    "label": "text",
    "feedback": "text",
    "writer": "int",
}
PROBABILITY_KEY = {"day": "date", "endpoint_id": "int", "algorithm_id": "int", "bin": "int", "writer": "int"}
PROBABILITY = {
    "requests": "int",
    "came_true": "int",
    "steps": "bigint",
    "squares": "bigint",
    "true_steps": "bigint",
}
LATENCY = tuple(f"latency_{bucket}" for bucket in range(BUCKETS))
OF_REQUESTS = ("requests", "errors", "caller_errors", *LATENCY)
OF_FEEDBACK = ("with_feedback", "scored", "correct")
SUMS = ("residual_sum", "residual_absolute", "residual_squares")
COLUMNS = (*OF_REQUESTS, *OF_FEEDBACK, *(name for total in SUMS for name in (total, f"{total}_rest")))


async def add_requests(tx: Tx, writer: int, changes: SummaryChanges) -> None:
    """Adds what a batch of the request log changes; it has no feedback yet, so nothing else is touched."""
    await write_rows(tx, write_of_requests(writer, changes))


def write_of_requests(writer: int, changes: SummaryChanges) -> Write:
    """What `add_requests` writes."""
    return _lines(writer, changes, OF_REQUESTS, ())


async def add_feedback(tx: Tx, writer: int, changes: SummaryChanges) -> None:
    """Adds what feedback changes; it touches neither the number of requests nor their latencies."""
    lines = _lines(writer, changes, OF_FEEDBACK, SUMS)
    await write_rows(tx, lines, _cells(writer, changes), _bins(writer, changes))


async def add_all(tx: Tx, writer: int, changes: SummaryChanges) -> None:
    """Adds to every column: what a rebuild corrects."""
    lines = _lines(writer, changes, (*OF_REQUESTS, *OF_FEEDBACK), SUMS)
    await write_rows(tx, lines, _cells(writer, changes), _bins(writer, changes))


def _lines(writer: int, changes: SummaryChanges, counts: tuple[str, ...], sums: tuple[str, ...]) -> Write:
    # In key order, so that two transactions that meet on the same lines wait instead of deadlocking.
    rows = [
        [
            *key,
            writer,
            *_numbers(line, counts),
            *(half for name in sums for half in pair(getattr(line, name))),
        ]
        for key, line in sorted(changes.summary.items(), key=lambda item: item[0])
    ]
    return Write(rows, _summary_upsert(counts, sums, False), _summary_upsert(counts, sums, True))


def _numbers(line: LineChanges, names: tuple[str, ...]) -> list[int]:
    if names == OF_FEEDBACK:
        return [line.with_feedback, line.scored, line.correct]
    numbers = [line.requests, line.errors, line.caller_errors, *line.latency]
    return numbers if names == OF_REQUESTS else [*numbers, line.with_feedback, line.scored, line.correct]


def _cells(writer: int, changes: SummaryChanges) -> Write:
    rows = [[*cell, writer, count] for cell, count in sorted(changes.confusion.items())]
    return Write(rows, _confusion_upsert(False), _confusion_upsert(True))


def _bins(writer: int, changes: SummaryChanges) -> Write:
    rows = [[*key, writer, *counts.numbers()] for key, counts in sorted(changes.probability.items())]
    return Write(rows, _probability_upsert(False), _probability_upsert(True))


@cache
def _summary_upsert(counts: tuple[str, ...], sums: tuple[str, ...], postgres: bool) -> str:
    floats = tuple(name for total in sums for name in (total, f"{total}_rest"))
    columns = SUMMARY_KEY | dict.fromkeys(counts, "int") | dict.fromkeys(floats, "float8")
    changed = [_plus(name) for name in counts]
    for name in sums:
        changed += [_plus(name), f"{name}_rest = {_rest(name)}"]
    return _upsert_sql("daily_summary", SUMMARY_KEY, columns, COLUMNS, changed=changed, postgres=postgres)


@cache
def _confusion_upsert(postgres: bool) -> str:
    return _upsert_sql(
        "daily_confusion",
        CONFUSION_KEY,
        CONFUSION_KEY | {"requests": "int"},
        ("requests",),
        changed=[_plus("requests")],
        postgres=postgres,
    )


@cache
def _probability_upsert(postgres: bool) -> str:
    return _upsert_sql(
        "daily_probability",
        PROBABILITY_KEY,
        PROBABILITY_KEY | PROBABILITY,
        tuple(PROBABILITY),
        changed=[_plus(name) for name in PROBABILITY],
        postgres=postgres,
    )


def _plus(name: str) -> str:
    return f"{name} = line.{name} + excluded.{name}"


def _rest(name: str) -> str:
    """What rounding takes from `old + new`, kept apart so that it comes back when `new` is taken back.

    Neumaier's and Knuth's two-sum: exact in any order of magnitude, unlike the sum itself.
    """
    old, new = f"line.{name}", f"excluded.{name}"
    total = f"({old} + {new})"
    virtual = f"({total} - {old})"
    lost = f"(({old} - ({total} - {virtual})) + ({new} - {virtual}))"
    return f"line.{name}_rest + excluded.{name}_rest + {lost}"


def _upsert_sql(
    table: str,
    key: dict[str, str],
    given: dict[str, str],
    columns: Sequence[str],
    *,
    changed: Sequence[str],
    postgres: bool,
) -> str:
    """INSERT … ON CONFLICT DO UPDATE of the `given` columns; the other `columns` begin at zero."""
    zeros = [name for name in columns if name not in given]
    names = ", ".join((*given, *zeros))
    if postgres:
        picked = ", ".join((*(f"new.{name}" for name in given), *("0" for _ in zeros)))
        source = f"SELECT {picked} FROM unnest({arrays_of(given.values())}) AS new ({', '.join(given)})"
    else:
        source = f"VALUES ({', '.join((*('?' for _ in given), *('0' for _ in zeros)))})"
    return (
        f"INSERT INTO {table} AS line ({names}) {source} "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {', '.join(changed)}"
    )
