"""Who gets an external id when many want it: one call, whole or not at all, and no other one is hurt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from tortoise.exceptions import IntegrityError

from domain.errors import ExternalIdTaken, IdempotencyConflict, InvalidInput
from domain.requests.new_request import NewRequest
from domain.requests.request import PredictCommand
from orm.queries.history import external_ids
from serving.log.request_log import AlreadyClaimed, Claim, ExternalIdsTaken
from serving.services import Services
from tests.conftest import Statements
from tests.serving.log.racing import PLAIN, WANTED, race
from tests.serving.world import Dice, command, row, services_on, small_registry


@pytest.fixture
async def other(services: Services, dice: Dice) -> AsyncIterator[Services]:
    """A second server on the same database: its log, its writer number and its transactions are its own."""
    found = services_on(services.database, small_registry(), dice)
    await found.catalog.start()
    yield found
    await found.log.close()
    await found.catalog.close()


def new(external_id: str | None = None, endpoint_id: int = 1) -> NewRequest:
    return NewRequest(
        endpoint_id=endpoint_id, input="{}", full_response="{}", latency=0.0, external_id=external_id
    )


def called(*names: str | None, key: str | None = None) -> PredictCommand:
    """A call of as many rows."""
    asked = command(*(row(n) for n in range(len(names))), key=key)
    return replace(asked, external_ids=names)


async def stored(services: Services) -> list[tuple[int, str | None]]:
    async with services.database.reader() as reader:
        rows = await reader.execute_query_dict(
            "SELECT r.id, e.external_id FROM ml_request r LEFT JOIN external_id e ON e.request_id = r.id ORDER BY r.id"
        )
        names = await reader.execute_query_dict("SELECT count(*) AS n FROM external_id")
    assert names[0]["n"] == sum(one["external_id"] is not None for one in rows)
    return [(one["id"], one["external_id"]) for one in rows]


async def appended(
    services: Services, *calls: Sequence[NewRequest]
) -> list[list[int] | list[tuple[int, int]]]:
    """The ids of each call's rows, or the places and requests for which it was refused."""
    found = await asyncio.gather(*(services.log.append(rows) for rows in calls), return_exceptions=True)
    results: list[list[int] | list[tuple[int, int]]] = []
    for one in found:
        if isinstance(one, ExternalIdsTaken):
            results.append([(taken.place, taken.request_id) for taken in one.taken])
        else:
            assert not isinstance(one, BaseException), one
            results.append([kept.id for kept in one])
    return results


async def test_the_first_of_one_commit_wins_and_the_others_of_it_are_stored(services: Services) -> None:
    a, b, c, d = await appended(
        services, [new("A")], [new(), new("B")], [new("A")], [new("A", endpoint_id=2), new("C")]
    )
    assert c == [(0, a[0])]
    assert await stored(services) == [
        (a[0], "A"),
        (b[0], None),
        (b[1], "B"),
        (d[0], "A"),
        (d[1], "C"),
    ]


async def test_a_call_is_refused_whole_and_gives_its_other_ids_back(services: Services) -> None:
    ((first,),) = await appended(services, [new("A")])
    refused, after = await appended(services, [new("B"), new("A")], [new("B")])
    assert refused == [(1, first)]
    assert await stored(services) == [(first, "A"), (after[0], "B")]


async def test_a_row_that_the_database_refuses_keeps_its_id_from_nobody(services: Services) -> None:
    unknown_algorithm = new("A")
    unknown_algorithm.algorithm_id = 999
    found = await asyncio.gather(
        *(services.log.append([one]) for one in (unknown_algorithm, new("A"), new("B"), new())),
        return_exceptions=True,
    )
    assert isinstance(found[0], IntegrityError)
    kept = [one[0].id for one in found[1:] if isinstance(one, list)]
    assert await stored(services) == list(zip(kept, ["A", "B", None], strict=True))


async def test_who_waited_for_a_call_that_was_not_stored_is_stored_in_the_next_commit(
    services: Services,
) -> None:
    retry = Claim("ann", "k", "digest")
    (used,) = await services.log.append([new()], retry)
    found = await asyncio.gather(
        services.log.append([new("A")], retry),
        services.log.append([new("A"), new("B")]),
        services.log.append([new("B")]),
        return_exceptions=True,
    )
    assert isinstance(found[0], AlreadyClaimed)
    # The third asked for nothing that the first had, and so it came before the second.
    assert isinstance(found[1], ExternalIdsTaken)
    assert isinstance(found[2], list)
    assert [(one.place, one.request_id) for one in found[1].taken] == [(1, found[2][0].id)]
    ((last,),) = await appended(services, [new("A")])
    assert await stored(services) == [(used.id, None), (found[2][0].id, "B"), (last, "A")]


async def test_fifty_calls_that_are_refused_share_one_commit_with_fifty_that_are_not(
    services: Services, statements: Statements
) -> None:
    ((first,),) = await appended(services, [new("A")])
    calls = [[new(f"own {n}"), new("A")] for n in range(50)] + [[new(f"own {n}")] for n in range(50)]
    with statements() as sql:
        found = await appended(services, *calls)
    assert found[:50] == [[(1, first)]] * 50
    assert [name for _, name in await stored(services)] == ["A", *(f"own {n}" for n in range(50))]
    assert len([one for one in sql if "INSERT INTO external_id" in one]) == 1


@pytest.mark.matrix  # processes
async def test_of_four_servers_that_race_exactly_one_gets_each_id_and_no_other_row_is_lost(
    services: Services, database_url: str
) -> None:
    found = await race(database_url, processes=4)
    named = {name: id_ for one in found for name, id_ in one["named"].items()}
    assert sum(len(one["named"]) for one in found) == len(named) == WANTED
    plain = [id_ for one in found for id_ in one["plain"]]
    assert len(plain) == 4 * PLAIN
    assert await stored(services) == sorted(
        [*((id_, name) for name, id_ in named.items()), *((id_, None) for id_ in plain)]
    )


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite has one writer at a time
async def test_what_another_server_is_writing_is_waited_for(services: Services, other: Services) -> None:
    async with other.database.transaction() as tx:
        assert await external_ids.claim(tx, {(1, "A"): 77}) == {77}
        waiting = asyncio.create_task(appended(services, [new("A"), new("B")], [new()], [new("C")]))
        while not await _waits(other):
            await asyncio.sleep(0.01)
    refused, plain, named = await waiting
    assert refused == [(0, 77)]
    assert await stored_names(services) == [(77, "A"), (named[0], "C")]
    assert plain != []


async def _waits(services: Services) -> bool:
    async with services.database.own_reader() as reader:
        rows = await reader.execute_query_dict("SELECT count(*) AS n FROM pg_locks WHERE NOT granted")
    return bool(rows[0]["n"])


async def stored_names(services: Services) -> list[tuple[int, str]]:
    async with services.database.reader() as reader:
        rows = await reader.execute_query_dict(
            "SELECT request_id, external_id FROM external_id ORDER BY external_id"
        )
    return [(one["request_id"], one["external_id"]) for one in rows]


async def test_a_used_id_is_refused_with_the_first_request_and_nothing_is_stored(services: Services) -> None:
    (first,) = await services.predictor.predict(called("A"))
    with pytest.raises(ExternalIdTaken) as refused:
        await services.predictor.predict(called("B", "A"))
    assert refused.value.request_id == first.request.id
    assert refused.value.path == ("externalIds", "1")
    assert await stored(services) == [(first.request.id, "A")]


async def test_a_retry_with_its_key_gets_the_first_answer_and_another_key_does_not(
    services: Services,
) -> None:
    first = await services.predictor.predict(called("A", "B", key="k"))
    assert [one.request.external_id for one in first] == ["A", "B"]
    assert await services.predictor.predict(called("A", "B", key="k")) == first
    for other_call in (called("A", "B", key="l"), called("A", "B")):
        with pytest.raises(ExternalIdTaken) as refused:
            await services.predictor.predict(other_call)
        assert [(one.path, one.request_id) for one in refused.value.parts] == [
            (("externalIds", str(n)), first[n].request.id) for n in range(2)
        ]
    with pytest.raises(IdempotencyConflict):
        await services.predictor.predict(called("A", "C", key="k"))
    assert len(await stored(services)) == 2
    # The refused call has left nothing under its key.
    (late,) = await services.predictor.predict(called("D", key="l"))
    assert late.request.external_id == "D"


async def test_racing_retries_with_one_key_make_one_row(services: Services, other: Services) -> None:
    found = await asyncio.gather(
        *[server.predictor.predict(called("A", key="k")) for _ in range(10) for server in (services, other)]
    )
    assert len({one.request.id for (one,) in found}) == 1
    assert len(await stored(services)) == 1


async def test_what_the_caller_got_wrong_leaves_its_id_free(services: Services) -> None:
    asked = command({"x": "old", "colour": "red"}, row(666))
    bad, broken = await services.predictor.predict(replace(asked, external_ids=("A", "B")))
    assert (bad.request.external_id, broken.request.external_id) == (None, "B")
    (good,) = await services.predictor.predict(called("A"))
    assert good.request.external_id == "A"
    # What an algorithm failed on counts in a test, so that its ground truth must be able to find it.
    with pytest.raises(ExternalIdTaken):
        await services.predictor.predict(called("B"))


@pytest.mark.parametrize(
    ("names", "path", "message"),
    [
        (("",), "0", "An external id must not be empty; leave it out where there is none."),
        (("a" * 201,), "0", "An external id must have at most 200 characters, not 201."),
        (("ok", "a\tb"), "1", "An external id must not hold control characters or line breaks."),
        (("a\0b",), "0", "An external id must not hold control characters or line breaks."),
        (("a\u2028b",), "0", "An external id must not hold control characters or line breaks."),
        ((chr(0xD800),), "0", "An external id must be valid Unicode; it holds half of a surrogate pair."),
        ((" a",), "0", "An external id must not begin or end with white space."),
        (("a", None, "a"), "2", "The rows 0 and 2 have the same external id: send each row with its own."),
    ],
)
async def test_an_id_that_cannot_be_kept_is_refused_before_anything_runs(
    services: Services, names: tuple[str | None, ...], path: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await services.predictor.predict(called(*names))
    assert (refused.value.message, refused.value.path) == (message, ("externalIds", path))
    assert await stored(services) == []


async def test_an_id_of_two_hundred_characters_of_four_bytes_is_kept_and_found(services: Services) -> None:
    longest = "\U0001f600" * 200
    (first,) = await services.predictor.predict(called(longest))
    async with services.database.reader() as reader:
        assert await external_ids.request_called(reader, (1, longest)) == first.request.id
        assert await external_ids.request_called(reader, (2, longest)) is None


async def test_there_must_be_one_for_each_row(services: Services) -> None:
    with pytest.raises(InvalidInput) as refused:
        await services.predictor.predict(replace(command(row(1), row(2)), external_ids=("a",)))
    assert refused.value.message == (
        "Each row needs an external id of its own, or null: there are 1 for 2 rows."
    )


@pytest.mark.parametrize(("names", "more"), [((None,), 0), (("A",), 2), (("A", "B"), 2)])
async def test_a_prediction_without_an_external_id_costs_no_statement_more(
    services: Services, statements: Statements, names: tuple[str | None, ...], more: int
) -> None:
    await services.predictor.predict(command(row(1)))
    with statements() as plain:
        await services.predictor.predict(command(*(row(n) for n in range(len(names)))))
    with statements() as asked:
        await services.predictor.predict(called(*names))
    assert len([one for one in asked if "external_id" in one]) == more
    assert len(asked) - len(plain) == more
