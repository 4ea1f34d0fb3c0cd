"""`arbiter feedback`: the ground truth of a whole file, by request id or external id."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from arbiter.cli.jobs import order
from arbiter.cli.output import AsJson, show
from arbiter.cli.predict import source_of
from arbiter.cli.progress import progress
from arbiter.cli.session import with_models
from domain.callers import Principal, Scope
from domain.jobs import JobKind
from domain.words import JSONValue
from serving.bulk.feedback import CsvFeedback, CsvFeedbackCommand, CsvFeedbackSummary
from serving.services import Services

PRINCIPAL = Principal("command line", frozenset(Scope))


def feedback(
    *,
    csv: Annotated[
        Path | None, typer.Option(help="A row for each request, under a header.", exists=True, dir_okay=False)
    ] = None,
    parquet: Annotated[
        Path | None,
        typer.Option(help="A row for each request, instead of --csv.", exists=True, dir_okay=False),
    ] = None,
    id_column: Annotated[str, typer.Option(help="The column of request ids.")] = "request_id",
    feedback_column: Annotated[
        str, typer.Option(help="The column of the truth; an empty or `nan` cell is passed over.")
    ] = "feedback",
    external_id_column: Annotated[
        str | None,
        typer.Option(help="The column of external ids, instead of request ids; with --endpoint."),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="The endpoint whose requests the external ids name.")
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option("--out", help="Write here what became of each row; with --job a new folder."),
    ] = None,
    as_job: Annotated[
        bool, typer.Option("--job", help="Order it as a job, and have `arbiter work` do it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import ground truth from a CSV or Parquet file by request id or external id; importing it again changes nothing.

    A row that is refused does not stop the others; where the endpoint declares its classes, what is none of them is
    refused. A cell without a value changes nothing. Exit code 1 when a row was refused, else 0.

    Example: `arbiter feedback --csv truth.csv --out results.csv`
    """
    source = source_of(csv, parquet)
    if as_job:
        asked: dict[str, JSONValue] = {
            "source": str(source.absolute()),
            "parquet": parquet is not None,
            "out": None if results is None else str(results.absolute()),
            "id_column": id_column,
            "feedback_column": feedback_column,
            "external_id_column": external_id_column,
            "endpoint": endpoint,
        }
        order(JobKind.FEEDBACK, asked, as_json=as_json)
        return
    if results is not None and results.is_dir():
        raise typer.BadParameter(f"--out {results} is a folder, which only a job writes to (--job)")
    command = CsvFeedbackCommand(
        source,
        PRINCIPAL,
        id_column,
        feedback_column,
        results,
        external_id_column=external_id_column,
        endpoint=endpoint,
        parquet=parquet is not None,
    )

    async def use(services: Services) -> CsvFeedbackSummary:
        if endpoint is not None:
            services.catalog.snapshot.endpoint_named(endpoint)
        with progress("importing") as advance:
            summary = await CsvFeedback(services.feedback).run(command, advance)
        if summary.rows and not summary.stored and not as_json:
            typer.echo(f"nothing was stored in {services.database.name}", err=True)
        return summary

    summary = with_models(use, makes=False)
    show(dataclasses.asdict(summary), _conclusion(summary, results), as_json=as_json)
    if summary.refused:
        raise typer.Exit(1)


def _conclusion(summary: CsvFeedbackSummary, results: Path | None) -> str:
    where = f": see {results}" if summary.refused and results else ""
    lines = [
        f"{summary.rows} rows, {summary.stored} stored, {summary.skipped} skipped, {summary.refused} refused{where}, "
        f"{summary.seconds:.1f} seconds"
    ]
    lines += [
        f"{one.rows} refused as {one.code}, for example request {one.request_id!r}: {one.message}"
        for one in summary.refusals
    ]
    return "\n".join(lines)
