"""A page of requests as somebody would write it by hand: one statement, dictionaries, orjson."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

import aiosqlite
import orjson
from starlette.requests import Request
from starlette.responses import Response

from domain.requests.request_ids import time_of

COLUMNS = (
    "r.id, r.outcome, r.label, r.value, r.probability, r.latency, r.algorithm_id, a.name, a.version, "
    "r.endpoint_id, e.name"
)
JOINS = "JOIN endpoint e ON e.id = r.endpoint_id LEFT JOIN ml_algorithm a ON a.id = r.algorithm_id"
PAGE = f"SELECT {COLUMNS} FROM ml_request r {JOINS} ORDER BY r.id DESC LIMIT ?"
WHERE = (
    f"SELECT {COLUMNS}, r.input, r.message FROM ml_request r {JOINS} "
    "WHERE r.outcome = 'OK' ORDER BY r.id DESC LIMIT ?"
)

Route = Callable[[Request], Awaitable[Response]]


def routes(database: str) -> dict[str, Route]:
    """The two pages, by their path."""
    opened: list[aiosqlite.Connection] = []

    async def rows(sql: str, first: int) -> list[Any]:
        if not opened:
            opened.append(await aiosqlite.connect(f"file:{database}?mode=ro", uri=True))
        return list(await opened[0].execute_fetchall(sql, (first + 1,)))

    def route(sql: str) -> Route:
        async def page(request: Request) -> Response:
            first = orjson.loads(await request.body())["variables"]["first"]
            return Response(
                orjson.dumps(_answer(await rows(sql, first), first)), media_type="application/json"
            )

        return page

    return {"/page": route(PAGE), "/where": route(WHERE)}


def _answer(rows: list[Any], first: int) -> dict[str, Any]:
    edges = [{"cursor": _cursor(row[0]), "node": _node(row)} for row in rows[:first]]
    info = {"hasNextPage": len(rows) > first, "endCursor": edges[-1]["cursor"] if edges else None}
    return {"data": {"requests": {"edges": edges, "pageInfo": info}}}


def _node(row: Any) -> dict[str, Any]:  # noqa: ANN401  a tuple of the columns
    (
        id_,
        outcome,
        label,
        value,
        probability,
        latency,
        algorithm_id,
        algorithm,
        version,
        endpoint_id,
        endpoint,
        *wide,
    ) = row
    node = {
        "id": _id("Request", id_),
        "requestId": str(id_),
        "outcome": outcome,
        "label": label,
        "value": value,
        "probability": probability,
        "latency": latency,
        "createdAt": time_of(id_).isoformat(),
    }
    if wide:
        node |= {"input": orjson.loads(wide[0]), "message": wide[1]}
    node["algorithm"] = {"id": _id("Algorithm", algorithm_id), "name": algorithm, "version": version}
    node["endpoint"] = {"id": _id("Endpoint", endpoint_id), "name": endpoint}
    return node


def _id(kind: str, number: int) -> str:
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def _cursor(number: int) -> str:
    return base64.urlsafe_b64encode(f'["requests.ID_DESC",null,{number}]'.encode()).decode().rstrip("=")
