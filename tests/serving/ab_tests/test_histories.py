"""What happens to a test while it runs, all at once: the same figures and the same verdict on each database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from itertools import count

import pytest

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.plan import new_plan
from domain.callers import Principal, Scope
from domain.catalog.routing import position
from domain.statistics.rules import SeenOnlyFor
from domain.statistics.units import GainSums, SeenGains
from domain.words import Kind, OutcomeSeen, Verdict
from serving.services import Services
from tests.serving.pairs import AT_ZERO, BRITTLE, CHALLENGER, CHAMPION, ask, begin, running, tell
from tests.serving.world import Dice

BOSS = Principal("boss", frozenset({Scope.ADMIN}))
DISPUTED, AGREED, UNLUCKY = 5, 50, 13
"""Where only "at zero" says high, where both do, and where "brittle" fails."""


@pytest.fixture
async def services(database_url: str, dice: Dice) -> AsyncIterator[Services]:
    async with running(database_url, dice) as found:
        yield found


def met_by_the_champion(test: ABTest) -> Iterator[str]:
    """Subjects whom the test's salt, which differs each time, gives to the champion."""
    return (name for n in count() if position(test.salt, name := f"subject {n}") >= 0.5)


async def history(services: Services, dice: Dice) -> tuple[int, str, str]:
    """A test in which truths are corrected and cleared, an arm fails, weights change; and two of its subjects."""
    plan = new_plan(
        Kind.CLASSIFIER,
        outcome_seen=OutcomeSeen.ONLY_FOR,
        only_for=SeenOnlyFor(("high",)),
        minimum_feedback=1,
        auto_decide=False,
    )
    test = await begin(services, AT_ZERO, BRITTLE, plan)
    subjects = met_by_the_champion(test)
    ann, ben = next(subjects), next(subjects)
    # Ann counts once, for her first disagreement; Ben's has no truth, and what both say alike is not his unit then.
    await tell(
        services, await ask(services, dice, CHAMPION, DISPUTED, DISPUTED, DISPUTED, subject=ann), "low"
    )
    await tell(services, await ask(services, dice, CHAMPION, AGREED, subject=ben), "high")
    await ask(services, dice, CHALLENGER, DISPUTED, subject=ben)
    # A challenger that fails is answered for by the champion, whatever is drawn.
    await tell(services, await ask(services, dice, CHALLENGER, UNLUCKY), "high")
    corrected = await ask(services, dice, CHAMPION, DISPUTED)
    await tell(services, corrected, "low")
    await tell(services, corrected, "high")
    cleared = await ask(services, dice, CHAMPION, DISPUTED)
    await tell(services, cleared, "low")
    await tell(services, cleared, None)
    await services.ab_tests.change_weights(test.id, 0.3, "me")
    await tell(services, await ask(services, dice, CHAMPION, *[DISPUTED] * 60), "low")
    await ask(services, dice, CHALLENGER, *[DISPUTED] * 26)
    return test.id, ann, ben


async def test_a_history_of_everything_is_counted_as_it_happened(services: Services, dice: Dice) -> None:
    id, ann, _ = await history(services, dice)
    before = (await services.ab_tests.evaluate(id)).figures
    first, second = before.units
    assert (first.weight, first.gains) == (
        0.5,
        SeenGains(champion=GainSums(2, 0, 2), either=GainSums(1, -1, 1)),
    )
    assert (first.complete, first.disagreements, first.labelled, first.contradicted) == (5, 5, 3, 0)
    assert (second.weight, second.gains, second.disagreements) == (
        0.3,
        SeenGains(champion=GainSums(60, 60, 60)),
        86,
    )
    assert await services.forgetting.forget(ann, BOSS) == 3
    after = (await services.ab_tests.evaluate(id)).figures
    assert asdict(after) == {**asdict(before), "age": after.age}


async def test_a_verdict_on_it_is_verified_also_after_more_was_forgotten(
    services: Services, dice: Dice
) -> None:
    id, ann, ben = await history(services, dice)
    await services.forgetting.forget(ann, BOSS)
    assert (await services.ab_tests.conclude(id, "me")).verdict is Verdict.PROMOTED
    await services.forgetting.forget(ben, BOSS)
    found = await services.ab_tests.verify(id)
    assert (found.recomputed, found.differences) == (Verdict.PROMOTED, ())
