"""A test that cannot know names no winner by itself; a person may accept why, and that is kept and verified."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.plan import Mode, Plan, ServingMode, new_plan
from domain.callers import Viewer
from domain.errors import InvalidABTest
from domain.statistics.rules import SeenOnlyFor
from domain.words import ABTestState, Hold, Kind, OutcomeSeen, Verdict
from orm.queries.ab_tests import ab_tests
from serving.services import Services
from tests.conftest import Statements
from tests.serving.pairs import AT_TEN, CHALLENGER, CHAMPION, agree, ask, begin, running, tell
from tests.serving.world import EVERYBODY, Dice

DISPUTED = 5
"""Where "at zero" says high and "at ten" low."""


@pytest.fixture
async def services(database_url: str, dice: Dice) -> AsyncIterator[Services]:
    async with running(database_url, dice) as found:
        yield found


async def stored(services: Services, test: ABTest) -> ABTest:
    async with services.database.reader() as reader:
        found = await ab_tests.ab_test(reader, test.id)
    assert found is not None
    return found


async def clear_evidence(services: Services, dice: Dice) -> None:
    """Each arm is drawn for 40 disputed requests, on which the challenger is right, and is once right or wrong."""
    await agree(services, dice, "high")
    await tell(services, await ask(services, dice, CHALLENGER, 50), "low")
    await tell(services, await ask(services, dice, CHAMPION, *[DISPUTED] * 40), "low")
    await tell(services, await ask(services, dice, CHALLENGER, *[DISPUTED] * 40), "low")


def quick(**asked: object) -> Plan:
    return new_plan(Kind.CLASSIFIER, minimum_feedback=1, **asked)  # type: ignore[arg-type]


def of_rule_one(plan: Plan) -> Plan:
    return replace(plan, rules=replace(plan.rules, version=1))


HELD = {
    "split": quick(mode=Mode.SPLIT),
    "champion answers": quick(serve=ServingMode.CHAMPION_ONLY),
    "uneven": quick(challenger_weight=0.4),
}


@pytest.mark.parametrize("name", HELD)
async def test_without_a_word_on_outcomes_no_winner_is_named_by_itself(
    services: Services, dice: Dice, name: str
) -> None:
    test = await begin(services, plan=HELD[name])
    await clear_evidence(services, dice)
    await services.decider.round()
    assert (await stored(services, test)).state is ABTestState.RUNNING
    found = await services.ab_tests.conclude(test.id, "me")
    assert (found.state, found.verdict) == (ABTestState.DECIDED, Verdict.INCONCLUSIVE)
    assert found.reason is not None
    assert found.reason.startswith(
        "no winner is named by itself: nobody has said for which answers the truth"
    )
    assert (await services.ab_tests.verify(test.id)).differences == ()


@pytest.mark.parametrize("name", HELD)
async def test_where_all_outcomes_are_seen_the_winner_is_named(
    services: Services, dice: Dice, name: str
) -> None:
    plan = HELD[name]
    plan = replace(plan, rules=replace(plan.rules, outcome_seen=OutcomeSeen.ALL))
    test = await begin(services, plan=plan)
    await clear_evidence(services, dice)
    await services.decider.round()
    assert (await stored(services, test)).verdict is Verdict.PROMOTED
    assert (await services.ab_tests.verify(test.id)).differences == ()


async def test_who_concludes_may_accept_the_reason_and_the_audit_keeps_it(
    services: Services, dice: Dice
) -> None:
    test = await begin(services, plan=HELD["split"])
    await clear_evidence(services, dice)
    accepted = frozenset({Hold.UNKNOWN_OUTCOMES, Hold.UNBOUNDED_ERRORS})
    found = await services.ab_tests.conclude(test.id, "me", accepted)
    assert found.verdict is Verdict.PROMOTED
    async with services.database.reader() as reader:
        event = (await ab_tests.events(reader, test.id))[-1]
    details = orjson.loads(event.details)
    assert (event.created_by, details["accepted"], details["holds"], details["withheld"]) == (
        "me",
        ["unbounded_errors", "unknown_outcomes"],
        ["unknown_outcomes"],
        None,
    )
    verified = await services.ab_tests.verify(test.id)
    assert (verified.recomputed, verified.differences) == (Verdict.PROMOTED, ())


async def test_who_accepts_another_reason_ends_nothing(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=HELD["split"])
    await clear_evidence(services, dice)
    with pytest.raises(InvalidABTest) as refused:
        await services.ab_tests.conclude(test.id, "me", frozenset({Hold.LATE_TRUTHS}))
    assert (refused.value.message, refused.value.path) == (
        "accept must name all that holds the verdict back: UNKNOWN_OUTCOMES is missing. Add it, or leave accept out "
        "to end the test as inconclusive.",
        ("input", "accept"),
    )
    assert (await stored(services, test)).state is ABTestState.RUNNING
    async with services.database.reader() as reader:
        assert [event.kind for event in await ab_tests.events(reader, test.id)] == ["created"]


async def test_a_held_test_ends_at_its_maximum_without_a_winner(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=quick(mode=Mode.SPLIT, maximum_feedback=82))
    await clear_evidence(services, dice)
    await services.decider.round()
    found = await stored(services, test)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason is not None
    assert found.reason.startswith("the maximum of 82 requests with feedback was reached: no winner is named")
    assert (await services.ab_tests.verify(test.id)).differences == ()


async def test_looking_at_a_held_test_reads_twice_and_writes_nothing(
    services: Services, dice: Dice, statements: Statements
) -> None:
    await begin(services, plan=HELD["split"])
    await clear_evidence(services, dice)
    with statements() as sql:
        await services.decider.round()
    assert len(sql) == 2
    assert all(one.startswith(("SELECT", "WITH")) for one in sql)


async def test_truths_of_one_class_alone_name_no_winner_until_another_comes(
    services: Services, dice: Dice, statements: Statements
) -> None:
    test = await begin(services, plan=quick())
    await tell(services, await ask(services, dice, CHAMPION, *[DISPUTED] * 8), "low")
    await tell(services, await ask(services, dice, CHALLENGER, *[DISPUTED] * 8), "low")
    with statements() as sql:
        await services.decider.round()
    # The test, its sums and, since they are clear, its delays.
    assert len(sql) == 3
    assert (await stored(services, test)).state is ABTestState.RUNNING
    result = await services.ab_tests.evaluate(test.id)
    assert (result.decision.holds, result.decision.withheld) == ((Hold.LATE_TRUTHS,), Verdict.PROMOTED)
    await agree(services, dice, "high")
    await services.decider.round()
    assert (await stored(services, test)).verdict is Verdict.PROMOTED
    assert (await services.ab_tests.verify(test.id)).differences == ()


async def test_a_test_begun_under_the_older_rule_goes_on_under_it(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=of_rule_one(quick()))
    assert (await stored(services, test)).plan.rules.version == 1
    await clear_evidence(services, dice)
    await services.decider.round()
    assert (await stored(services, test)).verdict is Verdict.PROMOTED
    assert (await services.ab_tests.verify(test.id)).differences == ()


async def test_the_older_rule_names_no_winner_by_itself_where_it_is_known_to_err(
    services: Services, dice: Dice
) -> None:
    test = await begin(services, plan=of_rule_one(HELD["split"]))
    await clear_evidence(services, dice)
    await services.decider.round()
    assert (await stored(services, test)).state is ABTestState.RUNNING
    result = await services.ab_tests.evaluate(test.id)
    assert (result.decision.holds, result.decision.withheld) == ((Hold.OLDER_RULE,), Verdict.PROMOTED)
    found = await services.ab_tests.conclude(test.id, "me", frozenset({Hold.OLDER_RULE}))
    assert found.verdict is Verdict.PROMOTED
    assert (await services.ab_tests.verify(test.id)).differences == ()


async def test_a_verdict_of_an_older_release_is_verified_as_it_was_given(
    services: Services, dice: Dice
) -> None:
    test = await begin(services, plan=of_rule_one(HELD["split"]))
    await clear_evidence(services, dice)
    await services.ab_tests.conclude(test.id, "me", frozenset({Hold.OLDER_RULE}))
    async with services.database.transaction() as tx:
        event = (await ab_tests.events(tx, test.id))[-1]
        details = orjson.loads(event.details)
        for name in ("repeated", "blocks", "delays"):
            del details["sums"][name]
        for epoch in details["sums"]["epochs"]:
            del epoch["units"], epoch["disagreeing"]
        del details["accepted"], details["holds"], details["withheld"]
        old = orjson.dumps({**details, "engine": 1, "rule": "always-valid"}).decode()
        await ab_tests.add_event(tx, test.id, "decided", "arbiter", event.created_at, old)
    found = await services.ab_tests.verify(test.id)
    assert (found.verdict, found.recomputed, found.differences) == (Verdict.PROMOTED, Verdict.PROMOTED, ())


async def test_a_subject_counts_once_however_often_it_asks(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=quick())
    await agree(services, dice, "high")
    for _ in range(20):
        for who in ("ann", "ben"):
            await tell(services, await ask(services, dice, CHAMPION, 50, DISPUTED, subject=who), "low")
    result = await services.ab_tests.evaluate(test.id)
    (unit,) = result.figures.units
    # Of each subject the first disagreement, which is its second request.
    assert (unit.gains.either.n, unit.gains.either.total, unit.disagreements) == (3, 2, 2)
    assert (unit.champion.n, unit.challenger.total) == (3, 1.0)
    assert (result.figures.repeated_subjects, result.figures.feedback) == (True, 81)
    assert result.state is ABTestState.RUNNING


async def test_who_shows_the_truth_is_told_from_both_answers(services: Services, dice: Dice) -> None:
    plan = quick(outcome_seen=OutcomeSeen.ONLY_FOR, only_for=SeenOnlyFor(("high",)), challenger_weight=0.4)
    test = await begin(services, plan=plan)
    # Served by the champion, which says high: seen; by the challenger, which says low: a truth against the word.
    await tell(services, await ask(services, dice, CHAMPION, DISPUTED, DISPUTED), "high")
    await tell(services, await ask(services, dice, CHALLENGER, DISPUTED), "low")
    await tell(services, await ask(services, dice, CHALLENGER, 50), "high")
    (unit,) = (await services.ab_tests.evaluate(test.id)).figures.units
    assert (unit.gains.champion.n, unit.gains.champion.total) == (2, -2)
    assert (unit.gains.challenger.n, unit.gains.either.n, unit.contradicted) == (0, 1, 1)
    assert (unit.disagreements, unit.labelled) == (3, 2)


async def test_no_winner_is_named_before_the_least_duration(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=quick(minimum_duration=timedelta(days=7)))
    await clear_evidence(services, dice)
    await services.decider.round()
    assert (await stored(services, test)).state is ABTestState.RUNNING
    reason = (await services.ab_tests.evaluate(test.id)).decision.reason
    assert reason.startswith("the test runs for 7 days, 0:00:00 at least, and has for 0:00:0")


async def test_a_replay_counts_a_subject_once_too(services: Services, dice: Dice) -> None:
    await tell(
        services, await ask(services, dice, CHAMPION, DISPUTED, DISPUTED, DISPUTED, subject="ann"), "low"
    )
    await tell(services, await ask(services, dice, CHAMPION, DISPUTED, 50), "low")
    result = (await services.ab_tests.replay(AT_TEN, viewer=Viewer(EVERYBODY))).result
    (unit,) = result.figures.units
    assert (unit.gains.either.n, unit.gains.either.total, result.figures.feedback) == (3, 2, 5)
