"""Load from a process of its own: `python -m tests.e2e.load URL FILE SEED` calls until the server is gone.

It writes down, a JSON object a line, what it was answered; of feedback also what it asked for, since a call that was
not answered may have been stored or not. It exits with 1 when a call was answered with anything but success.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Any, TextIO

import httpx

from tests.rest.rows import INCOME, POOR, PREMIUM

CALLERS = 16
GIVEN = {
    "income_classifier": ["<=50K", ">50K", "unknown", ""],
    "premium_insurance": ["25000", "24999.5", "0", ""],
}


class Refused(Exception):
    """A call was answered, but not with success."""


def row_of(dice: random.Random) -> tuple[str, str]:
    """An endpoint, and the text of a row for it that hardly any other call sends."""
    if dice.random() < 0.5:
        return "premium_insurance", json.dumps(PREMIUM | {"Age": dice.randint(18, 66)})
    return "income_classifier", json.dumps(
        dice.choice((INCOME, POOR)) | {"fnlwgt": dice.randint(20_000, 900_000)}
    )


async def caller(client: httpx.AsyncClient, dice: random.Random, notes: TextIO) -> None:
    """Predict, and give, change and clear the ground truth of what it predicted, until the server is gone."""
    mine: list[tuple[int, str]] = []
    while True:
        endpoint, text = row_of(dice)
        answer = await call(client, "POST", f"/api/v1/{endpoint}/predict", content=text)
        mine.append((answer["request_id"], endpoint))
        note(notes, kind="stored", id=answer["request_id"], input=text, label=answer["label"])
        for _ in range(dice.choice((0, 1, 2))):
            id_, about = dice.choice(mine[-5:])
            feedback = dice.choice(GIVEN[about])
            note(notes, kind="asked", id=id_, feedback=feedback)
            await call(client, "PUT", f"/api/v1/mlrequests/{id_}", content=json.dumps({"feedback": feedback}))
            note(notes, kind="given", id=id_, feedback=feedback)


async def call(client: httpx.AsyncClient, method: str, path: str, *, content: str) -> Any:
    response = await client.request(method, path, content=content)
    if response.status_code != httpx.codes.OK:
        raise Refused(f"{method} {path}: {response.status_code} {response.text}")
    return response.json()


def note(notes: TextIO, **facts: Any) -> None:
    notes.write(json.dumps(facts) + "\n")
    notes.flush()


async def until_gone(client: httpx.AsyncClient, dice: random.Random, notes: TextIO) -> None:
    try:
        await caller(client, dice, notes)
    except httpx.TransportError:
        return


async def main(url: str, notes: TextIO, seed: str) -> None:
    headers = {"Content-Type": "application/json"}
    dice = [random.Random(f"{seed} {number}") for number in range(CALLERS)]
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        await asyncio.gather(*[until_gone(client, one, notes) for one in dice])


if __name__ == "__main__":
    with Path(sys.argv[2]).open("w", encoding="utf-8") as opened:
        asyncio.run(main(sys.argv[1], opened, sys.argv[3]))
