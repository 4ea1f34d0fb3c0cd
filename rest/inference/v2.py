"""The URLs of the Open Inference Protocol v2: health, metadata, inference, each model in each of its versions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Send
from starlette.types import Scope as ASGIScope

from domain.callers import Scope, require, require_on
from domain.catalog.entries import Algorithm
from domain.errors import ArbiterError, EndpointNotFound, Failure, InvalidFeatures
from domain.input.content_encoding import encoding_problem
from domain.pacing import BODY_BYTES_ON_LOOP, PREDICTION_ROWS_ON_LOOP, in_thread_if
from domain.requests.request import PredictCommand, Prediction
from domain.words import JSONValue
from registry.endpoints import EndpointSpec
from rest.errors import BY_CODE, Family, HttpError, answer_to, row_of
from rest.inference.models import (
    asked_outputs,
    conditions_of,
    metadata,
    ready_versions,
    rows_of,
    tensors_of,
    version_of,
)
from rest.inference.request import Inference, read_inference
from rest.inference.tensors import TensorProblem, body_of
from rest.request_body import JSON, whole_body
from rest.resource import charge, principal_of, services_of
from serving.predictions.predict import MAX_ROWS

PREFIX = "/v2"
JSON_LENGTH = "inference-header-content-length"
EXTENSIONS = ("binary_tensor_data", "parameters")
OCTETS = "application/octet-stream"
MASKED = 500
NOT_HERE = 404
UNREADY = 503


@dataclass(frozen=True)
class Address:
    """One URL: the method that it takes, and what it does. An ASGI application whose every error is `{"error": …}`."""

    method: str
    handle: Callable[[Request], Awaitable[Response]]

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Answer one request; no exception leaves."""
        request = Request(scope, receive)
        try:
            self._require_method(scope["method"])
            response = await self.handle(request)
        except ClientDisconnect:
            return
        except Exception as error:
            response = refused(error)
        if scope["method"] == "HEAD":
            response.body = b""
        await response(scope, receive, send)

    def _require_method(self, method: str) -> None:
        """Raises HttpError for another method; HEAD goes where GET does."""
        if method != self.method and (method, self.method) != ("HEAD", "GET"):
            raise HttpError(405, {"error": f"send {self.method}, not {method}"}, {"allow": self.method})


def refused(error: Exception) -> Response:
    """The answer to any exception: `{"error": …}`, 4xx for what the caller can mend; unexpected ones are masked."""
    if isinstance(error, TensorProblem):
        return _json({"error": f"{error}."}, 400)
    answer = answer_to(error, Family.RESOURCE)
    words = answer.body.get("error") or answer.body.get("detail") or "the call was refused"
    if isinstance(error, ArbiterError) and answer.status != MASKED:
        words = error.message
    body = {"error": words, **{name: answer.body[name] for name in ("incident",) if name in answer.body}}
    response = _json(body, answer.status)
    response.headers.update(answer.headers)
    return response


async def live(_request: Request) -> Response:
    """200 while the process answers at all."""
    return _json({"live": True})


async def ready(request: Request) -> Response:
    """200 when predictions can be served and kept, else 503."""
    services = services_of(request)
    well = await services.log.health.problem() is None and bool(services.catalog.snapshot.executors)
    return _json({"live": True, "ready": well}, 200 if well else UNREADY)


async def model(request: Request) -> Response:
    """The metadata of a model. Raises EndpointNotFound, and HttpError for a version that is not there."""
    endpoint, spec, _ = _found(request)
    charge(request, 1)
    return _json(metadata(spec, list(ready_versions(services_of(request).catalog.snapshot, endpoint))))


async def model_ready(request: Request) -> Response:
    """200 when the model can answer, else 503."""
    snapshot = services_of(request).catalog.snapshot
    endpoint, spec, version = _found(request)
    routes = snapshot.table.routes.get(spec.name)
    answers = version is not None or (
        routes is not None
        and bool(ready_versions(snapshot, endpoint))
        and (routes.plain or routes.test) is not None
    )
    return _json({"name": spec.name, "ready": answers}, 200 if answers else UNREADY)


async def infer(request: Request) -> Response:
    """Predict each row of the columns, keep it, and answer with the tensors that were asked for.

    Nothing is predicted and nothing stored when a row of several is wrong. Raises TensorProblem and what
    `Predictor.predict` raises.
    """
    services = services_of(request)
    _, spec, version = _found(request, Scope.PREDICT)
    _refuse_encoding(request)
    body = await whole_body(request)
    large = len(body) > BODY_BYTES_ON_LOOP
    json_length = _json_length(request, len(body))
    inference, rows = await in_thread_if(large, _read, body, json_length, spec)
    charge(request, services.budgets.points_for(len(rows), len(body)))
    if not rows:
        return _answer(spec, version, inference, ())
    if len(rows) > 1:
        await in_thread_if(len(rows) > PREDICTION_ROWS_ON_LOOP, _check, rows, spec)
    predictions = await services.predictor.predict(
        PredictCommand(
            endpoint=spec.name,
            rows=tuple(rows),
            principal=principal_of(request),
            conditions=conditions_of(version),
            subject=inference.subject,
            idempotency_key=request.headers.get("idempotency-key"),
        )
    )
    _raise_failures(predictions)
    return await in_thread_if(
        len(rows) > PREDICTION_ROWS_ON_LOOP, _answer, spec, version, inference, predictions
    )


def _read(
    body: bytes, json_length: int | None, spec: EndpointSpec
) -> tuple[Inference, list[dict[str, JSONValue]]]:
    inference = read_inference(body, json_length)
    if inference.rows > MAX_ROWS:
        raise TensorProblem(f"send at most {MAX_ROWS} rows at once, not {inference.rows}")
    asked_outputs(spec, inference)
    return inference, rows_of(inference, spec)


def _check(rows: Sequence[dict[str, JSONValue]], spec: EndpointSpec) -> None:
    for place, row in enumerate(rows):
        try:
            spec.features.validate(row)
        except InvalidFeatures as error:
            raise TensorProblem(f"row {place}: {error.message.rstrip('.')}") from None


def _raise_failures(predictions: Sequence[Prediction]) -> None:
    """Raise what the first row without an answer says: the protocol knows no error of a single row."""
    for place, one in enumerate(predictions):
        if one.failure is not None:
            raise HttpError(*_failed(place, one.failure, one.request.id))


def _failed(place: int, failure: Failure, request_id: int) -> tuple[int, dict[str, object]]:
    rule = row_of(BY_CODE[failure.code]).resource if failure.code in BY_CODE else None
    status = MASKED if rule is None else rule.status
    return status, {
        "error": f"row {place}: {failure.message}",
        "code": failure.code,
        "request_id": request_id,
    }


def _answer(
    spec: EndpointSpec, version: Algorithm | None, inference: Inference, predictions: Sequence[Prediction]
) -> Response:
    head: dict[str, object] = {"model_name": spec.name}
    if version is not None:
        head["model_version"] = version_of(version)
    if inference.id is not None:
        head["id"] = inference.id
    content, json_length = body_of(head, tensors_of(predictions, spec, inference))
    if json_length is None:
        return Response(content, media_type=JSON)
    return Response(content, headers={JSON_LENGTH: str(json_length)}, media_type=OCTETS)


def _found(request: Request, scope: Scope | None = None) -> tuple[int, EndpointSpec, Algorithm | None]:
    """The endpoint's id, its declaration, and the algorithm that the URL names as its version.

    Who may `read`, or `predict` this endpoint, may see it. Raises EndpointNotFound, HttpError for an unknown version.
    """
    snapshot, principal = services_of(request).catalog.snapshot, principal_of(request)
    name = str(request.path_params["model"])
    if scope is not None or not principal.may(Scope.READ):
        require(principal, Scope.PREDICT)
        require_on(principal, Scope.PREDICT, name)
    endpoint = snapshot.find_endpoint(name)
    spec = None if endpoint is None else snapshot.specs.get(name)
    if endpoint is None or spec is None:
        raise EndpointNotFound(f"There is no model {name[:128]!r}.")
    wanted = request.path_params.get("version")
    if wanted is None:
        return endpoint.id, spec, None
    version = ready_versions(snapshot, endpoint.id).get(str(wanted))
    if version is None:
        raise HttpError(NOT_HERE, {"error": f"{name} has no version {str(wanted)[:128]!r} that can answer"})
    return endpoint.id, spec, version


def _json_length(request: Request, size: int) -> int | None:
    """How many bytes of the body are JSON: what the header says, never the content type; None for all of them."""
    told = request.headers.get(JSON_LENGTH)
    if told is None:
        return None
    if not (told.isascii() and told.isdecimal() and int(told[:18]) <= size):
        raise TensorProblem(f"the header Inference-Header-Content-Length must be a number of at most {size}")
    return int(told)


def _refuse_encoding(request: Request) -> None:
    if "content-encoding" in request.headers:
        problem = encoding_problem(",".join(request.headers.getlist("content-encoding")))
        if problem is not None:
            raise HttpError(415, {"error": f"{problem}."}, {"accept-encoding": "identity"})


async def _nothing_here(_request: Request) -> Response:
    return _json({"error": "there is nothing at this URL"}, NOT_HERE)


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type=JSON)


def inference_routes(*, version: str) -> list[BaseRoute]:
    """Every URL under /v2; `version` is that of the server."""

    async def server(_request: Request) -> Response:
        """Who serves, and which extensions it speaks."""
        return _json({"name": "arbiter", "version": version, "extensions": EXTENSIONS})

    model_path = PREFIX + "/models/{model}"
    routes: list[BaseRoute] = [
        Route(PREFIX, Address("GET", server)),
        Route(f"{PREFIX}/health/live", Address("GET", live)),
        Route(f"{PREFIX}/health/ready", Address("GET", ready)),
    ]
    for path in (model_path, model_path + "/versions/{version}"):
        routes += [
            Route(f"{path}/infer", Address("POST", infer)),
            Route(f"{path}/ready", Address("GET", model_ready)),
            Route(path, Address("GET", model)),
        ]
    return [*routes, Route(PREFIX + "/{rest:path}", Address("GET", _nothing_here))]
