#!/usr/bin/env bash
# tortoise-orm 1.1.9 with aiosqlite 0.22.1: filters on a DatetimeField by an aware time that is not in UTC, 2026-11-30.
# Expected: the rows of that moment on, whatever zone it is written in, since use_tz=True and such a time is one moment.
# Seen: other rows, without a warning. A time that is stored is turned to UTC first, one that is compared is not, and
# SQLite compares the two as texts: 19:00+05:00 is "later" than 15:00+00:00.
# Instead: .astimezone(UTC) before a time goes into a filter. PostgreSQL compares moments and is not concerned.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tortoise-orm==1.1.9 aiosqlite==0.22.1
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import asyncio
from datetime import UTC, datetime, timedelta, timezone

from tortoise import Tortoise, fields
from tortoise.models import Model


class Line(Model):
    id = fields.IntField(primary_key=True)
    at = fields.DatetimeField()


async def main():
    await Tortoise.init(db_url="sqlite://:memory:", modules={"models": ["__main__"]}, use_tz=True, timezone="UTC")
    await Tortoise.generate_schemas()
    noon = datetime(2026, 11, 30, 12, tzinfo=UTC)
    for hours in range(4):
        await Line.create(at=(noon + timedelta(hours=hours)).astimezone(timezone(timedelta(hours=9))))
    print("stored:", [str(at) for at in await Line.all().values_list("at", flat=True)])
    two = noon + timedelta(hours=2)
    counts = {}
    for hours in (0, 5, -5):
        moment = two.astimezone(timezone(timedelta(hours=hours)))
        assert moment == two
        counts[hours] = (await Line.filter(at__gte=moment).count(), await Line.filter(at=moment).count())
        print(f"{moment}: {counts[hours][0]} from then on, {counts[hours][1]} at that moment")
    assert counts == {0: (2, 1), 5: (0, 0), -5: (4, 0)}, counts
    await Tortoise.close_connections()


asyncio.run(main())
PY
