"""Subscriptions below the edges: who follows what gets it, once, and a slow reader is nobody else's business."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

import asyncpg
import pytest

from domain.callers import Principal, Scope
from domain.catalog.entries import AlgorithmStatus
from domain.errors import (
    ABTestNotFound,
    DatabaseUnavailable,
    Forbidden,
    InvalidInput,
    ServerStopping,
    SlowConsumer,
    TooManySubscriptions,
    Unauthenticated,
)
from domain.history.filters import RequestFilter
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import Request
from domain.words import ABTestState, Status, Traffic
from orm.connection.database import Database
from serving.live.follower import Follower
from serving.live.live import LiveBounds
from serving.live.requests import RequestSubscription
from serving.services import Services
from tests.conftest import Statements
from tests.serving.catalog.test_two_processes import result, start
from tests.serving.log.test_tail import Writer
from tests.serving.world import (
    AT_TEN,
    AT_TWENTY,
    AT_ZERO,
    EVERYBODY,
    Dice,
    command,
    row,
    services_on,
    small_registry,
)

T = TypeVar("T")

PATIENCE = 20
HOURS = 3600.0


def wanted(
    services: Services,
    where: RequestFilter | None = None,
    principal: Principal = EVERYBODY,
    *,
    alone: bool = False,
) -> RequestSubscription:
    return RequestSubscription(where, services.catalog.snapshot.viewer(principal), frozenset(), alone)


async def next_of(events: AsyncGenerator[T, None], count: int = 1) -> list[T]:
    async with asyncio.timeout(PATIENCE):
        return [await anext(events) for _ in range(count)]


async def predicted(services: Services, *xs: float, endpoint: str = "levels") -> list[int]:
    found = await services.predictor.predict(command(*[row(x) for x in xs], endpoint=endpoint))
    return [prediction.request.id for prediction in found]


@pytest.fixture
async def by_hand(database_url: str, dice: Dice) -> AsyncIterator[Services]:
    """Services that look for other processes' requests only when a test says so."""
    bounds = LiveBounds(queue=5, subscriptions=3, poll=HOURS, sweep=HOURS, patience=0.05)
    services = services_on(await Database.open(database_url), small_registry(), dice, live_bounds=bounds)
    await services.start()
    yield services
    await services.stop()


async def ids_of(follower: Follower[Request], count: int) -> list[int]:
    return [request.id for request in await next_of(follower, count)]


async def test_every_follower_gets_each_request_once_and_in_order(services: Services) -> None:
    await predicted(services, 1)
    one = await services.live.request_logged(wanted(services))
    other = await services.live.request_logged(wanted(services))
    ids = [*await predicted(services, 1, 2, 3), *await predicted(services, 666)]
    assert await ids_of(one, 4) == ids
    assert await ids_of(other, 4) == ids
    await one.aclose()
    await other.aclose()
    assert services.live.subscribers == 0


async def test_request_of_another_process_comes_without_being_asked_for(
    services: Services, database_url: str
) -> None:
    follower = await services.live.request_logged(wanted(services))
    process = await start(database_url, "predict", "50")
    ids = sorted(int(id_) for id_ in await result(process))
    assert sorted(await ids_of(follower, 50)) == ids
    await follower.aclose()


async def test_followers_outlive_the_connections_of_the_database(postgres_url: str, dice: Dice) -> None:
    services = services_on(await Database.open(postgres_url), small_registry(), dice)
    await services.start()
    try:
        follower = await services.live.request_logged(wanted(services))
        ids = await predicted(services, 1)
        connection = await asyncpg.connect(postgres_url)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()
        while len(ids) < 4:
            try:
                ids += await predicted(services, 2, 3, 4)
            except DatabaseUnavailable:
                continue
        assert await ids_of(follower, 4) == ids
        await follower.aclose()
    finally:
        await services.stop()


async def test_filter_is_answered_by_the_database(services: Services) -> None:
    where = RequestFilter(labels=("high",), not_=(RequestFilter(algorithm_ids=(AT_TEN,)),))
    follower = await services.live.request_logged(wanted(services, where))
    await predicted(services, -1, -2)
    (high,) = await predicted(services, 5)
    await predicted(services, 1, endpoint="heights")
    (higher,) = await predicted(services, 50)
    assert await ids_of(follower, 2) == [high, higher]
    await follower.aclose()


async def test_one_statement_serves_all_who_want_the_same(by_hand: Services, statements: Statements) -> None:
    live = by_hand.live
    followers = [await live.request_logged(wanted(by_hand)) for _ in range(2)]
    followers.append(await live.request_logged(wanted(by_hand, RequestFilter(endpoint_ids=(1,)))))
    (id_,) = await Writer(by_hand.database).write()
    with statements() as sql:
        assert await live.requests.round() == 1
        found = [await ids_of(follower, 1) for follower in followers]
    assert found == [[id_], [id_], [id_]]
    assert [statement.split(" FROM ")[1].split()[0] for statement in sql] == [
        "writer",
        "ml_request",
        "ml_request",
        "ml_request",
    ]
    for follower in followers:
        await follower.aclose()


async def test_slow_reader_is_cut_off_and_nobody_else_notices(by_hand: Services) -> None:
    told: list[str] = []
    live = by_hand.live
    slow = await live.request_logged(
        wanted(by_hand, alone=True), on_end=lambda error: told.append(error.code)
    )
    quick = await live.request_logged(wanted(by_hand))
    writer = Writer(by_hand.database)
    ids: list[int] = []
    for _ in range(6):
        ids += await writer.write()
        await live.requests.round()
        assert await ids_of(quick, 1) == ids[-1:]
    while not told:
        await asyncio.sleep(0)
    assert (told, live.subscribers, live.cut_off) == (["SLOW_CONSUMER"], 1, 1)
    with pytest.raises(SlowConsumer) as caught:
        await anext(slow)
    assert caught.value.message == (
        "More than 5 events waited to be read: read faster, ask for fewer, or resume with `after`."
    )
    with pytest.raises(StopAsyncIteration):
        await anext(slow)
    await quick.aclose()


async def test_burst_of_any_length_reaches_a_reader_who_reads(by_hand: Services) -> None:
    follower = await by_hand.live.request_logged(wanted(by_hand))
    ids = await Writer(by_hand.database).write(700)
    assert await by_hand.live.requests.round() == 700
    assert await ids_of(follower, 700) == ids
    await follower.aclose()


async def test_reader_that_was_cut_off_resumes_after_the_last_request_that_it_knows(
    by_hand: Services,
) -> None:
    writer = Writer(by_hand.database)
    before = await writer.write(2)
    missed = await writer.write(4)
    follower = await by_hand.live.request_logged(wanted(by_hand), before[-1])
    # What came within half a minute before is repeated: ids are not committed in order.
    assert await ids_of(follower, 6) == [*before, *missed]
    reading = asyncio.ensure_future(ids_of(follower, 3))
    while not by_hand.live.requests.running:
        await asyncio.sleep(0)
    later = await writer.write(3)
    await by_hand.live.requests.round()
    assert await reading == later
    await follower.aclose()


async def test_replay_of_many_pages_repeats_nothing_and_leaves_nothing_out(services: Services) -> None:
    first, *rest = await Writer(services.database).write(350)
    follower = await services.live.request_logged(wanted(services), first)
    found = await ids_of(follower, 120)
    meanwhile = await predicted(services, 1, 2, 3)
    found += await ids_of(follower, 233)
    assert sorted(found) == sorted([first, *rest, *meanwhile])
    after = await predicted(services, 4)
    assert await ids_of(follower, 1) == after
    await follower.aclose()


async def test_replay_goes_back_a_day_at_most(services: Services) -> None:
    with pytest.raises(InvalidInput, match="at most a day old") as caught:
        await services.live.request_logged(wanted(services), 4131)
    assert (caught.value.path, services.live.subscribers) == (("after",), 0)


async def test_follower_needs_the_right_to_read(services: Services) -> None:
    stranger = Principal("stranger", frozenset({Scope.PREDICT}))
    with pytest.raises(Forbidden):
        await services.live.request_logged(wanted(services, principal=stranger))
    assert services.live.subscribers == 0


async def test_filter_that_nothing_can_equal_is_refused_at_once(services: Services) -> None:
    with pytest.raises(InvalidInput, match="NUL"):
        await services.live.request_logged(wanted(services, RequestFilter(subject="\0")))
    assert services.live.subscribers == 0


async def test_no_more_followers_than_allowed(by_hand: Services) -> None:
    followers = [await by_hand.live.request_logged(wanted(by_hand)) for _ in range(3)]
    with pytest.raises(TooManySubscriptions, match="3 subscriptions"):
        await by_hand.live.status_changed(EVERYBODY, lambda _row: True)
    await followers.pop().aclose()
    followers.append(await by_hand.live.request_logged(wanted(by_hand)))
    for follower in followers:
        await follower.aclose()


async def test_revoked_key_ends_its_subscriptions_and_no_others(services: Services) -> None:
    scopes = frozenset({Scope.READ})
    await services.keys.create("ann", scopes)
    await services.keys.create("bob", scopes)
    ann = await services.live.request_logged(wanted(services, principal=Principal("ann", scopes)))
    bob = await services.live.request_logged(wanted(services, principal=Principal("bob", scopes)))
    status = await services.live.status_changed(Principal("ann", scopes), lambda _row: True)
    await services.keys.revoke("ann")
    for follower in (ann, status):
        with pytest.raises(Unauthenticated, match="revoked"):
            await anext(follower)
    assert services.live.subscribers == 1
    ids = await predicted(services, 1)
    assert await ids_of(bob, 1) == ids
    await bob.aclose()


async def test_server_that_stops_ends_every_subscription_and_takes_no_more(services: Services) -> None:
    follower = await services.live.request_logged(wanted(services))
    services.live.stop()
    with pytest.raises(ServerStopping):
        await anext(follower)
    with pytest.raises(ServerStopping):
        await services.live.request_logged(wanted(services))
    assert services.live.subscribers == 0


async def test_without_followers_nothing_runs(services: Services) -> None:
    for _ in range(2):
        follower = await services.live.request_logged(wanted(services))
        await follower.aclose()
        async with asyncio.timeout(PATIENCE):
            while services.live.requests.running:
                await asyncio.sleep(0)
    ids = await predicted(services, 1)
    follower = await services.live.request_logged(wanted(services))
    more = await predicted(services, 2)
    assert await ids_of(follower, 1) == more != ids
    await follower.aclose()


async def status_rows(follower: Follower[AlgorithmStatus], count: int) -> list[tuple[int, Status]]:
    return [(entry.algorithm_id, entry.status) for entry in await next_of(follower, count)]


async def test_statuses_of_this_process_and_of_others_come_once(
    services: Services, database_url: str
) -> None:
    follower = await services.live.status_changed(EVERYBODY, lambda _row: True)
    of_ten = await services.live.status_changed(EVERYBODY, lambda entry: entry.algorithm_id == AT_TEN)
    await services.statuses.set(AT_TEN, "production", "me")
    await services.statuses.set(AT_TWENTY, "testing", "me")
    assert await status_rows(follower, 2) == [(AT_TEN, Status.PRODUCTION), (AT_TWENTY, Status.TESTING)]
    assert await status_rows(of_ten, 1) == [(AT_TEN, Status.PRODUCTION)]
    ids = [int(id_) for id_ in await result(await start(database_url, "statuses", "crowd"))]
    found = await next_of(follower, len(ids))
    assert sorted(entry.id for entry in found) == sorted(ids)
    assert {entry.algorithm_id for entry in found} == {AT_ZERO}
    await follower.aclose()
    await of_ten.aclose()


async def test_test_comes_at_once_and_after_each_change_until_it_has_ended(services: Services) -> None:
    test = await services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
    )
    follower = await services.live.ab_test_updated(EVERYBODY, test.id)
    other = await services.live.ab_test_updated(EVERYBODY, test.id)
    for one in (follower, other):
        (first,) = await next_of(one)
        assert (first.id, first.state) == (test.id, ABTestState.RUNNING)
    (id_,) = await predicted(services, 5)
    assert [shown.state for shown in await next_of(follower)] == [ABTestState.RUNNING]
    await services.feedback.give(FeedbackCommand(id_, "high"), EVERYBODY)
    assert [shown.state for shown in await next_of(follower)] == [ABTestState.RUNNING]
    await services.ab_tests.change_weights(test.id, 0.25, "me")
    assert [shown.state for shown in await next_of(follower)] == [ABTestState.RUNNING]
    await services.ab_tests.cancel(test.id, "me", "enough")
    (last,) = await next_of(follower)
    assert (last.state, last.reason) == (ABTestState.CANCELLED, "enough")
    with pytest.raises(StopAsyncIteration):
        await anext(follower)
    states = [shown.state async for shown in other]
    assert states == [ABTestState.RUNNING] * 3 + [ABTestState.CANCELLED]
    assert services.live.subscribers == 0


async def test_test_that_has_ended_comes_once(services: Services) -> None:
    test = await services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
    )
    await services.ab_tests.cancel(test.id, "me", "enough")
    follower = await services.live.ab_test_updated(EVERYBODY, test.id)
    assert [shown.state async for shown in follower] == [ABTestState.CANCELLED]
    assert services.live.subscribers == 0


@pytest.mark.parametrize("ab_test_id", [0, 999, 2**40])
async def test_test_that_is_not_there_is_refused(services: Services, ab_test_id: int) -> None:
    with pytest.raises(ABTestNotFound):
        await services.live.ab_test_updated(EVERYBODY, ab_test_id)
    assert services.live.subscribers == 0


async def test_follower_that_nobody_reads_leaves_no_task_behind(services: Services) -> None:
    follower = await services.live.request_logged(wanted(services), (await predicted(services, 1))[0])
    await follower.aclose()
    await follower.aclose()
    assert services.live.subscribers == 0
    assert not services.live.requests.running
