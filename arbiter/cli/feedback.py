"""`arbiter feedback`: the ground truth of a whole CSV file, by request id."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from arbiter import wiring
from arbiter.cli.output import AsJson, say, show_json
from arbiter.cli.progress import progress
from arbiter.settings import Settings
from domain.callers import Principal, Scope
from serving.bulk.feedback import CsvFeedback, CsvFeedbackCommand, CsvFeedbackSummary

PRINCIPAL = Principal("command line", frozenset(Scope))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(feedback)


def feedback(
    source: Annotated[
        Path,
        typer.Option("--csv", help="A row for each request, under a header.", exists=True, dir_okay=False),
    ],
    id_column: Annotated[str, typer.Option(help="The column of request ids.")] = "request_id",
    feedback_column: Annotated[
        str, typer.Option(help="The column of the truth; an empty or `nan` cell is passed over.")
    ] = "feedback",
    results: Annotated[
        Path | None, typer.Option("--out", help="Write here what became of each row.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import ground truth from a CSV file by request id; importing it again changes nothing.

    A row that is refused does not stop the others; where the endpoint declares its classes, what is none of them is
    refused. A cell without a value changes nothing. Exit code 1 when a row was refused, else 0.

    Example: `arbiter feedback --csv truth.csv --out results.csv`
    """
    command = CsvFeedbackCommand(source, PRINCIPAL, id_column, feedback_column, results)
    summary = asyncio.run(_import(command, quiet=as_json))
    if as_json:
        show_json(dataclasses.asdict(summary))
    else:
        say(_said(summary, results))
    if summary.refused:
        raise typer.Exit(1)


async def _import(command: CsvFeedbackCommand, *, quiet: bool) -> CsvFeedbackSummary:
    async with wiring.running(Settings.load(), makes=False) as services:
        with progress("importing") as advance:
            summary = await CsvFeedback(services.feedback).run(command, advance)
        if summary.rows and not summary.stored and not quiet:
            typer.echo(f"nothing was stored in {services.database.name}", err=True)
        return summary


def _said(summary: CsvFeedbackSummary, results: Path | None) -> str:
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
