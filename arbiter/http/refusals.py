"""Answers that the middleware gives itself, in the error shape of the edge that was called."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from starlette.types import Send

GRAPHQL_PATH = "/graphql"
LEGACY_PREFIX = "/api/"
INFERENCE_PREFIX = "/v2/"

RawHeaders = Sequence[tuple[bytes, bytes]]


def body_of(path: str, code: str, message: str, **details: str) -> dict[str, object]:
    """The JSON body of a refusal: `errors` at /graphql, `error` below /v2, `detail` elsewhere, with the stable code.

    >>> body_of("/api/v1/endpoints", "UNAUTHENTICATED", "no such key")
    {'detail': 'no such key'}
    >>> body_of("/graphql", "FORBIDDEN", "no")
    {'errors': [{'message': 'no', 'extensions': {'code': 'FORBIDDEN'}}]}
    """
    if path.rstrip("/") == GRAPHQL_PATH:
        return {"errors": [{"message": message, "extensions": {"code": code, **details}}]}
    if path.startswith(INFERENCE_PREFIX):
        return {"error": message}
    if path.startswith(LEGACY_PREFIX):
        return {"detail": message, **details}
    return {"detail": message, "code": code, **details}


async def refuse(
    send: Send,
    path: str,
    *,
    status: int,
    code: str,
    message: str,
    headers: RawHeaders = (),
    details: dict[str, str] | None = None,
) -> None:
    """Send a whole JSON answer with `status`."""
    body = orjson.dumps(body_of(path, code, message, **(details or {})))
    fixed = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": [*fixed, *headers]})
    await send({"type": "http.response.body", "body": body})
