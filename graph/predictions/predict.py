"""Asking for predictions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import accumulate
from typing import Annotated, Any, TypeAlias, cast

import strawberry

from domain.callers import Scope
from domain.errors import Failure
from domain.pacing import PREDICTION_ROWS_ON_LOOP, in_thread_if
from domain.requests.new_request import NewRequest
from domain.requests.request import AlgorithmConditions, PredictCommand, Prediction, Request
from domain.words import JSONValue
from graph.operation.context import Context, Info
from graph.operation.long_lists import list_of
from graph.vocabulary.docstrings import graphql_input, graphql_type
from graph.vocabulary.enums import Status
from graph.vocabulary.errors import FIXABLE, UserError, user_errors_of
from graph.vocabulary.field_cost import FieldCost, length, sized
from graph.vocabulary.fields import MutationPayload, mutation
from graph.vocabulary.ids import ALGORITHM, decode
from graph.vocabulary.links import RequestType
from graph.vocabulary.scalars import JSON
from serving.predictions.plain import PlainCall

MOST_ERRORS = 10_000
"""User errors in the answer to a batch, as many as rows, before each further row has but one."""


@graphql_input
class Conditions:
    """What the prediction asks of the algorithm; what is left out is left to the server."""

    status: Status | None = strawberry.field(
        default=None,
        description="Its status: left out it is PRODUCTION; AB_TESTING enters the endpoint's running A/B test.",
    )
    version: str | None = strawberry.field(default=None, description="Its version.")
    algorithm: strawberry.ID | None = strawberry.field(
        default=None,
        description="This very algorithm, outside any test and with any status, but not without one: by id or name.",
    )

    def compile(self) -> AlgorithmConditions:
        """The domain's conditions."""
        decoded = decode(self.algorithm) if self.algorithm is not None else None
        wanted = decoded[1] if decoded is not None and decoded[0] == ALGORITHM else self.algorithm
        return AlgorithmConditions(status=self.status, version=self.version, algorithm=wanted)


@graphql_input
class PredictInput:
    """One prediction to make."""

    endpoint: str = strawberry.field(description="The name of the endpoint.")
    features: JSON = strawberry.field(
        description="An object of named features, as the endpoint's `featureSchema` says; null is a missing value."
    )
    conditions: Conditions | None = strawberry.field(
        default=None, description="What is asked of the algorithm."
    )
    subject: str | None = strawberry.field(
        default=None,
        description=(
            "Whom or what it is about, up to 256 characters. While the weights of an A/B test stay, so does a subject "
            "on one side of it; after `changeABTestWeights` it may meet the other one."
        ),
    )
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of your own, up to 256 characters: a retry with it gets the first answer again.",
    )
    external_id: str | None = strawberry.field(
        default=None,
        description=(
            "What another system calls it, such as an order number: up to 200 characters, and new for this endpoint. "
            "Feedback can name it instead of `requestId`. A used one is refused as EXTERNAL_ID_TAKEN, unless the "
            "idempotency key is the first call's too. A prediction that the caller got wrong does not keep it."
        ),
    )


@graphql_input
class PredictBatchInput:
    """Predictions to make together, for one endpoint."""

    endpoint: str = strawberry.field(description="The name of the endpoint.")
    rows: list[JSON] = strawberry.field(
        description="1 to 10,000 objects of named features, each as `features` of `predict`."
    )
    conditions: Conditions | None = strawberry.field(
        default=None, description="What is asked of the algorithm."
    )
    subject: str | None = strawberry.field(default=None, description="Whom or what all rows are about.")
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="A key of your own for the whole batch: a retry with it gets the first answers.",
    )
    external_ids: list[str | None] | None = strawberry.field(
        default=None,
        description=(
            "One for each row, in the order of the rows, each as `externalId` of `predict`; null for a row without. "
            "When one is taken nothing of the batch is stored."
        ),
    )


@graphql_type
class PredictPayload(MutationPayload):
    """What predict did."""

    request: RequestType | None = strawberry.field(
        default=None,
        description="The logged request, with the answer, or with outcome ERROR; null when nothing was logged.",
    )


@graphql_type
class PredictResult:
    """What became of one row."""

    request: RequestType = strawberry.field(
        description="The logged request, with the answer or with outcome ERROR."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why this row has no answer: one entry for each wrong feature; else empty.",
        metadata=sized(1),
    )


@graphql_type
class PredictBatchPayload(MutationPayload):
    """What predictBatch did."""

    results: list[PredictResult] = strawberry.field(
        default_factory=list,
        description="One result for each row, in the order of the rows; empty when nothing was logged.",
    )


Reword: TypeAlias = Callable[[Failure], Failure]
"""Says a failure in the words in which the features came."""


def _as_it_is(failure: Failure) -> Failure:
    return failure


def begin(context: Context, sent: object) -> Awaitable[PredictPayload] | None:
    """`predict` of an input as it came: begun where it is an endpoint with an object of features, and plain."""
    if not isinstance(sent, dict) or len(sent) != 2:  # noqa: PLR2004
        return None
    endpoint, features = sent.get("endpoint"), sent.get("features")
    if not isinstance(endpoint, str) or not isinstance(features, dict):
        return None
    return begin_plainly(context, endpoint, features, _as_it_is)


def begin_plainly(
    context: Context, endpoint: str, features: JSONValue, reword: Reword
) -> Awaitable[PredictPayload] | None:
    """What to await for the payload of a plain prediction; None, and nothing is done, where it is none."""
    if not context.principal.may_on(Scope.PREDICT, endpoint):
        return None
    plain = context.services.predictor.plain.prepare(endpoint, features, None, sent=context.sent)
    return None if plain is None else _predicted(context, plain, reword)


async def _predicted(context: Context, plain: PlainCall, reword: Reword) -> PredictPayload:
    context.forget(after_write=True)
    try:
        row, answer = await plain.stored()
    except FIXABLE as error:
        return PredictPayload(user_errors=user_errors_of(error))
    return _payload_of(row, answer if isinstance(answer, Failure) else None, reword)


def _payload_of(request: Request | NewRequest, failure: Failure | None, reword: Reword) -> PredictPayload:
    # A row that was stored shows what a request shows; its class is not the one that links name.
    return PredictPayload(
        request=cast(Any, request),
        user_errors=UserError.each(reword(failure), "input", "features") if failure else [],
    )


async def predict_one(
    context: Context,
    endpoint: str,
    features: JSONValue,
    options: PredictInput,
    reword: Reword = _as_it_is,
) -> PredictPayload:
    """Predict one row."""
    plain = None
    if (
        options.conditions is None
        and options.subject is None
        and options.idempotency_key is None
        and options.external_id is None
    ):
        # Nearly every call: it needs no command to be made of it.
        plain = context.services.predictor.prepare(context.principal, endpoint, features)
    if plain is not None:
        row, answer = await plain.stored()
        return _payload_of(row, answer if isinstance(answer, Failure) else None, reword)
    (prediction,) = await _predict(context, endpoint, (features,), options)
    return _payload_of(prediction.request, prediction.failure, reword)


async def _predict(
    context: Context, endpoint: str, rows: tuple[JSONValue, ...], options: PredictInput | PredictBatchInput
) -> tuple[Prediction, ...]:
    return await context.services.predictor.predict(
        PredictCommand(
            endpoint=endpoint,
            rows=rows,
            principal=context.principal,
            conditions=options.conditions.compile() if options.conditions else AlgorithmConditions(),
            subject=options.subject,
            idempotency_key=options.idempotency_key,
            external_id=None if isinstance(options, PredictBatchInput) else options.external_id,
            external_ids=_external_ids(options) if isinstance(options, PredictBatchInput) else None,
        )
    )


def _external_ids(options: PredictBatchInput) -> tuple[str | None, ...] | None:
    return None if options.external_ids is None else tuple(options.external_ids)


class _Results:
    """Makes the result of each row of a batch, with one user error for each wrong feature.

    From the row on that would be beyond MOST_ERRORS of them, `together_from`, each has a single one for all of its
    features. `errors` counts all.
    """

    def __init__(self, predictions: Sequence[Prediction]) -> None:
        counts = [len(one.failure.parts) or 1 if one.failure is not None else 0 for one in predictions]
        beyond = (place for place, total in enumerate(accumulate(counts)) if total > MOST_ERRORS)
        self.together_from = next(beyond, len(counts))
        self.errors = sum(counts[: self.together_from]) + sum(map(bool, counts[self.together_from :]))

    def make(self, position: int, prediction: Prediction) -> PredictResult:
        """The result of the row at `position`."""
        failure, at = prediction.failure, ("input", "rows", str(position))
        errors: list[UserError] = []
        if failure is not None:
            apart = position < self.together_from
            errors = UserError.each(failure, *at) if apart else [UserError.of(failure, *at)]
        return PredictResult(request=prediction.request, user_errors=errors)


@strawberry.type
class Mutations:
    """Mutations that predict."""

    @mutation(needs=Scope.PREDICT, cost=FieldCost(1), straight=lambda _field: begin)
    async def predict(
        self,
        info: Info,
        input: Annotated[PredictInput, strawberry.argument(description="Of what, and by which algorithm.")],
    ) -> PredictPayload:
        """Ask for one prediction. Every one is logged, failed ones too, and can be asked for by its id."""
        return await predict_one(info.context, input.endpoint, cast(JSONValue, input.features), input)

    @mutation(needs=Scope.PREDICT, cost=FieldCost(length("input", "rows"), size=length("input", "rows")))
    async def predict_batch(
        self,
        info: Info,
        input: Annotated[
            PredictBatchInput, strawberry.argument(description="Of what, and by which algorithm.")
        ],
    ) -> PredictBatchPayload:
        """Ask for many predictions at once. A row that fails is logged and answered in its place."""
        context = info.context
        rows = cast("tuple[JSONValue, ...]", tuple(input.rows))
        predictions = await _predict(context, input.endpoint, rows, input)
        results = await in_thread_if(len(predictions) > PREDICTION_ROWS_ON_LOOP, _Results, predictions)
        context.listed += len(predictions) + results.errors
        return PredictBatchPayload(results=list_of(predictions, results.make))
