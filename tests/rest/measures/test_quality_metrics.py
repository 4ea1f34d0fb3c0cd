"""What `/metrics` shows of the last days' answers."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette

from domain.statistics.evidence import Evidence
from domain.statistics.figures import ABTestFigures
from domain.statistics.rules import VerdictRules
from domain.statistics.units import GainSums, SeenGains, UnitSums
from domain.statistics.verdict import decide, weigh
from rest.measures.metrics import Metrics
from serving.ab_tests.looks import Looks
from serving.feedback.recent_quality import AT_MOST_EVERY
from serving.services import Services
from tests.conftest import Statements
from tests.rest.rows import POOR

NAMES = ("arbiter_feedback_share", "arbiter_accuracy", "arbiter_rmse")


async def shown(client: httpx.AsyncClient) -> list[str]:
    text = (await client.get("/metrics")).text
    return [line for line in text.splitlines() if line.startswith(NAMES)]


async def test_metrics_tell_the_accuracy_of_the_last_days_read_twice_a_minute_at_most(
    client: httpx.AsyncClient, app: Starlette, statements: Statements
) -> None:
    services: Services = app.state.services
    now = [0.0]
    services.recent_quality._timer = lambda: now[0]
    assert await shown(client) == []
    for truth in ("<=50K", ">50K", "<=50K", None):
        answer = (await client.post("/api/v1/income_classifier/predict", json=POOR)).json()
        if truth is not None:
            await client.put(f"/api/v1/mlrequests/{answer['request_id']}", json={"feedback": truth})
    with statements() as sql:
        assert await shown(client) == []
    assert [text for text in sql if "daily_summary" in text] == []
    now[0] += AT_MOST_EVERY
    of = '{algorithm="random forest 0.0.1",endpoint="income_classifier"}'
    assert await shown(client) == [
        f"arbiter_feedback_share{of} 0.75",
        f"arbiter_accuracy{of} 0.6666666666666666",
    ]


def test_the_evidence_of_a_running_test_is_shown() -> None:
    gains = SeenGains(either=GainSums(1000, total=60, squares=120))
    unit = UnitSums(0.5, complete=1000, disagreements=120, labelled=120, gains=gains)
    figures = ABTestFigures((), requests=1000, complete=1000, disagreeing=120, units=(unit,))
    rules, looks, metrics = VerdictRules(), Looks(), Metrics()
    metrics.watch_ab_tests(looks)
    looks.note(7, figures, rules, decide(figures, rules))
    evidence = weigh(figures, rules)
    assert isinstance(evidence, Evidence)
    assert evidence.e_value > 1 / rules.alpha
    assert (
        f'arbiter_ab_test_evidence{{ab_test="7"}} {evidence.e_value}'
        in metrics.render().decode().splitlines()
    )
