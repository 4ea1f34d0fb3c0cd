from __future__ import annotations

from datetime import timedelta

import pytest

from domain.callers import ApiKey, Scope
from domain.catalog.entries import Algorithm, AlgorithmStatus, Endpoint
from domain.errors import AlgorithmNotFound, ApiKeyNotFound, Conflict
from domain.words import Kind, Status
from orm.connection.catalog_revision import catalog_revision
from orm.connection.database import Database
from orm.queries.catalog import algorithms, api_keys, endpoint_revisions, endpoints, statuses
from tests.conftest import Statements
from tests.orm.rows import NOW, Seed, add_algorithm

HUGE = 10**18


async def test_endpoints_come_back_as_they_were_added(database: Database) -> None:
    async with database.transaction() as tx:
        added = await endpoints.add_endpoint(tx, "income", "DTA", "Who earns more", NOW)
    assert added == Endpoint(1, "income", "DTA", "Who earns more", NOW)
    async with database.reader() as reader:
        assert await endpoints.all_endpoints(reader) == [added]
        assert await endpoints.endpoint(reader, 1) == added
        assert await endpoints.endpoint(reader, 2) is None
        assert await endpoints.endpoint(reader, HUGE) is None


async def test_algorithms_come_with_their_status_in_one_statement(
    database: Database, seed: Seed, statements: Statements
) -> None:
    async with database.transaction() as tx:
        await statuses.set_status(tx, seed.first.id, Status.PRODUCTION, "ann", NOW)
    async with database.reader() as reader:
        with statements() as sql:
            found = await algorithms.all_algorithms(reader)
        assert len(sql) == 1
        assert found == [
            Algorithm(1, 1, "forest", Kind.CLASSIFIER, "0.0.1", "", "DTA", NOW, Status.PRODUCTION),
            Algorithm(2, 1, "trees", Kind.CLASSIFIER, "0.0.1", "", "DTA", NOW, None),
        ]
        assert await algorithms.algorithms_by_ids(reader, [2, 7, HUGE]) == {2: found[1]}
        assert await algorithms.code_of(reader, [2, 7]) == {2: "class trees: ..."}


async def test_newest_status_is_the_only_active_one(database: Database, seed: Seed) -> None:
    async with database.transaction() as tx:
        await statuses.set_status(tx, seed.first.id, Status.TESTING, "ann", NOW)
        latest = await statuses.set_status(
            tx, seed.first.id, Status.PRODUCTION, "ben", NOW + timedelta(hours=1)
        )
    assert latest == AlgorithmStatus(2, 1, Status.PRODUCTION, True, "ben", NOW + timedelta(hours=1))
    async with database.reader() as reader:
        assert await statuses.all_statuses(reader) == [
            AlgorithmStatus(1, 1, Status.TESTING, False, "ann", NOW),
            latest,
        ]
        assert await statuses.status(reader, 2) == latest
        assert await statuses.status(reader, HUGE) is None


async def test_an_algorithm_can_be_left_without_a_status(database: Database, seed: Seed) -> None:
    async with database.transaction() as tx:
        await statuses.set_status(tx, seed.first.id, Status.PRODUCTION, "ann", NOW)
        assert await statuses.set_status(tx, seed.first.id, None, "ann", NOW) is None
    async with database.reader() as reader:
        assert [entry.active for entry in await statuses.all_statuses(reader)] == [False]
        assert [algorithm.status for algorithm in await algorithms.all_algorithms(reader)] == [None, None]


@pytest.mark.parametrize("algorithm_id", [99, 0, -1, HUGE])
async def test_status_of_an_unknown_algorithm_is_refused(database: Database, algorithm_id: int) -> None:
    with pytest.raises(AlgorithmNotFound, match=f"no algorithm with id {algorithm_id}"):
        async with database.transaction() as tx:
            await statuses.set_status(tx, algorithm_id, Status.TESTING, "ann", NOW)
    async with database.reader() as reader:
        assert await statuses.all_statuses(reader) == []


async def test_pages_of_statuses_run_both_ways(database: Database, seed: Seed) -> None:
    async with database.transaction() as tx:
        for algorithm in (seed.first, seed.second) * 3:
            await statuses.set_status(tx, algorithm.id, Status.TESTING, "ann", NOW)
    async with database.reader() as reader:

        async def ids(**page: object) -> list[int]:
            return [entry.id for entry in await statuses.page_statuses(reader, **page)]  # type: ignore[arg-type]

        assert await ids(limit=2) == [6, 5]
        assert await ids(limit=2, after=5) == [4, 3]
        assert await ids(limit=2, before=3, backward=True) == [5, 4]
        assert await ids(limit=9, after=5, before=2) == [4, 3]
        assert await ids(limit=9, algorithm_ids=[2]) == [6, 4, 2]
        assert await ids(limit=9, algorithm_ids=[]) == []
        assert await statuses.count_statuses(reader) == 6
        assert await statuses.count_statuses(reader, [1]) == 3


async def test_locked_algorithms_come_with_their_statuses(database: Database, seed: Seed) -> None:
    async with database.transaction() as tx:
        await statuses.set_status(tx, seed.second.id, Status.TESTING, "ann", NOW)
        locked = await statuses.lock_algorithms(tx, [seed.second.id, seed.first.id])
    assert {id_: algorithm.status for id_, algorithm in locked.items()} == {1: None, 2: Status.TESTING}


async def test_each_change_counts_the_catalogue_up_when_it_commits(database: Database) -> None:
    async with database.transaction() as tx:
        await database.bump_catalog(tx)
        await database.bump_catalog(tx)

    async def fail() -> None:
        async with database.transaction() as tx:
            await database.bump_catalog(tx)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.reader() as reader:
        assert await catalog_revision(reader) == 2


async def test_two_versions_of_one_algorithm_are_two_but_the_same_twice_is_refused(
    database: Database, seed: Seed
) -> None:
    with pytest.raises(Exception, match=r"(?i)unique") as refused:
        await add_algorithm(database, seed.endpoint.id, "forest")
    assert type(refused.value).__name__ == "IntegrityError"
    async with database.reader() as reader:
        assert len(await algorithms.all_algorithms(reader)) == 2


async def test_api_keys_are_found_by_digest_until_they_are_revoked(database: Database) -> None:
    async with database.transaction() as tx:
        added = await api_keys.add_api_key(
            tx, name="ci", prefix="arb_1", digest="d" * 64, scopes={Scope.READ, Scope.PREDICT}, created_at=NOW
        )
    assert added == ApiKey(1, "ci", "arb_1", frozenset({Scope.READ, Scope.PREDICT}), NOW, None)
    async with database.transaction() as tx:
        assert await api_keys.live_api_keys(tx) == ({"d" * 64: added}, {})
        revoked = await api_keys.revoke_api_key(tx, "ci", NOW + timedelta(days=1))
        again = await api_keys.revoke_api_key(tx, "ci", NOW + timedelta(days=2))
    assert revoked.revoked_at == again.revoked_at == NOW + timedelta(days=1)
    async with database.reader() as reader:
        assert await api_keys.live_api_keys(reader) == ({}, {})
        assert await api_keys.all_api_keys(reader) == [revoked]


async def test_a_rotated_key_has_two_secrets_until_the_former_one_is_retired(database: Database) -> None:
    async with database.transaction() as tx:
        await api_keys.add_api_key(
            tx, name="ci", prefix="arb_1", digest="old", scopes={Scope.READ}, created_at=NOW
        )
        rotated = await api_keys.rotate_api_key(
            tx, "ci", prefix="arb_2", digest="new", now=NOW, former_until=NOW + timedelta(days=7)
        )
    assert (rotated.prefix, rotated.former_until) == ("arb_2", NOW + timedelta(days=7))
    async with database.reader() as reader:
        assert await api_keys.live_api_keys(reader) == ({"new": rotated}, {"old": rotated})
    with pytest.raises(Conflict, match="`arbiter keys retire ci` first"):
        async with database.transaction() as tx:
            await api_keys.rotate_api_key(
                tx, "ci", prefix="arb_3", digest="third", now=NOW, former_until=NOW + timedelta(days=9)
            )
    later = NOW + timedelta(days=1)
    async with database.transaction() as tx:
        retired = await api_keys.retire_former_secret(tx, "ci", later)
        again = await api_keys.retire_former_secret(tx, "ci", later + timedelta(days=1))
        third = await api_keys.rotate_api_key(
            tx, "ci", prefix="arb_3", digest="third", now=later, former_until=later + timedelta(days=1)
        )
    assert retired.former_until == again.former_until == later
    async with database.reader() as reader:
        assert await api_keys.live_api_keys(reader) == ({"third": third}, {"new": third})


async def test_a_revoked_key_is_not_rotated_and_an_unknown_one_is_named(database: Database) -> None:
    async with database.transaction() as tx:
        await api_keys.add_api_key(
            tx, name="ci", prefix="arb_1", digest="old", scopes={Scope.READ}, created_at=NOW
        )
        await api_keys.revoke_api_key(tx, "ci", NOW)
    for name, error, words in (("ci", Conflict, "is revoked"), ("cd", ApiKeyNotFound, "'cd'")):
        with pytest.raises(error, match=words):
            async with database.transaction() as tx:
                await api_keys.rotate_api_key(
                    tx, name, prefix="arb_2", digest="new", now=NOW, former_until=NOW
                )
    with pytest.raises(ApiKeyNotFound, match="'cd'"):
        async with database.transaction() as tx:
            await api_keys.retire_former_secret(tx, "cd", NOW)


async def test_the_endpoints_of_a_key_stand_apart_from_its_scopes(database: Database) -> None:
    confined = {Scope.PREDICT: frozenset({"wine", "income"})}
    async with database.transaction() as tx:
        added = await api_keys.add_api_key(
            tx,
            name="ci",
            prefix="arb_1",
            digest="d",
            scopes={Scope.READ, Scope.PREDICT},
            confined=confined,
            created_at=NOW,
        )
    async with database.reader() as reader:
        assert await api_keys.all_api_keys(reader) == [added]
        (stored,) = await reader.execute_query_dict("SELECT scopes, confined_scopes FROM api_key")
    # A release that does not know the second column grants less than what was meant, never more.
    assert (stored["scopes"], stored["confined_scopes"]) == ("read", "predict:income predict:wine")
    assert added.grants == ["predict:income", "predict:wine", "read"]


async def test_the_last_use_of_a_key_only_goes_forward(database: Database) -> None:
    async with database.transaction() as tx:
        await api_keys.add_api_key(
            tx, name="ci", prefix="arb_1", digest="d", scopes={Scope.READ}, created_at=NOW
        )
    for moment in (NOW + timedelta(hours=2), NOW + timedelta(hours=1)):
        async with database.transaction() as tx:
            await api_keys.note_uses(tx, {"ci": moment, "gone": moment})
    async with database.reader() as reader:
        (key,) = await api_keys.all_api_keys(reader)
    assert key.last_used_at == NOW + timedelta(hours=2)


async def test_a_key_name_is_taken_once_and_unknown_names_are_named(database: Database) -> None:
    async def add(digest: str) -> None:
        async with database.transaction() as tx:
            await api_keys.add_api_key(
                tx, name="ci", prefix="arb_1", digest=digest, scopes={Scope.READ}, created_at=NOW
            )

    await add("a")
    with pytest.raises(Conflict, match="named 'ci' already"):
        await add("b")
    with pytest.raises(ApiKeyNotFound, match="'cd'"):
        async with database.transaction() as tx:
            await api_keys.revoke_api_key(tx, "cd", NOW)


async def test_declarations_are_numbered_in_their_endpoint_and_the_newest_holds(database: Database) -> None:
    async with database.transaction() as tx:
        one = await endpoints.add_endpoint(tx, "one", "DTA", "", NOW)
        two = await endpoints.add_endpoint(tx, "two", "DTA", "", NOW)
        for endpoint, number, breaking in (
            (one, 1, None),
            (two, 1, None),
            (one, 2, "renamed"),
            (one, 3, None),
        ):
            await endpoint_revisions.add_revision(
                tx,
                endpoint.id,
                number=number,
                digest=f"{number}" * 64,
                declaration="{}",
                breaking=breaking,
                now=NOW,
            )
    async with database.reader() as reader:
        newest = await endpoint_revisions.newest_revisions(reader)
        last = await endpoint_revisions.revisions_of(reader, [one.id, two.id], most=2)
    assert {id_: revision.number for id_, revision in newest.items()} == {one.id: 3, two.id: 1}
    assert sorted((each.endpoint_id, each.number, each.breaking) for each in last) == [
        (one.id, 2, "renamed"),
        (one.id, 3, None),
        (two.id, 1, None),
    ]
    assert [each.number for each in last if each.endpoint_id == one.id] == [3, 2]
    assert newest[one.id].created_at == NOW
