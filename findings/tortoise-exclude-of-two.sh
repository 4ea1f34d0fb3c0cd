#!/usr/bin/env bash
# tortoise-orm 1.1.9: .exclude(label="rich", correct=False), 2026-11-30.
# Expected: all rows but those of which both are true, the complement of .filter(label="rich", correct=False).
# Seen: each condition is negated by itself (NOT label='rich' AND NOT correct=0): a row of which either is true is left
# out, and so is each row with a NULL in one of the two. Of the six rows here filter finds 1 and exclude none.
# Instead: .filter(~Q(label="rich", correct=False)) negates both together, but sets aside rows that a NULL leaves open;
# .filter(Q(label__not="rich") | Q(correct__not=False)) has these as well, as __not counts NULL as different.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tortoise-orm==1.1.9 aiosqlite==0.22.1
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'PY'
import asyncio

from tortoise import Tortoise, fields
from tortoise.expressions import Q
from tortoise.models import Model


class Answer(Model):
    id = fields.IntField(primary_key=True)
    label = fields.CharField(9, null=True)
    correct = fields.BooleanField(null=True)


async def ids(rows):
    return sorted(await rows.values_list("id", flat=True))


async def main():
    await Tortoise.init(db_url="sqlite://:memory:", modules={"models": ["__main__"]})
    await Tortoise.generate_schemas()
    rows = ("rich", False), ("rich", True), ("poor", False), ("poor", None), (None, True), ("rich", None)
    for label, correct in rows:
        await Answer.create(label=label, correct=correct)
    both = {"label": "rich", "correct": False}
    seen = {
        "filter": await ids(Answer.filter(**both)),
        "exclude": await ids(Answer.exclude(**both)),
        "~Q": await ids(Answer.filter(~Q(**both))),
        "__not": await ids(Answer.filter(Q(label__not="rich") | Q(correct__not=False))),
        "exclude one": await ids(Answer.exclude(label="rich")),
    }
    print(seen, Answer.exclude(**both).sql())
    assert seen == {
        "filter": [1],
        "exclude": [],
        "~Q": [2, 3, 4, 5],
        "__not": [2, 3, 4, 5, 6],
        "exclude one": [3, 4],
    }
    await Tortoise.close_connections()


asyncio.run(main())
PY
