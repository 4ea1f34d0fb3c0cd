from __future__ import annotations

from datetime import timedelta

from domain.requests.feedback import FeedbackEvent, FeedbackUpdate
from orm.connection.database import Database
from orm.queries.history.requests import add_feedback_events, feedback_events_of
from tests.conftest import Statements
from tests.orm.rows import NOW, Seed, insert, new_request, request_id


async def tell(database: Database, of: int, truth: str | None, by: str, minutes: int) -> None:
    update = FeedbackUpdate(request_id(of), truth, None, None, None)
    async with database.transaction() as tx:
        await add_feedback_events(tx, [update], by, NOW + timedelta(minutes=minutes))


async def test_the_newest_changes_of_each_request_come_in_one_statement_and_no_more_than_asked(
    database: Database, seed: Seed, statements: Statements
) -> None:
    await insert(database, [new_request(seed, n) for n in range(3)])
    for minute, truth in enumerate(("a", "b", None, "d")):
        await tell(database, 0, truth, "ann", minute)
    await tell(database, 2, "z", "bob", 9)
    async with database.reader() as reader:
        with statements() as sql:
            found = await feedback_events_of(reader, [request_id(n) for n in range(3)], most=3)
        assert await feedback_events_of(reader, [], most=3) == {}
    assert len(sql) == 1
    assert found == {
        request_id(0): [
            FeedbackEvent(request_id(0), truth, "ann", NOW + timedelta(minutes=minute))
            for minute, truth in ((3, "d"), (2, None), (1, "b"))
        ],
        request_id(2): [FeedbackEvent(request_id(2), "z", "bob", NOW + timedelta(minutes=9))],
    }
