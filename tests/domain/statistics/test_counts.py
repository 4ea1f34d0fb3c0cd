from __future__ import annotations

import math

import pytest

from domain.statistics import asymptotic_sequence, e_value, guardrail
from domain.statistics.counts import PairCounts
from domain.statistics.estimate import REAL_LINE, Interval
from domain.statistics.figures import LatencyPercentiles
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.proportion_sequence import proportion_sequence


def test_counts_of_pairs_give_the_difference_of_both_accuracies() -> None:
    counts = PairCounts(both_right=80, champion_only=4, challenger_only=6, both_wrong=10)
    assert (counts.n, counts.discordant) == (100, 10)
    estimate = counts.difference()
    assert (estimate.n, estimate.value) == (100, 0.02)
    # The variance of six +1, four -1 and ninety 0: (10 - 4/100) / 99.
    assert estimate.sd == pytest.approx(math.sqrt(9.96 / 99), rel=1e-15)


@pytest.mark.parametrize(
    "counts",
    [PairCounts(), PairCounts(both_right=1), PairCounts(both_wrong=10**9), PairCounts(challenger_only=10**9)],
)
def test_equal_answers_have_no_spread_and_no_finite_interval(counts: PairCounts) -> None:
    assert counts.difference().sd == 0.0
    assert asymptotic_sequence.interval(counts.difference(), 0.05) == REAL_LINE
    assert asymptotic_sequence.log_e(counts.difference(), 0.05) == 0.0


def test_pairs_of_losses_add_up() -> None:
    losses = [(4.0, 1.0), (9.0, 4.0), (1.0, 0.0)]
    assert PairMoments.of(losses[:1]) + PairMoments.of(losses[1:]) == PairMoments.of(losses)
    assert PairMoments().difference().value is None


def test_sums_that_overflow_leave_everything_open() -> None:
    huge = PairMoments.of([(1e200, 1.0), (2e200, 3.0)])
    assert huge.champion.variance == math.inf
    assert asymptotic_sequence.interval(huge.difference(), 0.05) == REAL_LINE


def test_spread_below_the_rounding_of_the_sums_is_none() -> None:
    # Two values that differ by 1 in 10⁹, a thousand times: the squares cannot hold that difference.
    values = [1e9, 1e9 + 1] * 500
    assert Moments.of(values).variance == 0.0
    assert Moments.of([value - 1e9 for value in values]).variance == pytest.approx(0.25, rel=2e-3)


def test_no_trials_leave_the_whole_range() -> None:
    assert proportion_sequence(0, 0) == Interval(0.0, 1.0)


@pytest.mark.parametrize(
    ("log_e", "e", "p"),
    [
        (0.0, 1.0, 1.0),
        (-5.0, math.exp(-5.0), 1.0),
        (math.log(1000.0), 1000.0, 0.001),
        (1e9, 1.7976931348623157e308, 0.0),
    ],
)
def test_e_value_and_its_p(log_e: float, e: float, p: float) -> None:
    assert e_value.e_value(log_e) == pytest.approx(e, rel=1e-12)
    assert e_value.always_valid_p(log_e) == pytest.approx(p, rel=1e-12)


def test_latencies_without_measurements_have_no_ratio() -> None:
    assert guardrail.latency_ratio(LatencyPercentiles(0.0, 0.0, 0, 0)) is None
    assert guardrail.latency_ratio(LatencyPercentiles(0.0, 0.1, 5_000, 5_000)) is None
