"""The `abtests` of the contract, and `stop_ab_test`, which ends one."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from domain.ab_tests.ab_test import ABTest
from domain.callers import Scope
from domain.errors import ABTestNotFound, ABTestNotRunning, AlgorithmNotFound
from domain.words import JSONValue, Traffic
from orm.queries.ab_tests import ab_tests
from rest import lists
from rest.errors import NO_SUCH_TEST, Family, HttpError, error_body
from rest.fields import Field, Fields, KeyField, TextField, no_such_key
from rest.request_body import read_body
from rest.resource import (
    ID_DIGITS,
    MethodHandler,
    Resource,
    author_of,
    id_of,
    principal_of,
    reply,
    services_of,
    timestamp,
)
from serving.services import Services

ARMS = ("parent_mlalgorithm1", "parent_mlalgorithm2")

FIELDS = Fields(
    (
        Field("id", "ID", "integer"),
        TextField("title", "Title", required=True, max_length=10_000),
        Field("model_type", "Model type", "string"),
        TextField("created_by", "Created by", required=True, max_length=128, one_line=True),
        Field("created_at", "Created at", "datetime"),
        Field("ended_at", "Ended at", "datetime"),
        Field("summary", "Summary", "string"),
        KeyField("parent_mlalgorithm1", "Parent mlalgorithm1", required=True),
        KeyField("parent_mlalgorithm2", "Parent mlalgorithm2", required=True),
    )
)


async def show(request: Request) -> Response:
    """One test. Raises ABTestNotFound."""
    return reply(_shape(await _find(request)))


async def create(request: Request) -> Response:
    """Begin a test that takes only calls with `status=ab_testing`, until it is stopped.

    Raises InvalidABTest, AlgorithmInTest, EndpointInTest; nothing is changed then.
    """
    values = FIELDS.read(await read_body(request))
    services = services_of(request)
    one, two = _arms_of(services, values)
    test = await services.ab_tests.create(
        title=str(values["title"]),
        algorithms=(one, two),
        traffic=Traffic.OPT_IN,
        created_by=author_of(request, values),
    )
    return reply(_shape(test), 201)


def _arms_of(services: Services, values: dict[str, JSONValue]) -> tuple[int, int]:
    keys = [int(str(values[name])) for name in ARMS]
    unknown: dict[str, object] = {}
    for name, key in zip(ARMS, keys, strict=True):
        try:
            services.catalog.snapshot.algorithm(key)
        except AlgorithmNotFound:
            unknown[name] = [no_such_key(key)]
    if unknown:
        raise HttpError(400, unknown)
    return keys[0], keys[1]


async def replace(request: Request) -> Response:
    """Change the title and the author of a test (PUT: every field is required)."""
    return await _change(request, whole=True)


async def change(request: Request) -> Response:
    """Change the title or the author of a test (PATCH)."""
    return await _change(request, whole=False)


async def _change(request: Request, *, whole: bool) -> Response:
    test = await _find(request, for_a_write=True)
    values = FIELDS.read(await read_body(request), partial=not whole)
    present = dict(zip(ARMS, test.algorithm_ids, strict=True))
    other = [name for name in ARMS if values.get(name, present[name]) != present[name]]
    if other:
        raise HttpError(400, {name: ["The algorithms of a test cannot be changed."] for name in other})
    title = values.get("title")
    # Whoever has a key changes no author: the history names the key that created the test.
    created_by = values.get("created_by") if principal_of(request).anonymous else None
    renamed = await services_of(request).ab_tests.rename(
        test.id,
        title=None if title is None else str(title),
        created_by=None if created_by is None else str(created_by),
    )
    return reply(_shape(renamed))


async def stop(request: Request) -> Response:
    """End a test: compare both algorithms on the feedback given and set their statuses.

    A test that has ended before is left as it is. Raises ABTestNotFound.
    """
    test_id = _stoppable_id(str(request.path_params["id"]))
    try:
        test = await services_of(request).ab_tests.stop_plainly(test_id, principal_of(request).name)
    except ABTestNotRunning:
        return reply({"message": "A/B testing is already completed."})
    return reply({"message": "A/B testing completed", "summary": test.summary})


def _stoppable_id(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise HttpError(400, error_body(Family.STOP, f"Field 'id' expected a number but got {text[:60]!r}."))
    if len(text) > ID_DIGITS:
        raise HttpError(400, error_body(Family.STOP, NO_SUCH_TEST))
    return int(text)


async def _find(request: Request, *, for_a_write: bool = False) -> ABTest:
    database = services_of(request).database
    async with (database.own_reader if for_a_write else database.reader)() as reader:
        test = await ab_tests.ab_test(reader, id_of(request))
    if test is None:
        raise ABTestNotFound(f"There is no A/B test with id {request.path_params['id']}.")
    return test


def _shape(test: ABTest) -> dict[str, object]:
    return {
        "id": test.id,
        "title": test.title,
        "model_type": test.kind,
        "created_by": test.created_by,
        "created_at": timestamp(test.created_at),
        "ended_at": None if test.ended_at is None else timestamp(test.ended_at),
        "summary": test.summary,
        "parent_mlalgorithm1": test.algorithm1_id,
        "parent_mlalgorithm2": test.algorithm2_id,
    }


def list_resource(most: int) -> Resource:
    """The list of tests, of at most `most` when no limit is asked for (0: all)."""
    return Resource(
        "Ab Test List",
        {
            "GET": MethodHandler(
                Scope.READ, partial(lists.entries, query=ab_tests.page_ab_tests, shape=_shape, most=most)
            ),
            "POST": MethodHandler(Scope.ADMIN, create),
        },
        actions={"POST": FIELDS},
    )


ONE = Resource(
    "Ab Test Instance",
    {
        "GET": MethodHandler(Scope.READ, show),
        "PUT": MethodHandler(Scope.ADMIN, replace),
        "PATCH": MethodHandler(Scope.ADMIN, change),
    },
    actions={"PUT": FIELDS},
)
STOP = Resource("Stop Ab Test", {"POST": MethodHandler(Scope.ADMIN, stop)}, family=Family.STOP)
