"""How a test ends: one transaction in which the test, its statuses and its audit event change together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.promotion import on_cancellation, on_decision
from domain.ab_tests.results.cautions import cautions
from domain.ab_tests.sums import ENGINE
from domain.catalog.entries import Algorithm
from domain.errors import ABTestNotFound, ABTestNotRunning, InvalidABTest
from domain.statistics import first_rule, honest_arms
from domain.statistics.caveat import caveat
from domain.statistics.evidence import Evidence
from domain.statistics.figures import ABTestFigures
from domain.statistics.plain_comparison import ArmFigures, PlainComparison, compare, sentence_of
from domain.statistics.rules import VerdictRules
from domain.statistics.verdict import Decision, conclude, decide, weigh
from domain.words import ABTestState, Hold, Verdict
from orm.connection.client import Client, Tx
from orm.queries.ab_tests import ab_tests, sums
from orm.queries.catalog import algorithms, statuses
from serving.ab_tests import audit, evaluation

ALWAYS_VALID = "always-valid"
CONCLUDED = "always-valid, ended by a person"
PLAIN = "plain comparison"
FIRST_ENGINE = 1
"""What decided before there were holds: its decisions are recomputed as they were made."""


class StillRunning(Exception):
    """The rule does not end the test: nothing was changed."""


async def end_by_rule(  # noqa: PLR0917  what ends, by whom, when, by which rule and with what accepted
    tx: Tx, ab_test_id: int, by: str, now: datetime, rule: str, accepted: frozenset[Hold] = frozenset()
) -> None:
    """End a running test as the rule says, with the sums as they are in this very transaction.

    accepted: the holds that a person takes upon himself or herself, for a test that this person ends.

    Raises ABTestNotFound, ABTestNotRunning, StillRunning when the rule says neither verdict nor cancellation, and
    InvalidABTest when something else than what is accepted holds the verdict back.
    """
    # Ending it first locks the test's row: nobody decides it twice, and no row joins it any more.
    test = await end(tx, ab_test_id, ABTestState.DECIDED, now)
    basis = await evaluation.basis_of_decision(tx, test, now)
    decision = decision_by(rule, evaluation.figures_at(basis, test), test.plan.rules, accepted)
    if decision.state is ABTestState.RUNNING:
        raise StillRunning
    if accepted and decision.withheld is not None:
        raise _not_accepted(decision, accepted)
    present = await _lock_endpoint(tx, test.endpoint_id)
    careful = _caveat(test, basis, decision)
    await _close(tx, test, decision, present, basis, by, now, rule, accepted=accepted, careful=careful)


def _not_accepted(decision: Decision, accepted: frozenset[Hold]) -> InvalidABTest:
    """Who accepts something wants the verdict: an end without one cannot be undone, and is not what was asked for."""
    missing = ", ".join(hold.name for hold in decision.holds if hold not in accepted)
    return InvalidABTest(
        f"accept must name all that holds the verdict back: {missing} is missing. Add it, or leave accept out to end "
        "the test as inconclusive.",
        path=("input", "accept"),
    )


def decision_by(
    rule: str,
    figures: ABTestFigures,
    rules: VerdictRules,
    accepted: frozenset[Hold] = frozenset(),
    *,
    engine: int = ENGINE,
) -> Decision:
    """What a rule of those that look at any time makes of the figures, as the `engine` of its time did."""
    if engine > FIRST_ENGINE:
        return conclude(figures, rules, accepted) if rule == CONCLUDED else decide(figures, rules)
    found = first_rule.decide(figures, rules)
    if rule == ALWAYS_VALID or found.state is ABTestState.DECIDED:
        return found
    return replace(found, state=ABTestState.DECIDED, verdict=Verdict.INCONCLUSIVE)


async def end_plainly(tx: Tx, ab_test_id: int, by: str, now: datetime) -> None:
    """End a running test by the plain comparison, as the legacy `stop_ab_test` does. Raises as `end_by_rule`."""
    test = await end(tx, ab_test_id, ABTestState.DECIDED, now)
    basis = await evaluation.basis_of_decision(tx, test, now)
    present = await _lock_endpoint(tx, test.endpoint_id)
    figures = await evaluation.plain_figures_of(tx, test, basis)
    comparison = compare(test.kind, *figures, _names(test, present))
    valid = decide(evaluation.figures_at(basis, test), test.plan.rules)
    decision = Decision(
        ABTestState.DECIDED, plain_verdict(test, comparison), comparison.reason, valid.method, exact=False
    )
    careful = await _warnings(tx, test, basis)
    await _close(tx, test, decision, present, basis, by, now, PLAIN, says=valid.reason, careful=careful)


async def end(
    tx: Tx,
    ab_test_id: int,
    state: ABTestState,
    now: datetime,
    *,
    reason: str | None = None,
    summary: str = "",
) -> ABTest:
    """Take a running test to `state`: whoever succeeds is the only one, and no row joins the test any more.

    Raises ABTestNotFound or ABTestNotRunning.
    """
    ended = await ab_tests.end_ab_test(
        tx,
        ab_test_id,
        state_from=ABTestState.RUNNING,
        state_to=state,
        verdict=None,
        reason=reason,
        summary=summary,
        ended_at=now,
    )
    test = await ab_test_of(tx, ab_test_id)
    if not ended:
        raise not_running(test)
    return test


async def _close(  # noqa: PLR0917  what ends, how, on which basis, and by whom
    tx: Tx,
    test: ABTest,
    decision: Decision,
    present: Sequence[Algorithm],
    basis: evaluation.Basis,
    by: str,
    now: datetime,
    rule: str,
    *,
    says: str | None = None,
    accepted: frozenset[Hold] = frozenset(),
    careful: Sequence[str] = (),
) -> None:
    held = await audit.statuses_before(tx, test.id)
    figures = await evaluation.plain_figures_of(tx, test, basis)
    verdict = decision.verdict
    unknown = honest_arms.unknown(evaluation.figures_at(basis, test), test.plan.rules)
    changes = on_cancellation(test, held) if verdict is None else on_decision(test, verdict, held, present)
    await ab_tests.end_ab_test(
        tx,
        test.id,
        state_from=ABTestState.DECIDED,
        state_to=decision.state,
        verdict=verdict,
        reason=decision.reason,
        summary=_summary(test, figures, decision, present, says, careful, unknown),
        ended_at=now,
    )
    await audit.record(
        tx,
        test.id,
        "decided" if decision.state is ABTestState.DECIDED else "cancelled",
        by,
        now,
        changes=changes,
        counts={"algorithm1": figures[0], "algorithm2": figures[1]},
        verdict=verdict,
        reason=decision.reason,
        rule=rule,
        method=decision.method,
        exact=decision.exact,
        holds=decision.holds,
        withheld=decision.withheld,
        accepted=sorted(accepted),
        parameters=test.plan.as_json(),
        **basis.as_facts(),
    )


async def _lock_endpoint(tx: Tx, endpoint_id: int) -> list[Algorithm]:
    """All algorithms of an endpoint, with statuses that nobody else changes until `tx` ends."""
    ids = [a.id for a in await algorithms.all_algorithms(tx) if a.endpoint_id == endpoint_id]
    return list((await statuses.lock_algorithms(tx, ids)).values())


def plain_verdict(test: ABTest, comparison: PlainComparison) -> Verdict:
    """The verdict of the plain comparison."""
    if comparison.better is None:
        return Verdict.INCONCLUSIVE
    better_id = test.algorithm_ids[comparison.better - 1]
    return Verdict.KEPT if better_id == test.champion_id else Verdict.PROMOTED


def _summary(  # noqa: PLR0917  what ended, how, for whom, and how sure that is
    test: ABTest,
    figures: tuple[ArmFigures, ArmFigures],
    decision: Decision,
    present: Sequence[Algorithm],
    says: str | None,
    careful: Sequence[str],
    unknown: str | None,
) -> str:
    """Both figures, then what they mean for whom, how sure that is, and what to be careful about.

    A test that the old `stop_ab_test` ends (`says` is then what the always-valid rule finds) gets the old service's
    sentence, whose numbers are explained at the end: elsewhere an algorithm's number is its id. `unknown` says why
    nobody knows the figures of either.
    """
    names = _names(test, present)
    if says is None:
        first = unknown or sentence_of(test.kind, *figures, names)
        return _sentences(first, _meaning(test, decision, names), *careful)
    text = f"{compare(test.kind, *figures).sentence}. {_meaning(test, decision, names, numbered=True)}"
    if decision.verdict is not Verdict.INCONCLUSIVE:
        text = f"{text} The figures were compared plainly, without a test of significance."
    warned = _sentences(f"{text} What the always-valid rule says of them: {says}", *careful)
    return (
        f"{warned} (#1 is {names[0]} and #2 is {names[1]}, as the test names them; these are not their ids.)"
    )


def _sentences(*texts: str) -> str:
    """One after the other, each with a capital and a full stop."""
    return " ".join(f"{text[0].upper()}{text[1:].removesuffix('.')}." for text in texts)


def _caveat(test: ABTest, basis: evaluation.Basis, decision: Decision) -> tuple[str, ...]:
    """What a winner's lead is worth."""
    evidence = weigh(evaluation.figures_at(basis, test), test.plan.rules)
    found = caveat(evidence, decision.verdict, test.plan.rules) if isinstance(evidence, Evidence) else None
    return () if found is None else (found,)


async def _warnings(tx: Tx, test: ABTest, basis: evaluation.Basis) -> tuple[str, ...]:
    """What to be careful about in the figures of a test that is compared plainly."""
    evidence = weigh(evaluation.figures_at(basis, test), test.plan.rules)
    before = basis.scored_before
    _, unscored = await sums.sums_and_unscored(tx, test.id, test.plan, scored_before=before)
    return tuple(cautions(basis.sums, test.plan, evidence, None, unscored, retrospective=False))


def _meaning(test: ABTest, decision: Decision, names: tuple[str, str], *, numbered: bool = False) -> str:
    """What the end means for both algorithms, and why; the old service's summary has the reason elsewhere."""
    if decision.verdict is None:
        return f"Cancelled: {decision.reason}. Both statuses were restored."
    if decision.verdict is Verdict.INCONCLUSIVE:
        return f"Inconclusive: {decision.reason}. Both statuses were restored."
    winner = test.algorithm_ids.index(
        test.challenger_id if decision.verdict is Verdict.PROMOTED else test.champion_id
    )
    other = names[1 - winner]
    if numbered:
        return f"Algorithm #{winner + 1} ({names[winner]}) goes to production, {other} to testing."
    reason = f"{decision.reason[0].upper()}{decision.reason[1:]}"
    return f"To production goes {names[winner]}, to testing {other}. {reason}."


def _names(test: ABTest, present: Sequence[Algorithm]) -> tuple[str, str]:
    """What algorithms 1 and 2 of the test are called, with their versions."""
    names = {algorithm.id: str(algorithm) for algorithm in present}
    return names[test.algorithm1_id], names[test.algorithm2_id]


async def ab_test_of(client: Client, ab_test_id: int) -> ABTest:
    """The test of this id. Raises ABTestNotFound."""
    test = await ab_tests.ab_test(client, ab_test_id)
    if test is None:
        raise not_found(ab_test_id)
    return test


def not_running(test: ABTest) -> ABTestNotRunning:
    """The error for a test that has ended before."""
    return ABTestNotRunning(f"A/B test {test.id} is {test.state.replace('_', ' ')} already.", path=("id",))


def not_found(ab_test_id: int) -> ABTestNotFound:
    """The error for a test that does not exist."""
    return ABTestNotFound(f"There is no A/B test with id {ab_test_id}.", path=("id",))
