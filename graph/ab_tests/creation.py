"""The beginning of an A/B test: of which algorithms, and by which rules."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Annotated

import strawberry

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.bounds import SHORTEST, seconds
from domain.ab_tests.plan import Plan, new_plan
from domain.callers import Scope
from domain.error_collector import ErrorCollector
from domain.errors import InvalidABTest
from graph.ab_tests.ab_test import ABTestPayload
from graph.ab_tests.questions import CostInput, GuardrailMetricInput, cost_matrix, seen_only_for
from graph.operation.context import Context, Info
from graph.vocabulary.docstrings import graphql_input, graphql_type
from graph.vocabulary.enums import Kind, Metric, Mode, OutcomeSeen, ServingMode, ThirdAlgorithm, Traffic
from graph.vocabulary.fields import mutation
from graph.vocabulary.ids import ALGORITHM, number
from serving.ab_tests.ab_tests import check_title, checked_arms, checked_plan

_ARMS = 2


@graphql_input
class CreateABTestInput:
    """A test to begin: a title and two algorithms are enough, all else has defaults."""

    title: str = strawberry.field(description="What to call it.")
    algorithms: list[strawberry.ID] = strawberry.field(
        description="Two algorithms of one endpoint, by id; both get the status AB_TESTING."
    )
    traffic: Traffic = strawberry.field(
        default=Traffic.ALL, description="Which predictions it takes while it runs."
    )
    mode: Mode | None = strawberry.field(
        default=None,
        description="How predictions reach the two: PAIRED, unless `outcomeAffected` makes it SPLIT.",
    )
    metric: Metric | None = strawberry.field(
        default=None,
        description=(
            "What makes one the better: ACCURACY (the default), COST or BRIER for classifiers; RMSE (the default) or "
            "MAE for regressors."
        ),
    )
    alpha: float = strawberry.field(
        default=0.05,
        description=(
            "The chance of a wrong winner that is accepted, however often one looks: 0.000000001 to 0.5."
        ),
    )
    minimum_effect: float | None = strawberry.field(
        default=None,
        description=(
            "The smallest difference worth finding, such as 0.01 for one point of accuracy, or for RMSE and MAE a "
            "share of the champion's: `result.power` says how much it takes. At least 0.000001, below 1."
        ),
    )
    min_feedback: int | None = strawberry.field(
        default=None,
        description=(
            "How many predictions with ground truth each algorithm needs before any verdict: "
            "by default 100, and 1,000 for RMSE and MAE without a largest error, which cannot have less."
        ),
    )
    max_feedback: int | None = strawberry.field(
        default=None,
        description=(
            "Give up, inconclusive, after so many predictions with ground truth; by default never. "
            "At least `minFeedback`, in SPLIT mode twice that."
        ),
    )
    max_duration: float | None = strawberry.field(
        default=None,
        description="Give up, inconclusive, after so many seconds, 1 at least; by default never.",
    )
    feedback_delay: float = strawberry.field(
        default=0.0,
        description=(
            "Score only predictions at least this many seconds old. Set it to the time in which truths come in, where "
            "one kind of truth comes later than the other."
        ),
    )
    equivalence_margin: float | None = strawberry.field(
        default=None,
        description=(
            "Keep the champion as soon as the difference is known to be smaller than this: of accuracies, "
            "or a share of the RMSE or MAE, from 0.000001 to 0.5. By default the test goes on."
        ),
    )
    challenger_weight: float = strawberry.field(
        default=0.5,
        description="The challenger's share of the predictions, from 0.001 to 0.999.",
    )
    auto_decide: bool = strawberry.field(
        default=True,
        description="End the test as soon as its rules allow a verdict; otherwise only concludeABTest ends it.",
    )
    auto_cancel: bool = strawberry.field(
        default=True,
        description=(
            "Cancel the test when a guardrail is passed, or predictions were not shared as planned; "
            "otherwise both only hold back a verdict."
        ),
    )
    guardrails: bool = strawberry.field(
        default=True, description="Watch for a challenger that fails more often, or is much slower."
    )
    serve: ServingMode = strawberry.field(
        default=ServingMode.RANDOM,
        description="Whose answers callers get; CHAMPION_ONLY lets the challenger run in the shadow.",
    )
    outcome_seen: OutcomeSeen = strawberry.field(
        default=OutcomeSeen.UNKNOWN,
        description=(
            "For which answers the truth is ever seen. ALL where it becomes known whatever was answered; ONLY_FOR "
            "where an answer decides that, as a refused loan does: `outcomeSeenFor` says which show it. Left out, "
            "only an even PAIRED test by ACCURACY or COST with `serve: RANDOM` names a winner by itself."
        ),
    )
    outcome_seen_for: list[str] | None = strawberry.field(
        default=None,
        description="With ONLY_FOR: the labels after which the truth is seen, such as `approve`.",
    )
    outcome_seen_from: float | None = strawberry.field(
        default=None,
        description="With ONLY_FOR, for a regressor: the least value after which the truth is seen.",
    )
    outcome_seen_up_to: float | None = strawberry.field(
        default=None,
        description="With ONLY_FOR, for a regressor: the largest value after which the truth is seen.",
    )
    outcome_affected: bool = strawberry.field(
        default=False,
        description=(
            "Say true when the answer changes what happens afterwards, as a treatment does: then one truth cannot "
            "score both algorithms, and the mode is SPLIT. Where an answer only decides whether the truth is seen, "
            "say `outcomeSeen: ONLY_FOR` instead."
        ),
    )
    outcome_affected_by_prediction: bool = strawberry.field(
        default=False,
        description="True means `outcomeAffected: true`.",
        deprecation_reason=(
            "2027-01-31: use outcomeAffected for a treatment, and outcomeSeen for a truth that an answer hides"
        ),
    )
    costs: list[CostInput] | None = strawberry.field(
        default=None,
        description=(
            "For COST: what each mistake costs. A right answer that is not named costs 0, a mistake that is not named "
            "`otherwiseCosts`, and a failure the most that its truth can."
        ),
    )
    otherwise_costs: float | None = strawberry.field(
        default=None, description="For COST: what mistakes cost that `costs` does not name; by default 1."
    )
    largest_error: float | None = strawberry.field(
        default=None,
        description=(
            "For RMSE and MAE: larger errors count as this one, in the unit of the endpoint. By default what the "
            "endpoint declares; without any the test names no winner by itself, since one huge error could turn it."
        ),
    )
    min_duration: float | None = strawberry.field(
        default=None,
        description=(
            "No verdict before so many seconds: a week, say, where weekends differ; by default none is waited for."
        ),
    )
    guardrail_metric: GuardrailMetricInput | None = strawberry.field(
        default=None,
        description=(
            "A second figure by which the challenger may not be worse by more than a margin: once that is sure, the "
            "test is cancelled."
        ),
    )
    third_algorithm: ThirdAlgorithm = strawberry.field(
        default=ThirdAlgorithm.TO_TESTING,
        description="What a promotion does to another algorithm in production.",
    )

    def arms(self) -> tuple[int, int]:
        """The numbers of both algorithms. Raises InvalidABTest or InvalidId."""
        if len(self.algorithms) != _ARMS:
            raise InvalidABTest(
                f"a test needs two algorithms, not {len(self.algorithms)}", path=("algorithms",)
            )
        problems = ErrorCollector()
        found = [
            problems.attempt(partial(number, ALGORITHM, text, path=("algorithms", str(index))), 0)
            for index, text in enumerate(self.algorithms)
        ]
        problems.raise_collected()
        return found[0], found[1]

    def kind(self) -> Kind:
        """Which algorithms the rules seem to be meant for, where that is all there is to go by."""
        return (
            Kind.REGRESSOR
            if self.metric is not None and self.metric.fits(Kind.REGRESSOR)
            else Kind.CLASSIFIER
        )

    def plan(self, kind: Kind) -> Plan:
        """The rules asked for, for algorithms of this kind. Raises InvalidABTest."""
        problems = ErrorCollector()
        longest, shortest = (
            problems.attempt(partial(_duration, duration, name), None)
            for duration, name in ((self.max_duration, "maxDuration"), (self.min_duration, "minDuration"))
        )
        delay = problems.attempt(lambda: seconds(self.feedback_delay, "feedbackDelay"), timedelta(0))
        found = problems.attempt(
            lambda: new_plan(
                kind,
                mode=self.mode,
                serve=self.serve,
                metric=self.metric,
                alpha=self.alpha,
                minimum_effect=self.minimum_effect,
                minimum_feedback=self.min_feedback,
                maximum_feedback=self.max_feedback,
                maximum_duration=longest,
                minimum_duration=shortest,
                feedback_delay=delay,
                equivalence_margin=self.equivalence_margin,
                challenger_weight=self.challenger_weight,
                auto_decide=self.auto_decide,
                guarded=self.guardrails,
                auto_cancel=self.auto_cancel,
                third=self.third_algorithm,
                outcome_seen=self.outcome_seen,
                only_for=seen_only_for(
                    self.outcome_seen_for, self.outcome_seen_from, self.outcome_seen_up_to
                ),
                outcome_affected=self.outcome_affected or self.outcome_affected_by_prediction,
                costs=cost_matrix(self.costs, self.otherwise_costs),
                largest_error=self.largest_error,
                guardrail_metric=None if self.guardrail_metric is None else self.guardrail_metric.rule(),
            ),
            Plan(),
        )
        problems.raise_collected()
        return checked_plan(found, kind, self.traffic)


def _duration(value: float | None, name: str) -> timedelta | None:
    return None if value is None else seconds(value, name, least=SHORTEST)


@graphql_type
class CreateABTestPayload(ABTestPayload):
    """What createABTest did."""


async def _create(context: Context, input: CreateABTestInput) -> ABTest:
    """Check every field before the first is refused. Raises what `ABTests.create` raises, and InvalidId."""
    problems = ErrorCollector()
    arms, kind = (0, 0), input.kind()
    with problems.collecting():
        check_title(input.title)
    with problems.collecting():
        arms = input.arms()
        kind = checked_arms(context.snapshot, arms)[0].kind
    plan = problems.attempt(lambda: input.plan(kind), None)
    problems.raise_collected()
    return await context.services.ab_tests.create(
        title=input.title,
        algorithms=arms,
        traffic=input.traffic,
        created_by=context.principal.name,
        plan=plan,
    )


@strawberry.type
class Mutations:
    """The mutation that begins a test."""

    @mutation(name="createABTest", needs=Scope.ADMIN)
    async def create_ab_test(
        self,
        info: Info,
        input: Annotated[CreateABTestInput, strawberry.argument(description="Of which algorithms, and how.")],
    ) -> CreateABTestPayload:
        """Begin a test of two algorithms. An endpoint has at most one running test."""
        return CreateABTestPayload(ab_test=await _create(info.context, input))
