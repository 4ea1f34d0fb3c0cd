from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.statistics.plain_comparison import ArmFigures, BetterAlgorithm, PlainComparison, compare
from domain.words import Kind

COUNTS = st.integers(0, 1000).flatmap(
    lambda n: st.builds(ArmFigures, with_feedback=st.just(n), correct=st.integers(0, n))
)
SUMS = st.builds(ArmFigures, with_feedback=st.integers(0, 1000), squares=st.floats(0, 1e12))


def test_higher_accuracy_wins_and_the_sentence_is_the_old_one() -> None:
    found = compare(
        Kind.CLASSIFIER, ArmFigures(with_feedback=11, correct=8), ArmFigures(with_feedback=13, correct=8)
    )
    assert found == PlainComparison(
        BetterAlgorithm.ALGORITHM_1,
        "algorithm #1 has the better accuracy",
        "Algorithm #1 accuracy: 0.7272727272727273, Algorithm #2 accuracy: 0.6153846153846154",
    )


def test_lower_rmse_wins() -> None:
    found = compare(
        Kind.REGRESSOR, ArmFigures(with_feedback=2, squares=8.0), ArmFigures(with_feedback=4, squares=4.0)
    )
    assert found == PlainComparison(
        BetterAlgorithm.ALGORITHM_2,
        "algorithm #2 has the better RMSE",
        "Algorithm #1 RMSE: 2.0, Algorithm #2 RMSE: 1.0",
    )


def test_equal_fractions_are_a_tie_whatever_floats_make_of_them() -> None:
    found = compare(
        Kind.CLASSIFIER, ArmFigures(with_feedback=3, correct=1), ArmFigures(with_feedback=9, correct=3)
    )
    assert (found.better, found.reason) == (None, "both accuracies are equal")


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (ArmFigures(), ArmFigures(), "no request of algorithm #1 and #2 has feedback"),
        (
            ArmFigures(with_feedback=1, correct=1),
            ArmFigures(served=9),
            "no request of algorithm #2 has feedback",
        ),
    ],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_algorithm_without_feedback_has_no_figure(
    kind: Kind, first: ArmFigures, second: ArmFigures, reason: str
) -> None:
    found = compare(kind, first, second)
    assert (found.better, found.reason) == (None, reason)
    assert found.sentence.endswith("#2 accuracy: n/a" if kind is Kind.CLASSIFIER else "#2 RMSE: n/a")


@given(
    st.one_of(
        st.tuples(st.just(Kind.CLASSIFIER), COUNTS, COUNTS), st.tuples(st.just(Kind.REGRESSOR), SUMS, SUMS)
    )
)
def test_swapping_the_algorithms_swaps_the_better_one(case: tuple[Kind, ArmFigures, ArmFigures]) -> None:
    kind, first, second = case
    swapped = {
        None: None,
        BetterAlgorithm.ALGORITHM_1: BetterAlgorithm.ALGORITHM_2,
        BetterAlgorithm.ALGORITHM_2: BetterAlgorithm.ALGORITHM_1,
    }
    assert compare(kind, second, first).better == swapped[compare(kind, first, second).better]
