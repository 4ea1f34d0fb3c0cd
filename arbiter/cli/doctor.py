"""`arbiter doctor`: is everything there that a server needs?"""

from __future__ import annotations

import asyncio
import dataclasses

import typer

from arbiter.cli.output import AsJson, show_rows
from arbiter.doctor import examine
from arbiter.settings import Settings


def doctor(as_json: AsJson = False) -> None:
    """Look at libraries, packages, database, algorithms, features, GraphiQL and port; exit 1 when one is unwell.

    Example: `arbiter doctor`
    """
    findings = asyncio.run(examine(Settings.load()))
    show_rows([dataclasses.asdict(finding) for finding in findings], as_json=as_json, empty="")
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)
