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
from graph.operation.context import Context, Info
from graph.vocabulary.docstrings import graphql_input, graphql_type
from graph.vocabulary.enums import Kind, Metric, Mode, ServingMode, ThirdAlgorithm, Traffic
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
        description="How predictions reach the two: PAIRED, unless `outcomeAffectedByPrediction` forces SPLIT.",
    )
    metric: Metric | None = strawberry.field(
        default=None,
        description="What makes one the better: ACCURACY for classifiers; RMSE (the default) or MAE for regressors.",
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
            "by default 100 for accuracy, and 1,000 for RMSE and MAE, which cannot have less."
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
    outcome_affected_by_prediction: bool = strawberry.field(
        default=False,
        description=(
            "Say true when the answer changes what happens afterwards, as a treatment does: then one truth cannot "
            "score both algorithms, and the mode is SPLIT. Leave it out where the answer only decides whether the "
            "truth is ever seen, as with a loan: there SPLIT promotes the worse algorithm, and only PAIRED with "
            "`serve: RANDOM` and even weights can be trusted."
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
        duration = self.max_duration
        longest = problems.attempt(
            lambda: None if duration is None else seconds(duration, "maxDuration", least=SHORTEST), None
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
                feedback_delay=delay,
                equivalence_margin=self.equivalence_margin,
                challenger_weight=self.challenger_weight,
                auto_decide=self.auto_decide,
                guarded=self.guardrails,
                auto_cancel=self.auto_cancel,
                third=self.third_algorithm,
                outcome_affected=self.outcome_affected_by_prediction,
            ),
            Plan(),
        )
        problems.raise_collected()
        return checked_plan(found, kind, self.traffic)


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
