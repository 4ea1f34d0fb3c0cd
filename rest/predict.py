"""Predictions as the old service answered them, one row a call, and a list of rows for new clients."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response

from domain.callers import Scope
from domain.pacing import REST_ROWS_ON_LOOP, in_thread_if
from domain.requests.request import AlgorithmConditions, PredictCommand, Prediction
from domain.words import JSONValue
from rest.errors import NOT_FOUND, Family, HttpError, error_body, failure_rule
from rest.request_body import JSON, RequestBody, read_body
from rest.requests import label_of, probability_of
from rest.resource import MethodHandler, Resource, principal_of, query_of, reply, services_of
from serving.services import Services

LABEL = "label"
PLAIN = AlgorithmConditions()


async def predict(request: Request) -> Response:
    """Answer one row: a JSON object, a form, or a list of exactly one row.

    Raises EndpointNotFound, Overloaded, RateLimited, DatabaseUnavailable, IdempotencyConflict.
    """
    name = _name(request)
    body = _single(await read_body(request), name)
    return _answer((await _run(request, name, (body.value,), body))[0], body.value)


async def predict_batch(request: Request) -> Response:
    """Answer a JSON list of rows with the list of their answers, in order, failed rows among them.

    Raises what `predict` raises, and TooManyRows for an empty list or more than 10,000 rows.
    """
    name = _name(request)
    body = await read_body(request)
    if not isinstance(body.value, list):
        raise _refused("Send a JSON list of rows; a single row goes to the endpoint's `predict`.")
    rows = tuple(_without_label(row) for row in body.value)
    predictions = await _run(request, name, rows, RequestBody(None))
    content = await in_thread_if(
        len(predictions) > REST_ROWS_ON_LOOP, lambda: orjson.dumps([_shape(one) for one in predictions])
    )
    return Response(content, media_type=JSON)


async def _run(
    request: Request, name: str, rows: tuple[JSONValue, ...], body: RequestBody
) -> tuple[Prediction, ...]:
    query = query_of(request)
    command = PredictCommand(
        endpoint=name,
        rows=rows,
        principal=principal_of(request),
        conditions=AlgorithmConditions(query.get("status"), query.get("version"), query.get("algorithm"))
        if query
        else PLAIN,
        subject=query.get("subject") if query else None,
        idempotency_key=request.headers.get("idempotency-key"),
        texts=None if body.raw is None else (body.raw.decode(),),
        from_form=body.from_form,
        blank_rows=True,
        numeric_texts=not body.from_form,
    )
    services = services_of(request)
    pay(services, request, command)
    return await services.predictor.predict(command)


def pay(services: Services, request: Request, command: PredictCommand) -> None:
    """Take a point for each row from the caller's budget. Raises RateLimited when too few are left."""
    principal = command.principal
    address = services.budgets.address(principal, request.scope.get("client"), request.scope["headers"])
    services.budgets.charge(principal, address, len(command.rows))


def _name(request: Request) -> str:
    name: str = request.path_params["endpoint"]
    if not name:
        raise HttpError(404, {"detail": NOT_FOUND})
    return name


def _single(body: RequestBody, endpoint: str) -> RequestBody:
    """The body as one row, with its text where that is exactly what came."""
    value, raw = body.value, body.raw
    if isinstance(value, list):
        if len(value) != 1:
            raise _refused(
                f"predict takes one row, and the list has {len(value)}: "
                f"send it to POST /api/v1/{endpoint}/predict_batch."
            )
        value = value[0]
        raw = None if raw is None else raw.strip()[1:-1].strip()
    row = _without_label(value)
    return RequestBody(row, body.from_form, raw if row is value else None)


def _without_label(row: JSONValue) -> JSONValue:
    """Old clients send the ground truth along; it is neither used nor stored."""
    if isinstance(row, dict) and LABEL in row:
        return {name: value for name, value in row.items() if name != LABEL}
    return row


def _refused(message: str) -> HttpError:
    return HttpError(400, error_body(Family.PREDICT, message))


def _answer(prediction: Prediction, row: JSONValue) -> Response:
    if prediction.failure is None:
        return reply(_shape(prediction))
    status = failure_rule(prediction.failure.code).status
    # A text instead of a row was answered with 200, like bad features; a number or null broke the service.
    return reply(_shape(prediction), status if isinstance(row, dict | str) else 400)


def _shape(prediction: Prediction) -> dict[str, object]:
    request, failure = prediction.request, prediction.failure
    if failure is None:
        return {
            "probability": probability_of(request),
            "label": label_of(request),
            "status": "OK",
            "request_id": request.id,
        }
    return {
        "status": "Error",
        "message": failure_rule(failure.code).words or failure.message,
        "request_id": request.id,
    }


ONE = Resource("Predict", {"POST": MethodHandler(Scope.PREDICT, predict)}, family=Family.PREDICT)
BATCH = Resource(
    "Predict Batch", {"POST": MethodHandler(Scope.PREDICT, predict_batch)}, family=Family.PREDICT
)
