from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.ab_tests.ab_test import ABTest, ABTestEvent
from domain.ab_tests.plan import legacy_plan
from domain.errors import EndpointInTest
from domain.requests.new_request import ArmAnswer
from domain.words import ABTestState, Arm, Kind, Traffic, Verdict
from orm.connection.client import is_postgres
from orm.connection.database import Database
from orm.queries.ab_tests import ab_tests
from orm.queries.history.insertion import insert_requests, running_tests_among
from tests.conftest import Statements
from tests.orm.rows import NOW, Seed, new_request, seed_into

HUGE = 10**18


async def begin(database: Database, seed: Seed, title: str = "forest or trees") -> ABTest:
    async with database.transaction() as tx:
        return await ab_tests.add_ab_test(
            tx,
            endpoint_id=seed.endpoint.id,
            algorithm1_id=seed.first.id,
            algorithm2_id=seed.second.id,
            champion_id=seed.first.id,
            kind=Kind.CLASSIFIER,
            title=title,
            traffic=Traffic.ALL,
            salt="salt",
            created_by="ann",
            created_at=NOW,
            plan=legacy_plan(Kind.CLASSIFIER),
        )


async def end(database: Database, ab_test_id: int, state: ABTestState = ABTestState.DECIDED) -> bool:
    async with database.transaction() as tx:
        return await ab_tests.end_ab_test(
            tx,
            ab_test_id,
            state_from=ABTestState.RUNNING,
            state_to=state,
            verdict=Verdict.KEPT,
            reason="higher accuracy",
            summary="forest stays",
            ended_at=NOW + timedelta(days=1),
        )


async def test_a_new_test_runs_with_an_epoch_of_even_weights(database: Database, seed: Seed) -> None:
    test = await begin(database, seed)
    assert (test.id, test.state, test.challenger_id) == (1, ABTestState.RUNNING, seed.second.id)
    async with database.reader() as reader:
        assert await ab_tests.running_tests(reader) == [test]
        assert await ab_tests.epochs_of_running_tests(reader) == {1: (1, 0.5)}
        assert await ab_tests.ab_test(reader, 1) == test
        assert await ab_tests.ab_test(reader, HUGE) is None
        assert await ab_tests.page_ab_tests(reader, limit=10) == [test]


async def test_an_endpoint_has_one_running_test(database: Database, seed: Seed) -> None:
    await begin(database, seed)
    with pytest.raises(EndpointInTest, match="running A/B test already"):
        await begin(database, seed)
    assert await end(database, 1) is True
    assert (await begin(database, seed)).state is ABTestState.RUNNING
    async with database.reader() as reader:
        assert [test.id for test in await ab_tests.running_tests(reader)] != [1]
        assert await ab_tests.count_ab_tests(reader) == 2


async def test_a_test_ends_exactly_once(database: Database, seed: Seed) -> None:
    test = await begin(database, seed)
    assert await end(database, test.id) is True
    assert await end(database, test.id, ABTestState.CANCELLED) is False
    assert await end(database, HUGE) is False
    async with database.reader() as reader:
        assert await ab_tests.running_tests(reader) == []
        assert await ab_tests.epochs_of_running_tests(reader) == {}
        assert await ab_tests.ab_test(reader, test.id) == replace(
            test,
            state=ABTestState.DECIDED,
            verdict=Verdict.KEPT,
            reason="higher accuracy",
            summary="forest stays",
            ended_at=NOW + timedelta(days=1),
        )


async def test_a_test_can_be_renamed(database: Database, seed: Seed) -> None:
    test = await begin(database, seed)
    async with database.transaction() as tx:
        assert await ab_tests.rename_ab_test(tx, test.id, title="new") is True
        assert await ab_tests.rename_ab_test(tx, test.id, created_by="ben") is True
        assert await ab_tests.rename_ab_test(tx, test.id) is True
        assert await ab_tests.rename_ab_test(tx, 99, title="new") is False
        assert await ab_tests.ab_test(tx, test.id) == replace(test, title="new", created_by="ben")


async def test_pages_of_tests_are_filtered_and_newest_first(database: Database, seed: Seed) -> None:
    other = await seed_into(database, "premium_insurance")
    for n in range(3):
        await begin(database, seed)
        await end(database, n + 1)
    await begin(database, other)
    async with database.reader() as reader:

        async def ids(**page: object) -> list[int]:
            found = await ab_tests.page_ab_tests(reader, **{"limit": 9, **page})  # type: ignore[arg-type]
            return [test.id for test in found]

        assert await ids() == [4, 3, 2, 1]
        assert await ids(limit=2, after=4) == [3, 2]
        assert await ids(limit=1, before=1, backward=True) == [2]
        assert await ids(states=[ABTestState.RUNNING]) == [4]
        assert await ids(endpoint_ids=[1]) == [3, 2, 1]
        assert await ids(endpoint_ids=[1], states=[ABTestState.RUNNING]) == []
        assert await ab_tests.count_ab_tests(reader, endpoint_ids=[1]) == 3
        assert sorted(await ab_tests.ab_tests_by_ids(reader, [2, 3, 99, HUGE])) == [2, 3]


async def test_the_audit_log_keeps_its_order(database: Database, seed: Seed, statements: Statements) -> None:
    test = await begin(database, seed)
    async with database.transaction() as tx:
        first = await ab_tests.add_event(tx, test.id, "created", "ann", NOW, "{}")
        second = await ab_tests.add_event(tx, test.id, "decided", "ann", NOW, '{"before": 1}')
    assert first == ABTestEvent(1, test.id, "created", "ann", NOW, "{}")
    async with database.reader() as reader:
        assert await ab_tests.events(reader, test.id) == [first, second]
        assert await ab_tests.events(reader, 99) == []
        with statements() as sql:
            assert await ab_tests.events_of(reader, [test.id, 99]) == {test.id: [first, second]}
        assert len(sql) == 1


async def test_a_batch_of_rows_is_a_statement_a_table_and_one_for_all_on_postgres(
    database: Database, seed: Seed, statements: Statements
) -> None:
    test = await begin(database, seed)
    rows = [
        new_request(
            seed,
            n,
            ab_test_id=test.id,
            arm=Arm.CHAMPION,
            drawn_arm=Arm.CHALLENGER,
            epoch_id=1,
            serving_probability=0.5,
            subject="ann",
            complete=False,
            champion=ArmAnswer("<=50K", None, False, 0.001),
            features=(("age", None, 37.0), ("sex", "Female", None)),
        )
        for n in range(20)
    ]
    async with database.transaction() as tx:
        assert await running_tests_among(tx, [test.id, 99, HUGE]) == {test.id}
        with statements() as sql:
            await insert_requests(tx, rows)
        assert len(sql) == (1 if is_postgres(tx) else 3)
        with statements() as sql:
            await insert_requests(tx, [])
            await insert_requests(tx, [new_request(seed, 99)])
        assert len(sql) == 1
    async with database.reader() as reader:
        observed = await reader.execute_query_dict("SELECT * FROM ab_test_observation ORDER BY request_id")
        assert len(observed) == 20
        stored = {name: value for name, value in observed[0].items() if value is not None}
        assert stored == {
            "request_id": rows[0].id,
            "ab_test_id": test.id,
            "epoch_id": 1,
            "drawn_arm": "challenger",
            "served_arm": "champion",
            "serving_probability": 0.5,
            "subject": "ann",
            "complete": False,
            "champion_label": "<=50K",
            "champion_failed": False,
            "champion_latency": 0.001,
        }
        features = await reader.execute_query_dict(
            f"SELECT feature, text, number FROM request_feature WHERE request_id = {rows[3].id} ORDER BY feature"
        )
    assert [tuple(row.values()) for row in features] == [("age", None, 37.0), ("sex", "Female", None)]


async def test_an_ended_test_is_not_among_the_running_ones(database: Database, seed: Seed) -> None:
    test = await begin(database, seed)
    await end(database, test.id)
    async with database.transaction() as tx:
        assert await running_tests_among(tx, [test.id]) == frozenset()
