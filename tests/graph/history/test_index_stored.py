"""`arbiter index`: what was stored before a feature was declared as indexed is found by it, too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.callers import Principal, Scope
from domain.errors import EndpointNotFound, InvalidInput
from orm.connection.statement import Statement
from orm.queries.catalog.index_runs import CONFIDENCE, IndexRun
from serving.catalog.index_stored import index_stored
from serving.services import Services
from tests.graph.history.test_index_gaps import GROUP, RED, SEARCH, SINCE, Servers, ask, warnings
from tests.graph.history.test_indexed_features import indexed
from tests.serving.world import LEVELS, row

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
async def servers(database_url: str) -> AsyncIterator[Servers]:
    found = Servers(database_url)
    yield found
    await found.stop()


async def fill(services: Services, *, at_once: int = 2, stop_after: int = 1_000) -> IndexRun:
    """Index `colour`, and be cancelled after so many chunks."""
    pauses = 0

    async def pause(_seconds: float) -> None:
        nonlocal pauses
        pauses += 1
        if pauses == stop_after:
            raise asyncio.CancelledError

    snapshot = services.catalog.snapshot
    return await index_stored(
        services.database,
        snapshot,
        lambda: NOW,
        snapshot.endpoint_named("levels"),
        "colour",
        at_once=at_once,
        sleep=pause,
    )


async def entries(services: Services, column: str = "text") -> list[Any]:
    async with services.database.reader() as reader:
        rows = await Statement(reader).rows(f"SELECT {column} FROM request_feature ORDER BY request_id")
    return [found[column] for found in rows]


async def test_older_requests_are_found_once_they_are_indexed_and_nothing_is_warned_of(
    servers: Servers,
) -> None:
    door = await servers.declared_later(
        row(1), row(2, "blue"), {"x": 1, "colour": None}, {"x": "no number", "colour": "red"}
    )
    await ask(door.services, row(3))
    assert len(await warnings(door, SEARCH, RED)) == 1
    run = await fill(door.services)
    assert (run.requests, run.indexed, run.refused, run.finished) == (5, 2, 0, True)
    assert await entries(door.services) == ["red", "blue", "red"]
    assert await warnings(door, SEARCH, RED) == []
    answer = await door.post(GROUP)
    groups = answer["data"]["requests"]["groupedAggregates"]["groups"]
    assert [(one["featureText"], one["aggregate"]["count"]) for one in groups] == [
        ("blue", 1),
        ("red", 2),
        (None, 2),
    ]
    since = await door.post(SINCE)
    features = [one for node in since["data"]["endpoints"]["nodes"] for one in node["features"]]
    assert [one["indexedSince"] for one in features] == [None] * len(features)
    door = await servers.opened(indexed(LEVELS, "colour"))  # a new process, which looks anew
    assert await warnings(door, SEARCH, RED) == []


async def test_what_was_interrupted_goes_on_where_it_stopped(servers: Servers) -> None:
    door = await servers.declared_later(*(row(number) for number in range(9)))
    since = await ask(door.services, row(3))
    with pytest.raises(asyncio.CancelledError):
        await fill(door.services, stop_after=2)
    assert len(await entries(door.services)) == 4  # two chunks of two, one of which was indexed already
    (warning,) = await warnings(door, SEARCH, RED)
    assert warning["progress"] == 0.4
    assert warning["message"].endswith("`arbiter index` has gone through 40% of all requests.")
    assert datetime.fromisoformat(warning["since"]) < since
    run = await fill(door.services)
    assert (run.requests, run.total, run.indexed, run.finished) == (10, 10, 9, True)
    assert await entries(door.services) == ["red"] * 10
    again = await fill(door.services)
    assert (again.requests, again.indexed) == (10, 0)


async def test_what_was_forgotten_and_what_does_not_fit_today_is_not_indexed(servers: Servers) -> None:
    first = await servers.opened(LEVELS)
    await ask(first.services, row(1), {"x": 2.0, "colour": "red"})
    async with first.services.database.transaction() as tx:
        await Statement(tx).run("UPDATE ml_request SET subject = 'ann'")
    await first.services.forgetting.forget("ann", Principal("root", frozenset(Scope)))
    await ask(first.services, row(1), row(2))
    async with first.services.database.transaction() as tx:
        statement = Statement(tx)
        odd = statement.bind('{"x": 1, "colour": 7}')
        newest = "SELECT max(id) FROM ml_request"
        await statement.run(f"UPDATE ml_request SET input = {odd} WHERE id = ({newest})")
    door = await servers.opened(indexed(LEVELS, "colour"))
    run = await fill(door.services)
    assert (run.requests, run.indexed, run.refused) == (4, 1, 1)
    assert await entries(door.services) == ["red"]
    assert await warnings(door, SEARCH, RED) == []


async def test_without_a_feature_all_of_them_and_the_confidence_are_filled_in(servers: Servers) -> None:
    door = await servers.declared_later(row(1), row(2, "blue"))
    database = door.services.database
    async with database.reader() as reader:
        before = await Statement(reader).rows("SELECT id, confidence FROM ml_request ORDER BY id")
    assert [one["confidence"] for one in before] != [None, None]
    async with database.transaction() as tx:
        await Statement(tx).run("UPDATE ml_request SET confidence = NULL")
    runs = await door.services.indexed_features.index_stored("levels", None)
    assert [(run.feature, run.indexed) for run in runs] == [("colour", 2), (CONFIDENCE, 2)]
    async with database.reader() as reader:
        after = await Statement(reader).rows("SELECT id, confidence FROM ml_request ORDER BY id")
    assert after == before


async def test_what_is_not_declared_as_indexed_is_refused_with_the_cure(servers: Servers) -> None:
    door = await servers.declared_later(row(1))
    features = door.services.indexed_features
    with pytest.raises(InvalidInput, match=r'does not declare \'x\' as indexed; say "indexed": true'):
        await features.index_stored("levels", "x")
    with pytest.raises(EndpointNotFound):
        await features.index_stored("nowhere", "x")
    assert await entries(door.services) == []
