"""A/B tests: begun, decided, cancelled and rolled back, each in one transaction that happens exactly once."""

from __future__ import annotations

import secrets
from collections.abc import Container, Iterable, Sequence

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.bounds import check_weight
from domain.ab_tests.plan import Plan, legacy_plan
from domain.ab_tests.promotion import StatusChange, on_cancellation, on_creation, on_rollback
from domain.ab_tests.questions import check_metric
from domain.ab_tests.results.kept_evidence import KeptEvidence
from domain.ab_tests.results.result import Disagreement, Replay, Result, SeriesPoint, Verification
from domain.ab_tests.results.slices import Slice
from domain.callers import Viewer
from domain.catalog.entries import Algorithm
from domain.errors import (
    ABTestNotRunning,
    AlgorithmNotFound,
    InvalidABTest,
    InvalidInput,
    RollbackRefused,
)
from domain.history.filters import RequestFilter
from domain.statistics.plain_comparison import ArmFigures
from domain.statistics.verdict import decide
from domain.words import ABTestState, Hold, Kind, Status, Traffic, Verdict
from orm.connection.client import Reader, Tx
from orm.connection.database import Database
from orm.queries.ab_tests import ab_tests, observations
from orm.queries.catalog import algorithms, statuses
from orm.queries.history import requests
from serving.ab_tests import audit, endings, evaluation, slices
from serving.ab_tests.creation import fitted
from serving.ab_tests.kept_evidence import keep_evidence, kept_of
from serving.ab_tests.looks import Looks
from serving.ab_tests.replay import replay
from serving.ab_tests.verification import verify
from serving.catalog.catalog import Catalog, Snapshot
from serving.catalog.statuses import check_author, check_text, require_not_in_test
from serving.ports import Clock, Progress

MAX_TITLE = 10_000
MAX_REASON = 10_000
MAX_POINTS = 1_000
MAX_QUEUE = 1_000
ARBITER = "arbiter"
"""Who decides when nobody does: the name in statuses and audit events."""


class ABTests:
    """The life of a test. Every change of a test and its statuses is one transaction with its audit event.

    What a change returns is read in the same transaction: nothing that fails after the commit can hide it.
    """

    def __init__(self, database: Database, catalog: Catalog, clock: Clock) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self.looks = Looks()

    async def create(
        self,
        *,
        title: str,
        algorithms: tuple[int, int],
        traffic: Traffic,
        created_by: str,
        plan: Plan | None = None,
    ) -> ABTest:
        """Begin a test of two algorithms of one endpoint; both get the status `ab_testing`.

        The champion is the arm that a plain prediction would have chosen, else the first named; in a shadow test
        it stays in production. Without a plan it is the legacy one.
        Raises AlgorithmNotFound, InvalidABTest (the same algorithm twice, other endpoints or kinds, not loaded, a
        plan that does not fit),
        AlgorithmInTest or EndpointInTest when one runs already, InvalidInput for the title or the author.
        """
        check_title(title)
        check_author(created_by)
        snapshot = self._catalog.snapshot
        first, second = checked_arms(snapshot, algorithms)
        plan = checked_plan(plan or legacy_plan(first.kind), first.kind, traffic)
        plan = await fitted(plan, snapshot, (first, second))
        async with self._catalog.changing() as tx:
            held = {id_: a.status for id_, a in (await statuses.lock_algorithms(tx, algorithms)).items()}
            await require_not_in_test(tx, list(algorithms), path=("algorithms",))
            now = self._clock()
            champion_id = await _champion(tx, first, second, snapshot.unready)
            _check_shadow(plan, held[champion_id])
            test = await ab_tests.add_ab_test(
                tx,
                endpoint_id=first.endpoint_id,
                algorithm1_id=first.id,
                algorithm2_id=second.id,
                champion_id=champion_id,
                kind=first.kind,
                title=title,
                traffic=traffic,
                salt=secrets.token_hex(16),
                plan=plan,
                created_by=created_by,
                created_at=now,
            )
            await audit.record(
                tx,
                test.id,
                "created",
                created_by,
                now,
                changes=on_creation(test, held),
                parameters=plan.as_json(),
            )
        return test

    async def conclude(self, ab_test_id: int, by: str, accepted: frozenset[Hold] = frozenset()) -> ABTest:
        """End a running test now: promoted or kept when the always-valid rule says so, else inconclusive.

        accepted: reasons for which the test names no winner by itself and that `by` takes upon himself or herself;
        where they are all that apply, the withheld verdict is given. They stand in the audit log.
        Raises ABTestNotFound, ABTestNotRunning when it has ended before, and InvalidABTest, with the test still
        running, where one that applies is not among those accepted.
        """
        check_author(by)
        async with self._catalog.changing() as tx:
            await endings.end_by_rule(tx, ab_test_id, by, self._clock(), endings.CONCLUDED, accepted)
            return await endings.ab_test_of(tx, ab_test_id)

    async def stop_plainly(self, ab_test_id: int, by: str) -> ABTest:
        """End a running test as the legacy `stop_ab_test` does: by the plain comparison. Raises as `conclude`."""
        check_author(by)
        async with self._catalog.changing() as tx:
            await endings.end_plainly(tx, ab_test_id, by, self._clock())
            return await endings.ab_test_of(tx, ab_test_id)

    async def settle(self, ab_test_id: int) -> ABTest | None:
        """End a running test if its rule says so now, and return it; None when it goes on or has ended before.

        However many processes call it, one of them ends the test. Raises ABTestNotFound.
        """
        if not await self._would_end(ab_test_id):
            return None
        try:
            async with self._catalog.changing() as tx:
                await endings.end_by_rule(tx, ab_test_id, ARBITER, self._clock(), endings.ALWAYS_VALID)
                return await endings.ab_test_of(tx, ab_test_id)
        except (endings.StillRunning, ABTestNotRunning):
            return None

    async def change_weights(self, ab_test_id: int, challenger_weight: float, by: str) -> ABTest:
        """Give the challenger another share of the requests from now on: a new epoch begins.

        Epochs are never pooled, so that a changed weight cannot invent a difference. Raises ABTestNotFound,
        ABTestNotRunning, and InvalidABTest for a weight outside 0..1 or a test whose champion answers everything.
        """
        check_author(by)
        check_weight(challenger_weight)
        async with self._catalog.changing() as tx:
            test = await ab_tests.lock_ab_test(tx, ab_test_id)
            if test is None:
                raise endings.not_found(ab_test_id)
            if test.state is not ABTestState.RUNNING:
                raise endings.not_running(test)
            if test.plan.shadow:
                raise InvalidABTest(
                    "challengerWeight has no meaning here: the champion of this test answers every request.",
                    path=("input", "challengerWeight"),
                )
            now = self._clock()
            before = (await ab_tests.epochs_of_running_tests(tx))[ab_test_id][1]
            await ab_tests.add_epoch(tx, ab_test_id, challenger_weight, now)
            await audit.record(
                tx, ab_test_id, "weights_changed", by, now, before=before, after=challenger_weight
            )
            return await endings.ab_test_of(tx, ab_test_id)

    async def cancel(self, ab_test_id: int, by: str, reason: str) -> ABTest:
        """End a running test without a verdict; both arms get back the statuses they held before.

        Raises ABTestNotFound, ABTestNotRunning, InvalidInput for the author or the reason.
        """
        check_author(by)
        _check_reason(reason)
        async with self._catalog.changing() as tx:
            now = self._clock()
            summary = f"Cancelled: {reason or 'no reason was given'}. Both statuses were restored."
            test = await endings.end(
                tx, ab_test_id, ABTestState.CANCELLED, now, reason=reason, summary=summary
            )
            await audit.record(
                tx,
                test.id,
                "cancelled",
                by,
                now,
                changes=on_cancellation(test, await audit.statuses_before(tx, test.id)),
                reason=reason,
            )
            return await endings.ab_test_of(tx, ab_test_id)

    async def rollback(self, ab_test_id: int, by: str) -> ABTest:
        """Undo a promotion: every status that it changed returns to what it was before the test.

        Raises ABTestNotFound, and RollbackRefused when the test promoted nothing, was rolled back before, or when
        one of the statuses has been changed since.
        """
        check_author(by)
        async with self._catalog.changing() as tx:
            now = self._clock()
            await self._mark_rolled_back(tx, ab_test_id)
            decided = await audit.changes_of(tx, ab_test_id, "decided")
            await self._refuse_if_changed(tx, decided)
            await audit.record(
                tx, ab_test_id, "rolled_back", by, now, changes=on_rollback([change for change, _ in decided])
            )
            return await endings.ab_test_of(tx, ab_test_id)

    async def rename(self, ab_test_id: int, *, title: str | None, created_by: str | None) -> ABTest:
        """Change a test's title or author, whatever its state; None leaves one as it is. Raises ABTestNotFound."""
        if title is not None:
            check_title(title)
        if created_by is not None:
            check_author(created_by)
        async with self._catalog.changing() as tx:
            if not await ab_tests.rename_ab_test(tx, ab_test_id, title=title, created_by=created_by):
                raise endings.not_found(ab_test_id)
            return await endings.ab_test_of(tx, ab_test_id)

    async def figures(self, ab_test_id: int) -> tuple[ArmFigures, ArmFigures]:
        """Counts and sums of algorithm 1 and algorithm 2 in this test. Raises ABTestNotFound."""
        async with self._database.reader(heavy=True) as reader:
            test = await endings.ab_test_of(reader, ab_test_id)
            kept = await self._kept(reader, test)
            return kept.plain if kept else await evaluation.plain_figures_of(reader, test, None)

    async def evaluate(self, ab_test_id: int) -> Result:
        """What the test says now, by one aggregate statement and its rule. Raises ABTestNotFound."""
        async with self._database.reader(heavy=True) as reader:
            test = await endings.ab_test_of(reader, ab_test_id)
            return (await evaluation.evaluate_all(reader, [test], self._clock()))[test.id]

    async def evaluate_many(self, ab_test_ids: Iterable[int]) -> dict[int, Result]:
        """The same of several tests, by id; those that do not exist are absent. Costs as `evaluate_all` says."""
        async with self._database.reader(heavy=True) as reader:
            tests = await ab_tests.ab_tests_by_ids(reader, ab_test_ids)
            return await evaluation.evaluate_all(reader, list(tests.values()), self._clock())

    async def verify(self, ab_test_id: int) -> Verification:
        """Recompute the verdict from the observations as they were when it was given, and compare.

        Where requests of the test are no longer kept, what was found before the first of them went. Raises
        ABTestNotFound, and ABTestNotDecided when there is no verdict.
        """
        async with self._database.reader() as reader:
            kept = await kept_of(reader, ab_test_id)
        found = None if kept is None else kept.verified()
        if found is not None:
            return found
        return await verify(self._database, self._catalog.snapshot, ab_test_id)

    async def series(self, ab_test_id: int, points: int = 100) -> tuple[SeriesPoint, ...]:
        """Estimate and interval after each of up to `points` equal shares of the feedback, in the order it came.

        Up to 100 are kept where requests of the test are not. Raises ABTestNotFound, and InvalidInput unless points
        lie in 1..1000.
        """
        _check_count("points", points, MAX_POINTS)
        async with self._database.reader(heavy=True) as reader:
            test = await endings.ab_test_of(reader, ab_test_id)
            kept = await self._kept(reader, test)
            if kept is not None:
                return kept.course(points)
            return await evaluation.series(reader, test, points, self._clock())

    async def keep_evidence(self, ab_test_id: int) -> bool:
        """Keep what a test that has ended says, before requests of it go; False where that was done before."""
        return await keep_evidence(self._database, self._catalog.snapshot, ab_test_id, self._clock())

    async def _kept(self, reader: Reader, test: ABTest) -> KeptEvidence | None:
        return None if test.state is ABTestState.RUNNING else await kept_of(reader, test.id)

    async def slices(self, ab_test_id: int, feature: str, viewer: Viewer) -> tuple[Slice, ...]:
        """Both arms within each value of an indexed feature. See `serving.ab_tests.slices`, also for what it raises."""
        return await slices.slices(
            self._database, self._catalog.snapshot, viewer, ab_test_id, feature, self._clock()
        )

    async def worst_slice(self, ab_test_id: int, viewer: Viewer) -> Slice | None:
        """Where a challenger that leads on the whole is worse; None where a lead hides no loss."""
        return await slices.worst_slice(
            self._database, self._catalog.snapshot, viewer, ab_test_id, self._clock()
        )

    async def feedback_queue(
        self,
        ab_test_id: int,
        viewer: Viewer,
        *,
        limit: int,
        after: int | None = None,
        before: int | None = None,
        backward: bool = False,
    ) -> tuple[Disagreement, ...]:
        """Requests on which the arms disagree and whose truth is not known yet, oldest first, between two ids.

        Only these can change a paired verdict. `backward` takes those next to `before` instead of those next to
        `after`; the order stays. Raises ABTestNotFound, Forbidden, and InvalidInput unless limit lies in 1..1000.
        """
        _check_count("limit", limit, MAX_QUEUE)
        async with self._database.reader() as reader:
            test = await endings.ab_test_of(reader, ab_test_id)
            found = await observations.disagreements(
                reader, test.id, test.kind, limit=limit, after=after, before=before, backward=backward
            )
            seen = await requests.requests_by_ids(reader, viewer, [o.request_id for o in found])
        return tuple(
            Disagreement(seen[o.request_id], o.champion, o.challenger)
            for o in found
            if o.champion is not None and o.challenger is not None
        )

    async def replay(
        self,
        algorithm_id: int,
        where: RequestFilter | None = None,
        *,
        viewer: Viewer,
        limit: int = 10_000,
        progress: Progress | None = None,
    ) -> Replay:
        """Run a registered algorithm over logged requests with feedback and compare it with what was served.

        See `serving.ab_tests.replay`, also for what it raises. Nothing is logged.
        """
        return await replay(
            self._database,
            self._catalog.snapshot,
            viewer,
            algorithm_id,
            where,
            limit=limit,
            progress=progress,
        )

    async def _would_end(self, ab_test_id: int) -> bool:
        """Whether the rule ends the test now. Only the rule is asked: nothing that is merely shown can stop it."""
        async with self._database.reader() as reader:
            test = await endings.ab_test_of(reader, ab_test_id)
            basis = await evaluation.basis_of(reader, test, self._clock())
            figures = evaluation.figures_at(basis, test)
            decision = decide(figures, test.plan.rules)
            if decision.verdict in {Verdict.PROMOTED, Verdict.KEPT}:
                # How late truths came can only withhold a winner, and costs a statement: it is asked last.
                figures = evaluation.figures_at(await evaluation.with_delays(reader, test, basis), test)
                decision = decide(figures, test.plan.rules)
        self.looks.note(test.id, figures, test.plan.rules, decision)
        return decision.state is not ABTestState.RUNNING

    async def _mark_rolled_back(self, tx: Tx, ab_test_id: int) -> None:
        """Take a test that promoted to `rolled_back`. Raises ABTestNotFound or RollbackRefused."""
        test = await endings.ab_test_of(tx, ab_test_id)
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
                f"A/B test {ab_test_id} {_end_of(test)}: there is no promotion to undo.", path=("id",)
            )

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


def check_title(title: str) -> None:
    """Raises InvalidInput for a title that cannot be stored."""
    if not title.strip() or len(title) > MAX_TITLE:
        raise InvalidInput(f"title must have 1 to {MAX_TITLE} characters.", path=("title",))
    check_text("title", title)


def _check_reason(reason: str) -> None:
    if len(reason) > MAX_REASON:
        raise InvalidInput(f"reason must have no more than {MAX_REASON} characters.", path=("reason",))
    check_text("reason", reason)


def checked_arms(snapshot: Snapshot, ids: tuple[int, int]) -> tuple[Algorithm, Algorithm]:
    """The two algorithms, which can be tested against each other. Raises AlgorithmNotFound and InvalidABTest."""
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


async def _champion(tx: Tx, first: Algorithm, second: Algorithm, unready: Container[int]) -> int:
    """The arm that a plain prediction chooses now (the lowest ready id in production), else the first named."""
    in_production = sorted(
        a.id
        for a in await algorithms.all_algorithms(tx)
        if a.endpoint_id == first.endpoint_id and a.status is Status.PRODUCTION and a.id not in unready
    )
    return in_production[0] if in_production[:1] in ([first.id], [second.id]) else first.id


def _end_of(test: ABTest) -> str:
    if test.state is ABTestState.ROLLED_BACK:
        return "was rolled back before"
    return f"is {test.state}" if test.verdict is None else f"ended {test.verdict}"


def checked_plan(plan: Plan, kind: Kind, traffic: Traffic) -> Plan:
    """The plan, which fits algorithms of this kind and the predictions that the test takes. Raises InvalidABTest."""
    check_metric(plan.rules.metric, kind)
    if plan.shadow and traffic is not Traffic.ALL:
        raise InvalidABTest(
            "serve can be CHAMPION_ONLY only with traffic ALL: the champion answers every request.",
            path=("input", "serve"),
        )
    return plan


def _check_shadow(plan: Plan, champion_status: Status | None) -> None:
    if plan.shadow and champion_status is not Status.PRODUCTION:
        raise InvalidABTest(
            "serve can be CHAMPION_ONLY only where one of the two is the algorithm that answers plain predictions: "
            "set one to production first.",
            path=("input", "serve"),
        )


def _check_count(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise InvalidInput(f"{name} must lie between 1 and {most:,}.", path=(name,))
