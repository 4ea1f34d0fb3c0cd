"""What a test says at a moment: the verdict of the rule, both arms, and how far one may trust it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.plan import Mode, Plan
from domain.ab_tests.sums import TestSums, figures_of
from domain.requests.new_request import ArmAnswer
from domain.requests.request import Request
from domain.statistics import asymptotic_sequence, e_value, guardrail, proportion_sequence, sample_ratio
from domain.statistics.accuracy import accuracy
from domain.statistics.counts import EpochCounts, PairCounts
from domain.statistics.estimate import Estimate, Inconclusive, Interval
from domain.statistics.evidence import Evidence
from domain.statistics.figures import ABTestFigures
from domain.statistics.mae import mae
from domain.statistics.moments import Moments
from domain.statistics.outlook import Outlook, outlook
from domain.statistics.rmse import rmse
from domain.statistics.rules import Metric
from domain.statistics.verdict import Decision, decide, weigh
from domain.words import ABTestState, Arm, Verdict

USUAL_EFFECT = 0.01
"""The effect that power is told for when the test names none: one point, or one hundredth of the champion's error."""
GOOD_COVERAGE = 0.95


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm: how often it served, how it did, and between which values its figure lies.

    coverage: the share of the test's requests on which it has answered or failed; None without requests. value:
    accuracy, RMSE or MAE over the requests that count. interval: valid at any number of looks; None without value.
    correct: right answers, None for a regressor. rmse: None for a classifier, and without feedback.
    """

    algorithm_id: int | None
    arm: Arm
    served: int
    with_feedback: int
    errors: int
    coverage: float | None
    value: float | None
    interval: Interval | None
    correct: int | None = None
    rmse: float | None = None


@dataclass(frozen=True, slots=True)
class ChangesSinceEnd:
    """What a test that has ended rested on, and what has happened to its ground truths since.

    changed: requests whose truth is another one now, or was cleared; added: those that had none. evidence: what the
    figures said at the end. same: whether the scores are still those of the end.
    """

    changed: int
    added: int
    evidence: Evidence | Inconclusive
    same: bool


@dataclass(frozen=True, slots=True)
class GuardrailResult:
    """One guardrail (`failures` or `latency`), whether it holds, and its figures in words."""

    name: str
    passed: bool
    text: str


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Whether requests reached both arms as their weights say; p is valid at any number of looks."""

    drawn: tuple[EpochCounts, ...]
    p: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Result:
    """All that a test says at a moment; `retrospective` when it was replayed on old requests."""

    ab_test_id: int | None
    state: ABTestState
    verdict: Verdict | None
    reason: str
    decision: Decision
    evidence: Evidence | Inconclusive
    figures: ABTestFigures
    champion: ArmResult
    challenger: ArmResult
    discordant: PairCounts | None
    sample_ratio: SampleRatio | None
    guardrails: tuple[GuardrailResult, ...]
    power: Outlook
    warnings: tuple[str, ...]
    retrospective: bool = False
    afterwards: ChangesSinceEnd | None = None


@dataclass(frozen=True, slots=True)
class UnscoredCounts:
    """Requests of a classifier's test whose ground truth is no class that the endpoint declares.

    counted: those that the test's figures contain all the same, as wrong: a verdict of before keeps them.
    """

    requests: int = 0
    counted: int = 0


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """What the test said after so many requests with feedback, in the order in which feedback came.

    estimate, interval: the difference of accuracies, or the ratio of RMSEs or MAEs; None where there was none yet.
    """

    feedback: int
    estimate: float | None
    interval: Interval | None
    log_e: float | None


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the verdict follows from the observations as they were when it was given.

    differences: in plain sentences; empty when everything matches. changed, added: requests whose ground truth has
    been changed or added since; they are no difference, since the verdict could not know them.
    """

    ab_test_id: int
    matches: bool
    verdict: Verdict | None
    recomputed: Verdict | None
    rule: str
    differences: tuple[str, ...]
    changed: int = 0
    added: int = 0


@dataclass(frozen=True, slots=True)
class Replay:
    """How an algorithm would have done on old requests; the result's champion is what was served then.

    requests: those compared. skipped: those without an answer to compare with, or that its features refuse.
    """

    algorithm_id: int
    requests: int
    skipped: int
    result: Result


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A request without feedback on which both arms say different things: its ground truth would tell most."""

    request: Request
    champion: ArmAnswer
    challenger: ArmAnswer


def result_of(
    sums: TestSums,
    plan: Plan,
    age: timedelta,
    *,
    test: ABTest | None = None,
    algorithm_ids: tuple[int | None, int | None] = (None, None),
    afterwards: ChangesSinceEnd | None = None,
    unscored: UnscoredCounts = UnscoredCounts(),
) -> Result:
    """Everything that the sums say. `algorithm_ids` names champion and challenger where there is no test.

    afterwards: of a test that its rule has ended.
    """
    figures = figures_of(sums, plan, age)
    decision = decide(figures, plan.rules)
    evidence = weigh(figures, plan.rules)
    champion_id, challenger_id = (test.champion_id, test.challenger_id) if test else algorithm_ids
    return Result(
        ab_test_id=None if test is None else test.id,
        state=decision.state,
        verdict=decision.verdict,
        reason=decision.reason,
        decision=decision,
        evidence=evidence,
        figures=figures,
        champion=_arm(sums, plan, Arm.CHAMPION, champion_id),
        challenger=_arm(sums, plan, Arm.CHALLENGER, challenger_id),
        discordant=figures.scores if isinstance(figures.scores, PairCounts) else None,
        sample_ratio=_sample_ratio(figures),
        guardrails=_guardrails(figures, plan) if plan.guarded else (),
        power=outlook(figures, replace(plan.rules, minimum_effect=plan.rules.minimum_effect or USUAL_EFFECT)),
        warnings=(
            *_warnings(sums, plan, evidence, afterwards, retrospective=test is None),
            *_unscored_warnings(unscored),
        ),
        retrospective=test is None,
        afterwards=afterwards,
    )


def same_scores(then: TestSums, now: TestSums) -> bool:
    """Whether the scores of both are the same, up to the rounding of sums of losses."""
    pairs = [(sum(e.cross for e in then.epochs), sum(e.cross for e in now.epochs))]
    for old, new in ((then.champion, now.champion), (then.challenger, now.challenger)):
        pairs += [(old.n, new.n), (old.total, new.total), (old.squares, new.squares)]
    return all(math.isclose(a, b, rel_tol=1e-9) for a, b in pairs)


def point_of(sums: TestSums, plan: Plan) -> SeriesPoint:
    """What the sums say, as a point of a series."""
    figures = figures_of(sums, plan, timedelta(0))
    evidence = weigh(figures, plan.rules)
    if isinstance(evidence, Inconclusive):
        return SeriesPoint(figures.feedback, None, None, None)
    if evidence.ratio is not None:
        return SeriesPoint(figures.feedback, evidence.ratio, evidence.ratio_interval, evidence.log_e)
    return SeriesPoint(figures.feedback, evidence.difference, evidence.interval, evidence.log_e)


def _arm(sums: TestSums, plan: Plan, arm: Arm, algorithm_id: int | None) -> ArmResult:
    first = arm is Arm.CHAMPION
    scores = sums.champion if first else sums.challenger
    value, interval = _value(scores, plan)
    return ArmResult(
        algorithm_id=algorithm_id,
        arm=arm,
        served=sum(e.served_champion if first else e.served_challenger for e in sums.epochs),
        with_feedback=scores.n,
        errors=sum(e.failed_champion if first else e.failed_challenger for e in sums.epochs),
        coverage=sums.complete / sums.requests if sums.requests else None,
        value=value,
        interval=interval,
        correct=round(scores.total) if plan.rules.metric is Metric.ACCURACY else None,
        rmse=_rmse(scores, plan.rules.metric),
    )


def _rmse(scores: Moments, metric: Metric) -> float | None:
    """An arm's RMSE, which a test by MAE knows too: its squared losses are squared residuals."""
    if metric is Metric.ACCURACY:
        return None
    return rmse(scores.total if metric is Metric.RMSE else scores.squares, scores.n)


def _value(scores: Moments, plan: Plan) -> tuple[float | None, Interval | None]:
    if not scores.n:
        return None, None
    rules = plan.rules
    if rules.metric is Metric.ACCURACY:
        right = round(scores.total)
        return accuracy(right, scores.n), proportion_sequence.proportion_sequence(
            right, scores.n, rules.alpha
        )
    estimate = Estimate(scores.n, scores.mean, math.sqrt(scores.variance))
    loss = asymptotic_sequence.interval(estimate, rules.alpha, rules.optimised_for).clipped(0.0, math.inf)
    if rules.metric is Metric.MAE:
        return mae(scores.total, scores.n), loss
    return rmse(scores.total, scores.n), Interval(math.sqrt(loss.low), math.sqrt(loss.high))


def _sample_ratio(figures: ABTestFigures) -> SampleRatio | None:
    if not figures.drawn:
        return None
    log_e = sample_ratio.log_e(figures.drawn)
    return SampleRatio(
        figures.drawn, e_value.always_valid_p(log_e), not e_value.reaches(log_e, 1 / sample_ratio.P)
    )


def _guardrails(figures: ABTestFigures, plan: Plan) -> tuple[GuardrailResult, ...]:
    limits = plan.rules.guardrails
    champion = sum(epoch.champion for epoch in figures.failures)
    challenger = sum(epoch.challenger for epoch in figures.failures)
    alone = " that the other arm had not" if plan.mode is Mode.PAIRED else ""
    failures = GuardrailResult(
        "failures",
        not guardrail.fails_more(figures.failures, limits),
        f"failures{alone}: {challenger:,} of the challenger, {champion:,} of the champion",
    )
    ratio = None if figures.latency is None else guardrail.latency_ratio(figures.latency)
    text = "the latencies of both arms have not been measured yet"
    if figures.latency is not None and ratio is not None:
        text = (
            f"95 % of the challenger's answers come within {figures.latency.challenger_p95:.3g} s, "
            f"{ratio:.2f} times the champion's {figures.latency.champion_p95:.3g} s"
        )
    return failures, GuardrailResult("latency", not guardrail.is_slower(figures.latency, limits), text)


def _warnings(
    sums: TestSums,
    plan: Plan,
    evidence: Evidence | Inconclusive,
    afterwards: ChangesSinceEnd | None,
    *,
    retrospective: bool,
) -> Iterator[str]:
    if retrospective:
        yield (
            "looked at in retrospect: the requests were chosen by what happened then, and nothing was drawn"
        )
    elif plan.shadow:
        yield (
            "the champion answers every request: if the feedback can depend on the answer that was shown, "
            "this comparison favours the champion"
        )
    if plan.mode is Mode.PAIRED and sums.requests and sums.complete < GOOD_COVERAGE * sums.requests:
        missing = sums.requests - sums.complete
        yield (
            f"{missing:,} of {sums.requests:,} requests lack the answer of one arm and are left out; "
            "if these are requests of a certain kind, the comparison is about the others only"
        )
    if afterwards is not None and not (afterwards.same and not afterwards.changed and not afterwards.added):
        yield _late_truths_warning(afterwards, evidence)
    if sums.met_both:
        yield (
            f"{sums.met_both:,} of {sums.subjects:,} subjects were answered by both algorithms (after a change of "
            "weights, or by the champion where the challenger failed): what one algorithm told them may show in "
            "the figures of the other"
        )
    if isinstance(evidence, Evidence):
        yield from evidence.warnings
        if not evidence.exact and not evidence.warnings:
            yield (
                "the promise of this method holds for large numbers of requests; a few huge errors can break it"
            )


def _late_truths_warning(afterwards: ChangesSinceEnd, now: Evidence | Inconclusive) -> str:
    happened = " and ".join(
        f"the ground truth of {count:,} {'request' if count == 1 else 'requests'} was {what}"
        for count, what in ((afterwards.changed, "changed"), (afterwards.added, "added"))
        if count
    )
    return (
        f"since the test ended {happened or 'its scores have changed'}: the verdict stands as it was given, and these "
        f"figures are not those it rests on: {_evidence_text(afterwards.evidence)} then, {_evidence_text(now)} now"
    )


def _evidence_text(evidence: Evidence | Inconclusive) -> str:
    if isinstance(evidence, Inconclusive):
        return "no evidence"
    if evidence.ratio is not None:
        return f"evidence {evidence.e_value:,.3g}, ratio {evidence.ratio:.4g}"
    return f"evidence {evidence.e_value:,.3g}, difference {100 * evidence.difference:+.2f} points"


def _unscored_warnings(unscored: UnscoredCounts) -> Iterator[str]:
    left_out = unscored.requests - unscored.counted
    if left_out:
        yield (
            f"{left_out:,} {_requests_have(left_out)} a ground truth that is no class of the endpoint and "
            "are not scored; give them a declared class"
        )
    if unscored.counted:
        yield (
            f"{unscored.counted:,} {_requests_have(unscored.counted)} a ground truth that is no class of the "
            "endpoint; the figures of this test count them as wrong, and its verdict stays as it was given"
        )


def _requests_have(count: int) -> str:
    return "request has" if count == 1 else "requests have"
