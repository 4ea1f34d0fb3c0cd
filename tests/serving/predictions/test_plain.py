"""Plain predictions: what they are, and that callers of one turn do not hurt each other."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager, nullcontext

import pytest

from domain.errors import Overloaded
from domain.spans import Attributes, recording
from domain.words import Outcome, Traffic
from orm.connection.database import Database
from serving.predictions.plain import PlainCall
from serving.services import Services
from tests.conftest import Statements
from tests.serving.pairs import begin
from tests.serving.world import AT_TEN, AT_ZERO, Dice, command, row, services_on, small_registry


def prepared(services: Services, x: float) -> PlainCall:
    call = services.predictor.plain.prepare("levels", row(x), None)
    assert call is not None
    return call


async def test_calls_of_one_turn_share_a_batch_and_a_commit(
    services: Services, statements: Statements
) -> None:
    await services.predictor.predict(command(row(0)))
    calls = [prepared(services, x) for x in (-1, 1, 666)]
    with statements() as sent:
        found = await asyncio.gather(*(call.stored() for call in calls))
    assert len(sent) == (3 if services.database.dialect == "sqlite" else 1)
    assert [stored.label for stored, _ in found] == ["low", "high", None]
    assert [stored.outcome for stored, _ in found] == [Outcome.OK, Outcome.OK, Outcome.ERROR]
    assert [stored.algorithm_id for stored, _ in found] == [AT_ZERO] * 3


async def test_a_caller_that_leaves_before_its_turn_ends_is_not_run_and_hurts_nobody(
    services: Services,
) -> None:
    leaving = asyncio.create_task(prepared(services, 1).stored())
    staying = asyncio.create_task(prepared(services, 2).stored())
    await asyncio.sleep(0)
    leaving.cancel()
    stored, _ = await staying
    assert stored.input == '{"x":2,"colour":"red"}'
    with pytest.raises(asyncio.CancelledError):
        await leaving
    async with services.database.reader() as reader:
        rows = await reader.execute_query_dict("SELECT input FROM ml_request")
    assert [found["input"] for found in rows] == ['{"x":2,"colour":"red"}']


async def test_a_full_log_refuses_one_caller_and_answers_the_others(migrated_sqlite_url: str) -> None:
    database = await Database.open(migrated_sqlite_url)
    services = services_on(database, small_registry(), Dice(), queue_rows=2)
    await services.start()
    try:
        calls = [prepared(services, x) for x in (1, 2, 3)]
        one, two, three = await asyncio.gather(*(call.stored() for call in calls), return_exceptions=True)
        assert not isinstance(one, BaseException)
        assert not isinstance(two, BaseException)
        assert isinstance(three, Overloaded)
        (again,) = await services.predictor.predict(command(row(4)))
        assert again.request.label == "high"
    finally:
        await services.stop()


async def test_while_a_test_takes_plain_calls_none_is_plain(services: Services) -> None:
    assert services.predictor.plain.prepare("levels", row(1), None) is not None
    test = await begin(services, AT_ZERO, AT_TEN, traffic=Traffic.ALL)
    assert services.predictor.plain.prepare("levels", row(1), None) is None
    (prediction,) = await services.predictor.predict(command(row(1)))
    assert prediction.request.ab_test_id == test.id
    await services.ab_tests.cancel(test.id, "tests", "enough")
    assert services.predictor.plain.prepare("levels", row(1), None) is not None


@pytest.mark.parametrize("sent", [{"x": "text", "colour": "red"}, {"x": 1}, 5, None, row(1, "x" * 9_000)])
async def test_a_row_that_is_wrong_is_left_to_the_ordinary_way(services: Services, sent: object) -> None:
    assert services.predictor.plain.prepare("levels", sent, None) is None  # type: ignore[arg-type]


class Spans:
    def __init__(self) -> None:
        self.names: list[str] = []

    def span(self, name: str, attributes: Attributes) -> AbstractContextManager[object]:
        self.names.append(name)
        return nullcontext()


async def test_a_call_whose_spans_are_recorded_has_all_of_them(services: Services) -> None:
    spans = Spans()
    with recording(spans):
        await services.predictor.predict(command(row(1)))
    assert [name for name in spans.names if name != "database"] == ["validate", "choose", "run", "log"]
