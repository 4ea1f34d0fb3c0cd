from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.ab_tests.observation import Observation
from domain.ab_tests.plan import Mode, Plan, ServingMode, new_plan
from domain.callers import Viewer
from domain.errors import InvalidABTest
from domain.statistics.counts import EpochCounts, PairCounts
from domain.words import Arm, Kind, Status, Traffic
from orm.queries.ab_tests import observations
from serving.services import Services
from tests.conftest import Statements
from tests.serving.pairs import (
    AT_TEN,
    AT_ZERO,
    BRITTLE,
    CHALLENGER,
    CHAMPION,
    GATED,
    PLUS_ONE,
    PLUS_TWO,
    Gated,
    ask,
    begin,
    running,
    tell,
)
from tests.serving.world import EVERYBODY, Dice, command, row


@pytest.fixture
async def services(database_url: str, dice: Dice) -> AsyncIterator[Services]:
    async with running(database_url, dice) as found:
        yield found


async def observed(services: Services, request_id: int) -> Observation:
    async with services.database.reader() as reader:
        return (await observations.observations_by_ids(reader, [request_id]))[request_id]


async def test_both_arms_run_one_is_served_and_one_feedback_scores_both(
    services: Services, dice: Dice
) -> None:
    test = await begin(services)
    (drawn,) = await ask(services, dice, CHALLENGER, 5)
    (kept,) = await ask(services, dice, CHAMPION, 5)
    assert (drawn.algorithm_id, drawn.label, drawn.arm) == (AT_TEN, "low", Arm.CHALLENGER)
    assert (kept.algorithm_id, kept.label, kept.arm) == (AT_ZERO, "high", Arm.CHAMPION)
    seen = await observed(services, kept.id)
    assert seen.complete
    assert seen.champion is not None
    assert seen.challenger is not None
    assert (seen.champion.label, seen.challenger.label) == ("high", "low")
    await tell(services, [drawn, kept], "low")
    result = await services.ab_tests.evaluate(test.id)
    assert result.discordant == PairCounts(challenger_only=2)
    assert (result.champion.served, result.challenger.served) == (1, 1)
    assert (result.champion.with_feedback, result.challenger.with_feedback) == (2, 2)
    assert (result.champion.value, result.challenger.value) == (0.0, 1.0)
    assert result.figures.drawn == (EpochCounts(0.5, 1, 1),)


async def test_figures_are_one_aggregate_statement_and_one_of_delays(
    services: Services, dice: Dice, statements: Statements
) -> None:
    test = await begin(services)
    await tell(services, await ask(services, dice, CHAMPION, *range(30)), "low")
    with statements() as sql:
        await services.ab_tests.evaluate(test.id)
    assert len(sql) == 3
    assert ["ab_test_observation" in statement for statement in sql] == [False, True, True]


async def test_failing_challenger_never_fails_a_call_and_its_failure_counts(
    services: Services, dice: Dice
) -> None:
    test = await begin(services, AT_ZERO, BRITTLE)
    (served,) = await ask(services, dice, CHALLENGER, 13)
    assert (served.algorithm_id, served.label, served.arm) == (AT_ZERO, "high", Arm.CHAMPION)
    seen = await observed(services, served.id)
    assert (seen.drawn_arm, seen.served_arm) == (Arm.CHALLENGER, Arm.CHAMPION)
    await tell(services, [served], "high")
    result = await services.ab_tests.evaluate(test.id)
    assert result.discordant == PairCounts(champion_only=1)
    assert (result.champion.errors, result.challenger.errors) == (0, 1)
    assert result.figures.failures == (EpochCounts(0.5, 0, 1),)


async def test_rows_of_one_call_are_drawn_one_by_one(services: Services, dice: Dice) -> None:
    await begin(services, AT_ZERO, BRITTLE)
    dice.numbers = [CHALLENGER, CHAMPION, CHALLENGER]
    found = await services.predictor.predict(command(row(5), row(5), row(13)))
    assert [p.request.arm for p in found] == [Arm.CHALLENGER, Arm.CHAMPION, Arm.CHAMPION]
    assert [p.request.label for p in found] == ["low", "high", "high"]


async def test_row_that_the_caller_got_wrong_never_enters_the_test(services: Services, dice: Dice) -> None:
    test = await begin(services)
    dice.numbers = [CHALLENGER, CHALLENGER]
    bad, good = await services.predictor.predict(command({"x": "?"}, row(5)))
    assert (bad.request.ab_test_id, good.request.ab_test_id) == (None, test.id)


async def test_champions_caller_does_not_wait_for_a_slow_challenger(services: Services, dice: Dice) -> None:
    test = await begin(services, AT_ZERO, GATED)
    Gated.gate.clear()
    async with asyncio.timeout(2):
        first, second = await ask(services, dice, CHAMPION, 5, 15)
    assert not (await observed(services, first.id)).complete
    await tell(services, [first], "low")
    before = await services.ab_tests.evaluate(test.id)
    assert (before.champion.coverage, before.champion.with_feedback) == (0.0, 0)
    Gated.gate.set()
    await services.completer.close()
    assert (await observed(services, second.id)).complete
    after = await services.ab_tests.evaluate(test.id)
    assert after.champion.coverage == 1.0
    assert after.discordant == PairCounts(challenger_only=1)


async def test_slow_challenger_that_is_drawn_is_waited_for(services: Services, dice: Dice) -> None:
    await begin(services, AT_ZERO, GATED)
    (served,) = await ask(services, dice, CHALLENGER, 5)
    assert (served.algorithm_id, served.label) == (GATED, "low")
    assert (await observed(services, served.id)).complete


async def test_drawn_challenger_past_its_deadline_is_replaced_by_the_champion(
    database_url: str, dice: Dice
) -> None:
    async with running(database_url, dice, challenger_deadline=0.05) as services:
        test = await begin(services, AT_ZERO, GATED)
        Gated.gate.clear()
        (served,) = await ask(services, dice, CHALLENGER, 5)
        assert (served.algorithm_id, served.arm) == (AT_ZERO, Arm.CHAMPION)
        result = await services.ab_tests.evaluate(test.id)
        assert (result.challenger.errors, result.figures.drawn) == (1, (EpochCounts(0.5, 0, 1),))
        Gated.gate.set()


async def test_pending_observations_of_an_ended_test_are_left_out(services: Services, dice: Dice) -> None:
    test = await begin(services, AT_ZERO, GATED)
    Gated.gate.clear()
    (late,) = await ask(services, dice, CHAMPION, 5)
    await services.ab_tests.conclude(test.id, "me")
    Gated.gate.set()
    await services.completer.close()
    await tell(services, [late], "low")
    assert not (await observed(services, late.id)).complete
    assert (await services.ab_tests.evaluate(test.id)).figures.feedback == 0


async def test_stopping_waits_for_slow_challengers(database_url: str, dice: Dice) -> None:
    async with running(database_url, dice) as services:
        test = await begin(services, AT_ZERO, GATED)
        await ask(services, dice, CHAMPION, 5)
    async with running(database_url, dice) as services:
        assert (await services.ab_tests.evaluate(test.id)).champion.coverage == 1.0


async def test_shadow_champion_keeps_production_and_answers_everything(
    services: Services, dice: Dice
) -> None:
    plan = new_plan(Kind.CLASSIFIER, serve=ServingMode.CHAMPION_ONLY, auto_decide=False)
    test = await begin(services, plan=plan)
    table = services.catalog.snapshot.algorithms
    assert (table[AT_ZERO].status, table[AT_TEN].status) == (Status.PRODUCTION, Status.AB_TESTING)
    found = await ask(services, dice, CHALLENGER, 5, 6)
    assert [request.algorithm_id for request in found] == [AT_ZERO, AT_ZERO]
    await tell(services, found, "low")
    result = await services.ab_tests.evaluate(test.id)
    assert (result.discordant, result.sample_ratio) == (PairCounts(challenger_only=2), None)
    assert "the champion answers every request" in result.warnings[0]
    await services.ab_tests.cancel(test.id, "me", "")
    table = services.catalog.snapshot.algorithms
    assert (table[AT_ZERO].status, table[AT_TEN].status) == (Status.PRODUCTION, Status.TESTING)


async def test_shadow_needs_all_traffic_and_a_champion_in_production(services: Services) -> None:
    plan = new_plan(Kind.CLASSIFIER, serve=ServingMode.CHAMPION_ONLY)
    with pytest.raises(InvalidABTest, match="only with traffic ALL"):
        await begin(services, plan=plan, traffic=Traffic.OPT_IN)
    with pytest.raises(InvalidABTest, match="set one to production first"):
        await begin(services, AT_TEN, BRITTLE, plan)


async def test_outcome_affected_by_the_prediction_forces_split_mode() -> None:
    assert new_plan(Kind.CLASSIFIER, outcome_affected=True).mode is Mode.SPLIT
    with pytest.raises(InvalidABTest, match="mode must be split"):
        Plan(mode=Mode.PAIRED, outcome_affected=True)


async def test_subject_keeps_its_arm_and_counts_as_one_draw(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=new_plan(Kind.CLASSIFIER, mode=Mode.SPLIT, auto_decide=False))
    found = [(await ask(services, dice, CHAMPION, 5, subject="ann"))[0].arm for _ in range(5)]
    assert len(set(found)) == 1
    result = await services.ab_tests.evaluate(test.id)
    assert sum(epoch.n for epoch in result.figures.drawn) == 1
    assert result.figures.repeated_subjects


async def test_split_mode_runs_one_arm_and_scores_it_alone(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=new_plan(Kind.CLASSIFIER, mode=Mode.SPLIT, auto_decide=False))
    requests = await ask(services, dice, CHALLENGER, 5, 5) + await ask(services, dice, CHAMPION, 5)
    await tell(services, requests, "low")
    result = await services.ab_tests.evaluate(test.id)
    assert (result.champion.with_feedback, result.champion.value) == (1, 0.0)
    assert (result.challenger.with_feedback, result.challenger.value) == (2, 1.0)
    assert (await observed(services, requests[0].id)).champion is None


async def test_changed_weights_open_an_epoch_that_is_not_pooled(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=new_plan(Kind.CLASSIFIER, mode=Mode.SPLIT, auto_decide=False))
    await ask(services, dice, 0.3, 5, 5)
    await services.ab_tests.change_weights(test.id, 0.2, "me")
    await ask(services, dice, 0.3, 5, 5, 5)
    result = await services.ab_tests.evaluate(test.id)
    assert result.figures.drawn == (EpochCounts(0.5, 0, 2), EpochCounts(0.2, 3, 0))
    with pytest.raises(InvalidABTest, match="strictly between 0 and 1"):
        await services.ab_tests.change_weights(test.id, 1.0, "me")


async def test_regressors_are_scored_on_the_same_requests(services: Services, dice: Dice) -> None:
    test = await begin(services, PLUS_ONE, PLUS_TWO, new_plan(Kind.REGRESSOR, auto_decide=False))
    found = await ask(services, dice, CHAMPION, 5, 6, 666, on="heights")
    await tell(services, found, "4")
    result = await services.ab_tests.evaluate(test.id)
    # Residuals 2 and 3 of the champion, 3 and 4 of the challenger; the row on which both failed counts for none.
    assert result.champion.with_feedback == 2
    assert (result.champion.value, result.challenger.value) == ((13 / 2) ** 0.5, (25 / 2) ** 0.5)
    assert (result.champion.errors, result.challenger.errors) == (1, 1)


async def test_disagreements_without_feedback_are_queued_oldest_first(services: Services, dice: Dice) -> None:
    test = await begin(services)
    found = await ask(services, dice, CHAMPION, 5, 15, 6, 7)
    await tell(services, found[:1], "low")
    viewer = Viewer(EVERYBODY)
    first = await services.ab_tests.feedback_queue(test.id, viewer, limit=1)
    rest = await services.ab_tests.feedback_queue(test.id, viewer, limit=10, after=first[0].request.id)
    assert [d.request.id for d in (*first, *rest)] == [found[2].id, found[3].id]
    assert (first[0].champion.label, first[0].challenger.label) == ("high", "low")
