#!/usr/bin/env bash
# tortoise-orm 1.1.9 with aiosqlite 0.22.1: Avg over an IntField, 2026-11-30.
# Expected: the mean of 1, 2 and 2, 1.667, as the AVG that it sends to the database answers.
# Seen: 1. Aggregates read their answer as the type of the column, and an IntField's reader cuts off what follows the
# point, also for groups. A FloatField is right; so is the same AVG asked in SQL.
# Instead: annotate with Sum and Count and divide, or read the figure by SQL.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tortoise-orm==1.1.9 aiosqlite==0.22.1
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import asyncio

from tortoise import Tortoise, fields
from tortoise.functions import Avg, Count, Sum
from tortoise.models import Model


class Answer(Model):
    id = fields.IntField(primary_key=True)
    whole = fields.IntField()
    real = fields.FloatField()


async def main():
    await Tortoise.init(db_url="sqlite://:memory:", modules={"models": ["__main__"]})
    await Tortoise.generate_schemas()
    for number in (1, 2, 2):
        await Answer.create(whole=number, real=number)
    figures = Answer.annotate(w=Avg("whole"), r=Avg("real"), s=Sum("whole"), n=Count("id"))
    means = (await figures.values("w", "r", "s", "n"))[0]
    by_hand = await Tortoise.get_connection("default").execute_query_dict("SELECT AVG(whole) AS mean FROM answer")
    print(f"IntField {means['w']!r}, FloatField {means['r']!r}, SQL {by_hand[0]['mean']!r}, sum and count "
          f"{means['s'] / means['n']!r}")
    assert means["w"] == 1
    assert abs(means["r"] - 5 / 3) < 1e-9
    assert abs(by_hand[0]["mean"] - 5 / 3) < 1e-9
    assert abs(means["s"] / means["n"] - 5 / 3) < 1e-9
    await Tortoise.close_connections()


asyncio.run(main())
PY
