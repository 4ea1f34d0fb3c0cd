"""Fast versions of `python -m bench.experiments`, with fixed seeds."""

from __future__ import annotations

import numpy as np
import pytest

from bench.experiments.alarms import alarms
from bench.experiments.cells import Cell, late_cells, power_cells, rate_cells, seen_cells, subject_cells
from bench.experiments.efforts import queue_covers
from bench.experiments.methods import LogE, at_most, durations, failures_aa, paired_aa, regressor_aa, split_aa
from bench.experiments.runs import split_accuracy
from bench.experiments.simulation import simulated
from domain.statistics import beta_binomial, sample_ratio, split_evidence
from domain.statistics.moments import Moments
from domain.statistics.split_difference import SplitScores
from domain.words import Verdict

TESTS, FEEDBACKS = 200, 5_000
LIMIT = at_most(0.05, TESTS)


def quietly(_: int) -> None:
    """No progress bar."""


def test_simulations_use_the_formula_of_the_server() -> None:
    rng = np.random.default_rng(1)
    successes, failures = rng.integers(0, 500, size=(2, 200))
    tables = LogE(0.1, 20.0, 1_000)
    expected = [
        beta_binomial.log_e(int(s), int(f), 0.1, 20.0) for s, f in zip(successes, failures, strict=True)
    ]
    assert tables(successes, failures).tolist() == pytest.approx(expected, abs=1e-9)


def test_paired_test_of_equals_under_a_look_after_every_feedback() -> None:
    found = paired_aa(TESTS, FEEDBACKS, np.random.default_rng(1), quietly)
    assert found["exact"] <= LIMIT
    assert found["asymptotic"] <= LIMIT
    assert found["naive"] >= 0.35


@pytest.mark.parametrize("weights", [(0.5,), (0.1,), (0.1, 0.5)])
def test_split_test_of_equals_under_a_look_after_every_feedback(weights: tuple[float, ...]) -> None:
    found = split_aa(TESTS, FEEDBACKS, weights, np.random.default_rng(2), quietly)
    assert found["exact"] <= LIMIT
    assert found["mismatch"] <= at_most(sample_ratio.P, TESTS)
    assert found["naive"] >= 0.35


def test_regressors_of_equal_error_under_a_look_after_every_feedback() -> None:
    assert regressor_aa(TESTS, FEEDBACKS, np.random.default_rng(3), quietly) <= LIMIT


def test_failure_guardrail_spares_a_challenger_that_fails_as_often() -> None:
    assert failures_aa(TESTS, FEEDBACKS, np.random.default_rng(4), quietly) <= at_most(0.01, TESTS)


def test_paired_tests_decide_with_a_quarter_of_the_feedback_at_most() -> None:
    paired, split = durations(100, np.random.default_rng(5), quietly)
    assert paired.decided == 1.0
    assert paired.mean / split.mean <= 0.25
    assert paired.median / split.median <= 0.25


def test_simulated_split_tests_have_the_evidence_of_the_server() -> None:
    right = np.array([400, 410, 350]), np.array([410, 400, 450])
    arms = [(np.array([500, 500, 500]), ones, ones) for ones in right]
    expected = [
        split_evidence.log_e(
            [SplitScores(0.5, Moments.of_shares(500, int(a)), Moments.of_shares(500, int(b)))]
        )
        for a, b in zip(*right, strict=True)
    ]
    assert split_accuracy(arms, 0.5).tolist() == pytest.approx(expected, abs=1e-9)


FEW = 40
WORLDS = [*seen_cells(), *subject_cells(), *rate_cells(), *late_cells()]


@pytest.mark.parametrize("world", WORLDS, ids=[world.name for world in WORLDS])
def test_equals_have_no_winner_in_worlds_that_people_have(world: Cell) -> None:
    ends = simulated(world.name, world.make, world.rules, FEW, seed=6)
    assert sum(end.verdict is not None for end in ends) / FEW <= at_most(0.05, FEW)


def test_undeclared_outcomes_are_withheld_where_the_coin_would_be_wrong() -> None:
    uneven, shadow = (
        world for world in seen_cells() if world.name.endswith(("paired .3", "champion serves"))
    )
    for world in (uneven, shadow):
        ends = simulated(world.name, world.make, world.rules, FEW, seed=6)
        assert sum(end.withheld for end in ends) / FEW >= 0.6
        assert not any(end.verdict for end in ends)


def test_better_challengers_are_promoted_in_these_worlds() -> None:
    for world in power_cells():
        ends = simulated(world.name, world.make, world.rules, FEW, seed=7)
        assert sum(end.verdict is Verdict.PROMOTED for end in ends) / FEW >= 0.55


def test_alarms_speak_up_when_something_is_wrong_and_else_not() -> None:
    missed = [bar.name for bar in alarms(FEW, seed=8) if bar.verdict.startswith("miss")]
    assert missed == []


def test_difference_that_the_queue_shows_holds_the_truth() -> None:
    assert [bar.verdict for bar in queue_covers(FEW, seed=9) if bar.at_least is not None] == ["pass"] * 3
