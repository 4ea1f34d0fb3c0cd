"""`arbiter abtest`: create, look at and end A/B tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from arbiter import wiring
from arbiter.cli.output import AsJson, Row, say, show_json, show_rows
from arbiter.settings import Settings
from domain.errors import ABTestNotFound
from domain.types import ABTest, ArmFigures, Kind, Traffic
from orm.queries import ab_tests
from serving.services import Services

app = typer.Typer(
    name="abtest", help="Create, show, conclude, cancel and roll back A/B tests.", no_args_is_help=True
)

CREATED_BY = "command line"
Result = TypeVar("Result")

TestId = Annotated[int, typer.Argument(help="The test's id.")]
By = Annotated[str, typer.Option(help="Who does it, for the audit log.")]


@app.command()
def create(
    algorithm1: Annotated[int, typer.Argument(help="Id of one algorithm.")],
    algorithm2: Annotated[int, typer.Argument(help="Id of the other one.")],
    *,
    title: Annotated[str, typer.Option(help="What the test is about.")] = "A/B test",
    traffic: Annotated[Traffic, typer.Option(help="`ALL` takes plain predictions too.")] = Traffic.ALL,
    by: By = CREATED_BY,
    as_json: AsJson = False,
) -> None:
    """Start a test of two algorithms of one endpoint.

    Example: `arbiter abtest create 1 2 --title "forest against trees"`
    """

    async def use(services: Services) -> ABTest:
        return await services.experiments.create(
            title=title, algorithms=(algorithm1, algorithm2), traffic=traffic, created_by=by
        )

    _tell(asyncio.run(_with_services(use)), as_json)


@app.command()
def show(test: TestId, as_json: AsJson = False) -> None:
    """Show a test's state, verdict and figures.

    Example: `arbiter abtest show 1 --json`
    """

    async def use(services: Services) -> tuple[ABTest, tuple[ArmFigures, ArmFigures], list[str]]:
        async with services.database.reader() as reader:
            found = await ab_tests.ab_tests_by_ids(reader, [test])
        if test not in found:
            raise ABTestNotFound(f"There is no A/B test with id {test}.")
        names = [str(services.catalog.snapshot.algorithm(id_)) for id_ in found[test].algorithm_ids]
        return found[test], await services.experiments.figures(test), names

    found, figures, names = asyncio.run(_with_services(use))
    arms = [_arm(found, index, names[index], figures[index]) for index in (0, 1)]
    if as_json:
        show_json({**_row(found), "arms": arms})
        return
    _tell(found, as_json=False)
    show_rows(arms, as_json=False, empty="")


@app.command()
def conclude(test: TestId, by: By = CREATED_BY, as_json: AsJson = False) -> None:
    """End a test with a verdict from the feedback so far; the better algorithm goes to production.

    Example: `arbiter abtest conclude 1 --by Ann`
    """
    _tell(asyncio.run(_with_services(lambda services: services.experiments.conclude(test, by))), as_json)


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
    _tell(
        asyncio.run(_with_services(lambda services: services.experiments.cancel(test, by, reason))), as_json
    )


@app.command()
def rollback(test: TestId, by: By = CREATED_BY, as_json: AsJson = False) -> None:
    """Undo what a promotion changed; refused when one of those statuses was changed since.

    Example: `arbiter abtest rollback 1 --by Ann`
    """
    _tell(asyncio.run(_with_services(lambda services: services.experiments.rollback(test, by))), as_json)


async def _with_services(use: Callable[[Services], Awaitable[Result]]) -> Result:
    async with wiring.running(Settings.load()) as services:
        return await use(services)


def _tell(test: ABTest, as_json: bool) -> None:
    if as_json:
        show_json(_row(test))
        return
    verdict = f", {test.verdict}" if test.verdict else ""
    say(f"test {test.id} ({test.title}) is {test.state}{verdict}")
    if test.reason:
        say(f"reason: {test.reason}")
    if test.summary:
        say(test.summary)


def _row(test: ABTest) -> Row:
    return {
        "id": test.id,
        "title": test.title,
        "state": test.state,
        "verdict": test.verdict,
        "reason": test.reason,
        "summary": test.summary,
        "traffic": test.traffic,
        "algorithms": list(test.algorithm_ids),
        "champion": test.champion_id,
        "created_by": test.created_by,
        "created_at": test.created_at,
        "ended_at": test.ended_at,
    }


def _arm(test: ABTest, index: int, name: str, figures: ArmFigures) -> Row:
    known = figures.with_feedback > 0
    classifier = test.kind is Kind.CLASSIFIER
    return {
        "arm": test.arm_of(test.algorithm_ids[index]),
        "algorithm": name,
        "served": figures.served,
        "errors": figures.errors,
        "with_feedback": figures.with_feedback,
        "accuracy": round(figures.correct / figures.with_feedback, 6) if known and classifier else None,
        "rmse": round((figures.squares / figures.with_feedback) ** 0.5, 6)
        if known and not classifier
        else None,
    }
