"""`arbiter retention`: how long the requests of an endpoint are kept, and carrying that out by hand."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated

import typer

from arbiter.cli.output import AsJson, Row, say, show, show_json, show_rows
from arbiter.cli.progress import progress
from arbiter.cli.session import without_models
from domain.callers import Principal, Scope
from domain.errors import InvalidInput
from domain.history.retention import Retention, RetentionChange, RetentionWait, Stage, StagePlan
from orm.queries.retention.rules import changes_of
from serving.retention.removal import Preview
from serving.retention.retention import first_of_each
from serving.services import Services

app = typer.Typer(
    name="retention", help="Set, show and carry out how long requests are kept.", no_args_is_help=True
)

SHOWN_CHANGES = 20
PATIENCE = 3600.0
"""Seconds that counting what is due may take."""
Name = Annotated[str, typer.Argument(help="The endpoint's name.")]


@app.command("set")
def set_rule(
    endpoint: Name,
    inputs: Annotated[
        str | None,
        typer.Option(help="How long requests keep input, message, subject and features, such as 90d."),
    ] = None,
    rows: Annotated[
        str | None,
        typer.Option(help="How long requests are kept at all, such as 400d; then the daily summaries alone."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep requests for so long from now on; what an option leaves out is kept for ever. Servers remove what is due.

    Example: `arbiter retention set income_classifier --inputs 90d --rows 400d`
    """
    given = {"inputs": _days(inputs, "--inputs"), "rows": _days(rows, "--rows")}
    if given == {"inputs": None, "rows": None}:
        raise InvalidInput(
            "say how long with --inputs 90d, --rows 400d or both; `arbiter retention clear` keeps everything for ever."
        )
    _set(endpoint, given["inputs"], given["rows"], as_json=as_json)


@app.command()
def clear(endpoint: Name, as_json: AsJson = False) -> None:
    """Keep requests for ever from now on; what is gone stays gone.

    Example: `arbiter retention clear income_classifier`
    """
    _set(endpoint, None, None, as_json=as_json)


def _set(endpoint: str, inputs: int | None, rows: int | None, *, as_json: bool) -> None:
    principal = Principal("command line", frozenset({Scope.ADMIN}))
    found = without_models(lambda services: services.retentions.set_rule(endpoint, inputs, rows, principal))
    show(_row(endpoint, found, []), f"{endpoint} keeps {found.rule}", as_json=as_json)


def _days(text: str | None, option: str) -> int | None:
    """The number of days in `90d`. Raises InvalidInput with the cure."""
    if text is None:
        return None
    found = re.fullmatch(r"(-?\d{1,9})d?", text.strip())
    if found is None:
        raise InvalidInput(
            f"{option} must be a number of days such as 90d, not {text[:30]!r}.", path=(option,)
        )
    return int(found[1])


@app.command("show")
def show_rule(
    endpoint: Annotated[
        str | None, typer.Argument(help="The endpoint's name; left out, all of them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show rules, since when requests are kept, what was removed, and what waits for what.

    Example: `arbiter retention show income_classifier`
    """

    async def use(services: Services) -> list[tuple[str, Retention, list[StagePlan], list[RetentionChange]]]:
        names = (
            [endpoint] if endpoint else sorted(e.name for e in services.catalog.snapshot.endpoints.values())
        )
        found = []
        for name in names:
            retention, plans = await services.retentions.of(name)
            async with services.database.reader() as reader:
                changes = await changes_of(reader, [retention.endpoint_id], most=SHOWN_CHANGES)
            found.append((name, retention, plans, changes.get(retention.endpoint_id, [])))
        return found

    found = without_models(use, read_timeout=PATIENCE)
    rows = [_row(name, retention, first_of_each(plans)) for name, retention, plans, _ in found]
    if endpoint is None:
        short = (
            "endpoint",
            "inputs_days",
            "rows_days",
            "inputs_kept_from",
            "kept_from",
            "rows_removed",
            "waits",
        )
        shown = rows if as_json else [{name: row[name] for name in short} for row in rows]
        show_rows(shown, as_json=as_json, empty="there are no endpoints")
        return
    ((_, retention, _, changes),) = found
    history = [{"at": c.created_at, "by": c.created_by, "keeps": str(c.rule)} for c in changes]
    if as_json:
        show_json({**rows[0], "changes": history})
        return
    for line in _lines(endpoint, retention, rows[0]):
        say(line)
    show_rows(history, as_json=False, empty="nobody ever set a rule: everything is kept for ever")


def _lines(endpoint: str, retention: Retention, row: Row) -> list[str]:
    lines = [f"{endpoint} keeps {retention.rule}"]
    for name, since in (("inputs", retention.inputs_kept_from), ("requests", retention.kept_from)):
        lines.append(f"{name} are kept from: {since.isoformat() if since else 'the first one on'}")
    removed = ", ".join(
        f"{count:,} {name.replace('_', ' ')}" for name, count in asdict(retention.removed).items() if count
    )
    lines.append(f"removed so far: {removed or 'nothing'}")
    waits = row["waits"]
    return [*lines, *(f"waits: {one}" for one in waits)] if isinstance(waits, list) else lines


def _row(endpoint: str, retention: Retention, waits: list[RetentionWait]) -> Row:
    return {
        "endpoint": endpoint,
        "inputs_days": retention.rule.inputs_days,
        "rows_days": retention.rule.rows_days,
        "changed_by": retention.changed_by,
        "changed_at": retention.changed_at,
        "inputs_kept_from": retention.inputs_kept_from,
        "kept_from": retention.kept_from,
        **{f"{name}_removed": count for name, count in asdict(retention.removed).items()},
        "waits": [wait.message for wait in waits],
    }


@app.command()
def run(
    endpoint: Name,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    clock_is_right: Annotated[
        bool, typer.Option("--clock-is-right", help="Believe the clock, however far it has jumped.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what is due now, while servers run; interrupted, it goes on where it stopped.

    Example: `arbiter retention run income_classifier --dry-run`
    """
    if dry_run:
        _show_preview(endpoint, as_json=as_json)
        return

    async def use(services: Services) -> tuple[Retention, Retention, list[StagePlan]]:
        before, _ = await services.retentions.of(endpoint)
        with progress(f"removing from {endpoint}") as advance:
            await services.retentions.run(endpoint, progress=advance, clock_is_right=clock_is_right)
        return (before, *await services.retentions.of(endpoint))

    before, after, plans = without_models(use, declared=True, read_timeout=PATIENCE)
    waits = first_of_each(plans)
    inputs, rows = (
        getattr(after.removed, name) - getattr(before.removed, name) for name in ("inputs", "rows")
    )
    if as_json:
        show_json({"inputs": inputs, "rows": rows, "waits": [wait.message for wait in waits]})
        return
    say(f"{endpoint}: {inputs:,} requests lost their inputs, {rows:,} are gone")
    for wait in waits:
        say(f"waits: {wait.message}")


def _show_preview(endpoint: str, *, as_json: bool) -> None:
    async def use(services: Services) -> list[Preview]:
        return await services.retentions.preview(endpoint)

    found = without_models(use, read_timeout=PATIENCE)
    rows: list[Row] = [
        {
            "removes": "requests" if one.plan.stage is Stage.ROWS else "inputs",
            "requests": one.requests,
            "waits": [wait.message for wait in one.plan.waits],
        }
        for one in found
    ]
    show_rows(rows, as_json=as_json, empty=f"nothing of {endpoint} is due")
