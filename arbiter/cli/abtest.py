"""`arbiter abtest`: plan, create, look at, verify and end A/B tests."""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli import abtest_show, output
from arbiter.cli.abtest_create import CREATED_BY, By, create
from arbiter.cli.abtest_plan import plan
from arbiter.cli.output import AsJson, show_json
from arbiter.cli.session import without_models
from domain.callers import Principal, Scope, Viewer
from domain.errors import ABTestNotFound
from domain.words import Hold
from orm.queries.ab_tests import ab_tests
from serving.services import Services

app = typer.Typer(
    name="abtest",
    help="Plan, create, show, verify, conclude, cancel and roll back A/B tests.",
    no_args_is_help=True,
)
app.command()(plan)
app.command()(create)

EVERYTHING = Viewer(Principal(CREATED_BY, frozenset(Scope)))
"""Whoever runs the command line reads the database itself."""

TestId = Annotated[int, typer.Argument(help="The test's id.")]


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
            worst=await services.ab_tests.worst_slice(test, EVERYTHING),
        )

    shown = without_models(use, declared=True)
    if as_json:
        show_json(shown.as_json())
    else:
        abtest_show.tell(shown.test, as_json=False)
        shown.print()


@app.command()
def slices(
    test: TestId,
    feature: Annotated[str, typer.Argument(help="The key of an indexed feature.")],
    as_json: AsJson = False,
) -> None:
    """Compare both algorithms within each value of a feature: a win on the whole may hide a loss somewhere.

    Example: `arbiter abtest slices 1 sex`
    """
    found = without_models(
        lambda services: services.ab_tests.slices(test, feature, EVERYTHING), declared=True
    )
    rows = abtest_show.slice_rows(found, as_json=as_json)
    output.show_rows(
        rows, as_json=as_json, empty="no prediction of the test has this feature and a ground truth"
    )


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
def conclude(
    test: TestId,
    accept: Annotated[
        list[Hold] | None,
        typer.Option(help="What holds a verdict back, and is accepted; `show` names it. Repeatable."),
    ] = None,
    by: By = CREATED_BY,
    as_json: AsJson = False,
) -> None:
    """End a test now: with the verdict that its rules allow, else inconclusive.

    Example: `arbiter abtest conclude 1 --by Ann`
    """
    accepted = frozenset(accept or ())
    abtest_show.tell(without_models(lambda services: services.ab_tests.conclude(test, by, accepted)), as_json)


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
    abtest_show.tell(without_models(lambda services: services.ab_tests.cancel(test, by, reason)), as_json)


@app.command()
def rollback(test: TestId, by: By = CREATED_BY, as_json: AsJson = False) -> None:
    """Undo what a promotion changed; refused when one of those statuses was changed since.

    Example: `arbiter abtest rollback 1 --by Ann`
    """
    abtest_show.tell(without_models(lambda services: services.ab_tests.rollback(test, by)), as_json)
