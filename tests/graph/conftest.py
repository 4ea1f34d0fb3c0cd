from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as ASGIScope

from domain.callers import Principal, Scope
from graph.edge import GraphQLEdge
from graph.operation.limits import GraphLimits
from graph.options import GraphOptions
from graph.schema import NO_SPECS, Schema
from orm.connection.database import Database
from serving.services import Services
from tests.serving.world import EVERYBODY, Dice, services_on, small_registry


@dataclass
class As:
    """Middleware that says who calls."""

    app: ASGIApp
    principal: Principal

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["principal"] = self.principal
        await self.app(scope, receive, send)


_schemas: dict[tuple[object, ...], tuple[object, Schema]] = {}


def schema_for(options: GraphOptions, services: Services) -> Schema:
    """The schema that the edge would make, made once for each registry and kind of edge: it takes a tenth of a second.

    Tests that ask what the schema itself remembers make one of their own.
    """
    specs = services.catalog.snapshot.specs if options.typed_predictions else NO_SPECS
    key = (options.limits, options.development, frozenset(specs), options.rules)
    known = _schemas.get(key)
    if known is None or known[0] != specs:
        known = _schemas[key] = (
            dict(specs),
            Schema(options.limits, public=not options.development, specs=specs, rules=options.rules),
        )
    return known[1]


@dataclass
class Door:
    """The GraphQL edge over running services, called through HTTP as clients call it."""

    services: Services
    principal: Principal = EVERYBODY
    limits: GraphLimits = field(default_factory=GraphLimits)
    development: bool = True
    typed_predictions: bool = True

    def http(self, *, raising: bool = True) -> httpx.AsyncClient:
        options = GraphOptions(
            limits=self.limits, development=self.development, typed_predictions=self.typed_predictions
        )
        edge = GraphQLEdge(options, schema_for(options, self.services))
        app = Starlette(routes=edge.routes())
        app.state.services = self.services
        transport = httpx.ASGITransport(As(app, self.principal), raise_app_exceptions=raising)
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")

    async def post(self, query: str, **variables: Any) -> dict[str, Any]:
        async with self.http() as client:
            response = await client.post("/graphql", json={"query": query, "variables": variables})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def data(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an operation that has no errors."""
        answer = await self.post(query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def error(self, query: str, **variables: Any) -> dict[str, Any]:
        """The one error of an operation."""
        (error,) = (await self.post(query, **variables))["errors"]
        found: dict[str, Any] = error
        return found

    def seen_by(self, *scopes: Scope, anonymous: bool = False) -> Door:
        """The same door for a caller with these scopes only."""
        return replace(self, principal=Principal("somebody", frozenset(scopes), anonymous))


def of_operations(sql: list[str]) -> list[str]:
    """Without the statement that asks in the background whether the catalogue has changed."""
    return [statement for statement in sql if "FROM catalog_revision" not in statement]


@pytest.fixture
def dice() -> Dice:
    return Dice()


@pytest.fixture
async def services(migrated_sqlite_url: str, dice: Dice) -> AsyncIterator[Services]:
    """Running services over a small use case."""
    database = await Database.open(migrated_sqlite_url)
    found = services_on(database, small_registry(), dice)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
def door(services: Services) -> Door:
    return Door(services)


@pytest.fixture
async def door_to_each(database_url: str, dice: Dice) -> AsyncIterator[Door]:
    """A door to services on SQLite, and one to services on PostgreSQL."""
    services = services_on(await Database.open(database_url), small_registry(), dice)
    await services.start()
    yield Door(services)
    await services.stop()
