"""What to be careful about in the figures of a test, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.ab_tests.plan import Mode, Plan
from domain.ab_tests.sums import TestSums
from domain.statistics.estimate import Inconclusive
from domain.statistics.evidence import Evidence
from domain.statistics.rules import RULE, Metric
from domain.words import OutcomeSeen

GOOD_COVERAGE = 0.95


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
class UnscoredCounts:
    """Requests of a classifier's test whose ground truth is no class that the endpoint declares.

    counted: those that the test's figures contain all the same, as wrong: a verdict of before keeps them.
    """

    requests: int = 0
    counted: int = 0


def cautions(
    sums: TestSums,
    plan: Plan,
    evidence: Evidence | Inconclusive,
    afterwards: ChangesSinceEnd | None,
    unscored: UnscoredCounts,
    *,
    retrospective: bool,
) -> Iterator[str]:
    """All that applies, a sentence each."""
    if retrospective:
        yield (
            "looked at in retrospect: the requests were chosen by what happened then, and nothing was drawn"
        )
    elif plan.shadow and plan.rules.outcome_seen is not OutcomeSeen.ALL:
        yield (
            "the champion answers every request: if the feedback can depend on the answer that was shown, "
            "this comparison favours the champion"
        )
    if plan.rules.version < RULE and not retrospective:
        yield (
            "this test began under an older rule and goes on under it; where that rule can be wrong, it names no "
            "winner by itself"
        )
    if plan.mode is Mode.PAIRED and sums.requests and sums.complete < GOOD_COVERAGE * sums.requests:
        missing = sums.requests - sums.complete
        yield (
            f"{missing:,} of {sums.requests:,} requests lack the answer of one arm and are left out; "
            "if these are requests of a certain kind, the comparison is about the others only"
        )
    if afterwards is not None and not (afterwards.same and not afterwards.changed and not afterwards.added):
        yield _changed_since(afterwards, evidence, plan.rules.metric)
    yield from _of_subjects(sums, plan)
    yield from _of_hidden_truths(sums)
    if isinstance(evidence, Evidence):
        yield from evidence.warnings
        if not evidence.exact and not evidence.warnings:
            yield (
                "the promise of this method holds for large numbers of requests; a few huge errors can break it"
            )
    yield from _of_unscored(unscored)


def _of_subjects(sums: TestSums, plan: Plan) -> Iterator[str]:
    if sums.met_both:
        yield (
            f"{sums.met_both:,} of {sums.subjects:,} subjects were answered by both algorithms (after a change of "
            "weights, or by the champion where the challenger failed): what one algorithm told them may show in "
            "the figures of the other"
        )
    if sums.repeated and plan.rules.version >= RULE:
        yield (
            f"{sums.repeated:,} of {sums.subjects:,} subjects have several requests, and a verdict counts each once: "
            "its evidence is that of fewer requests than the figures show"
        )
    elif sums.repeated and plan.mode is Mode.PAIRED:
        yield (
            f"{sums.repeated:,} of {sums.subjects:,} subjects have several requests, which are not independent: the "
            "evidence may look stronger than it is"
        )


def _of_hidden_truths(sums: TestSums) -> Iterator[str]:
    contradicted = sum(epoch.units.contradicted for epoch in sums.epochs if epoch.units is not None)
    if contradicted:
        yield (
            f"the truth of {contradicted:,} {_requests(contradicted)} came although the test says that the answer "
            "which was served shows none; they are left out"
        )


def _changed_since(afterwards: ChangesSinceEnd, now: Evidence | Inconclusive, metric: Metric) -> str:
    happened = " and ".join(
        f"the ground truth of {count:,} {_requests(count)} was {what}"
        for count, what in ((afterwards.changed, "changed"), (afterwards.added, "added"))
        if count
    )
    then = _evidence_text(afterwards.evidence, metric)
    return (
        f"since the test ended {happened or 'its scores have changed'}: the verdict stands as it was given, and these "
        f"figures are not those it rests on: {then} then, {_evidence_text(now, metric)} now"
    )


def _evidence_text(evidence: Evidence | Inconclusive, metric: Metric) -> str:
    if isinstance(evidence, Inconclusive):
        return "no evidence"
    said = f"evidence {evidence.e_value:,.3g}"
    if evidence.ratio is not None:
        return f"{said}, ratio {evidence.ratio:.4g}"
    if metric is Metric.ACCURACY:
        return f"{said}, difference {100 * evidence.difference:+.2f} points"
    return f"{said}, difference {evidence.difference:+.4g}"


def _of_unscored(unscored: UnscoredCounts) -> Iterator[str]:
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


def _requests(count: int) -> str:
    return "request" if count == 1 else "requests"


def _requests_have(count: int) -> str:
    return "request has" if count == 1 else "requests have"
