from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.ab_tests.plan import Mode, new_plan
from domain.callers import Principal, Scope
from domain.errors import InvalidInput, RequestNotFound
from domain.requests.external_ids import ExternalName
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import Request
from domain.words import FeedbackForm, Kind, Outcome, Traffic
from orm.connection.client import Reader
from orm.connection.database import Database
from orm.queries.ab_tests import observations
from orm.queries.history import erasures, requests
from serving.feedback.forgetting import STAND_IN, Forgetting
from serving.services import Services
from tests.conftest import Statements
from tests.serving.private_world import loan, private_registry
from tests.serving.world import AT_TEN, AT_ZERO, EVERYBODY, Dice, command, now, row, services_on

BOSS = Principal("boss", frozenset({Scope.ADMIN}))
SECRET = "078-05-1120"


@pytest.fixture
async def bank(database_url: str, dice: Dice) -> Any:
    services = services_on(await Database.open(database_url), private_registry(), dice)
    await services.start()
    yield services
    await services.stop()


async def ask(services: Services, subject: str | None, *rows: Any, key: str | None = None) -> list[Request]:
    found = await services.predictor.predict(command(*rows, endpoint="loans", subject=subject, key=key))
    return [prediction.request for prediction in found]


async def logged(services: Services, wanted: list[Request]) -> list[Request]:
    async with services.database.reader() as reader:
        found = await requests.requests_by_ids(reader, None, [request.id for request in wanted])
    return [found[request.id] for request in wanted]


async def select(services: Services, sql: str) -> list[dict[str, Any]]:
    reader: Reader
    async with services.database.reader() as reader:
        return await reader.execute_query_dict(sql)


async def dump(services: Services) -> str:
    """Everything that the database holds, as one text."""
    tables = [
        "ml_request", "request_feature", "idempotency_key", "ab_test_observation", "ab_test_event", "erasure",
        "feedback_event", "daily_summary", "daily_confusion", "external_id",
    ]  # fmt: skip
    return str([await select(services, f"SELECT * FROM {table}") for table in tables])


async def test_a_person_is_erased_and_what_is_counted_stays(bank: Services) -> None:
    good, bad, broken = await ask(
        bank, "ann", loan(SECRET), loan(SECRET, "x"), loan(SECRET, town="Fail"), key="k"
    )
    (other,) = await ask(bank, "ben", loan("1"))
    await bank.feedback.give(FeedbackCommand(good.id, "no"), EVERYBODY)
    before = await logged(bank, [good, bad, broken, other])
    summaries = await select(bank, "SELECT * FROM daily_summary ORDER BY id")
    assert await bank.forgetting.forget("ann", BOSS) == 3
    after = await logged(bank, [good, bad, broken, other])
    assert after[3] == before[3]
    for old, new in zip(before[:3], after[:3], strict=True):
        assert (new.subject, new.input, new.message) == (None, "", None)
        kept = ("id", "algorithm_id", "outcome", "fault", "label", "probability", "latency", "feedback",
                "feedback_at", "correct")  # fmt: skip
        assert [getattr(new, name) for name in kept] == [getattr(old, name) for name in kept]
    assert [request.full_response for request in after[:3]] == [before[0].full_response, "{}", "{}"]
    assert [request.outcome for request in after[:3]] == [Outcome.OK, Outcome.ERROR, Outcome.ERROR]
    features = await select(bank, "SELECT DISTINCT request_id FROM request_feature")
    assert [feature["request_id"] for feature in features] == [other.id]
    assert await select(bank, "SELECT * FROM daily_summary ORDER BY id") == summaries
    assert await bank.summaries.check() == []
    everything = await dump(bank)
    assert SECRET not in everything
    assert "'ann'" not in everything


async def test_external_ids_of_the_forgotten_go_and_are_free_again(bank: Services) -> None:
    async def named(subject: str, name: str) -> Request:
        asked = command(loan(SECRET), endpoint="loans", subject=subject, key=f"key of {name}")
        (found,) = await bank.predictor.predict(replace(asked, external_id=name))
        return found.request

    first, other = await named("ann", "case of Ann"), await named("ben", "case of Ben")
    await bank.forgetting.forget("ann", BOSS)
    assert [one.external_id for one in await logged(bank, [first, other])] == [None, "case of Ben"]
    assert "case of Ann" not in await dump(bank)
    called = FeedbackCommand(None, "no", called=ExternalName("loans", "case of Ann"))
    with pytest.raises(RequestNotFound):
        await bank.feedback.give(called, EVERYBODY)
    again = await named("ann", "case of Ann")
    assert (await bank.feedback.give(called, EVERYBODY)).id == again.id


async def test_what_is_left_is_who_did_it_when_and_how_many(bank: Services) -> None:
    await ask(bank, "ann", loan("1"), loan("2"))
    assert await bank.forgetting.forget("ann", BOSS) == 2
    assert await bank.forgetting.forget("ann", BOSS) == 0
    found = await select(
        bank, "SELECT subject, token, requests, created_by, finished_at FROM erasure ORDER BY id"
    )
    assert [tuple(row.values())[:4] for row in found] == [(None, None, 2, "boss"), (None, None, 0, "boss")]
    assert all(row["finished_at"] is not None for row in found)


async def test_requests_that_come_later_are_kept(bank: Services) -> None:
    (first,) = await ask(bank, "ann", loan("1"))
    await bank.forgetting.forget("ann", BOSS)
    (later,) = await ask(bank, "ann", loan("1"))
    assert [one.subject for one in await logged(bank, [first, later])] == [None, "ann"]


async def test_keys_of_the_forgotten_go_and_those_of_others_stay(bank: Services) -> None:
    await ask(bank, "ann", loan("1"), loan("2"), key="of ann")
    await ask(bank, "ben", loan("1"), key="of ben")
    await ask(bank, None, loan("1"), key="of nobody")
    await bank.forgetting.forget("ann", BOSS)
    found = await select(bank, "SELECT key FROM idempotency_key ORDER BY id")
    assert [row["key"] for row in found] == ["of ben", "of nobody"]
    # A retry under the old key is a new command: its first answer is no longer known.
    (again,) = await ask(bank, "ann", loan("1"), key="of ann")
    assert again.outcome is Outcome.OK


async def test_a_test_counts_as_many_subjects_as_before(services: Services, dice: Dice) -> None:
    test = await services.ab_tests.create(
        title="t",
        algorithms=(AT_ZERO, AT_TEN),
        traffic=Traffic.ALL,
        created_by="boss",
        plan=new_plan(Kind.CLASSIFIER, mode=Mode.SPLIT, auto_decide=False),
    )
    made = [
        prediction.request
        for subject in ("ann", "ann", "ann", "ben", None)
        for prediction in await services.predictor.predict(command(row(5), subject=subject))
    ]
    for request in made:
        await services.feedback.give(FeedbackCommand(request.id, "high"), EVERYBODY)
    before = await services.ab_tests.evaluate(test.id)
    assert await services.forgetting.forget("ann", BOSS) == 3
    after = await services.ab_tests.evaluate(test.id)
    same = ("champion", "challenger", "evidence", "sample_ratio", "decision", "warnings")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert replace(after.figures, age=before.figures.age) == before.figures
    async with services.database.reader() as reader:
        found = await observations.observations_by_ids(reader, [request.id for request in made])
    subjects = [found[request.id].subject for request in made]
    assert subjects[0] == subjects[1] == subjects[2]
    assert str(subjects[0]).startswith(STAND_IN)
    assert subjects[3:] == ["ben", None]


async def test_many_requests_are_erased_in_bounded_transactions(
    bank: Services, statements: Statements
) -> None:
    await ask(bank, "ann", *[loan("1")] * 7)
    forgetting = Forgetting(bank.database, now, at_once=3)
    with statements() as sql:
        assert await forgetting.forget("ann", BOSS) == 7
    assert [text.split("SET")[0].split("(")[0].strip() for text in sql if "ml_request SET" in text] == [
        "UPDATE ml_request"
    ] * 3


async def test_an_interrupted_erasure_is_taken_up_with_the_same_token(
    bank: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await ask(bank, "ann", *[loan("1")] * 5)
    async with bank.database.transaction() as tx:
        begun = await erasures.begin(tx, "ann", token="first", created_by="boss", now=now())
        assert await erasures.erase_some(tx, begun, 2) == 2
    (later,) = await ask(bank, "ann", loan("2"))
    async with bank.database.transaction() as tx:
        again = await erasures.begin(tx, "ann", token="second", created_by="boss", now=now())
    assert (again.id, again.token) == (begun.id, "first")
    assert await bank.forgetting.forget("ann", BOSS) == 6
    assert {one.input for one in await logged(bank, [*made, later])} == {""}
    found = await select(bank, "SELECT requests FROM erasure")
    assert [row["requests"] for row in found] == [6]


async def test_two_who_forget_the_same_erase_each_request_once(bank: Services) -> None:
    await ask(bank, "ann", *[loan("1")] * 20)
    both = [Forgetting(bank.database, now, at_once=3) for _ in range(2)]
    counts = await asyncio.gather(*(one.forget("ann", BOSS) for one in both))
    assert max(counts) == 20
    found = await select(bank, "SELECT sum(requests) AS n FROM erasure")
    assert found[0]["n"] == 20


@pytest.mark.parametrize("subject", ["", "x" * 257, "a\nb"])
async def test_what_cannot_be_a_subject_is_refused(bank: Services, subject: str) -> None:
    with pytest.raises(InvalidInput, match="subject must have 1 to 256 printable characters") as caught:
        await bank.forgetting.forget(subject, BOSS)
    assert caught.value.path == ("subject",)
    assert await select(bank, "SELECT id FROM erasure") == []


async def test_the_log_tells_of_it_without_the_name(bank: Services, caplog: pytest.LogCaptureFixture) -> None:
    await ask(bank, "ann-of-green-gables", loan("1"))
    with caplog.at_level(logging.INFO, logger="serving"):
        await bank.forgetting.forget("ann-of-green-gables", BOSS)
    said = [record.getMessage() for record in caplog.records if record.name.startswith("serving")]
    assert said == ["1 requests of one subject were forgotten, by boss"]


async def test_the_bytes_are_gone_from_the_sqlite_file(sqlite_url: str, tmp_path: Path, dice: Dice) -> None:
    services = services_on(await Database.open(sqlite_url), private_registry(), dice)
    await services.start()
    for _ in range(30):
        await ask(services, "ann", *[loan(SECRET)] * 10)
        await ask(services, "ben", *[loan("1")] * 10)
    assert await services.forgetting.forget("ann", BOSS) == 300
    await services.stop()
    assert [path.name for path in tmp_path.iterdir() if SECRET.encode() in path.read_bytes()] == []


async def test_what_fails_in_the_middle_leaves_the_connection_as_it_was(migrated_sqlite_url: str) -> None:
    database = await Database.open(migrated_sqlite_url)
    try:
        async with database.transaction() as tx:
            await tx.execute_query("PRAGMA secure_delete = OFF")
        with pytest.raises(InvalidInput):
            async with database.transaction() as tx, erasures.overwriting(tx):
                raise InvalidInput("something")
        async with database.transaction() as tx:
            assert await tx.execute_query_dict("PRAGMA secure_delete") == [{"secure_delete": 0}]
    finally:
        await database.close()


async def test_request_is_forgotten_by_its_external_id_also_after_its_inputs_went(bank: Services) -> None:
    async def named(name: str) -> Request:
        asked = command(loan(SECRET), endpoint="loans", subject="ann", key=name)
        return (await bank.predictor.predict(replace(asked, external_id=name)))[0].request

    bare, whole, other = [await named(name) for name in ("Ann A.", "Ann B.", "case 3")]
    async with bank.database.transaction() as tx:
        await tx.execute_query(f"UPDATE ml_request SET input = '', subject = NULL WHERE id = {bare.id}")
    loans = bank.catalog.snapshot.endpoint_named("loans").id
    assert [
        await bank.forgetting.forget_called(loans, name, BOSS) for name in ("Ann A.", "Ann B.", "Ann C.")
    ] == [
        1,
        1,
        0,
    ]
    after = await logged(bank, [bare, whole, other])
    assert [(one.external_id, one.subject, one.input) for one in after[:2]] == [(None, None, "")] * 2
    assert (after[2].external_id, after[2].subject) == ("case 3", "ann")
    assert "Ann " not in await dump(bank)
    assert [found["key"] for found in await select(bank, "SELECT key FROM idempotency_key")] == ["case 3"]
    noted = await select(bank, "SELECT requests, created_by FROM erasure ORDER BY id")
    assert [tuple(one.values()) for one in noted] == [(1, "boss"), (1, "boss"), (0, "boss")]
    with pytest.raises(InvalidInput, match="An external id"):
        await bank.forgetting.forget_called(loans, "", BOSS)


async def test_key_of_a_batch_goes_whichever_of_its_requests_is_forgotten(bank: Services) -> None:
    async def batch(key: str, *names: str) -> None:
        asked = command(*[loan(name) for name in "123"], endpoint="loans", key=key)
        await bank.predictor.predict(replace(asked, external_ids=names))

    await batch("first", "a", "b", "c")
    await batch("second", "d", "e", "f")
    await batch("third", "g", "h", "i")
    loans = bank.catalog.snapshot.endpoint_named("loans").id
    assert await bank.forgetting.forget_called(loans, "e", BOSS) == 1
    assert await bank.forgetting.forget_called(loans, "i", BOSS) == 1
    assert [found["key"] for found in await select(bank, "SELECT key FROM idempotency_key")] == ["first"]


async def test_ground_truths_that_are_no_class_go_and_those_that_count_stay(bank: Services) -> None:
    first, second = await ask(bank, "ann", loan("1"), loan("2"))
    for text in ("no", "Ann says no", "yes"):
        await bank.feedback.give(FeedbackCommand(first.id, text, FeedbackForm.LEGACY), EVERYBODY)
    await bank.feedback.give(FeedbackCommand(second.id, "Ann again", FeedbackForm.LEGACY), EVERYBODY)
    await bank.forgetting.forget("ann", BOSS)
    assert [one.feedback for one in await logged(bank, [first, second])] == ["yes", ""]
    events = await select(bank, "SELECT feedback FROM feedback_event ORDER BY id")
    assert [event["feedback"] for event in events] == ["no", "", "yes", ""]
    assert "Ann" not in await dump(bank)
    assert await bank.summaries.check() == []
