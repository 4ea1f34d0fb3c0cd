"""The course of an A/B test: its shares change, a person concludes or cancels it, a promotion is undone."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.callers import Scope
from graph.ab_tests.ab_test import ABTestPayload
from graph.operation.context import Info
from graph.vocabulary.docstrings import graphql_input, graphql_type
from graph.vocabulary.enums import Hold
from graph.vocabulary.fields import mutation
from graph.vocabulary.ids import AB_TEST, number


@strawberry.input
class ABTestInput:
    """What the inputs of these mutations share."""

    id: strawberry.ID = strawberry.field(description="The test: its id, global or in digits.")


@graphql_input
class ChangeABTestWeightsInput(ABTestInput):
    """The test whose shares to change."""

    challenger_weight: float = strawberry.field(
        description="The challenger's new share of the predictions, from 0.001 to 0.999."
    )


@graphql_input
class ConcludeABTestInput(ABTestInput):
    """The test to conclude."""

    accept: list[Hold] = strawberry.field(
        default_factory=list,
        description=(
            "Which of `result.holds` you accept: the verdict that they hold back is then given, and the history says "
            "that you did. Without, a test that is held back ends inconclusive."
        ),
    )


@graphql_input
class CancelABTestInput(ABTestInput):
    """The test to cancel."""

    reason: str = strawberry.field(default="", description="Why, for the history.")


@graphql_input
class RollbackABTestInput(ABTestInput):
    """The test whose promotion to undo."""


@graphql_type
class ChangeABTestWeightsPayload(ABTestPayload):
    """What changeABTestWeights did."""


@graphql_type
class ConcludeABTestPayload(ABTestPayload):
    """What concludeABTest did."""


@graphql_type
class CancelABTestPayload(ABTestPayload):
    """What cancelABTest did."""


@graphql_type
class RollbackABTestPayload(ABTestPayload):
    """What rollbackABTest did."""


def _number(test: str) -> int:
    return number(AB_TEST, test, path=("id",))


@strawberry.type
class Mutations:
    """Mutations of tests that have begun."""

    @mutation(name="changeABTestWeights", needs=Scope.ADMIN)
    async def change_ab_test_weights(
        self,
        info: Info,
        input: Annotated[
            ChangeABTestWeightsInput, strawberry.argument(description="Which test, and the new share.")
        ],
    ) -> ChangeABTestWeightsPayload:
        """Give the challenger of a running test another share of the predictions. Figures are kept apart by share, so
        that the change cannot invent a difference. Subjects between the old share and the new one meet the other
        algorithm from now on: `result.warnings` counts those that have met both.
        """
        return ChangeABTestWeightsPayload(
            ab_test=await info.context.services.ab_tests.change_weights(
                _number(input.id), input.challenger_weight, info.context.principal.name
            )
        )

    @mutation(name="concludeABTest", needs=Scope.ADMIN)
    async def conclude_ab_test(
        self,
        info: Info,
        input: Annotated[
            ConcludeABTestInput, strawberry.argument(description="Which test, and what is accepted.")
        ],
    ) -> ConcludeABTestPayload:
        """End a running test with a verdict, and give both algorithms their new statuses. Where something holds the
        verdict back it is inconclusive and says why, unless you accept that.
        """
        return ConcludeABTestPayload(
            ab_test=await info.context.services.ab_tests.conclude(
                _number(input.id), info.context.principal.name, frozenset(input.accept)
            )
        )

    @mutation(name="cancelABTest", needs=Scope.ADMIN)
    async def cancel_ab_test(
        self,
        info: Info,
        input: Annotated[CancelABTestInput, strawberry.argument(description="Which test, and why.")],
    ) -> CancelABTestPayload:
        """End a running test without a verdict; both algorithms get back the statuses they held."""
        return CancelABTestPayload(
            ab_test=await info.context.services.ab_tests.cancel(
                _number(input.id), info.context.principal.name, input.reason
            )
        )

    @mutation(name="rollbackABTest", needs=Scope.ADMIN)
    async def rollback_ab_test(
        self,
        info: Info,
        input: Annotated[RollbackABTestInput, strawberry.argument(description="Which test.")],
    ) -> RollbackABTestPayload:
        """Undo a promotion: every status that it changed returns, unless one was changed since."""
        return RollbackABTestPayload(
            ab_test=await info.context.services.ab_tests.rollback(
                _number(input.id), info.context.principal.name
            )
        )
