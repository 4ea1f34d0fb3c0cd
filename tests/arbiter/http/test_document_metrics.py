"""What documents were refused, and how much is kept of others, stands in the metrics."""

from __future__ import annotations

from functools import partial

import httpx

from arbiter import wiring
from arbiter.app import create_app, graph_options_of
from arbiter.settings import Settings
from graph.edge import GraphQLEdge
from registry.discovery import Registry

KEPT = "arbiter_graphql_kept_tokens"
COMPILED = "arbiter_graphql_compiled_fields"
RAN = "arbiter_graphql_operations_total"
REFUSED = "arbiter_graphql_documents_refused_total"


async def test_metrics_tell_which_bounds_bite(migrated_sqlite_url: str, shipped: Registry) -> None:
    settings = Settings(
        database_url=migrated_sqlite_url, profile="public", anonymous_scopes="predict", access_log=False
    )
    edge = GraphQLEdge(graph_options_of(settings))
    app = create_app(settings, build=partial(wiring.build, registry=shipped), edge=edge)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            for query in ("{ viewer { name } }", f"{{ {'viewer ' * 5_000}}}", f"# {'x' * 40_000}"):
                await client.post("/graphql", json={"query": query})
            lines = (await client.get("/metrics")).text.splitlines()
    assert [line for line in lines if line.startswith((KEPT, REFUSED))] == [
        f"{KEPT} 6.0",
        f'{REFUSED}{{reason="MAX_CHARACTERS"}} 1.0',
        f'{REFUSED}{{reason="MAX_TOKENS"}} 1.0',
    ]


async def test_metrics_tell_what_ran_compiled_and_why_the_rest_did_not(
    migrated_sqlite_url: str, shipped: Registry
) -> None:
    settings = Settings(database_url=migrated_sqlite_url, access_log=False)
    edge = GraphQLEdge(graph_options_of(settings))
    app = create_app(settings, build=partial(wiring.build, registry=shipped), edge=edge)
    read = "{ endpoints { nodes { name } } }"
    wrong = '{ endpoint(id: "junk") { name } }'
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            for query in (read, read, read, wrong, wrong, "{ __typename }"):
                await client.post("/graphql", json={"query": query})
            lines = (await client.get("/metrics")).text.splitlines()
    assert [line for line in lines if line.startswith((COMPILED, RAN))] == [
        f"{COMPILED} 40.0",
        f'{RAN}{{execution="compiled"}} 2.0',
        f'{RAN}{{execution="errors"}} 1.0',
        f'{RAN}{{execution="first_sight"}} 3.0',
    ]
