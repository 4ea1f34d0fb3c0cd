"""What several processes count is told as one."""

from __future__ import annotations

import re
from pathlib import Path

from rest.measures import collectors, metrics
from rest.measures.metrics import Metrics
from rest.measures.sums import GAUGES, Sums, render

ADDED = {
    "arbiter_algorithm_rows_waiting",
    "arbiter_graphql_compiled_fields",
    "arbiter_graphql_kept_tokens",
    "arbiter_readers_busy",
    "arbiter_log_rows_waiting",
    "arbiter_reads_waiting",
    "arbiter_subscriptions",
    "arbiter_websockets",
}


def counted(calls: int, *, storable: bool) -> Metrics:
    one = Metrics()
    for _ in range(calls):
        one.called("/api/v1/endpoints", "GET", 200, 0.002)
    one.storable(storable)
    return one


def samples(text: bytes) -> dict[str, float]:
    lines = [line for line in text.decode().splitlines() if not line.startswith("#")]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_counts_and_times_are_added_and_readiness_is_that_of_the_least() -> None:
    living = [counted(3, storable=True).families(), counted(4, storable=False).families()]
    found = samples(render([], living, ready=2, replaced={"died": 1}))
    assert found['arbiter_http_calls_total{edge="rest",method="GET",status="200"}'] == 7
    assert found['arbiter_http_seconds_bucket{edge="rest",le="0.001"}'] == 0
    assert found['arbiter_http_seconds_bucket{edge="rest",le="0.0025"}'] == 7
    assert round(found['arbiter_http_seconds_sum{edge="rest"}'], 9) == 0.014
    assert found["arbiter_database_ready"] == 0
    assert found["arbiter_workers"] == 2
    assert found['arbiter_workers_replaced_total{reason="died"}'] == 1


def test_what_has_ended_keeps_its_counts_and_loses_its_gauges() -> None:
    ended = Sums()
    ended.add(counted(3, storable=False).families(), gauges=False)
    living = [counted(4, storable=True).families()]
    found = samples(render(ended.families(), living, ready=1, replaced={}))
    assert found['arbiter_http_calls_total{edge="rest",method="GET",status="200"}'] == 7
    assert found["arbiter_database_ready"] == 1


def test_one_process_summed_is_what_it_tells_itself() -> None:
    alone = counted(5, storable=True)
    told = samples(alone.render())
    summed = samples(render([], [alone.families()], ready=1, replaced={}))
    assert {name: value for name, value in summed.items() if not name.startswith("arbiter_workers")} == told


def test_every_gauge_has_a_rule() -> None:
    text = "".join(path.read_text("utf-8") for path in Path(str(metrics.__file__)).parent.glob("*.py"))
    own_of_the_supervisor = {"arbiter_workers"}
    named = set(re.findall(r'Gauge\w*[(,]\s*"(arbiter_\w+)"', text))
    named |= {f"arbiter_{name}" for name in collectors.OF_DAYS}
    assert named == ADDED | set(GAUGES) | own_of_the_supervisor
