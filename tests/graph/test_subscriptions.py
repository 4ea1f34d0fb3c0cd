"""Subscriptions as clients use them: over a WebSocket and as server-sent events, through a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as ASGIScope

from domain.callers import Principal, Scope
from domain.words import JSONValue, Traffic
from graph.http import websocket
from graph.http.socket_places import SOCKETS_OF_AN_ADDRESS
from graph.operation.limits import GraphLimits
from graph.options import GraphOptions
from orm.connection.database import Database
from serving.live.live import LiveBounds
from serving.services import Services
from tests.graph.subscribers import PATIENCE, Events, Listening, listening
from tests.serving.world import (
    AT_TEN,
    AT_ZERO,
    Dice,
    command,
    row,
    services_on,
    small_registry,
)

LOGGED = "subscription { requestLogged { requestId } }"


async def predicted(services: Services, *xs: float, endpoint: str = "levels") -> list[str]:
    found = await services.predictor.predict(command(*[row(x) for x in xs], endpoint=endpoint))
    return [str(prediction.request.id) for prediction in found]


def logged(request_id: str, **more: object) -> dict[str, Any]:
    return {"data": {"requestLogged": {"requestId": request_id, **more}}}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)


async def followed(services: Services) -> None:
    """Waits until a follower of requests is in its group: it counts as a subscriber before it has joined."""
    await until(lambda: any(group.followers for group in services.live.requests._groups.values()))


@pytest.fixture
async def server(services: Services) -> AsyncIterator[Listening]:
    async with listening(services) as found:
        yield found


async def test_socket_gets_each_request_and_its_joins(server: Listening) -> None:
    query = """subscription Follow($where: RequestWhere) {
        requestLogged(where: $where) { requestId label input endpoint { name } algorithm { name } abTest { title } }
    }"""
    async with server.socket() as socket:
        await socket.subscribe("a", query, where={"label": ["high"]})
        await followed(server.services)
        _, high, other = await predicted(server.services, -1, 1, 2)
        more = {"endpoint": {"name": "levels"}, "algorithm": {"name": "at zero"}, "abTest": None}
        for id_, x in ((high, 1), (other, 2)):
            expected = logged(id_, label="high", input={"x": x, "colour": "red"}, **more)
            assert await socket.next("a") == expected
        await socket.send({"id": "a", "type": "complete"})
        await until(lambda: server.services.live.subscribers == 0)


async def test_events_stream_has_an_id_for_each_request(server: Listening) -> None:
    async with server.events(LOGGED) as events:
        assert events.response.status_code == 200
        shown = {
            name: events.response.headers[name]
            for name in ("content-type", "cache-control", "x-accel-buffering")
        }
        assert shown == {
            "content-type": "text/event-stream; charset=utf-8",
            "cache-control": "no-store",
            "x-accel-buffering": "no",
        }
        first, second = await predicted(server.services, 1, 2)
        assert await events.block() == {
            "id": first,
            "event": "next",
            "data": f'{{"data":{{"requestLogged":{{"requestId":"{first}"}}}}}}',
        }
        assert await events.next() == logged(second)
    await until(lambda: server.services.live.subscribers == 0)


async def test_reconnecting_browser_misses_nothing(server: Listening) -> None:
    async with server.events(LOGGED) as events:
        ids = await predicted(server.services, 1)
        assert (await events.block())["id"] == ids[0]
    ids += await predicted(server.services, 2, 3)
    async with server.events(LOGGED, {"last-event-id": ids[0]}) as events:
        # The known one comes again: ids are not committed in order, so that a little is repeated.
        assert [(await events.block())["id"] for _ in ids] == ids
        ids += await predicted(server.services, 4)
        assert (await events.block())["id"] == ids[-1]


async def test_subscription_resumes_after_a_request_that_the_client_knows(server: Listening) -> None:
    ids = await predicted(server.services, 1, 2)
    query = "subscription ($after: ID) { requestLogged(after: $after) { requestId } }"
    async with server.socket() as socket:
        await socket.subscribe("a", query, after=ids[0])
        assert [await socket.next("a") for _ in ids] == [logged(id_) for id_ in ids]
        await socket.subscribe("b", query, after="junk")
        error = await socket.receive()
        assert (error["id"], error["type"]) == ("b", "error")
        assert error["payload"][0]["extensions"]["reason"] == "INVALID_ID"


async def test_alike_subscriptions_are_executed_once_for_all_clients(server: Listening) -> None:
    async with server.events(LOGGED) as one, server.events(LOGGED) as other, server.socket() as socket:
        await socket.subscribe("a", LOGGED)
        await socket.subscribe("b", "subscription { requestLogged { requestId label } }")
        await until(lambda: server.edge.streams.readers == 4)
        assert server.services.live.subscribers == 2
        (id_,) = await predicted(server.services, 1)
        assert [await one.next(), await other.next()] == [logged(id_), logged(id_)]
        found = {message["id"]: message["payload"] for message in [await socket.receive() for _ in range(2)]}
        assert found == {"a": logged(id_), "b": logged(id_, label="high")}
        assert server.edge.streams.sent == 4
    await until(lambda: server.services.live.subscribers == 0)
    assert server.edge.streams.readers == 0


async def test_statuses_are_told_by_endpoint_and_algorithm(server: Listening) -> None:
    query = """subscription ($endpoint: ID, $algorithm: ID) {
        algorithmStatusChanged(endpoint: $endpoint, algorithm: $algorithm) { status createdBy algorithm { name } }
    }"""
    async with server.socket() as socket:
        await socket.subscribe("levels", query, endpoint="levels")
        await socket.subscribe("heights", query, endpoint="heights")
        await socket.subscribe("zero", query, algorithm=str(AT_ZERO))
        await until(lambda: server.services.live.subscribers == 3)
        await server.services.statuses.set(AT_TEN, "production", "ann")
        changed = {"status": "PRODUCTION", "createdBy": "ann", "algorithm": {"name": "at ten"}}
        assert await socket.next("levels") == {"data": {"algorithmStatusChanged": changed}}
        await server.services.statuses.set(AT_ZERO, "testing", "bob")
        assert {(await socket.receive())["id"] for _ in range(2)} == {"levels", "zero"}


async def test_test_is_told_at_once_with_fresh_figures_each_time_and_completes_when_it_ends(
    server: Listening,
) -> None:
    services = server.services
    test = await services.ab_tests.create(
        title="which?", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
    )
    query = f"subscription {{ abTestUpdated(id: {test.id}) {{ title state arms {{ served }} }} }}"

    def shown(state: str, *served: int) -> dict[str, Any]:
        arms = [{"served": count} for count in served]
        return {"data": {"abTestUpdated": {"title": "which?", "state": state, "arms": arms}}}

    async with server.events(query) as events:
        assert await events.next() == shown("RUNNING", 0, 0)
        await predicted(services, 1)
        assert await events.next() == shown("RUNNING", 1, 0)
        await services.ab_tests.cancel(test.id, "me", "enough")
        assert await events.next() == shown("CANCELLED", 1, 0)
        assert await events.block() == {"event": "complete", "data": ""}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { requestLogged { nope } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { requestLogged { requestId } ", "GRAPHQL_PARSE_FAILED"),
        (
            "subscription { requestLogged { requestId } algorithmStatusChanged { status } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { name } }", "BAD_REQUEST"),
        (
            'mutation { predict(input: {endpoint: "levels", features: {}}) { request { requestId } } }',
            "BAD_REQUEST",
        ),
        ("subscription { abTestUpdated(id: 7) { title } }", "BAD_USER_INPUT"),
        ('subscription { requestLogged(where: {endpoint: "nope"}) { requestId } }', "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_be_subscribed_to_is_the_only_event(
    server: Listening, query: str, code: str
) -> None:
    async with server.events(query) as events:
        (error,) = (await events.next())["errors"]
        assert error["extensions"]["code"] == code
        assert await events.block() == {"event": "complete", "data": ""}
    async with server.socket() as socket:
        await socket.subscribe("a", query)
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("a", "error")
        assert [one["extensions"]["code"] for one in message["payload"]] == [code]
        await socket.subscribe("a", LOGGED)
        await until(lambda: server.services.live.subscribers == 1)
    assert (await server.services.predictor.predict(command(row(1))))[0].request.outcome == "OK"


async def test_operation_without_events_asked_for_is_not_acceptable(server: Listening) -> None:
    async with httpx.AsyncClient() as client:
        found = await client.post(f"{server.url}/graphql", json={"query": LOGGED})
    assert found.status_code == 406
    assert found.json()["errors"][0]["message"] == (
        "a subscription needs `Accept: text/event-stream`, or a WebSocket: its answers have no end"
    )


async def test_limits_of_documents_hold_for_subscriptions(services: Services) -> None:
    options = GraphOptions(limits=GraphLimits(depth=1, aliases=0), development=False)
    async with listening(services, options=options) as server:
        for query in (
            "subscription { requestLogged { endpoint { name } } }",
            "subscription { a: requestLogged { requestId } }",
            "subscription { requestLogged { __type(name: 1) } }",
        ):
            async with server.events(query) as events:
                (error, *_) = (await events.next())["errors"]
                assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert services.live.subscribers == 0


async def test_caller_without_the_right_to_read_is_refused(services: Services) -> None:
    stranger = Principal("stranger", frozenset({Scope.PREDICT}))
    async with listening(services, stranger) as server, server.socket() as socket:
        for query in (LOGGED, "subscription { algorithmStatusChanged { status } }"):
            await socket.subscribe("a", query)
            message = await socket.receive()
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")
    assert services.live.subscribers == 0


async def test_socket_has_no_more_subscriptions_than_allowed(services: Services) -> None:
    options = GraphOptions(subscriptions_per_socket=2)
    async with listening(services, options=options) as server, server.socket() as socket:
        for name in "abc":
            await socket.subscribe(name, LOGGED)
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("c", "error")
        assert message["payload"] == [
            {
                "message": "this WebSocket has 2 subscriptions, the most it may have",
                "extensions": {"code": "TOO_MANY_SUBSCRIPTIONS"},
            }
        ]
        await socket.send({"id": "a", "type": "complete"})
        await socket.subscribe("c", LOGGED)
        await until(lambda: server.edge.streams.readers == 2)


async def test_server_has_no_more_subscriptions_and_sockets_than_allowed(sqlite_url: str, dice: Dice) -> None:
    bounds = LiveBounds(subscriptions=1)
    services = services_on(await Database.open(sqlite_url), small_registry(), dice, live_bounds=bounds)
    await services.start()
    async with listening(services, options=GraphOptions(sockets=1)) as server:
        async with server.events(LOGGED), server.events(LOGGED) as refused, server.socket() as socket:
            assert (await refused.next())["errors"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
            await socket.subscribe("a", LOGGED)
            assert (await socket.receive())["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"
            async with server.bare_socket() as other:
                assert await other.closed() == (
                    1013,
                    "this server has as many WebSockets as it takes of callers without a key; try again later",
                )
        await until(lambda: server.edge.streams.readers == 0)
        async with server.socket():
            pass
    await services.stop()


@pytest.mark.parametrize(
    ("messages", "code", "reason"),
    [
        (
            [{"type": "subscribe", "id": "a", "payload": {"query": LOGGED}}],
            4401,
            "connection_init comes before",
        ),
        ([{"type": "connection_init"}, {"type": "connection_init"}], 4429, "connection_init came twice"),
        (
            [{"type": "connection_init", "payload": 7}],
            4400,
            "the payload of connection_init must be an object",
        ),
        (["{"], 4400, "messages must be JSON"),
        (["[]"], 4400, "messages must be JSON objects"),
        ([b"\x00"], 4400, "messages must be text"),
        ([{"type": "nope"}], 4400, "this is no message"),
        ([{"type": "connection_init"}, {"type": "subscribe", "id": "a"}], 4400, "this is no message"),
        (
            [{"type": "connection_init"}, {"type": "subscribe", "id": "a", "payload": {}}],
            4400,
            "query is absent",
        ),
        (
            [{"type": "connection_init"}]
            + [{"type": "subscribe", "id": "a", "payload": {"query": LOGGED}}] * 2,
            4409,
            "there is a subscriber 'a' already",
        ),
        (
            [{"type": "connection_init"}]
            + [{"type": "subscribe", "id": "\U0001f600" * 40, "payload": {"query": LOGGED}}] * 2,
            4409,
            "there is a subscriber '\U0001f600",
        ),
    ],
)
async def test_client_that_breaks_the_protocol_is_told_and_closed(
    server: Listening, messages: list[object], code: int, reason: str
) -> None:
    async with server.bare_socket() as socket:
        for message in messages:
            await socket.send(message)
        found = await socket.closed()
    assert found[0] == code
    assert found[1].startswith(reason)
    await until(lambda: server.services.live.subscribers == 0)


async def test_socket_with_another_protocol_is_closed(server: Listening) -> None:
    async with server.bare_socket(subprotocols=None) as socket:
        assert await socket.closed() == (4406, "the subprotocol must be graphql-transport-ws")


async def test_socket_that_never_begins_is_closed(server: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "INIT_SECONDS", 0.05)
    async with server.bare_socket() as socket:
        assert await socket.closed() == (4408, "connection_init did not come in time")


STRANGER = Principal("anonymous", frozenset(), anonymous=True)


@dataclass
class Callers:
    """Middleware that takes `X-API-Key` for the name of a caller who may read, and everybody else for a stranger."""

    app: ASGIApp

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        name = dict(scope["headers"]).get(b"x-api-key")
        state = scope.setdefault("state", {})
        state["principal"] = STRANGER if name is None else reader(name.decode())
        state["admit"] = self.admit
        await self.app(scope, receive, send)

    async def admit(self, authorization: str | None) -> Principal:
        return STRANGER if authorization is None else reader(authorization.removeprefix("Bearer "))


def reader(name: str) -> Principal:
    return Principal(name, frozenset({Scope.READ}))


def keyed(name: str) -> dict[str, Any]:
    return {"additional_headers": {"X-API-Key": name}}


async def test_caller_who_may_follow_nothing_is_closed_at_once_and_holds_no_place(services: Services) -> None:
    async with listening(services, STRANGER) as server, server.bare_socket() as socket:
        await socket.send({"type": "connection_init"})
        assert await socket.closed() == (
            4401,
            "this needs an API key with `read`: "
            'send it in the payload of connection_init, as {"authorization": "Bearer KEY"}',
        )
        assert server.edge.sockets_open == {"key": 0, "keyless": 0}
        assert server.edge.sockets_refused == {"no key": 1}


async def test_mute_sockets_of_strangers_keep_no_key_out(services: Services) -> None:
    async with listening(services, who=Callers) as server, AsyncExitStack() as stack:
        mute = [
            await stack.enter_async_context(server.bare_socket()) for _ in range(SOCKETS_OF_AN_ADDRESS + 2)
        ]
        assert server.edge.sockets_open == {"key": 0, "keyless": SOCKETS_OF_AN_ADDRESS}
        for oldest in mute[:2]:
            assert (await oldest.closed())[0] == 1013
        assert server.edge.sockets_refused == {"caller": 2}
        await stack.enter_async_context(server.socket(**keyed("ann")))
        late = await stack.enter_async_context(server.socket({"authorization": "Bearer bob"}))
        await late.subscribe("a", LOGGED)
        await until(lambda: services.live.subscribers == 1)
        assert server.edge.sockets_open == {"key": 2, "keyless": SOCKETS_OF_AN_ADDRESS - 1}


async def test_one_key_has_half_of_the_sockets_wherever_it_is_sent(services: Services) -> None:
    options = GraphOptions(sockets=4)
    async with listening(services, options=options, who=Callers) as server, AsyncExitStack() as stack:
        await stack.enter_async_context(server.socket(**keyed("ann")))
        await stack.enter_async_context(server.socket({"authorization": "Bearer ann"}))
        async with server.bare_socket() as third:
            await third.send({"type": "connection_init", "payload": {"authorization": "Bearer ann"}})
            assert await third.closed() == (
                1013,
                "this key has 2 WebSockets, the most it may have; try again later",
            )
        await stack.enter_async_context(server.socket(**keyed("bob")))
        assert server.edge.sockets_open == {"key": 3, "keyless": 0}


async def test_socket_that_follows_nothing_is_closed_and_one_that_does_is_not(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(websocket, "CHECK_SECONDS", 0.02)
    monkeypatch.setattr(websocket, "IDLE_SECONDS", 0.1)
    async with listening(services) as server, server.socket() as idle, server.socket() as busy:
        await busy.subscribe("a", LOGGED)
        assert await idle.closed() == (1000, "nothing was followed for a while; come back when there is")
        await busy.send({"type": "ping"})
        assert await busy.receive() == {"type": "pong"}
        await busy.send({"id": "a", "type": "complete"})
        assert (await busy.closed())[0] == 1000


async def test_first_message_is_short(server: Listening) -> None:
    async with server.bare_socket() as socket:
        await socket.send({"type": "connection_init", "payload": {"a": "x" * 16_384}})
        assert await socket.closed() == (1009, "a message may have 16384 bytes")


async def test_later_messages_have_room_for_long_documents_and_no_more(server: Listening) -> None:
    async with server.socket() as socket:
        ping = {"type": "ping", "payload": {"a": ""}}
        ping["payload"] = {"a": "ü" * ((websocket.LONGEST_MESSAGE - len(json.dumps(ping))) // 2)}
        longest = json.dumps(ping, ensure_ascii=False)
        await socket.send(longest)
        assert await socket.receive() == {"type": "pong"}
        await socket.send(longest + "  ")
        assert await socket.closed() == (1009, "a message may have 262144 bytes")


async def test_ping_is_answered(server: Listening) -> None:
    async with server.bare_socket() as socket:
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


@pytest.fixture
async def impatient(sqlite_url: str, dice: Dice) -> AsyncIterator[Services]:
    """Services that let few events wait for a reader."""
    bounds = LiveBounds(queue=20)
    services = services_on(await Database.open(sqlite_url), small_registry(), dice, live_bounds=bounds)
    await services.start()
    yield services
    await services.stop()


SUBJECTS = "subscription { requestLogged { subject } }"
WIDE = "subscription { requestLogged { " + " ".join(f"x{n}: input" for n in range(25)) + " requestId } }"


async def flood(services: Services, ended: Callable[[], bool]) -> int:
    """Predict with long inputs until somebody has had too much; returns how many there were."""
    count = 0
    long: JSONValue = {"x": 1.0, "colour": "red", "y" * 2_500: 1}
    async with asyncio.timeout(PATIENCE):
        while not ended():
            await services.predictor.predict(command(long, long, long, long))
            count += 4
    return count


@pytest.mark.matrix
async def test_slow_socket_is_closed_with_a_code_and_nobody_else_notices(impatient: Services) -> None:
    services = impatient
    async with listening(services) as server, server.events(SUBJECTS) as quick:
        async with server.socket(max_queue=1) as slow:
            await slow.subscribe("a", WIDE)
            await until(lambda: server.edge.streams.readers == 2)
            reading = asyncio.create_task(count_to_last(quick))
            count = await flood(services, lambda: server.edge.streams.cut_off > 0)
            assert await slow.closed() == (4420, "SLOW_CONSUMER")
        await services.predictor.predict(command(row(1), subject="last"))
        assert await reading == count + 1


@pytest.mark.matrix
async def test_slow_stream_ends_with_a_code_and_nobody_else_notices(impatient: Services) -> None:
    services = impatient
    async with listening(services) as server, server.events(SUBJECTS) as quick:
        async with server.events(WIDE) as slow:
            reading = asyncio.create_task(count_to_last(quick))
            count = await flood(services, lambda: server.edge.streams.cut_off > 0)
            found = await slow.next()
            while "errors" not in found:
                found = await slow.next()
            assert found["errors"] == [
                {
                    "message": "More than 20 events waited to be read: read faster, ask for fewer, or resume with "
                    "`after`.",
                    "extensions": {"code": "SLOW_CONSUMER"},
                }
            ]
            assert await slow.block() == {"event": "complete", "data": ""}
        await services.predictor.predict(command(row(1), subject="last"))
        assert await reading == count + 1


async def count_to_last(events: Events) -> int:
    """How many events come up to the one with the subject `last`."""
    count = 1
    while (await events.next())["data"]["requestLogged"]["subject"] != "last":
        count += 1
    return count
