"""The `mlalgorithmstatuses` of the contract: the log of statuses, and setting one."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from domain.callers import Scope
from domain.catalog.entries import AlgorithmStatus
from domain.errors import AlgorithmNotFound, AlgorithmStatusNotFound
from orm.queries.catalog import statuses
from rest import lists
from rest.errors import HttpError
from rest.fields import Field, Fields, KeyField, TextField, no_such_key
from rest.request_body import read_body
from rest.resource import MethodHandler, Resource, author_of, id_of, reply, services_of, timestamp

FIELDS = Fields(
    (
        Field("id", "ID", "integer"),
        Field("active", "Active", "boolean"),
        TextField("status", "Status", required=True, max_length=128),
        TextField("created_by", "Created by", required=True, max_length=128, one_line=True),
        Field("created_at", "Created at", "datetime"),
        KeyField("parent_mlalgorithm", "Parent mlalgorithm", required=True),
    )
)


async def show(request: Request) -> Response:
    """One entry of the log. Raises AlgorithmStatusNotFound."""
    entry = await services_of(request).database.read(statuses.status, id_of(request))
    if entry is None:
        raise AlgorithmStatusNotFound(f"There is no status with id {request.path_params['id']}.")
    return reply(_shape(entry))


async def create(request: Request) -> Response:
    """Set an algorithm's status; the new entry is the active one.

    Raises InvalidStatus for anything but `production` and `testing`, AlgorithmInTest while a test runs on it.
    """
    values = FIELDS.read(await read_body(request))
    algorithm_id = int(str(values["parent_mlalgorithm"]))
    try:
        entry = await services_of(request).statuses.set(
            algorithm_id, str(values["status"]), author_of(request, values)
        )
    except AlgorithmNotFound:
        raise HttpError(400, {"parent_mlalgorithm": [no_such_key(algorithm_id)]}) from None
    return reply(_shape(entry), 201)


def _shape(entry: AlgorithmStatus) -> dict[str, object]:
    return {
        "id": entry.id,
        "active": entry.active,
        "status": entry.status,
        "created_by": entry.created_by,
        "created_at": timestamp(entry.created_at),
        "parent_mlalgorithm": entry.algorithm_id,
    }


def list_resource(most: int) -> Resource:
    """The list of statuses, of at most `most` entries when no limit is asked for (0: all)."""
    return Resource(
        "Ml Algorithm Status List",
        {
            "GET": MethodHandler(
                Scope.READ, partial(lists.entries, query=statuses.page_statuses, shape=_shape, most=most)
            ),
            "POST": MethodHandler(Scope.ADMIN, create),
        },
        actions={"POST": FIELDS},
    )


ONE = Resource("Ml Algorithm Status Instance", {"GET": MethodHandler(Scope.READ, show)})
