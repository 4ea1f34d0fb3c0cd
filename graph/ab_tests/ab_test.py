"""A/B tests: their algorithms, rules, figures and history."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

import orjson
import strawberry

from domain.ab_tests.ab_test import ABTest as ABTestRow
from domain.ab_tests.ab_test import ABTestEvent as ABTestEventRow
from domain.ab_tests.result import Result
from domain.callers import Scope
from domain.errors import ABTestNotFound, InvalidInput
from domain.statistics.accuracy import accuracy
from graph.ab_tests.plan import ABTestPlan
from graph.ab_tests.result import ABTestResult
from graph.ab_tests.series import DEFAULT_POINTS, MOST_POINTS, ABTestSeriesPoint, Points
from graph.catalog import algorithms, endpoints
from graph.history import requests
from graph.history.filters import OrderBy, RequestOrderBy, Where
from graph.operation.context import Context, Info
from graph.operation.selection import selected
from graph.vocabulary import named as references
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import ABTestState, Arm, Kind, Traffic, Verdict
from graph.vocabulary.field_cost import FieldCost, value
from graph.vocabulary.fields import resolved
from graph.vocabulary.ids import AB_TEST, Node, global_id, number
from graph.vocabulary.links import AlgorithmType, EndpointType, RequestsType
from graph.vocabulary.pagination import Connection, Paging, Place, connect, connect_all, paged, window
from graph.vocabulary.permissions import WithParent
from graph.vocabulary.scalars import JSON
from orm.queries.ab_tests import ab_tests as queries
from orm.queries.history.request_pages import Owner

_FIGURES = frozenset({"served", "errors", "withFeedback", "correct", "accuracy", "rmse"})


@graphql_type
class ABTestArm:
    """One side of an A/B test with its figures, which are those of `result.arms`: only requests routed through the
    test count.
    """

    algorithm_id: strawberry.Private[int]
    arm: Arm = strawberry.field(description="Which side it is.")
    served: int = strawberry.field(description="How many predictions of the test callers got from it.")
    errors: int = strawberry.field(description="How many predictions it failed itself.")
    with_feedback: int = strawberry.field(
        description="How many of its predictions are scored by a ground truth; in a paired test all that it made."
    )
    correct: int | None = strawberry.field(
        description="How many of those with feedback were right; null for a regressor."
    )
    accuracy: float | None = strawberry.field(
        description="`correct` divided by `withFeedback`; null for a regressor, and without feedback."
    )
    rmse: float | None = strawberry.field(
        description="The root-mean-square error in the endpoint's unit; null for a classifier, and without feedback."
    )

    @classmethod
    def of(cls, test: ABTestRow, algorithm_id: int, result: Result | None) -> ABTestArm:
        """One arm of `test` with its figures, which are those of the result; all 0 where none was asked for."""
        side = test.arm_of(algorithm_id)
        if result is None:
            return cls(
                algorithm_id=algorithm_id,
                arm=side,
                served=0,
                errors=0,
                with_feedback=0,
                correct=None,
                accuracy=None,
                rmse=None,
            )
        arm = result.champion if side is Arm.CHAMPION else result.challenger
        return cls(
            algorithm_id=algorithm_id,
            arm=side,
            served=arm.served,
            errors=arm.errors,
            with_feedback=arm.with_feedback,
            correct=arm.correct,
            accuracy=None if arm.correct is None else accuracy(arm.correct, arm.with_feedback),
            rmse=arm.rmse,
        )

    @resolved(needs=WithParent())
    def algorithm(self, info: Info) -> AlgorithmType:
        """The algorithm on this side."""
        return _algorithm(info.context, self.algorithm_id)


@graphql_type
class ABTestEvent:
    """One entry of a test's history, which only grows."""

    kind: str = strawberry.field(description="What was done: created, decided, cancelled or rolled_back.")
    created_by: str = strawberry.field(description="Who did it.")
    created_at: datetime = strawberry.field(description="When it was done.")
    details: JSON = strawberry.field(
        description="The facts: each status before and after, the figures and the rule of a verdict, a reason."
    )

    @classmethod
    def of(cls, event: ABTestEventRow) -> ABTestEvent:
        """The GraphQL form of an event."""
        return cls(
            kind=event.kind,
            created_by=event.created_by,
            created_at=event.created_at,
            details=cast(JSON, orjson.loads(event.details)),
        )


@graphql_type
class ABTest(Node):
    """A test of two algorithms of one endpoint: which of them answers better?"""

    row: strawberry.Private[ABTestRow]
    title: str = strawberry.field(description="What its author called it.")
    kind: Kind = strawberry.field(description="What both algorithms answer.")
    traffic: Traffic = strawberry.field(description="Which predictions it takes while it runs.")
    state: ABTestState = strawberry.field(description="Where it is in its life.")
    verdict: Verdict | None = strawberry.field(description="What it found; null unless it was decided.")
    reason: str | None = strawberry.field(description="Why the verdict is so, or why it was cancelled.")
    summary: str = strawberry.field(description="The result in a sentence or two; empty while it runs.")
    created_by: str = strawberry.field(description="Who created it.")
    created_at: datetime = strawberry.field(description="When it began.")
    ended_at: datetime | None = strawberry.field(description="When it ended; null while it runs.")
    plan: ABTestPlan = strawberry.field(description="The rules that it was told when it began.")

    @classmethod
    def of(cls, row: ABTestRow) -> ABTest:
        """The GraphQL form of a test."""
        return cls(
            id=global_id(AB_TEST, row.id),
            row=row,
            title=row.title,
            kind=row.kind,
            traffic=row.traffic,
            state=row.state,
            verdict=row.verdict,
            reason=row.reason,
            summary=row.summary,
            created_by=row.created_by,
            created_at=row.created_at,
            ended_at=row.ended_at,
            plan=ABTestPlan.of(row.plan),
        )

    @resolved(needs=WithParent())
    def endpoint(self, info: Info) -> EndpointType:
        """The endpoint whose algorithms are tested."""
        snapshot = info.context.snapshot
        return endpoints.Endpoint.of(snapshot.endpoint(self.row.endpoint_id), snapshot)

    @resolved(needs=WithParent())
    def champion(self, info: Info) -> AlgorithmType:
        """The algorithm that a plain prediction would have chosen when the test began, else the first named."""
        return _algorithm(info.context, self.row.champion_id)

    @resolved(needs=WithParent())
    def challenger(self, info: Info) -> AlgorithmType:
        """The other algorithm."""
        return _algorithm(info.context, self.row.challenger_id)

    @resolved(
        needs=Scope.READ,
        cost=FieldCost(10, size=2),
        deprecation_reason="2027-01-31: use ABTest.result.arms, which has the same figures with their intervals",
    )
    async def arms(self, info: Info) -> list[ABTestArm]:
        """Both sides in the order in which the author named them, with their figures.

        From the result, which is evaluated only when a figure is selected.
        """
        found = await info.context.loaders.result.load(self.row.id) if selected(info) & _FIGURES else None
        return [ABTestArm.of(self.row, id_, found) for id_ in self.row.algorithm_ids]

    @resolved(needs=Scope.READ, cost=FieldCost(10))
    async def result(self, info: Info) -> ABTestResult:
        """What the figures say now, by the rules of the test; it may be looked at any time.

        One aggregate statement a test; for all tests of an answer together.
        """
        found = await info.context.loaders.result.load(self.row.id)
        if found is None:
            raise ABTestNotFound(f"There is no A/B test with id {self.row.id}.")
        return ABTestResult.of(found)

    @resolved(
        needs=Scope.READ, cost=FieldCost(50, size=value("points", default=DEFAULT_POINTS, most=MOST_POINTS))
    )
    async def series(self, info: Info, points: Points = DEFAULT_POINTS) -> list[ABTestSeriesPoint]:
        """How the result came about, for plotting: oldest ground truth first.

        At most so many places, evenly spread. Raises InvalidInput.
        """
        if not 1 <= points <= MOST_POINTS:
            raise InvalidInput(
                f"points must be between 1 and {MOST_POINTS:,}, got {points}", path=("points",)
            )
        info.context.spend(points)
        found = await info.context.services.ab_tests.series(self.row.id, points)
        return [ABTestSeriesPoint.of(point) for point in found]

    @resolved(needs=Scope.READ, cost=FieldCost(size=50))
    async def events(self, info: Info) -> list[ABTestEvent]:
        """Everything that was done to it, oldest first.

        For all tests of an answer together.
        """
        return [ABTestEvent.of(event) for event in await info.context.loaders.events.load(self.row.id) or ()]

    @paged(needs=Scope.READ)
    async def requests(
        self,
        info: Info,
        paging: Paging,
        *,
        where: Where = None,
        order_by: OrderBy = RequestOrderBy.CREATED_AT_DESC,
    ) -> RequestsType:
        """The predictions that were routed through it."""
        mine = requests.Below(Owner.AB_TEST, self.row.id)
        return await requests.page(info, mine, paging, where=where, order_by=order_by)


def _algorithm(context: Context, algorithm_id: int) -> algorithms.Algorithm:
    return algorithms.Algorithm.of(context.snapshot.algorithm(algorithm_id), context.snapshot)


async def by_number(context: Context, ab_test_id: int) -> ABTest | None:
    """The test of this id; for all that are asked for together."""
    row = await context.loaders.ab_test.load(ab_test_id)
    return ABTest.of(row) if row else None


async def of_endpoint(
    info: Info,
    endpoint_id: int,
    paging: Paging,
) -> Connection[ABTest]:
    """A page of an endpoint's tests, newest first; for all endpoints of an answer together."""
    page = window("abTests", paging)
    info.context.spend(page.limit)
    rows = await info.context.loaders.ab_tests_of_endpoint.load(endpoint_id) or []
    return connect_all(rows[::-1], page, id_of=lambda row: row.id, node=ABTest.of, newest_first=True)


@strawberry.type
class Queries:
    """Root queries for A/B tests."""

    @paged(needs=Scope.READ)
    async def ab_tests(
        self,
        info: Info,
        paging: Paging,
        *,
        endpoint: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only those of this endpoint: its name or id."),
        ] = None,
        state: Annotated[
            ABTestState | None, strawberry.argument(description="Only those in this state.")
        ] = None,
    ) -> Connection[ABTest]:
        """All A/B tests, newest first."""
        context = info.context
        of = None if endpoint is None else [references.endpoint(context.snapshot, endpoint, "endpoint").id]
        states = None if state is None else [state]
        page = window("abTests", paging)
        context.spend(page.limit)
        async with context.services.database.reader() as reader:
            rows = await queries.page_ab_tests(
                reader,
                limit=page.limit + 1,
                states=states,
                endpoint_ids=of,
                after=page.after.id if page.after else None,
                before=page.before.id if page.before else None,
                backward=page.backwards,
            )

        async def count() -> int:
            async with context.services.database.reader() as reader:
                return await queries.count_ab_tests(reader, states=states, endpoint_ids=of)

        return connect(rows, page, place=lambda row: Place(None, row.id), node=ABTest.of, count=count)

    @resolved(needs=Scope.READ)
    async def ab_test(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id, global or in digits.")],
    ) -> ABTest | None:
        """One A/B test; null when there is none."""
        return await by_number(info.context, number(AB_TEST, id, path=("id",)))
