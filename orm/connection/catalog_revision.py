"""The revision of the catalogue: one number that grows with each change that other processes must hear of."""

from __future__ import annotations

from orm.connection.client import Client, Tx, is_postgres

CHANNEL = "arbiter_catalog"
REVISION = "SELECT revision FROM catalog_revision WHERE id = 1"


async def catalog_revision(client: Client) -> int:
    """The revision now."""
    revision: int = (await client.execute_query_dict(REVISION))[0]["revision"]
    return revision


async def bump_catalog(tx: Tx) -> None:
    """Counts the revision up; other processes hear of it when the transaction commits."""
    await tx.execute_query("UPDATE catalog_revision SET revision = revision + 1 WHERE id = 1")
    if is_postgres(tx):
        await tx.execute_query(f"NOTIFY {CHANNEL}")
