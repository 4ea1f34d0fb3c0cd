"""The `mlrequests` of the contract: the log of requests, and the ground truth given later."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from domain.callers import Scope, Viewer, require_on
from domain.catalog.truth import is_missing
from domain.errors import RequestNotFound
from domain.history.privacy import mask_for
from domain.requests.feedback import FeedbackCommand
from domain.requests.new_request import NewRequest
from domain.requests.request import Request
from domain.words import FeedbackForm, JSONValue, Outcome
from orm.queries.history import requests
from rest import lists
from rest.fields import Field, Fields, TextField
from rest.request_body import RequestBody, read_body
from rest.resource import (
    REQUEST_ID_DIGITS,
    MethodHandler,
    Resource,
    id_of,
    principal_of,
    reply,
    services_of,
    timestamp,
)
from serving.catalog.catalog import Snapshot
from serving.feedback.scoring import classes_for, kind_of

REGRESSOR_PROBABILITY = 1.0
SHOWN = frozenset({"input", "message"})
"""What the old service's shape shows of the columns that are not always read."""
HIDDEN = ("input_data", "full_response", "response")

FIELDS = Fields(
    (
        Field("id", "ID", "integer"),
        Field("input_data", "Input data", "string"),
        Field("full_response", "Full response", "string"),
        Field("response", "Response", "string"),
        TextField("feedback", "Feedback", max_length=10_000, nullable=True),
        Field("created_at", "Created at", "datetime"),
        Field("parent_mlalgorithm", "Parent mlalgorithm", "field"),
    )
)


async def list_all(request: HTTPRequest, *, most: int) -> Response:
    """The whole history, ascending by id; `?limit=&after=` page it."""
    part = lists.slice_of(request, most)
    return await lists.stream(request, _rows(request, part.after), part.limit)


async def show(request: HTTPRequest) -> Response:
    """One request. Raises RequestNotFound."""
    return reply(_shape(await _find(request, _viewer(request))))


async def give_feedback(request: HTTPRequest) -> Response:
    """Store the ground truth of one request; a body without `feedback` changes nothing.

    Raises RequestNotFound, InvalidFeedback when it is no number for a regressor.
    """
    return await give_to(request, await _find(request, None), FeedbackForm.LEGACY)


async def give_to(request: HTTPRequest, found: Request, form: FeedbackForm) -> Response:
    """Store the ground truth in the body for a request of the log, and show that request as it is then."""
    principal, snapshot = principal_of(request), services_of(request).catalog.snapshot
    require_on(principal, Scope.FEEDBACK, snapshot.endpoint(found.endpoint_id).name)
    body = await read_body(request)
    values = FIELDS.read(body, partial=True)
    if "feedback" in values:
        truth = _ground_truth(values["feedback"], body, found, snapshot)
        found = await services_of(request).feedback.give(FeedbackCommand(found.id, truth, form), principal)
    shape = _shape(mask_for(_viewer(request), found))
    if not principal.may(Scope.READ):
        # Who may only give feedback must not learn what was asked and answered.
        shape |= dict.fromkeys(HIDDEN, "")
        shape["feedback"] = (found.feedback or "") if "feedback" in values else ""
    return reply(shape)


def _ground_truth(value: JSONValue, body: RequestBody, found: Request, snapshot: Snapshot) -> JSONValue:
    """In a form, a missing value is sent as an empty text or as `nan`, for want of a null; a class "nan" wins."""
    if body.from_form and isinstance(value, str) and value.strip().lower() == "nan":
        return (
            None
            if is_missing(value, kind_of(found, snapshot), classes_for(found.endpoint_id, snapshot))
            else value
        )
    return value


def _viewer(request: HTTPRequest) -> Viewer:
    return services_of(request).catalog.snapshot.viewer(principal_of(request))


async def _find(request: HTTPRequest, viewer: Viewer | None) -> Request:
    """The request of the URL; without a viewer it is for a write, unmasked and read with the server's own reader."""
    request_id, database = id_of(request, REQUEST_ID_DIGITS), services_of(request).database
    async with (database.own_reader if viewer is None else database.reader)() as reader:
        found = await requests.requests_by_ids(reader, viewer, [request_id])
    if request_id not in found:
        raise RequestNotFound(f"no request has the id {request_id}")
    return found[request_id]


async def _rows(request: HTTPRequest, after: int) -> AsyncIterator[dict[str, object]]:
    viewer = _viewer(request)
    readers = services_of(request).database.reader
    async for found in requests.stream_requests(readers, viewer, after=after, columns=SHOWN):
        yield _shape(found)


def label_of(request: Request | NewRequest) -> str | None:
    """What was answered, as text: the label, or the value without a needless `.0`."""
    if request.value is None:
        return request.label
    return str(int(request.value)) if request.value.is_integer() else repr(request.value)


def probability_of(request: Request | NewRequest) -> float | None:
    """The probability of the positive class; 1.0 for a regressor."""
    return request.probability if request.value is None else REGRESSOR_PROBABILITY


def _full_response(request: Request) -> str:
    """The answer in the old service's spelling: a Python dictionary."""
    if request.outcome is Outcome.OK:
        return str({"probability": probability_of(request), "label": label_of(request), "status": "OK"})
    return str({"status": "Error", "message": request.message or ""})


def _shape(request: Request) -> dict[str, object]:
    return {
        "id": request.id,
        "input_data": request.input,
        "full_response": _full_response(request),
        "response": label_of(request) if request.outcome is Outcome.OK else "error",
        "feedback": request.feedback or "",
        "created_at": timestamp(request.created_at),
        "parent_mlalgorithm": request.algorithm_id,
    }


def list_resource(most: int) -> Resource:
    """The history, of at most `most` requests when no limit is asked for (0: all)."""
    return Resource("Ml Request List", {"GET": MethodHandler(Scope.READ, partial(list_all, most=most))})


ONE = Resource(
    "Ml Request Instance",
    {
        "GET": MethodHandler(Scope.READ, show),
        "PUT": MethodHandler(Scope.FEEDBACK, give_feedback),
        "PATCH": MethodHandler(Scope.FEEDBACK, give_feedback),
    },
    actions={"PUT": FIELDS},
)
