"""The files of deploy/ against the server: what they name is there. `make deploy-check` looks at their own forms."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from arbiter.secret_files import VARIABLES
from arbiter.settings import variables
from deploy.runtime_lock import runtime_lock

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


def queries() -> list[str]:
    rules = yaml.safe_load((DEPLOY / "prometheus/rules.yaml").read_text("utf-8"))
    dashboard = json.loads((DEPLOY / "grafana/arbiter.json").read_text("utf-8"))
    return [
        *(rule["expr"] for group in rules["groups"] for rule in group["rules"]),
        *(target["expr"] for panel in dashboard["panels"] for target in panel["targets"]),
    ]


async def test_rules_and_dashboard_ask_for_metrics_that_a_server_has(serve: Any) -> None:
    async with serve() as client:
        text = (await client.get("/metrics")).text
    # Only a process of its own writes log lines, and so counts lost ones.
    known = {"arbiter_log_lines_lost_total", *re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)}
    asked = {name for query in queries() for name in re.findall(r"\barbiter_\w+", query)}
    parts = {re.sub(r"_bucket$", "", name) for name in asked}
    assert sorted(parts - known) == []
    assert len(parts) > 10


def test_the_lock_of_the_image_is_the_servers_part_of_the_whole_lock() -> None:
    whole = (ROOT / "requirements.lock").read_text("utf-8")
    assert (DEPLOY / "docker/requirements.lock").read_text("utf-8") == runtime_lock(whole)


def test_every_variable_of_the_deployment_files_is_one() -> None:
    known = {*variables(), *VARIABLES}
    for path in DEPLOY.rglob("*"):
        if path.is_file() and path.suffix not in {".py", ".lock", ".pyc"}:
            named = set(re.findall(r"\bARBITER_[A-Z_]+", path.read_text("utf-8")))
            assert named <= known, path


@pytest.mark.parametrize("name", ["uid", "panels", "templating"])
def test_the_dashboard_is_one(name: str) -> None:
    assert name in json.loads((DEPLOY / "grafana/arbiter.json").read_text("utf-8"))


async def test_the_health_addresses_of_the_files_answer(serve: Any) -> None:
    async with serve() as client:
        chart = (DEPLOY / "helm/arbiter/templates/deployment.yaml").read_text("utf-8")
        paths = set(re.findall(r"httpGet: \{path: (\S+),", chart))
        assert paths == {"/livez", "/readyz"}
        answers: list[httpx.Response] = [await client.get(path) for path in sorted(paths)]
    assert [one.status_code for one in answers] == [200, 200]
