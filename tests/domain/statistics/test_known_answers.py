"""Figures from textbooks and papers, to the digits in which they are given there."""

from __future__ import annotations

import math

import pytest

from domain.statistics import (
    asymptotic_sequence,
    chi_square,
    paired_e_value,
    power,
    sample_ratio,
)
from domain.statistics.counts import EpochCounts


@pytest.mark.parametrize(("effect", "n"), [(0.01, 7846.5), (0.02, 1959.9)])
def test_pairs_needed_at_ninety_percent_agreement(effect: float, n: float) -> None:
    assert round(power.paired_n(0.10, effect), 1) == n


@pytest.mark.parametrize(("effect", "labels"), [(0.01, 785), (0.02, 196)])
def test_labels_needed_when_only_disagreements_are_labelled(effect: float, labels: int) -> None:
    assert math.ceil(power.discordant_n(0.10, effect)) == labels


def test_requests_per_arm_from_20_to_25_percent() -> None:
    assert round(power.per_arm_n(0.20, 0.25), 1) == 1093.7


@pytest.mark.parametrize(("effect", "paired", "split"), [(0.01, 7_847, 38_922), (0.02, 1_960, 9_448)])
def test_paired_tests_need_a_fifth_of_the_feedback_of_split_ones(
    effect: float, paired: int, split: int
) -> None:
    assert math.ceil(power.paired_n(0.10, effect)) == paired
    assert 2 * math.ceil(power.per_arm_n(0.85, 0.85 + effect)) == split


def test_sample_ratio_of_821588_and_815482() -> None:
    drawn = [EpochCounts(0.5, champion=821_588, challenger=815_482)]
    assert round(sample_ratio.statistic(drawn), 3) == 22.774
    assert f"{sample_ratio.p_at_decision(drawn):.3e}" == "1.822e-06"


@pytest.mark.parametrize(("right", "wrong", "e"), [(7, 0, 16.0), (15, 5, 3.2206), (0, 0, 1.0)])
def test_beta_binomial_e_values_with_a_uniform_prior(right: int, wrong: int, e: float) -> None:
    assert round(math.exp(paired_e_value.log_e(right, wrong, prior=1.0)), 4) == e


def test_asymptotic_sequence_at_a_thousand() -> None:
    assert round(asymptotic_sequence.scale(0.05, 1000), 7) == 0.0890851
    assert round(asymptotic_sequence.radius(1000, 1.0, 0.05, 1000), 7) == 0.0959817


@pytest.mark.parametrize(
    ("statistic", "df", "p"),
    [
        (3.841459, 1, 0.05),
        (10.827566, 1, 0.001),
        (9.210340, 2, 0.01),
        (7.814728, 3, 0.05),
        (18.307038, 10, 0.05),
    ],
)
def test_chi_square_table(statistic: float, df: int, p: float) -> None:
    assert round(chi_square.tail(statistic, df), 7) == p
