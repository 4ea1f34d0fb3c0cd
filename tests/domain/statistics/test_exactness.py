"""The promise itself, computed instead of simulated: summed over every possible course of a test."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from domain.statistics import beta_binomial, guardrail, paired_e_value, sample_ratio, split_e_value

METHODS = [
    pytest.param(0.5, 2 * paired_e_value.PRIOR, id="paired"),
    pytest.param(0.1, split_e_value.CONCENTRATION, id="split"),
    pytest.param(0.3, sample_ratio.CONCENTRATION, id="sample ratio"),
    pytest.param(0.5, guardrail.CONCENTRATION, id="failures"),
]


@pytest.mark.parametrize(("p0", "concentration"), METHODS)
@pytest.mark.parametrize("n", [1, 10, 300])
def test_e_is_one_on_average_while_both_are_equal(p0: float, concentration: float, n: int) -> None:
    chances = stats.binom.pmf(range(n + 1), n, p0)
    es = [math.exp(beta_binomial.log_e(s, n - s, p0, concentration)) for s in range(n + 1)]
    assert float(np.dot(chances, es)) == pytest.approx(1.0, rel=1e-9)


def chance_to_reach(threshold: float, p0: float, concentration: float, trials: int) -> float:
    """The chance that E reaches `threshold` at any of `trials` looks, while the null hypothesis is true."""
    alive, reached = np.array([1.0]), 0.0
    for n in range(1, trials + 1):
        after = np.append(alive * (1 - p0), 0.0) + np.append(0.0, alive * p0)
        over = np.array(
            [beta_binomial.log_e(s, n - s, p0, concentration) >= math.log(threshold) for s in range(n + 1)]
        )
        reached += float(after[over].sum())
        alive = np.where(over, 0.0, after)
    return reached


@pytest.mark.parametrize(
    ("p0", "concentration", "threshold", "chance"),
    [
        pytest.param(0.5, 2 * paired_e_value.PRIOR, 20.0, 0.03231, id="paired"),
        pytest.param(0.1, split_e_value.CONCENTRATION, 20.0, 0.03248, id="split"),
        pytest.param(0.5, guardrail.CONCENTRATION, 100.0, 0.00692, id="failures"),
    ],
)
def test_looking_after_every_feedback_keeps_the_promise(
    p0: float, concentration: float, threshold: float, chance: float
) -> None:
    found = chance_to_reach(threshold, p0, concentration, 1_000)
    assert found <= 1 / threshold
    assert round(found, 5) == chance
