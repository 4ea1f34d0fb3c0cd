"""The course of an A/B test: its shares change, a person concludes or cancels it, a promotion is undone."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.ab_tests.ab_test import ABTest as ABTestRow
from domain.callers import Scope
from graph.ab_tests.payload import ABTestPayload, payload_of
from graph.operation.context import Context, Info
from graph.vocabulary.fields import mutation
from graph.vocabulary.ids import AB_TEST, number


@strawberry.input(description="The test whose shares to change.")
class ChangeABTestWeightsInput:
    """The argument of changeABTestWeights."""

    id: strawberry.ID = strawberry.field(description="The test: its id, global or in digits.")
    challenger_weight: float = strawberry.field(
        description="The challenger's new share of the predictions, from 0.001 to 0.999."
    )


@strawberry.input(description="The test to conclude.")
class ConcludeABTestInput:
    """The argument of concludeABTest."""

    id: strawberry.ID = strawberry.field(description="The test: its id, global or in digits.")


@strawberry.input(description="The test to cancel.")
class CancelABTestInput:
    """The argument of cancelABTest."""

    id: strawberry.ID = strawberry.field(description="The test: its id, global or in digits.")
    reason: str = strawberry.field(default="", description="Why, for the history.")


@strawberry.input(description="The test whose promotion to undo.")
class RollbackABTestInput:
    """The argument of rollbackABTest."""

    id: strawberry.ID = strawberry.field(description="The test: its id, global or in digits.")


@strawberry.type(description="What changeABTestWeights did.")
class ChangeABTestWeightsPayload(ABTestPayload):
    """The answer of changeABTestWeights."""


@strawberry.type(description="What concludeABTest did.")
class ConcludeABTestPayload(ABTestPayload):
    """The answer of concludeABTest."""


@strawberry.type(description="What cancelABTest did.")
class CancelABTestPayload(ABTestPayload):
    """The answer of cancelABTest."""


@strawberry.type(description="What rollbackABTest did.")
class RollbackABTestPayload(ABTestPayload):
    """The answer of rollbackABTest."""


async def _change_weights(context: Context, text: str, challenger_weight: float) -> ABTestRow:
    test = number(AB_TEST, text, path=("id",))
    return await context.services.ab_tests.change_weights(test, challenger_weight, context.principal.name)


async def _conclude(context: Context, text: str) -> ABTestRow:
    test = number(AB_TEST, text, path=("id",))
    return await context.services.ab_tests.conclude(test, context.principal.name)


async def _cancel(context: Context, text: str, reason: str) -> ABTestRow:
    test = number(AB_TEST, text, path=("id",))
    return await context.services.ab_tests.cancel(test, context.principal.name, reason)


async def _roll_back(context: Context, text: str) -> ABTestRow:
    test = number(AB_TEST, text, path=("id",))
    return await context.services.ab_tests.rollback(test, context.principal.name)


@strawberry.type
class Mutations:
    """Mutations of tests that have begun."""

    @mutation(
        name="changeABTestWeights",
        description=(
            "Give the challenger of a running test another share of the predictions. Figures are kept apart by share, "
            "so that the change cannot invent a difference. Subjects between the old share and the new one meet the "
            "other algorithm from now on: `result.warnings` counts those that have met both."
        ),
        needs=Scope.ADMIN,
    )
    async def change_ab_test_weights(
        self,
        info: Info,
        input: Annotated[
            ChangeABTestWeightsInput, strawberry.argument(description="Which test, and the new share.")
        ],
    ) -> ChangeABTestWeightsPayload:
        """Open another epoch."""
        context = info.context.forget()
        return await payload_of(
            ChangeABTestWeightsPayload, _change_weights(context, input.id, input.challenger_weight)
        )

    @mutation(
        name="concludeABTest",
        description="End a running test with a verdict, and give both algorithms their new statuses.",
        needs=Scope.ADMIN,
    )
    async def conclude_ab_test(
        self,
        info: Info,
        input: Annotated[ConcludeABTestInput, strawberry.argument(description="Which test.")],
    ) -> ConcludeABTestPayload:
        """Decide a test."""
        return await payload_of(ConcludeABTestPayload, _conclude(info.context.forget(), input.id))

    @mutation(
        name="cancelABTest",
        description="End a running test without a verdict; both algorithms get back the statuses they held.",
        needs=Scope.ADMIN,
    )
    async def cancel_ab_test(
        self,
        info: Info,
        input: Annotated[CancelABTestInput, strawberry.argument(description="Which test, and why.")],
    ) -> CancelABTestPayload:
        """Cancel a test."""
        return await payload_of(CancelABTestPayload, _cancel(info.context.forget(), input.id, input.reason))

    @mutation(
        name="rollbackABTest",
        description="Undo a promotion: every status that it changed returns, unless one was changed since.",
        needs=Scope.ADMIN,
    )
    async def rollback_ab_test(
        self,
        info: Info,
        input: Annotated[RollbackABTestInput, strawberry.argument(description="Which test.")],
    ) -> RollbackABTestPayload:
        """Roll a decided test back."""
        return await payload_of(RollbackABTestPayload, _roll_back(info.context.forget(), input.id))
