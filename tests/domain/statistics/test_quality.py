"""Figures of quality and drift, beside the same worked out request by request, and beside libraries."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency
from sklearn.metrics import (
    brier_score_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

from domain.statistics.binned_auc import auc
from domain.statistics.brier import brier
from domain.statistics.calibration import curve, expected_error
from domain.statistics.homogeneity import homogeneity
from domain.statistics.precision_recall import by_class, mean
from domain.statistics.probability_bins import BINS, STEPS, ProbabilityCounts, bin_of, steps_of
from domain.statistics.stability_index import by_chance, stability_index

PROBABILITY = st.floats(0, 1)
SCORED = st.lists(st.tuples(PROBABILITY, st.booleans()), min_size=1, max_size=60)
COUNTS = st.lists(st.integers(0, 1000), min_size=1, max_size=8)
LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40)


def binned(scored: list[tuple[float, bool]]) -> dict[int, ProbabilityCounts]:
    bins: dict[int, ProbabilityCounts] = {}
    for probability, true in scored:
        steps = steps_of(probability)
        bins.setdefault(bin_of(steps), ProbabilityCounts()).add(steps, came_true=true)
    return bins


@given(SCORED)
def test_brier_is_within_its_rounding_of_sklearns(scored: list[tuple[float, bool]]) -> None:
    found = brier(binned(scored).values())
    right = brier_score_loss([true for _, true in scored], [p for p, _ in scored], pos_label=True)
    assert found is not None
    assert abs(found - right) <= 1 / STEPS


@given(SCORED)
def test_the_area_is_within_its_stated_error_of_sklearns(scored: list[tuple[float, bool]]) -> None:
    found = auc(binned(scored))
    truths = [true for _, true in scored]
    if len(set(truths)) == 1:
        assert found is None
        return
    # To a step, as it is kept: two probabilities that are nearer than that are a tie.
    right = roc_auc_score(truths, [steps_of(p) for p, _ in scored])
    assert found is not None
    assert abs(found.area - right) <= found.error + 1e-12


def test_the_error_of_the_area_is_small_on_scores_as_models_give_them() -> None:
    draw = random.Random(7)
    scored = [(p, draw.random() < p) for p in (draw.betavariate(0.6, 1.4) for _ in range(20_000))]
    found = auc(binned(scored))
    assert found is not None
    assert found.error < 0.01


@given(SCORED, SCORED)
def test_what_is_taken_back_leaves_nothing(
    kept: list[tuple[float, bool]], gone: list[tuple[float, bool]]
) -> None:
    bins = binned(kept + gone)
    for probability, true in gone:
        bins[bin_of(steps_of(probability))].add(steps_of(probability), came_true=true, sign=-1)
    assert {n: one for n, one in bins.items() if one.requests} == binned(kept)
    assert all(one.numbers() == (0, 0, 0, 0, 0) for one in bins.values() if not one.requests)


@given(SCORED, st.sampled_from([1, 2, 4, 5, 10, 20, 25, 50, 100]))
def test_the_curve_holds_every_request_in_its_bin(scored: list[tuple[float, bool]], points: int) -> None:
    found = curve(binned(scored), points)
    assert sum(one.requests for one in found) == len(scored)
    for one in found:
        assert one.low - 1e-9 <= one.mean_probability <= one.high + 1e-9
    steps = np.array([steps_of(p) for p, _ in scored])
    places = np.minimum(steps * points // STEPS, points - 1)
    truths = np.array([true for _, true in scored])
    gaps = [
        (places == n).sum() * abs(truths[places == n].mean() - steps[places == n].mean() / STEPS)
        for n in set(places.tolist())
    ]
    assert expected_error(found) == pytest.approx(sum(gaps) / len(scored), abs=1e-9)


@given(LABELS)
def test_classes_are_judged_as_sklearn_judges_them(pairs: list[tuple[str, str]]) -> None:
    cells: dict[tuple[str, str], int] = {}
    for pair in pairs:
        cells[pair] = cells.get(pair, 0) + 1
    found = by_class(cells, "abc")
    precision, recall, f1, support = precision_recall_fscore_support(
        [truth for _, truth in pairs], [label for label, _ in pairs], labels=list("abc"), zero_division=np.nan
    )
    assert [one.actual for one in found] == list(support)
    for figures, right in (
        ([one.precision for one in found], precision),
        ([one.recall for one in found], recall),
    ):
        assert [math.nan if figure is None else figure for figure in figures] == pytest.approx(
            list(right), nan_ok=True
        )
    assert [one.f1 for one in found if one.f1] == pytest.approx(
        [one for one in f1 if one and not math.isnan(one)]
    )


def test_macro_means_leave_out_what_divides_by_nothing() -> None:
    found = by_class({("a", "a"): 1, ("b", "a"): 1}, ["a", "b", "c"])
    assert [one.precision for one in found] == [1.0, 0.0, None]
    assert mean(one.precision for one in found) == 0.5
    assert mean(one.recall for one in found) == 0.5


@given(COUNTS, st.data())
def test_the_index_is_nothing_for_equal_shares_and_symmetric(counts: list[int], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.integers(0, 1000), min_size=len(counts), max_size=len(counts)))
    one, back = stability_index(counts, other), stability_index(other, counts)
    if sum(counts) and sum(other):
        assert one is not None
        assert one == pytest.approx(back)
        assert one >= 0
        assert stability_index(counts, counts) == pytest.approx(0)
    else:
        assert one is None


def test_what_chance_makes_of_the_index_is_its_mean() -> None:
    draw = np.random.default_rng(3)
    shares = np.array([0.3, 0.25, 0.2, 0.15, 0.1])
    found = [
        stability_index(list(draw.multinomial(400, shares)), list(draw.multinomial(150, shares)))
        for _ in range(4_000)
    ]
    expected = by_chance([400, 1, 1, 1, 0], [150, 0, 0, 0, 1])
    assert expected is not None
    assert np.mean([one for one in found if one is not None]) == pytest.approx(expected, rel=0.06)


@given(COUNTS, st.data())
def test_the_chi_square_is_scipys(counts: list[int], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.integers(0, 1000), min_size=len(counts), max_size=len(counts)))
    found = homogeneity(counts, other)
    used = [(one, two) for one, two in zip(counts, other, strict=True) if one or two]
    if not sum(counts) or not sum(other) or len(used) < 2:
        assert found is None
        return
    right = chi2_contingency(np.array(used).T, correction=False)
    assert found is not None
    assert found.degrees == right.dof
    assert found.statistic == pytest.approx(right.statistic, abs=1e-9)
    assert found.p_value == pytest.approx(right.pvalue, abs=1e-9)


@given(PROBABILITY)
def test_a_probability_lies_in_the_bin_of_its_steps(probability: float) -> None:
    steps = steps_of(probability)
    assert abs(steps / STEPS - probability) <= 0.5 / STEPS + 1e-12
    assert bin_of(steps) / BINS <= steps / STEPS <= (bin_of(steps) + 1) / BINS
