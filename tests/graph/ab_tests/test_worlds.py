"""The worlds in which feedback misleads, each told to a server: what a test says of itself there, and what it does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.requests.request import Answer
from orm.connection.database import Database
from registry.discovery import Registry
from registry.features import Row
from tests.graph.ab_tests.test_result import create, predict, tell
from tests.graph.conftest import Door
from tests.serving.world import (
    HEIGHTS,
    LEVELS,
    AtTen,
    AtZero,
    Dice,
    PlusOne,
    PlusTwo,
    Threshold,
    now,
    registered,
    services_on,
)

pytestmark = pytest.mark.matrix

LOOK = """
query ($id: ID!) {
  abTest(id: $id) {
    state verdict
    result { state verdict holds withheld lateTruths { passed proposedDelay } selectiveFeedback { passed } }
  }
}
"""
ONE_BY_ONE = """
mutation ($rows: [JSON!]!, $subject: String) {
  predictBatch(input: {endpoint: "levels", rows: $rows, subject: $subject}) { results { request { requestId label } } }
}
"""
SERVED_CHAMPION, SERVED_CHALLENGER = 0.99, 0.0001
YES_OF_CHAMPION, YES_OF_CHALLENGER, YES_OF_BOTH = 5.0, -20.0, 50.0
"""Rows that only "at zero" calls high, that only "outside" does, and that both do."""
ONLY_HIGH = {"outcomeSeen": "ONLY_FOR", "outcomeSeenFor": ["high"]}
DAY = 86_400.0


class Outside(Threshold, endpoint="levels", name="outside", version="1", owner="tests", status="testing"):
    """High from 10 on, and below -10."""

    def _answer(self, row: Row) -> Answer:
        return AtTen._answer(self, (abs(float(row[0] or 0)), *row[1:]))

    limit = 10.0


class Modest(Threshold, endpoint="levels", name="modest", version="1", owner="tests", status=None):
    """High from 0 on, and never surer than four in five."""

    def _answer(self, row: Row) -> Answer:
        label = "high" if float(row[0] or 0) >= 0 else "low"
        shares = {"low": 0.2, "high": 0.8} if label == "high" else {"low": 0.8, "high": 0.2}
        return Answer(label=label, probability=shares["high"], probabilities=shares)


class Clock:
    """Says the time that it was set to."""

    def __init__(self) -> None:
        self.time = now()

    def __call__(self) -> datetime:
        return self.time


@dataclass
class World:
    """A server of two use cases, the lot that it draws, and its clock."""

    door: Door
    dice: Dice
    clock: Clock
    known: list[tuple[dict[str, Any], str]] = field(default_factory=list)

    async def ask(self, draw: float, xs: Sequence[float], on: str = "levels") -> list[dict[str, Any]]:
        """Predictions for these rows, all drawn alike."""
        self.dice.numbers = [draw] * len(xs)
        return await predict(self.door, list(xs), on)

    async def say(self, draw: float, x: float, *truths: str | None, on: str = "levels") -> None:
        """One prediction a truth, which is told before the next look; None is a truth that never comes."""
        asked = await self.ask(draw, [x] * len(truths), on)
        self.known += [(one, truth) for one, truth in zip(asked, truths, strict=True) if truth is not None]

    async def ask_as(self, subject: str, draw: float, x: float, times: int, truth: str) -> None:
        """The same prediction about one subject again and again, each with this truth."""
        self.dice.numbers = [draw] * times
        rows = [{"x": x, "colour": "red"}] * times
        asked = (await self.door.data(ONE_BY_ONE, rows=rows, subject=subject))["predictBatch"]["results"]
        self.known += [(one["request"], truth) for one in asked]

    async def look(self, id: str) -> dict[str, Any]:
        """What the test says once its rule has had a look, by when the lot has drawn as planned."""
        if self.known:
            await tell(self.door, [one for one, _ in self.known], [truth for _, truth in self.known])
        await self.door.services.decider.round()
        found: dict[str, Any] = (await self.door.data(LOOK, id=id))["abTest"]
        return found


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A server that draws and tells the time as it is told, on each database."""
    registry = Registry(
        {"levels": LEVELS, "heights": HEIGHTS},
        (
            *(registered(one, LEVELS) for one in (AtZero, Outside, Modest)),
            *(registered(one, HEIGHTS) for one in (PlusOne, PlusTwo)),
        ),
        (),
    )
    dice, clock = Dice(), Clock()
    services = services_on(await Database.open(database_url), registry, dice, clock=clock, decide_every=600.0)
    await services.start()
    yield World(Door(services), dice, clock)
    await services.stop()


Play = Callable[[World], Awaitable[None]]


def seen_after_yes(challengers: int) -> Play:
    """Of each kind of disagreement 200, and four yeses in five are right: so both are equally good.

    Of a hundred the challenger serves so many; the truth comes after a yes only.
    """

    async def play(world: World) -> None:
        for draw, served in ((SERVED_CHAMPION, 100 - challengers), (SERVED_CHALLENGER, challengers)):
            right, wrong = served * 8 // 5, served * 2 // 5
            truths = [*["high"] * right, *["low"] * wrong]
            mine, others = (
                (YES_OF_CHAMPION, YES_OF_CHALLENGER)
                if draw == SERVED_CHAMPION
                else (YES_OF_CHALLENGER, YES_OF_CHAMPION)
            )
            await world.say(draw, mine, *truths)
            await world.say(draw, others, *[None] * len(truths))

    return play


async def better_challenger(world: World) -> None:
    """Every truth comes, whichever serves: the challenger alone is right 60 times, and both are ten times."""
    for draw in (SERVED_CHAMPION, SERVED_CHALLENGER):
        await world.say(draw, YES_OF_CHALLENGER, *["high"] * 30)
        await world.say(draw, YES_OF_CHAMPION, *["low"] * 30)
        await world.say(draw, YES_OF_BOTH, *["high"] * 5)


async def uneven_better_challenger(world: World) -> None:
    """The same of a challenger that serves three in ten, and whose truths come after a yes only."""
    await world.say(SERVED_CHAMPION, YES_OF_CHAMPION, *["low"] * 140, *["high"] * 5)
    await world.say(SERVED_CHALLENGER, YES_OF_CHALLENGER, *["high"] * 60)
    await world.say(SERVED_CHAMPION, YES_OF_CHALLENGER, *[None] * 140)
    await world.say(SERVED_CHALLENGER, YES_OF_CHAMPION, *[None] * 60)


async def eager_subjects(world: World) -> None:
    """Three who ask fifty times each, about whom the challenger is right by chance, and one on whom both are."""
    await world.ask_as("ann", SERVED_CHALLENGER, YES_OF_CHALLENGER, 50, "high")
    await world.ask_as("ben", SERVED_CHAMPION, YES_OF_CHAMPION, 50, "low")
    await world.ask_as("cid", SERVED_CHALLENGER, YES_OF_CHAMPION, 50, "low")
    await world.ask_as("dan", SERVED_CHAMPION, YES_OF_BOTH, 50, "high")


async def rates(world: World) -> None:
    """Each is right four times in five; of the challenger's truths four in ten come."""
    await world.say(SERVED_CHAMPION, YES_OF_BOTH, *["high"] * 320, *["low"] * 80)
    await world.say(SERVED_CHALLENGER, YES_OF_BOTH, *["high"] * 128, *["low"] * 32, *[None] * 240)


async def cheaper_challenger(world: World) -> None:
    """The champion's yes is right in 60 of 100, and its mistakes cost ten times as much."""
    for draw in (SERVED_CHAMPION, SERVED_CHALLENGER):
        await world.say(draw, YES_OF_CHAMPION, *["high"] * 30, *["low"] * 20)


async def modest_challenger(world: World) -> None:
    """Both say the same, and are right seven times in ten: only one knows that it is not sure."""
    for draw in (SERVED_CHAMPION, SERVED_CHALLENGER):
        await world.say(draw, YES_OF_BOTH, *["high"] * 70, *["low"] * 30)


def tall(huge: int) -> Play:
    """The challenger is nearer by far, except that so many truths are a million away from it."""

    async def play(world: World) -> None:
        for draw in (SERVED_CHAMPION, SERVED_CHALLENGER):
            for number in range(6):
                strange = ["1000003"] * (huge if number == 0 else 0)
                await world.say(draw, 1.0, *["2.9", "3.2"] * 50, *strange, on="heights")

    return play


COSTS = [{"truth": "low", "answer": "high", "cost": 10.0}, {"truth": "high", "answer": "low", "cost": 1.0}]
UNKNOWN, ALARM, RUNNING = "UNKNOWN_OUTCOMES", "SELECTIVE_FEEDBACK", ("RUNNING", None)
PROMOTED = ("DECIDED", "PROMOTED")
COUNTED = {"minFeedback": 20}
REGRESSORS = ("4", "5")


@pytest.mark.parametrize(
    ("arms", "options", "play", "ended", "holds", "withheld"),
    [
        # Truths that come after a yes only, and no winner.
        (("1", "2"), ONLY_HIGH, seen_after_yes(50), RUNNING, [], None),
        (("1", "2"), {**ONLY_HIGH, "challengerWeight": 0.3}, seen_after_yes(30), RUNNING, [], None),
        (("1", "2"), {}, seen_after_yes(50), RUNNING, [ALARM], None),
        (("1", "2"), {"challengerWeight": 0.3}, seen_after_yes(30), RUNNING, [UNKNOWN, ALARM], "KEPT"),
        (("1", "2"), {"mode": "SPLIT"}, seen_after_yes(50), RUNNING, [UNKNOWN], None),
        # The same, with a winner.
        (
            ("1", "2"),
            {**ONLY_HIGH, "challengerWeight": 0.3},
            uneven_better_challenger,
            PROMOTED,
            [],
            None,
        ),
        (("1", "2"), {}, better_challenger, PROMOTED, [], None),
        (("1", "2"), {"mode": "SPLIT"}, better_challenger, RUNNING, [UNKNOWN], "PROMOTED"),
        (("1", "2"), {"mode": "SPLIT", "outcomeSeen": "ALL"}, better_challenger, PROMOTED, [], None),
        (("1", "2"), {"serve": "CHAMPION_ONLY"}, better_challenger, RUNNING, [UNKNOWN], "PROMOTED"),
        # Subjects that ask often.
        (("1", "2"), {}, eager_subjects, RUNNING, [], None),
        (("1", "2"), {"mode": "SPLIT", "outcomeSeen": "ALL"}, eager_subjects, RUNNING, [], None),
        # Truths that one arm gets more often.
        (("1", "2"), {"mode": "SPLIT", "outcomeSeen": "ALL"}, rates, RUNNING, [], None),
        # Costs and probabilities.
        (("1", "2"), {"metric": "COST", "costs": COSTS}, cheaper_challenger, PROMOTED, [], None),
        (("1", "2"), {}, cheaper_challenger, RUNNING, [], None),
        (("1", "3"), {"metric": "BRIER", "outcomeSeen": "ALL"}, modest_challenger, PROMOTED, [], None),
        (("1", "3"), {"metric": "BRIER"}, modest_challenger, RUNNING, [UNKNOWN], "PROMOTED"),
        (("1", "3"), {}, modest_challenger, RUNNING, [], None),
        # Errors that may be huge.
        (REGRESSORS, {"outcomeSeen": "ALL"}, tall(0), RUNNING, ["UNBOUNDED_ERRORS"], "PROMOTED"),
        (REGRESSORS, {"outcomeSeen": "ALL", "largestError": 4.0}, tall(0), PROMOTED, [], None),
        (REGRESSORS, {"outcomeSeen": "ALL", "largestError": 4.0}, tall(10), PROMOTED, [], None),
        (REGRESSORS, {"largestError": 4.0}, tall(0), RUNNING, [UNKNOWN], "PROMOTED"),
    ],
)
async def test_each_world_ends_as_it_should(
    world: World,
    arms: tuple[str, str],
    options: dict[str, Any],
    play: Play,
    ended: tuple[str, str | None],
    holds: list[str],
    withheld: str | None,
) -> None:
    least = {} if arms == REGRESSORS else COUNTED
    id = await create(world.door, *arms, **{**least, **options})
    await play(world)
    found = await world.look(id)
    result = found["result"]
    assert ((found["state"], found["verdict"]), result["holds"], result["withheld"]) == (
        ended,
        holds,
        withheld,
    )
    assert (result["state"], result["verdict"]) == ended


async def late_frauds(world: World) -> None:
    """That all is well is known after a day, a fraud ("high") after 20; the challenger cries fraud less often."""
    for _ in range(2):
        asked = []
        for _ in range(30):
            asked += await world.ask(SERVED_CHAMPION, [YES_OF_CHAMPION])
            asked += await world.ask(SERVED_CHALLENGER, [YES_OF_CHAMPION])
        world.clock.time += timedelta(days=1)
        await tell(world.door, asked[:40], ["low"] * 40)
        world.clock.time += timedelta(days=19)
        await tell(world.door, asked[40:52], ["high"] * 12)


async def test_a_test_that_does_not_wait_for_late_truths_holds_and_says_how_long_to_wait(
    world: World,
) -> None:
    id = await create(world.door, "1", "2", minFeedback=20)
    await late_frauds(world)
    found = await world.look(id)
    assert (found["state"], found["result"]["holds"], found["result"]["withheld"]) == (
        "RUNNING",
        ["LATE_TRUTHS"],
        "PROMOTED",
    )
    # The upper edge of the step in which twenty days lie.
    assert found["result"]["lateTruths"] == {"passed": False, "proposedDelay": 2.0**21}


async def test_a_test_that_waits_counts_only_what_is_old_enough_and_then_decides(world: World) -> None:
    id = await create(world.door, "1", "2", minFeedback=20, feedbackDelay=25 * DAY)
    await late_frauds(world)
    # The first sixty are 40 days old, the others 20.
    found = (await world.look(id))["result"]
    assert (found["holds"], found["lateTruths"]["passed"], found["verdict"]) == ([], True, "PROMOTED")
