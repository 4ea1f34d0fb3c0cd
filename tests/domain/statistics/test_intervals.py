"""The interval that belongs to a verdict: it excludes equality exactly when the verdict falls."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.statistics.estimate import Inconclusive, Interval
from domain.statistics.evidence import Evidence
from domain.statistics.figures import ABTestFigures
from domain.statistics.interval_of_e import allowed
from domain.statistics.moments import Moments
from domain.statistics.rules import Metric, SeenOnlyFor, VerdictRules
from domain.statistics.units import GRID, GainSums, SeenGains, UnitSums
from domain.statistics.verdict import weigh
from domain.words import OutcomeSeen

ONLY_YES = VerdictRules(outcome_seen=OutcomeSeen.ONLY_FOR, only_for=SeenOnlyFor(("yes",)))


def excludes(interval: Interval, value: float) -> bool:
    return not interval.low < value < interval.high


def agree(found: Evidence | Inconclusive, alpha: float = 0.05) -> None:
    """Both say the same of equality."""
    if isinstance(found, Inconclusive):
        return
    if found.difference == 0.0:
        assert not excludes(found.interval, 0.0)
        return
    assert excludes(found.interval, 0.0) == (found.log_e >= -math.log(alpha))
    assert found.interval.low <= found.difference <= found.interval.high
    if found.ratio_interval is not None and found.ratio is not None:
        assert excludes(found.ratio_interval, 1.0) == (found.log_e >= -math.log(alpha))


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 50), st.integers(0, 5_000))
def test_paired_accuracy(better: int, worse: int, both_wrong: int, alike: int) -> None:
    differ = better + worse + both_wrong
    n = differ + alike
    gains = SeenGains(either=GainSums(n, better - worse, better + worse))
    unit = UnitSums(0.5, complete=n, disagreements=differ, labelled=differ, gains=gains)
    agree(weigh(ABTestFigures((), complete=n, disagreeing=differ, units=(unit,)), VerdictRules()))


@given(st.floats(0.05, 0.95), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_weighted_accuracy(weight: float, won: int, lost: int, found: int, missed: int) -> None:
    gains = SeenGains(
        champion=GainSums(won + lost, won - lost, won + lost),
        challenger=GainSums(found + missed, found - missed, found + missed),
    )
    labelled = won + lost + found + missed
    unit = UnitSums(
        weight, complete=10 * labelled, disagreements=2 * labelled, labelled=labelled, gains=gains
    )
    figures = ABTestFigures((), complete=10 * labelled, disagreeing=2 * labelled, units=(unit,))
    agree(weigh(figures, ONLY_YES))


LOSS = st.floats(0.0, 1.0)


@pytest.mark.parametrize("metric", [Metric.RMSE, Metric.MAE, Metric.BRIER])
@given(losses=st.lists(st.tuples(LOSS, LOSS), min_size=1, max_size=20), times=st.integers(1, 50))
def test_bounded_losses(metric: Metric, losses: list[tuple[float, float]], times: int) -> None:
    steps = [(round(a * GRID), round(b * GRID)) for a, b in losses] * times
    gains = [a - b for a, b in steps]
    cubes = [(gain * gain // GRID) * gain for gain in gains]
    sums = GainSums(
        len(gains),
        sum(gains),
        sum(gain * gain for gain in gains),
        sum(cube for cube in cubes if cube > 0),
        sum(-cube for cube in cubes if cube < 0),
    )
    unit = UnitSums(
        0.5,
        complete=len(gains),
        gains=SeenGains(either=sums),
        champion=Moments.of(float(a) for a, _ in steps),
        challenger=Moments.of(float(b) for _, b in steps),
        cross=float(sum(a * b for a, b in steps)),
    )
    rules = VerdictRules(metric, largest_error=None if metric is Metric.BRIER else 3.0)
    agree(weigh(ABTestFigures((), complete=len(gains), units=(unit,)), rules))


@given(st.floats(-0.9, 0.9), st.floats(0.001, 10.0), st.floats(1e-3, 100.0))
def test_edges_of_a_parabola(best: float, width: float, sharpness: float) -> None:
    found = allowed(
        lambda x: sharpness * (x - best) ** 2 - 1.0, best, width, Interval(-1.0, 1.0), math.exp(-3.0)
    )
    half = math.sqrt(4.0 / sharpness)
    assert found.low == pytest.approx(max(-1.0, best - half), rel=1e-3, abs=1e-3)
    assert found.high == pytest.approx(min(1.0, best + half), rel=1e-3, abs=1e-3)


def test_edges_of_a_function_that_leaves_the_range_of_a_float() -> None:
    found = allowed(lambda x: math.inf if x > 0.25 else -1.0, 0.0, 0.1, Interval(-1.0, 1.0), math.exp(-3.0))
    assert found.low == -1.0
    assert found.high == pytest.approx(0.25, abs=1e-9)
