"""`arbiter replay`: how an algorithm would have done on the requests that have feedback."""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli.abtest_show import arm_row, result_row, sentences
from arbiter.cli.jobs import order
from arbiter.cli.output import AsJson, Row, say, show_json, show_rows
from arbiter.cli.period import CreatedBefore, CreatedFrom, in_utc
from arbiter.cli.progress import progress
from arbiter.cli.session import with_models
from domain.ab_tests.disagreement import AnswerChange
from domain.ab_tests.results.result import DifferingAnswer, Replay
from domain.callers import Principal, Scope, Viewer
from domain.catalog.entries import Algorithm
from domain.history.filters import RequestFilter
from domain.jobs import JobKind
from domain.requests.new_request import ArmAnswer
from domain.statistics.rules import Metric, VerdictRules
from domain.words import JSONValue, Kind
from serving.services import Services

DEFAULT_LIMIT = 10_000
SHOWN = 20
"""So many differing rows a person is shown; `--json` has a hundred."""


def replay(
    algorithm: Annotated[int, typer.Argument(help="The algorithm's id, as `arbiter algorithms` lists it.")],
    *,
    limit: Annotated[
        int | None,
        typer.Option(help="How many requests at most, newest first: 10,000 unless you say more.", min=1),
    ] = None,
    served_by: Annotated[int | None, typer.Option(help="Only requests that this algorithm served.")] = None,
    created_from: CreatedFrom = None,
    created_before: CreatedBefore = None,
    change: Annotated[
        AnswerChange | None, typer.Option(help="List only rows whose answer became so.")
    ] = None,
    as_job: Annotated[
        bool,
        typer.Option(
            "--job", help="Over all of them, however many: order it, and have `arbiter work` do it."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run an algorithm over logged requests with feedback, and compare it with what was served; stores nothing.

    Example: `arbiter replay 3 --limit 5000`
    """
    if as_job:
        if limit is not None or change is not None:
            raise typer.BadParameter("a job takes neither --limit nor --change; narrow it by time")
        asked: dict[str, JSONValue] = {
            "algorithm": algorithm,
            "served_by": served_by,
            "created_from": None if created_from is None else str(in_utc(created_from)),
            "created_before": None if created_before is None else str(in_utc(created_before)),
        }
        order(JobKind.REPLAY, asked, as_json=as_json)
        return
    where = RequestFilter(
        algorithm_ids=None if served_by is None else (served_by,),
        created_from=in_utc(created_from),
        created_before=in_utc(created_before),
    )

    async def use(services: Services) -> tuple[Replay, Algorithm]:
        chosen = services.catalog.snapshot.algorithm(algorithm)
        with progress(f"replaying {chosen}") as advance:
            found = await services.ab_tests.replay(
                algorithm,
                where,
                viewer=Viewer(Principal("command line", frozenset(Scope))),
                limit=DEFAULT_LIMIT if limit is None else limit,
                progress=advance,
            )
        return found, chosen

    found, chosen = with_models(use, makes=False)
    show_replay(found, str(chosen), chosen.kind, change=change, as_json=as_json)


def show_replay(
    found: Replay, algorithm: str, kind: Kind, *, change: AnswerChange | None = None, as_json: bool = False
) -> None:
    """Print what a replay found; for people only the first of the requests on which both answers differ."""
    metric = Metric.default(kind)
    arms = [
        arm_row(found.result.champion, "what was served", metric),
        arm_row(found.result.challenger, algorithm, metric),
    ]
    if as_json:
        show_json(
            {
                "algorithm": found.algorithm_id,
                "requests": found.requests,
                "skipped": found.skipped,
                "arms": arms,
                "result": result_row(found.result),
                "differing": [_differing_row(one, "request_id") for one in found.differing_by(change)],
            }
        )
        return
    say(f"{found.requests:,} requests compared, {found.skipped:,} skipped: {found.result.reason}")
    show_rows(arms, as_json=False, empty="")
    for line in sentences(found.result, metric, VerdictRules().alpha):
        say(line)
    differing = found.differing_by(change)
    if differing:
        say(f"the first {len(differing):,} on which both answer differently, newest first:")
        rows = [_differing_row(one, "request") for one in differing[:SHOWN]]
        show_rows(rows, as_json=False, empty="")


def _differing_row(one: DifferingAnswer, request: str) -> Row:
    return {
        request: str(one.request.id),
        "feedback": one.request.feedback,
        "served": _said(one.served),
        "answer": _said(one.answer),
        "change": one.change.value,
    }


def _said(answer: ArmAnswer) -> str | float | None:
    """An answer in one cell; None where it failed."""
    return answer.value if answer.label is None else answer.label
