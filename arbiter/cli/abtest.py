"""`arbiter abtest`: plan, create, look at, verify and end A/B tests."""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli import abtest_show, output
from arbiter.cli.abtest_plan import plan
from arbiter.cli.output import AsJson, show_json
from arbiter.cli.session import with_models, without_models
from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.bounds import SHORTEST, seconds
from domain.ab_tests.plan import Mode, ServingMode, ThirdAlgorithm, new_plan
from domain.errors import ABTestNotFound
from domain.statistics.rules import Metric
from domain.words import Traffic
from orm.queries.ab_tests import ab_tests
from serving.services import Services

app = typer.Typer(
    name="abtest",
    help="Plan, create, show, verify, conclude, cancel and roll back A/B tests.",
    no_args_is_help=True,
)
app.command()(plan)

CREATED_BY = "command line"

TestId = Annotated[int, typer.Argument(help="The test's id.")]
By = Annotated[str, typer.Option(help="Who does it, for the audit log.")]


@app.command()
def create(
    algorithm1: Annotated[int, typer.Argument(help="Id of one algorithm.")],
    algorithm2: Annotated[int, typer.Argument(help="Id of the other one.")],
    *,
    title: Annotated[str, typer.Option(help="What the test is about.")] = "A/B test",
    traffic: Annotated[Traffic, typer.Option(help="`ALL` takes plain predictions too.")] = Traffic.ALL,
    mode: Annotated[
        Mode | None, typer.Option(help="`paired`: both run on each request; `split`: one, by weight.")
    ] = None,
    serve: Annotated[
        ServingMode, typer.Option(help="`CHAMPION_ONLY`: the challenger only runs beside it.")
    ] = ServingMode.RANDOM,
    metric: Annotated[Metric | None, typer.Option(help="What makes one the better.")] = None,
    alpha: Annotated[float, typer.Option(help="The chance of a wrong winner that is accepted.")] = 0.05,
    minimum_effect: Annotated[
        float | None, typer.Option(help="The difference worth finding, .000001 at least.")
    ] = None,
    min_feedback: Annotated[int | None, typer.Option(help="Feedbacks before any verdict.")] = None,
    max_feedback: Annotated[int | None, typer.Option(help="Give up after so many feedbacks.")] = None,
    max_duration: Annotated[float | None, typer.Option(help="Give up after so many seconds.")] = None,
    feedback_delay: Annotated[
        float,
        typer.Option(help="Score only requests older than so many seconds."),
    ] = 0.0,
    equivalence_margin: Annotated[
        float | None, typer.Option(help="Keep the champion once the difference is smaller for sure.")
    ] = None,
    challenger_weight: Annotated[
        float, typer.Option(help="The challenger's share of the requests, .001 to .999.")
    ] = 0.5,
    auto_decide: Annotated[bool, typer.Option(help="End as soon as the rules allow a verdict.")] = True,
    auto_cancel: Annotated[bool, typer.Option(help="End when a guardrail is passed.")] = True,
    guardrails: Annotated[bool, typer.Option(help="Watch the challenger's failures and latency.")] = True,
    outcome_affected_by_prediction: Annotated[
        bool,
        typer.Option(
            help="The answer changes what happens, as a treatment does: forces split. Not for loans, where a no "
            "only hides the truth."
        ),
    ] = False,
    third_algorithm: Annotated[
        ThirdAlgorithm, typer.Option(help="What a promotion does to another one in production.")
    ] = ThirdAlgorithm.TO_TESTING,
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
            maximum_duration=None
            if max_duration is None
            else seconds(max_duration, "maxDuration", least=SHORTEST),
            feedback_delay=seconds(feedback_delay, "feedbackDelay"),
            equivalence_margin=equivalence_margin,
            challenger_weight=challenger_weight,
            auto_decide=auto_decide,
            auto_cancel=auto_cancel,
            guarded=guardrails,
            outcome_affected=outcome_affected_by_prediction,
            third=third_algorithm,
        )
        return await services.ab_tests.create(
            title=title, algorithms=(algorithm1, algorithm2), traffic=traffic, created_by=by, plan=rules
        )

    _tell(with_models(use), as_json)


@app.command()
def show(
    test: TestId,
    points: Annotated[int, typer.Option(help="How many lines the chart has at most.", min=0, max=1000)] = 20,
    as_json: AsJson = False,
) -> None:
    """Show a test's state, verdict and figures, and draw how its interval has narrowed.

    Example: `arbiter abtest show 1 --points 40`
    """

    async def use(services: Services) -> abtest_show.ABTestReport:
        found = await services.database.read(ab_tests.ab_tests_by_ids, [test])
        if test not in found:
            raise ABTestNotFound(f"There is no A/B test with id {test}.")
        snapshot = services.catalog.snapshot
        return abtest_show.ABTestReport(
            test=found[test],
            names={id_: str(snapshot.algorithm(id_)) for id_ in found[test].algorithm_ids},
            result=await services.ab_tests.evaluate(test),
            series=await services.ab_tests.series(test, points) if points else (),
        )

    shown = without_models(use)
    if as_json:
        show_json(shown.as_json())
    else:
        _tell(shown.test, as_json=False)
        shown.print()


@app.command()
def verify(test: TestId, as_json: AsJson = False) -> None:
    """Recompute a verdict from the stored observations; exit code 1 when it is not the one that was given.

    Example: `arbiter abtest verify 1`
    """
    found = without_models(lambda services: services.ab_tests.verify(test), declared=True)
    verdict = f"the verdict {found.verdict}" if found.verdict else "the cancellation"
    follows = "follows" if found.matches else "does not follow"
    lines = [
        f"test {test}: {verdict} {follows} from the observations by the rule: {found.rule}",
        *(f"- {difference}" for difference in found.differences),
    ]
    if found.changed or found.added:
        lines.append(
            f"since then the ground truth of {found.changed:,} requests was changed and of {found.added:,} added: "
            f"`arbiter abtest show {test}` tells what the figures say now"
        )
    output.show(
        {
            "test": found.ab_test_id,
            "matches": found.matches,
            "verdict": found.verdict,
            "recomputed": found.recomputed,
            "rule": found.rule,
            "differences": list(found.differences),
            "truths_changed_since": found.changed,
            "truths_added_since": found.added,
        },
        "\n".join(lines),
        as_json=as_json,
    )
    if not found.matches:
        raise typer.Exit(1)


@app.command()
def conclude(test: TestId, by: By = CREATED_BY, as_json: AsJson = False) -> None:
    """End a test now: with the verdict that its rules allow, else inconclusive.

    Example: `arbiter abtest conclude 1 --by Ann`
    """
    _tell(without_models(lambda services: services.ab_tests.conclude(test, by)), as_json)


@app.command()
def cancel(
    test: TestId,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
    by: By = CREATED_BY,
    as_json: AsJson = False,
) -> None:
    """End a test without a verdict; both algorithms get back the statuses they had.

    Example: `arbiter abtest cancel 1 --reason "wrong data"`
    """
    _tell(without_models(lambda services: services.ab_tests.cancel(test, by, reason)), as_json)


@app.command()
def rollback(test: TestId, by: By = CREATED_BY, as_json: AsJson = False) -> None:
    """Undo what a promotion changed; refused when one of those statuses was changed since.

    Example: `arbiter abtest rollback 1 --by Ann`
    """
    _tell(without_models(lambda services: services.ab_tests.rollback(test, by)), as_json)


def _tell(test: ABTest, as_json: bool) -> None:
    verdict = f", {test.verdict}" if test.verdict else ""
    lines = (
        f"test {test.id} ({test.title}) is {test.state}{verdict}",
        test.reason and f"reason: {test.reason}",
        test.summary,
    )
    output.show(abtest_show.row_of(test), "\n".join(filter(None, lines)), as_json=as_json)
