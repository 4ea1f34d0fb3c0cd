"""A model of one Arbiter as an algorithm of another, each in a process of its own."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from registry.artifacts import read_artifact
from registry.discovery import default_artifacts_root
from tests.arbiter.processes import arbiter, serving
from tests.rest.rows import INCOME, POOR

pytestmark = pytest.mark.matrix


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """The working folders of the far server and of the near one, whose store declares the endpoint only."""
    far, near = tmp_path / "far", tmp_path / "near"
    (near / "store" / "income_classifier").mkdir(parents=True)
    far.mkdir()
    declared = default_artifacts_root() / "income_classifier" / "endpoint.json"
    (near / "store" / "income_classifier" / "endpoint.json").write_bytes(declared.read_bytes())
    return far, near


def test_the_near_server_answers_as_the_far_one_and_each_keeps_its_own_row(
    folders: tuple[Path, Path],
) -> None:
    far, near = folders
    settings = {"artifacts": str(near / "store"), "database_url": f"sqlite://{near}/arbiter.db"}
    with serving(far, database_url=f"sqlite://{far}/arbiter.db") as there:
        said = arbiter(
            *("publish", "--remote", there.url, "--model", "income_classifier", "--name", "far"),
            *("--status", "production", "--with", "plain_http=true", "--with", "version=random_forest-0.0.1"),
            *("--classes", "<=50K,>50K"),
            cwd=near,
            **settings,
        )
        assert (said.returncode, said.stderr) == (0, "")
        folder = near / "store" / "income_classifier" / "far-0.0.1"
        assert orjson.loads(read_artifact(folder).model())["version"] == "random_forest-0.0.1"
        with serving(near, **settings) as here, here.client() as client, there.client() as direct:
            url = "/api/v1/income_classifier/predict_batch"
            own = {"algorithm": "random forest", "version": "0.0.1"}
            found = client.post(url, json=[INCOME, POOR]).json()
            wanted = direct.post(url, params=own, json=[INCOME, POOR]).json()
            for name in ("label", "probability"):
                assert [one[name] for one in found] == [one[name] for one in wanted]
            assert len(client.get("/api/v1/mlrequests").json()) == 2
            there.stop()
            late = client.post("/api/v1/income_classifier/predict", json=INCOME).json()
            assert late["status"] == "Error"
            states = client.get("/readyz").json()["algorithms"]
            assert {one["name"] for one in states} >= {"far"}
