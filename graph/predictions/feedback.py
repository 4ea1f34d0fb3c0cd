"""Giving the ground truth for logged requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast

import strawberry

from domain.callers import Scope
from domain.error_collector import ErrorCollector
from domain.errors import Forbidden, InvalidFeedback, InvalidInput, Unauthenticated
from domain.pacing import FEEDBACK_ITEMS_ON_LOOP, in_thread_if
from domain.requests.external_ids import ExternalName
from domain.requests.feedback import FeedbackCommand, FeedbackResult
from domain.words import JSONValue
from graph.operation.context import Info
from graph.operation.long_lists import list_of
from graph.operation.selection import selected
from graph.vocabulary.docstrings import graphql_input, graphql_type
from graph.vocabulary.errors import FIXABLE, UserError
from graph.vocabulary.field_cost import FieldCost, length, sized
from graph.vocabulary.fields import MutationPayload, mutation
from graph.vocabulary.ids import REQUEST, number
from graph.vocabulary.links import RequestType
from graph.vocabulary.private_parts import read_input
from graph.vocabulary.scalars import JSON

SHOWN_WITHOUT_READ = ("id", "requestId", "feedback", "feedbackAt", "correct")
REQUEST_SHOWN = (
    "The request with its feedback; null with userErrors. With the scope `feedback` alone only "
    f"{', '.join(SHOWN_WITHOUT_READ[:-1])} and {SHOWN_WITHOUT_READ[-1]} may be selected; anything else needs `read`, "
    "without which the mutation is refused before it stores anything."
)


@graphql_input
class GiveFeedbackInput:
    """The ground truth for one request.

    The argument of giveFeedback, and one item of giveFeedbackBatch.
    """

    request_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The request: its `requestId`, or its `id`. Or leave it out, and send `endpoint` and `externalId`.",
    )
    endpoint: str | None = strawberry.field(
        default=None, description="With `externalId`: the name of the endpoint that was asked."
    )
    external_id: str | None = strawberry.field(
        default=None,
        description="The `externalId` that the prediction was asked for with, written exactly so.",
    )
    feedback: JSON | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "What was true: a label for a classifier, a finite number for a regressor. "
            "null or an empty text takes the feedback back; it must be written out."
        ),
    )

    def command(self) -> FeedbackCommand:
        """The domain's command.

        Raises InvalidId, InvalidInput when it does not name one request, and InvalidFeedback when `feedback` was left
        out.
        """
        if self.feedback is not strawberry.UNSET:
            id_, called = self._named()
            return FeedbackCommand(id_, cast(JSONValue, self.feedback), called=called)
        problems = ErrorCollector()
        with problems.collecting():
            self._named()
        with problems.collecting():
            raise InvalidFeedback(
                "feedback is absent; send the ground truth, or null to clear it", path=("feedback",)
            )
        raise problems.combined()

    def _named(self) -> tuple[int | None, ExternalName | None]:
        """The request, by its id or as another system calls it."""
        if self.endpoint is None and self.external_id is None and self.request_id is not None:
            return number(REQUEST, self.request_id, path=("requestId",)), None
        if self.request_id is not None:
            raise InvalidInput(
                "The request is named twice; send requestId, or endpoint and externalId.", path=("requestId",)
            )
        if self.endpoint is None and self.external_id is None:
            raise InvalidInput(
                "No request is named; send requestId, or endpoint and externalId.", path=("requestId",)
            )
        if self.external_id is None:
            raise InvalidInput(
                "externalId is absent; with endpoint alone no request is named.", path=("externalId",)
            )
        if self.endpoint is None:
            raise InvalidInput(
                "endpoint is absent; each endpoint has external ids of its own.", path=("endpoint",)
            )
        return None, ExternalName(self.endpoint, self.external_id)


@graphql_input
class GiveFeedbackBatchInput:
    """The ground truth for many requests."""

    items: Sequence[GiveFeedbackInput] = strawberry.field(
        description="1 to 10,000 of them; when a request is named twice, the later one stands."
    )


class _Items(Sequence[GiveFeedbackInput]):
    """Items that are made when they are looked at: strawberry would make thousands on the event loop."""

    def __init__(self, values: Sequence[Mapping[str, Any]]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int | slice) -> Any:  # noqa: ANN401  an item, or some of them
        if isinstance(index, slice):
            return _Items(self.values[index])
        value = self.values[index]
        return GiveFeedbackInput(
            request_id=value.get("requestId"),
            endpoint=value.get("endpoint"),
            external_id=value.get("externalId"),
            feedback=value.get("feedback", strawberry.UNSET),
        )


read_input(GiveFeedbackBatchInput, lambda values: GiveFeedbackBatchInput(items=_Items(values["items"])))


@graphql_type
class GiveFeedbackPayload(MutationPayload):
    """What giveFeedback did."""

    request: RequestType | None = strawberry.field(default=None, description=REQUEST_SHOWN)


@graphql_type
class GiveFeedbackResult:
    """What became of one feedback of a batch."""

    request: RequestType | None = strawberry.field(description=REQUEST_SHOWN)
    user_errors: list[UserError] = strawberry.field(
        description="Why this one was not stored; else empty.", metadata=sized(1)
    )


@graphql_type
class GiveFeedbackBatchPayload(MutationPayload):
    """What giveFeedbackBatch did."""

    results: list[GiveFeedbackResult] = strawberry.field(
        default_factory=list,
        description="One result for each item, in their order; empty when nothing was stored.",
    )


def _commands(items: Sequence[GiveFeedbackInput]) -> list[FeedbackCommand | list[UserError]]:
    """Each item's command, or what is wrong with it."""
    commands: list[FeedbackCommand | list[UserError]] = []
    for index, item in enumerate(items):
        try:
            commands.append(item.command())
        except FIXABLE as error:
            commands.append(UserError.each(error, "input", "items", str(index)))
    return commands


def _result(position: int, found: FeedbackResult | list[UserError]) -> GiveFeedbackResult:
    if isinstance(found, list):
        return GiveFeedbackResult(request=None, user_errors=found)
    return GiveFeedbackResult(
        request=found.request,
        user_errors=UserError.each(found.failure, "input", "items", str(position)) if found.failure else [],
    )


def _require_read_for_more(info: Info, *below: str) -> None:
    """Refuse, before anything is stored, to show more of the request than a giver of feedback needs.

    Raises Unauthenticated or Forbidden, naming the fields.
    """
    principal = info.context.principal
    if principal.may(Scope.READ):
        return
    more = selected(info, *below) - {*SHOWN_WITHOUT_READ, "__typename"}
    if more:
        error = Unauthenticated if principal.anonymous else Forbidden
        raise error(
            f"{', '.join(sorted(more))} of the request: this needs a key with `read` beside `feedback`; "
            f"without it select only {', '.join(SHOWN_WITHOUT_READ)}"
        )


@strawberry.type
class Mutations:
    """Mutations that give feedback."""

    @mutation(needs=Scope.FEEDBACK, cost=FieldCost(1))
    async def give_feedback(
        self,
        info: Info,
        input: Annotated[
            GiveFeedbackInput, strawberry.argument(description="For which request, and what was true.")
        ],
    ) -> GiveFeedbackPayload:
        """Give the ground truth for a request. Giving the same again changes nothing; every change is kept."""
        _require_read_for_more(info, "request")
        return GiveFeedbackPayload(
            request=await info.context.services.feedback.give(input.command(), info.context.principal)
        )

    @mutation(needs=Scope.FEEDBACK, cost=FieldCost(length("input", "items"), size=length("input", "items")))
    async def give_feedback_batch(
        self,
        info: Info,
        input: Annotated[
            GiveFeedbackBatchInput, strawberry.argument(description="The requests and what was true.")
        ],
    ) -> GiveFeedbackBatchPayload:
        """Give the ground truth for many requests at once; a bad one is refused alone.

        All are stored in one transaction.
        """
        _require_read_for_more(info, "results", "request")
        context = info.context
        commands = await in_thread_if(len(input.items) > FEEDBACK_ITEMS_ON_LOOP, _commands, input.items)
        results: list[FeedbackResult | list[UserError]] = [
            one if isinstance(one, list) else FeedbackResult(None) for one in commands
        ]
        good = [(index, one) for index, one in enumerate(commands) if isinstance(one, FeedbackCommand)]
        if good or not commands:
            found = await context.services.feedback.give_batch([one for _, one in good], context.principal)
            for (index, _), result in zip(good, found, strict=True):
                results[index] = result
        context.listed += len(results)
        return GiveFeedbackBatchPayload(results=list_of(results, _result))
