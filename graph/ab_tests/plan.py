"""The plan of an A/B test: the rules by which it shares predictions and finds its verdict."""

from __future__ import annotations

from operator import attrgetter

import strawberry

from domain.ab_tests.bounds import MOST_FEEDBACK
from graph.ab_tests.questions import ABTestGuardrailMetric, Cost, costs_of
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Metric, Mode, OutcomeSeen, ServingMode, ThirdAlgorithm
from graph.vocabulary.field_cost import FieldCost
from graph.vocabulary.fields import computed


@graphql_type
class ABTestPlan:
    """The rules of an A/B test, fixed when it begins; only the challenger's weight can change."""

    mode: Mode = strawberry.field(description="How predictions reach the two algorithms.")
    serve: ServingMode = strawberry.field(description="Whose answers callers get.")
    metric: Metric = computed(
        attrgetter("rules.metric"),
        "What makes an algorithm the better one.",
    )
    alpha: float = computed(
        attrgetter("rules.alpha"),
        "The chance of a wrong winner that is accepted, however often one looks.",
    )
    minimum_effect: float | None = computed(
        attrgetter("rules.minimum_effect"),
        "The smallest difference worth finding: of accuracies (0.01 is one point), or a share of the RMSE or MAE; "
        "`result.power` is about it.",
    )
    min_feedback: int = computed(
        lambda plan: min(plan.rules.least, MOST_FEEDBACK),
        "How many predictions with ground truth each algorithm needs before any verdict.",
    )
    max_feedback: int | None = computed(
        lambda plan: plan.rules.maximum_feedback and min(plan.rules.maximum_feedback, MOST_FEEDBACK),
        "After how many predictions with ground truth the test gives up; null is never.",
    )
    max_duration: float | None = computed(
        lambda plan: plan.rules.maximum_duration.total_seconds() if plan.rules.maximum_duration else None,
        "After how many seconds the test gives up; null is never.",
    )
    feedback_delay: float = computed(
        lambda plan: plan.feedback_delay.total_seconds(),
        "Only predictions at least this many seconds old are scored, so that late truths do not mislead.",
    )
    equivalence_margin: float | None = computed(
        attrgetter("rules.equivalence_margin"),
        "A difference so small that the champion is kept once the truth is known to lie within it.",
    )
    challenger_weight: float = strawberry.field(
        description="The challenger's share of the predictions when the test began."
    )
    auto_decide: bool = strawberry.field(
        description="Whether the test ends by itself as soon as its rules allow a verdict."
    )
    auto_cancel: bool = computed(
        attrgetter("rules.cancels"),
        "Whether a guardrail, or predictions that were not shared as planned, end the test; "
        "otherwise they only hold back a verdict.",
    )
    guarded: bool = strawberry.field(
        name="guardrails",
        description="Whether a challenger that fails more often or is much slower is stopped.",
    )
    outcome_seen: OutcomeSeen = computed(
        attrgetter("rules.outcome_seen"), "For which answers the truth is ever seen."
    )
    outcome_seen_for: list[str] | None = computed(
        lambda plan: plan.rules.only_for and list(plan.rules.only_for.labels),
        "With ONLY_FOR, the labels after which the truth is seen.",
        FieldCost(size=10),
    )
    outcome_seen_from: float | None = computed(
        lambda plan: plan.rules.only_for and plan.rules.only_for.least,
        "With ONLY_FOR, the least value of a regressor after which the truth is seen; null is no bound.",
    )
    outcome_seen_up_to: float | None = computed(
        lambda plan: plan.rules.only_for and plan.rules.only_for.most,
        "With ONLY_FOR, the largest value of a regressor after which the truth is seen; null is no bound.",
    )
    outcome_affected: bool = strawberry.field(
        description="Whether an answer changes what happens afterwards, as a treatment does; then the mode is SPLIT."
    )
    outcome_affected_by_prediction: bool = computed(
        attrgetter("outcome_affected"),
        "The same as `outcomeAffected`.",
        deprecation_reason=(
            "2027-01-31: use ABTestPlan.outcomeAffected; ABTestPlan.outcomeSeen says what an answer hides"
        ),
    )
    costs: list[Cost] | None = computed(
        lambda plan: costs_of(plan.rules.costs),
        "For COST, what each mistake costs; null without.",
        FieldCost(size=20),
    )
    otherwise_costs: float | None = computed(
        lambda plan: plan.rules.costs and plan.rules.costs.otherwise,
        "For COST, what mistakes cost that `costs` does not name; null without.",
    )
    largest_error: float | None = computed(
        attrgetter("rules.largest_error"),
        "For RMSE and MAE: larger errors count as this one; null without, then the test names no winner by itself.",
    )
    min_duration: float | None = computed(
        lambda plan: plan.rules.minimum_duration.total_seconds() if plan.rules.minimum_duration else None,
        "No verdict before so many seconds; null is none.",
    )
    guardrail_metric: ABTestGuardrailMetric | None = computed(
        attrgetter("rules.guardrail_metric"),
        "A second figure by which the challenger may not be worse; null without.",
    )
    rule: int = computed(
        attrgetter("rules.version"),
        "By which version of the rule it is decided: 2 for new tests, 1 for those begun before it was made.",
    )
    third: ThirdAlgorithm = strawberry.field(
        name="thirdAlgorithm", description="What a promotion does to another algorithm in production."
    )
