"""How large the errors of an endpoint's regressors have been."""

from __future__ import annotations

from orm.connection.client import Client
from orm.connection.statement import Statement


async def latest_errors(client: Client, endpoint_id: int, limit: int) -> list[float]:
    """The errors (value minus ground truth) of up to `limit` latest requests of an endpoint that have one."""
    statement = Statement(client)
    rows = await statement.rows(
        f"SELECT residual FROM ml_request WHERE endpoint_id = {statement.bind(endpoint_id)} "
        "AND feedback_at IS NOT NULL AND residual IS NOT NULL "
        f"ORDER BY id DESC LIMIT {statement.bind(limit)}"
    )
    return [row["residual"] for row in rows]
