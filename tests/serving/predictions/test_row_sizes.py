"""Rows that are larger than their endpoint's features can need: refused, and kept without what was sent."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import IdempotencyConflict
from domain.requests.request import PredictCommand
from domain.words import Fault, Outcome
from registry.features import Feature, FeatureSchema, FeatureType
from serving.services import Services
from tests.serving.predictions.test_predict import logged
from tests.serving.world import EVERYBODY, command, row

HUGE = 8 * 2**20
TOO_LARGE: list[Any] = [
    {"x": 1, "colour": "r" * HUGE},
    {"x" * HUGE: 1},
    {str(number): number for number in range(100_000)},
    [0] * 1_000_000,
    [[[]] * 1_000] * 1_000,
    "x" * HUGE,
]


@pytest.mark.parametrize("sent", TOO_LARGE)
async def test_row_that_is_too_large_is_kept_without_its_features(services: Services, sent: Any) -> None:
    found = await services.predictor.predict(command(row(1.5), sent, row(-1)))
    assert [p.failure and p.failure.code for p in found] == [None, "ROW_TOO_LARGE", None]
    assert [p.request.label for p in found] == ["high", None, "low"]
    kept = (await logged(services, *found))[1]
    assert (kept.input, kept.outcome, kept.fault) == ("", Outcome.ERROR, Fault.CALLER)
    assert (kept.ab_test_id, len(kept.full_response) < 500) == (None, True)


async def test_padding_counts_too(services: Services) -> None:
    text = '{"x": 1.5,' + " " * 20_000 + '"colour": "red"}'
    (found,) = await services.predictor.predict(
        PredictCommand("levels", (row(1.5),), EVERYBODY, texts=(text,))
    )
    assert (found.failure and found.failure.code, found.request.input) == ("ROW_TOO_LARGE", "")


async def test_retry_of_a_row_that_is_too_large_gets_the_first_refusal(services: Services) -> None:
    first = await services.predictor.predict(command("x" * HUGE, key="once"))
    again = await services.predictor.predict(command("x" * HUGE, key="once"))
    assert first == again
    with pytest.raises(IdempotencyConflict):
        await services.predictor.predict(command(None, key="once"))


def test_right_row_fits_however_it_is_written() -> None:
    feature = Feature(name="näme", type=FeatureType.CATEGORY)
    assert FeatureSchema((feature,)).largest_row == 1_024 + 1_024 + 6 * (4 + 1_000)
