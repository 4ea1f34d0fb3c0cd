"""Two server processes on one database: what is published reaches both, and one without the files says so."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.constant_models import declare, publish
from tests.arbiter.processes import ServerProcess, arbiter, serving

pytestmark = pytest.mark.matrix  # processes

PATIENCE = 20.0
PREDICT = """mutation ($input: PredictInput!) {
  predict(input: $input) { request { value } userErrors { code } } }"""
STATE = """{ algorithms { nodes { version status digest withdrawnAt withdrawnReason } }
  server { problems { name reason } } }"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "store"
    declare(root)
    publish(root, "1", 1)
    return root


def asked(server: ServerProcess, **conditions: object) -> float | str:
    """The value, or the code of the failure."""
    given = {"endpoint": "constants", "features": {"x": 0.5}, "conditions": conditions or None}
    with server.client() as client:
        body: Any = client.post("/graphql", json={"query": PREDICT, "variables": {"input": given}}).json()
    answer = body["data"]["predict"]
    return str(answer["userErrors"][0]["code"]) if answer["userErrors"] else float(answer["request"]["value"])


def state(server: ServerProcess) -> Any:
    with server.client() as client:
        return client.post("/graphql", json={"query": STATE}).json()["data"]


def within_patience(wanted: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not wanted():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_what_is_published_and_withdrawn_reaches_every_process(
    database_url: str, root: Path, tmp_path: Path
) -> None:
    settings = {"database_url": database_url, "artifacts": str(root)}
    with serving(tmp_path, **settings) as one, serving(tmp_path, **settings) as other:
        assert (asked(one), asked(other)) == (1, 1)
        publish(root, "2", 2, status="testing")
        assert within_patience(lambda: all(asked(each, status="TESTING") == 2 for each in (one, other)))
        assert (asked(one), asked(other)) == (1, 1)
        assert [node["version"] for node in state(one)["algorithms"]["nodes"] if node["digest"]] == ["1", "2"]
        refused = arbiter("withdraw", "constants", "constant", "1", cwd=tmp_path, **settings)
        assert (refused.returncode, "is in production" in refused.stderr) == (1, True)
        said = arbiter(
            "withdraw",
            "constants",
            "constant",
            "2",
            "--reason",
            "too old",
            "--json",
            cwd=tmp_path,
            **settings,
        )
        assert (said.returncode, json.loads(said.stdout)["withdrawn_reason"]) == (0, "too old")
        named = {"algorithm": "constant", "version": "2"}
        assert within_patience(
            lambda: all(asked(each, **named) == "ALGORITHM_WITHDRAWN" for each in (one, other))
        )
        assert (asked(one), asked(other)) == (1, 1)
        (withdrawn,) = [n for n in state(other)["algorithms"]["nodes"] if n["withdrawnAt"] is not None]
        assert (withdrawn["version"], withdrawn["withdrawnReason"], withdrawn["status"]) == (
            "2",
            "too old",
            None,
        )
        looked = arbiter("doctor", "--json", cwd=tmp_path, **settings)
        assert "2 published models, and none that the database knows is absent or another" in looked.stdout
        assert (one.stop(), other.stop()) == (0, 0)


def test_process_without_the_files_keeps_what_it_has_and_says_so(
    database_url: str, root: Path, tmp_path: Path
) -> None:
    elsewhere = shutil.copytree(root, tmp_path / "elsewhere")
    settings = {"database_url": database_url}
    with (
        serving(tmp_path, artifacts=str(root), **settings) as one,
        serving(tmp_path, artifacts=str(elsewhere), **settings) as other,
    ):
        assert asked(other) == 1
        publish(root, "2", 2, status="testing")
        assert within_patience(lambda: asked(one, status="TESTING") == 2)

        def says_so() -> bool:
            problems = state(other)["server"]["problems"]
            return any(
                problem["name"] == "constant 2"
                and "its folder is not in the artifact store" in problem["reason"]
                for problem in problems
            )

        assert within_patience(says_so)
        assert asked(other) == 1
        assert asked(other, status="TESTING") == "ALGORITHM_NOT_AVAILABLE"
        with other.client() as client:
            ready = client.get("/readyz")
        assert ready.status_code == 200
        assert [one["ready"] for one in ready.json()["algorithms"] if one["version"] == "2"] == [False]
        looked = arbiter("doctor", "--json", cwd=tmp_path, artifacts=str(elsewhere), **settings)
        assert "its folder is not in the artifact store of this server" in looked.stdout


def test_processes_that_start_together_register_what_was_published_once(
    database_url: str, root: Path, tmp_path: Path
) -> None:
    settings = {"database_url": database_url, "artifacts": str(root)}
    with serving(tmp_path, **settings) as one, serving(tmp_path, **settings) as other:
        assert (asked(one), asked(other)) == (1, 1)
        for number in range(2, 7):
            publish(root, str(number), number)
        assert within_patience(
            lambda: all(
                len([node for node in state(each)["algorithms"]["nodes"] if node["digest"]]) == 6
                for each in (one, other)
            )
        )
        nodes = [node for node in state(one)["algorithms"]["nodes"] if node["digest"]]
        assert sorted(node["version"] for node in nodes) == ["1", "2", "3", "4", "5", "6"]
        assert [node["status"] for node in nodes if node["status"]] == ["PRODUCTION"]
