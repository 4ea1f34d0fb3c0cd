"""The tests of bounded losses, of what is seen for some answers only, and of right answers: that they are e-values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.statistics import bounded_e_value, coupled_tilt, paired_e_value, seen_bets
from domain.statistics.bounded_e_value import BETS, LOG_WEIGHTS, Sums, log_sum
from domain.statistics.bounded_loss import brier_loss, cost_loss, error_loss
from domain.statistics.rules import CostMatrix
from domain.statistics.seen_bets import SeenCounts
from domain.statistics.units import GRID

GAINS = st.lists(st.floats(-1.0, 1.0), max_size=40)


def sums_of(gains: list[float]) -> Sums:
    return Sums(
        math.fsum(gains),
        math.fsum(gain**2 for gain in gains),
        math.fsum(gain**3 for gain in gains if gain > 0),
        math.fsum(-(gain**3) for gain in gains if gain < 0),
    )


def product(gains: list[float]) -> float:
    """What the bets themselves would have come to: the exact e-value of which only a lower bound is known by sums."""
    logs = [
        weight + math.fsum(math.log1p(side * bet * gain) for gain in gains)
        for weight, bet in zip(LOG_WEIGHTS, BETS, strict=True)
        for side in (1.0, -1.0)
    ]
    return log_sum(logs) - math.log(2)


@given(GAINS)
def test_evidence_of_sums_is_never_above_that_of_the_bets(gains: list[float]) -> None:
    with_cubes = sums_of(gains)
    without = Sums(with_cubes.total, with_cubes.squares)
    assert bounded_e_value.log_e(with_cubes) <= product(gains) + 1e-9
    assert bounded_e_value.log_e(without) <= product(gains) + 1e-9


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), max_size=40))
def test_evidence_of_whole_gains_is_that_of_the_bets(gains: list[float]) -> None:
    assert bounded_e_value.log_e(sums_of(gains)) == pytest.approx(product(gains), abs=1e-9)


@given(GAINS)
def test_evidence_does_not_depend_on_who_is_called_the_challenger(gains: list[float]) -> None:
    turned = sums_of([-gain for gain in gains])
    assert bounded_e_value.log_e(sums_of(gains)) == pytest.approx(bounded_e_value.log_e(turned), abs=1e-9)


@given(st.integers(0, 300), st.integers(0, 300))
def test_bets_at_even_weights_are_the_coin(better: int, worse: int) -> None:
    counts = [SeenCounts(0.5, 2.0, better, worse, 0)]
    assert seen_bets.log_e(counts) == pytest.approx(paired_e_value.log_e(better, worse), rel=1e-4, abs=1e-4)


@given(st.floats(0.05, 0.95), st.integers(0, 20), st.integers(0, 20), st.floats(0.0, 1.0))
def test_next_disagreement_of_equals_adds_no_evidence_on_average(
    weight: float, better: int, worse: int, share: float
) -> None:
    largest = max(1 / weight, 1 / (1 - weight))

    def evidence(challenger: tuple[int, int], champion: tuple[int, int]) -> float:
        counts = [SeenCounts(weight, largest, *challenger, 0), SeenCounts(1 - weight, largest, *champion, 0)]
        return math.exp(seen_bets.log_e(counts))

    now = evidence((better, worse), (worse, better))
    # Half of the disagreements are shown by the challenger, which wins a share of these; the champion wins as many.
    after = (
        0.5 * weight * share * evidence((better + 1, worse), (worse, better))
        + 0.5 * weight * (1 - share) * evidence((better, worse + 1), (worse, better))
        + 0.5 * (1 - weight) * share * evidence((better, worse), (worse, better + 1))
        + 0.5 * (1 - weight) * (1 - share) * evidence((better, worse), (worse + 1, better))
        + 0.5 * now
    )
    assert after == pytest.approx(now, rel=1e-9)


@given(st.floats(0.01, 0.99))
def test_right_and_wrong_answers_of_equals_are_shared_by_the_weight(weight: float) -> None:
    for wrong_first, wrong_second, right_first, right_second in coupled_tilt.ratios(weight).tolist():
        assert (1 - weight) * math.exp(wrong_first) + weight * math.exp(wrong_second) == pytest.approx(1.0)
        assert (1 - weight) * math.exp(right_first) + weight * math.exp(right_second) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (cost_loss(CostMatrix((("a", "b", 4.0), ("a", "a", -1.0))), "a", "b", ("a", "b")), 1.0),
        (cost_loss(CostMatrix((("a", "b", 4.0), ("a", "a", -1.0))), "a", "a", ("a", "b")), 0.0),
        (cost_loss(CostMatrix((("a", "b", 4.0), ("a", "a", -1.0))), "b", "b", ("a", "b")), 0.2),
        (cost_loss(CostMatrix((("a", "b", 4.0),), otherwise=2.0), "b", None, ("a", "b")), 0.5),
        (cost_loss(CostMatrix((), otherwise=0.0), "a", "b", ("a", "b")), 0.0),
        (brier_loss({"a": 1.0, "b": 0.0}, "b"), 1.0),
        (brier_loss({"a": 0.5, "b": 0.5}, "b"), 0.25),
        (brier_loss({"a": math.nan}, "a"), 1.0),
        (error_loss(3.0, 2.0, squared=True), 1.0),
        (error_loss(math.nan, 2.0, squared=False), 1.0),
        (error_loss(None, 2.0, squared=False), 1.0),
        (error_loss(-1.0, 2.0, squared=True), 0.25),
    ],
)
def test_losses_lie_between_nothing_and_the_largest(loss: int, expected: float) -> None:
    assert loss == round(expected * GRID)
