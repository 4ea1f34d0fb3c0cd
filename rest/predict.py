"""Predictions as the old service answered them, one row a call, and a list of rows for new clients."""

from __future__ import annotations

from typing import cast

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import Scope as ASGIScope

from domain.callers import Principal, Scope
from domain.errors import Failure
from domain.pacing import REST_ROWS_ON_LOOP, in_thread_if, let_go
from domain.requests.new_request import NewRequest
from domain.requests.request import AlgorithmConditions, PredictCommand, Prediction, Request
from domain.words import JSONValue
from rest.errors import NOT_FOUND, Family, HttpError, error_body, failure_rule
from rest.request_body import JSON, RequestBody, json_body, read_body
from rest.requests import label_of, probability_of
from rest.resource import (
    Answer,
    MethodHandler,
    Resource,
    charge,
    principal_of,
    query_of,
    query_values,
    reply,
    services_of,
)
from serving.services import Services

LABEL = "label"
ROWS = "rows"
NAMES = "external_ids"
OK = 200
PLAIN = AlgorithmConditions()


async def predict(request: HttpRequest) -> Response:
    """Answer one row: a JSON object, a form, or a list of exactly one row.

    Raises EndpointNotFound, Overloaded, RateLimited, DatabaseUnavailable, IdempotencyConflict, ExternalIdTaken.
    """
    name = _name(request)
    body = _single(await read_body(request), name)
    called = query_of(request).get("external_id")
    prediction = (await _run(request, name, (body.value,), body, called=called))[0]
    return _reply_to(prediction.request, prediction.failure, body.value)


async def predict_plainly(services: Services, scope: ASGIScope, endpoint: str, body: bytes) -> Answer | None:
    """What `ONE` answers to a JSON body that comes without a query string and without headers that say more.

    The caller must hold the right. None, and nothing is done, unless the endpoint exists and the body is an object of
    features. It is a matter of time alone: what anything means stands in `predict` and in what both call.
    """
    try:
        row = json_body(body).value
    except HttpError:
        return None
    if not isinstance(row, dict) or LABEL in row or services.catalog.snapshot.find_endpoint(endpoint) is None:
        return None
    principal: Principal = scope["state"]["principal"]
    budgets = services.budgets
    try:
        budgets.charge(
            principal,
            budgets.address(principal, scope.get("client"), scope["headers"]),
            budgets.points_for(1, len(body)),
        )
        text = body.decode()
        call = services.predictor.plain.prepare(endpoint, row, text, blank_rows=True, numeric_texts=True)
        if call is not None:
            stored, answer = await call.stored()
            return ONE.answer(*_told(stored, answer if isinstance(answer, Failure) else None, row))
        (one,) = await services.predictor.predict(
            PredictCommand(
                endpoint, (row,), principal, PLAIN, texts=(text,), blank_rows=True, numeric_texts=True
            )
        )
        return ONE.answer(*_told(one.request, one.failure, row))
    except Exception as error:
        response = ONE.complete(ONE.failed(error))
        return response.status_code, response.raw_headers, bytes(response.body)


async def predict_batch(request: HttpRequest) -> Response:
    """Answer a JSON list of rows with the list of their answers, in order, failed rows among them.

    An object of the lists `rows` and `external_ids` is taken too. Raises what `predict` raises, and TooManyRows for
    an empty list or more than 10,000 rows.
    """
    name = _name(request)
    body = await read_body(request)
    sent, names = _batch(body.value)
    given = query_values(request, "external_id")
    if given and names is not None:
        raise _refused("Send the external ids in the body or in the URL, not in both.")
    rows = await in_thread_if(len(sent) > REST_ROWS_ON_LOOP, lambda: tuple(map(_without_label, sent)))
    predictions = await _run(
        request, name, rows, RequestBody(None, size=body.size), names=tuple(given) if given else names
    )
    content = await in_thread_if(
        len(predictions) > REST_ROWS_ON_LOOP,
        lambda: orjson.dumps([_shape(one.request, one.failure) for one in predictions]),
    )
    if len(sent) > REST_ROWS_ON_LOOP:
        held: list[object] = [sent, rows, predictions, body]
        del sent, rows, predictions, body
        await let_go(held)
    return Response(content, media_type=JSON)


def _batch(value: JSONValue) -> tuple[list[JSONValue], tuple[str | None, ...] | None]:
    """The rows of a batch, and the external id of each where the body has them."""
    if isinstance(value, list):
        return value, None
    if not isinstance(value, dict) or ROWS not in value:
        raise _refused("Send a JSON list of rows; a single row goes to the endpoint's `predict`.")
    rows, names = value[ROWS], value.get(NAMES)
    if not isinstance(rows, list) or value.keys() - {ROWS, NAMES}:
        raise _refused(f"Send an object with the lists `{ROWS}` and `{NAMES}`, and nothing else.")
    if names is None:
        return rows, None
    if not isinstance(names, list) or not all(name is None or isinstance(name, str) for name in names):
        raise _refused(f"`{NAMES}` must be a list of texts, with null for a row that has none.")
    return rows, cast("tuple[str | None, ...]", tuple(names))


async def _run(
    request: HttpRequest,
    name: str,
    rows: tuple[JSONValue, ...],
    body: RequestBody,
    *,
    called: str | None = None,
    names: tuple[str | None, ...] | None = None,
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
        external_id=called,
        external_ids=names,
    )
    services = services_of(request)
    # A point for each row, or by size where that is more.
    charge(request, services.budgets.points_for(len(rows), body.size))
    return await services.predictor.predict(command)


def _name(request: HttpRequest) -> str:
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
    return RequestBody(row, body.from_form, raw if row is value else None, body.size)


def _without_label(row: JSONValue) -> JSONValue:
    """Old clients send the ground truth along; it is neither used nor stored."""
    if isinstance(row, dict) and LABEL in row:
        return {name: value for name, value in row.items() if name != LABEL}
    return row


def _refused(message: str) -> HttpError:
    return HttpError(400, error_body(Family.PREDICT, message))


def _reply_to(stored: Request | NewRequest, failure: Failure | None, row: JSONValue) -> Response:
    return reply(*_told(stored, failure, row))


def _told(
    stored: Request | NewRequest, failure: Failure | None, row: JSONValue
) -> tuple[dict[str, object], int]:
    """What a row is answered, and with which status."""
    if failure is None:
        return _shape(stored, None), OK
    status = failure_rule(failure.code).status
    # A text instead of a row was answered with 200, like bad features; a number or null broke the service.
    odd = status == OK and not isinstance(row, dict | str)
    return _shape(stored, failure), 400 if odd else status


def _shape(stored: Request | NewRequest, failure: Failure | None) -> dict[str, object]:
    if failure is None:
        return {
            "probability": probability_of(stored),
            "label": label_of(stored),
            "status": "OK",
            "request_id": stored.id,
        }
    return {
        "status": "Error",
        "message": failure_rule(failure.code).words or failure.message,
        "request_id": stored.id,
    }


ONE = Resource("Predict", {"POST": MethodHandler(Scope.PREDICT, predict, points=0)}, family=Family.PREDICT)
BATCH = Resource(
    "Predict Batch", {"POST": MethodHandler(Scope.PREDICT, predict_batch, points=0)}, family=Family.PREDICT
)
