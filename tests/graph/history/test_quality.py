"""Quality by day and algorithm, and drift, as clients ask for them; the same compiled and not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.callers import Scope
from domain.requests.feedback import FeedbackCommand
from domain.words import FeedbackForm
from tests.conftest import Statements
from tests.graph.conftest import Door, of_operations
from tests.serving.world import EVERYBODY, command, row

QUALITY = """
query ($bucket: TimeBucket, $by: Boolean! = false, $from: DateTime, $before: DateTime) {
  endpoint(name: "levels") {
    quality(bucket: $bucket, byAlgorithm: $by, createdFrom: $from, createdBefore: $before) {
      periods {
        bucketStart algorithm { name } feedbackRate
        aggregate { count scored accuracy }
        labels {
          confusion { label truth count }
          classes { label answered actual hits precision recall f1 }
          positiveClass { label } macroPrecision macroRecall macroF1
        }
        probabilities {
          count shareTrue brier auc aucError calibration { low high count meanProbability shareTrue } calibrationError
        }
      }
      periodsAreCapped
    }
  }
}
"""


async def told(
    door: Door, *answers: tuple[float, str | None], endpoint: str = "levels", status: str | None = None
) -> None:
    """Predictions, and what was true."""
    for x, truth in answers:
        (found,) = await door.services.predictor.predict(command(row(x), endpoint=endpoint, status=status))
        if truth is not None:
            given = FeedbackCommand(found.request.id, truth, FeedbackForm.LEGACY)
            await door.services.feedback.give(given, EVERYBODY)


async def periods(door: Door, **variables: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await door.data(QUALITY, **variables))["endpoint"]["quality"]["periods"]
    return found


async def test_figures_of_a_classifier(door_to_each: Door) -> None:
    door = door_to_each
    await told(
        door,
        (1, "high"),
        (1, "high"),
        (1, "low"),
        (-1, "low"),
        (-1, "high"),
        (-1, None),
        (1, "odd"),
        (666, "low"),
    )
    (one,) = await periods(door)
    assert one == {
        "bucketStart": None,
        "algorithm": None,
        "feedbackRate": 7 / 8,
        "aggregate": {"count": 8, "scored": 6, "accuracy": 3 / 6},
        "labels": {
            "confusion": [
                {"label": "high", "truth": "high", "count": 2},
                {"label": "high", "truth": "low", "count": 1},
                {"label": "low", "truth": "high", "count": 1},
                {"label": "low", "truth": "low", "count": 1},
            ],
            "classes": [
                {
                    "label": "low",
                    "answered": 2,
                    "actual": 2,
                    "hits": 1,
                    "precision": 1 / 2,
                    "recall": 1 / 2,
                    "f1": 1 / 2,
                },
                {
                    "label": "high",
                    "answered": 3,
                    "actual": 3,
                    "hits": 2,
                    "precision": 2 / 3,
                    "recall": 2 / 3,
                    "f1": 4 / 6,
                },
            ],
            "positiveClass": {"label": "high"},
            "macroPrecision": (1 / 2 + 2 / 3) / 2,
            "macroRecall": (1 / 2 + 2 / 3) / 2,
            "macroF1": (1 / 2 + 4 / 6) / 2,
        },
        "probabilities": {
            "count": 5,
            "shareTrue": 3 / 5,
            "brier": 2 / 5,
            "auc": 3.5 / 6,
            "aucError": 1.5 / 6,
            "calibration": [
                {"low": 0.0, "high": 0.1, "count": 2, "meanProbability": 0.0, "shareTrue": 1 / 2},
                {"low": 0.9, "high": 1.0, "count": 3, "meanProbability": 1.0, "shareTrue": 2 / 3},
            ],
            "calibrationError": (2 * 1 / 2 + 3 * (1 - 2 / 3)) / 5,
        },
    }


async def test_days_and_algorithms_are_told_apart(door: Door) -> None:
    await told(door, (1, "high"), (2, None))
    await told(door, (1, "high"), status="testing")
    today = datetime.now(UTC).date().isoformat()
    assert [
        (
            one["bucketStart"][:10],
            one["algorithm"]["name"],
            one["aggregate"]["count"],
            one["probabilities"]["count"],
        )
        for one in await periods(door, bucket="DAY", by=True)
    ] == [(today, "at zero", 2, 1), (today, "at ten", 1, 1)]
    found = await door.data(
        "{ algorithm(id: 2) { quality { periods { aggregate { accuracy } algorithm { name } } } } }"
    )
    assert found["algorithm"]["quality"]["periods"] == [
        {"aggregate": {"accuracy": 0.0}, "algorithm": {"name": "at ten"}}
    ]
    tomorrow = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    assert await periods(door, **{"from": f"{tomorrow}T00:00:00Z"}) == []
    assert len(await periods(door, before=f"{tomorrow}T00:00:00")) == 1


async def test_a_regressor_has_errors_and_neither_classes_nor_probabilities(door: Door) -> None:
    await told(door, (1, "1"), (1, "4"), endpoint="heights")
    found = await door.data(
        """{ endpoint(name: "heights") { quality { periods { aggregate { rmse mae bias } feedbackRate
          labels { macroF1 } probabilities { brier } } } } }"""
    )
    assert found["endpoint"]["quality"]["periods"] == [
        {
            "aggregate": {"rmse": 2.5**0.5, "mae": 1.5, "bias": -0.5},
            "feedbackRate": 1.0,
            "labels": None,
            "probabilities": None,
        }
    ]


async def test_what_is_corrected_and_cleared_is_taken_back(door: Door) -> None:
    (found,) = await door.services.predictor.predict(command(row(1)))
    for truth, brier, count in (
        ("low", 1.0, 1),
        ("high", 0.0, 1),
        ("odd", None, 0),
        ("high", 0.0, 1),
        ("", None, 0),
    ):
        given = FeedbackCommand(found.request.id, truth, FeedbackForm.LEGACY)
        await door.services.feedback.give(given, EVERYBODY)
        (one,) = await periods(door)
        assert (one["probabilities"]["brier"], one["probabilities"]["count"]) == (brier, count)
        assert await door.services.summaries.check() == []


@pytest.mark.parametrize(
    ("arguments", "argument", "message"),
    [
        ('createdFrom: "2026-01-01T01:00:00Z"', "createdFrom", "must be the beginning of a UTC day"),
        ("bucket: HOUR", "bucket", "must be DAY, WEEK or MONTH"),
        ("first: 1001", "first", "between 1 and 1000"),
    ],
)
async def test_what_summaries_do_not_know_is_refused(
    door: Door, arguments: str, argument: str, message: str
) -> None:
    error = await door.error(
        f'{{ endpoint(name: "levels") {{ quality({arguments}) {{ periodsAreCapped }} }} }}'
    )
    assert error["message"].startswith(argument)
    assert message in error["message"]


async def test_points_divide_a_hundred(door: Door) -> None:
    await told(door, (1, "high"))
    error = await door.error(
        '{ endpoint(name: "levels") { quality { periods { probabilities { calibration(points: 7) { low } } } } } }'
    )
    assert error["message"] == "points must be a divisor of 100, got 7"


async def test_each_part_of_quality_is_a_statement_for_all_endpoints(
    door_to_each: Door, statements: Statements
) -> None:
    door = door_to_each
    await told(door, (1, "high"))
    await told(door, (1, "1"), endpoint="heights")
    for selection, count in (
        ("aggregate { count accuracy }", 1),
        ("labels { macroF1 }", 2),
        ("labels { macroF1 } probabilities { brier auc }", 3),
    ):
        with statements() as sql:
            await door.data(f"{{ endpoints {{ nodes {{ quality {{ periods {{ {selection} }} }} }} }} }}")
        assert len(of_operations(sql)) == count


DRIFT = """
query ($now: DateTime, $reference: DateTime) {
  endpoint(name: "levels") {
    drift(createdFrom: $now, referenceFrom: $reference) {
      requests referenceRequests uncounted referenceUncounted unwatched
      answers { feature index byChance shift count referenceCount chiSquare degrees pValue
        bins { text low high missing count referenceCount share referenceShare } }
      probabilities { count }
      features { feature shift count bins { text low high missing count } }
    }
  }
}
"""


async def test_drift_compares_two_periods(door_to_each: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    door = door_to_each
    await told(door, (1, None), (1, None), (1, None), (-1, None))
    async with door.services.database.transaction() as tx:
        for table in ("daily_values", "daily_summary"):
            day = (
                f"DATE '{yesterday()}'"
                if door.services.database.dialect == "postgres"
                else f"'{yesterday()}'"
            )
            await tx.execute_query(f"UPDATE {table} SET day = {day}")
    door.services.log.values.give_up()  # type: ignore[union-attr]
    await told(door, (-1, None), (-1, None))
    found = (await door.data(DRIFT, now=f"{datetime.now(UTC).date()}T00:00:00Z"))["endpoint"]["drift"]
    assert (
        found["requests"],
        found["referenceRequests"],
        found["uncounted"],
        found["referenceUncounted"],
    ) == (2, 4, 0, 0)
    assert found["unwatched"] == []
    answers = found["answers"]
    assert answers["bins"] == [
        {"text": "low", "low": None, "high": None, "missing": False, "count": 2, "referenceCount": 1,
         "share": 1.0, "referenceShare": 0.25},
        {"text": "high", "low": None, "high": None, "missing": False, "count": 0, "referenceCount": 3,
         "share": 0.0, "referenceShare": 0.75},
    ]  # fmt: skip
    assert (answers["feature"], answers["shift"], answers["count"], answers["referenceCount"]) == (
        None,
        "LARGE",
        2,
        4,
    )
    assert answers["byChance"] == pytest.approx(1 / 2 + 1 / 4)
    assert (answers["chiSquare"], answers["degrees"]) == (pytest.approx(3.0), 1)
    assert found["probabilities"] == {"count": 2}
    assert [one["feature"] for one in found["features"]] == ["x", "colour"]
    assert found["features"][0]["bins"] == [
        {"text": None, "low": -1.0, "high": -0.8, "missing": False, "count": 2},
        {"text": None, "low": 1.0, "high": 1.25, "missing": False, "count": 0},
    ]


def yesterday() -> str:
    return (datetime.now(UTC).date() - timedelta(days=1)).isoformat()


async def test_drift_of_nothing_says_nothing_and_costs_one_statement(
    door: Door, statements: Statements
) -> None:
    with statements() as sql:
        found = (await door.data(DRIFT))["endpoint"]["drift"]
    assert len(of_operations(sql)) == 1
    assert found["answers"] == {
        "feature": None, "index": None, "byChance": None, "shift": None, "count": 0, "referenceCount": 0,
        "chiSquare": None, "degrees": None, "pValue": None, "bins": [],
    }  # fmt: skip


async def test_a_period_has_at_most_a_year_and_a_day(door: Door) -> None:
    error = await door.error(DRIFT, now="2020-01-01T00:00:00Z")
    assert error["message"] == "createdBefore must be 1 to 366 days after createdFrom"


async def test_drift_and_quality_need_the_right_to_read(door: Door) -> None:
    stranger = door.seen_by(Scope.PREDICT)
    for field in ("quality { periodsAreCapped }", "drift { requests }"):
        answer = await stranger.post(f'{{ endpoint(name: "levels") {{ {field} }} }}')
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
