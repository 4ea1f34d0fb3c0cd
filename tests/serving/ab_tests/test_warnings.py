"""What a test's result warns of, and that no forecast stands in the way of its verdict."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.plan import Mode, Plan, ServingMode, new_plan
from domain.requests.feedback import FeedbackCommand
from domain.statistics.rules import Metric, VerdictRules
from domain.words import ABTestState, Arm, Kind, OutcomeSeen, Verdict
from orm.queries.ab_tests import ab_tests, sums
from serving.services import Services
from tests.conftest import Statements
from tests.serving.pairs import (
    AT_TEN,
    AT_ZERO,
    BRITTLE,
    CHALLENGER,
    CHAMPION,
    PLUS_ONE,
    PLUS_TWO,
    agree,
    ask,
    begin,
    running,
    tell,
)
from tests.serving.world import EVERYBODY, Dice

DISPUTED = 5
"""Where "at zero" says high and "at ten" low."""
TINY = [5e-324, 1e-300, 1e-17, 1e-5]


@pytest.fixture
async def services(database_url: str, dice: Dice) -> AsyncIterator[Services]:
    async with running(database_url, dice) as found:
        yield found


async def stored(services: Services, test: ABTest) -> ABTest:
    async with services.database.reader() as reader:
        found = await ab_tests.ab_test(reader, test.id)
    assert found is not None
    return found


@pytest.mark.parametrize("effect", TINY)
@pytest.mark.parametrize("mode", list(Mode))
async def test_a_stored_test_with_a_tiny_effect_decides_itself(
    services: Services, dice: Dice, effect: float, mode: Mode
) -> None:
    # A release without bounds has stored such plans.
    rules = VerdictRules(minimum_feedback=1, minimum_effect=effect, outcome_seen=OutcomeSeen.ALL)
    test = await begin(services, plan=Plan(rules=rules, mode=mode))
    # Each arm is right and wrong: where all of an arm's answers are alike, a split test has no interval.
    await agree(services, dice, "high")
    await tell(services, await ask(services, dice, CHALLENGER, 50), "low")
    found = [
        *await ask(services, dice, CHAMPION, *[DISPUTED] * 40),
        *await ask(services, dice, CHALLENGER, *[DISPUTED] * 40),
    ]
    dice.numbers = []
    # The last of them makes it clear: until then the test runs, and is looked at.
    await tell(services, [*found[:1], *found[40:41]], "low")
    power = (await services.ab_tests.evaluate(test.id)).power
    assert (power.needed, power.reason is None) == (None, False)
    await tell(services, found, "low")
    await services.decider.round()
    ended = await stored(services, test)
    assert (ended.state, ended.verdict) == (ABTestState.DECIDED, Verdict.PROMOTED)
    assert (await services.ab_tests.evaluate(test.id)).verdict is Verdict.PROMOTED


@pytest.mark.parametrize("metric", [Metric.RMSE, Metric.MAE])
@pytest.mark.parametrize("effect", TINY)
async def test_a_tiny_effect_breaks_no_result_of_regressors(
    services: Services, dice: Dice, effect: float, metric: Metric
) -> None:
    plan = Plan(rules=VerdictRules(metric, minimum_effect=effect), auto_decide=False)
    test = await begin(services, PLUS_ONE, PLUS_TWO, plan)
    found = await ask(services, dice, CHAMPION, 5, 6, 7, on="heights")
    for request, truth in zip(found, ("4", "6", "9"), strict=True):
        await tell(services, [request], truth)
    power = (await services.ab_tests.evaluate(test.id)).power
    assert (
        power.needed,
        power.reason is not None and power.reason.startswith("more than 2,147,483,647"),
    ) == (
        None,
        True,
    )


async def test_a_stored_test_with_whole_numbers_that_no_client_holds_is_read(
    services: Services, dice: Dice
) -> None:
    rules = VerdictRules(minimum_feedback=2**62 + 1, maximum_feedback=2**63 - 1)
    test = await begin(services, plan=Plan(rules=rules))
    assert (await stored(services, test)).plan.rules == rules
    await tell(services, await ask(services, dice, CHAMPION, DISPUTED), "low")
    assert (await services.ab_tests.evaluate(test.id)).state is ABTestState.RUNNING
    assert (await services.ab_tests.conclude(test.id, "me")).verdict is Verdict.INCONCLUSIVE


async def test_a_feedback_delay_longer_than_ids_go_back_scores_nothing(
    services: Services, dice: Dice
) -> None:
    plan = new_plan(Kind.CLASSIFIER, feedback_delay=timedelta(days=36_500), auto_decide=False)
    test = await begin(services, plan=plan)
    await tell(services, await ask(services, dice, CHAMPION, DISPUTED), "low")
    result = await services.ab_tests.evaluate(test.id)
    assert (result.figures.feedback, result.champion.served) == (0, 1)


def of_subjects(warnings: tuple[str, ...]) -> list[str]:
    return [warning.split(" (")[0] for warning in warnings if "subjects were answered by both" in warning]


@pytest.mark.parametrize("mode", list(Mode))
async def test_subjects_that_met_both_arms_after_a_change_of_weights_are_counted(
    services: Services, dice: Dice, mode: Mode, statements: Statements
) -> None:
    test = await begin(services, plan=new_plan(Kind.CLASSIFIER, mode=mode, auto_decide=False))
    people = [f"person-{n}" for n in range(20)]
    first = {who: (await ask(services, dice, CHAMPION, DISPUTED, subject=who))[0].arm for who in people}
    await ask(services, dice, CHAMPION, DISPUTED)
    assert of_subjects((await services.ab_tests.evaluate(test.id)).warnings) == []
    await services.ab_tests.change_weights(test.id, 0.9, "me")
    second = {who: (await ask(services, dice, CHAMPION, DISPUTED, subject=who))[0].arm for who in people}
    moved = sum(first[who] is not second[who] for who in people)
    assert 0 < moved < 20
    with statements() as sql:
        result = await services.ab_tests.evaluate(test.id)
    assert len(sql) == 3
    assert of_subjects(result.warnings) == [f"{moved} of 20 subjects were answered by both algorithms"]
    assert result.figures.repeated_subjects
    await services.ab_tests.conclude(test.id, "me")
    assert (await services.ab_tests.verify(test.id)).matches


async def test_a_subject_whose_challenger_failed_has_met_both(services: Services, dice: Dice) -> None:
    test = await begin(services, AT_ZERO, BRITTLE)
    for number in range(40):
        who = f"person-{number}"
        (found,) = await ask(services, dice, CHAMPION, DISPUTED, subject=who)
        if found.arm is Arm.CHALLENGER:
            await ask(services, dice, CHAMPION, 13, subject=who)
            break
    result = await services.ab_tests.evaluate(test.id)
    assert of_subjects(result.warnings) == [f"1 of {number + 1} subjects were answered by both algorithms"]


async def test_nobody_has_met_the_challenger_of_a_shadow_test(services: Services, dice: Dice) -> None:
    plan = new_plan(Kind.CLASSIFIER, serve=ServingMode.CHAMPION_ONLY, auto_decide=False)
    test = await begin(services, plan=plan)
    for who in ("ann", "ben", "ann"):
        await ask(services, dice, CHALLENGER, DISPUTED, subject=who)
    result = await services.ab_tests.evaluate(test.id)
    assert of_subjects(result.warnings) == []
    assert (result.champion.served, result.challenger.served) == (3, 0)


def of_the_end(warnings: tuple[str, ...]) -> list[str]:
    return [warning for warning in warnings if warning.startswith("since the test ended")]


async def decided(services: Services, dice: Dice, plan: Plan) -> tuple[ABTest, list[int]]:
    """A test that promoted, with 16 disputed requests whose truth is "low", 4 without a truth and one of agreement."""
    test = await begin(services, plan=plan)
    await agree(services, dice, "high")
    half = [CHAMPION, CHALLENGER] * 10
    ids = [(await ask(services, dice, draw, DISPUTED))[0].id for draw in half]
    await services.feedback.give_batch([FeedbackCommand(id_, "low") for id_ in ids[:16]], EVERYBODY)
    ended = await services.ab_tests.conclude(test.id, "me")
    assert ended.verdict is Verdict.PROMOTED
    return ended, ids


QUICK = new_plan(Kind.CLASSIFIER, minimum_feedback=1, auto_decide=False)


async def test_truths_that_changed_since_the_verdict_are_counted_beside_both_evidences(
    services: Services, dice: Dice, statements: Statements
) -> None:
    test, ids = await decided(services, dice, QUICK)
    with statements() as sql:
        assert of_the_end((await services.ab_tests.evaluate(test.id)).warnings) == []
    # The test, its history, its sums and delays, and what has changed since.
    assert len(sql) == 5
    corrections: list[tuple[int, str | None]] = [(ids[0], "high"), (ids[1], "high"), (ids[2], None)]
    later: list[tuple[int, str | None]] = [(ids[16], "low"), (ids[3], "high"), (ids[3], "low")]
    for id_, truth in [*corrections, *later]:
        await services.feedback.give(FeedbackCommand(id_, truth), EVERYBODY)
    result = await services.ab_tests.evaluate(test.id)
    assert result.afterwards is not None
    assert (result.afterwards.changed, result.afterwards.added) == (3, 1)
    (told,) = of_the_end(result.warnings)
    assert told == (
        "since the test ended the ground truth of 3 requests was changed and the ground truth of 1 request was added: "
        "the verdict stands as it was given, and these figures are not those it rests on: evidence 33, "
        "difference +95.24 points then, evidence 6.05, difference +71.43 points now"
    )
    assert (await stored(services, test)).summary == test.summary
    found = await services.ab_tests.verify(test.id)
    assert (found.matches, found.changed, found.added) == (True, 3, 1)


@pytest.mark.parametrize("mode", list(Mode))
async def test_truths_that_only_came_later_are_told_too(services: Services, dice: Dice, mode: Mode) -> None:
    plan = replace(QUICK, mode=mode)
    test = await begin(services, plan=plan)
    ids = [(await ask(services, dice, draw, DISPUTED))[0].id for draw in [CHAMPION, CHALLENGER] * 2]
    await services.ab_tests.stop_plainly(test.id, "me")
    await services.feedback.give(FeedbackCommand(ids[0], "low"), EVERYBODY)
    (told,) = of_the_end((await services.ab_tests.evaluate(test.id)).warnings)
    assert told.startswith("since the test ended the ground truth of 1 request was added: the verdict stands")
    assert "no evidence then" in told


async def test_a_test_that_a_person_cancelled_rested_on_nothing(services: Services, dice: Dice) -> None:
    test = await begin(services)
    found = await ask(services, dice, CHAMPION, DISPUTED)
    await services.ab_tests.cancel(test.id, "me", "")
    await tell(services, found, "low")
    assert (await services.ab_tests.evaluate(test.id)).afterwards is None


async def test_a_verdict_stored_before_subjects_were_counted_can_be_looked_at(
    services: Services, dice: Dice
) -> None:
    test, _ = await decided(services, dice, QUICK)
    async with services.database.transaction() as tx:
        event = (await ab_tests.events(tx, test.id))[-1]
        details = orjson.loads(event.details)
        for name in ("subjects", "met_both", "repeated", "blocks", "delays"):
            del details["sums"][name]
        for epoch in details["sums"]["epochs"]:
            del epoch["units"], epoch["disagreeing"]
        del details["accepted"], details["holds"], details["withheld"]
        details["engine"] = 1
        await ab_tests.add_event(
            tx, test.id, "decided", "arbiter", event.created_at, orjson.dumps(details).decode()
        )
    assert of_the_end((await services.ab_tests.evaluate(test.id)).warnings) == []
    assert (await services.ab_tests.verify(test.id)).matches


async def test_summaries_call_the_arms_by_name_and_the_old_sentence_explains_its_numbers(
    services: Services, dice: Dice
) -> None:
    test, _ = await decided(services, dice, QUICK)
    assert test.summary.startswith(
        "Accuracy of at zero 1: 0.058823529411764705, of at ten 1: 1.0. "
        "To production goes at ten 1, to testing at zero 1. "
        "The challenger is better: 16 times only it was right"
    )
    again = await begin(services, AT_ZERO, AT_TEN)
    stopped = await services.ab_tests.stop_plainly(again.id, "me")
    assert stopped.summary.startswith(
        "Algorithm #1 accuracy: n/a, Algorithm #2 accuracy: n/a. Inconclusive: no request of at zero 1 and at ten 1 "
        "has feedback. Both statuses were restored."
    )
    assert stopped.summary.endswith(
        "(#1 is at zero 1 and #2 is at ten 1, as the test names them; these are not their ids.)"
    )
    assert stopped.reason == "no request of at zero 1 and at ten 1 has feedback"


async def test_marks_of_a_test_change_with_whatever_its_figures_show(
    services: Services, dice: Dice, statements: Statements
) -> None:
    test = await begin(services)
    other = await begin(services, PLUS_ONE, PLUS_TWO, new_plan(Kind.REGRESSOR, auto_decide=False))

    async def marks() -> dict[int, tuple[object, ...]]:
        async with services.database.reader() as reader:
            with statements() as sql:
                found = await sums.marks_of(reader, [test.id, other.id, 99])
        assert len(sql) == 1
        return found

    assert await marks() == {}
    (found,) = await ask(services, dice, CHAMPION, DISPUTED)
    seen = [await marks()]
    for truth in ("low", "high", None):
        await tell(services, [found], truth)
        seen.append(await marks())
    assert [list(one) for one in seen] == [[test.id]] * 4
    assert len({one[test.id] for one in seen}) == 3  # cleared is as it was before
    (height,) = await ask(services, dice, CHAMPION, 5, on="heights")
    before = (await marks())[other.id]
    await tell(services, [height], "4")
    assert (await marks())[other.id] != before
