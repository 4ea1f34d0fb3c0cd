"""Since when a feature is indexed, and what older requests say of it: told from the index itself."""

from __future__ import annotations

from collections.abc import Sequence

from orm.connection.client import Reader
from orm.connection.statement import Statement

LOOKED_AT = 100
"""So many of the newest and so many of the oldest requests before the index are looked at."""


async def first_indexed(reader: Reader, endpoint_id: int, feature: str, *, shared: bool) -> int | None:
    """The id of the endpoint's first request with a value in the index of `feature`; None where there is none.

    Reads the feature's part of the index from end to end, some tenths of a second for a million requests;
    `shared` by several endpoints, it looks each request up besides.
    """
    statement = Statement(reader)
    where = f"feature = {statement.bind(feature)}"
    if shared:
        where += (
            " AND request_id IN (SELECT id FROM ml_request "
            f"WHERE endpoint_id = {statement.bind(endpoint_id)})"
        )
    found: int | None = await statement.value(
        f"SELECT min(request_id) AS id FROM request_feature WHERE {where}"
    )
    return found


async def inputs_before(reader: Reader, endpoint_id: int, before: int | None) -> Sequence[str]:
    """The inputs of some answered requests of the endpoint below the id `before` (None: of all), newest first."""
    found = []
    for order in ("DESC", "ASC"):
        statement = Statement(reader)
        where = f"endpoint_id = {statement.bind(endpoint_id)}"
        if before is not None:
            where += f" AND id < {statement.bind(before)}"
        # The order is the index's: so many rows are read, however long the history is.
        inner = (
            f"SELECT id, input, outcome FROM ml_request WHERE {where} ORDER BY id {order} LIMIT {LOOKED_AT}"
        )
        found += [
            row["input"]
            for row in await statement.rows(f"SELECT input FROM ({inner}) looked_at WHERE outcome = 'OK'")
        ]
    return found
