"""A/B tests: their algorithms, rules, figures and history."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

import orjson
import strawberry
from strawberry import Parent

from domain.ab_tests.results.arms import ArmResult
from domain.callers import Scope
from domain.errors import ABTestNotFound, InvalidInput
from domain.statistics.accuracy import accuracy
from graph.ab_tests.plan import ABTestPlan
from graph.ab_tests.series import DEFAULT_POINTS, MOST_POINTS, Points
from graph.history.requests import requests_field
from graph.operation.context import Info
from graph.operation.selection import selected
from graph.vocabulary import named
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import ABTestState, Arm, Kind, Traffic, Verdict
from graph.vocabulary.field_cost import FieldCost, value
from graph.vocabulary.fields import MutationPayload, computed, resolved
from graph.vocabulary.ids import AB_TEST, Node, number
from graph.vocabulary.links import (
    ABTestArmType,
    ABTestEventType,
    ABTestResultType,
    ABTestSeriesPointType,
    ABTestSliceType,
    ABTestType,
    AlgorithmType,
    EndpointType,
)
from graph.vocabulary.named import algorithm_field, endpoint_field
from graph.vocabulary.pagination import Connection, Paging, connect_table, paged, window
from graph.vocabulary.scalars import JSON
from orm.queries.ab_tests import ab_tests as queries
from orm.queries.history.request_pages import Owner

_FIGURES = frozenset({"served", "errors", "withFeedback", "correct", "accuracy", "rmse"})


@graphql_type
class ABTestArm:
    """One side of an A/B test with its figures, which are those of `result.arms`: only requests routed through the
    test count.
    """

    arm: Arm = strawberry.field(description="Which side it is.")
    served: int = strawberry.field(description="How many predictions of the test callers got from it.")
    errors: int = strawberry.field(description="How many predictions it failed itself.")
    with_feedback: int = strawberry.field(
        description="How many of its predictions are scored by a ground truth; in a paired test all that it made."
    )
    correct: int | None = strawberry.field(
        description="How many of those with feedback were right; null for a regressor."
    )
    accuracy: float | None = computed(
        lambda arm: (
            None if arm.correct is None or arm.value is None else accuracy(arm.correct, arm.with_feedback)
        ),
        "`correct` divided by `withFeedback`; null for a regressor, without feedback, and where it is not known.",
    )
    rmse: float | None = strawberry.field(
        description="The root-mean-square error in the endpoint's unit; null for a classifier, and without feedback."
    )
    algorithm: AlgorithmType = algorithm_field("algorithm_id", "The algorithm on this side.")


def _without_figures(test: ABTestType) -> list[ABTestArmType]:
    return [
        ArmResult(
            id_,
            test.arm_of(id_),
            served=0,
            with_feedback=0,
            errors=0,
            coverage=None,
            value=None,
            interval=None,
        )
        for id_ in test.algorithm_ids
    ]


@graphql_type
class ABTestEvent:
    """One entry of a test's history, which only grows."""

    kind: str = strawberry.field(description="What was done: created, decided, cancelled or rolled_back.")
    created_by: str = strawberry.field(description="Who did it.")
    created_at: datetime = strawberry.field(description="When it was done.")
    details: JSON = computed(
        lambda event: orjson.loads(event.details),
        "The facts: each status before and after, the figures and the rule of a verdict, a reason.",
    )


@graphql_type
class ABTest(Node):
    """A test of two algorithms of one endpoint: which of them answers better?"""

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
    endpoint: EndpointType = endpoint_field("The endpoint whose algorithms are tested.")
    champion: AlgorithmType = algorithm_field(
        "champion_id",
        "The algorithm that a plain prediction would have chosen when the test began, else the first named.",
    )
    challenger: AlgorithmType = algorithm_field("challenger_id", "The other algorithm.")

    @resolved(
        needs=Scope.READ,
        cost=FieldCost(10, size=2),
        deprecation_reason="2027-01-31: use ABTest.result.arms, which has the same figures with their intervals",
    )
    async def arms(self, row: Parent[ABTestType], info: Info) -> list[ABTestArmType]:
        """Both sides in the order in which the author named them, with their figures.

        From the result, which is evaluated only when a figure is selected.
        """
        found = await info.context.loaders.result.load(row.id) if selected(info) & _FIGURES else None
        arms = (found.champion, found.challenger) if found else _without_figures(row)
        return sorted(arms, key=lambda arm: arm.algorithm_id != row.algorithm1_id)

    @resolved(needs=Scope.READ, cost=FieldCost(10))
    async def result(self, row: Parent[ABTestType], info: Info) -> ABTestResultType:
        """What the figures say now, by the rules of the test; it may be looked at any time.

        One aggregate statement a test; for all tests of an answer together.
        """
        found = await info.context.loaders.result.load(row.id)
        if found is None:
            raise ABTestNotFound(f"There is no A/B test with id {row.id}.")
        return found

    @resolved(
        needs=Scope.READ, cost=FieldCost(50, size=value("points", default=DEFAULT_POINTS, most=MOST_POINTS))
    )
    async def series(
        self, row: Parent[ABTestType], info: Info, points: Points = DEFAULT_POINTS
    ) -> list[ABTestSeriesPointType]:
        """How the result came about, for plotting: oldest ground truth first.

        At most so many places, evenly spread. Raises InvalidInput.
        """
        if not 1 <= points <= MOST_POINTS:
            raise InvalidInput(
                f"points must be between 1 and {MOST_POINTS:,}, got {points}", path=("points",)
            )
        info.context.spend(points)
        return list(await info.context.services.ab_tests.series(row.id, points))

    @resolved(needs=Scope.READ, cost=FieldCost(50, size=50))
    async def slices(
        self,
        row: Parent[ABTestType],
        info: Info,
        feature: Annotated[
            str,
            strawberry.argument(
                description="The key of an indexed feature; a private one takes the scope `READ_PRIVATE`."
            ),
        ],
    ) -> list[ABTestSliceType]:
        """The two algorithms within each value of a feature, those with the most predictions first: 50 at most.

        Raises InvalidInput and Forbidden.
        """
        return list(await info.context.services.ab_tests.slices(row.id, feature, info.context.viewer))

    @resolved(needs=Scope.READ, cost=FieldCost(100))
    async def worst_slice(self, row: Parent[ABTestType], info: Info) -> ABTestSliceType | None:
        """Where a challenger that leads on the whole is worse, by any indexed feature that you may see: the slice with
        the largest loss. Null where the lead hides none.
        """
        return await info.context.services.ab_tests.worst_slice(row.id, info.context.viewer)

    @resolved(needs=Scope.READ, cost=FieldCost(size=50))
    async def events(self, row: Parent[ABTestType], info: Info) -> list[ABTestEventType]:
        """Everything that was done to it, oldest first.

        For all tests of an answer together.
        """
        return await info.context.loaders.events.load(row.id) or []

    requests = requests_field(Owner.AB_TEST, "The predictions that were routed through it.")


@strawberry.type
class ABTestPayload(MutationPayload):
    """What the answers of all mutations of tests share."""

    ab_test: ABTestType | None = strawberry.field(
        default=None, description="The test as it is now; null with userErrors."
    )


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
    ) -> Connection[ABTestType]:
        """All A/B tests, newest first."""
        context = info.context
        of = None if endpoint is None else [named.endpoint(context.snapshot, endpoint, "endpoint").id]
        states = None if state is None else [state]
        return await connect_table(
            context,
            window("abTests", paging),
            partial(queries.page_ab_tests, states=states, endpoint_ids=of),
            partial(queries.count_ab_tests, states=states, endpoint_ids=of),
        )

    @resolved(needs=Scope.READ)
    async def ab_test(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id, global or in digits.")],
    ) -> ABTestType | None:
        """One A/B test; null when there is none."""
        return await info.context.loaders.ab_test.load(number(AB_TEST, id, path=("id",)))
