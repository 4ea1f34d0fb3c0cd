"""`arbiter export`: the requests of an endpoint as files, ordered as a job."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from arbiter.cli.jobs import order
from arbiter.cli.output import AsJson
from arbiter.cli.period import CreatedBefore, CreatedFrom, in_utc
from domain.history.filter_text import to_plain
from domain.history.filters import RequestFilter
from domain.jobs import JobKind
from serving.bulk.parts import PartFormat


def export(
    endpoint: Annotated[str, typer.Argument(help="The endpoint's name, such as `income_classifier`.")],
    *,
    out: Annotated[
        Path,
        typer.Option(help="A folder that is empty or not there yet; every worker needs it under this name."),
    ],
    format: Annotated[
        PartFormat, typer.Option("--format", help="How the part files are written.")
    ] = PartFormat.PARQUET,
    algorithm: Annotated[int | None, typer.Option(help="Only requests that this algorithm served.")] = None,
    with_feedback: Annotated[
        bool | None,
        typer.Option(
            "--with-feedback/--without-feedback", help="Only requests whose ground truth is known, or is not."
        ),
    ] = None,
    created_from: CreatedFrom = None,
    created_before: CreatedBefore = None,
    as_json: AsJson = False,
) -> None:
    """Order an export of an endpoint's requests to part files; `arbiter work` writes them.

    Example: `arbiter export income_classifier --out /data/income --with-feedback`
    """
    where = RequestFilter(
        algorithm_ids=None if algorithm is None else (algorithm,),
        with_feedback=with_feedback,
        created_from=in_utc(created_from),
        created_before=in_utc(created_before),
    )
    asked = {
        "endpoint": endpoint,
        "out": str(out.absolute()),
        "format": format.value,
        "where": to_plain(where),
    }
    order(JobKind.EXPORT, asked, as_json=as_json)
