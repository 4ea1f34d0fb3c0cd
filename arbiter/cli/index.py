"""`arbiter index`: put what is stored into the index of a feature that was declared as indexed later."""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli.jobs import order
from arbiter.cli.output import AsJson, Row, say, show_json
from arbiter.cli.progress import progress
from arbiter.cli.session import without_models
from domain.jobs import JobKind
from orm.queries.catalog.index_runs import CONFIDENCE, IndexRun
from serving.services import Services


def index(
    endpoint: Annotated[str, typer.Argument(help="The endpoint's name.")],
    feature: Annotated[
        str | None,
        typer.Argument(
            help="A feature that endpoint.json declares as indexed; left out, all of them and the confidence."
        ),
    ] = None,
    as_job: Annotated[
        bool, typer.Option("--job", help="Order it as a job, and have `arbiter work` do it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Index stored requests by a feature, so that searches find older ones; servers may run meanwhile.

    Interrupted, it goes on where it stopped. Restart the servers with the declaration first, so that what comes
    meanwhile is indexed too.

    Example: `arbiter index income_classifier occupation`
    """
    if as_job:
        order(JobKind.INDEX, {"endpoint": endpoint, "feature": feature}, as_json=as_json)
        return

    async def use(services: Services) -> list[IndexRun]:
        with progress(f"indexing {endpoint}") as advance:
            return await services.indexed_features.index_stored(endpoint, feature, progress=advance)

    runs = without_models(use, declared=True)
    if as_json:
        show_json([_row(run) for run in runs])
        return
    for run in runs:
        refused = f"; {run.refused:,} hold what it does not take today" if run.refused else ""
        say(f"{_called(run)}: {run.requests:,} requests gone through, {run.indexed:,} added{refused}")


def _called(run: IndexRun) -> str:
    return "confidence" if run.feature == CONFIDENCE else run.feature


def _row(run: IndexRun) -> Row:
    return {
        "feature": _called(run),
        "requests": run.requests,
        "indexed": run.indexed,
        "refused": run.refused,
    }
