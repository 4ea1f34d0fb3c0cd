from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from domain.statistics import caveat, honest_arms, split_evidence
from domain.statistics.counts import EpochCounts, PairCounts
from domain.statistics.evidence import Decision, Evidence, EvidenceMethod
from domain.statistics.figures import ABTestFigures
from domain.statistics.moments import Moments
from domain.statistics.rules import CostMatrix, GuardrailMetric, Metric, SeenOnlyFor, VerdictRules
from domain.statistics.units import GRID, GainSums, LatencyBlocks, SeenGains, TruthDelays, UnitSums
from domain.statistics.verdict import conclude, decide, weigh
from domain.words import ABTestState, Hold, OutcomeSeen, Verdict

ALL = VerdictRules(outcome_seen=OutcomeSeen.ALL)
ONLY_YES = VerdictRules(outcome_seen=OutcomeSeen.ONLY_FOR, only_for=SeenOnlyFor(("yes",)))


def pairs(
    better: int, worse: int, *, n: int = 1_000, weight: float = 0.5, both_wrong: int = 0
) -> ABTestFigures:
    """All requests have a truth; only the challenger is right, only the champion, or both wrong but different."""
    differ = better + worse + both_wrong
    gains = SeenGains(either=GainSums(n, better - worse, better + worse))
    unit = UnitSums(weight, complete=n, disagreements=differ, labelled=differ, gains=gains)
    return ABTestFigures(
        PairCounts(n - differ, worse, better, both_wrong),
        requests=n,
        complete=n,
        disagreeing=differ,
        units=(unit,),
    )


def queue(better: int, worse: int, *, disagreeing: int, n: int) -> ABTestFigures:
    """Only disagreements have truths, and not all of them."""
    labelled = better + worse
    gains = SeenGains(either=GainSums(labelled, better - worse, labelled))
    unit = UnitSums(0.5, complete=n, disagreements=disagreeing, labelled=labelled, gains=gains)
    return ABTestFigures((), requests=n, complete=n, disagreeing=disagreeing, units=(unit,))


def split(champion: tuple[int, int], challenger: tuple[int, int], weight: float = 0.5) -> ABTestFigures:
    """All answers and right ones, per arm."""
    unit = UnitSums(weight, champion=Moments.of_shares(*champion), challenger=Moments.of_shares(*challenger))
    n = champion[0] + challenger[0]
    return ABTestFigures((), paired=False, requests=n, complete=n, units=(unit,))


def losses(first: list[float], second: list[float]) -> ABTestFigures:
    """Bounded losses of both arms on the same requests, as shares of the largest one."""
    steps = [(round(a * GRID), round(b * GRID)) for a, b in zip(first, second, strict=True)]
    gains = [a - b for a, b in steps]
    cubes = [(gain * gain // GRID) * abs(gain) for gain in gains]
    sums = GainSums(
        len(gains),
        sum(gains),
        sum(gain * gain for gain in gains),
        sum(cube for gain, cube in zip(gains, cubes, strict=True) if gain > 0),
        sum(cube for gain, cube in zip(gains, cubes, strict=True) if gain < 0),
    )
    differ = sum(gain != 0 for gain in gains)
    unit = UnitSums(
        0.5,
        complete=len(gains),
        disagreements=differ,
        labelled=differ,
        gains=SeenGains(either=sums),
        champion=Moments.of(float(a) for a, _ in steps),
        challenger=Moments.of(float(b) for _, b in steps),
        cross=float(sum(a * b for a, b in steps)),
    )
    return ABTestFigures((), requests=len(gains), complete=len(gains), disagreeing=differ, units=(unit,))


def test_better_challenger_is_promoted_with_the_low_end_of_its_interval() -> None:
    assert decide(pairs(90, 30), VerdictRules()) == Decision(
        ABTestState.DECIDED,
        Verdict.PROMOTED,
        "the challenger is better: 90 times only it was right, 30 times only the champion; +6.00 points of accuracy "
        "for the challenger (between +1.56 and +12.44); were both equally good, at most 1 test in 243,094 would ever "
        "show so much",
        EvidenceMethod.PAIRED,
        exact=True,
    )


def test_worse_challenger_leaves_the_champion_where_it_is() -> None:
    found = decide(pairs(30, 90), VerdictRules())
    assert (found.verdict, found.method, found.holds) == (Verdict.KEPT, EvidenceMethod.PAIRED, ())


def test_unclear_difference_goes_on_and_says_how_much_evidence_there_is() -> None:
    assert decide(pairs(50, 40), VerdictRules()).reason == (
        "no clear difference yet: +1.00 points of accuracy for the challenger; evidence 0.668 of the 20 that a verdict "
        "needs"
    )


def test_hundred_equal_requests_of_one_subject_are_one_unit() -> None:
    one = UnitSums(0.5, complete=1, disagreements=1, labelled=1, gains=SeenGains(either=GainSums(1, 1, 1)))
    figures = ABTestFigures(PairCounts(challenger_only=100), complete=100, disagreeing=100, units=(one,))
    assert decide(figures, VerdictRules()).reason == (
        "1 of the 100 requests with feedback that a verdict needs at least, each subject once"
    )


@pytest.mark.parametrize("accepted", [frozenset(), frozenset({Hold.LATE_TRUTHS})])
def test_uneven_weights_under_unknown_outcomes_name_no_winner(accepted: frozenset[Hold]) -> None:
    found = decide(pairs(90, 30, weight=0.3), VerdictRules())
    assert (found.state, found.verdict) == (ABTestState.RUNNING, None)
    assert (found.holds, found.withheld) == ((Hold.UNKNOWN_OUTCOMES,), Verdict.PROMOTED)
    assert found.reason.startswith(
        "no winner is named by itself: nobody has said for which answers the truth is seen"
    )
    ended = conclude(pairs(90, 30, weight=0.3), VerdictRules(), accepted)
    assert (ended.state, ended.verdict) == (ABTestState.DECIDED, Verdict.INCONCLUSIVE)
    assert (ended.reason, ended.withheld) == (found.reason, Verdict.PROMOTED)


def test_person_who_accepts_every_hold_gets_the_verdict() -> None:
    figures = dataclasses.replace(pairs(90, 30, weight=0.3), shadow=True)
    found = conclude(figures, VerdictRules(), frozenset({Hold.UNKNOWN_OUTCOMES}))
    assert (found.state, found.verdict) == (ABTestState.DECIDED, Verdict.PROMOTED)
    assert (found.holds, found.withheld) == ((Hold.UNKNOWN_OUTCOMES,), None)


def test_held_test_at_its_maximum_is_inconclusive_and_keeps_what_was_withheld() -> None:
    figures = pairs(30, 90, weight=0.3)
    found = decide(figures, VerdictRules(maximum_feedback=1_000))
    assert (found.state, found.verdict, found.withheld) == (
        ABTestState.DECIDED,
        Verdict.INCONCLUSIVE,
        Verdict.KEPT,
    )
    assert found.reason.startswith("the maximum of 1,000 requests with feedback was reached: no winner")


def test_equivalence_is_withheld_as_well() -> None:
    alike = pairs(20, 21, n=100_000, weight=0.3)
    found = decide(alike, VerdictRules(equivalence_margin=0.01))
    assert (found.state, found.withheld) == (ABTestState.RUNNING, Verdict.KEPT)


def test_cancellation_is_not_held() -> None:
    figures = dataclasses.replace(
        pairs(90, 30, weight=0.3), drawn=(EpochCounts(0.5, champion=600, challenger=400),)
    )
    assert decide(figures, VerdictRules()).state is ABTestState.CANCELLED


def test_declared_outcomes_are_weighed_by_the_lottery() -> None:
    # Served to three in ten, the challenger's yes is seen less often: eight of ten each, so that none is better.
    def figures(champion: int, challenger: int) -> ABTestFigures:
        gains = SeenGains(
            champion=GainSums(champion, -champion * 6 // 10, champion),
            challenger=GainSums(challenger, challenger * 6 // 10, challenger),
        )
        n = champion + challenger
        unit = UnitSums(0.3, complete=10 * n, disagreements=2 * n, labelled=n, gains=gains)
        return ABTestFigures((), complete=10 * n, disagreeing=2 * n, units=(unit,))

    even = weigh(figures(700, 300), ONLY_YES)
    assert isinstance(even, Evidence)
    assert (even.method, even.exact) == (EvidenceMethod.WEIGHTED, True)
    assert even.difference == pytest.approx(0.0, abs=1e-12)
    assert decide(figures(700, 300), ONLY_YES).verdict is None
    # Unweighted it would be a clear loss.
    assert decide(figures(700, 300), VerdictRules()).withheld is Verdict.KEPT
    assert decide(figures(300, 700), ONLY_YES).verdict is Verdict.PROMOTED


def test_declared_outcomes_at_even_weights_are_the_coin() -> None:
    gains = SeenGains(champion=GainSums(60, 30, 60), challenger=GainSums(60, 30, 60))
    unit = UnitSums(0.5, complete=1_000, disagreements=240, labelled=120, gains=gains)
    figures = ABTestFigures((), complete=1_000, disagreeing=240, units=(unit,))
    found = decide(figures, ONLY_YES)
    assert (found.verdict, found.method) == (Verdict.PROMOTED, EvidenceMethod.PAIRED)


def test_alarm_on_selective_feedback_holds_the_verdict() -> None:
    figures = pairs(90, 30)
    alarmed = dataclasses.replace(figures.units[0], higher_challenger=40, lower_champion=40)
    found = decide(dataclasses.replace(figures, units=(alarmed,)), ALL)
    assert (found.holds, found.withheld) == ((Hold.SELECTIVE_FEEDBACK,), Verdict.PROMOTED)


def test_late_truths_hold_the_verdict_until_the_test_waits_for_them() -> None:
    delays = (TruthDelays("no", (0, 60)), TruthDelays("yes", (0,) * 12 + (40,)))
    figures = dataclasses.replace(pairs(90, 30), delays=delays, age=timedelta(hours=9))
    assert decide(figures, ALL).holds == (Hold.LATE_TRUTHS,)
    assert decide(dataclasses.replace(figures, waited=timedelta(hours=2)), ALL).holds == ()
    old = dataclasses.replace(figures, age=timedelta(days=30))
    assert decide(old, ALL).verdict is Verdict.PROMOTED


def test_truths_of_one_class_only_hold_the_verdict() -> None:
    figures = dataclasses.replace(pairs(90, 30), delays=(TruthDelays("no", (0, 100)),))
    assert decide(figures, ALL).holds == (Hold.LATE_TRUTHS,)


def test_queue_shows_the_difference_over_all_requests() -> None:
    found = weigh(queue(300, 100, disagreeing=1_000, n=10_000), VerdictRules())
    assert isinstance(found, Evidence)
    assert found.difference == pytest.approx(0.05)
    assert (round(found.interval.low, 4), round(found.interval.high, 4)) == (0.0284, 0.0742)
    assert honest_arms.unknown(queue(300, 100, disagreeing=1_000, n=10_000), VerdictRules()) == (
        "truths were given mostly where both disagree (40 % of disagreements have one, 0 % of the others), so that "
        "only the difference between both arms is known, not how often each is right"
    )
    assert honest_arms.unknown(pairs(90, 30), VerdictRules()) is None


def test_copies_are_equally_good_without_a_single_disagreement() -> None:
    rules = VerdictRules(equivalence_margin=0.01)
    assert decide(pairs(0, 0, n=983), rules).state is ABTestState.RUNNING
    found = decide(pairs(0, 0, n=984), rules)
    assert (found.verdict, found.method, found.exact) == (Verdict.KEPT, EvidenceMethod.EQUIVALENCE, True)
    assert found.reason == (
        "both are equally good within the margin of 0.01: they disagree on 0 of 984, so on at most 1 %"
    )


def test_interval_within_the_margin_keeps_the_champion() -> None:
    found = decide(pairs(2_000, 2_010, n=100_000), VerdictRules(equivalence_margin=0.01))
    assert (found.verdict, found.method) == (Verdict.KEPT, EvidenceMethod.EQUIVALENCE)


def test_no_verdict_before_the_minimum_duration() -> None:
    rules = VerdictRules(minimum_duration=timedelta(days=7))
    early = dataclasses.replace(pairs(90, 30), age=timedelta(days=6))
    assert decide(early, rules).reason == (
        "the test runs for 7 days, 0:00:00 at least, and has for 6 days, 0:00:00"
    )
    assert decide(dataclasses.replace(early, age=timedelta(days=7)), rules).verdict is Verdict.PROMOTED


def test_split_needs_its_interval_besides_its_evidence() -> None:
    # The challenger's feedback is rarer: fewer wrong answers came, of fewer answers.
    rates = split((2_500, 2_250), (1_750, 1_577))
    assert split_evidence.log_e(split_evidence.scores_of(rates)) > 40.0
    assert decide(rates, ALL).reason == (
        "no clear difference yet: +0.11 points of accuracy for the challenger; evidence 0.238 of the 20 that a verdict "
        "needs"
    )
    found = decide(split((2_000, 1_600), (2_000, 1_740)), ALL)
    assert (found.verdict, found.method, found.exact) == (Verdict.PROMOTED, EvidenceMethod.TILTED, True)
    assert decide(split((2_000, 1_600), (2_000, 1_740)), VerdictRules()).holds == (Hold.UNKNOWN_OUTCOMES,)


def test_split_of_an_arm_that_is_never_right_ends() -> None:
    assert decide(split((100, 0), (100, 100)), ALL).verdict is Verdict.PROMOTED


def test_cheaper_challenger_that_errs_more_often_is_promoted() -> None:
    # Of 1,000 requests it misses no fraud, at the price of 100 false alarms.
    missed, alarms = [1.0] * 40, [0.1] * 100
    figures = losses(missed + [0.0] * 960, [0.0] * 40 + alarms + [0.0] * 860)
    rules = VerdictRules(
        Metric.COST, outcome_seen=OutcomeSeen.ALL, costs=CostMatrix((("fraud", "fine", 10.0),))
    )
    found = decide(figures, rules)
    assert (found.verdict, found.method) == (Verdict.PROMOTED, EvidenceMethod.BOUNDED)
    evidence = weigh(figures, rules)
    assert isinstance(evidence, Evidence)
    assert round(evidence.difference, 4) == 0.3
    assert evidence.ratio == pytest.approx(0.25, abs=1e-5)
    assert evidence.ratio_interval is not None
    assert evidence.interval.low > 0.0
    assert evidence.ratio_interval.high < 1.0


def test_regressors_without_a_largest_error_show_their_evidence_and_name_no_winner() -> None:
    moments = Moments.of([1.0, 9.0] * 1_000), Moments.of([0.8, 8.2] * 1_000)
    cross = 1_000 * (0.8 + 9.0 * 8.2)
    unit = UnitSums(0.5, champion=moments[0], challenger=moments[1], cross=cross)
    figures = ABTestFigures((), requests=2_000, complete=2_000, units=(unit,))
    found = decide(figures, VerdictRules(Metric.RMSE, outcome_seen=OutcomeSeen.ALL))
    assert (found.holds, found.withheld, found.exact) == (
        (Hold.UNBOUNDED_ERRORS,),
        Verdict.PROMOTED,
        False,
    )


def test_one_huge_error_counts_as_the_largest_and_no_more() -> None:
    first, second = [0.02] * 3_000, [0.01] * 2_990 + [1.0] * 10
    rules = VerdictRules(Metric.MAE, outcome_seen=OutcomeSeen.ALL, largest_error=5.0)
    found = decide(losses(first, second), rules)
    assert (found.verdict, found.method, found.exact) == (Verdict.PROMOTED, EvidenceMethod.BOUNDED, True)
    assert found.reason.startswith("the challenger is better: its MAE is 0.665 times the champion's (between")


def test_slow_challenger_is_cancelled_by_stretches_of_time() -> None:
    slow = dataclasses.replace(pairs(50, 40), blocks=LatencyBlocks(slower=11, faster=0, all=30))
    found = decide(slow, VerdictRules())
    assert (found.state, found.method) == (ABTestState.CANCELLED, EvidenceMethod.LATENCY)
    even = dataclasses.replace(slow, blocks=LatencyBlocks(slower=11, faster=9, all=30))
    assert decide(even, VerdictRules()).state is ABTestState.RUNNING


def test_guardrail_metric_ends_a_test_whose_challenger_is_too_inaccurate() -> None:
    rules = VerdictRules(
        Metric.COST,
        outcome_seen=OutcomeSeen.ALL,
        costs=CostMatrix((("fraud", "fine", 10.0),)),
        guardrail_metric=GuardrailMetric(Metric.ACCURACY, 0.02),
    )
    figures = losses([1.0] * 40 + [0.0] * 960, [0.0] * 40 + [0.1] * 200 + [0.0] * 760)
    bad = dataclasses.replace(figures.units[0], guarded=SeenGains(either=GainSums(1_000, -160, 240)))
    found = decide(dataclasses.replace(figures, units=(bad,)), rules)
    assert (found.state, found.method) == (ABTestState.CANCELLED, EvidenceMethod.GUARDRAIL_METRIC)
    good = dataclasses.replace(bad, guarded=SeenGains(either=GainSums(1_000, -20, 240)))
    assert decide(dataclasses.replace(figures, units=(good,)), rules).state is not ABTestState.CANCELLED


def test_every_verdict_has_the_caveat_of_the_winner() -> None:
    evidence = weigh(pairs(90, 30), VerdictRules())
    assert isinstance(evidence, Evidence)
    assert caveat.caveat(evidence, Verdict.PROMOTED, VerdictRules()) == (
        "a test stops while its lead is large, so that +6.00 points of accuracy is probably too much: count on +1.56"
    )
    assert caveat.caveat(evidence, None, VerdictRules()) is None


OLD = VerdictRules(version=1)


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({"paired": False}, OLD),
        ({"shadow": True}, OLD),
        ({"repeated_subjects": True}, OLD),
        ({"drawn": (EpochCounts(0.3, 700, 300),)}, OLD),
        ({"delays": (TruthDelays("no", (0, 100)),)}, OLD),
        ({"units": (UnitSums(0.5, higher_challenger=40, lower_champion=40),)}, OLD),
    ],
)
def test_test_of_the_older_rule_is_held_where_that_rule_is_wrong(
    change: dict[str, object], rules: VerdictRules
) -> None:
    whole = ABTestFigures(PairCounts(700, 30, 90, 180))
    assert decide(whole, rules).verdict is Verdict.PROMOTED
    found = decide(dataclasses.replace(whole, **change), rules)  # type: ignore[arg-type]
    assert (found.state, found.holds, found.withheld) == (
        ABTestState.RUNNING,
        (Hold.OLDER_RULE,),
        Verdict.PROMOTED,
    )


def test_cleared_epochs_and_changed_weights_go_on_under_one_coin() -> None:
    # While outcomes are seen for all answers, no weight matters to the coin.
    early, late = pairs(45, 15, n=500, weight=0.1), pairs(45, 15, n=500, weight=0.5)
    both = dataclasses.replace(early, complete=1_000, disagreeing=120, units=early.units + late.units)
    assert weigh(both, ALL) == weigh(pairs(90, 30), ALL)
