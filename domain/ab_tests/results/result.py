"""What a test says at a moment: the verdict of the rule, both arms, and how far one may trust it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.disagreement import AnswerChange
from domain.ab_tests.losses import kind_of
from domain.ab_tests.plan import Plan
from domain.ab_tests.results.arms import ArmResult, arm_of
from domain.ab_tests.results.cautions import ChangesSinceEnd, UnscoredCounts, cautions
from domain.ab_tests.results.checks import (
    GuardrailResult,
    SampleRatio,
    SelectiveFeedback,
    guardrails_of,
    late_truths_of,
    sample_ratio_of,
    selective_feedback_of,
)
from domain.ab_tests.sums import TestSums, figures_of
from domain.requests.new_request import ArmAnswer
from domain.requests.request import Request
from domain.statistics import honest_arms
from domain.statistics.caveat import caveat
from domain.statistics.counts import PairCounts
from domain.statistics.estimate import Inconclusive, Interval
from domain.statistics.evidence import Evidence
from domain.statistics.figures import ABTestFigures
from domain.statistics.late_truths import LateTruths
from domain.statistics.outlook import Outlook, outlook
from domain.statistics.rules import Metric
from domain.statistics.verdict import Decision, decide, weigh
from domain.words import ABTestState, Arm, Verdict

ALL_SCORED = UnscoredCounts()
USUAL_EFFECT = 0.01
"""The effect that power is told for when the test names none: one point, or one hundredth of the champion's error."""


@dataclass(frozen=True, slots=True)
class Result:
    """All that a test says at a moment; `retrospective` when it was replayed on old requests.

    caveat: with a verdict that names a winner, or would. feedback_share: of all requests, those with a truth that
    counts; None without requests. selective_feedback, late_truths: None where nobody can tell.
    """

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
    caveat: str | None = None
    feedback_share: float | None = None
    selective_feedback: SelectiveFeedback | None = None
    late_truths: LateTruths | None = None
    retrospective: bool = False
    afterwards: ChangesSinceEnd | None = None


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """What the test said after so many requests with feedback, in the order in which feedback came.

    estimate, interval: the difference by the metric, or of RMSEs and MAEs the ratio; None where there is none.
    """

    feedback: int
    estimate: float | None
    interval: Interval | None
    log_e: float | None


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the verdict follows from the observations as they were when it was given.

    differences: in plain sentences; empty when everything matches. changed, added: requests whose ground truth has
    been changed or added since; they are no difference, since the verdict could not know them. rows_kept_until: where
    requests of the test are no longer kept, when it was recomputed for the last time.
    """

    ab_test_id: int
    matches: bool
    verdict: Verdict | None
    recomputed: Verdict | None
    rule: str
    differences: tuple[str, ...]
    changed: int = 0
    added: int = 0
    rows_kept_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """How an algorithm would have done on old requests; the result's champion is what was served then.

    requests: those compared. skipped: those without an answer to compare with, or that its features refuse. differing:
    the first of each change among those on which both answers differ, newest first.
    """

    algorithm_id: int
    requests: int
    skipped: int
    result: Result
    differing: tuple[DifferingAnswer, ...] = ()

    def differing_by(self, change: AnswerChange | None = None) -> tuple[DifferingAnswer, ...]:
        """The first of those on which both answers differ: that became so, or of all."""
        found = [one for one in self.differing if change is None or one.change is change]
        return tuple(found[:MOST_DIFFERING])


MOST_DIFFERING = 100
"""So many requests on which both answers differ are listed: enough to read, and to see what kind they are."""


@dataclass(frozen=True, slots=True)
class DifferingAnswer:
    """An old request on which an algorithm answers something else than was served then."""

    request: Request
    served: ArmAnswer
    answer: ArmAnswer
    change: AnswerChange


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
    unscored: UnscoredCounts = ALL_SCORED,
) -> Result:
    """Everything that the sums say. `algorithm_ids` names champion and challenger where there is no test.

    afterwards: of a test that its rule has ended.
    """
    figures = figures_of(sums, plan, age)
    decision = decide(figures, plan.rules)
    evidence = weigh(figures, plan.rules)
    champion_id, challenger_id = (test.champion_id, test.challenger_id) if test else algorithm_ids
    unknown = honest_arms.unknown(figures, plan.rules)
    retrospective, named = test is None, decision.verdict or decision.withheld
    return Result(
        ab_test_id=None if test is None else test.id,
        state=decision.state,
        verdict=decision.verdict,
        reason=decision.reason,
        decision=decision,
        evidence=evidence,
        figures=figures,
        champion=arm_of(sums, plan, Arm.CHAMPION, champion_id, unknown=unknown),
        challenger=arm_of(sums, plan, Arm.CHALLENGER, challenger_id, unknown=unknown),
        discordant=figures.scores if isinstance(figures.scores, PairCounts) else None,
        sample_ratio=sample_ratio_of(figures),
        guardrails=guardrails_of(figures, plan),
        power=outlook(figures, replace(plan.rules, minimum_effect=plan.rules.minimum_effect or USUAL_EFFECT)),
        warnings=tuple(cautions(sums, plan, evidence, afterwards, unscored, retrospective=retrospective)),
        caveat=caveat(evidence, named, plan.rules) if isinstance(evidence, Evidence) else None,
        feedback_share=figures.feedback / sums.requests if sums.requests else None,
        selective_feedback=None
        if retrospective
        else selective_feedback_of(figures, kind_of(plan.rules.metric)),
        late_truths=None if retrospective else late_truths_of(figures, kind_of(plan.rules.metric)),
        retrospective=retrospective,
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
    if plan.rules.metric in {Metric.RMSE, Metric.MAE}:
        return SeriesPoint(figures.feedback, evidence.ratio, evidence.ratio_interval, evidence.log_e)
    return SeriesPoint(figures.feedback, evidence.difference, evidence.interval, evidence.log_e)
