"""A/B tests: begun, decided, cancelled and rolled back, each in one transaction that happens exactly once."""

from __future__ import annotations

import secrets
from collections.abc import Container, Sequence
from datetime import datetime

from domain.errors import (
    ABTestNotFound,
    ABTestNotRunning,
    AlgorithmNotFound,
    InvalidABTest,
    InvalidInput,
    RollbackRefused,
)
from domain.experiments.plain_comparison import PlainComparison, compare
from domain.promotion import StatusChange, on_cancellation, on_decision, on_rollback
from domain.types import ABTest, ABTestState, Algorithm, ArmFigures, Status, Traffic, Verdict
from orm.client import Client, Tx
from orm.database import Database
from orm.queries import ab_tests, algorithms, statuses
from orm.queries import requests as request_queries
from serving import audit
from serving.catalog import Catalog, Snapshot
from serving.ports import Clock
from serving.statuses import check_author, refuse_arms

MAX_TITLE = 10_000
MAX_REASON = 10_000
EVEN = 0.5


class Experiments:
    """The life of a test. Every change of a test and its statuses is one transaction with its audit event."""

    def __init__(self, database: Database, catalog: Catalog, clock: Clock) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock

    async def create(
        self, *, title: str, algorithms: tuple[int, int], traffic: Traffic, created_by: str
    ) -> ABTest:
        """Begin a test of two algorithms of one endpoint; both get the status `ab_testing`.

        The champion is the arm that a plain prediction would have chosen, else the first named.
        Raises AlgorithmNotFound, InvalidABTest (the same algorithm twice, other endpoints or kinds, not loaded),
        AlgorithmInTest or EndpointInTest when one runs already, InvalidInput for the title or the author.
        """
        _check_title(title)
        check_author(created_by)
        snapshot = self._catalog.snapshot
        first, second = _checked_arms(snapshot, algorithms)
        async with self._database.transaction() as tx:
            held = {id_: a.status for id_, a in (await statuses.lock_algorithms(tx, algorithms)).items()}
            await refuse_arms(tx, list(algorithms), path=("algorithms",))
            now = self._clock()
            test = await ab_tests.add_ab_test(
                tx,
                endpoint_id=first.endpoint_id,
                algorithm1_id=first.id,
                algorithm2_id=second.id,
                champion_id=await _champion(tx, first, second, snapshot.unready),
                kind=first.kind,
                title=title,
                traffic=traffic,
                salt=secrets.token_hex(16),
                challenger_weight=EVEN,
                created_by=created_by,
                created_at=now,
            )
            changes = [StatusChange(id_, held[id_], Status.AB_TESTING) for id_ in algorithms]
            carried = await self._carry_out(tx, changes, created_by, now)
            await audit.write(tx, test.id, "created", created_by, now, changes=carried)
            await self._database.bump_catalog(tx)
        await self._catalog.refresh()
        return test

    async def conclude(self, ab_test_id: int, by: str) -> ABTest:
        """End a running test by comparing the two figures, and give both algorithms their new statuses.

        Raises ABTestNotFound, or ABTestNotRunning when it has ended before.
        """
        return await self._decide(ab_test_id, by)

    async def stop_plainly(self, ab_test_id: int, by: str) -> ABTest:
        """End a running test as the legacy `stop_ab_test` does: by the plain comparison. Raises as `conclude`."""
        return await self._decide(ab_test_id, by)

    async def cancel(self, ab_test_id: int, by: str, reason: str) -> ABTest:
        """End a running test without a verdict; both arms get back the statuses they held before.

        Raises ABTestNotFound, ABTestNotRunning, InvalidInput for the author or the reason.
        """
        check_author(by)
        _check_reason(reason)
        async with self._database.transaction() as tx:
            now = self._clock()
            summary = f"Cancelled: {reason or 'no reason was given'}. Both statuses were restored."
            test = await self._end(tx, ab_test_id, ABTestState.CANCELLED, now, reason=reason, summary=summary)
            changes = on_cancellation(test, await audit.statuses_before(tx, test.id))
            carried = await self._carry_out(tx, changes, by, now)
            await audit.write(tx, test.id, "cancelled", by, now, changes=carried, reason=reason)
            await self._database.bump_catalog(tx)
        return await self._fresh(ab_test_id)

    async def rollback(self, ab_test_id: int, by: str) -> ABTest:
        """Undo a promotion: every status that it changed returns to what it was before the test.

        Raises ABTestNotFound, and RollbackRefused when the test promoted nothing, was rolled back before, or when
        one of the statuses has been changed since.
        """
        check_author(by)
        async with self._database.transaction() as tx:
            now = self._clock()
            await self._undo(tx, ab_test_id)
            decided = await audit.changes_of(tx, ab_test_id, "decided")
            await self._refuse_if_changed(tx, decided)
            changes = on_rollback([change for change, _ in decided])
            carried = await self._carry_out(tx, changes, by, now)
            await audit.write(tx, ab_test_id, "rolled_back", by, now, changes=carried)
            await self._database.bump_catalog(tx)
        return await self._fresh(ab_test_id)

    async def rename(self, ab_test_id: int, *, title: str | None, created_by: str | None) -> ABTest:
        """Change a test's title or author, whatever its state; None leaves one as it is. Raises ABTestNotFound."""
        if title is not None:
            _check_title(title)
        if created_by is not None:
            check_author(created_by)
        async with self._database.transaction() as tx:
            if not await ab_tests.rename_ab_test(tx, ab_test_id, title=title, created_by=created_by):
                raise _not_found(ab_test_id)
            await self._database.bump_catalog(tx)
        return await self._fresh(ab_test_id)

    async def figures(self, ab_test_id: int) -> tuple[ArmFigures, ArmFigures]:
        """Counts and sums of algorithm 1 and algorithm 2 in this test. Raises ABTestNotFound."""
        async with self._database.reader() as reader:
            test = await ab_tests.ab_test(reader, ab_test_id)
            if test is None:
                raise _not_found(ab_test_id)
            return await _figures(reader, test)

    async def _decide(self, ab_test_id: int, by: str) -> ABTest:
        check_author(by)
        async with self._database.transaction() as tx:
            now = self._clock()
            # Ending it first locks the test's row: nobody decides it twice, and no row joins it any more.
            test = await self._end(tx, ab_test_id, ABTestState.DECIDED, now)
            first, second = await _figures(tx, test)
            comparison = compare(test.kind, first, second)
            verdict = _verdict(test, comparison)
            held = await audit.statuses_before(tx, test.id)
            present = await _lock_endpoint(tx, test.endpoint_id)
            carried = await self._carry_out(tx, on_decision(test, verdict, held, present), by, now)
            summary = _summary(test, comparison, verdict, present)
            await ab_tests.end_ab_test(
                tx,
                test.id,
                state_from=ABTestState.DECIDED,
                state_to=ABTestState.DECIDED,
                verdict=verdict,
                reason=comparison.reason,
                summary=summary,
                ended_at=now,
            )
            counts = {"algorithm1": first, "algorithm2": second}
            await audit.write(
                tx,
                test.id,
                "decided",
                by,
                now,
                changes=carried,
                verdict=verdict,
                counts=counts,
                rule="plain comparison",
            )
            await self._database.bump_catalog(tx)
        return await self._fresh(ab_test_id)

    async def _end(
        self,
        tx: Tx,
        ab_test_id: int,
        state: ABTestState,
        now: datetime,
        *,
        reason: str | None = None,
        summary: str = "",
    ) -> ABTest:
        """Take a running test to `state`: whoever succeeds is the only one, and no row joins the test any more."""
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
            raise _not_found(ab_test_id)
        if not ended:
            raise ABTestNotRunning(
                f"A/B test {ab_test_id} is {test.state.replace('_', ' ')} already.", path=("id",)
            )
        return test

    async def _undo(self, tx: Tx, ab_test_id: int) -> None:
        """Take a test that promoted to `rolled_back`. Raises ABTestNotFound or RollbackRefused."""
        test = await ab_tests.ab_test(tx, ab_test_id)
        if test is None:
            raise _not_found(ab_test_id)
        if test.verdict is not Verdict.PROMOTED or not await ab_tests.end_ab_test(
            tx,
            ab_test_id,
            state_from=ABTestState.DECIDED,
            state_to=ABTestState.ROLLED_BACK,
            verdict=test.verdict,
            reason=test.reason,
            summary=f"{test.summary} Rolled back.",
            ended_at=test.ended_at,
        ):
            raise RollbackRefused(
                f"A/B test {ab_test_id} {_told(test)}: there is no promotion to undo.", path=("id",)
            )

    async def _carry_out(
        self, tx: Tx, changes: Sequence[StatusChange], by: str, now: datetime
    ) -> list[tuple[StatusChange, int | None]]:
        """Set the statuses and return each change with the id of its new status row, for the audit event."""
        carried = []
        for change in sorted(changes, key=lambda change: change.algorithm_id):
            row = await statuses.set_status(tx, change.algorithm_id, change.after, by, now)
            carried.append((change, None if row is None else row.id))
        return carried

    async def _refuse_if_changed(self, tx: Tx, decided: Sequence[tuple[StatusChange, int | None]]) -> None:
        ids = [change.algorithm_id for change, _ in decided]
        await statuses.lock_algorithms(tx, ids)
        active = {row.algorithm_id: row.id for row in await statuses.all_statuses(tx, ids) if row.active}
        for change, row_id in decided:
            if active.get(change.algorithm_id) != row_id:
                raise RollbackRefused(
                    f"The status of algorithm {change.algorithm_id} has been changed since the verdict; "
                    "set the statuses by hand.",
                    path=("id",),
                )

    async def _fresh(self, ab_test_id: int) -> ABTest:
        await self._catalog.refresh()
        async with self._database.reader() as reader:
            test = await ab_tests.ab_test(reader, ab_test_id)
        if test is None:
            raise _not_found(ab_test_id)
        return test


def _check_title(title: str) -> None:
    if not title.strip() or len(title) > MAX_TITLE or "\x00" in title:
        raise InvalidInput(f"title must have 1 to {MAX_TITLE} characters.", path=("title",))


def _check_reason(reason: str) -> None:
    if len(reason) > MAX_REASON or "\x00" in reason:
        raise InvalidInput(f"reason must have no more than {MAX_REASON} characters.", path=("reason",))


def _checked_arms(snapshot: Snapshot, ids: tuple[int, int]) -> tuple[Algorithm, Algorithm]:
    path = ("algorithms",)
    try:
        first, second = snapshot.algorithm(ids[0]), snapshot.algorithm(ids[1])
    except AlgorithmNotFound as error:
        raise AlgorithmNotFound(error.message, path=path) from None
    if first.id == second.id:
        raise InvalidABTest("A test needs two different algorithms: name another one.", path=path)
    if first.endpoint_id != second.endpoint_id:
        names = [snapshot.endpoint(a.endpoint_id).name for a in (first, second)]
        raise InvalidABTest(
            f"Both algorithms must belong to one endpoint, but these belong to {names[0]} and {names[1]}.",
            path=path,
        )
    if first.kind is not second.kind:
        raise InvalidABTest(
            f"Both algorithms must be of one kind, but one is a {first.kind} and one a {second.kind}.",
            path=path,
        )
    for algorithm in (first, second):
        if algorithm.id in snapshot.unready:
            raise InvalidABTest(f"{algorithm} cannot answer: {snapshot.unready[algorithm.id]}.", path=path)
    return first, second


async def _lock_endpoint(tx: Tx, endpoint_id: int) -> list[Algorithm]:
    """All algorithms of an endpoint, with statuses that nobody else changes until `tx` ends."""
    ids = [a.id for a in await algorithms.all_algorithms(tx) if a.endpoint_id == endpoint_id]
    return list((await statuses.lock_algorithms(tx, ids)).values())


async def _champion(tx: Tx, first: Algorithm, second: Algorithm, unready: Container[int]) -> int:
    """The arm that a plain prediction chooses now (the lowest ready id in production), else the first named."""
    in_production = sorted(
        a.id
        for a in await algorithms.all_algorithms(tx)
        if a.endpoint_id == first.endpoint_id and a.status is Status.PRODUCTION and a.id not in unready
    )
    return in_production[0] if in_production[:1] in ([first.id], [second.id]) else first.id


async def _figures(client: Client, test: ABTest) -> tuple[ArmFigures, ArmFigures]:
    found = await request_queries.arm_figures(client, test.id)
    return found.get(test.algorithm1_id, ArmFigures()), found.get(test.algorithm2_id, ArmFigures())


def _verdict(test: ABTest, comparison: PlainComparison) -> Verdict:
    if comparison.better is None:
        return Verdict.INCONCLUSIVE
    better_id = test.algorithm_ids[comparison.better - 1]
    return Verdict.KEPT if better_id == test.champion_id else Verdict.PROMOTED


def _summary(
    test: ABTest, comparison: PlainComparison, verdict: Verdict, present: Sequence[Algorithm]
) -> str:
    """The old service's sentence with both figures, then what it means for whom."""
    if verdict is Verdict.INCONCLUSIVE:
        return f"{comparison.sentence}. Inconclusive: {comparison.reason}. Both statuses were restored."
    names = {algorithm.id: str(algorithm) for algorithm in present}
    winner, other = (
        (test.challenger_id, test.champion_id)
        if verdict is Verdict.PROMOTED
        else (test.champion_id, test.challenger_id)
    )
    number = test.algorithm_ids.index(winner) + 1
    return (
        f"{comparison.sentence}. Algorithm #{number} ({names[winner]}) goes to production, {names[other]} to testing. "
        "The figures were compared plainly, without a test of significance."
    )


def _told(test: ABTest) -> str:
    if test.state is ABTestState.ROLLED_BACK:
        return "was rolled back before"
    return f"is {test.state}" if test.verdict is None else f"ended {test.verdict}"


def _not_found(ab_test_id: int) -> ABTestNotFound:
    return ABTestNotFound(f"There is no A/B test with id {ab_test_id}.", path=("id",))
