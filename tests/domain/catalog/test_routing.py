from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalog.routing import Candidate, EndpointRoutes, Route, RoutingTable, RunningTest, position
from domain.errors import AlgorithmAmbiguous, AlgorithmNotAvailable, EndpointNotFound
from domain.requests.request import AlgorithmConditions
from domain.words import Arm, Status, Traffic

FOREST = Candidate(1, "random forest", "0.0.1", Status.PRODUCTION)
TREES = Candidate(2, "extra trees", "0.0.1", Status.TESTING)
CATBOOST = Candidate(3, "catboost", "0.1.0", None)


def always(value: float) -> Callable[[], float]:
    return lambda: value


def routes(*candidates: Candidate, test: RunningTest | None = None) -> EndpointRoutes:
    return EndpointRoutes("income", candidates, test)


def running(traffic: Traffic = Traffic.OPT_IN, champion: int = 1, challenger: int = 2) -> RunningTest:
    return RunningTest(7, 70, champion, challenger, 0.5, "salt", traffic)


def in_test(candidate: Candidate) -> Candidate:
    return Candidate(candidate.id, candidate.name, candidate.version, Status.AB_TESTING, candidate.ready)


def choose(found: EndpointRoutes, draw: float = 0.9, subject: str | None = None, **conditions: Any) -> Route:
    return found.choose(AlgorithmConditions(**conditions), subject, always(draw))


def test_plain_prediction_takes_the_lowest_id_in_production() -> None:
    second = Candidate(4, "newer", "2", Status.PRODUCTION)
    assert choose(routes(FOREST, TREES, CATBOOST, second)) == Route(1)
    assert choose(routes(FOREST, TREES, CATBOOST, second), version="2") == Route(4)


@pytest.mark.parametrize("status", [None, "production"])
def test_no_status_and_production_mean_the_same(status: str | None) -> None:
    assert choose(routes(FOREST, TREES), status=status) == Route(1)


@pytest.mark.parametrize(
    "conditions",
    [{"status": "nonsense"}, {"status": ""}, {"version": ""}, {"version": "9"}, {"status": "ab_testing"}],
)
def test_conditions_that_nothing_meets_are_not_available(conditions: dict[str, Any]) -> None:
    with pytest.raises(AlgorithmNotAvailable):
        choose(routes(FOREST, TREES), **conditions)


def test_several_in_testing_are_ambiguous_unless_the_version_tells_them_apart() -> None:
    newer = Candidate(5, "extra trees", "0.0.2", Status.TESTING)
    with pytest.raises(AlgorithmAmbiguous) as raised:
        choose(routes(FOREST, TREES, newer), status="testing")
    assert raised.value.candidates == ("extra trees 0.0.1 (id 2)", "extra trees 0.0.2 (id 5)")
    assert choose(routes(FOREST, TREES, newer), status="testing", version="0.0.2") == Route(5)


def test_algorithm_that_is_not_ready_is_never_chosen() -> None:
    broken = Candidate(1, "random forest", "0.0.1", Status.PRODUCTION, ready=False)
    with pytest.raises(AlgorithmNotAvailable):
        choose(routes(broken, TREES))
    with pytest.raises(AlgorithmNotAvailable, match="not loaded"):
        choose(routes(broken, TREES), algorithm=1)


def test_algorithm_without_a_status_is_not_chosen_even_by_name() -> None:
    with pytest.raises(AlgorithmNotAvailable, match=r"catboost 0.1.0 .id 3. of income has no status"):
        choose(routes(FOREST, CATBOOST), algorithm="catboost")


@pytest.mark.parametrize("named", [2, "2", "extra trees"])
def test_explicit_algorithm_is_served_outside_the_running_test(named: int | str) -> None:
    found = routes(in_test(FOREST), in_test(TREES), test=running(Traffic.ALL))
    assert choose(found, algorithm=named) == Route(2)


def test_explicit_name_with_two_versions_is_ambiguous_until_the_version_is_given() -> None:
    newer = Candidate(5, "extra trees", "0.0.2", Status.TESTING)
    with pytest.raises(AlgorithmAmbiguous):
        choose(routes(TREES, newer), algorithm="extra trees")
    assert choose(routes(TREES, newer), algorithm="extra trees", version="0.0.1") == Route(2)


def test_unknown_algorithm_is_told_what_there_is() -> None:
    with pytest.raises(AlgorithmNotAvailable, match=r"It has: random forest 0.0.1 .id 1."):
        choose(routes(FOREST), algorithm="nothing")


def test_plain_prediction_stays_out_of_an_opt_in_test_and_gets_the_champion() -> None:
    found = routes(in_test(FOREST), in_test(TREES), test=running())
    assert choose(found, draw=0.1) == Route(1)
    third = Candidate(9, "third", "1", Status.PRODUCTION)
    assert choose(routes(in_test(FOREST), in_test(TREES), third, test=running())) == Route(9)


@pytest.mark.parametrize(("draw", "algorithm", "arm"), [(0.49, 2, Arm.CHALLENGER), (0.5, 1, Arm.CHAMPION)])
def test_call_with_ab_testing_is_drawn_by_weight(draw: float, algorithm: int, arm: Arm) -> None:
    found = routes(in_test(FOREST), in_test(TREES), test=running())
    assert choose(found, draw=draw, status="ab_testing") == Route(algorithm, 7, 70, arm, 0.5)


def test_test_with_all_traffic_takes_plain_predictions_that_both_arms_can_answer() -> None:
    found = routes(in_test(FOREST), in_test(CATBOOST), test=running(Traffic.ALL, 1, 3))
    assert choose(found, draw=0.1) == Route(3, 7, 70, Arm.CHALLENGER, 0.5)
    assert choose(found, draw=0.1, version="0.0.1") == Route(1)
    with pytest.raises(AlgorithmNotAvailable):
        choose(found, version="0.1.0")


def test_arm_whose_artifact_is_gone_leaves_the_other_serving_outside_the_test() -> None:
    gone = Candidate(2, "extra trees", "0.0.1", Status.AB_TESTING, ready=False)
    found = routes(in_test(FOREST), gone, test=running(Traffic.ALL))
    assert choose(found, draw=0.1) == Route(1)
    assert choose(found, draw=0.1, status="ab_testing") == Route(1)


@given(st.text(min_size=1), st.floats(0, 1, exclude_max=True))
def test_same_subject_is_always_served_by_the_same_arm(subject: str, draw: float) -> None:
    found = routes(in_test(FOREST), in_test(TREES), test=running())
    first = choose(found, draw=draw, subject=subject, status="ab_testing")
    assert first == choose(found, draw=1 - draw, subject=subject, status="ab_testing")
    assert first.arm is (Arm.CHALLENGER if position("salt", subject) < 0.5 else Arm.CHAMPION)


@given(st.text(), st.text())
def test_position_is_within_zero_and_one(salt: str, subject: str) -> None:
    assert 0 <= position(salt, subject) < 1


def test_unknown_endpoint_is_an_error() -> None:
    with pytest.raises(EndpointNotFound):
        RoutingTable({}).choose("income", AlgorithmConditions(), None, always(0))
