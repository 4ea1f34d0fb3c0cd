"""The feedback queue: the predictions of a paired test whose ground truth would tell its two algorithms apart."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.callers import Scope
from domain.errors import ABTestNotFound
from graph.operation.context import Info
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.ids import AB_TEST, number
from graph.vocabulary.links import DisagreementType, RequestType
from graph.vocabulary.pagination import (
    LARGEST_COUNT,
    Connection,
    Paging,
    Place,
    Total,
    connect,
    paged,
    window,
)
from orm.queries.ab_tests import observations


@graphql_type
class ArmAnswer:
    """What one algorithm of a paired test answered."""

    label: str | None = strawberry.field(description="What a classifier answered.")
    value: float | None = strawberry.field(description="What a regressor answered.")
    failed: bool = strawberry.field(description="Whether it failed, or came too late.")
    correct: bool | None = strawberry.field(
        description="Whether the label is the ground truth; null while that is not known, and for a regressor."
    )
    residual: float | None = strawberry.field(
        description="The value minus the ground truth; null while that is not known, and for a classifier."
    )


@graphql_type
class ABTestAnswers:
    """What both algorithms of a test answered to one prediction, whichever was served."""

    champion: ArmAnswer | None = strawberry.field(
        description="What the champion answered; null where it did not run, or has not answered yet."
    )
    challenger: ArmAnswer | None = strawberry.field(
        description="What the challenger answered; null where it did not run, or has not answered yet."
    )


@graphql_type
class Disagreement:
    """A prediction on which the two algorithms of a test disagree."""

    request: RequestType = strawberry.field(
        description="The prediction; give its ground truth by its `requestId`."
    )
    champion: ArmAnswer = strawberry.field(description="What the champion answered.")
    challenger: ArmAnswer = strawberry.field(description="What the challenger answered.")


@strawberry.type
class Queries:
    """The root query for the feedback queue."""

    @paged(needs=Scope.READ)
    async def feedback_queue(
        self,
        info: Info,
        paging: Paging,
        *,
        ab_test: Annotated[
            strawberry.ID, strawberry.argument(description="The test: its id, global or in digits.")
        ],
    ) -> Connection[DisagreementType]:
        """The predictions of a paired test on which its algorithms disagree and whose ground truth is not known yet,
        oldest first. Where both agree the truth cannot change the verdict, so these are worth the trouble.
        """
        context = info.context
        test_id = number(AB_TEST, ab_test, path=("abTest",))
        page = window(f"feedbackQueue.{test_id}", paging)
        context.spend(page.limit)
        rows = await context.services.ab_tests.feedback_queue(
            test_id,
            context.viewer,
            limit=page.limit + 1,
            after=page.after.id if page.after else None,
            before=page.before.id if page.before else None,
            backward=page.backwards,
        )

        async def count() -> Total:
            test = await context.loaders.ab_test.load(test_id)
            if test is None:
                raise ABTestNotFound(f"There is no A/B test with id {test_id}.", path=("abTest",))
            async with context.services.database.reader(heavy=True) as reader:
                most = LARGEST_COUNT + 1
                return Total.of(await observations.count_disagreements(reader, test_id, test.kind, cap=most))

        return connect(rows, page, place=lambda row: Place(None, row.request.id), count=count)
