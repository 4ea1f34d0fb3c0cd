"""`arbiter predict`: the predictions of a whole file, resumable."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from arbiter import wiring
from arbiter.cli.jobs import order
from arbiter.cli.output import AsJson, show
from arbiter.cli.progress import progress
from arbiter.settings import Settings
from domain.callers import Principal, Scope
from domain.jobs import JobKind
from domain.requests.request import AlgorithmConditions
from domain.words import JSONValue
from serving.bulk.predictions import CHUNK, CsvCommand, CsvPredictions, CsvSummary
from serving.predictions.predict import MAX_ROWS

PRINCIPAL = Principal("command line", frozenset(Scope))
PATIENCE = 86_400.0
"""Nobody waits for a file's next row, so the deadline of a caller does not apply: a day a chunk."""


def predict(
    endpoint: Annotated[str, typer.Argument(help="The endpoint's name, such as `income_classifier`.")],
    *,
    csv: Annotated[
        Path | None,
        typer.Option(help="The rows; the first line names the features.", exists=True, dir_okay=False),
    ] = None,
    parquet: Annotated[
        Path | None,
        typer.Option(help="The rows, a column a feature, instead of --csv.", exists=True, dir_okay=False),
    ] = None,
    target: Annotated[
        Path,
        typer.Option("--out", help="Where the answers go, a row each, in order; with --job a new folder."),
    ],
    status: Annotated[str | None, typer.Option(help="Asked of the algorithm, such as `testing`.")] = None,
    version: Annotated[str | None, typer.Option(help="Asked of the algorithm.")] = None,
    algorithm: Annotated[str | None, typer.Option(help="The algorithm's id or name.")] = None,
    subject_column: Annotated[
        str | None, typer.Option(help="The column that holds each row's subject (slower: a call a subject).")
    ] = None,
    external_id_column: Annotated[
        str | None, typer.Option(help="The column of what another system calls each row: new, or empty.")
    ] = None,
    chunk: Annotated[
        int, typer.Option(help="Rows that are predicted, logged and written together.", min=1, max=MAX_ROWS)
    ] = CHUNK,
    restart: Annotated[
        bool, typer.Option("--restart", help="Predict all rows anew, over what --out has.")
    ] = False,
    as_job: Annotated[
        bool,
        typer.Option(
            "--job", help="Order it as a job, and have `arbiter work` do it; answers as part files."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Predict every row of a CSV or Parquet file; started again after an interruption it goes on where it stopped.

    A row that is wrong gets the outcome ERROR and a message; it never stops the run.

    Example: `arbiter predict income_classifier --csv in.csv --out out.csv`
    """
    source = source_of(csv, parquet)
    if as_job:
        if restart or chunk != CHUNK:
            raise typer.BadParameter("a job takes neither --restart nor --chunk")
        asked: dict[str, JSONValue] = {
            "endpoint": endpoint,
            "source": str(source.absolute()),
            "parquet": parquet is not None,
            "out": str(target.absolute()),
            "status": status,
            "version": version,
            "algorithm": algorithm,
            "subject_column": subject_column,
            "external_id_column": external_id_column,
        }
        order(JobKind.PREDICT, asked, as_json=as_json)
        return
    if target.is_dir():
        raise typer.BadParameter(f"--out {target} is a folder, which only a job writes to (--job)")
    command = CsvCommand(
        endpoint=endpoint,
        source=source,
        parquet=parquet is not None,
        target=target,
        principal=PRINCIPAL,
        conditions=AlgorithmConditions(status, version, algorithm),
        subject_column=subject_column,
        external_id_column=external_id_column,
        chunk=chunk,
        restart=restart,
    )
    summary = asyncio.run(_predict(command))
    before = f" ({summary.rows_before} of them before)" if summary.rows_before else ""
    text = f"{summary.rows} rows{before}, {summary.errors} errors, {summary.seconds:.1f} seconds: {target}"
    show(dataclasses.asdict(summary), text, as_json=as_json)


def source_of(csv: Path | None, parquet: Path | None) -> Path:
    """The file of rows: exactly one must be named."""
    source = csv or parquet
    if source is None or (csv is not None and parquet is not None):
        raise typer.BadParameter("name the file of rows: either --csv or --parquet")
    return source


async def _predict(command: CsvCommand) -> CsvSummary:
    settings = Settings.load().model_copy(update={"deadline": PATIENCE})
    async with wiring.running(settings) as services:
        predictions = CsvPredictions(services.database, services.catalog, services.predictor)
        with progress("predicting") as advance:
            return await predictions.run(command, advance)
