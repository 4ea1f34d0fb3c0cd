"""How a test is shown in a terminal: its figures, what is still needed, and a chart of its interval over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from arbiter.cli.interval_chart import Mark, draw
from arbiter.cli.output import Row, say, show, show_rows, show_text
from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.results.arms import ArmResult
from domain.ab_tests.results.result import Result, SeriesPoint
from domain.ab_tests.results.slices import Slice
from domain.statistics import e_value
from domain.statistics.estimate import Inconclusive, Interval
from domain.statistics.evidence import Evidence
from domain.statistics.rules import Metric
from domain.words import ABTestState

RATIOS = frozenset({Metric.RMSE, Metric.MAE})
"""The metrics whose series are ratios, not differences."""
_SCALES = {
    Metric.ACCURACY: (100.0, "points of accuracy"),
    Metric.COST: (1.0, "less cost of a request"),
    Metric.BRIER: (100.0, "hundredths less Brier score"),
}


@dataclass(frozen=True, slots=True)
class ABTestReport:
    """A test with what its figures say; `names` are its algorithms' by id."""

    test: ABTest
    names: Mapping[int, str]
    result: Result
    series: Sequence[SeriesPoint]
    worst: Slice | None = None

    @property
    def metric(self) -> Metric:
        """What makes an algorithm the better one."""
        return self.test.plan.rules.metric

    def as_json(self) -> Row:
        """Everything, for programs."""
        return {
            **row_of(self.test),
            "rules": self.test.plan.as_json(),
            "arms": self._arms(),
            "result": result_row(self.result),
            "worst_slice": self.worst and {"feature": self.worst.feature, "value": self.worst.shown},
            "series": [
                {
                    "feedback": point.feedback,
                    "estimate": point.estimate,
                    "interval": _ends(point.interval),
                    "e_value": None if point.log_e is None else e_value.e_value(point.log_e),
                }
                for point in self.series
            ],
        }

    def print(self) -> None:
        """Everything, for people."""
        if self.test.state is ABTestState.RUNNING:
            say(f"so far: {self.result.reason}")
        show_rows(self._arms(), as_json=False, empty="")
        ended = self.test.state is not ABTestState.RUNNING
        for line in sentences(self.result, self.metric, self.test.plan.rules.alpha, ended=ended):
            say(line)
        if self.worst is not None:
            say(
                f"careful: the challenger leads on the whole, and is worse where {self.worst.feature} is "
                f"{self.worst.shown or 'missing'}: `arbiter abtest slices {self.test.id} {self.worst.feature}`"
            )
        marks = marks_of(self.series, self.metric)
        if marks:
            scale, good = _SCALES.get(self.metric, (100.0, f"% less {self.metric.label}"))
            say(f"{'feedback':>10}  ← champion better │ challenger better →  ({good})")
            show_text(draw(marks, scale=scale))

    def _arms(self) -> list[Row]:
        return [
            arm_row(arm, self.names.get(arm.algorithm_id or 0), self.metric)
            for arm in (self.result.champion, self.result.challenger)
        ]


def row_of(test: ABTest) -> Row:
    """A test's own columns."""
    return {
        "id": test.id,
        "title": test.title,
        "state": test.state,
        "verdict": test.verdict,
        "reason": test.reason,
        "summary": test.summary,
        "traffic": test.traffic,
        "mode": test.plan.mode,
        "auto_decide": test.plan.auto_decide,
        "algorithms": list(test.algorithm_ids),
        "champion": test.champion_id,
        "created_by": test.created_by,
        "created_at": test.created_at,
        "ended_at": test.ended_at,
    }


def tell(test: ABTest, as_json: bool) -> None:
    """Print what has become of a test."""
    verdict = f", {test.verdict}" if test.verdict else ""
    lines = (
        f"test {test.id} ({test.title}) is {test.state}{verdict}",
        test.reason and f"reason: {test.reason}",
        test.summary,
    )
    show(row_of(test), "\n".join(filter(None, lines)), as_json=as_json)


def arm_row(arm: ArmResult, name: str | None, metric: Metric) -> Row:
    """One arm's figures; the column of its value is named for the metric."""
    return {
        "arm": arm.arm,
        "algorithm": name,
        "served": arm.served,
        "errors": arm.errors,
        "with_feedback": arm.with_feedback,
        "coverage": None if arm.coverage is None else round(arm.coverage, 4),
        metric.value: None if arm.value is None else round(arm.value, 6),
        "low": None if arm.interval is None else round(arm.interval.low, 6),
        "high": None if arm.interval is None else round(arm.interval.high, 6),
    }


def slice_rows(slices: Sequence[Slice], *, as_json: bool) -> list[Row]:
    """Each slice with its figures; for people only so many digits as they read."""
    return [
        {
            "value": one.shown,
            "feedback": one.feedback,
            "champion": _digits(one.champion, as_json),
            "challenger": _digits(one.challenger, as_json),
            "difference": _digits(one.difference, as_json),
            "e_value": one.e_value if as_json or one.e_value is None else f"{one.e_value:,.3g}",
            "worse": one.worse,
        }
        for one in slices
    ]


def _digits(value: float | None, as_json: bool) -> float | None:
    return value if as_json or value is None else round(value, 4)


def result_row(result: Result) -> Row:
    """What the figures say, for programs."""
    evidence = None if isinstance(result.evidence, Inconclusive) else result.evidence
    return {
        "state": result.state,
        "verdict": result.verdict,
        "reason": result.reason,
        "holds": list(result.decision.holds),
        "withheld": result.decision.withheld,
        "caveat": result.caveat,
        "feedback_share": result.feedback_share,
        "difference": evidence and evidence.difference,
        "interval": evidence and _ends(evidence.interval),
        "ratio": evidence and evidence.ratio,
        "ratio_interval": _ends(evidence.ratio_interval) if evidence else None,
        "e_value": evidence and evidence.e_value,
        "always_valid_p": evidence and evidence.p,
        "method": result.decision.method,
        "is_exact": result.decision.exact,
        "arms_unknown": result.champion.value_reason or result.challenger.value_reason,
        "selective_feedback": result.selective_feedback
        and {"passed": result.selective_feedback.passed, "e_value": result.selective_feedback.e_value},
        "late_truths": result.late_truths
        and {
            "passed": result.late_truths.passed,
            "proposed_delay": result.late_truths.proposed and result.late_truths.proposed.total_seconds(),
        },
        "needed": result.power.needed,
        "needed_reason": result.power.reason,
        "progress": result.power.progress,
        "detectable": result.power.detectable,
        "warnings": list(result.warnings),
    }


def sentences(result: Result, metric: Metric, alpha: float, *, ended: bool = False) -> list[str]:
    """What the figures say, in plain words. A test that has ended makes no more progress."""
    found = []
    if isinstance(result.evidence, Evidence):
        found.append(_difference(result.evidence, metric))
        found.append(f"evidence: {result.evidence.e_value:,.3g}; a verdict needs {1 / alpha:,.3g}")
    if result.caveat is not None:
        found.append(result.caveat)
    if result.decision.holds and not ended:
        held = " ".join(f"--accept {hold}" for hold in result.decision.holds)
        verdict = f"the verdict would be: {result.decision.withheld}; " if result.decision.withheld else ""
        found.append(
            f"held back: {verdict}to accept what holds it, `arbiter abtest conclude {result.ab_test_id} {held}`"
        )
    if result.champion.value_reason is not None and result.champion.with_feedback:
        found.append(f"the {metric.label} of each is not known: {result.champion.value_reason}")
    if result.feedback_share is not None:
        found.append(f"truths: {100 * result.feedback_share:.1f} % of the test's predictions have one")
    if result.discordant is not None and result.discordant.n:
        counts = result.discordant
        found.append(
            f"right: both {counts.both_right:,}, only the challenger {counts.challenger_only:,}, "
            f"only the champion {counts.champion_only:,}, neither {counts.both_wrong:,}"
        )
    if result.power.needed is not None and not ended:
        found.append(
            f"progress: {100 * (result.power.progress or 0):.0f} % of {result.power.needed:,} feedbacks"
        )
    elif result.power.reason is not None and not ended and not result.retrospective:
        found.append(f"progress is not known: {result.power.reason}")
    found += [f"guardrail {one.name} is passed: {one.text}" for one in result.guardrails if not one.passed]
    for alarm in (result.selective_feedback, result.late_truths):
        if alarm is not None and not alarm.passed:
            found.append(f"alarm: {alarm.text}")
    found += [f"careful: {warning}" for warning in result.warnings]
    return found


def marks_of(series: Sequence[SeriesPoint], metric: Metric) -> list[Mark]:
    """The chart's lines: by how much the challenger is better, so that right of the middle is always good.

    For RMSE and MAE that is the share by which its error is smaller: 1 minus the ratio.
    """
    marks = []
    for point in series:
        if point.estimate is None or point.interval is None:
            continue
        low, high = point.interval.low, point.interval.high
        mark = Mark(point.feedback, point.estimate, low, high)
        if metric in RATIOS:
            mark = Mark(point.feedback, 1 - point.estimate, 1 - high, 1 - low)
        marks.append(mark)
    return marks


def _difference(evidence: Evidence, metric: Metric) -> str:
    if evidence.ratio is not None:
        interval = evidence.ratio_interval
        between = f" (between {interval.low:.4g} and {interval.high:.4g})" if interval else ""
        return f"the challenger's {metric.label} is {evidence.ratio:.4g} times the champion's{between}"
    low, high, figure = evidence.interval.low, evidence.interval.high, evidence.difference
    if metric is not Metric.ACCURACY:
        return (
            f"the challenger's {metric.label} is {_less(figure)} than the champion's (between "
            f"{_less(low)} and {_less(high)})"
        )
    return (
        f"the challenger's accuracy is {100 * figure:+.2f} points from the champion's "
        f"(between {100 * low:+.2f} and {100 * high:+.2f})"
    )


def _less(difference: float) -> str:
    """How much smaller a figure is of which less is better."""
    return f"{abs(difference):.4g} {'less' if difference >= 0 else 'more'}"


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]
