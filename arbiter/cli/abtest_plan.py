"""`arbiter abtest plan`: how many predictions and ground truths a test will need, before it begins, and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from arbiter.cli.output import AsJson, Row, say, show_json, show_rows
from arbiter.cli.session import without_models
from domain.ab_tests.plan import EVEN
from domain.ab_tests.sample_size import DailyRate, GainPlan, Way, size_plan
from domain.statistics.power import POWER
from orm.queries.ab_tests import rates
from serving.services import Services


def plan(
    *,
    accuracy: Annotated[
        float | None, typer.Option(help="The champion's share of right answers, such as .85.")
    ] = None,
    effect: Annotated[
        float | None, typer.Option(help="The difference worth finding: .01 is one point.")
    ] = None,
    gain: Annotated[
        float | None,
        typer.Option(
            help="In place of both, for cost, Brier and bounded errors: how much less the challenger loses, as a "
            "share of the largest loss."
        ),
    ] = None,
    spread: Annotated[
        float | None, typer.Option(help="With `--gain`: its standard deviation, as the same share.")
    ] = None,
    agreement: Annotated[
        float, typer.Option(help="The share of requests on which both are right or both are wrong.")
    ] = 0.9,
    alpha: Annotated[float, typer.Option(help="The chance of a wrong winner that is accepted.")] = 0.05,
    chance: Annotated[float, typer.Option(help="The chance to find the difference if it is there.")] = POWER,
    challenger_weight: Annotated[float, typer.Option(help="The challenger's share in split mode.")] = EVEN,
    endpoint: Annotated[
        str | None, typer.Option(help="Say until when, by what came in at this endpoint in the last week.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say how many requests and feedbacks a test needs, in both modes, and until when it has them.

    Example: `arbiter abtest plan --accuracy .85 --effect .01 --agreement .9`
    """
    asked = size_plan(
        accuracy=accuracy,
        effect=effect,
        gain=gain,
        spread=spread,
        agreement=agreement,
        alpha=alpha,
        chance=chance,
        challenger_weight=challenger_weight,
    )
    now = datetime.now(UTC)
    rate = None if endpoint is None else _rate(endpoint, now)
    rows = [_row(way, now, rate, dated=endpoint is not None) for way in asked.ways()]
    if as_json:
        show_json(rows)
        return
    found = (
        f"a gain of {100 * asked.gain:+g} % of the largest loss"
        if isinstance(asked, GainPlan)
        else f"a difference of {100 * asked.effect:+g} points from an accuracy of {100 * asked.accuracy:g} %"
    )
    say(f"to find {found}, with a chance of {100 * chance:g} %, however often one looks:")
    show_rows(
        [{name: _display(value) for name, value in row.items()} for row in rows], as_json=False, empty=""
    )
    if rate is not None:
        say(f"{endpoint} gets {rate.requests:,.0f} requests and {rate.feedbacks:,.0f} feedbacks a day")


def _rate(endpoint: str, now: datetime) -> DailyRate | None:
    async def use(services: Services) -> DailyRate | None:
        id_ = services.catalog.snapshot.endpoint_named(endpoint).id
        return await services.database.read(rates.daily_rate, id_, now)

    return without_models(use)


def _row(way: Way, now: datetime, rate: DailyRate | None, *, dated: bool) -> Row:
    row: Row = {
        "mode": way.mode,
        "feedback_on": way.feedback_on,
        "requests": way.requests,
        "feedbacks": way.feedbacks,
    }
    return {**row, "until": way.until(now, rate)} if dated else row


def _display(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if value is None:
        return "not known"
    return f"{value:,}" if isinstance(value, int) else str(value)
