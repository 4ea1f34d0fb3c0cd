from __future__ import annotations

import math

import pytest

from domain.statistics.counts import PairCounts
from domain.statistics.estimate import Inconclusive
from domain.statistics.evidence import Evidence, EvidenceMethod
from domain.statistics.figures import ABTestFigures, ScoreSums
from domain.statistics.first_rule import weigh
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.split_difference import SplitScores, means


def split(weight: float, champion: tuple[int, int], challenger: tuple[int, int]) -> SplitScores:
    return SplitScores(weight, Moments.of_shares(*champion), Moments.of_shares(*challenger))


@pytest.mark.parametrize(
    ("scores", "metric", "reason"),
    [
        (PairCounts(), Metric.ACCURACY, "no request has feedback yet"),
        (PairMoments(), Metric.RMSE, "no request has feedback yet"),
        ((), Metric.ACCURACY, "no request has feedback yet"),
        ((split(0.5, (0, 0), (0, 0)),), Metric.MAE, "no request has feedback yet"),
        (
            (split(0.5, (9, 8), (0, 0)),),
            Metric.ACCURACY,
            "only one of the two arms has requests with feedback",
        ),
        (
            PairCounts(both_right=5_000, both_wrong=1),
            Metric.ACCURACY,
            "both algorithms were right or wrong together on all 5,001 requests with feedback",
        ),
        (
            PairMoments.of([(2.0, 1.0)] * 999),
            Metric.RMSE,
            "only 999 requests have feedback, and this method needs 1,000: rare huge errors may not have shown yet",
        ),
        (
            (SplitScores(0.5, Moments.of([1.0, 2.0] * 500), Moments.of([1.0, 2.0, 3.0] * 333)),),
            Metric.RMSE,
            "only 999 requests have feedback, and this method needs 1,000: rare huge errors may not have shown yet",
        ),
        (
            PairMoments.of([(2.0, 1.0)] * 1_000),
            Metric.RMSE,
            "both algorithms' errors differ by the same amount on all 1,000 requests with feedback",
        ),
    ],
)
def test_figures_that_say_nothing_give_a_reason_and_no_p(
    scores: ScoreSums, metric: Metric, reason: str
) -> None:
    assert weigh(ABTestFigures(scores), VerdictRules(metric)) == Inconclusive(reason)


def evidence(figures: ABTestFigures, parameters: VerdictRules) -> Evidence:
    found = weigh(figures, parameters)
    assert isinstance(found, Evidence)
    return found


def test_paired_classifiers_are_judged_exactly() -> None:
    found = evidence(ABTestFigures(PairCounts(750, 50, 100, 100)), VerdictRules())
    assert (found.feedback, found.difference, found.method, found.exact) == (
        1_000,
        0.05,
        EvidenceMethod.PAIRED,
        True,
    )
    assert (round(found.interval.low, 4), round(found.interval.high, 4)) == (0.0125, 0.0875)
    assert (round(found.e_value, 2), round(found.p, 6)) == (618.42, 0.001617)
    assert (found.ratio, found.ratio_interval, found.warnings) == (None, None, ())


def test_arm_that_is_always_right_leaves_the_whole_range_open() -> None:
    found = evidence(ABTestFigures((split(0.5, (500, 400), (500, 500)),)), VerdictRules())
    assert (found.interval.low, found.interval.high) == (-1.0, 1.0)
    assert found.e_value > 1e6


def test_more_wrong_answers_than_its_share_but_the_higher_accuracy_is_evidence_for_nobody() -> None:
    # The challenger was to have half of the feedback and has nearly all of it.
    found = evidence(ABTestFigures((split(0.5, (100, 50), (900, 500)),)), VerdictRules())
    assert found.difference > 0.0
    assert found.p == 1.0


def test_feedback_that_came_unevenly_is_warned_of() -> None:
    found = evidence(ABTestFigures((split(0.5, (1_000, 800), (700, 600)),)), VerdictRules())
    assert found.exact is False
    assert found.warnings == (
        "feedback did not reach both arms as their weights say: the comparison may be biased, and is not exact",
    )


def test_several_requests_of_one_subject_are_warned_of() -> None:
    figures = ABTestFigures((split(0.5, (1_000, 800), (1_000, 850)),), repeated_subjects=True)
    assert evidence(figures, VerdictRules()).warnings == (
        "some subjects have several requests, which are not independent: the evidence may look stronger than it is, "
        "and is not exact",
    )


def test_weights_that_changed_are_compared_within_epochs() -> None:
    early, late = split(0.1, (900, 810), (100, 90)), split(0.9, (100, 50), (900, 450))
    found = evidence(ABTestFigures((early, late)), VerdictRules())
    assert (found.difference, found.p) == (0.0, 1.0)
    pooled = means([split(0.5, (1_000, 860), (1_000, 540))])
    assert pooled is not None
    assert round(pooled.gap, 2) == -0.32


def test_epoch_without_feedback_in_one_arm_does_not_count() -> None:
    both, one = split(0.5, (100, 80), (100, 90)), split(0.1, (500, 100), (0, 0))
    with_one, alone = means([both, one]), means([both])
    assert with_one == alone


def test_split_interval_is_that_of_two_independent_means() -> None:
    found = means([split(0.5, (400, 300), (600, 480))])
    assert found is not None
    expected = math.sqrt((0.75 * 0.25 / 399 + 0.8 * 0.2 / 599) * 1_000)
    assert found.difference().sd == pytest.approx(expected, rel=1e-12)


def test_mae_is_compared_without_a_root() -> None:
    pairs = PairMoments.of([(4.0, 1.0), (8.0, 3.0), (4.0, 0.0), (8.0, 2.0)] * 500)
    rmse, mae = (evidence(ABTestFigures(pairs), VerdictRules(metric)) for metric in (Metric.RMSE, Metric.MAE))
    assert (rmse.ratio, mae.ratio) == (0.5, 0.25)
    assert rmse.ratio_interval is not None
    assert mae.ratio_interval is not None
    assert rmse.ratio_interval.low == pytest.approx(math.sqrt(mae.ratio_interval.low))
    assert rmse.difference == mae.difference == 4.5


def test_perfect_champion_has_no_ratio() -> None:
    found = evidence(ABTestFigures(PairMoments.of([(0.0, 1.0), (0.0, 2.0)] * 500)), VerdictRules(Metric.RMSE))
    assert found.ratio is None
    assert found.ratio_interval is not None
    assert (found.ratio_interval.low, found.ratio_interval.high) == (0.0, math.inf)
