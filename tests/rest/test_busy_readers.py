"""What goes on while callers' reads hold every reader: all that the server needs for itself, and all that writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx

from domain.callers import Scope, asked_by
from orm.connection.database import Database
from orm.queries.catalog.api_keys import revoke_api_key
from serving.services import Services
from tests.rest.rows import POOR

PATIENCE = 20.0
A_SECOND = 1.0
PREDICT = "/api/v1/income_classifier/predict"
STATUS = {"status": "production", "created_by": "me", "parent_mlalgorithm": 3}
TEST = {"title": "t", "created_by": "c", "parent_mlalgorithm1": 1, "parent_mlalgorithm2": 2}
FEEDBACK = """mutation ($id: ID!) { giveFeedback(input: {requestId: $id, feedback: ">50K"}) {
    request { feedback algorithm { name statuses { nodes { status } } } } userErrors { message } } }"""
SET_STATUS = """mutation { setAlgorithmStatus(input: {algorithm: "2", status: PRODUCTION}) {
    algorithmStatus { active algorithm { statuses { nodes { status active } } } } userErrors { message } } }"""


def services_of(client: httpx.AsyncClient) -> Services:
    found: Services = client.app.state.services  # type: ignore[attr-defined]
    return found


@asynccontextmanager
async def analysts(database: Database) -> AsyncIterator[None]:
    """As many reads as there are readers for callers, each for as long as the block."""
    async with AsyncExitStack() as held:
        for number in range(database.callers_turns.places):
            with asked_by(f"analyst {number}"):
                await held.enter_async_context(database.reader())
        yield


async def test_writes_and_health_do_not_wait_for_analysts(serve: Any, database_url: str) -> None:
    async with serve(database_url=database_url) as client:
        services = services_of(client)
        headers = {"Idempotency-Key": "order-7"}
        first = (await client.post(PREDICT, json=POOR, headers=headers)).json()
        url = f"/api/v1/mlrequests/{first['request_id']}"
        async with analysts(services.database), asyncio.timeout(PATIENCE):
            assert (await client.get("/readyz")).status_code == 200
            assert (await client.post(PREDICT, json=POOR, headers=headers)).json() == first
            assert (await client.post(PREDICT, json=POOR, headers={"Idempotency-Key": "new"})).is_success
            for method in ("PUT", "PATCH"):
                told = await client.request(method, url, json={"feedback": "<=50K"})
                assert (told.status_code, told.json()["feedback"]) == (200, "<=50K")
            assert (await client.post("/api/v1/mlalgorithmstatuses", json=STATUS)).status_code == 201
            assert (await client.post("/api/v1/abtests", json=TEST)).status_code == 201
            assert (await client.patch("/api/v1/abtests/1", json={"title": "new"})).json()["title"] == "new"
            assert (await client.post("/api/v1/stop_ab_test/1")).status_code == 200
            database = services.database
            metrics = (await client.get("/metrics")).text.splitlines()
            places, waited = database.callers_turns.places, database.callers_turns.waited
            # Not the server's own: it looks for changes of the catalogue at moments of its choice.
            own = 'arbiter_readers_busy{readers="server"}'
            assert [s for s in metrics if s.startswith("arbiter_read") and not s.startswith(own)] == [
                f'arbiter_readers_busy{{readers="callers"}} {places}.0',
                'arbiter_readers_busy{readers="heavy"} 0.0',
                'arbiter_reads_waiting{readers="callers"} 0.0',
                'arbiter_reads_waiting{readers="heavy"} 0.0',
                'arbiter_reads_waiting{readers="server"} 0.0',
                f'arbiter_reads_waited_total{{readers="callers"}} {waited}.0',
                'arbiter_reads_waited_total{readers="heavy"} 0.0',
                'arbiter_reads_waited_total{readers="server"} 0.0',
                'arbiter_reads_refused_total{readers="callers"} 0.0',
                'arbiter_reads_refused_total{readers="heavy"} 0.0',
                'arbiter_reads_refused_total{readers="server"} 0.0',
            ]


async def test_a_mutation_is_acknowledged_with_what_it_is_asked_for(serve: Any, database_url: str) -> None:
    async with serve(database_url=database_url) as client:
        services = services_of(client)
        id_ = str((await client.post(PREDICT, json=POOR)).json()["request_id"])
        async with analysts(services.database), asyncio.timeout(PATIENCE):
            given = await client.post("/graphql", json={"query": FEEDBACK, "variables": {"id": id_}})
            assert given.json() == {
                "data": {
                    "giveFeedback": {
                        "request": {
                            "feedback": ">50K",
                            "algorithm": {
                                "name": "random forest",
                                "statuses": {"nodes": [{"status": "PRODUCTION"}]},
                            },
                        },
                        "userErrors": [],
                    }
                }
            }
            answer = (await client.post("/graphql", json={"query": SET_STATUS})).json()
        assert answer["data"]["setAlgorithmStatus"]["algorithmStatus"] == {
            "active": True,
            "algorithm": {
                "statuses": {
                    "nodes": [
                        {"status": "PRODUCTION", "active": True},
                        {"status": "TESTING", "active": False},
                    ]
                }
            },
        }


async def test_a_key_that_another_process_revokes_dies_while_analysts_read(
    serve: Any, database_url: str
) -> None:
    async with serve(database_url=database_url, anonymous_scopes=()) as client:
        services = services_of(client)
        async with analysts(services.database), asyncio.timeout(PATIENCE):
            _, secret = await services.keys.create("gone", frozenset({Scope.READ}))
            headers = {"Authorization": f"Bearer {secret}"}
            assert (await client.get("/api/v1/endpoints", headers=headers)).status_code == 200
            # As another process does it: this one hears of it from the database alone.
            async with services.database.transaction() as tx:
                await revoke_api_key(tx, "gone", services.clock())
                await services.database.bump_catalog(tx)
            async with asyncio.timeout(A_SECOND):
                while services.keys.principal_of(secret) is not None:
                    await asyncio.sleep(0.01)
            assert (await client.get("/api/v1/endpoints", headers=headers)).status_code == 401


async def test_a_read_in_line_is_answered_as_soon_as_a_reader_is_free(serve: Any, database_url: str) -> None:
    async with serve(database_url=database_url) as client:
        turns = services_of(client).database.callers_turns
        async with analysts(services_of(client).database):
            reads = [
                asyncio.create_task(client.get(f"/api/v1/{name}")) for name in ("mlrequests", "abtests") * 8
            ]
            while turns.waiting < len(reads):
                await asyncio.sleep(0.01)
        assert [answer.status_code for answer in await asyncio.gather(*reads)] == [200] * len(reads)
        assert (turns.waiting, turns.refused) == (0, 0)


async def test_callers_are_told_apart_by_key_and_keyless_ones_by_address(serve: Any) -> None:
    seen: list[str] = []
    async with serve(proxies=1, anonymous_scopes=("read",)) as client:
        services = services_of(client)
        take = services.database.callers_turns.take

        async def noted(caller: str, seconds: float) -> None:
            if caller:  # what runs in the background reads for nobody
                seen.append(caller)
            await take(caller, seconds)

        services.database.callers_turns.take = noted  # type: ignore[method-assign]
        _, secret = await services.keys.create("front-end", frozenset({Scope.READ}))
        for headers in (
            {"Authorization": f"Bearer {secret}"},
            {"X-Forwarded-For": "203.0.113.9"},
            {"X-Forwarded-For": "203.0.113.10"},
        ):
            assert (await client.get("/api/v1/mlrequests", headers=headers)).status_code == 200
            answer = await client.post(
                "/graphql", json={"query": "{ requests { nodes { id } } }"}, headers=headers
            )
            assert answer.json() == {"data": {"requests": {"nodes": []}}}
    assert seen == [
        *["front-end"] * 2,
        *["anonymous 203.0.113.9"] * 2,
        *["anonymous 203.0.113.10"] * 2,
    ]
