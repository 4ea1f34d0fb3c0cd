"""The plan of an A/B test: the rules by which it shares predictions and finds its verdict."""

from __future__ import annotations

from operator import attrgetter

import strawberry

from domain.ab_tests.bounds import MOST_FEEDBACK
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Metric, Mode, ServingMode, ThirdAlgorithm
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
    outcome_affected: bool = strawberry.field(
        name="outcomeAffectedByPrediction",
        description=(
            "Whether an answer changes what happens afterwards, as a treatment does; then the mode is SPLIT. "
            "Where an answer only hides the truth, as a refused loan does, SPLIT misleads."
        ),
    )
    third: ThirdAlgorithm = strawberry.field(
        name="thirdAlgorithm", description="What a promotion does to another algorithm in production."
    )
