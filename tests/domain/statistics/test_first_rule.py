from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from domain.statistics.counts import EpochCounts, PairCounts
from domain.statistics.evidence import Decision, EvidenceMethod
from domain.statistics.figures import ABTestFigures, LatencyPercentiles
from domain.statistics.first_rule import conclude, decide
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.rules import Guardrails, Metric, VerdictRules
from domain.statistics.split_difference import SplitScores
from domain.words import ABTestState, Verdict

BETTER = PairCounts(both_right=700, champion_only=30, challenger_only=90, both_wrong=180)
WORSE = PairCounts(both_right=700, champion_only=90, challenger_only=30, both_wrong=180)
OPEN = PairCounts(both_right=800, champion_only=40, challenger_only=50, both_wrong=110)
ALIKE = PairCounts(both_right=90_000, champion_only=200, challenger_only=210, both_wrong=9_590)
MISMATCH = (EpochCounts(0.5, champion=600, challenger=400),)
FAILING = (EpochCounts(0.5, champion=0, challenger=11),)
SLOW = LatencyPercentiles(champion_p95=0.02, challenger_p95=0.04, champion_n=1_000, challenger_n=1_000)
NO_CANCEL = VerdictRules(cancels=False)


def split(weight: float, champion: tuple[int, int], challenger: tuple[int, int]) -> SplitScores:
    """One epoch of right answers out of all, per arm."""
    return SplitScores(weight, Moments.of_shares(*champion), Moments.of_shares(*challenger))


def losses(challenger: float, n: int = 2_000) -> PairMoments:
    """Squared residuals 1 and 9 in turn for the champion, and `challenger` times as much, now more, now less."""
    factors = (challenger - 0.1, challenger + 0.1, challenger + 0.1, challenger - 0.1)
    return PairMoments.of((base, base * factors[i % 4]) for i, base in enumerate((1.0, 9.0) * (n // 2)))


def test_better_challenger_is_promoted() -> None:
    assert decide(ABTestFigures(BETTER), VerdictRules()) == Decision(
        ABTestState.DECIDED,
        Verdict.PROMOTED,
        "the challenger is better: 90 times only it was right, 30 times only the champion; "
        "were both equally good, at most 1 test in 243,094 would ever show so much",
        EvidenceMethod.PAIRED,
        exact=True,
    )


def test_worse_challenger_leaves_the_champion_where_it_is() -> None:
    assert decide(ABTestFigures(WORSE), VerdictRules()) == Decision(
        ABTestState.DECIDED,
        Verdict.KEPT,
        "the challenger is worse: 30 times only it was right, 90 times only the champion; "
        "were both equally good, at most 1 test in 243,094 would ever show so much",
        EvidenceMethod.PAIRED,
        exact=True,
    )


def test_unclear_difference_goes_on() -> None:
    assert decide(ABTestFigures(OPEN), VerdictRules()) == Decision(
        ABTestState.RUNNING,
        None,
        "no clear difference yet: +1.00 points of accuracy for the challenger (between -1.93 and +3.93)",
        EvidenceMethod.PAIRED,
        exact=True,
    )


def test_stricter_alpha_waits_for_more_evidence() -> None:
    counts = PairCounts(both_right=800, champion_only=30, challenger_only=60, both_wrong=110)
    assert decide(ABTestFigures(counts), VerdictRules(alpha=0.05)).verdict is Verdict.PROMOTED
    assert decide(ABTestFigures(counts), VerdictRules(alpha=0.01)).verdict is None


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (PairCounts(), "0 of the 100 requests with feedback that a verdict needs at least"),
        (PairCounts(0, 0, 99, 0), "99 of the 100 requests with feedback that a verdict needs at least"),
        (
            PairCounts(1_000, 0, 9, 0),
            "9 of the 10 requests on which exactly one algorithm is right that a verdict needs at least",
        ),
    ],
)
def test_nothing_is_decided_below_the_minimum(counts: PairCounts, reason: str) -> None:
    assert decide(ABTestFigures(counts), VerdictRules()) == Decision(
        ABTestState.RUNNING, None, reason, EvidenceMethod.COUNTS, exact=True
    )


@pytest.mark.parametrize(
    ("figures", "reason", "method", "exact"),
    [
        (
            ABTestFigures(BETTER, drawn=MISMATCH),
            "requests did not reach both arms as their weights say (the challenger was drawn 400 times, 500 were to "
            "be expected), so that no comparison can be trusted",
            EvidenceMethod.SAMPLE_RATIO,
            True,
        ),
        (
            ABTestFigures(BETTER, failures=FAILING),
            "the challenger fails more often: 11 failures against the champion's 0",
            EvidenceMethod.FAILURES,
            True,
        ),
        (
            ABTestFigures(BETTER, latency=SLOW),
            "the challenger is too slow: 95 % of its answers come within 0.04 s, 2.00 times the champion's 0.02 s",
            EvidenceMethod.LATENCY,
            False,
        ),
    ],
)
def test_guardrails_and_mismatch_come_before_any_verdict(
    figures: ABTestFigures, reason: str, method: EvidenceMethod, exact: bool
) -> None:
    cancelled = Decision(ABTestState.CANCELLED, None, reason, method, exact)
    assert decide(figures, VerdictRules()) == cancelled
    # Without automatic cancellation the test goes on, promotes nobody, and a person ends it without a winner.
    assert decide(figures, NO_CANCEL) == dataclasses.replace(cancelled, state=ABTestState.RUNNING)
    assert conclude(figures, NO_CANCEL) == Decision(
        ABTestState.DECIDED, Verdict.INCONCLUSIVE, reason, method, exact
    )


def test_mismatch_too_small_for_the_running_test_is_caught_once_at_the_decision() -> None:
    drawn = (EpochCounts(0.5, champion=5_170, challenger=4_830),)
    assert decide(ABTestFigures(OPEN, drawn=drawn), VerdictRules()).state is ABTestState.RUNNING
    found = decide(ABTestFigures(BETTER, drawn=drawn), VerdictRules())
    assert (found.state, found.method) == (ABTestState.CANCELLED, EvidenceMethod.SAMPLE_RATIO_AT_DECISION)


def test_guardrails_can_be_set() -> None:
    loose = VerdictRules(guardrails=Guardrails(failure_e=1_000.0, latency_ratio=3.0))
    assert decide(ABTestFigures(BETTER, failures=FAILING, latency=SLOW), loose).verdict is Verdict.PROMOTED


def test_failing_champion_is_no_reason_to_stop() -> None:
    failures = (EpochCounts(0.5, champion=50, challenger=0),)
    assert decide(ABTestFigures(BETTER, failures=failures), VerdictRules()).verdict is Verdict.PROMOTED


def test_a_few_slow_answers_are_no_reason_to_stop() -> None:
    few = dataclasses.replace(SLOW, challenger_n=999)
    assert decide(ABTestFigures(BETTER, latency=few), VerdictRules()).verdict is Verdict.PROMOTED


def test_interval_within_the_margin_keeps_the_champion() -> None:
    assert decide(ABTestFigures(ALIKE), VerdictRules(equivalence_margin=0.005)) == Decision(
        ABTestState.DECIDED,
        Verdict.KEPT,
        "both are equally good within the margin of 0.005: "
        "+0.01 points of accuracy for the challenger (between -0.06 and +0.08)",
        EvidenceMethod.EQUIVALENCE,
        exact=False,
    )
    assert decide(ABTestFigures(ALIKE), VerdictRules(equivalence_margin=0.0005)).state is ABTestState.RUNNING


def test_equivalence_needs_a_thousand_requests_with_feedback() -> None:
    few = PairCounts(both_right=980, champion_only=5, challenger_only=5, both_wrong=9)
    enough = few + PairCounts(both_right=1)
    parameters = VerdictRules(equivalence_margin=0.2)
    assert decide(ABTestFigures(few), parameters).state is ABTestState.RUNNING
    assert decide(ABTestFigures(enough), parameters).verdict is Verdict.KEPT


def test_maximum_feedback_without_a_result_is_inconclusive() -> None:
    assert decide(ABTestFigures(OPEN), VerdictRules(maximum_feedback=1_000)) == Decision(
        ABTestState.DECIDED,
        Verdict.INCONCLUSIVE,
        "the maximum of 1,000 requests with feedback was reached without a clear result: no clear difference yet: "
        "+1.00 points of accuracy for the challenger (between -1.93 and +3.93)",
        EvidenceMethod.COUNTS,
        exact=True,
    )
    assert decide(ABTestFigures(OPEN), VerdictRules(maximum_feedback=1_001)).state is ABTestState.RUNNING


def test_maximum_duration_ends_even_a_test_without_feedback() -> None:
    parameters = VerdictRules(maximum_duration=timedelta(days=7))
    assert decide(ABTestFigures(PairCounts(), age=timedelta(days=6)), parameters).state is ABTestState.RUNNING
    found = decide(ABTestFigures(PairCounts(), age=timedelta(days=7)), parameters)
    assert (found.verdict, found.reason) == (
        Verdict.INCONCLUSIVE,
        "the maximum duration of 7 days, 0:00:00 was reached without a clear result: "
        "0 of the 100 requests with feedback that a verdict needs at least",
    )


def test_clear_result_at_the_maximum_is_still_a_result() -> None:
    assert decide(ABTestFigures(BETTER), VerdictRules(maximum_feedback=1_000)).verdict is Verdict.PROMOTED


def test_two_algorithms_that_always_agree_never_make_a_winner() -> None:
    parameters = VerdictRules(minimum_informative=1, equivalence_margin=0.5, maximum_feedback=10**6)
    alike = PairCounts(both_right=500_000, both_wrong=499_999)
    assert decide(ABTestFigures(alike), parameters).reason == (
        "0 of the 1 requests on which exactly one algorithm is right that a verdict needs at least"
    )
    assert decide(ABTestFigures(alike + PairCounts(1)), parameters).verdict is Verdict.INCONCLUSIVE


def test_person_who_ends_an_open_test_gets_an_inconclusive_verdict_with_its_reason() -> None:
    found = conclude(ABTestFigures(OPEN), VerdictRules())
    assert (found.state, found.verdict) == (ABTestState.DECIDED, Verdict.INCONCLUSIVE)
    assert found.reason == decide(ABTestFigures(OPEN), VerdictRules()).reason


@pytest.mark.parametrize("counts", [BETTER, WORSE])
def test_person_who_ends_a_clear_test_gets_its_verdict(counts: PairCounts) -> None:
    assert conclude(ABTestFigures(counts), VerdictRules()) == decide(ABTestFigures(counts), VerdictRules())


def test_split_test_is_decided_by_wrong_answers() -> None:
    scores = (split(0.5, (2_000, 1_600), (2_000, 1_700)),)
    assert decide(ABTestFigures(scores), VerdictRules()) == Decision(
        ABTestState.DECIDED,
        Verdict.PROMOTED,
        "the challenger is better: 85.00 % (of 2,000) of its answers are right, 80.00 % (of 2,000) of the "
        "champion's; were both equally good, at most 1 test in 176 would ever show so much",
        EvidenceMethod.SPLIT,
        exact=True,
    )


def test_split_test_needs_the_minimum_in_each_arm() -> None:
    found = decide(ABTestFigures((split(0.1, (1_000, 800), (99, 99)),)), VerdictRules())
    assert found.reason == "99 of the 100 requests with feedback in each arm that a verdict needs at least"


def test_split_test_with_requests_of_the_same_subjects_is_not_called_exact() -> None:
    scores = (split(0.5, (2_000, 1_600), (2_000, 1_700)),)
    found = decide(ABTestFigures(scores, repeated_subjects=True), VerdictRules())
    assert (found.verdict, found.exact) == (Verdict.PROMOTED, False)
    assert found.reason.endswith("about 1 test in 176 would ever show so much")


def test_changed_weight_does_not_invent_a_winner() -> None:
    # Both arms have 90 % early and 60 % late; pooled, the challenger would look ten points worse.
    scores = (split(0.1, (9_000, 8_100), (1_000, 900)), split(0.5, (5_000, 3_000), (5_000, 3_000)))
    assert decide(ABTestFigures(scores), VerdictRules()).state is ABTestState.RUNNING


def test_better_regressor_is_promoted_by_the_asymptotic_method() -> None:
    found = decide(ABTestFigures(losses(0.9)), VerdictRules(Metric.RMSE))
    assert found == Decision(
        ABTestState.DECIDED,
        Verdict.PROMOTED,
        "the challenger is better: its RMSE is 0.9487 times the champion's (between 0.9441 and 0.9533); "
        "were both equally good, about 1 test in a million would ever show so much",
        EvidenceMethod.ASYMPTOTIC,
        exact=False,
    )


def test_worse_regressor_is_not() -> None:
    assert decide(ABTestFigures(losses(1.1)), VerdictRules(Metric.RMSE)).verdict is Verdict.KEPT


def test_regressors_within_the_relative_margin_are_equally_good() -> None:
    parameters = VerdictRules(Metric.MAE, equivalence_margin=0.02)
    found = decide(ABTestFigures(losses(1.001)), parameters)
    assert (found.verdict, found.method) == (Verdict.KEPT, EvidenceMethod.EQUIVALENCE)
    assert found.reason == (
        "both are equally good within the margin of 0.02: "
        "its MAE is 1.001 times the champion's (between 0.9923 and 1.01)"
    )


def test_regressor_needs_a_thousand_requests_with_feedback() -> None:
    found = decide(ABTestFigures(losses(0.5, n=998)), VerdictRules(Metric.RMSE))
    assert found.reason == "998 of the 1,000 requests with feedback that a verdict needs at least"


def test_regressors_with_the_same_errors_never_make_a_winner() -> None:
    same = PairMoments.of([(1.0, 1.0), (4.0, 4.0)] * 1_000)
    found = decide(ABTestFigures(same), VerdictRules(Metric.RMSE, equivalence_margin=0.5))
    assert (found.state, found.reason) == (
        ABTestState.RUNNING,
        "both algorithms' errors differ by the same amount on all 2,000 requests with feedback",
    )


def test_split_regressors_need_a_thousand_in_each_arm() -> None:
    many, few = Moments.of([1.0, 4.0] * 2_000), Moments.of([0.5, 2.0] * 499)
    found = decide(ABTestFigures((SplitScores(0.2, many, few),)), VerdictRules(Metric.RMSE))
    assert found.reason == "998 of the 1,000 requests with feedback in each arm that a verdict needs at least"
    enough = few + Moments.of([0.5, 2.0])
    assert (
        decide(ABTestFigures((SplitScores(0.2, many, enough),)), VerdictRules(Metric.RMSE)).verdict
        is Verdict.PROMOTED
    )


def test_losses_have_no_accuracy() -> None:
    with pytest.raises(TypeError, match="must be RMSE or MAE"):
        decide(ABTestFigures(losses(0.9)), VerdictRules(Metric.ACCURACY))
