"""What is watched beside the scores: guardrails, the lot, and whether truths come regardless of the answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.ab_tests.plan import Mode, Plan
from domain.statistics import (
    e_value,
    guardrail,
    guardrail_metric,
    late_truths,
    latency_blocks,
    sample_ratio,
    selective_feedback,
)
from domain.statistics.counts import EpochCounts
from domain.statistics.figures import ABTestFigures
from domain.statistics.late_truths import LateTruths
from domain.statistics.rules import Metric
from domain.words import Kind


@dataclass(frozen=True, slots=True)
class GuardrailResult:
    """One guardrail (`failures`, `latency`, or a second metric), whether it holds, and its figures in words."""

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
class SelectiveFeedback:
    """Whether truths come regardless of which answer was served; the evidence that they do not, and both counts."""

    passed: bool
    e_value: float
    text: str


def sample_ratio_of(figures: ABTestFigures) -> SampleRatio | None:
    """None where nothing is drawn."""
    if not figures.drawn:
        return None
    log_e = sample_ratio.log_e(figures.drawn)
    return SampleRatio(
        figures.drawn, e_value.always_valid_p(log_e), not e_value.reaches(log_e, 1 / sample_ratio.P)
    )


def selective_feedback_of(figures: ABTestFigures, kind: Kind) -> SelectiveFeedback | None:
    """None in split mode and where nothing is drawn: nobody can tell there."""
    if not figures.paired or figures.shadow:
        return None
    words = ("higher", "lower") if kind is Kind.REGRESSOR else ("alphabetically later", "earlier")
    higher = sum(unit.higher_challenger + unit.lower_champion for unit in figures.units)
    lower = sum(unit.higher_champion + unit.lower_challenger for unit in figures.units)
    return SelectiveFeedback(
        not selective_feedback.raised(figures.units),
        e_value.e_value(selective_feedback.log_e(figures.units)),
        f"of disagreements with a ground truth, {higher:,} were served the {words[0]} of both answers and {lower:,} "
        f"the {words[1]} one",
    )


def late_truths_of(figures: ABTestFigures, kind: Kind) -> LateTruths | None:
    """None for regressors, whose truths have no classes."""
    if kind is Kind.REGRESSOR:
        return None
    return late_truths.found(figures.delays, figures.waited, figures.age)


def guardrails_of(figures: ABTestFigures, plan: Plan) -> tuple[GuardrailResult, ...]:
    """What protects callers, and the second metric, where there is one."""
    found = [_failures(figures, plan), _latency(figures, plan)] if plan.guarded else []
    return (*found, *_metric(figures, plan))


def _failures(figures: ABTestFigures, plan: Plan) -> GuardrailResult:
    champion = sum(epoch.champion for epoch in figures.failures)
    challenger = sum(epoch.challenger for epoch in figures.failures)
    alone = " that the other arm had not" if plan.mode is Mode.PAIRED else ""
    return GuardrailResult(
        "failures",
        not guardrail.fails_more(figures.failures, plan.rules.guardrails),
        f"failures{alone}: {challenger:,} of the challenger, {champion:,} of the champion",
    )


def _latency(figures: ABTestFigures, plan: Plan) -> GuardrailResult:
    limits = plan.rules.guardrails
    ratio = None if figures.latency is None else guardrail.latency_ratio(figures.latency)
    text = "the latencies of both arms have not been measured yet"
    if figures.latency is not None and ratio is not None:
        text = (
            f"95 % of the challenger's answers come within {figures.latency.challenger_p95:.3g} s, "
            f"{ratio:.2f} times the champion's {figures.latency.champion_p95:.3g} s"
        )
    if plan.rules.version == 1:
        return GuardrailResult("latency", not guardrail.is_slower(figures.latency, limits), text)
    if figures.blocks is not None and figures.blocks.all:
        text += (
            f"; of {figures.blocks.all:,} stretches of two minutes it took more than {limits.latency_ratio:g} times "
            f"as long in {figures.blocks.slower:,}, and the champion in {figures.blocks.faster:,}"
        )
    return GuardrailResult("latency", not latency_blocks.is_slower(figures.blocks), text)


def _metric(figures: ABTestFigures, plan: Plan) -> Iterator[GuardrailResult]:
    guarded = plan.rules.guardrail_metric
    if guarded is None:
        return
    worse = guardrail_metric.is_worse(figures, plan.rules)
    evidence = e_value.e_value(guardrail_metric.log_e(figures, plan.rules))
    unit = "points" if guarded.metric is Metric.ACCURACY else "of " + guarded.metric.label
    margin = 100 * guarded.margin if guarded.metric is Metric.ACCURACY else guarded.margin
    yield GuardrailResult(
        guarded.metric.value,
        not worse,
        f"evidence {evidence:,.3g} of {guardrail_metric.LIMIT:g} that the challenger is worse by more than "
        f"{margin:g} {unit}",
    )
