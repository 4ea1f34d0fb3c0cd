"""A feature that was declared as indexed later: the answer, the log and `arbiter doctor` say what it leaves out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest

from domain.callers import Scope
from orm.connection.database import Database
from registry.discovery import Registry
from registry.endpoints import EndpointSpec
from serving.services import Services
from tests.graph.conftest import Door
from tests.graph.history.test_indexed_features import indexed
from tests.serving.catalog.test_after_the_commit import eventually
from tests.serving.world import HEIGHTS, LEVELS, AtZero, Dice, PlusOne, command, registered, row, services_on

GROUP = """query ($where: RequestWhere) { requests(where: $where) {
  groupedAggregates(by: FEATURE, feature: "colour") { groups { featureText aggregate { count } } } } }"""
SEARCH = "query ($where: RequestWhere) { requests(where: $where) { totalCount } }"
SINCE = "{ endpoints { nodes { name features { name indexedSince } } } }"
RED = {"feature": [{"name": "colour", "text": ["red"]}]}


class Servers:
    """Servers that come after one another on one database, each with its own declaration."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.running: Services | None = None

    async def opened(self, levels: EndpointSpec, heights: EndpointSpec = HEIGHTS) -> Door:
        """The next server; the one before it ends."""
        await self.stop()
        algorithms = (registered(AtZero, levels), registered(PlusOne, heights))
        registry = Registry({"levels": levels, "heights": heights}, algorithms, ())
        self.running = services_on(await Database.open(self.url), registry, Dice())
        await self.running.start()
        return Door(self.running)

    async def declared_later(self, *rows: Any) -> Door:
        """A server that declares `colour` as indexed after another one has logged `rows`."""
        if rows:
            await ask((await self.opened(LEVELS)).services, *rows)
        return await self.opened(indexed(LEVELS, "colour"))

    async def stop(self) -> None:
        if self.running is not None:
            await self.running.stop()
            self.running = None


@pytest.fixture
async def servers(database_url: str) -> AsyncIterator[Servers]:
    found = Servers(database_url)
    yield found
    await found.stop()


async def ask(services: Services, *rows: Any, endpoint: str = "levels") -> datetime:
    """When the first of these predictions was made."""
    return (await services.predictor.predict(command(*rows, endpoint=endpoint)))[0].request.created_at


async def warnings(door: Door, query: str, where: Any = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        (await door.post(query, where=where)).get("extensions", {}).get("warnings", [])
    )
    return found


async def test_a_grouping_that_leaves_out_older_requests_says_so_and_since_when(servers: Servers) -> None:
    door = await servers.declared_later(row(1), row(2, "blue"))
    since = await ask(door.services, row(3), row(4))
    door = await servers.opened(indexed(LEVELS, "colour"))
    answer = await door.post(GROUP)
    shown = since.isoformat(timespec="milliseconds")
    assert answer["extensions"] == {
        "warnings": [
            {
                "code": "NOT_ALL_INDEXED",
                "message": f"colour of levels is indexed since {shown} only: older requests are not found by it, "
                "and count among those without a value; `arbiter index levels colour` adds them.",
                "endpoint": "levels",
                "feature": "colour",
                "since": shown,
            }
        ]
    }
    groups = answer["data"]["requests"]["groupedAggregates"]["groups"]
    assert [(one["featureText"], one["aggregate"]["count"]) for one in groups] == [("red", 2), (None, 2)]


async def test_only_what_may_hold_older_requests_is_warned_of(servers: Servers) -> None:
    door = await servers.declared_later(row(1))
    since = (await ask(door.services, row(3))).isoformat()
    for where, count in (
        (RED, 1),
        ({"not": RED}, 1),
        ({"or": [{"label": "high"}, RED]}, 1),
        ({"createdFrom": since, **RED}, 0),
        ({"endpoint": "heights", **RED}, 0),
        ({"endpoint": "levels", **RED}, 1),
        ({"label": "high"}, 0),
        (None, 0),
    ):
        assert len(await warnings(door, SEARCH, where)) == count, where
    below = 'query ($where: RequestWhere) { endpoint(name: "%s") { requests(where: $where) { totalCount } } }'
    assert len(await warnings(door, below % "levels", RED)) == 1
    assert len(await warnings(door, below % "heights", RED)) == 0
    both = GROUP.replace("{ requests(", "{ a: requests(where: $where) { totalCount } requests(")
    assert len(await warnings(door, both, RED)) == 1


@pytest.mark.parametrize(
    "rows",
    [
        (),
        ({"x": 1, "colour": None},),
        ({"x": "no number", "colour": "red"},),
    ],
)
async def test_where_no_older_request_has_a_value_nothing_is_warned_of(
    servers: Servers, rows: tuple[Any, ...]
) -> None:
    door = await servers.declared_later(*rows)
    await ask(door.services, row(3))
    assert await warnings(door, GROUP) == []


async def test_a_feature_of_which_nothing_is_indexed_yet_is_indexed_since_the_start(servers: Servers) -> None:
    door = await servers.declared_later(row(1))
    (first,) = await warnings(door, GROUP)
    since = await ask(door.services, row(3))
    assert datetime.fromisoformat(first["since"]) <= since


async def test_the_same_name_in_another_endpoint_hides_no_gap(servers: Servers) -> None:
    before = await servers.opened(LEVELS, indexed(HEIGHTS, "colour"))
    await ask(before.services, row(1), endpoint="heights")
    await ask(before.services, row(1))
    door = await servers.opened(indexed(LEVELS, "colour"), indexed(HEIGHTS, "colour"))
    await ask(door.services, row(1))
    assert [one["endpoint"] for one in await warnings(door, GROUP)] == ["levels"]


async def test_a_feature_says_since_when_it_is_indexed(servers: Servers) -> None:
    before = await servers.opened(indexed(LEVELS, "x"))
    await ask(before.services, row(1))
    door = await servers.opened(indexed(LEVELS, "x", "colour"))
    since = await ask(door.services, row(3))
    door = await servers.opened(indexed(LEVELS, "x", "colour"))
    found = await door.data(SINCE)
    assert {one["name"]: one["features"] for one in found["endpoints"]["nodes"]} == {
        "levels": [
            {"name": "x", "indexedSince": None},
            {"name": "colour", "indexedSince": since.isoformat()},
        ],
        "heights": [{"name": "x", "indexedSince": None}, {"name": "colour", "indexedSince": None}],
    }
    refused = await door.seen_by(Scope.PREDICT).post(SINCE)
    assert {error["extensions"]["code"] for error in refused["errors"]} == {"FORBIDDEN"}


async def test_a_start_logs_each_gap_once(servers: Servers, caplog: pytest.LogCaptureFixture) -> None:
    door = await servers.declared_later(row(1))
    await warnings(door, GROUP)
    await warnings(door, GROUP)

    def said_so_far() -> list[str]:
        return [record.getMessage() for record in caplog.records if "is indexed since" in record.getMessage()]

    # The start looks for gaps behind the calls' back.
    await eventually(lambda: bool(said_so_far()))
    said = said_so_far()
    assert len(said) == 1
    assert said[0].startswith("colour of levels is indexed since")
