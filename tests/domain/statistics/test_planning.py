"""What a test needs, how far it is, and which parameters it accepts."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidABTest
from domain.statistics import always_valid, power
from domain.statistics.counts import EpochCounts, PairCounts
from domain.statistics.figures import ABTestFigures
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.outlook import Outlook, outlook
from domain.statistics.rules import Guardrails, Metric, VerdictRules
from domain.statistics.split_difference import SplitScores
from domain.words import Kind


@given(
    st.floats(0.01, 1.0),
    st.floats(0.05, 1.0),
    st.sampled_from([0.01, 0.05]),
    st.sampled_from([0.5, 0.8, 0.95]),
)
def test_detectable_effect_is_the_inverse_of_the_needed_pairs(
    discordance: float, part: float, alpha: float, chance: float
) -> None:
    effect = discordance * part
    n = power.paired_n(discordance, effect, alpha, chance)
    # One pair more or less moves the effect by its own share of all pairs.
    found = power.paired_effect(round(n) + 1, discordance, alpha, chance)
    assert found is not None
    assert found == pytest.approx(effect, rel=2.0 / n + 1e-9)


@given(st.floats(0.05, 0.9), st.floats(0.005, 0.09), st.sampled_from([0.1, 0.5]))
def test_detectable_effect_is_the_inverse_of_the_needed_split_requests(
    share: float, effect: float, weight: float
) -> None:
    found = power.split_effect(round(power.split_n(share, effect, weight)) + 1, share, weight)
    assert found == pytest.approx(effect, rel=0.05)


@pytest.mark.parametrize(("discordance", "effect"), [(0.1, 0.0), (0.1, 0.2), (1.1, 0.1)])
def test_impossible_effects_are_refused(discordance: float, effect: float) -> None:
    with pytest.raises(ValueError, match="effect must not be 0"):
        power.paired_n(discordance, effect)


def test_equal_accuracies_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError, match="two different accuracies"):
        power.per_arm_n(0.9, 0.9)


ARMS = SplitScores(0.5, Moments.of_shares(1_000, 850), Moments.of_shares(1_000, 860))
LOSSES = PairMoments.of([(1.0, 0.5), (9.0, 9.5), (4.0, 4.2), (2.0, 1.8)] * 500)


def test_outlook_of_paired_classifiers() -> None:
    found = outlook(ABTestFigures(PairCounts(800, 50, 50, 100)), VerdictRules(version=1, minimum_effect=0.01))
    assert (found.needed, found.progress) == (14_280, 1_000 / 14_280)
    assert found.detectable is not None
    assert round(found.detectable, 4) == 0.0360


def test_outlook_of_split_classifiers() -> None:
    found = outlook(ABTestFigures((ARMS,)), VerdictRules(version=1, minimum_effect=0.01))
    assert (found.needed, found.progress) == (87_875, 2_000 / 87_875)
    assert found.detectable is not None
    assert round(found.detectable, 4) == 0.0568


def test_outlook_of_regressors() -> None:
    found = outlook(ABTestFigures(LOSSES), VerdictRules(Metric.RMSE, version=1, minimum_effect=0.01))
    assert found.needed == 1_000
    assert found.progress == 1.0
    assert found.detectable is not None
    assert round(found.detectable, 5) == 0.00384


def test_outlook_of_split_regressors() -> None:
    arms = Moments.of([1.0, 9.0] * 500), Moments.of([1.0, 8.0] * 500)
    found = outlook(
        ABTestFigures((SplitScores(0.5, *arms),)), VerdictRules(Metric.MAE, version=1, minimum_effect=0.1)
    )
    assert (found.needed, found.progress) == (2_922, 2_000 / 2_922)
    assert found.detectable is not None
    assert round(found.detectable, 4) == 0.1209


def test_effects_too_large_to_exist_are_not_promised() -> None:
    few = ABTestFigures(PairCounts(90, 2, 3, 5))
    assert outlook(few, VerdictRules(version=1, minimum_effect=0.2)) == Outlook(None, None, None)
    nearly_perfect = SplitScores(0.5, Moments.of_shares(100, 99), Moments.of_shares(100, 99))
    assert outlook(ABTestFigures((nearly_perfect,)), VerdictRules(version=1, minimum_effect=0.05)) == Outlook(
        None, None, None
    )
    wild = PairMoments.of([(0.0, 9.0), (1.0, 0.0)])
    assert outlook(ABTestFigures(wild), VerdictRules(Metric.RMSE, version=1)) == Outlook(None, None, None)


@pytest.mark.parametrize("effect", [1e-17, 1e-15, 1e-9, 1e-6])
def test_effects_too_small_for_anybody_need_more_requests_than_there_are(effect: float) -> None:
    figures = ABTestFigures((ARMS,))
    for rules in (VerdictRules(version=1, minimum_effect=effect), VerdictRules(minimum_effect=effect)):
        found = outlook(ABTestFigures(PairCounts(800, 50, 50, 100)), rules)
        assert found.needed is None
        assert outlook(figures, rules).needed is None
    assert math.isinf(always_valid.split_n(0.85, 1e-15))


def test_plans_of_a_watched_test_are_longer_than_those_of_one_look() -> None:
    assert 1.5 < always_valid.paired_n(0.1, 0.01) / power.paired_n(0.1, 0.01) < 2.1
    assert 1.5 < always_valid.split_n(0.85, 0.01) / power.split_n(0.85, 0.01) < 2.5
    assert always_valid.mean_n(1.0, 0.05) > power.mean_n(1.0, 0.05)


@given(st.floats(0.02, 0.5), st.floats(0.2, 1.0), st.integers(5_000, 50_000))
def test_detectable_effect_of_a_watched_test_is_the_inverse_of_its_plan(
    discordance: float, part: float, n: int
) -> None:
    found = always_valid.paired_effect(n, discordance * part)
    assert found is not None
    assert always_valid.paired_n(discordance * part, found) == pytest.approx(n, rel=0.02)


def test_no_mean_difference_needs_infinitely_many_requests() -> None:
    with pytest.raises(ValueError, match="effect must not be 0"):
        power.mean_n(1.0, 0.0)


@pytest.mark.parametrize(
    ("figures", "metric"),
    [
        (ABTestFigures(PairCounts()), Metric.ACCURACY),
        (ABTestFigures(PairCounts(both_right=100)), Metric.ACCURACY),
        (ABTestFigures(()), Metric.ACCURACY),
        (ABTestFigures((SplitScores(0.5, Moments.of([1.0]), Moments()),)), Metric.RMSE),
        (ABTestFigures(PairMoments.of([(1.0, 1.0)] * 9)), Metric.MAE),
    ],
)
def test_nothing_is_foretold_from_nothing(figures: ABTestFigures, metric: Metric) -> None:
    assert outlook(figures, VerdictRules(metric, version=1, minimum_effect=0.01)) == Outlook(None, None, None)


def test_without_a_minimum_effect_nothing_is_needed() -> None:
    found = outlook(ABTestFigures(PairCounts(800, 50, 50, 100)), VerdictRules(version=1))
    assert (found.needed, found.progress) == (None, None)
    assert found.detectable is not None


@pytest.mark.parametrize(
    ("given_", "path", "message"),
    [
        ({"alpha": 0.0}, ("input", "alpha"), "alpha must lie strictly between 0 and 1"),
        ({"minimum_feedback": 0}, ("input", "minFeedback"), "minFeedback must be at least 1 for accuracy"),
        (
            {"metric": Metric.RMSE, "minimum_feedback": 999},
            ("input", "minFeedback"),
            "minFeedback must be at least 1,000 for RMSE",
        ),
        ({"minimum_informative": 0}, ("input", "minInformative"), "minInformative must be at least 1"),
        ({"maximum_feedback": 0}, ("input", "maxFeedback"), "maxFeedback must be at least 1"),
        ({"maximum_duration": timedelta(0)}, ("input", "maxDuration"), "maxDuration must be above 0"),
        (
            {"minimum_effect": 1.0},
            ("input", "minimumEffect"),
            "minimumEffect must lie strictly between 0 and 1",
        ),
        (
            {"equivalence_margin": -0.1},
            ("input", "equivalenceMargin"),
            "equivalenceMargin must lie strictly between 0 and 1",
        ),
        ({"optimised_for": 0}, ("input", "optimisedFor"), "optimisedFor must be at least 1"),
        (
            {"guardrails": Guardrails(latency_ratio=1.0)},
            ("input", "guardrails", "latencyRatio"),
            "guardrails.latencyRatio must be above 1",
        ),
        (
            {"guardrails": Guardrails(failure_e=1.0)},
            ("input", "guardrails", "failureE"),
            "guardrails.failureE must be above 1",
        ),
    ],
)
def test_parameters_without_meaning_are_refused_by_name(
    given_: dict[str, Any], path: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InvalidABTest) as refused:
        VerdictRules(**given_)
    assert (refused.value.message, refused.value.path) == (message, path)


@pytest.mark.parametrize(
    ("metric", "least"), [(Metric.ACCURACY, 100), (Metric.RMSE, 1_000), (Metric.MAE, 1_000)]
)
def test_minimum_feedback_depends_on_the_metric(metric: Metric, least: int) -> None:
    assert VerdictRules(metric).least == least


def test_metrics_fit_kinds() -> None:
    fits = {(metric, kind) for metric in Metric for kind in Kind if metric.fits(kind)}
    assert fits == {
        (Metric.ACCURACY, Kind.CLASSIFIER),
        (Metric.COST, Kind.CLASSIFIER),
        (Metric.BRIER, Kind.CLASSIFIER),
        (Metric.RMSE, Kind.REGRESSOR),
        (Metric.MAE, Kind.REGRESSOR),
    }
    assert [Metric.default(kind) for kind in Kind] == [Metric.ACCURACY, Metric.RMSE]


@pytest.mark.parametrize("weight", [0.0, 1.0, -0.1, float("nan")])
def test_epoch_that_gives_one_arm_everything_cannot_be_compared(weight: float) -> None:
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        EpochCounts(weight)


def test_pairs_of_unequal_number_are_refused() -> None:
    with pytest.raises(ValueError, match="same number of losses"):
        PairMoments(Moments(1, 1.0, 1.0), Moments())
