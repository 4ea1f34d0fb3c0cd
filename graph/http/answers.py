"""Answers on their way out: the response of an operation, and its JSON."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.types import ExecutionResult

from domain.errors import QueryTimeout, RateLimited
from domain.pacing import LIST_ITEMS_ON_LOOP
from graph.http.negotiation import JSON_TYPE
from graph.operation.long_lists import fragments


def answered(result: ExecutionResult, media_type: str) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the response. What was refused before it ran has no `data`, and for the newer media
    type status 400; 429 when its caller has spent its budget.
    """
    ran = result.data is not None or any(_while_running(error) for error in result.errors or ())
    payload = response_of(result, ran=ran or not result.errors)
    if not ran and retry_after(result):
        return 429, payload
    return 200 if ran or media_type == JSON_TYPE else 400, payload


def response_of(result: ExecutionResult, *, ran: bool) -> dict[str, Any]:
    """A result as a response: with `data` where the operation ran, `errors` and `extensions` where there are any."""
    payload: dict[str, Any] = {}
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    if ran:
        payload["data"] = result.data
    if result.extensions:
        payload["extensions"] = result.extensions
    return payload


def error_response(message: str, code: str) -> dict[str, Any]:
    """The response of what has not run at all: one error."""
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def retry_after(result: ExecutionResult) -> dict[str, str]:
    """The header of an operation that was refused since its caller's budget is spent; else none."""
    for error in result.errors or ():
        if error.path is None and isinstance(error.original_error, RateLimited):
            return {"retry-after": str(error.original_error.retry_after)}
    return {}


def _while_running(error: GraphQLError) -> bool:
    return error.path is not None or (error.extensions or {}).get("code") == QueryTimeout.code


def encode(payload: object) -> bytes:
    """Any answer as JSON: always valid, with null for what is no JSON number."""
    try:
        return orjson.dumps(payload)
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits, lone surrogates and very deep values: the slow way can write them.
        return json.dumps(_finite(payload), allow_nan=False, separators=(",", ":")).encode()


async def encode_in_turns(payload: object, longest: int = LIST_ITEMS_ON_LOOP) -> bytes:
    """The same for a large answer, without holding up everything else: lists of more than `longest` item by item."""
    try:
        return await asyncio.to_thread(orjson.dumps, await fragments(payload, encode, longest))
    except orjson.JSONEncodeError:
        return encode(payload)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
