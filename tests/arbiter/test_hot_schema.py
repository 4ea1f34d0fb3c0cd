"""The GraphQL schema follows what is published, and nobody who asks or listens meanwhile is dropped."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from arbiter.app import create_app
from arbiter.settings import Settings
from bench.constant_models import declare, publish
from domain.callers import Principal, Scope
from domain.errors import SchemaReplaced
from graph.edge import EARLIER_SCHEMAS, GraphQLEdge
from graph.http.parameters import GraphQLRequest
from serving.catalog.store import ArtifactStore
from serving.services import Services

ANN = Principal("ann", frozenset(Scope))
TYPES = "{ __schema { mutationType { fields { name } } } }"
PREDICT = 'mutation { predict(input: {endpoint: "constants", features: {x: 0.5}}) { request { value } } }'
FEED = "subscription { requestLogged { value } }"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "store"
    declare(root)
    publish(root, "1", 1)
    return root


class Server:
    """An application with its services, which looks at its store only when it is told to."""

    def __init__(self, app: Starlette, client: httpx.AsyncClient) -> None:
        self.client = client
        self.services: Services = app.state.services
        self.edge: GraphQLEdge = app.state.edge

    @property
    def store(self) -> ArtifactStore:
        assert self.services.store is not None
        return self.services.store

    async def ask(self, query: str) -> Any:
        return (await self.client.post("/graphql", json={"query": query})).json()

    async def mutations(self) -> set[str]:
        found = await self.ask(TYPES)
        return {one["name"] for one in found["data"]["__schema"]["mutationType"]["fields"]}

    async def follow(self) -> Any:
        schema = await self.edge.schema(self.services)
        return await self.edge.streams.open(schema, self.services, ANN, GraphQLRequest(FEED, None, None))


@asynccontextmanager
async def serving(root: Path, url: str) -> AsyncIterator[Server]:
    app = create_app(Settings(database_url=url, artifacts=root, access_log=False))
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            server = Server(app, client)
            await server.store.close()
            yield server


async def test_new_endpoint_has_its_own_mutation_at_once(root: Path, sqlite_url: str) -> None:
    async with serving(root, sqlite_url) as server:
        assert "predictConstantsTwo" not in await server.mutations()
        declare(root, "constants_two")
        publish(root, "1", 7, endpoint="constants_two")
        await server.store.look()
        assert "predictConstantsTwo" in await server.mutations()
        answer = await server.ask(
            "mutation { predictConstantsTwo(input: {features: {x: 1}}) { request { value } } }"
        )
        assert answer == {"data": {"predictConstantsTwo": {"request": {"value": 7.0}}}}


async def test_new_version_leaves_schema_documents_and_plans_as_they_are(root: Path, sqlite_url: str) -> None:
    async with serving(root, sqlite_url) as server:
        schema = await server.edge.schema(server.services)
        await server.ask(PREDICT)
        publish(root, "2", 2)
        await server.store.look()
        assert await server.edge.schema(server.services) is schema
        assert server.edge.schemas_made == 0


async def test_documents_are_checked_by_the_schema_of_what_is_served(root: Path, sqlite_url: str) -> None:
    typed = "mutation { predictConstants(input: {features: {x: 1}}) { request { value } } }"
    async with serving(root, sqlite_url) as server:
        for _ in range(3):  # checked, compiled, run from its plan
            assert (await server.ask(typed))["data"]["predictConstants"]["request"]["value"] == 1
        kept = server.edge.documents_kept
        digest = server.services.catalog.snapshot.specs["constants"].digest
        feature = {"name": "z", "type": "number"}
        declare(
            root, features=[feature], example={"z": 1}, breaking={"reason": "another codebook", "of": digest}
        )
        publish(root, "2", 2, features=[feature], status="production")
        await server.store.look()
        refused = await server.ask(typed)
        assert [error["extensions"]["code"] for error in refused["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]
        answer = await server.ask(typed.replace("x: 1", "z: 1"))
        assert answer["data"]["predictConstants"]["request"]["value"] == 2
        assert server.edge.documents_kept <= 2 * kept
        shown = await server.ask(
            '{ endpoint(name: "constants") { revisions { number breaking declaration } } }'
        )
        newest, first = shown["data"]["endpoint"]["revisions"]
        assert (newest["number"], newest["breaking"]) == (2, "another codebook")
        assert (first["number"], first["breaking"]) == (1, None)
        assert newest["declaration"]["features"] == [feature]


async def test_documents_that_were_used_are_checked_before_the_new_schema_answers(
    root: Path, sqlite_url: str
) -> None:
    async with serving(root, sqlite_url) as server:
        await server.ask(PREDICT)
        kept = server.edge.documents_kept
        declare(root, description="Other words.")
        await server.store.look()
        assert server.edge.schemas_made == 1
        assert server.edge.documents_kept == kept


async def test_names_that_clash_are_refused_and_everything_else_goes_on(root: Path, sqlite_url: str) -> None:
    async with serving(root, sqlite_url) as server:
        declare(root, "Constants", example={"x": 0.5})
        publish(root, "1", 7, endpoint="Constants")
        await server.store.look()
        assert server.services.catalog.snapshot.find_endpoint("Constants") is None
        (problem,) = [p for p in server.services.catalog.snapshot.problems if p.name == "Constants"]
        assert "would both be called" in problem.reason
        assert (await server.ask(PREDICT))["data"]["predict"]["request"]["value"] == 1


async def test_subscription_goes_on_and_ends_with_a_code_only_after_several_schemas(
    root: Path, sqlite_url: str
) -> None:
    async with serving(root, sqlite_url) as server:
        events = await server.follow()
        for number in range(EARLIER_SCHEMAS):
            declare(root, description=f"Words {number}.")
            await server.store.look()
            await server.ask(PREDICT)
            event = await asyncio.wait_for(events.take(), 5)
            assert json.loads(event.payload) == {"data": {"requestLogged": {"value": 1.0}}}
        declare(root, description="The last words.")
        await server.store.look()
        with pytest.raises(SchemaReplaced):
            await asyncio.wait_for(events.take(), 5)
        await events.aclose()


async def test_schemas_that_were_replaced_are_let_go_of(root: Path, sqlite_url: str) -> None:
    async with serving(root, sqlite_url) as server:
        schemas = []
        for number in range(4):
            schemas.append(weakref.ref(await server.edge.schema(server.services)))
            await server.ask(PREDICT)
            declare(root, description=f"Words {number}.")
            await server.store.look()
        await server.ask(PREDICT)
        gc.collect()
        assert [schema() is None for schema in schemas] == [True] * 4
        assert server.edge.schemas_made == 4


async def test_no_call_is_dropped_or_mixed_up_while_models_come_and_go(root: Path, sqlite_url: str) -> None:
    answers: list[Any] = []
    async with serving(root, sqlite_url) as server:

        async def call() -> None:
            while len(answers) < 10_000:
                answers.append(
                    (await server.client.post("/api/v1/constants/predict", json={"x": 0.5})).json()
                )

        callers = [asyncio.create_task(call()) for _ in range(4)]
        for number in range(2, 12):
            publish(root, str(number), number)
            await server.store.look()
            await server.services.withdrawals.withdraw("constants", "constant", str(number))
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        assert len(server.services.catalog.loaded.executors) == 1
    assert {(answer["status"], answer["label"]) for answer in answers} == {("OK", "1")}
