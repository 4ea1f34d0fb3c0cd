"""Answers on their way out: the response of an operation, and its JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import orjson
from strawberry.types import ExecutionResult

from graph.long_lists import fragments
from graph.negotiation import JSON_TYPE

# So many objects in an answer, and it pays to take turns on the event loop.
LONG_ANSWER = 500


def answered(result: ExecutionResult, media_type: str) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the response. What was refused before it ran has no `data`, and for the newer media
    type status 400.
    """
    payload: dict[str, Any] = {}
    ran = result.data is not None or any(error.path is not None for error in result.errors or ())
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    if ran or not result.errors:
        payload["data"] = result.data
    return 200 if ran or media_type == JSON_TYPE else 400, payload


def encode(payload: object) -> bytes:
    """Any answer as JSON: always valid, with null for what is no JSON number."""
    try:
        return orjson.dumps(payload)
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits, lone surrogates and very deep values: the slow way can write them.
        return json.dumps(_finite(payload), allow_nan=False, separators=(",", ":")).encode()


async def encode_in_turns(payload: dict[str, Any]) -> bytes:
    """The same for a large answer, without holding up everything else."""
    try:
        return orjson.dumps(await fragments(payload, encode))
    except orjson.JSONEncodeError:
        return encode(payload)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
