"""Giving the ground truth for logged requests."""

from __future__ import annotations

from typing import Annotated, cast

import strawberry

from domain.errors import InvalidFeedback, TooManyRows
from domain.types import FeedbackCommand, JSONValue, Scope
from graph.context import Info
from graph.errors import FIXABLE, UserError
from graph.fields import mutation
from graph.ids import REQUEST, number
from graph.payload import Payload
from graph.requests import Request
from graph.scalars import JSON


@strawberry.input(description="The ground truth for one request.")
class GiveFeedbackInput:
    """The argument of giveFeedback, and one item of giveFeedbackBatch."""

    request_id: strawberry.ID = strawberry.field(description="The request: its `requestId`, or its `id`.")
    feedback: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "What was true: a label for a classifier, a finite number for a regressor. "
            "null or an empty text takes the feedback back; it must be written out."
        ),
    )

    def command(self) -> FeedbackCommand:
        """The domain's command. Raises InvalidId, and InvalidFeedback when `feedback` was left out."""
        if self.feedback is strawberry.UNSET:
            raise InvalidFeedback(
                "feedback is absent; send the ground truth, or null to clear it", path=("feedback",)
            )
        return FeedbackCommand(
            number(REQUEST, self.request_id, path=("requestId",)), cast(JSONValue, self.feedback)
        )


@strawberry.input(description="The ground truth for many requests.")
class GiveFeedbackBatchInput:
    """The argument of giveFeedbackBatch."""

    items: list[GiveFeedbackInput] = strawberry.field(
        description="1 to 10,000 of them; when a request is named twice, the later one stands."
    )


@strawberry.type(description="What giveFeedback did.")
class GiveFeedbackPayload(Payload):
    """The answer of giveFeedback."""

    request: Request | None = strawberry.field(
        description="The request with its feedback; null with userErrors."
    )


@strawberry.type(description="What became of one feedback of a batch.")
class GiveFeedbackResult:
    """One item's part of the answer of giveFeedbackBatch."""

    request: Request | None = strawberry.field(
        description="The request with its feedback; null with userErrors."
    )
    user_errors: list[UserError] = strawberry.field(description="Why this one was not stored; else empty.")


@strawberry.type(description="What giveFeedbackBatch did.")
class GiveFeedbackBatchPayload(Payload):
    """The answer of giveFeedbackBatch."""

    results: list[GiveFeedbackResult] = strawberry.field(
        description="One result for each item, in their order; empty when nothing was stored."
    )


def _commands(items: list[GiveFeedbackInput]) -> list[FeedbackCommand | UserError]:
    """Each item's command, or what is wrong with it."""
    commands: list[FeedbackCommand | UserError] = []
    for index, item in enumerate(items):
        try:
            commands.append(item.command())
        except FIXABLE as error:
            commands.append(UserError.of(error, "input", "items", str(index)))
    return commands


@strawberry.type
class Mutations:
    """Mutations that give feedback."""

    @mutation(
        description="Give the ground truth for a request. Giving the same again changes nothing; every change is kept.",
        needs=Scope.FEEDBACK,
    )
    async def give_feedback(
        self,
        info: Info,
        input: Annotated[
            GiveFeedbackInput, strawberry.argument(description="For which request, and what was true.")
        ],
    ) -> GiveFeedbackPayload:
        """Store one feedback."""
        context = info.context.forget()
        try:
            row = await context.services.feedback.give(input.command(), context.principal)
        except FIXABLE as error:
            return GiveFeedbackPayload(request=None, user_errors=[UserError.of(error, "input")])
        return GiveFeedbackPayload(request=Request.of(row), user_errors=[])

    @mutation(
        description="Give the ground truth for many requests at once; a bad one is refused alone.",
        needs=Scope.FEEDBACK,
    )
    async def give_feedback_batch(
        self,
        info: Info,
        input: Annotated[
            GiveFeedbackBatchInput, strawberry.argument(description="The requests and what was true.")
        ],
    ) -> GiveFeedbackBatchPayload:
        """Store many feedbacks in one transaction."""
        context = info.context.forget()
        commands = _commands(input.items)
        good = [(index, one) for index, one in enumerate(commands) if isinstance(one, FeedbackCommand)]
        results = [
            GiveFeedbackResult(request=None, user_errors=[one] if isinstance(one, UserError) else [])
            for one in commands
        ]
        if good or not commands:
            try:
                found = await context.services.feedback.give_batch(
                    [one for _, one in good], context.principal
                )
            except TooManyRows as error:
                return GiveFeedbackBatchPayload(results=[], user_errors=[UserError.of(error, "input")])
            for (index, _), result in zip(good, found, strict=True):
                if result.request is not None:
                    results[index].request = Request.of(result.request)
                if result.failure is not None:
                    results[index].user_errors.append(
                        UserError.of(result.failure, "input", "items", str(index))
                    )
        return GiveFeedbackBatchPayload(results=results, user_errors=[])
