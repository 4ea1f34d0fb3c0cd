"""Paired tests of the small use cases: algorithms that fail or wait when told to, and calls with ground truth."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.plan import Plan, new_plan
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import Answer, Request
from domain.words import Kind, Traffic
from orm.connection.database import Database
from registry.discovery import Registry
from registry.features import Row
from serving.services import Services
from tests.serving.world import (
    EVERYBODY,
    HEIGHTS,
    LEVELS,
    AtTen,
    AtTwenty,
    AtZero,
    Dice,
    PlusOne,
    PlusTwo,
    command,
    now,
    registered,
    row,
    services_on,
)

CHALLENGER, CHAMPION = 0.1, 0.9


class Brittle(AtTen, endpoint="levels", name="brittle", version="1", owner="tests", status="testing"):
    """High from 10 on; fails on rows with x = 13."""

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        if any(row[0] == 13 for row in rows):
            raise ValueError("unlucky")
        return super().predict(rows)


class Gated(AtTen, endpoint="levels", name="gated", version="1", owner="tests", status="testing"):
    """High from 10 on; slow enough for a thread, and waits while its gate is closed."""

    gate = threading.Event()

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        time.sleep(0.0005)
        self.gate.wait(10)
        return super().predict(rows)


class Bare(AtTen, endpoint="levels", name="bare", version="1", owner="tests", status=None):
    """High from 10 on, without probabilities."""

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return [Answer(label=answer.label) for answer in super().predict(rows)]


AT_ZERO, AT_TEN, AT_TWENTY, BRITTLE, GATED, PLUS_ONE, PLUS_TWO, BARE = 1, 2, 3, 4, 5, 6, 7, 8


def registry() -> Registry:
    return Registry(
        {"levels": LEVELS, "heights": HEIGHTS},
        (
            registered(AtZero, LEVELS),
            registered(AtTen, LEVELS),
            registered(AtTwenty, LEVELS),
            registered(Brittle, LEVELS),
            registered(Gated, LEVELS),
            registered(PlusOne, HEIGHTS),
            registered(PlusTwo, HEIGHTS),
            registered(Bare, LEVELS),
        ),
        (),
    )


@asynccontextmanager
async def running(
    url: str, dice: Dice, *, decide_every: float = 600.0, challenger_deadline: float = 10.0
) -> AsyncIterator[Services]:
    """Services over these algorithms; the decider's timer stays out of the way.

    Their clock is slow, so that no truth is a late one on a busy machine.
    """
    Gated.gate.set()
    start = now()
    services = services_on(
        await Database.open(url),
        registry(),
        dice,
        decide_every=decide_every,
        challenger_deadline=challenger_deadline,
        clock=lambda: start + (now() - start) / 100,
    )
    await services.start()
    try:
        yield services
    finally:
        Gated.gate.set()
        await services.stop()


async def begin(
    services: Services,
    first: int = AT_ZERO,
    second: int = AT_TEN,
    plan: Plan | None = None,
    traffic: Traffic = Traffic.ALL,
) -> ABTest:
    return await services.ab_tests.create(
        title="t",
        algorithms=(first, second),
        traffic=traffic,
        created_by="me",
        plan=plan or new_plan(Kind.CLASSIFIER, auto_decide=False),
    )


async def ask(
    services: Services, dice: Dice, draw: float, *xs: float, on: str = "levels", subject: str | None = None
) -> list[Request]:
    """Plain predictions for these rows, all drawn alike."""
    dice.numbers = [draw] * len(xs)
    found = await services.predictor.predict(command(*[row(x) for x in xs], endpoint=on, subject=subject))
    return [prediction.request for prediction in found]


async def tell(services: Services, requests: Sequence[Request], truth: str | None) -> None:
    await services.feedback.give_batch([FeedbackCommand(r.id, truth) for r in requests], EVERYBODY)


async def agree(services: Services, dice: Dice, truth: str) -> None:
    """One request on which both arms are right: a test whose truths are all of one class names no winner."""
    await tell(services, await ask(services, dice, CHAMPION, 50 if truth == "high" else -50), truth)
