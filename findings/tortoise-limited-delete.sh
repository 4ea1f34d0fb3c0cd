#!/usr/bin/env bash
# tortoise-orm 1.1.9: .order_by(…).limit(1) before .delete() or .update(), 2026-11-30.
# Expected: one row is deleted or changed, as .limit(1) selects one, or the call is refused.
# Seen: all rows are. Where a dialect has no LIMIT for DELETE and UPDATE (Tortoise's capability
# support_update_limit_order_by is false for SQLite, PostgreSQL and SQL Server), limit and order are left out of the
# statement without a word. Run here on SQLite; of PostgreSQL only the capability is looked at.
# Instead: read the ids with the limit, then .filter(id__in=ids).delete().
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tortoise-orm==1.1.9 aiosqlite==0.22.1
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import asyncio

from tortoise import Tortoise, fields
from tortoise.backends.base_postgres.client import BasePostgresClient
from tortoise.models import Model


class Line(Model):
    id = fields.IntField(primary_key=True)
    done = fields.BooleanField(default=False)


async def main():
    await Tortoise.init(db_url="sqlite://:memory:", modules={"models": ["__main__"]})
    await Tortoise.generate_schemas()
    await Line.bulk_create([Line() for _ in range(5)])
    oldest = Line.all().order_by("id").limit(1)
    selected = len(await oldest)
    updated = await oldest.update(done=True)
    statement = oldest.delete().sql()
    deleted = await oldest.delete()
    left = await Line.all().count()
    print(f"selected {selected}, updated {updated}, deleted {deleted}, left {left}: {statement}")
    assert (selected, updated, deleted, left) == (1, 5, 5, 0)
    assert "LIMIT" not in statement.upper()
    await Tortoise.close_connections()


asyncio.run(main())
assert BasePostgresClient.capabilities.support_update_limit_order_by is False
PY
