"""Writes a batch of requests in one statement: the group commit of the request log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from domain.requests.new_request import ArmAnswer, NewRequest
from orm.connection.client import INT32, Tx
from orm.connection.statement import Insert, Statement, Write, write_rows
from orm.queries.ab_tests.observations import probabilities_json

Columns = dict[str, str]
"""Names of columns with their types on PostgreSQL."""

TABLES: Mapping[str, Columns] = {
    "ml_request": {
        "id": "bigint",
        "endpoint_id": "int",
        "algorithm_id": "int",
        "ab_test_id": "int",
        "arm": "text",
        "subject": "text",
        "input": "text",
        "full_response": "text",
        "outcome": "text",
        "fault": "text",
        "label": "text",
        "value": "float8",
        "probability": "float8",
        "confidence": "float8",
        "message": "text",
        "latency": "float8",
    },
    "ab_test_observation": {
        "request_id": "bigint",
        "ab_test_id": "int",
        "epoch_id": "int",
        "drawn_arm": "text",
        "served_arm": "text",
        "serving_probability": "float8",
        "subject": "text",
        "complete": "bool",
        "champion_label": "text",
        "champion_value": "float8",
        "champion_failed": "bool",
        "champion_latency": "float8",
        "challenger_label": "text",
        "challenger_value": "float8",
        "challenger_failed": "bool",
        "challenger_latency": "float8",
    },
    "request_feature": {"request_id": "bigint", "feature": "text", "text": "text", "number": "float8"},
}
"""The columns of the log's tables that a new row fills, in the order of `_request`, `_observation` and a feature."""


PROBABILITIES: Columns = {"champion_probabilities": "text", "challenger_probabilities": "text"}
"""What an observation has besides in tests that are scored by probabilities; others do not pay for the columns."""


async def insert_requests(tx: Tx, rows: Sequence[NewRequest]) -> None:
    """Stores the batch, its observations and its indexed features, as `writes_of` says.

    One row that the database refuses (an id used before, text with NUL on PostgreSQL) fails the whole batch:
    the caller divides it. Any error but Unavailable means such a row.
    """
    await write_rows(tx, *writes_of(rows))


def writes_of(rows: Sequence[NewRequest]) -> list[Write]:
    """What stores a batch: its requests, its observations, and its indexed features."""
    return [
        _insert("ml_request", [_request(row) for row in rows]),
        _observations([row for row in rows if row.epoch_id]),
        _insert("request_feature", [[row.id, *feature] for row in rows for feature in row.features]),
    ]


async def running_tests_among(tx: Tx, ids: Iterable[int | None]) -> frozenset[int]:
    """Those of the tests `ids` that run, and go on running until `tx` ends: deciding one waits for it.

    None is a request without a test; where there is nothing else, nothing is read.
    """
    tests = {id_ for id_ in ids if id_ is not None}
    if not tests:
        return frozenset()
    statement = Statement(tx)
    rows = await statement.rows(ask_for_running(statement, tests))
    return frozenset(row["id"] for row in rows)


def ask_for_running(statement: Statement, tests: Iterable[int]) -> str:
    """What `running_tests_among` asks."""
    condition = statement.among("id", tests, largest=INT32)
    lock = "ORDER BY id FOR SHARE" if statement.postgres else ""
    return f"SELECT id FROM ab_test WHERE {condition} AND state = 'running' {lock}"


def _request(row: NewRequest) -> list[Any]:
    return [
        row.id,
        row.endpoint_id,
        row.algorithm_id,
        row.ab_test_id,
        row.arm and row.arm.value,
        row.subject,
        row.input,
        row.full_response,
        row.outcome.value,
        row.fault and row.fault.value,
        row.label,
        row.value,
        row.probability,
        row.confidence,
        row.message,
        row.latency,
    ]


def _observation(row: NewRequest) -> list[Any]:
    return [
        row.id,
        row.ab_test_id,
        row.epoch_id,
        row.drawn_arm and row.drawn_arm.value,
        row.arm and row.arm.value,
        row.serving_probability,
        row.subject,
        row.complete,
        *_answer(row.champion),
        *_answer(row.challenger),
    ]


def _observations(rows: list[NewRequest]) -> Write:
    kept = [(probabilities_json(row.champion), probabilities_json(row.challenger)) for row in rows]
    if any(pair != (None, None) for pair in kept):
        lines = [[*_observation(row), *pair] for row, pair in zip(rows, kept, strict=True)]
        return Insert(lines, *_sql("ab_test_observation", TABLES["ab_test_observation"] | PROBABILITIES))
    return _insert("ab_test_observation", [_observation(row) for row in rows])


def _answer(answer: ArmAnswer | None) -> tuple[str | None, float | None, bool | None, float | None]:
    if answer is None:
        return None, None, None, None
    return answer.label, answer.value, answer.failed, answer.latency


def _insert(table: str, rows: list[list[Any]]) -> Write:
    return Insert(rows, *_insert_sql(table))


@cache
def _insert_sql(table: str) -> tuple[str, str, tuple[str, ...]]:
    """What an `Insert` is made of beside its rows, put together once: each batch of the log needs it."""
    return _sql(table, TABLES[table])


def _sql(table: str, columns: Columns) -> tuple[str, str, tuple[str, ...]]:
    insert = "INSERT INTO {} ({})".format(table, ", ".join(f'"{name}"' for name in columns))
    marks = ", ".join("?" for _ in columns)
    return f"{insert} VALUES ({marks})", insert, tuple(columns.values())
