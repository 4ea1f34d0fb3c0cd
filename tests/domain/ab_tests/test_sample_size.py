from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.ab_tests.plan import Mode
from domain.ab_tests.sample_size import AccuracyPlan, DailyRate, GainPlan, Way, size_plan
from domain.errors import InvalidInput

NOW = datetime(2027, 1, 1, tzinfo=UTC)
USUAL = {"agreement": 0.9, "alpha": 0.05, "chance": 0.8, "challenger_weight": 0.5}


def test_the_day_is_that_on_which_the_slower_of_requests_and_truths_is_there() -> None:
    way = Way(Mode.PAIRED, "disagreements", requests=1_000, feedbacks=100)
    assert way.until(NOW, DailyRate(requests=500.0, feedbacks=10.0)) == NOW + timedelta(days=10)
    assert way.until(NOW, DailyRate(requests=50.0, feedbacks=100.0)) == NOW + timedelta(days=20)


@pytest.mark.parametrize("rate", [None, DailyRate(10.0, 0.0), DailyRate(1e-9, 1e-9)], ids=str)
def test_no_day_is_told_where_nothing_comes_in_or_no_calendar_holds_it(rate: DailyRate | None) -> None:
    assert Way(Mode.PAIRED, "every request", 1_000, 1_000).until(NOW, rate) is None


def test_more_requests_than_clients_can_count_are_not_known() -> None:
    ways = AccuracyPlan(accuracy=0.85, effect=1e-6).ways()
    assert [(way.requests, way.feedbacks) for way in ways] == [(None, None)] * 3
    assert ways[0].until(NOW, DailyRate(1e12, 1e12)) is None


def test_gain_and_spread_stand_in_the_place_of_accuracy_and_effect() -> None:
    assert size_plan(accuracy=None, effect=None, gain=0.1, spread=0.2, **USUAL) == GainPlan(
        gain=0.1, spread=0.2
    )


@pytest.mark.parametrize(
    ("accuracy", "effect", "gain", "spread"),
    [
        (None, None, None, None),
        (0.8, None, None, None),
        (None, None, 0.1, None),
        (0.8, 0.1, 0.1, None),
        (0.8, None, 0.1, 0.2),
    ],
)
def test_half_a_question_is_refused(
    accuracy: float | None, effect: float | None, gain: float | None, spread: float | None
) -> None:
    with pytest.raises(InvalidInput, match="accuracy and effect are given together"):
        size_plan(accuracy=accuracy, effect=effect, gain=gain, spread=spread, **USUAL)


def test_all_wrong_numbers_are_named_together() -> None:
    with pytest.raises(InvalidInput) as refused:
        GainPlan(gain=0.0, spread=2.0, alpha=0.9)
    assert [part.path for part in refused.value.apart()] == [("gain",), ("spread",), ("alpha",), ("chance",)]
