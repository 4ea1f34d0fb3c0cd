"""A history of some weeks: predictions and truths, as if they had come day by day."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from arbiter import wiring
from arbiter.settings import Settings
from domain.callers import Scope, anonymous
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import AlgorithmConditions, PredictCommand
from tests.console.browser import ROOT

WHO = anonymous(frozenset(Scope))
ENDPOINTS = ("income_classifier", "premium_insurance")


def lived(database_url: str, days: int = 35, a_day: int = 12) -> None:
    """Fill a database: `a_day` requests of each shipped endpoint on each of the last `days` days.

    In the last week people are older, and four of five requests have a ground truth.
    """
    asyncio.run(_live(database_url, days, a_day))


async def _live(database_url: str, days: int, a_day: int) -> None:
    chance = random.Random(7)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=1, microsecond=0)
    now = today - timedelta(days=days - 1)
    settings = Settings.load(database_url=database_url, artifacts=ROOT / "artifacts")
    services = await wiring.build(settings, clock=lambda: now)
    examples = {
        name: json.loads((ROOT / f"artifacts/{name}/endpoint.json").read_text())["example"]
        for name in ENDPOINTS
    }
    try:
        for name in ENDPOINTS:
            first, second, *_ = services.catalog.snapshot.algorithms_of(
                services.catalog.snapshot.endpoint_named(name).id
            )
            await services.statuses.set(first.id, "production", "ann")
            await services.statuses.set(second.id, "testing", "ann")
        for day in range(days):
            now = today - timedelta(days=days - 1 - day)
            for name in ENDPOINTS:
                rows = tuple(_row(examples[name], chance, late=day >= days - 7) for _ in range(a_day))
                for status in ("production", "testing"):
                    conditions = AlgorithmConditions(status=status)
                    found = await services.predictor.predict(PredictCommand(name, rows, WHO, conditions))
                    for one in found:
                        if chance.random() < 0.8:
                            truth = _truth(name, one.request, chance)
                            await services.feedback.give(FeedbackCommand(one.request.id, truth), WHO)
    finally:
        await services.stop()


def _row(example: dict[str, Any], chance: random.Random, *, late: bool) -> dict[str, Any]:
    age = chance.randint(40, 80) if late else chance.randint(18, 65)
    if "age" in example:
        return example | {
            "age": age,
            "education-num": chance.randint(4, 16),
            "sex": chance.choice(["Male", "Female"]),
            "workclass": chance.choice(["Private", "Self-emp-inc", None]),
            "capital-gain": chance.choice([0, 0, 0, 9000, 20000]),
        }
    return example | {"Age": age, "Weight": chance.randint(45, 110), "Diabetes": chance.randint(0, 1)}


def _truth(endpoint: str, request: Any, chance: random.Random) -> Any:
    if endpoint == "premium_insurance":
        return (request.value or 0) + chance.gauss(500, 2500)
    return ">50K" if chance.random() < (request.probability or 0) else "<=50K"
