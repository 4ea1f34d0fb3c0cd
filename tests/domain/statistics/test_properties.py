from __future__ import annotations

import math
import random
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.statistics import (
    asymptotic_sequence,
    e_value,
    paired_e_value,
    rmse_ratio,
    sample_ratio,
    split_e_value,
)
from domain.statistics.counts import EpochCounts, PairCounts
from domain.statistics.estimate import REAL_LINE, Estimate, Inconclusive, Interval
from domain.statistics.evidence import Evidence
from domain.statistics.figures import ABTestFigures, LatencyPercentiles, ScoreSums
from domain.statistics.first_rule import conclude, decide, weigh
from domain.statistics.moments import Moments, PairMoments
from domain.statistics.proportion_sequence import proportion_sequence
from domain.statistics.rules import Metric, VerdictRules
from domain.statistics.split_difference import SplitScores
from domain.words import ABTestState, Verdict

ALPHAS = st.sampled_from([0.001, 0.01, 0.05, 0.2])
COUNT = st.integers(0, 10**9)
PAIRS = st.builds(PairCounts, COUNT, COUNT, COUNT, COUNT)
WEIGHTS = st.sampled_from([0.05, 0.25, 0.5, 0.75])
SHARES = st.integers(0, 10**6).flatmap(lambda n: st.builds(Moments.of_shares, st.just(n), st.integers(0, n)))
SPLITS = st.lists(st.builds(SplitScores, WEIGHTS, SHARES, SHARES), max_size=3).map(tuple)
LOSSES = st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2, max_size=30)


def many(losses: list[tuple[float, float]]) -> PairMoments:
    """Enough requests for the asymptotic method, with these losses again and again."""
    once = PairMoments.of(losses)
    repeats = math.ceil(asymptotic_sequence.LEAST / once.n)

    def repeated(moments: Moments) -> Moments:
        return Moments(repeats * moments.n, repeats * moments.total, repeats * moments.squares)

    return PairMoments(repeated(once.champion), repeated(once.challenger), repeats * once.cross)


MOMENTS = LOSSES.map(many)
SCORES: st.SearchStrategy[ScoreSums] = st.one_of(PAIRS, SPLITS)


def evidence(scores: ScoreSums, parameters: VerdictRules) -> Evidence:
    found = weigh(ABTestFigures(scores), parameters)
    assume(isinstance(found, Evidence))
    assert isinstance(found, Evidence)
    return found


def mirrored(interval: Interval) -> Interval:
    return Interval(-interval.high, -interval.low)


def excludes(interval: Interval, value: float) -> bool:
    """Whether the data speak against `value`; both ends of an interval are excluded."""
    return not interval.low < value < interval.high


@given(PAIRS)
def test_swapping_paired_classifiers_negates_the_difference_and_keeps_p(counts: PairCounts) -> None:
    swapped = PairCounts(counts.both_right, counts.challenger_only, counts.champion_only, counts.both_wrong)
    before, after = (evidence(one, VerdictRules()) for one in (counts, swapped))
    assert (after.difference, after.interval) == (-before.difference, mirrored(before.interval))
    assert (after.log_e, after.p) == (before.log_e, before.p)


@given(SPLITS)
def test_swapping_split_classifiers_negates_the_difference_and_keeps_p(
    epochs: tuple[SplitScores, ...],
) -> None:
    swapped = tuple(SplitScores(1 - epoch.weight, epoch.challenger, epoch.champion) for epoch in epochs)
    before, after = (evidence(one, VerdictRules()) for one in (epochs, swapped))
    assert after.difference == pytest.approx(-before.difference, abs=1e-12)
    assert after.interval.low == pytest.approx(-before.interval.high, abs=1e-9)
    assert after.log_e == pytest.approx(before.log_e, rel=1e-6, abs=1e-6)


@given(MOMENTS)
def test_swapping_regressors_negates_the_difference_keeps_p_and_inverts_the_ratio(pairs: PairMoments) -> None:
    parameters = VerdictRules(Metric.RMSE)
    swapped = PairMoments(pairs.challenger, pairs.champion, pairs.cross)
    before, after = (evidence(one, parameters) for one in (pairs, swapped))
    assert (after.difference, after.interval) == (-before.difference, mirrored(before.interval))
    assert after.p == before.p
    if before.ratio and after.ratio:
        assert after.ratio == pytest.approx(1 / before.ratio)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60), st.data())
def test_evidence_depends_on_counts_only_whatever_the_order_and_the_batches(
    answers: list[tuple[bool, bool]], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(answers))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(answers)), max_size=5)))
    batches = [shuffled[start:end] for start, end in pairwise([0, *cuts, len(answers)])]
    in_batches = sum((count(batch) for batch in batches), PairCounts())
    assert in_batches == count(answers)
    assert weigh(ABTestFigures(in_batches), VerdictRules()) == weigh(
        ABTestFigures(count(answers)), VerdictRules()
    )


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60), st.data())
def test_corrected_feedback_gives_the_evidence_of_a_test_that_never_had_the_wrong_one(
    answers: list[tuple[bool, bool]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(answers) - 1))
    champion, challenger = answers[place]
    corrected = [*answers]
    corrected[place] = (not champion, not challenger)
    moved = count(answers[:place]) + count(answers[place + 1 :]) + count([(not champion, not challenger)])
    assert decide(ABTestFigures(moved), VerdictRules()) == decide(
        ABTestFigures(count(corrected)), VerdictRules()
    )


def count(answers: list[tuple[bool, bool]]) -> PairCounts:
    """(champion right, challenger right) per request, counted."""
    return PairCounts(
        answers.count((True, True)),
        answers.count((True, False)),
        answers.count((False, True)),
        answers.count((False, False)),
    )


@given(st.lists(st.integers(-1000, 1000), max_size=50), st.integers(0, 50))
def test_moments_add_up_whatever_the_batches(values: list[int], cut: int) -> None:
    assert Moments.of(values[:cut]) + Moments.of(values[cut:]) == Moments.of(values)


@given(
    st.integers(2, 10**9), st.floats(-1, 1), st.floats(1e-6, 10), ALPHAS, st.sampled_from([100, 2_000, 10**6])
)
def test_interval_excludes_zero_exactly_when_log_e_reaches_its_threshold(
    n: int, value: float, sd: float, alpha: float, optimised_for: int
) -> None:
    estimate = Estimate(n, value, sd)
    log_e = asymptotic_sequence.log_e(estimate, alpha, optimised_for)
    assume(abs(log_e + math.log(alpha)) > 1e-9 * (1 + abs(log_e)))
    excluded = excludes(asymptotic_sequence.interval(estimate, alpha, optimised_for), 0.0)
    assert excluded == e_value.reaches(log_e, 1 / alpha)


@given(PAIRS, ALPHAS)
def test_interval_of_two_accuracies_excludes_zero_exactly_when_its_log_e_reaches_the_threshold(
    counts: PairCounts, alpha: float
) -> None:
    estimate = counts.difference()
    log_e = asymptotic_sequence.log_e(estimate, alpha)
    assume(abs(log_e + math.log(alpha)) > 1e-9 * (1 + abs(log_e)))
    assert excludes(asymptotic_sequence.interval(estimate, alpha), 0.0) == e_value.reaches(log_e, 1 / alpha)


@given(MOMENTS, ALPHAS, st.booleans())
def test_ratio_interval_excludes_one_exactly_when_the_difference_excludes_zero(
    pairs: PairMoments, alpha: float, root: bool
) -> None:
    means = rmse_ratio.of_pairs(pairs)
    log_e = asymptotic_sequence.log_e(means.difference, alpha)
    assume(abs(log_e + math.log(alpha)) > 1e-6 * (1 + abs(log_e)))
    found = rmse_ratio.interval(means, alpha, root=root)
    # Where the champion's mean loss cannot be told from 0, every ratio is kept, though the difference is known.
    assume(found != rmse_ratio.POSITIVE)
    assert excludes(found, 1.0) == excludes(asymptotic_sequence.interval(means.difference, alpha), 0.0)


@given(MOMENTS)
def test_ratio_lies_in_its_interval(pairs: PairMoments) -> None:
    found = evidence(pairs, VerdictRules(Metric.RMSE))
    assume(found.ratio is not None)
    assert found.ratio is not None
    assert found.ratio_interval is not None
    assert found.ratio_interval.low <= found.ratio <= found.ratio_interval.high


@given(SCORES)
def test_no_counts_whatever_give_an_interval_of_width_zero(scores: ScoreSums) -> None:
    found = evidence(scores, VerdictRules())
    assert found.interval.low < found.interval.high
    assert 0.0 <= found.p <= 1.0


@given(st.integers(0, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_watched_interval_of_a_share_holds_it(trials: tuple[int, int]) -> None:
    successes, n = trials
    watched = proportion_sequence(successes, n)
    assert 0.0 <= watched.low < watched.high <= 1.0
    if n:
        assert watched.low <= successes / n <= watched.high


@given(st.lists(st.builds(EpochCounts, WEIGHTS, COUNT, COUNT), max_size=4), st.randoms(use_true_random=False))
def test_epochs_may_come_in_any_order(epochs: list[EpochCounts], chance: random.Random) -> None:
    shuffled = [*epochs]
    chance.shuffle(shuffled)
    for log_e in (split_e_value.log_e, sample_ratio.log_e):
        assert log_e(shuffled) == pytest.approx(log_e(epochs), rel=1e-9, abs=1e-6)


@given(COUNT, COUNT)
def test_a_longer_lead_is_stronger_evidence(lead: int, rest: int) -> None:
    weaker = paired_e_value.log_e(rest + lead, rest)
    assert paired_e_value.log_e(rest + lead + 1, rest) >= weaker - 1e-4


@given(
    SCORES,
    st.lists(st.builds(EpochCounts, WEIGHTS, COUNT, COUNT), max_size=2).map(tuple),
    st.lists(st.builds(EpochCounts, WEIGHTS, COUNT, COUNT), max_size=2).map(tuple),
    st.none() | st.builds(LatencyPercentiles, st.floats(0, 10), st.floats(0, 10), COUNT, COUNT),
    st.builds(
        VerdictRules,
        alpha=ALPHAS,
        minimum_feedback=st.none() | st.integers(1, 1000),
        maximum_feedback=st.none() | st.integers(1, 10**6),
        maximum_duration=st.none() | st.just(timedelta(days=1)),
        equivalence_margin=st.none() | st.floats(0.001, 0.5),
        cancels=st.booleans(),
    ),
)
def test_every_decision_is_complete_and_a_person_always_gets_a_verdict(
    scores: ScoreSums,
    drawn: tuple[EpochCounts, ...],
    failures: tuple[EpochCounts, ...],
    latency: LatencyPercentiles | None,
    parameters: VerdictRules,
) -> None:
    figures = ABTestFigures(scores, drawn, failures, latency, timedelta(hours=23))
    found, ended = decide(figures, parameters), conclude(figures, parameters)
    assert (found.verdict is not None) == (found.state is ABTestState.DECIDED)
    assert found.reason
    assert ended.state is ABTestState.DECIDED
    assert ended.verdict == (found.verdict or Verdict.INCONCLUSIVE)
    assert parameters.cancels or found.state is not ABTestState.CANCELLED


@given(st.floats(1e-6, 1e6), st.integers(2, 3000))
def test_constant_losses_prove_nothing(loss: float, n: int) -> None:
    # Summed naively, as a database may do it, so that rounding has its say.
    total = squares = cross = other = other_squares = 0.0
    for _ in range(n):
        total, squares, cross = total + loss, squares + loss * loss, cross + loss * (loss / 3)
        other, other_squares = other + loss / 3, other_squares + (loss / 3) ** 2
    pairs = PairMoments(Moments(n, total, squares), Moments(n, other, other_squares), cross)
    assert pairs.difference().sd == 0.0
    assert asymptotic_sequence.interval(pairs.difference(), 0.05) == REAL_LINE
    assert isinstance(weigh(ABTestFigures(pairs), VerdictRules(Metric.RMSE)), Inconclusive)
