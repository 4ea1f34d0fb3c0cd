"""What a call says: a GraphQL request in a body or in a query string, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import orjson
from starlette.datastructures import Headers
from starlette.requests import Request

from graph.negotiation import JSON_TYPE
from graph.refused import Refused


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a GraphQL request says."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


def check_content_type(headers: Headers) -> None:
    """Only JSON: a form of another site cannot send it without asking the browser first."""
    name, *parameters = (part.strip().lower() for part in headers.get("content-type", "").split(";"))
    if name != JSON_TYPE:
        said = f"not {name!r}" if name else "and there is none"
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type must be {JSON_TYPE}, {said[:80]}")
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the charset must be utf-8, as JSON's is")


async def body_of(request: Request, most: int) -> bytes:
    """The whole body, unless it is longer than `most` bytes."""
    chunks = bytearray()
    async for chunk in request.stream():
        chunks += chunk
        if len(chunks) > most:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is longer than {most} bytes")
    return bytes(chunks)


def of_body(body: bytes) -> Parameters:
    """The request in a JSON body. Raises Refused, with the reason."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"the body is no JSON: {error}") from None
    if isinstance(found, list):
        raise Refused(
            HTTPStatus.BAD_REQUEST,
            "a list of operations is not taken: send one operation in an object; predictBatch takes many rows",
        )
    if not isinstance(found, dict):
        raise Refused(
            HTTPStatus.BAD_REQUEST, 'the body must be a JSON object such as {"query": "{ viewer { name } }"}'
        )
    return parameters_of(found)


def of_query_string(found: Mapping[str, str]) -> Parameters:
    """The request in a URL's parameters. Raises Refused, with the reason."""
    values: dict[str, Any] = dict(found)
    for name in ("variables", "extensions"):
        if values.get(name):
            try:
                values[name] = orjson.loads(values[name])
            except orjson.JSONDecodeError as error:
                raise Refused(HTTPStatus.BAD_REQUEST, f"{name} is no JSON: {error}") from None
        else:
            values.pop(name, None)
    return parameters_of(values)


def parameters_of(values: Mapping[str, Any]) -> Parameters:
    """The parameters of a request, checked. Raises Refused, naming the one that is wrong."""
    query, name = values.get("query"), values.get("operationName")
    variables, extensions = values.get("variables"), values.get("extensions")
    for wrong, reason in (
        (query is None, "query is absent: send an operation in it"),
        (query is not None and not isinstance(query, str), "query must be a text"),
        (not isinstance(name, str | None), "operationName must be a text or null"),
        (not isinstance(variables, dict | None), "variables must be an object or null"),
        (not isinstance(extensions, dict | None), "extensions must be an object or null"),
    ):
        if wrong:
            raise Refused(HTTPStatus.BAD_REQUEST, reason)
    return Parameters(cast(str, query), variables, name or None)
