"""`arbiter publish` of model files: which format serves them, and words that stand for missing values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from arbiter.cli.application import run
from registry.artifacts import Format, read_artifact
from tests.registry.conftest import SEED, forest, weather, write_endpoint

Shell = tuple[Path, pytest.CaptureFixture[str]]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A folder with the use case and its data as a CSV file, and what is printed there."""
    monkeypatch.chdir(tmp_path)
    write_endpoint(tmp_path / "artifacts")
    weather(300).to_csv("data.csv", index=False)
    return tmp_path, capsys


def publish(*arguments: str) -> int:
    facts = ["--endpoint", "umbrella", "--name", "tried", "--version", "1", "--data", "data.csv"]
    return run(["publish", *arguments, *facts, "--out", "artifacts"])


def test_word_that_stands_for_missing_values_need_be_no_declared_category(shell: Shell) -> None:
    from catboost import CatBoostClassifier

    folder, _ = shell
    data = weather(300)
    model = CatBoostClassifier(
        iterations=5, random_seed=SEED, logging_level="Silent", allow_writing_files=False
    )
    model.fit(data.drop(columns=["rain"]), data["rain"], cat_features=["wind-from"]).save_model("model.cbm")
    assert publish("model.cbm", "--fill", "wind-from=missing") == 0
    manifest = read_artifact(folder / "artifacts" / "umbrella" / "tried-1").manifest
    assert (manifest.format, manifest.columns[2].fill) == (Format.CBM, "missing")


def test_format_is_said_and_why_no_faster_one_was_taken(shell: Shell) -> None:
    import skops.io

    _, capsys = shell
    model: Any = forest(weather(300), imputed=False)
    skops.io.dump(model, "model.skops")
    assert publish("model.skops", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["format"], list(said["refused_formats"])) == ("skops", ["onnx"])
    assert publish("model.skops", "--replace") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "  format   skops"
    assert lines[3].strip().startswith("not onnx: the served model differs from the trained one by")
    assert publish("model.skops", "--replace", "--format", "onnx") == 1
    assert "put an imputer before the model" in " ".join(capsys.readouterr().err.split())
