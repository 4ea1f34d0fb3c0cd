"""Compiles a `RequestFilter` to SQL conditions with parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from domain import request_ids
from domain.errors import InvalidInput
from domain.filters import Range, RequestFilter
from orm.client import INT32, INT64
from orm.statement import Statement

Compile = Callable[[Statement, Any], str]


def conditions_of(statement: Statement, where: RequestFilter | None) -> list[str]:
    """The conditions of `where`, all of which must hold. Raises InvalidInput for values nothing can equal."""
    if where is None:
        return []
    conditions = [
        compile_value(statement, value)
        for name, compile_value in FIELDS
        if (value := getattr(where, name)) is not None
    ]
    conditions += [_all(statement, part) for part in where.and_]
    if where.or_:
        conditions.append(_any(statement, where.or_))
    if where.not_:
        conditions.append(f"({_any(statement, where.not_)}) IS NOT TRUE")
    return conditions


def _all(statement: Statement, where: RequestFilter) -> str:
    conditions = conditions_of(statement, where)
    return f"({' AND '.join(conditions)})" if conditions else "(1 = 1)"


def _any(statement: Statement, parts: Sequence[RequestFilter]) -> str:
    return f"({' OR '.join(_all(statement, part) for part in parts)})"


def _among(column: str, largest: int | None = None) -> Compile:
    return lambda statement, values: statement.among(column, values, largest=largest)


def _equal(column: str) -> Compile:
    return lambda statement, value: f"{column} = {statement.bind(value)}"


def _within(column: str) -> Compile:
    def compile_range(statement: Statement, value: Range) -> str:
        ends = ((">=", value.minimum), ("<=", value.maximum))
        bounds = [f"{column} {sign} {statement.bind(float(end))}" for sign, end in ends if end is not None]
        return " AND ".join(bounds) or "1 = 1"

    return compile_range


def _flag(when_true: str, when_false: str) -> Compile:
    return lambda _statement, value: when_true if value else when_false


def _created_from(statement: Statement, value: datetime) -> str:
    return f"id >= {statement.bind(_id_at(value))}"


def _created_before(statement: Statement, value: datetime) -> str:
    return f"id < {statement.bind(_id_at(value))}"


def _id_at(value: datetime) -> int:
    if value.tzinfo is None:
        raise InvalidInput("A time must say its zone, for example 2026-01-31T12:00:00Z.")
    return request_ids.first_at(value)


def _contains(statement: Statement, value: str) -> str:
    position = "strpos" if statement.postgres else "instr"
    return f"{position}(message, {statement.bind(value)}) > 0"


FIELDS: tuple[tuple[str, Compile], ...] = (
    ("ids", _among("id", INT64)),
    ("endpoint_ids", _among("endpoint_id", INT32)),
    ("algorithm_ids", _among("algorithm_id", INT32)),
    ("ab_test_ids", _among("ab_test_id", INT32)),
    ("arms", _among("arm")),
    ("outcome", _equal("outcome")),
    ("fault", _equal("fault")),
    ("subject", _equal("subject")),
    ("label", _equal("label")),
    ("labels", _among("label")),
    ("feedback", _equal("feedback")),
    ("value", _within("value")),
    ("probability", _within("probability")),
    ("latency", _within("latency")),
    ("with_feedback", _flag("feedback_at IS NOT NULL", "feedback_at IS NULL")),
    ("correct", _flag("correct IS TRUE", "correct IS FALSE")),
    ("message_contains", _contains),
    ("created_from", _created_from),
    ("created_before", _created_before),
)
