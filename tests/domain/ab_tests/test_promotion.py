from __future__ import annotations

from datetime import UTC, datetime

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.plan import Plan
from domain.ab_tests.promotion import StatusChange, on_cancellation, on_decision, on_rollback
from domain.catalog.entries import Algorithm
from domain.words import ABTestState, Kind, Status, Traffic, Verdict

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HELD = {1: Status.PRODUCTION, 2: None}
TEST = ABTest(
    id=7,
    endpoint_id=1,
    algorithm1_id=2,
    algorithm2_id=1,
    champion_id=1,
    kind=Kind.CLASSIFIER,
    title="t",
    traffic=Traffic.OPT_IN,
    state=ABTestState.RUNNING,
    verdict=None,
    reason=None,
    summary="",
    salt="s",
    created_by="me",
    created_at=NOW,
    ended_at=None,
    plan=Plan(),
)


def algorithm(id_: int, status: Status | None) -> Algorithm:
    return Algorithm(id_, 1, f"a{id_}", Kind.CLASSIFIER, "1", "", "DTA", NOW, status)


PRESENT = [
    algorithm(1, Status.AB_TESTING),
    algorithm(2, Status.AB_TESTING),
    algorithm(3, Status.PRODUCTION),
    algorithm(4, Status.TESTING),
    algorithm(5, None),
]


def test_promotion_moves_every_third_production_algorithm_to_testing() -> None:
    assert on_decision(TEST, Verdict.PROMOTED, HELD, PRESENT) == (
        StatusChange(2, None, Status.PRODUCTION),
        StatusChange(1, Status.PRODUCTION, Status.TESTING),
        StatusChange(3, Status.PRODUCTION, Status.TESTING),
    )


def test_kept_champion_goes_to_production_and_third_ones_stay() -> None:
    assert on_decision(TEST, Verdict.KEPT, HELD, PRESENT) == (
        StatusChange(1, Status.PRODUCTION, Status.PRODUCTION),
        StatusChange(2, None, Status.TESTING),
    )


def test_inconclusive_restores_what_both_arms_were() -> None:
    restored = (
        StatusChange(1, Status.AB_TESTING, Status.PRODUCTION),
        StatusChange(2, Status.AB_TESTING, None),
    )
    assert on_decision(TEST, Verdict.INCONCLUSIVE, HELD, PRESENT) == restored
    assert on_cancellation(TEST, HELD) == restored


def test_rollback_returns_each_to_its_status_before() -> None:
    changes = on_decision(TEST, Verdict.PROMOTED, HELD, PRESENT)
    assert [(c.algorithm_id, c.after) for c in on_rollback(changes)] == [
        (2, None),
        (1, Status.PRODUCTION),
        (3, Status.PRODUCTION),
    ]
