"""A row that the database refuses is refused alone, by name, within a batch and a file too; on both databases."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest

from domain.words import Fault, Outcome, Traffic
from serving.services import Services
from tests.serving.world import AT_TEN, AT_ZERO, EVERYBODY, command, row

HALF = '{"x": 1, "colour": "\ud800"}'


async def log_of(services: Services) -> list[dict[str, Any]]:
    async with services.database.reader() as reader:
        return list(await reader.execute_query_dict("SELECT * FROM ml_request ORDER BY id"))


async def test_a_row_of_a_batch_that_the_database_refuses_is_kept_without_its_input(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    five = command(*(row(n) for n in range(5)), subject="ann")
    texts = tuple(HALF if n in (1, 4) else f'{{"x": {n}}}' for n in range(5))
    found = await services.predictor.predict(replace(five, texts=texts))
    assert [one.failure and (one.failure.code, one.failure.fault) for one in found] == [
        None,
        ("NOT_STORED", Fault.CALLER),
        None,
        None,
        ("NOT_STORED", Fault.CALLER),
    ]
    assert [
        (r["id"], r["input"], r["outcome"], r["label"], r["subject"]) for r in await log_of(services)
    ] == [
        (found[0].request.id, '{"x": 0}', "OK", "high", "ann"),
        (found[1].request.id, "", "ERROR", None, None),
        (found[2].request.id, '{"x": 2}', "OK", "high", "ann"),
        (found[3].request.id, '{"x": 3}', "OK", "high", "ann"),
        (found[4].request.id, "", "ERROR", None, None),
    ]
    # The database's own logger may be told to write statements, with their values.
    told = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    named = [one.partition(" (")[0] for one in told]
    assert named == [
        f"request {found[n].request.id} was refused by the database and kept without its input"
        for n in (1, 4)
    ]
    assert not [one for one in told if "colour" in one]


async def test_a_refused_row_leaves_its_test_and_is_answered_the_same_to_a_retry(services: Services) -> None:
    await services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="ann"
    )
    asked = replace(command(row(1), row(2), key="once"), texts=(HALF, "{}"))
    first = await services.predictor.predict(asked)
    again = await services.predictor.predict(asked)
    assert [one.request.id for one in again] == [one.request.id for one in first]
    assert [one.failure and one.failure.code for one in again] == ["NOT_STORED", None]
    assert [one.request.ab_test_id for one in again] == [None, 1]
    async with services.database.reader() as reader:
        observed = await reader.execute_query_dict("SELECT request_id FROM ab_test_observation")
    assert [one["request_id"] for one in observed] == [first[1].request.id]


async def test_the_figures_count_a_refused_row_among_the_callers_errors(services: Services) -> None:
    kept = '{"x":2,"colour":"red"}'
    await services.predictor.predict(replace(command(row(1), row(2)), texts=(HALF, kept)))
    assert await services.summaries.check() == []
    outcomes = [r["outcome"] for r in await log_of(services)]
    assert outcomes == [Outcome.ERROR, Outcome.OK]


async def test_a_single_row_that_the_database_refuses_has_an_id_too(services: Services) -> None:
    (found,) = await services.predictor.predict(replace(command(row(1)), texts=(HALF,)))
    assert found.failure is not None
    assert (found.failure.code, found.request.id) == ("NOT_STORED", (await log_of(services))[0]["id"])
    assert EVERYBODY.name not in found.failure.message
