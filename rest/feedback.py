"""Ground truth for requests that another system knows by ids of its own: one, or a list of them."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response

from domain.callers import Scope
from domain.errors import Failure, InvalidInput, TooManyRows
from domain.pacing import REST_ROWS_ON_LOOP, in_thread_if
from domain.requests.external_ids import ExternalName, external_id_problem
from domain.requests.feedback import FeedbackCommand, FeedbackResult
from domain.words import FeedbackForm, JSONValue
from orm.queries.history import external_ids, requests
from rest.errors import HttpError
from rest.fields import REQUIRED
from rest.request_body import JSON, read_body
from rest.requests import FIELDS, give_to
from rest.resource import MethodHandler, Resource, charge, principal_of, query_of, services_of
from serving.feedback.feedback import MAX_ROWS

NAME = "external_id"
FEEDBACK = "feedback"
ID = "request_id"


async def give_one(request: Request) -> Response:
    """Store the ground truth of the request that `?external_id=` names; the answer is that of `mlrequests`.

    Raises EndpointNotFound, InvalidFeedback.
    """
    text = query_of(request).get(NAME)
    if text is None:
        raise HttpError(400, {NAME: [REQUIRED]})
    problem = external_id_problem(text)
    if problem is not None:
        raise HttpError(400, {NAME: [f"It {problem}."]})
    services = services_of(request)
    endpoint = services.catalog.snapshot.endpoint_named(request.path_params["endpoint"])
    async with services.database.own_reader() as reader:
        found = await external_ids.request_called(reader, (endpoint.id, text))
        kept = {} if found is None else await requests.requests_by_ids(reader, None, [found])
    if found is None or found not in kept:
        raise HttpError(404, {"detail": f"No request of {endpoint.name} has the external id {text!r}."})
    return await give_to(request, kept[found], FeedbackForm.VALUE)


async def give_batch(request: Request) -> Response:
    """Store a JSON list of ground truths, in one transaction; each is answered in its place, refused ones too.

    Raises EndpointNotFound, TooManyRows, RateLimited, DatabaseUnavailable.
    """
    body = await read_body(request)
    services, name = services_of(request), str(request.path_params["endpoint"])
    services.catalog.snapshot.endpoint_named(name)
    sent = body.value
    if not isinstance(sent, list):
        raise HttpError(400, {"detail": f"Send a JSON list of objects with `{NAME}` and `{FEEDBACK}`."})
    if not 1 <= len(sent) <= MAX_ROWS:
        raise TooManyRows(f"Give 1 to {MAX_ROWS} feedbacks at once, not {len(sent)}.", path=("items",))
    # A point for each, or by size where that is more.
    charge(request, services.budgets.points_for(len(sent), body.size))
    many = len(sent) > REST_ROWS_ON_LOOP
    read = await in_thread_if(many, lambda: [_read(one, name) for one in sent])
    commands = [one for one in read if isinstance(one, FeedbackCommand)]
    given: Sequence[FeedbackResult] = ()
    if commands:
        given = await services.feedback.give_batch(commands, principal_of(request))
    results = iter(given)
    found = [next(results) if isinstance(one, FeedbackCommand) else FeedbackResult(None, one) for one in read]
    content = await in_thread_if(many, lambda: orjson.dumps([_shape(one) for one in found]))
    return Response(content, media_type=JSON)


def _read(sent: JSONValue, endpoint: str) -> FeedbackCommand | Failure:
    """The command of one entry, or what is wrong with it."""
    if not isinstance(sent, dict) or sent.keys() != {NAME, FEEDBACK}:
        return InvalidInput(f"Send an object with `{NAME}` and `{FEEDBACK}`, and nothing else.").as_failure()
    text = sent[NAME]
    if not isinstance(text, str):
        return InvalidInput(f"`{NAME}` must be a text.").as_failure()
    return FeedbackCommand(None, sent[FEEDBACK], called=ExternalName(endpoint, text))


def _shape(result: FeedbackResult) -> dict[str, object]:
    if result.request is not None:
        return {"status": "OK", ID: result.request.id}
    failure = result.failure
    return {"status": "Error", "message": "" if failure is None else failure.message}


ONE = Resource(
    "Feedback",
    {"PUT": MethodHandler(Scope.FEEDBACK, give_one), "PATCH": MethodHandler(Scope.FEEDBACK, give_one)},
    actions={"PUT": FIELDS},
)
BATCH = Resource("Feedback Batch", {"POST": MethodHandler(Scope.FEEDBACK, give_batch, points=0)})
