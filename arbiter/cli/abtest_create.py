"""`arbiter abtest create`: begins a test of two algorithms, with all that it may be told."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, TypeAlias

import typer

from arbiter.cli import abtest_show
from arbiter.cli.output import AsJson
from arbiter.cli.session import with_models
from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.bounds import SHORTEST, seconds
from domain.ab_tests.plan import Mode, ServingMode, ThirdAlgorithm, new_plan
from domain.errors import InvalidABTest
from domain.statistics.rules import CostMatrix, GuardrailMetric, Metric, SeenOnlyFor
from domain.words import OutcomeSeen, Traffic
from serving.services import Services

CREATED_BY = "command line"

Title: TypeAlias = Annotated[str, typer.Option(help="What the test is about.")]
Takes: TypeAlias = Annotated[Traffic, typer.Option(help="`ALL` takes plain predictions too.")]
Modes: TypeAlias = Annotated[
    Mode | None, typer.Option(help="`paired`: both run on each request; `split`: one, by weight.")
]
Serves: TypeAlias = Annotated[
    ServingMode, typer.Option(help="`CHAMPION_ONLY`: the challenger only runs beside it.")
]
Metrics: TypeAlias = Annotated[
    Metric | None, typer.Option(help="What makes one the better; `cost` takes `--cost`.")
]
Alpha: TypeAlias = Annotated[float, typer.Option(help="The chance of a wrong winner that is accepted.")]
Effect: TypeAlias = Annotated[
    float | None, typer.Option(help="The difference worth finding, .000001 at least.")
]
MinFeedback: TypeAlias = Annotated[int | None, typer.Option(help="Feedbacks before any verdict.")]
MaxFeedback: TypeAlias = Annotated[int | None, typer.Option(help="Give up after so many feedbacks.")]
MaxDuration: TypeAlias = Annotated[float | None, typer.Option(help="Give up after so many seconds.")]
MinDuration: TypeAlias = Annotated[float | None, typer.Option(help="No verdict before so many seconds.")]
Delay: TypeAlias = Annotated[float, typer.Option(help="Score only requests older than so many seconds.")]
Margin: TypeAlias = Annotated[
    float | None, typer.Option(help="Keep the champion once the difference is smaller for sure.")
]
Weight: TypeAlias = Annotated[
    float, typer.Option(help="The challenger's share of the requests, .001 to .999.")
]
Decides: TypeAlias = Annotated[bool, typer.Option(help="End as soon as the rules allow a verdict.")]
Cancels: TypeAlias = Annotated[bool, typer.Option(help="End when a guardrail is passed.")]
Guarded: TypeAlias = Annotated[bool, typer.Option(help="Watch the challenger's failures and latency.")]
Seen: TypeAlias = Annotated[
    OutcomeSeen,
    typer.Option(help="For which answers the truth is ever seen; `only_for` as with a loan: not after a no."),
]
SeenFor: TypeAlias = Annotated[
    list[str] | None, typer.Option(help="With `only_for`: a label after which the truth is seen; repeatable.")
]
SeenFrom: TypeAlias = Annotated[
    float | None, typer.Option(help="With `only_for`: the least value of a regressor that shows the truth.")
]
SeenUpTo: TypeAlias = Annotated[
    float | None, typer.Option(help="With `only_for`: the largest value of a regressor that shows it.")
]
Affected: TypeAlias = Annotated[
    bool, typer.Option(help="The answer changes what happens, as a treatment does: makes it split.")
]
Formerly: TypeAlias = Annotated[
    bool, typer.Option(help="The old name of `--outcome-affected`; goes on 2027-01-31.")
]
Costs: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--cost", help="TRUTH,ANSWER,COST: what a mistake costs, for `--metric cost`; repeatable."),
]
Otherwise: TypeAlias = Annotated[
    float | None, typer.Option(help="What mistakes cost that `--cost` does not name; 1 if left out.")
]
Largest: TypeAlias = Annotated[
    float | None, typer.Option(help="For RMSE and MAE: larger errors count as this one.")
]
Guard: TypeAlias = Annotated[
    Metric | None, typer.Option(help="A second metric in which the challenger may not be much worse.")
]
GuardMargin: TypeAlias = Annotated[float | None, typer.Option(help="By how much it may be worse in it.")]
Third: TypeAlias = Annotated[
    ThirdAlgorithm, typer.Option(help="What a promotion does to another one in production.")
]
By: TypeAlias = Annotated[str, typer.Option(help="Who does it, for the audit log.")]


def create(
    algorithm1: Annotated[int, typer.Argument(help="Id of one algorithm.")],
    algorithm2: Annotated[int, typer.Argument(help="Id of the other one.")],
    *,
    title: Title = "A/B test",
    traffic: Takes = Traffic.ALL,
    mode: Modes = None,
    serve: Serves = ServingMode.RANDOM,
    metric: Metrics = None,
    alpha: Alpha = 0.05,
    minimum_effect: Effect = None,
    min_feedback: MinFeedback = None,
    max_feedback: MaxFeedback = None,
    min_duration: MinDuration = None,
    max_duration: MaxDuration = None,
    feedback_delay: Delay = 0.0,
    equivalence_margin: Margin = None,
    challenger_weight: Weight = 0.5,
    auto_decide: Decides = True,
    auto_cancel: Cancels = True,
    guardrails: Guarded = True,
    outcome_seen: Seen = OutcomeSeen.UNKNOWN,
    outcome_seen_for: SeenFor = None,
    outcome_seen_from: SeenFrom = None,
    outcome_seen_up_to: SeenUpTo = None,
    outcome_affected: Affected = False,
    outcome_affected_by_prediction: Formerly = False,
    costs: Costs = None,
    otherwise_costs: Otherwise = None,
    largest_error: Largest = None,
    guardrail_metric: Guard = None,
    guardrail_margin: GuardMargin = None,
    third_algorithm: Third = ThirdAlgorithm.TO_TESTING,
    by: By = CREATED_BY,
    as_json: AsJson = False,
) -> None:
    """Start a test of two algorithms of one endpoint.

    Example: `arbiter abtest create 1 2 --title "forest against trees"`
    """

    async def use(services: Services) -> ABTest:
        rules = new_plan(
            services.catalog.snapshot.algorithm(algorithm1).kind,
            mode=mode,
            serve=serve,
            metric=metric,
            alpha=alpha,
            minimum_effect=minimum_effect,
            minimum_feedback=min_feedback,
            maximum_feedback=max_feedback,
            minimum_duration=_duration(min_duration, "minDuration"),
            maximum_duration=_duration(max_duration, "maxDuration"),
            feedback_delay=seconds(feedback_delay, "feedbackDelay"),
            equivalence_margin=equivalence_margin,
            challenger_weight=challenger_weight,
            auto_decide=auto_decide,
            auto_cancel=auto_cancel,
            guarded=guardrails,
            outcome_seen=outcome_seen,
            only_for=_only_for(outcome_seen_for, outcome_seen_from, outcome_seen_up_to),
            outcome_affected=outcome_affected or outcome_affected_by_prediction,
            costs=_matrix(costs, otherwise_costs),
            largest_error=largest_error,
            guardrail_metric=_guard(guardrail_metric, guardrail_margin),
            third=third_algorithm,
        )
        return await services.ab_tests.create(
            title=title, algorithms=(algorithm1, algorithm2), traffic=traffic, created_by=by, plan=rules
        )

    abtest_show.tell(with_models(use), as_json)


def _duration(value: float | None, name: str) -> timedelta | None:
    return None if value is None else seconds(value, name, least=SHORTEST)


def _only_for(labels: Sequence[str] | None, least: float | None, most: float | None) -> SeenOnlyFor | None:
    if not labels and least is None and most is None:
        return None
    return SeenOnlyFor(tuple(labels or ()), least, most)


def _matrix(costs: Sequence[str] | None, otherwise: float | None) -> CostMatrix | None:
    """What was given as TRUTH,ANSWER,COST; a label with a comma stands in double quotes, as in a CSV file."""
    if not costs and otherwise is None:
        return None
    return CostMatrix(tuple(_cost(text) for text in costs or ()), 1.0 if otherwise is None else otherwise)


def _cost(text: str) -> tuple[str, str, float]:
    cells = next(csv.reader([text]), [])
    try:
        truth, answer, cost = cells
        return truth, answer, float(cost)
    except ValueError:
        raise InvalidABTest(
            f"--cost takes the true class, the answer and a number, as in yes,no,10, not {text[:60]!r}"
        ) from None


def _guard(metric: Metric | None, margin: float | None) -> GuardrailMetric | None:
    if metric is None and margin is None:
        return None
    if metric is None or margin is None:
        raise InvalidABTest("--guardrail-metric and --guardrail-margin are given together")
    return GuardrailMetric(metric, margin)
