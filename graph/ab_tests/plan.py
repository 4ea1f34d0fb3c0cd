"""The plan of an A/B test: the rules by which it shares predictions and finds its verdict."""

from __future__ import annotations

import strawberry

from domain.ab_tests.bounds import MOST_FEEDBACK
from domain.ab_tests.plan import Plan
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Metric, Mode, ServingMode, ThirdAlgorithm


@graphql_type
class ABTestPlan:
    """The rules of an A/B test, fixed when it begins; only the challenger's weight can change."""

    mode: Mode = strawberry.field(description="How predictions reach the two algorithms.")
    serve: ServingMode = strawberry.field(description="Whose answers callers get.")
    metric: Metric = strawberry.field(description="What makes an algorithm the better one.")
    alpha: float = strawberry.field(
        description="The chance of a wrong winner that is accepted, however often one looks."
    )
    minimum_effect: float | None = strawberry.field(
        description=(
            "The smallest difference worth finding: of accuracies (0.01 is one point), or a share of the RMSE or MAE; "
            "`result.power` is about it."
        )
    )
    min_feedback: int = strawberry.field(
        description="How many predictions with ground truth each algorithm needs before any verdict."
    )
    max_feedback: int | None = strawberry.field(
        description="After how many predictions with ground truth the test gives up; null is never."
    )
    max_duration: float | None = strawberry.field(
        description="After how many seconds the test gives up; null is never."
    )
    feedback_delay: float = strawberry.field(
        description="Only predictions at least this many seconds old are scored, so that late truths do not mislead."
    )
    equivalence_margin: float | None = strawberry.field(
        description="A difference so small that the champion is kept once the truth is known to lie within it."
    )
    challenger_weight: float = strawberry.field(
        description="The challenger's share of the predictions when the test began."
    )
    auto_decide: bool = strawberry.field(
        description="Whether the test ends by itself as soon as its rules allow a verdict."
    )
    auto_cancel: bool = strawberry.field(
        description=(
            "Whether a guardrail, or predictions that were not shared as planned, end the test; "
            "otherwise they only hold back a verdict."
        )
    )
    guardrails: bool = strawberry.field(
        description="Whether a challenger that fails more often or is much slower is stopped."
    )
    outcome_affected_by_prediction: bool = strawberry.field(
        description=(
            "Whether an answer changes what happens afterwards, as a treatment does; then the mode is SPLIT. "
            "Where an answer only hides the truth, as a refused loan does, SPLIT misleads."
        )
    )
    third_algorithm: ThirdAlgorithm = strawberry.field(
        description="What a promotion does to another algorithm in production."
    )

    @classmethod
    def of(cls, plan: Plan) -> ABTestPlan:
        """The GraphQL form of a plan."""
        rules = plan.rules
        return cls(
            mode=plan.mode,
            serve=plan.serve,
            metric=rules.metric,
            alpha=rules.alpha,
            minimum_effect=rules.minimum_effect,
            min_feedback=min(rules.least, MOST_FEEDBACK),
            max_feedback=None
            if rules.maximum_feedback is None
            else min(rules.maximum_feedback, MOST_FEEDBACK),
            max_duration=rules.maximum_duration.total_seconds() if rules.maximum_duration else None,
            feedback_delay=plan.feedback_delay.total_seconds(),
            equivalence_margin=rules.equivalence_margin,
            challenger_weight=plan.challenger_weight,
            auto_decide=plan.auto_decide,
            auto_cancel=rules.cancels,
            guardrails=plan.guarded,
            outcome_affected_by_prediction=plan.outcome_affected,
            third_algorithm=plan.third,
        )
