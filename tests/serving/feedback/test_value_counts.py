"""Values that are asked and answered are counted in the commit of their rows, and counted anew by a rebuild."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.callers import Principal, Scope, Viewer
from domain.errors import CommitUnknown
from domain.words import JSONValue
from orm.connection.database import Database
from orm.queries.figures.value_counts import CountedDays, Days, counts_of
from serving.services import Services
from tests.broken_commits import Breakable
from tests.conftest import Statements
from tests.serving.private_world import loan, private_registry
from tests.serving.world import AT_TEN, AT_ZERO, EVERYBODY, Dice, command, row, services_on, small_registry

LEVELS_ID, HEIGHTS_ID = 1, 2
BOSS = Principal("boss", frozenset({Scope.ADMIN}))


async def ask(
    services: Services,
    *rows: JSONValue,
    endpoint: str = "levels",
    form: bool = False,
    texts: bool = False,
    **more: Any,
) -> list[int]:
    asked = replace(command(*rows, endpoint=endpoint, **more), from_form=form, numeric_texts=texts)
    found = await services.predictor.predict(asked)
    return [one.request.id for one in found]


async def counted(
    services: Services, endpoint_id: int = LEVELS_ID, algorithm_id: int | None = None
) -> CountedDays:
    today = services.clock().date()
    days = Days(today - timedelta(days=2), today + timedelta(days=2))
    async with services.database.reader() as reader:
        (found,) = await counts_of(reader, Viewer(EVERYBODY), endpoint_id, algorithm_id, [days])
    return found


async def shown(services: Services, endpoint_id: int = LEVELS_ID, **more: Any) -> dict[str, dict[str, int]]:
    """The counts by column and by what a bin holds; of numbers where the bin begins."""
    watched = services.catalog.snapshot.watched[endpoint_id]
    found = (await counted(services, endpoint_id, **more)).counts.columns
    return {
        column.name: {
            str(b.text or ("missing" if b.missing else b.low)): found[column.key][place]
            for place, b in column.bins.items()
            if found.get(column.key, {}).get(place)
        }
        for column in watched.columns
    }


async def lines(services: Services) -> list[dict[str, Any]]:
    async with services.database.reader() as reader:
        return await reader.execute_query_dict("SELECT * FROM daily_values ORDER BY stretch")


async def spoil(services: Services, sql: str) -> None:
    async with services.database.transaction() as tx:
        await tx.execute_query(sql)


async def test_answers_and_values_are_counted_with_their_rows(services: Services) -> None:
    await ask(services, row(1), row(-1, "blue"), row(None, "blue"), row(300_000), row(666))
    await ask(services, {"x": "text"}, {"x": 1.0, "colour": "green"})
    assert await shown(services) == {
        "label": {"low": 2, "high": 2},
        "": {"0.0": 2, "0.95": 2},
        "x": {"1": 1, "-1": 1, "missing": 1, "250000": 1, "630": 1},
        "colour": {"red": 3, "blue": 2},
    }
    found = await counted(services)
    assert (found.requests, found.counts.requests) == (5, 5)
    assert await services.summaries.check() == []


async def test_a_regressors_values_are_binned_too_and_algorithms_are_told_apart(services: Services) -> None:
    await ask(services, row(20), endpoint="heights")
    await ask(services, row(20), row(30), endpoint="heights", status="testing")
    assert (await shown(services, HEIGHTS_ID))["label"] == {"20": 2, "31.5": 1}
    assert (await shown(services, HEIGHTS_ID, algorithm_id=5))["label"] == {"20": 1, "31.5": 1}
    assert [line["requests"] for line in await lines(services)] == [1, 2]
    assert await services.summaries.check() == []


async def test_commits_write_one_line_again_and_read_nothing(
    services: Services, statements: Statements
) -> None:
    (first,) = await ask(services, row(1))
    with statements() as sql:
        await asyncio.gather(*(ask(services, row(n)) for n in range(20)))
    assert [text for text in sql if "SELECT" in text.upper() and "unnest" not in text] == []
    (line,) = await lines(services)
    assert (line["stretch"], line["requests"]) == (first, 21)


async def test_each_process_writes_lines_of_its_own(services: Services, dice: Dice) -> None:
    other = services_on(services.database, small_registry(), dice)
    await other.catalog.start()
    await ask(services, row(1))
    await ask(other, row(-1))
    await ask(services, row(2))
    assert sorted(line["requests"] for line in await lines(services)) == [1, 2]
    assert (await shown(services))["label"] == {"low": 1, "high": 2}
    assert await services.summaries.check() == []


async def test_a_commit_of_which_nobody_knows_is_counted_as_it_was_stored(
    breakable: Breakable, dice: Dice
) -> None:
    services = services_on(await Database.open(breakable.url), small_registry(), dice)
    await services.start()
    await ask(services, row(1))
    with breakable.broken(), pytest.raises(CommitUnknown):
        await ask(services, row(2), row(3))
    await ask(services, row(-1))
    kept = {"sqlite": 0, "postgres": 2}[services.database.dialect]
    assert (await counted(services)).counts.requests == 2 + kept
    assert [line["requests"] for line in await lines(services)] == [1 + kept, 1]
    assert await services.summaries.check() == []
    await services.stop()


async def test_a_row_that_the_database_refuses_is_not_counted_and_its_neighbours_are(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    (taken,) = await ask(services, row(1))
    take = services.log._ids.take
    monkeypatch.setattr(
        services.log._ids, "take", lambda count: [taken] * count if count == 1 else take(count)
    )
    with pytest.raises(Exception):  # noqa: B017, PT011  the database's own
        await ask(services, row(2))
    monkeypatch.undo()
    await ask(services, row(3), row(4))
    assert (await counted(services)).counts.requests == 3
    assert await services.summaries.check() == []


async def test_rows_that_nobody_counted_are_told_and_a_rebuild_counts_them(services: Services) -> None:
    counter, services.log.values = services.log.values, None  # as an older release beside this one
    await ask(services, row(1), row(-1, "blue"), status="testing")
    await ask(services, {"x": "7"}, {"x": 1.0, "colour": "green"})
    services.log.values = counter
    await ask(services, row(2))
    found = await counted(services)
    assert (found.requests, found.counts.requests) == (3, 1)
    wrong = await services.summaries.check()
    assert {(one.column, one.algorithm_id) for one in wrong} == {
        ("counted requests", AT_TEN),
        ("counted answers", AT_TEN),
        ("counted values", AT_TEN),
    }
    assert [(o.label, o.stored, o.expected) for o in wrong if o.feedback == "colour"] == [
        ("red", 0, 1),
        ("blue", 0, 1),
    ]
    assert await services.summaries.rebuild() == wrong
    assert await services.summaries.check() == []
    assert (await shown(services))["colour"] == {"red": 2, "blue": 1}
    await ask(services, row(2))
    assert (await counted(services, algorithm_id=AT_ZERO)).counts.requests == 2
    assert await services.summaries.check() == []


async def test_what_was_spoilt_is_put_right_twice_over(services: Services) -> None:
    await ask(services, row(1), row(-1))
    await spoil(services, "DELETE FROM daily_values")
    assert len(await services.summaries.rebuild()) > 0
    await spoil(services, "UPDATE daily_values SET requests = requests + 5")
    (one,) = await services.summaries.rebuild()
    assert (one.column, one.stored, one.expected) == ("counted requests", 7, 2)
    assert await services.summaries.check() == []


async def test_rows_of_forms_and_of_texts_are_counted_anew_as_they_were(services: Services) -> None:
    await ask(
        services,
        {"x": "1", "colour": " red "},
        {"x": "", "colour": "red"},
        {"x": "2", "colour": "nan"},
        form=True,
    )
    await ask(services, {"x": "1", "colour": "red"}, texts=True)
    assert (await counted(services)).counts.requests == 4
    before = await shown(services)
    assert await services.summaries.check() == []
    await spoil(services, "DELETE FROM daily_values")
    await services.summaries.rebuild()
    assert await shown(services) == before


async def test_forgotten_requests_stay_counted_and_what_nobody_forgot_is_still_checked(
    services: Services,
) -> None:
    await ask(services, row(1), row(2), subject="ann")
    await ask(services, row(3, "blue"))
    before = await shown(services)
    await services.forgetting.forget("ann", BOSS)
    assert await shown(services) == before
    assert await services.summaries.check() == []
    assert await services.summaries.rebuild() == []
    await spoil(services, "UPDATE daily_values SET counts = replace(counts, '\"0\":2', '\"0\":9')")
    assert {one.feedback for one in await services.summaries.check()} == {"colour"}


async def test_private_features_and_free_texts_are_never_counted(database_url: str, dice: Dice) -> None:
    services = services_on(await Database.open(database_url), private_registry(), dice)
    await services.start()
    await ask(services, loan("078-05-1120"), endpoint="loans")
    endpoint_id = services.catalog.snapshot.endpoint_named("loans").id
    assert list(await shown(services, endpoint_id)) == ["label", ""]
    (line,) = await lines(services)
    assert "078" not in line["counts"]
    assert await services.summaries.check() == []
    await services.stop()
