from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from domain.callers import Principal, Scope, Viewer
from domain.errors import EndpointNotFound, IdempotencyConflict, InvalidInput, TooManyRows
from domain.requests.request import PredictCommand, Prediction, Request
from domain.words import Arm, Fault, Outcome, Traffic
from orm.queries.history import requests as request_queries
from serving.services import Services
from tests.serving.world import AT_TEN, AT_ZERO, EVERYBODY, PLUS_ONE, Dice, command, row


async def logged(services: Services, *predictions: Prediction) -> list[Request]:
    ids = [prediction.request.id for prediction in predictions]
    async with services.database.reader() as reader:
        found = await request_queries.requests_by_ids(reader, Viewer(EVERYBODY), ids)
    return [found[id_] for id_ in ids]


async def count(services: Services) -> int:
    async with services.database.reader() as reader:
        return await request_queries.count_requests(reader, Viewer(EVERYBODY), None, 1_000_000)


async def test_prediction_is_durable_when_it_is_answered(services: Services) -> None:
    (prediction,) = await services.predictor.predict(command(row(1.5), subject="alice"))
    request = prediction.request
    assert [request] == await logged(services, prediction)
    assert (request.algorithm_id, request.outcome, request.label) == (AT_ZERO, Outcome.OK, "high")
    assert (request.probability, request.value, request.subject) == (1.0, None, "alice")
    assert request.input == '{"x":1.5,"colour":"red"}'
    assert orjson.loads(request.full_response) == {
        "label": "high",
        "probability": 1.0,
        "probabilities": {"low": 0.0, "high": 1.0},
    }
    assert prediction.probabilities == {"low": 0.0, "high": 1.0}


async def test_regressor_answers_a_value(services: Services) -> None:
    (prediction,) = await services.predictor.predict(command(row(1.5), endpoint="heights"))
    assert (prediction.request.algorithm_id, prediction.request.value) == (PLUS_ONE, 2.5)
    assert (prediction.request.label, prediction.request.probability) == (None, None)


async def test_input_is_kept_in_the_text_it_came_in(services: Services) -> None:
    text = '{"colour": "blue",  "x": 1e0}'
    asked = PredictCommand("levels", ({"colour": "blue", "x": 1.0},), EVERYBODY, texts=(text,))
    (prediction,) = await services.predictor.predict(asked)
    assert [request.input for request in await logged(services, prediction)] == [text]


async def test_every_failed_row_is_logged_beside_its_mates(services: Services) -> None:
    found = await services.predictor.predict(command(row(1), row(666), {"x": "text"}, 5, row(-1)))
    assert [p.request for p in found] == await logged(services, *found)
    assert [p.request.outcome.value for p in found] == ["OK", "ERROR", "ERROR", "ERROR", "OK"]
    assert [p.request.fault for p in found] == [None, Fault.ALGORITHM, Fault.CALLER, Fault.CALLER, None]
    assert [p.request.label for p in found] == ["high", None, None, None, "low"]
    codes = [None if p.failure is None else p.failure.code for p in found]
    assert codes == [None, "ALGORITHM_FAILED", "INVALID_FEATURES", "INVALID_FEATURES", None]
    assert [p.request.message for p in found] == [
        None if p.failure is None else p.failure.message for p in found
    ]
    assert {p.request.algorithm_id for p in found} == {AT_ZERO}


@pytest.mark.parametrize(
    ("conditions", "code"),
    [({"status": "nonsense"}, "ALGORITHM_NOT_AVAILABLE"), ({"version": "9"}, "ALGORITHM_NOT_AVAILABLE")],
)
async def test_call_that_finds_no_algorithm_is_logged_without_one(
    services: Services, conditions: dict[str, Any], code: str
) -> None:
    (prediction,) = await services.predictor.predict(command({"bad": 1}, **conditions))
    assert prediction.failure is not None
    assert prediction.failure.code == code
    (request,) = await logged(services, prediction)
    assert (request.algorithm_id, request.outcome, request.fault) == (None, Outcome.ERROR, Fault.CALLER)


async def test_unknown_endpoint_stores_nothing_and_names_the_nearest(services: Services) -> None:
    with pytest.raises(EndpointNotFound, match="did you mean 'levels'"):
        await services.predictor.predict(command(row(1), endpoint="level"))
    assert await count(services) == 0


@pytest.mark.parametrize("rows", [0, 10_001])
async def test_too_many_rows_or_none_store_nothing(services: Services, rows: int) -> None:
    with pytest.raises(TooManyRows, match=f"1 to 10000 rows at once, not {rows}"):
        await services.predictor.predict(command(*[row(1)] * rows))
    assert await count(services) == 0


@pytest.mark.parametrize("subject", ["", "x" * 257, "a\x00b", "a\nb"])
async def test_subject_must_be_short_and_printable(services: Services, subject: str) -> None:
    with pytest.raises(InvalidInput, match="subject"):
        await services.predictor.predict(command(row(1), subject=subject))
    assert await count(services) == 0


async def test_ten_thousand_rows_are_answered_in_order_and_stored(services: Services) -> None:
    found = await services.predictor.predict(
        command(*[row(1 if x >= 5000 else -1 - x) for x in range(10_000)])
    )
    assert [p.request.label for p in found] == ["low"] * 5000 + ["high"] * 5000
    ids = [p.request.id for p in found]
    assert ids == sorted(set(ids))
    assert await count(services) == 10_000


async def test_concurrent_callers_each_get_their_own_answer(services: Services) -> None:
    calls = [services.predictor.predict(command(row(x - 50))) for x in range(100)]
    found = [prediction for (prediction,) in await asyncio.gather(*calls)]
    assert [p.request.label for p in found] == ["low"] * 50 + ["high"] * 50
    assert len({p.request.id for p in found}) == 100
    assert [p.request for p in found] == await logged(services, *found)


async def test_rows_of_a_batch_are_drawn_one_by_one_in_a_test(services: Services, dice: Dice) -> None:
    test = await services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
    )
    dice.numbers = [0.1, 0.9, 0.2]
    found = await services.predictor.predict(command(row(5), row(5), row(5)))
    assert [p.request.arm for p in found] == [Arm.CHALLENGER, Arm.CHAMPION, Arm.CHALLENGER]
    assert [p.request.label for p in found] == ["low", "high", "low"]
    assert {p.request.ab_test_id for p in found} == {test.id}


async def test_row_that_the_caller_got_wrong_never_enters_the_test(services: Services) -> None:
    test = await services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
    )
    (prediction,) = await services.predictor.predict(command({"x": "text"}))
    assert (prediction.request.ab_test_id, prediction.request.arm) == (None, None)
    assert [arm.served for arm in await services.ab_tests.figures(test.id)] == [0, 0]


class TestIdempotency:
    async def test_retry_returns_the_first_answer_and_stores_nothing(self, services: Services) -> None:
        first = await services.predictor.predict(command(row(1), row("x"), key="k"))  # type: ignore[arg-type]
        again = await services.predictor.predict(command(row(1), row("x"), key="k"))  # type: ignore[arg-type]
        assert again == first
        assert await count(services) == 2

    async def test_same_key_with_another_command_is_a_named_error(self, services: Services) -> None:
        await services.predictor.predict(command(row(1), key="k"))
        for other in (command(row(2), key="k"), command(row(1), key="k", status="testing")):
            with pytest.raises(IdempotencyConflict):
                await services.predictor.predict(other)
        assert await count(services) == 1

    async def test_racing_first_calls_make_one_row(self, services: Services) -> None:
        found = await asyncio.gather(
            *[services.predictor.predict(command(row(1), key="k")) for _ in range(20)]
        )
        assert len({prediction.request.id for (prediction,) in found}) == 1
        assert await count(services) == 1

    async def test_one_caller_never_sees_the_answer_of_another(self, services: Services) -> None:
        bob = Principal("bob", frozenset({Scope.PREDICT}))
        (mine,) = await services.predictor.predict(command(row(1), key="k"))
        (bobs,) = await services.predictor.predict(command(row(-1), key="k", principal=bob))
        assert (mine.request.label, bobs.request.label) == ("high", "low")

    async def test_retry_needs_no_right_to_read_the_log(self, services: Services) -> None:
        bob = Principal("bob", frozenset({Scope.PREDICT}))
        first = await services.predictor.predict(command(row(1), key="k", principal=bob))
        assert await services.predictor.predict(command(row(1), key="k", principal=bob)) == first


async def test_null_character_in_a_bad_value_is_logged_visibly(services: Services) -> None:
    found = await services.predictor.predict(command({"x": 1, "colour": "r\x00d"}, {"x": 1, "r\x00d": "red"}))
    assert [p.request for p in found] == await logged(services, *found)
    assert all(p.request.message is not None and "\x00" not in p.request.message for p in found)
