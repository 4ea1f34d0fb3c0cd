"""How a test ends: one transaction in which the test, its statuses and its audit event change together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from domain.errors import ABTestNotFound, ABTestNotRunning
from domain.experiments.figures import Figures
from domain.experiments.parameters import Parameters
from domain.experiments.plain_comparison import PlainComparison, compare
from domain.experiments.verdict import Decision, conclude, decide
from domain.promotion import StatusChange, on_cancellation, on_decision
from domain.types import ABTest, ABTestState, Algorithm, Verdict
from orm.client import Tx
from orm.database import Database
from orm.queries import ab_tests, algorithms, statuses
from serving import audit, evaluation
from serving.evaluation import Basis

Rule: TypeAlias = Callable[[Figures, Parameters], Decision]

ALWAYS_VALID = "always-valid"
CONCLUDED = "always-valid, ended by a person"
PLAIN = "plain comparison"
RULES: dict[str, Rule] = {ALWAYS_VALID: decide, CONCLUDED: conclude}


class GoesOn(Exception):
    """The rule does not end the test: nothing was changed."""


async def end_by_rule(database: Database, ab_test_id: int, by: str, now: datetime, rule: str) -> None:
    """End a running test as the rule says, with the sums as they are in this very transaction.

    Raises ABTestNotFound, ABTestNotRunning, and GoesOn when the rule says neither verdict nor cancellation.
    """
    async with database.transaction() as tx:
        # Ending it first locks the test's row: nobody decides it twice, and no row joins it any more.
        test = await end(tx, ab_test_id, ABTestState.DECIDED, now)
        basis = await evaluation.basis_of_decision(tx, test, now)
        decision = RULES[rule](evaluation.figures_at(basis, test), test.plan.rules)
        if decision.state is ABTestState.RUNNING:
            raise GoesOn
        comparison = compare(test.kind, *await evaluation.plain_figures_of(tx, test, basis.sums))
        await _close(tx, database, test, decision, comparison, basis, by, now, rule)


async def end_plainly(database: Database, ab_test_id: int, by: str, now: datetime) -> None:
    """End a running test by the plain comparison, as the legacy `stop_ab_test` does. Raises as `end_by_rule`."""
    async with database.transaction() as tx:
        test = await end(tx, ab_test_id, ABTestState.DECIDED, now)
        basis = await evaluation.basis_of_decision(tx, test, now)
        comparison = compare(test.kind, *await evaluation.plain_figures_of(tx, test, basis.sums))
        valid = decide(evaluation.figures_at(basis, test), test.plan.rules)
        decision = Decision(
            ABTestState.DECIDED, plain_verdict(test, comparison), comparison.reason, valid.method, exact=False
        )
        await _close(tx, database, test, decision, comparison, basis, by, now, PLAIN, says=valid.reason)


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
    test = await ab_tests.ab_test(tx, ab_test_id)
    if test is None:
        raise not_found(ab_test_id)
    if not ended:
        raise not_running(test)
    return test


async def carry_out(
    tx: Tx, changes: Sequence[StatusChange], by: str, now: datetime
) -> list[tuple[StatusChange, int | None]]:
    """Set the statuses and return each change with the id of its active row, for the audit event.

    An algorithm that has the wanted status already, as a shadow test's champion, keeps its row.
    """
    ids = [change.algorithm_id for change in changes]
    await statuses.lock_algorithms(tx, ids)
    active = {row.algorithm_id: row for row in await statuses.all_statuses(tx, ids) if row.active}
    carried: list[tuple[StatusChange, int | None]] = []
    for change in sorted(changes, key=lambda change: change.algorithm_id):
        row = active.get(change.algorithm_id)
        if change.after != (None if row is None else row.status):
            row = await statuses.set_status(tx, change.algorithm_id, change.after, by, now)
        carried.append((change, None if row is None else row.id))
    return carried


async def _close(  # noqa: PLR0917  what ends, how, on which basis, and by whom
    tx: Tx,
    database: Database,
    test: ABTest,
    decision: Decision,
    comparison: PlainComparison,
    basis: Basis,
    by: str,
    now: datetime,
    rule: str,
    *,
    says: str | None = None,
) -> None:
    held = await audit.statuses_before(tx, test.id)
    present = await _lock_endpoint(tx, test.endpoint_id)
    verdict = decision.verdict
    changes = on_cancellation(test, held) if verdict is None else on_decision(test, verdict, held, present)
    carried = await carry_out(tx, changes, by, now)
    await ab_tests.end_ab_test(
        tx,
        test.id,
        state_from=ABTestState.DECIDED,
        state_to=decision.state,
        verdict=verdict,
        reason=decision.reason,
        summary=_summary(test, comparison, decision, present, says),
        ended_at=now,
    )
    first, second = await evaluation.plain_figures_of(tx, test, basis.sums)
    await audit.write(
        tx,
        test.id,
        "decided" if decision.state is ABTestState.DECIDED else "cancelled",
        by,
        now,
        changes=carried,
        counts={"algorithm1": first, "algorithm2": second},
        verdict=verdict,
        reason=decision.reason,
        rule=rule,
        method=decision.method,
        exact=decision.exact,
        parameters=test.plan.as_json(),
        **basis.as_facts(),
    )
    await database.bump_catalog(tx)


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


def _summary(
    test: ABTest,
    comparison: PlainComparison,
    decision: Decision,
    present: Sequence[Algorithm],
    says: str | None,
) -> str:
    """The old service's sentence with both figures, then what it means for whom, and how sure that is."""
    if decision.verdict is None:
        return f"{comparison.sentence}. Cancelled: {decision.reason}. Both statuses were restored."
    if decision.verdict is Verdict.INCONCLUSIVE:
        told = f"{comparison.sentence}. Inconclusive: {decision.reason}. Both statuses were restored."
    else:
        moved = _moved(test, decision.verdict, present)
        told = f"{comparison.sentence}. {moved}"
        if says is None:
            return f"{told} {decision.reason[0].upper()}{decision.reason[1:]}."
        told = f"{told} The figures were compared plainly, without a test of significance."
    return told if says is None else f"{told} What the always-valid rule says of them: {says}."


def _moved(test: ABTest, verdict: Verdict, present: Sequence[Algorithm]) -> str:
    names = {algorithm.id: str(algorithm) for algorithm in present}
    winner, other = (
        (test.challenger_id, test.champion_id)
        if verdict is Verdict.PROMOTED
        else (test.champion_id, test.challenger_id)
    )
    number = test.algorithm_ids.index(winner) + 1
    return f"Algorithm #{number} ({names[winner]}) goes to production, {names[other]} to testing."


def not_running(test: ABTest) -> ABTestNotRunning:
    """The error for a test that has ended before."""
    return ABTestNotRunning(f"A/B test {test.id} is {test.state.replace('_', ' ')} already.", path=("id",))


def not_found(ab_test_id: int) -> ABTestNotFound:
    """The error for a test that does not exist."""
    return ABTestNotFound(f"There is no A/B test with id {ab_test_id}.", path=("id",))
