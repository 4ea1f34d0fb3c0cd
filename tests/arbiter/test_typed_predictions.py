"""The names that endpoints get in GraphQL, as an operator and a data scientist meet them."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from registry.discovery import default_artifacts_root
from tests.arbiter.processes import arbiter, serving

CLASH = (
    "endpoint 'premium_insurance': features 'Age' and 'age' would both be called age in GraphQL: rename one, or "
    "switch typed predictions off (ARBITER_TYPED_PREDICTIONS=false)"
)


@pytest.fixture
def clashing(tmp_path: Path) -> Path:
    """An artifacts folder with one endpoint, two of whose features differ in a capital only."""
    declared = json.loads(
        (default_artifacts_root() / "premium_insurance" / "endpoint.json").read_text("utf-8")
    )
    declared["features"].append({"name": "age", "type": "number"})
    declared["example"]["age"] = 1
    folder = tmp_path / "artifacts" / "premium_insurance"
    folder.mkdir(parents=True)
    (folder / "endpoint.json").write_text(json.dumps(declared), "utf-8")
    return folder.parent


@pytest.mark.parametrize("command", [("schema",), ("check",), ("serve", "--port", "0")])
@pytest.mark.matrix
def test_names_that_clash_refuse_to_start_and_the_message_names_both_and_the_cure(
    command: tuple[str, ...], clashing: Path, tmp_path: Path
) -> None:
    said = arbiter(*command, cwd=tmp_path, artifacts=str(clashing), log="json")
    assert said.returncode != 0
    assert json.dumps(CLASH)[1:-1] in said.stderr or CLASH in said.stderr
    assert said.stdout == ""


def test_switched_off_the_server_starts_and_has_the_generic_mutation_only(
    clashing: Path, tmp_path: Path
) -> None:
    query = "{ endpoints { nodes { name predictField } } }"
    with serving(tmp_path, artifacts=str(clashing), typed_predictions="false") as server:
        answer = httpx.post(f"{server.url}/graphql", json={"query": query}, timeout=60).json()
    assert answer == {"data": {"endpoints": {"nodes": [{"name": "premium_insurance", "predictField": None}]}}}


def test_switched_off_the_schema_is_printed_without_them(clashing: Path, tmp_path: Path) -> None:
    said = arbiter("schema", cwd=tmp_path, artifacts=str(clashing), typed_predictions="false")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.count("  predict(") == 1
    assert "  predictPremiumInsurance(" not in said.stdout


@pytest.mark.matrix
def test_the_schema_is_printed_without_models_and_without_a_database(tmp_path: Path) -> None:
    declared = (default_artifacts_root() / "premium_insurance" / "endpoint.json").read_text("utf-8")
    folder = tmp_path / "artifacts" / "premium_insurance"
    folder.mkdir(parents=True)
    (folder / "endpoint.json").write_text(declared, "utf-8")
    said = arbiter("schema", cwd=tmp_path, artifacts=str(folder.parent))
    assert (said.returncode, said.stderr) == (0, "")
    assert "  predictPremiumInsurance(" in said.stdout
    assert "  predictIncomeClassifier(" not in said.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["artifacts"]
