"""Compiles a `RequestFilter` to SQL conditions with parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from domain.errors import InvalidInput
from domain.history.filters import ArmsCondition, FeatureCondition, Range, RequestFilter
from domain.requests import request_ids
from domain.words import Arm
from orm.connection.client import INT32, INT64
from orm.connection.statement import Statement

Compile = Callable[[Statement, Any], str]
Fields = tuple[tuple[str, Compile], ...]


def conditions_of(
    statement: Statement, where: RequestFilter | None, fields: Fields | None = None
) -> list[str]:
    """The conditions of `where`, all of which must hold. Raises InvalidInput for values nothing can equal.

    `fields` says how each field of the filter is asked, where it is not asked of requests.
    """
    if where is None:
        return []
    conditions = [
        compile_value(statement, value)
        for name, compile_value in fields or FIELDS
        if (value := getattr(where, name)) is not None
    ]
    conditions += [_all(statement, part, fields) for part in where.and_]
    if where.or_:
        conditions.append(_any(statement, where.or_, fields))
    if where.not_:
        conditions.append(f"({_any(statement, where.not_, fields)}) IS NOT TRUE")
    return conditions


def _all(statement: Statement, where: RequestFilter, fields: Fields | None) -> str:
    conditions = conditions_of(statement, where, fields)
    return f"({' AND '.join(conditions)})" if conditions else "(1 = 1)"


def _any(statement: Statement, parts: Sequence[RequestFilter], fields: Fields | None) -> str:
    return f"({' OR '.join(_all(statement, part, fields) for part in parts)})"


def among(column: str, largest: int | None = None) -> Compile:
    """Asks that `column` is one of the values; whole numbers beyond `largest` are in no row."""
    return lambda statement, values: statement.among(column, values, largest=largest)


def _equal(column: str) -> Compile:
    return lambda statement, value: f"{column} = {statement.bind(value)}"


def _within(column: str) -> Compile:
    def compile_range(statement: Statement, value: Range) -> str:
        bounds = [
            f"{column} {sign} {statement.bind(float(end))}"
            for sign, end in ((">=", value.minimum), ("<=", value.maximum))
            if end is not None
        ]
        return " AND ".join(bounds) or "1 = 1"

    return compile_range


def _flag(when_true: str, when_false: str) -> Compile:
    return lambda _statement, value: when_true if value else when_false


def _created(sign: str) -> Compile:
    return lambda statement, value: f"id {sign} {statement.bind(request_ids.first_at(_zoned(value)))}"


def _feedback_at(sign: str) -> Compile:
    return lambda statement, value: f"feedback_at {sign} {statement.bind(_zoned(value))}"


def _zoned(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise InvalidInput("A time must say its zone, for example 2026-01-31T12:00:00Z.")
    return value


def _features(statement: Statement, values: Sequence[FeatureCondition]) -> str:
    return " AND ".join(_feature(statement, value) for value in values) or "1 = 1"


def _feature(statement: Statement, value: FeatureCondition) -> str:
    """In the index of the feature's texts, or of its numbers; both hold the request's id."""
    conditions = [f"feature = {statement.bind(value.name)}"]
    if value.texts is not None:
        conditions.append(statement.among("text", value.texts))
    if value.number is not None:
        conditions += ["number IS NOT NULL", _within("number")(statement, value.number)]
    return f"id IN (SELECT request_id FROM request_feature WHERE {' AND '.join(conditions)})"


def _both_arms(_statement: Statement, value: ArmsCondition) -> str:
    """Of the observation, which is found by the request's id."""
    differ = (
        "(champion_failed <> challenger_failed OR champion_label <> challenger_label "
        "OR champion_value <> challenger_value)"
    )
    conditions = ["complete IS TRUE", "champion_failed IS NOT NULL", "challenger_failed IS NOT NULL"]
    if value.disagree is not None:
        conditions.append(f"{differ} IS {'TRUE' if value.disagree else 'NOT TRUE'}")
    conditions += [
        f"{arm}_correct IS {'TRUE' if right else 'FALSE'}"
        for arm, right in ((Arm.CHAMPION, value.champion_correct), (Arm.CHALLENGER, value.challenger_correct))
        if right is not None
    ]
    return (
        "EXISTS (SELECT 1 FROM ab_test_observation o WHERE o.request_id = ml_request.id "
        f"AND {' AND '.join(conditions)})"
    )


def _external_ids(statement: Statement, values: Sequence[str]) -> str:
    called = statement.among("external_id", values)
    return f"id IN (SELECT request_id FROM external_id WHERE {called})"


def _contains(statement: Statement, value: str) -> str:
    position = "strpos" if statement.postgres else "instr"
    return f"{position}(message, {statement.bind(value)}) > 0"


FIELDS: Fields = (
    ("ids", among("id", INT64)),
    ("endpoint_ids", among("endpoint_id", INT32)),
    ("algorithm_ids", among("algorithm_id", INT32)),
    ("ab_test_ids", among("ab_test_id", INT32)),
    ("arms", among("arm")),
    ("outcome", _equal("outcome")),
    ("fault", _equal("fault")),
    ("subject", _equal("subject")),
    ("subjects", among("subject")),
    ("external_ids", _external_ids),
    ("label", _equal("label")),
    ("labels", among("label")),
    ("feedback", _equal("feedback")),
    ("feedbacks", among("feedback")),
    ("value", _within("value")),
    ("probability", _within("probability")),
    ("confidence", _within("confidence")),
    ("latency", _within("latency")),
    ("with_feedback", _flag("feedback_at IS NOT NULL", "feedback_at IS NULL")),
    ("correct", _flag("correct IS TRUE", "correct IS FALSE")),
    ("message_contains", _contains),
    ("created_from", _created(">=")),
    ("created_before", _created("<")),
    ("feedback_from", _feedback_at(">=")),
    ("feedback_before", _feedback_at("<")),
    ("features", _features),
    ("both_arms", _both_arms),
)
