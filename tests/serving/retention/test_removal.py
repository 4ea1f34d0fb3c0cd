from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ab_tests.plan import Mode, new_plan
from domain.ab_tests.results.cautions import UnscoredCounts
from domain.ab_tests.results.kept_evidence import KeptEvidence
from domain.ab_tests.results.result import SeriesPoint
from domain.callers import Principal, Scope
from domain.errors import ABTestNotDecided, EndpointNotFound, InvalidInput, RequestNotFound, RowsNotKept
from domain.history.filters import RequestFilter
from domain.history.retention import Removed, Retention, RetentionRule, Stage, WaitReason
from domain.requests.external_ids import ExternalName
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import Request
from domain.statistics.plain_comparison import ArmFigures
from domain.words import Kind, Traffic
from orm.queries.history import requests
from orm.queries.jobs import jobs
from orm.queries.retention import removal, rules
from rest.measures.metrics import Metrics
from serving.ab_tests.kept_evidence import require_rows
from serving.jobs.kinds.replay import replay_of
from serving.retention.removal import Removal
from serving.services import Services
from tests.conftest import Statements
from tests.serving.jobs.orders import order, work
from tests.serving.kept_world import BEGIN, DAY, Time, at_once, opened
from tests.serving.private_world import FAILS, loan, private_registry
from tests.serving.world import (
    AT_TEN,
    AT_ZERO,
    EVERYBODY,
    Dice,
    command,
    row,
    small_registry,
)

BOSS = Principal("boss", frozenset({Scope.ADMIN}))


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def bank(database_url: str, dice: Dice, time: Time) -> AsyncIterator[Services]:
    services = await opened(database_url, private_registry(), dice, time)
    yield services
    await services.stop()


@pytest.fixture
async def world(database_url: str, dice: Dice, time: Time) -> AsyncIterator[Services]:
    services = await opened(database_url, small_registry(), dice, time)
    yield services
    await services.stop()


async def ask(
    services: Services, *rows: Any, endpoint: str = "loans", external_id: str | None = None, **given: Any
) -> list[Request]:
    asked = replace(command(*rows, endpoint=endpoint, **given), external_id=external_id)
    return [one.request for one in await services.predictor.predict(asked)]


async def select(services: Services, sql: str) -> list[dict[str, Any]]:
    async with services.database.reader() as reader:
        return await reader.execute_query_dict(sql)


async def count(services: Services, table: str) -> int:
    return int((await select(services, f"SELECT count(*) AS n FROM {table}"))[0]["n"])


async def logged(services: Services, wanted: list[Request]) -> list[Request | None]:
    async with services.database.reader() as reader:
        found = await requests.requests_by_ids(reader, None, [request.id for request in wanted])
    return [found.get(request.id) for request in wanted]


async def kept(services: Services, endpoint: str = "loans") -> Retention:
    return (await services.retentions.of(endpoint))[0]


async def test_inputs_go_first_and_rows_later_with_all_that_hangs_on_them(bank: Services, time: Time) -> None:
    old = await ask(bank, loan("1"), loan("2"), loan("3", town=FAILS), subject="ann", key="k")
    (named,) = await ask(bank, loan("9"), external_id="case 9")
    await bank.feedback.give(FeedbackCommand(old[0].id, "yes"), EVERYBODY)
    before = await logged(bank, old)
    await bank.retentions.set_rule("loans", 20, 40, BOSS)
    time.forward(21)
    young = await ask(bank, loan("4"), subject="ben")
    done = await bank.retentions.run("loans")
    assert done is not None
    # The failed row was never indexed as far as its algorithm goes, but its values were: three features a request.
    assert done.removed == Removed(inputs=4, features=12)
    for old_one, new in zip(before, await logged(bank, old), strict=True):
        assert old_one is not None
        assert new == replace(
            old_one,
            input="",
            subject=None,
            message=None,
            full_response=old_one.full_response if old_one.label else "{}",
        )
    assert await logged(bank, young) == young
    assert (await bank.feedback.give(FeedbackCommand(old[1].id, "no"), EVERYBODY)).correct is False
    called = FeedbackCommand(None, "yes", called=ExternalName("loans", "case 9"))
    assert (await bank.feedback.give(called, EVERYBODY)).id == named.id
    time.forward(20)
    done = await bank.retentions.run("loans")
    assert done is not None
    assert done.removed == Removed(
        inputs=4, rows=4, feedback_events=3, features=12, observations=0, external_ids=1
    )
    assert await logged(bank, [*old, named]) == [None] * 4
    assert [await count(bank, table) for table in ("ml_request", "feedback_event", "external_id")] == [
        1,
        0,
        0,
    ]
    assert await count(bank, "idempotency_key") == 0
    assert await bank.summaries.check() == []


async def test_without_a_rule_everything_stays_for_ever(bank: Services, time: Time) -> None:
    made = await ask(bank, loan("1"))
    time.forward(10_000)
    await bank.retentions.round()
    assert await bank.retentions.run("loans") is None
    assert await logged(bank, made) == made


async def test_requests_go_by_whole_days_of_utc(bank: Services, time: Time) -> None:
    (noon,) = await ask(bank, loan("1"))
    await bank.retentions.set_rule("loans", None, 7, BOSS)
    time.now = datetime(2026, 3, 8, 23, 59, tzinfo=UTC)
    await bank.retentions.run("loans")
    assert await logged(bank, [noon]) == [noon]
    time.now = datetime(2026, 3, 9, 0, 0, tzinfo=UTC)
    await bank.retentions.run("loans")
    assert await logged(bank, [noon]) == [None]
    assert (await kept(bank)).kept_from == datetime(2026, 3, 2, tzinfo=UTC)


async def test_each_endpoint_keeps_to_its_own_rule(bank: Services, time: Time) -> None:
    mine, others = await ask(bank, loan("1")), await ask(bank, row(1), endpoint="levels")
    await bank.retentions.set_rule("loans", None, 7, BOSS)
    time.forward(9)
    await bank.retentions.round()
    assert await logged(bank, [*mine, *others]) == [None, *others]
    assert list(bank.retentions.removed.values()) == [1]


async def test_every_change_of_a_rule_is_kept_with_who_and_when(bank: Services, time: Time) -> None:
    await bank.retentions.set_rule("loans", 30, 60, BOSS)
    time.forward(1)
    await bank.retentions.set_rule("loans", None, None, Principal("ann", frozenset({Scope.ADMIN})))
    async with bank.database.reader() as reader:
        (found,) = (await rules.changes_of(reader, [1, 2], most=20)).values()
    assert [(one.rule, one.created_by, one.created_at) for one in found] == [
        (RetentionRule(), "ann", BEGIN + DAY),
        (RetentionRule(30, 60), "boss", BEGIN),
    ]


@pytest.mark.parametrize(
    ("inputs", "rows_", "says"),
    [
        (-1, None, "inputs must be kept for 1 to 36,500 days, not -1; leave it out to keep them for ever."),
        (None, 0, "rows must be kept for 1 to 36,500 days, not 0; leave it out to keep them for ever."),
        (
            90,
            30,
            "rows must be kept at least as long as their inputs, but 30 days are less than 90 days: give rows at "
            "least as many days, or leave inputs out.",
        ),
    ],
)
async def test_rule_that_cannot_be_carried_out_is_refused_with_the_cure(
    bank: Services, inputs: int | None, rows_: int | None, says: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        await bank.retentions.set_rule("loans", inputs, rows_, BOSS)
    assert error.value.message == says
    assert await count(bank, "retention") == 0
    with pytest.raises(EndpointNotFound, match="did you mean 'loans'"):
        await bank.retentions.set_rule("loan", 1, 2, BOSS)


async def test_running_test_keeps_its_requests_and_what_is_younger_and_says_so(
    world: Services, time: Time
) -> None:
    (before,) = await ask(world, row(1), endpoint="levels")
    time.forward(1)
    test = await world.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="boss",
        plan=new_plan(Kind.CLASSIFIER, auto_decide=False, feedback_delay=5 * DAY),
    )  # fmt: skip
    of_test = await ask(world, row(1), row(2), endpoint="levels")
    await world.completer.close()
    await world.retentions.set_rule("levels", 10, 20, BOSS)
    time.forward(25)
    await world.retentions.run("levels")
    assert [one is None for one in await logged(world, [before, *of_test])] == [True, False, False]
    (first, *_) = await logged(world, of_test)
    assert first is not None
    assert first.input
    _, plans = await world.retentions.of("levels")
    assert {(wait.reason, wait.ab_test_id, wait.message) for plan in plans for wait in plan.waits} == {
        (
            WaitReason.TEST,
            test.id,
            f"A/B test {test.id} runs and needs its requests; they go once it has ended",
        )
    }
    await world.ab_tests.cancel(test.id, "boss", "")
    await world.retentions.run("levels")
    assert None not in await logged(world, of_test)
    _, plans = await world.retentions.of("levels")
    until = time.now + 5 * DAY
    assert {(wait.reason, wait.until) for plan in plans for wait in plan.waits} == {(WaitReason.TEST, until)}
    time.forward(5)
    await world.retentions.run("levels")
    assert await logged(world, of_test) == [None, None]
    assert (await kept(world, "levels")).removed.observations == 2


async def test_key_that_holds_keeps_its_requests_until_it_ends(bank: Services, time: Time) -> None:
    time.now = datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC)
    late = await ask(bank, loan("1"), key="k")
    await bank.retentions.set_rule("loans", None, 1, BOSS)
    until = time.now + DAY
    async with bank.database.transaction() as tx:
        await tx.execute_query("UPDATE idempotency_key SET expires_at = '2026-03-05 00:00:00+00:00'")
    time.now = until + 2 * DAY - timedelta(hours=1)
    await bank.retentions.run("loans")
    assert await logged(bank, late) == late
    _, (plan,) = await bank.retentions.of("loans")
    (wait,) = plan.waits
    assert wait.message == "idempotency keys of some of its requests hold until 2026-03-05T00:00:00+00:00"
    time.now = datetime(2026, 3, 5, 0, 0, 1, tzinfo=UTC)
    await bank.retentions.run("loans")
    assert await logged(bank, late) == [None]
    assert await count(bank, "idempotency_key") == 0


@pytest.mark.parametrize("jump", [40.0, -2.0])
async def test_clock_that_jumps_removes_nothing_until_somebody_says_that_it_is_right(
    bank: Services, time: Time, jump: float
) -> None:
    made = await ask(bank, loan("1"))
    await bank.retentions.set_rule("loans", None, 1, BOSS)
    time.forward(5)
    await bank.retentions.round()
    assert await logged(bank, made) == [None]
    young = await ask(bank, loan("2"))
    time.forward(1)
    await bank.retentions.round()
    time.forward(jump)
    if jump > 0:
        await bank.retentions.round()
        assert await logged(bank, young) == young
        _, (plan,) = await bank.retentions.of("loans")
        (wait,) = plan.waits
        assert wait.reason is WaitReason.CLOCK
        assert wait.message == (
            "the clock says 2026-04-16T12:00:00+00:00, 40 days after the last look of retention at "
            "2026-03-07T12:00:00+00:00: set it right, or if it is right, say so with `arbiter retention run loans "
            "--clock-is-right`"
        )
        await bank.retentions.run("loans", clock_is_right=True)
        assert await logged(bank, young) == [None]
    else:
        await bank.retentions.run("loans")
        assert await logged(bank, young) == young


async def test_clock_is_looked_at_although_nothing_is_due(bank: Services, time: Time) -> None:
    made = await ask(bank, loan("1"))
    await bank.retentions.set_rule("loans", None, 100, BOSS)
    for _ in range(5):
        time.forward(25)
        await bank.retentions.round()
    assert await logged(bank, made) == [None]


async def test_one_that_is_killed_is_gone_on_with_and_every_count_is_exact(
    bank: Services, time: Time, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(4):
        await ask(bank, *[loan(str(number))] * 5)
    await bank.retentions.set_rule("loans", None, 7, BOSS)
    time.forward(9)
    chunks = 0
    whole = removal.give_lease_back
    some = removal.remove_some

    async def killed(*given: Any) -> removal.Chunk:
        nonlocal chunks
        chunks += 1
        found = await some(*given)
        if chunks == 4:
            raise KeyboardInterrupt
        return found

    async def never(*_given: Any) -> None:
        return None

    monkeypatch.setattr(removal, "remove_some", killed)
    monkeypatch.setattr(removal, "give_lease_back", never)
    with pytest.raises(KeyboardInterrupt):
        await bank.retentions.run("loans")
    # Three chunks of three are gone; the fourth was rolled back as a whole.
    assert (await count(bank, "ml_request"), (await kept(bank)).removed.rows) == (11, 9)
    monkeypatch.setattr(removal, "give_lease_back", whole)
    other = Removal(bank.database, bank.ab_tests, time, at_once=4, sleep=at_once)
    endpoint = bank.catalog.snapshot.endpoint_named("loans")
    left = await other.run(endpoint, waiting=False)
    polls = iter([False, False, True])

    async def poll(seconds: float) -> None:
        if seconds == 1 and next(polls):
            async with bank.database.transaction() as tx:  # as if a minute had gone by
                await tx.execute_query(
                    "UPDATE retention_lease SET leased_until = '2020-01-01 00:00:00+00:00'"
                )

    if bank.database.dialect == "sqlite":  # another process has the lease, and a minute of it is left
        assert left is not None and left.removed.rows == 9  # noqa: PT018
    done = await Removal(bank.database, bank.ab_tests, time, at_once=4, sleep=poll).run(endpoint)
    assert caplog.text.count("another process removes requests just now") == 1
    assert done is not None
    assert done.removed == Removed(rows=20, features=60)
    assert await count(bank, "ml_request") == 0
    assert await count(bank, "request_feature") == 0


async def test_two_who_remove_at_once_count_each_request_once(bank: Services, time: Time) -> None:
    for number in range(6):
        await ask(bank, *[loan(str(number))] * 5)
    await bank.retentions.set_rule("loans", 7, 7, BOSS)
    time.forward(9)
    endpoint = bank.catalog.snapshot.endpoint_named("loans")
    both = [Removal(bank.database, bank.ab_tests, time, at_once=4, sleep=at_once) for _ in range(2)]
    await asyncio.gather(*(one.run(endpoint) for one in both))
    assert (await kept(bank)).removed.rows == 30
    assert sum(sum(one.removed.values()) for one in both) == 30


@pytest.mark.parametrize(("inputs", "rows"), [(None, None), (60, 60), (7, None)])
async def test_rule_that_is_changed_while_it_is_carried_out_holds_from_the_next_chunk_on(
    bank: Services, time: Time, inputs: int | None, rows: int | None
) -> None:
    for number in range(4):
        await ask(bank, *[loan(str(number))] * 5)
    await bank.retentions.set_rule("loans", None, 7, BOSS)
    time.forward(9)

    async def changed(_seconds: float) -> None:
        # The first pause is after the keys, the second one after the first chunk.
        if (await kept(bank)).rows_from and (await kept(bank)).rule.rows_days == 7:
            await bank.retentions.set_rule("loans", inputs, rows, BOSS)

    removing = Removal(bank.database, bank.ab_tests, time, at_once=3, sleep=changed)
    done = await removing.run(bank.catalog.snapshot.endpoint_named("loans"))
    assert done is not None
    assert done.rule == RetentionRule(inputs, rows)
    assert done.removed == Removed(rows=3, features=9)
    assert await count(bank, "ml_request") == 17
    assert done.kept_from is not None
    assert done.kept_from < time.now - 9 * DAY + timedelta(hours=1)


async def test_statements_of_a_chunk_are_as_many_for_one_request_as_for_many(
    bank: Services, time: Time, statements: Statements
) -> None:
    endpoint = bank.catalog.snapshot.endpoint_named("loans")
    await bank.retentions.set_rule("loans", 7, 8, BOSS)
    counts = []
    remover = Removal(bank.database, bank.ab_tests, time, at_once=100, sleep=at_once)
    for many in (1, 50):
        await ask(bank, *[loan("1")] * many)
        time.forward(10)
        (plan, *_) = [one for one in await remover.plans(endpoint) if one.stage is Stage.ROWS]
        with statements() as sent:
            await remover._chunk(endpoint, plan)
        counts.append(len([text for text in sent if not text.startswith("PRAGMA")]))
    assert counts == [10, 10]


async def test_feedback_for_a_request_that_is_gone_hears_of_retention(bank: Services, time: Time) -> None:
    (gone,) = await ask(bank, loan("1"), external_id="case 1")
    await bank.retentions.set_rule("loans", None, 7, BOSS)
    time.forward(9)
    await bank.retentions.run("loans")
    with pytest.raises(RequestNotFound) as error:
        await bank.feedback.give(FeedbackCommand(gone.id, "yes"), EVERYBODY)
    assert error.value.message == (
        f"There is no request {gone.id}: requests of loans before 2026-03-03T00:00:00+00:00 are no longer kept."
    )
    called = FeedbackCommand(None, "yes", called=ExternalName("loans", "case 1"))
    with pytest.raises(RequestNotFound) as error:
        await bank.feedback.give(called, EVERYBODY)
    assert error.value.message == (
        "No request of loans has the external id 'case 1': requests of loans before 2026-03-03T00:00:00+00:00 are no "
        "longer kept."
    )
    assert await count(bank, "feedback_event") == 0


async def test_evidence_of_a_test_outlives_its_requests(world: Services, time: Time) -> None:
    test = await world.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="boss",
        plan=new_plan(Kind.CLASSIFIER, mode=Mode.PAIRED, auto_decide=False),
    )  # fmt: skip
    made = await ask(world, *(row(x) for x in (1, 5, 20, 30, -3)), endpoint="levels", subject="ann")
    await world.completer.close()
    for request in made:
        await world.feedback.give(FeedbackCommand(request.id, "high"), EVERYBODY)
    ended = await world.ab_tests.conclude(test.id, "boss")
    before = [
        await world.ab_tests.evaluate(test.id),
        await world.ab_tests.figures(test.id),
        await world.ab_tests.series(test.id),
        await world.ab_tests.verify(test.id),
    ]
    await world.retentions.set_rule("levels", 7, 8, BOSS)
    time.forward(8)
    await world.retentions.run("levels")
    assert await count(world, "ml_request") == 5  # Their inputs are gone, and with them the subjects.
    for _ in range(2):
        result = await world.ab_tests.evaluate(test.id)
        assert result.warnings[-1] == (
            "requests of this test are no longer kept whole: these figures are those of 2026-03-09T12:00:00+00:00, "
            "before the first of them went, and feedback since then does not change them"
        )
        assert replace(result, warnings=result.warnings[:-1]) == before[0]
        assert await world.ab_tests.figures(test.id) == before[1]
        assert await world.ab_tests.series(test.id) == before[2]
        verified = await world.ab_tests.verify(test.id)
        assert verified.rows_kept_until == datetime(2026, 3, 9, 12, tzinfo=UTC)
        assert replace(verified, rows_kept_until=None) == before[3]
        with pytest.raises(RowsNotKept, match="slices"):
            await world.database.read(require_rows, ended, "slices")
        time.forward(1)
        await world.retentions.run("levels")
    assert await count(world, "ab_test_observation") == 0


async def test_test_that_a_person_cancelled_keeps_its_figures_too(world: Services, time: Time) -> None:
    test = await world.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="boss"
    )
    (first, second) = await ask(world, row(1), row(20), endpoint="levels")
    await world.completer.close()
    await world.feedback.give(FeedbackCommand(first.id, "high"), EVERYBODY)
    await world.ab_tests.cancel(test.id, "boss", "")
    before = await world.ab_tests.evaluate(test.id), await world.ab_tests.figures(test.id)
    await world.retentions.set_rule("levels", 7, None, BOSS)
    time.forward(9)
    await world.retentions.run("levels")
    # Its requests are there without inputs: ground truth is still taken, and changes the test no more.
    await world.feedback.give(FeedbackCommand(second.id, "low"), EVERYBODY)
    after = await world.ab_tests.evaluate(test.id)
    assert (replace(after, warnings=()), await world.ab_tests.figures(test.id)) == (
        replace(before[0], warnings=()),
        before[1],
    )
    with pytest.raises(ABTestNotDecided):
        await world.ab_tests.verify(test.id)


async def test_replay_says_which_requests_it_could_not_run(world: Services, time: Time) -> None:
    for x in (1, 20):
        (made,) = await ask(world, row(x), endpoint="levels")
        await world.feedback.give(FeedbackCommand(made.id, "high"), EVERYBODY)
        time.forward(5)
    await world.retentions.set_rule("levels", 7, None, BOSS)
    await world.retentions.run("levels")
    viewer = world.catalog.snapshot.viewer(EVERYBODY)
    found = await world.ab_tests.replay(AT_TEN, viewer=viewer)
    assert (found.requests, found.skipped) == (1, 1)
    assert found.result.warnings[-1] == (
        "inputs of requests of levels before 2026-03-04T00:00:00+00:00 are no longer kept: they could not be compared"
    )
    where = RequestFilter(created_from=datetime(2026, 3, 4, tzinfo=UTC))
    later = await world.ab_tests.replay(AT_TEN, where, viewer=viewer)
    assert [text for text in later.result.warnings if "kept" in text] == []


async def test_replay_as_a_job_says_it_too(world: Services, time: Time) -> None:
    for x in (1, 20):
        (made,) = await ask(world, row(x), endpoint="levels")
        await world.feedback.give(FeedbackCommand(made.id, "high"), EVERYBODY)
        time.forward(5)
    await world.retentions.set_rule("levels", 7, None, BOSS)
    await world.retentions.run("levels")
    job = await order(world, AT_TEN)
    await work(world)
    viewer = world.catalog.snapshot.viewer(EVERYBODY)
    done = await world.database.read(jobs.job_of_id, job.id)
    assert done.result is not None
    assert await replay_of(world, done.result, viewer) == await world.ab_tests.replay(AT_TEN, viewer=viewer)


async def test_rebuild_leaves_days_alone_whose_requests_are_gone(bank: Services, time: Time) -> None:
    async def lines() -> list[dict[str, Any]]:
        found = []
        for table in ("daily_summary", "daily_confusion", "daily_probability", "daily_values"):
            found += await select(bank, f"SELECT * FROM {table} WHERE day < '2026-03-05' ORDER BY id")
        return found

    (old, _) = await ask(bank, loan("1"), loan("2"))
    await bank.feedback.give(FeedbackCommand(old.id, "yes"), EVERYBODY)
    async with bank.database.transaction() as tx:
        await tx.execute_query("UPDATE daily_summary SET requests = requests + 1")
    assert len(await bank.summaries.rebuild()) == 1  # It has a line of corrections, too.
    await bank.retentions.set_rule("loans", 5, 7, BOSS)
    time.forward(9)
    await ask(bank, loan("3"))
    before = await lines()
    await bank.retentions.run("loans")
    assert await bank.summaries.check() == []
    async with bank.database.transaction() as tx:
        await tx.execute_query("UPDATE daily_summary SET requests = 7 WHERE day > '2026-03-05'")
        await tx.execute_query("UPDATE daily_values SET requests = 7 WHERE day > '2026-03-05'")
    assert {found.column for found in await bank.summaries.rebuild()} == {"requests", "counted requests"}
    assert await bank.summaries.check() == []
    assert await lines() == before


async def test_stored_requests_without_inputs_are_gone_through_and_not_indexed(
    bank: Services, time: Time
) -> None:
    await ask(bank, loan("1"), loan("2"))
    await bank.retentions.set_rule("loans", 5, None, BOSS)
    time.forward(9)
    await ask(bank, loan("3"))
    await bank.retentions.run("loans")
    (run,) = await bank.indexed_features.index_stored("loans", "town")
    assert (run.requests, run.indexed, run.refused) == (3, 0, 0)
    assert await count(bank, "request_feature") == 3


async def test_what_is_behind_is_counted_until_it_is_gone(world: Services, time: Time) -> None:
    await world.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="boss"
    )
    (first,) = await ask(world, row(1), endpoint="levels")
    await world.retentions.set_rule("levels", None, 7, BOSS)
    time.forward(9)
    await world.retentions.round()
    # Due is what is older than the midnight of the third; the request is of noon on the first.
    assert world.retentions.behind == {first.endpoint_id: 1.5 * DAY}
    assert shown(world)[-1] == 'arbiter_retention_behind_seconds{endpoint="levels"} 129600.0'
    await world.retentions.set_rule("levels", None, None, BOSS)
    await world.retentions.round()
    assert world.retentions.behind == {}


async def test_metrics_count_what_this_process_has_removed(world: Services, time: Time) -> None:
    await ask(world, row(1), row(2), endpoint="levels")
    await world.retentions.set_rule("levels", 7, 8, BOSS)
    time.forward(8)
    await world.retentions.round()
    time.forward(1)
    await world.retentions.round()
    assert shown(world) == [
        'arbiter_retention_removed_total{endpoint="levels",what="inputs"} 2.0',
        'arbiter_retention_removed_total{endpoint="levels",what="rows"} 2.0',
        'arbiter_retention_behind_seconds{endpoint="levels"} 0.0',
    ]


def shown(world: Services) -> list[str]:
    metrics = Metrics()
    metrics.watch_retention(world.retentions, world.catalog)
    return [line for line in metrics.render().decode().splitlines() if line.startswith("arbiter_retention")]


@given(length=st.integers(0, 300), points=st.integers(1, 300))
def test_the_kept_course_ends_with_its_last_point_and_has_no_point_twice(length: int, points: int) -> None:
    series = tuple(SeriesPoint(number, None, None, None) for number in range(length))
    kept_ = KeptEvidence(BEGIN, {}, (ArmFigures(), ArmFigures()), UnscoredCounts(), 0, 0, series, None)
    shown = [one.feedback for one in kept_.course(points)]
    assert len(shown) == min(length, points)
    assert shown == sorted(set(shown))
    assert shown[-1:] == [length - 1][: len(shown)]
