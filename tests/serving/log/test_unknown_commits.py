"""A commit whose answer was lost: the caller hears that nobody knows, and the same idempotency key tells."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from domain.callers import Viewer
from domain.errors import CommitUnknown
from domain.requests.feedback import FeedbackCommand
from orm.connection.database import Database
from orm.connection.failures import UNKNOWN
from orm.queries.history import requests
from serving.services import Services
from tests.broken_commits import Breakable
from tests.serving.world import AT_TEN, EVERYBODY, Dice, command, row, services_on, small_registry


@pytest.fixture
async def services(breakable: Breakable, dice: Dice) -> AsyncIterator[Services]:
    found = services_on(await Database.open(breakable.url), small_registry(), dice)
    await found.start()
    await found.predictor.predict(command(row(0)))
    yield found
    await found.stop()


async def logged(services: Services) -> list[int]:
    async with services.database.reader() as reader:
        return [one.id for one in await requests.page_requests(reader, Viewer(EVERYBODY), limit=1000)]


async def test_a_prediction_is_unknown_and_its_key_tells(services: Services, breakable: Breakable) -> None:
    (before,) = await logged(services)
    with breakable.broken(), pytest.raises(CommitUnknown) as unknown:
        await services.predictor.predict(command(row(1), key="k"))
    assert unknown.value.message.endswith(UNKNOWN)
    kept = [id_ for id_ in await logged(services) if id_ != before]
    assert len(kept) == {"sqlite": 0, "postgres": 1}[services.database.dialect]
    (told,) = await services.predictor.predict(command(row(1), key="k"))
    assert told.request.label == "high"
    assert await logged(services) == [told.request.id, before]
    assert kept in ([], [told.request.id])


async def test_all_callers_of_the_commit_hear_it_and_no_row_is_tried_twice(
    services: Services, breakable: Breakable
) -> None:
    with breakable.broken(), pytest.raises(CommitUnknown):
        await services.predictor.predict(command(*[row(n) for n in range(8)]))
    assert len(await logged(services)) == {"sqlite": 1, "postgres": 9}[services.database.dialect]
    assert services.database.unknown_commits == 1


async def test_unknown_feedback_is_given_again(services: Services, breakable: Breakable) -> None:
    (request_id,) = await logged(services)
    given = FeedbackCommand(request_id, "high")
    with breakable.broken(), pytest.raises(CommitUnknown, match="is unknown: give it again, which changes"):
        await services.feedback.give(given, EVERYBODY)
    assert (await services.feedback.give(given, EVERYBODY)).feedback == "high"


async def test_an_unknown_change_of_the_catalogue_says_to_look(
    services: Services, breakable: Breakable
) -> None:
    with breakable.broken(), pytest.raises(CommitUnknown, match=r"is unknown: look before you repeat it\.$"):
        await services.statuses.set(AT_TEN, "production", "me")


async def test_forgetting_that_was_interrupted_says_that_it_goes_on(
    services: Services, breakable: Breakable
) -> None:
    await services.predictor.predict(command(row(1), subject="ann"))
    with breakable.broken(), pytest.raises(CommitUnknown, match="call it again, which goes on where it"):
        await services.forgetting.forget("ann", EVERYBODY)
    assert await services.forgetting.forget("ann", EVERYBODY) == 1


async def test_a_lease_that_is_not_answered_stored_nothing_of_a_caller(
    breakable: Breakable, dice: Dice
) -> None:
    services = services_on(await Database.open(breakable.url), small_registry(), dice)
    await services.start()
    with breakable.broken(), pytest.raises(Exception, match="nothing was stored; try again later") as refused:
        await services.predictor.predict(command(row(1)))
    assert getattr(refused.value, "code", None) == "DATABASE_UNAVAILABLE"
    assert await logged(services) == []
    await services.stop()
