"""`arbiter check`: does every algorithm keep its contract?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from arbiter.cli.output import AsJson, Row, say, show_rows
from arbiter.settings import Settings
from graph.schema import check_names
from registry.discovery import discover

if TYPE_CHECKING:
    from registry.checks import CheckResult


def check(
    every: Annotated[bool, typer.Option("--all", help="Show the checks that passed, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run the contract checks on every algorithm, plug-ins included; exit 1 when one fails, or when names clash.

    Example: `arbiter check --all`
    """
    from registry.checks import run_checks

    settings = Settings.load()
    registry = discover(settings.artifacts, **settings.retired_values("discover"))
    if settings.typed_predictions:
        check_names(registry.endpoints)
    results = run_checks(registry)
    failed = [result for result in results if not result.passed]
    rows = [_row(result) for result in results if every or as_json or not result.passed]
    show_rows(rows, as_json=as_json, empty="every algorithm keeps its contract")
    if not as_json:
        say(f"{len(results) - len(failed)} of {len(results)} checks passed")
    if failed:
        raise typer.Exit(1)


def _row(result: CheckResult) -> Row:
    return {
        "algorithm": result.algorithm,
        "check": result.check,
        "passed": result.passed,
        "reason": result.reason,
    }
