"""Rows that the tests of the queries start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.callers import Principal, Scope, Viewer
from domain.catalog.entries import Algorithm, Endpoint
from domain.requests import request_ids
from domain.requests.new_request import NewRequest
from domain.words import Kind, Outcome
from orm.connection.database import Database
from orm.queries.catalog import algorithms, endpoints
from orm.queries.history.insertion import insert_requests

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
READER = Viewer(Principal("ann", frozenset({Scope.READ, Scope.READ_PRIVATE})))


@dataclass(frozen=True)
class Seed:
    """An endpoint with two classifiers."""

    endpoint: Endpoint
    first: Algorithm
    second: Algorithm


async def add_algorithm(
    database: Database, endpoint_id: int, name: str, kind: Kind = Kind.CLASSIFIER
) -> Algorithm:
    async with database.transaction() as tx:
        return await algorithms.add_algorithm(
            tx,
            endpoint_id=endpoint_id,
            name=name,
            kind=kind,
            version="0.0.1",
            description="",
            owner="DTA",
            code=f"class {name}: ...",
            created_at=NOW,
        )


async def seed_into(database: Database, name: str = "income_classifier") -> Seed:
    async with database.transaction() as tx:
        endpoint = await endpoints.add_endpoint(tx, name, "DTA", "Who earns more", NOW)
    return Seed(
        endpoint,
        await add_algorithm(database, endpoint.id, "forest"),
        await add_algorithm(database, endpoint.id, "trees"),
    )


def request_id(millisecond: int, sequence: int = 0, writer: int = 1) -> int:
    """An id that many milliseconds after NOW."""
    return request_ids.compose(
        request_ids.millisecond_of(request_ids.first_at(NOW)) + millisecond, writer, sequence
    )


def new_request(seed: Seed, millisecond: int, **fields: object) -> NewRequest:
    row = NewRequest(
        endpoint_id=seed.endpoint.id,
        algorithm_id=seed.first.id,
        input='{"age": 37}',
        full_response='{"label": "<=50K"}',
        outcome=Outcome.OK,
        latency=0.002,
        label="<=50K",
        probability=0.25,
        id=request_id(millisecond),
    )
    for name, value in fields.items():
        setattr(row, name, value)
    return row


async def insert(database: Database, rows: Sequence[NewRequest]) -> None:
    async with database.transaction() as tx:
        await insert_requests(tx, rows)
