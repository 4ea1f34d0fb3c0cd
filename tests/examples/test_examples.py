"""Every client in examples/ is installed, generated, type-checked and run against a real server, as it stands there."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

from tests.arbiter.processes import ROOT, serving
from tests.examples.npm import Example

IN_JAVASCRIPT = ["apollo", "relay", "typescript"]
LISTS = "src/gql/persisted-documents.json"

TYPESCRIPT = """\
predicted <=50K with probability 0.4455 by random forest
sent again: the same request
the truth is >50K: correct is false
refused: INVALID_FEATURES at input.features.hoursPerWeek
a page of the history: >50K, no answer
a page of the history: <=50K
"""
UNKNOWN = """\
sent 2 times with 1 key, answered <=50K
logged 1 time: the one answered
"""
APOLLO = """\
predicted <=50K at 25
predicted <=50K at 26
predicted >50K at 27
predicted >50K at 28
predicted >50K at 29
first page: 2 requests
fetched more: 4 requests, 4 different ones
fetched more: 5 requests, 5 different ones
before the truth: <=50K, correct is null
after the truth: correct is false
the cache holds 5 requests
"""
RELAY = [
    "ok 1 - older requests are added below, page by page, each once",
    "ok 2 - a list that begins in the middle grows upwards, too",
    "ok 3 - the ground truth of one request changes its row, and nothing is fetched again",
    "ok 4 - one request is asked for again by its id",
]
PYTHON = """\
predicted <=50K with probability 0.4455
sent again: the same request
the truth is >50K: correct is False
refused: INVALID_FEATURES at input.features.hoursPerWeek
in the history: >50K, truth open
in the history: no answer, truth open
in the history: <=50K, truth >50K
"""


def folder(below: Path, name: str) -> Path:
    made = below / name
    made.mkdir()
    return made


def on_a_server(example: Example, script: str, below: Path) -> str:
    """What a script prints that calls a new server."""
    where = folder(below, "open")
    with serving(where, database_url=f"sqlite://{where / 'arbiter.db'}") as server:
        return example.script(script, ARBITER=f"{server.url}/graphql")


def on_a_strict_server(example: Example, script: str, manifest: Path, below: Path) -> str:
    """The same where nothing but the documents of the manifest runs."""
    where = folder(below, "strict")
    with serving(
        where,
        database_url=f"sqlite://{where / 'arbiter.db'}",
        trusted_documents=str(manifest),
        trusted_documents_mode="only",
    ) as server:
        return example.script(script, ARBITER=f"{server.url}/graphql", TRUSTED_DOCUMENTS="yes")


@pytest.mark.npm
def test_typescript_client_is_typed_and_runs_with_and_without_trusted_documents(tmp_path: Path) -> None:
    example = Example("typescript", tmp_path)
    example.install()
    example.script("generate")
    example.script("check")
    example.script("build")
    where = folder(tmp_path, "open")
    with serving(where, database_url=f"sqlite://{where / 'arbiter.db'}") as server:
        assert example.script("start", ARBITER=f"{server.url}/graphql") == TYPESCRIPT
        assert example.script("unknown", ARBITER=f"{server.url}/graphql") == UNKNOWN
    assert on_a_strict_server(example, "start", example.manifest(LISTS), tmp_path) == TYPESCRIPT

    # Without the comments that expect an error, each mistake is one.
    mistakes = example.folder / "src/mistakes.ts"
    mistakes.write_text(mistakes.read_text("utf-8").replace("@ts-expect-error", ""), "utf-8")
    refused = example.finished("npm", "run", "--silent", "check")
    assert re.findall(r"src/mistakes\.ts\(\d+,\d+\): error (TS\d+)", refused.stdout) == [
        "TS2561",  # … does not exist. Did you mean to write 'hoursPerWeek'?
        "TS2322",  # "FREELANCE" is no category
        "TS2322",  # a text is no number
        "TS2741",  # a feature is missing
        "TS18047",  # the request may be null
        "TS2339",  # a field that was not selected
        "TS2769",  # an operation that codegen has not seen
    ]


@pytest.mark.npm
def test_apollo_client_pages_without_duplicates_and_keeps_one_object_for_each_request(tmp_path: Path) -> None:
    example = Example("apollo", tmp_path)
    example.install()
    example.script("generate")
    example.script("check")
    example.script("build")
    assert on_a_server(example, "start", tmp_path) == APOLLO
    assert on_a_strict_server(example, "start", example.manifest(LISTS), tmp_path) == APOLLO


@pytest.mark.npm
def test_relay_component_pages_forwards_and_backwards(tmp_path: Path) -> None:
    example = Example("relay", tmp_path)
    example.install()
    example.script("generate")
    example.script("check")
    example.script("build")
    assert re.findall(r"^(?:not )?ok .*$", on_a_server(example, "test", tmp_path), re.MULTILINE) == RELAY
    example.script("generate:trusted")
    example.script("build")
    manifest = example.manifest("trusted-documents.json")
    strict = on_a_strict_server(example, "test", manifest, tmp_path)
    assert re.findall(r"^(?:not )?ok .*$", strict, re.MULTILINE) == RELAY


@pytest.mark.matrix
def test_python_client_is_typed_and_a_lost_answer_is_asked_for_again(tmp_path: Path) -> None:
    example = Example("python", tmp_path)
    types = example.python("generate.py", "../../graph/schema.graphql")
    (example.folder / "features.py").write_text(types, "utf-8")
    checked = ["-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(tmp_path / "cache"), "."]
    assert example.python(*checked) == "Success: no issues found in 6 source files\n"
    with serving(tmp_path, database_url=f"sqlite://{tmp_path / 'arbiter.db'}") as server:
        url = f"{server.url}/graphql"
        assert example.python("main.py", ARBITER=url) == PYTHON
        lost = "sent 2 times, answered <=50K\nlogged 1 time: the one answered\n"
        assert example.python("lost_answer.py", ARBITER=url) == lost

    mistakes = example.folder / "mistakes.py"
    mistakes.write_text(re.sub(" +# type: ignore.*", "", mistakes.read_text("utf-8")), "utf-8")
    refused = example.finished(sys.executable, *checked).stdout
    assert re.findall(r"^mistakes\.py:\d+: error: .* \[([\w-]+)\]$", refused, re.MULTILINE) == [
        "typeddict-unknown-key",
        "typeddict-item",
        "typeddict-item",
        "typeddict-item",
    ]


@pytest.mark.parametrize("name", IN_JAVASCRIPT)
def test_lock_file_names_no_address_and_packages_are_exact(name: str) -> None:
    package = json.loads((ROOT / "examples" / name / "package.json").read_text("utf-8"))
    text = (ROOT / "examples" / name / "package-lock.json").read_text("utf-8")
    lock = json.loads(text)
    wanted = package.get("dependencies", {}) | package["devDependencies"]
    assert [version for version in wanted.values() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert "://" not in text
    assert [name for name, entry in lock["packages"].items() if name and "integrity" not in entry] == []
