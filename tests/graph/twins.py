"""The same operation on both executors: what each answers, and what it sent to the database."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.callers import Principal
from graph.http.answers import encode, response_of
from graph.http.view import ALL_OPERATIONS
from graph.operation.context import Charge, Context
from graph.operation.documents.cache import CheckedDocument
from graph.operation.limits import GraphLimits
from graph.schema import Schema
from registry.endpoints import EndpointSpec
from serving.services import Services
from tests.conftest import Statements
from tests.graph.conftest import of_operations
from tests.serving.world import EVERYBODY

GENEROUS = GraphLimits(cost=10**9, depth=40)


@dataclass(frozen=True)
class Told:
    """One answer: its data as bytes, its errors without their order, and the statements that it took."""

    data: bytes
    errors: Counter[str]
    extensions: bytes
    sql: tuple[str, ...]

    @property
    def statements(self) -> int:
        return len(self.sql)

    def __str__(self) -> str:
        return f"{self.data.decode()}\n{self.errors}\n{self.extensions.decode()}\n" + "\n".join(
            [f"{self.statements} statements", *self.sql]
        )


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def tick(self) -> None:
        self.at += timedelta(seconds=1)


def executors(specs: Mapping[str, EndpointSpec], limits: GraphLimits = GENEROUS) -> tuple[Schema, Schema]:
    """The same schema twice: one that runs all on graphql-core, and one that compiles at first sight."""
    reference = Schema(limits, specs=specs, compiled=False)
    compiled = Schema(limits, specs=specs)
    compiled.compiled.plans.sights = 1
    return reference, compiled


async def ask(
    schema: Schema,
    services: Services,
    statements: Statements,
    text: str,
    variables: Mapping[str, Any] | None = None,
    *,
    principal: Principal = EVERYBODY,
    checked: list[tuple[str, CheckedDocument]] | None = None,
) -> Told:
    """What an operation is answered. `checked` keeps its document from one executor to the other."""
    limits = schema.documents.limits
    context = Context(services, principal, limits, Charge(is_shown=True))
    if checked:
        context.checked = checked[0]
    with statements() as sql:
        result = await schema.answer(
            text, context, variables=dict(variables or {}), operation_name=None, allowed=ALL_OPERATIONS
        )
    if checked is not None and context.checked is not None:
        checked[:] = [context.checked]
    answer = response_of(result, ran=True)
    errors = [one | {"extensions": _without_incident(one["extensions"])} for one in answer.get("errors", ())]
    return Told(
        encode(answer.get("data")),
        Counter(json.dumps(one, sort_keys=True, default=str) for one in errors),
        encode(answer.get("extensions")),
        tuple(of_operations(sql)),
    )


def _without_incident(extensions: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in extensions.items() if name != "incident"}


def require_alike(reference: Told, compiled: Told, asked: object) -> None:
    """The same data, errors and costs, byte for byte, and not a statement more.

    Where an error takes a part of the answer with it, the specification leaves open which of several errors of that
    part is told, and how much of the work beside them is done: its place is compared then.
    """
    both = f"\n\nreference:\n{reference}\n\ncompiled:\n{compiled}"
    assert (reference.data, reference.extensions) == (compiled.data, compiled.extensions), f"{asked}{both}"
    places = [
        {place_of(json.loads(error), one.data) for error in one.errors} for one in (reference, compiled)
    ]
    assert places[0] == places[1], f"{asked}{both}"
    if all(told_itself for _, told_itself in places[0]):
        assert compiled.statements <= reference.statements, f"{asked}{both}"


def place_of(error: dict[str, Any], data: bytes) -> tuple[str, str]:
    """Where an answer is null for an error's sake, and the error itself where it took nothing else with it."""
    path, found = error.get("path") or [], json.loads(data)
    for depth, step in enumerate(path):
        if found is None:
            return json.dumps(path[:depth]), ""
        found = found[step]
    return json.dumps(path), json.dumps(error, sort_keys=True)
