"""`arbiter rebuild-summary`: do the daily summaries equal the request log?"""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli.jobs import PATIENCE, order
from arbiter.cli.output import AsJson, Row, say, show_rows
from arbiter.cli.session import without_models
from domain.history.daily import SummaryDifference
from domain.jobs import JobKind
from serving.services import Services


def rebuild_summary(
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; exit 1 with the differences if there are any.")
    ] = False,
    as_job: Annotated[
        bool, typer.Option("--job", help="Order it as a job, a day a unit, and have `arbiter work` do it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the daily summaries with the request log and correct what differs; servers may run meanwhile.

    Example: `arbiter rebuild-summary --check`
    """
    if as_job:
        if check:
            raise typer.BadParameter("a job corrects what differs; leave out --check")
        order(JobKind.REBUILD, {}, as_json=as_json)
        return

    async def use(services: Services) -> list[Row]:
        found = await (services.summaries.check() if check else services.summaries.rebuild())
        return [_row(difference, services) for difference in found]

    rows = without_models(use, declared=True, read_timeout=PATIENCE)
    if rows or as_json:
        show_rows(rows, as_json=as_json, empty="")
    if not as_json:
        say(_conclusion(len(rows), check))
    if rows and check:
        raise typer.Exit(1)


def _conclusion(count: int, check: bool) -> str:
    if not count:
        return "the daily summaries equal the request log"
    cure = "`arbiter rebuild-summary` corrects them" if check else "they are corrected"
    return f"numbers that differed from the request log: {count}; {cure}"


def _row(difference: SummaryDifference, services: Services) -> Row:
    snapshot = services.catalog.snapshot
    algorithm = snapshot.algorithms.get(difference.algorithm_id)
    endpoint = snapshot.endpoints.get(difference.endpoint_id)
    return {
        "day": difference.day,
        "endpoint": difference.endpoint_id if endpoint is None else endpoint.name,
        "algorithm": (difference.algorithm_id or None) if algorithm is None else str(algorithm),
        "arm": difference.arm or None,
        "label": difference.label or None,
        "feedback": difference.feedback or None,
        "column": difference.column,
        "stored": difference.stored,
        "expected": difference.expected,
    }
