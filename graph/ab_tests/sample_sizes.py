"""Sample sizes: how many predictions and ground truths a test will need, before it begins."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import strawberry

from domain.ab_tests.sample_size import size_plan
from domain.callers import Scope
from domain.statistics.power import POWER
from graph.operation.context import Info
from graph.vocabulary import named
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Mode
from graph.vocabulary.field_cost import FieldCost
from graph.vocabulary.fields import resolved
from orm.queries.ab_tests import rates


@graphql_type
class ABTestSampleSize:
    """One way to test, and what it needs to find the difference with the chance asked for, however often one looks."""

    mode: Mode = strawberry.field(description="How predictions reach the two algorithms.")
    feedback_on: str = strawberry.field(
        description="About which predictions the truth is told: every request, or disagreements only."
    )
    requests: int | None = strawberry.field(
        description="How many predictions it needs; null above 2,147,483,647."
    )
    feedbacks: int | None = strawberry.field(
        description="How many ground truths it needs; null above 2,147,483,647."
    )
    until: datetime | None = strawberry.field(
        description=(
            "When a test that begins now will have them, by what came in over the last week; null without `endpoint`, "
            "and where nothing came in."
        )
    )


@strawberry.type
class Queries:
    """The root query for sample sizes."""

    @resolved(needs=Scope.READ, cost=FieldCost(50, size=3))
    async def ab_test_sample_sizes(
        self,
        info: Info,
        *,
        accuracy: Annotated[
            float | None,
            strawberry.argument(description="The champion's share of right answers, such as 0.85."),
        ] = None,
        effect: Annotated[
            float | None,
            strawberry.argument(description="The difference of accuracies worth finding: 0.01 is one point."),
        ] = None,
        gain: Annotated[
            float | None,
            strawberry.argument(
                description=(
                    "In the place of both, for COST, BRIER and bounded errors: how much less the challenger loses on "
                    "average, as a share of the largest loss."
                )
            ),
        ] = None,
        spread: Annotated[
            float | None,
            strawberry.argument(
                description="With `gain`: its standard deviation from prediction to prediction, as the same share."
            ),
        ] = None,
        agreement: Annotated[
            float,
            strawberry.argument(
                description="The share of predictions on which both are right or both wrong."
            ),
        ] = 0.9,
        alpha: Annotated[
            float, strawberry.argument(description="The chance of a wrong winner that is accepted.")
        ] = 0.05,
        chance: Annotated[
            float, strawberry.argument(description="The chance to find the difference if it is there.")
        ] = POWER,
        challenger_weight: Annotated[
            float, strawberry.argument(description="The challenger's share in SPLIT mode.")
        ] = 0.5,
        endpoint: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="By whose predictions and ground truths `until` is told: its name or id."
            ),
        ] = None,
    ) -> list[ABTestSampleSize]:
        """How many predictions and ground truths a test will need, in each way to test. Raises InvalidInput."""
        asked = size_plan(
            accuracy=accuracy,
            effect=effect,
            gain=gain,
            spread=spread,
            agreement=agreement,
            alpha=alpha,
            chance=chance,
            challenger_weight=challenger_weight,
        )
        services = info.context.services
        now, rate = services.clock(), None
        if endpoint is not None:
            id_ = named.endpoint(info.context.snapshot, endpoint, "endpoint").id
            async with services.database.reader(heavy=True) as reader:
                rate = await rates.daily_rate(reader, id_, now)
        return [
            ABTestSampleSize(
                mode=way.mode,
                feedback_on=way.feedback_on,
                requests=way.requests,
                feedbacks=way.feedbacks,
                until=way.until(now, rate),
            )
            for way in await asyncio.to_thread(asked.ways)
        ]
