"""The same figures as other people's libraries give."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail
from ville import AsymptoticCS, BernoulliCS, BernoulliTest, best_rho

from domain.statistics import asymptotic_sequence, beta_binomial, chi_square, power
from domain.statistics.estimate import Estimate
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.proportion_sequence import proportion_sequence

COUNTS = st.integers(0, 10**9)
SHARES = st.floats(0.01, 0.99)


def close(value: Any, digits: float = 1e-9) -> object:
    return pytest.approx(value, rel=digits, abs=digits)


@given(COUNTS, COUNTS, SHARES, st.floats(1.0, 1e4))
def test_e_value_agrees_with_scipy_up_to_a_billion(s: int, f: int, p0: float, concentration: float) -> None:
    a, b = p0 * concentration, (1 - p0) * concentration
    expected = special.betaln(a + s, b + f) - special.betaln(a, b)
    expected -= special.xlogy(s, p0) + special.xlog1py(f, -p0)
    # Rounding of the logarithms is relative to their size, some 10¹⁰ at most.
    assert beta_binomial.log_e(s, f, p0, concentration) == pytest.approx(expected, rel=1e-9, abs=5e-5)


@pytest.mark.parametrize(("p0", "prior"), [(0.5, (10.0, 10.0)), (0.1, (2.0, 18.0)), (0.3, (0.6, 1.4))])
def test_e_value_agrees_with_ville(p0: float, prior: tuple[float, float]) -> None:
    stream = np.random.default_rng(3).random(500) < 0.4
    oracle = BernoulliTest(p0, prior=prior).update(stream).log_e_values_
    right = np.cumsum(stream)
    ours = [beta_binomial.log_e(int(s), n - int(s), p0, sum(prior)) for n, s in enumerate(right, start=1)]
    assert ours == close(list(oracle), 1e-9)


@given(st.lists(st.booleans(), min_size=1, max_size=80), st.sampled_from([0.01, 0.05, 0.2]))
def test_watched_interval_of_a_share_agrees_with_ville(stream: list[bool], alpha: float) -> None:
    low, high = BernoulliCS(alpha=alpha, intersect=False).fit(np.array(stream)).interval()
    found = proportion_sequence(sum(stream), len(stream), alpha)
    assert (found.low, found.high) == close((low, high), 1e-9)


@pytest.mark.parametrize("alpha", [0.01, 0.05])
def test_asymptotic_sequence_agrees_with_ville(alpha: float) -> None:
    values = np.random.default_rng(4).normal(0.02, 1.5, size=3_000)
    oracle = AsymptoticCS(alpha=alpha)
    oracle.rho_ = 1 / asymptotic_sequence.scale(alpha) ** 2
    oracle.fit(values)
    moments = Moments.of(values.tolist())
    estimate = Estimate(moments.n, moments.mean, math.sqrt(moments.variance))
    found = asymptotic_sequence.interval(estimate, alpha)
    assert (found.low, found.high) == close(oracle.interval())


def test_closed_form_of_the_scale_is_close_to_the_best_one() -> None:
    best = 1 / math.sqrt(best_rho(2_000, 0.05))
    ratio = (
        asymptotic_sequence.radius(2_000, 1.0, 0.05)
        * 2_000
        / math.sqrt((2_000 + 1 / best**2) * math.log((2_000 + 1 / best**2) * best**2 / 0.05**2))
    )
    assert round(ratio, 5) == 1.00003


@given(st.floats(0.0, 500.0), st.integers(1, 40))
def test_chi_square_tail_agrees_with_scipy(statistic: float, df: int) -> None:
    assert chi_square.tail(statistic, df) == pytest.approx(stats.chi2.sf(statistic, df), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(("low", "high", "chance"), [(0.20, 0.25, 0.8), (0.85, 0.86, 0.8), (0.5, 0.6, 0.9)])
def test_requests_per_arm_agree_with_statsmodels(low: float, high: float, chance: float) -> None:
    oracle = samplesize_proportions_2indep_onetail(high - low, low, chance, alternative="two-sided")
    assert power.per_arm_n(low, high, power=chance) == close(oracle)


def test_moments_agree_with_numpy() -> None:
    pairs = np.random.default_rng(5).gamma(2.0, size=(400, 2))
    found = PairMoments.of((a, b) for a, b in pairs.tolist())
    expected = np.cov(pairs.T)
    assert found.champion.mean == close(float(pairs[:, 0].mean()))
    assert (found.champion.variance, found.covariance) == close((expected[0, 0], expected[0, 1]))
    gap = pairs[:, 0] - pairs[:, 1]
    assert found.difference().value == close(float(gap.mean()))
    assert found.difference().sd == close(float(gap.std(ddof=1)))
