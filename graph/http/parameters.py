"""What a call says: a GraphQL request in a body or in a query string, checked."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, cast

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request

from domain.input.content_encoding import encoding_problem
from domain.pacing import BODY_BYTES_ON_LOOP, in_thread_if
from graph.http.negotiation import JSON_TYPE
from graph.http.refusal import Refusal
from serving.json_text import sent_json

NAMES = ("query", "variables", "operationName", "extensions", "documentId")
PLAIN = frozenset({"query", "variables"})


class GraphQLRequest(NamedTuple):
    """What a GraphQL request says: an operation in `query`, or the id of a trusted document."""

    query: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    document_id: str | None = None


def check_content_type(headers: Headers) -> None:
    """Only JSON, as it is: a form of another site cannot send it without asking the browser first."""
    name, *parameters = (part.strip().lower() for part in headers.get("content-type", "").split(";"))
    if name != JSON_TYPE:
        found = f"not {name!r}" if name else "and there is none"
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Content-Type must be {JSON_TYPE}, {found[:80]}")
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the charset must be utf-8, as JSON's is")
    refused = encoding_problem(",".join(headers.getlist("content-encoding")))
    if refused is not None:
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, refused, {"Accept-Encoding": "identity"})


async def body_of(request: Request, most: int) -> bytes:
    """The whole body, unless it is longer than `most` bytes."""
    chunks: list[bytes] = []
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > most:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body is longer than {most} bytes")
        if chunk:
            chunks.append(chunk)
    if len(chunks) == 1:
        return chunks[0]
    return await in_thread_if(length > BODY_BYTES_ON_LOOP, b"".join, chunks)


def of_body(body: bytes, most_at_once: int = 0) -> GraphQLRequest | list[GraphQLRequest]:
    """The request in a JSON body, or the requests where a list of so many may be sent. Raises Refusal."""
    try:
        found = sent_json(body)
    except ValueError as error:
        raise Refusal(HTTPStatus.BAD_REQUEST, f"the body is no JSON: {error}") from None
    if isinstance(found, dict) and found.keys() <= PLAIN:
        query, variables = found.get("query"), found.get("variables")
        if isinstance(query, str) and isinstance(variables, dict | None):
            # Nearly every request.
            return GraphQLRequest(query, variables, None)
    if isinstance(found, list):
        return _of_list(found, most_at_once)
    if not isinstance(found, dict):
        raise Refusal(
            HTTPStatus.BAD_REQUEST, 'the body must be a JSON object such as {"query": "{ viewer { name } }"}'
        )
    return parameters_of(found)


def _of_list(found: list[Any], most: int) -> list[GraphQLRequest]:
    if not most:
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            "a list of operations is not taken: send one operation in an object; predictBatch takes many rows, "
            "and ARBITER_MAX_BATCH allows lists",
        )
    if not 0 < len(found) <= most:
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            f"a list must hold 1 to {most} operations (ARBITER_MAX_BATCH), not {len(found)}; "
            "predictBatch takes many rows in one operation",
        )
    requests = []
    for position, one in enumerate(found):
        if not isinstance(one, dict):
            raise Refusal(HTTPStatus.BAD_REQUEST, f"operation {position} of the list must be a JSON object")
        try:
            requests.append(parameters_of(one))
        except Refusal as refusal:
            raise Refusal(
                refusal.status, f"operation {position} of the list: {refusal.message}", code=refusal.code
            ) from None
    return requests


def of_query_string(found: QueryParams) -> GraphQLRequest:
    """The request in a URL's parameters. Raises Refusal, with the reason."""
    values: dict[str, Any] = dict(found)
    for name in NAMES:
        if len(found.getlist(name)) > 1:
            raise Refusal(HTTPStatus.BAD_REQUEST, f"{name} stands in the URL more than once")
    for name in ("variables", "extensions"):
        if values.get(name):
            try:
                values[name] = sent_json(values[name])
            except ValueError as error:
                raise Refusal(HTTPStatus.BAD_REQUEST, f"{name} is no JSON: {error}") from None
        else:
            values.pop(name, None)
    return parameters_of(values)


def parameters_of(values: Mapping[str, Any]) -> GraphQLRequest:
    """The parameters of a request, checked. Raises Refusal, naming the one that is wrong."""
    query, name = values.get("query"), values.get("operationName")
    variables, extensions = values.get("variables"), values.get("extensions")
    document_id = _document_id(values.get("documentId"), extensions)
    for wrong, reason in (
        (query is None and document_id is None, "query is absent: send an operation in it"),
        (query is not None and not isinstance(query, str), "query must be a text"),
        (not isinstance(name, str | None), "operationName must be a text or null"),
        (not isinstance(variables, dict | None), "variables must be an object or null"),
        (not isinstance(extensions, dict | None), "extensions must be an object or null"),
    ):
        if wrong:
            raise Refusal(HTTPStatus.BAD_REQUEST, reason)
    return GraphQLRequest(cast("str | None", query), variables, name or None, document_id)


def _document_id(document_id: object, extensions: object) -> str | None:
    """The id of a trusted document in a request's `documentId` or in its `extensions.persistedQuery.sha256Hash`.

    Raises Refusal for what is no id.
    """
    if not isinstance(document_id, str | None):
        raise Refusal(HTTPStatus.BAD_REQUEST, "documentId must be a text")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    if persisted is None or document_id:
        return document_id or None
    if not isinstance(persisted, dict) or not isinstance(persisted.get("sha256Hash"), str):
        raise Refusal(
            HTTPStatus.BAD_REQUEST, "extensions.persistedQuery must be an object with a text in sha256Hash"
        )
    return str(persisted["sha256Hash"])
