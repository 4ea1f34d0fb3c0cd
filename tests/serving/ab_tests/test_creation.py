"""What a new test asks must be answerable: labels, probabilities, costs, outcomes and errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.ab_tests.plan import Mode, ServingMode, new_plan, plan_from
from domain.errors import InvalidABTest
from domain.statistics.rules import CostMatrix, GuardrailMetric, Metric, SeenOnlyFor
from domain.statistics.units import GRID
from domain.words import Kind, OutcomeSeen
from serving.services import Services
from tests.serving.pairs import BARE, CHAMPION, PLUS_ONE, PLUS_TWO, ask, begin, running, tell
from tests.serving.world import Dice

AT_ZERO, AT_TEN = 1, 2
ONLY = OutcomeSeen.ONLY_FOR


@pytest.fixture
async def services(database_url: str, dice: Dice) -> AsyncIterator[Services]:
    async with running(database_url, dice) as found:
        yield found


@pytest.mark.parametrize(
    ("kind", "asked", "message"),
    [
        (
            Kind.CLASSIFIER,
            {"outcome_seen": ONLY},
            "outcomeSeenFor must name the labels that show the outcome, with outcomeSeen ONLY_FOR",
        ),
        (
            Kind.CLASSIFIER,
            {"outcome_seen": ONLY, "only_for": SeenOnlyFor(("yes",)), "serve": ServingMode.CHAMPION_ONLY},
            "serve cannot be CHAMPION_ONLY with outcomeSeen ONLY_FOR: where the champion alone decides, the outcomes "
            "that only the challenger would show are never seen. Use RANDOM with challengerWeight 0.5",
        ),
        (
            Kind.CLASSIFIER,
            {"outcome_seen": ONLY, "only_for": SeenOnlyFor(("yes",)), "mode": Mode.SPLIT},
            "mode must be paired with outcomeSeen ONLY_FOR: a split test would compare each arm on the requests that "
            "it approved itself. Leave mode out",
        ),
        (
            Kind.CLASSIFIER,
            {
                "outcome_seen": ONLY,
                "only_for": SeenOnlyFor(("yes",)),
                "mode": Mode.SPLIT,
                "outcome_affected": True,
            },
            "outcomeAffected cannot be true with outcomeSeen ONLY_FOR: where the answer changes the outcome, each arm "
            "needs its own requests with all of their outcomes. Where the answer only hides it, as a refused loan "
            "does, leave outcomeAffected out; mode must be paired with outcomeSeen ONLY_FOR: a split test would "
            "compare each arm on the requests that it approved itself. Leave mode out",
        ),
        (
            Kind.CLASSIFIER,
            {"only_for": SeenOnlyFor(("yes",))},
            "outcomeSeenFor means something only with outcomeSeen ONLY_FOR: set it, or leave the labels out",
        ),
        (
            Kind.CLASSIFIER,
            {"outcome_seen": ONLY, "only_for": SeenOnlyFor(("yes",), least=1.0)},
            "outcomeSeenFrom is a bound for a regressor's values; name a classifier's labels in outcomeSeenFor",
        ),
        (
            Kind.CLASSIFIER,
            {"outcome_seen": ONLY, "only_for": SeenOnlyFor(("yes", "yes"))},
            "outcomeSeenFor must name each label once",
        ),
        (
            Kind.REGRESSOR,
            {"outcome_seen": ONLY, "only_for": SeenOnlyFor(("yes",), most=9.0)},
            "outcomeSeenFor names labels of a classifier; give a regressor's values with outcomeSeenFrom or "
            "outcomeSeenUpTo",
        ),
        (
            Kind.REGRESSOR,
            {"outcome_seen": ONLY},
            "outcomeSeenFrom or outcomeSeenUpTo must say which values show the outcome, with outcomeSeen ONLY_FOR",
        ),
        (
            Kind.REGRESSOR,
            {"outcome_seen": ONLY, "only_for": SeenOnlyFor(least=2.0, most=1.0)},
            "outcomeSeenFrom must not be above outcomeSeenUpTo",
        ),
        (
            Kind.CLASSIFIER,
            {"metric": Metric.COST},
            "costs must say what wrong answers cost, where the metric or the guardrail's is COST",
        ),
        (
            Kind.CLASSIFIER,
            {"costs": CostMatrix((("yes", "no", 1.0),))},
            "costs mean something only where the metric or the guardrail's is COST: set it, or leave them out",
        ),
        (
            Kind.CLASSIFIER,
            {"metric": Metric.COST, "costs": CostMatrix((("yes", "no", -1.0),))},
            "costs.cost must lie between 0 and 1e+12, not be -1",
        ),
        (
            Kind.CLASSIFIER,
            {"metric": Metric.COST, "costs": CostMatrix((("yes", "no", 1.0), ("yes", "no", 2.0)))},
            "costs must name each pair of truth and answer once",
        ),
        (
            Kind.CLASSIFIER,
            {"metric": Metric.COST, "costs": CostMatrix((("yes", "no", 0.0),), otherwise=0.0)},
            "costs must not all be 0",
        ),
        (
            Kind.CLASSIFIER,
            {"metric": Metric.COST, "costs": CostMatrix((), otherwise=0.0)},
            "costs must not all be 0",
        ),
        (
            Kind.CLASSIFIER,
            {
                "metric": Metric.COST,
                "costs": CostMatrix(tuple(("yes", str(number), 1.0) for number in range(401))),
            },
            "costs must have at most 400 entries, not 401; what is not named costs otherwiseCosts",
        ),
        (
            Kind.CLASSIFIER,
            {"largest_error": 1.0},
            "largestError belongs to regressors; leave it out for a classifier",
        ),
        (
            Kind.REGRESSOR,
            {"largest_error": 0.0},
            "largestError must be above 0, from 1e-12 to 1e+12, in the unit of the answers",
        ),
        (
            Kind.REGRESSOR,
            {"largest_error": 5e-324},
            "largestError must be above 0, from 1e-12 to 1e+12, in the unit of the answers",
        ),
        (
            Kind.CLASSIFIER,
            {
                "guardrail_metric": GuardrailMetric(Metric.COST, 5.0),
                "costs": CostMatrix((("yes", "no", 4.0),)),
            },
            "guardrailMetric.margin must be at least 0 and below 4: by how much the challenger may be worse, which is "
            "less than the largest cost",
        ),
        (
            Kind.REGRESSOR,
            {"metric": Metric.BRIER},
            "metric of a regressor must be RMSE or MAE, not Brier score",
        ),
        (
            Kind.REGRESSOR,
            {"guardrail_metric": GuardrailMetric(Metric.ACCURACY, 0.1)},
            "guardrailMetric.metric is for classifiers; leave it out for a regressor",
        ),
        (
            Kind.CLASSIFIER,
            {"guardrail_metric": GuardrailMetric(Metric.ACCURACY, 0.1)},
            "guardrailMetric.metric must be COST or BRIER where the metric is accuracy, and accuracy where it is one "
            "of those",
        ),
        (
            Kind.CLASSIFIER,
            {"guardrail_metric": GuardrailMetric(Metric.BRIER, 1.0)},
            "guardrailMetric.margin must be at least 0 and below 1: by how much the challenger may be worse",
        ),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused_with_the_cure(
    kind: Kind, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidABTest) as refused:
        new_plan(kind, **asked)
    assert refused.value.message == message


@pytest.mark.parametrize(
    "asked",
    [
        {"outcome_seen": ONLY, "only_for": SeenOnlyFor(("yes", "no"))},
        {"metric": Metric.COST, "costs": CostMatrix((("yes", "no", 10.0),), otherwise=0.5)},
        {
            "costs": CostMatrix((("yes", "no", 10.0),)),
            "guardrail_metric": GuardrailMetric(Metric.COST, 0.25),
        },
        {"outcome_seen": OutcomeSeen.ALL, "outcome_affected": True},
    ],
)
def test_what_is_stored_of_a_plan_is_the_plan(asked: dict[str, Any]) -> None:
    plan = new_plan(Kind.CLASSIFIER, **asked)
    assert plan_from(plan.as_json()) == plan
    assert plan.rules.version == 2


def test_a_plan_that_an_older_release_stored_has_the_first_rule() -> None:
    stored = new_plan(Kind.REGRESSOR).as_json()
    for name in (
        "rule",
        "outcome_seen",
        "only_for",
        "costs",
        "largest_error",
        "guardrail_metric",
        "minimum_duration",
    ):
        del stored[name]
    found = plan_from(stored)
    assert (found.rules.version, found.rules.outcome_seen) == (1, OutcomeSeen.UNKNOWN)


async def test_labels_must_be_classes_of_the_endpoint(services: Services) -> None:
    plan = new_plan(
        Kind.CLASSIFIER,
        metric=Metric.COST,
        costs=CostMatrix((("high", "medium", 1.0),)),
        outcome_seen=ONLY,
        only_for=SeenOnlyFor(("High",)),
    )
    with pytest.raises(InvalidABTest) as refused:
        await begin(services, plan=plan)
    assert refused.value.message == (
        "outcomeSeenFor names 'High', which is no class of the endpoint; its classes are 'low', 'high'; "
        "costs.answer names 'medium', which is no class of the endpoint; its classes are 'low', 'high'"
    )
    assert not services.catalog.snapshot.running_tests


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        (
            CostMatrix((("high", "low", 1e7),)),
            "otherwiseCosts must be 0, or at least 100 beside a largest cost of 1e+07, not 1: so small a cost would "
            "count for nothing",
        ),
        (
            CostMatrix((("high", "low", 1e7), ("low", "high", 2.0))),
            "costs.cost must be 0, or at least 100 beside a largest cost of 1e+07, not 2: so small a cost would count "
            "for nothing",
        ),
        (
            CostMatrix((("high", "low", 1e-13), ("low", "high", 0.0))),
            "costs.cost must be 0, or at least 1e-12 beside a largest cost of 1e-13, not 1e-13: so small a cost would "
            "count for nothing",
        ),
        (CostMatrix((("high", "low", 0.0), ("low", "high", 0.0))), "costs must not all be 0"),
    ],
)
async def test_costs_that_would_count_for_nothing_are_refused(
    services: Services, costs: CostMatrix, message: str
) -> None:
    with pytest.raises(InvalidABTest) as refused:
        await begin(services, plan=new_plan(Kind.CLASSIFIER, metric=Metric.COST, costs=costs))
    assert refused.value.message == message
    assert not services.catalog.snapshot.running_tests


async def test_a_cost_that_no_mistake_can_have_is_not_the_largest(services: Services, dice: Dice) -> None:
    costs = CostMatrix((("high", "low", 0.01), ("low", "high", 0.005)))
    test = await begin(services, plan=new_plan(Kind.CLASSIFIER, metric=Metric.COST, costs=costs))
    assert test.plan.rules.costs == CostMatrix(costs.costs, otherwise=0.0)
    await tell(services, await ask(services, dice, CHAMPION, 5), "low")
    (unit,) = (await services.ab_tests.evaluate(test.id)).figures.units
    assert (unit.gains.either.total, GRID) == (2**19, 2**20)


async def test_the_brier_score_needs_probabilities_of_both_algorithms(services: Services) -> None:
    plan = new_plan(Kind.CLASSIFIER, metric=Metric.BRIER)
    with pytest.raises(InvalidABTest) as refused:
        await begin(services, AT_ZERO, BARE, plan)
    assert refused.value.message == (
        "metric cannot be the Brier score: bare 1 gives no probabilities. Use accuracy or costs"
    )
    assert (await begin(services, AT_ZERO, AT_TEN, plan)).plan.rules.metric is Metric.BRIER


async def test_without_a_largest_error_a_fitting_one_is_proposed(services: Services, dice: Dice) -> None:
    test = await begin(services, PLUS_ONE, PLUS_TWO, new_plan(Kind.REGRESSOR))
    (told,) = [one for one in (await services.ab_tests.evaluate(test.id)).warnings if "largest" in one]
    assert told == (
        "no largest error is declared, so that one rare huge error could turn the verdict, and none is given by "
        "itself: begin a test with largestError, or declare the endpoint's largest_error"
    )
    await tell(services, await ask(services, dice, CHAMPION, *range(20), on="heights"), "5")
    (told,) = [one for one in (await services.ab_tests.evaluate(test.id)).warnings if "largest" in one]
    assert told.endswith("largest_error; by the latest 20 errors 42 would fit")
    bounded = new_plan(Kind.REGRESSOR, largest_error=42.0)
    await services.ab_tests.cancel(test.id, "me", "")
    test = await begin(services, PLUS_ONE, PLUS_TWO, bounded)
    assert not [one for one in (await services.ab_tests.evaluate(test.id)).warnings if "largest" in one]
