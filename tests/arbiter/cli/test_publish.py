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


@pytest.mark.matrix
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


def test_missing_text_may_be_filled_with_an_empty_one(shell: Shell) -> None:
    import skops.io
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    folder, _ = shell
    texts = [{"name": "wind-from", "type": "text"}]
    write_endpoint(folder / "artifacts", features=texts, example={"wind-from": "west"})
    data = weather(300)
    model = make_pipeline(CountVectorizer(), LogisticRegression()).fit(data["wind-from"], data["rain"])
    skops.io.dump(model, "model.skops")
    assert publish("model.skops") == 1
    assert publish("model.skops", "--fill", "wind-from=") == 0
    assert read_artifact(folder / "artifacts" / "umbrella" / "tried-1").manifest.columns[0].fill == ""


def test_two_steps_lead_from_a_fitted_model_to_an_algorithm(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    import skops.io

    folder, capsys = shell
    skops.io.dump(forest(weather(300)), "rain.skops")
    assert (
        run(["publish", "rain.skops", "--data", "data.csv", "--out", "store", "--range", "clouds=0:1"]) == 0
    )
    assert capsys.readouterr().out.startswith("random forest 0.0.1 of rain is published\n")
    monkeypatch.setenv("ARBITER_ARTIFACTS", str(folder / "store"))
    monkeypatch.setenv("ARBITER_PORT", "0")
    assert run(["check"]) == 0
    capsys.readouterr()
    assert run(["doctor", "--json"]) == 0
    details = {one["name"]: one["detail"] for one in json.loads(capsys.readouterr().out)}
    assert details["algorithms"] == "1 algorithms of 1 endpoints load"
    assert details["features"] == (
        "rain: hour, holiday without a range; wind-from taking any text; "
        "`arbiter publish --range` and `--categories` bound them, or endpoint.json"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--range", "clouds"], "--range 'clouds' must read FEATURE=LOWEST:HIGHEST"),
        (["--range", "clouds=1"], "must read FEATURE=LOWEST:HIGHEST, such as age=0:120"),
        (["--range", "clouds=a:b"], "'a' is no number"),
        (["--range", "snow=0:1"], "has no feature 'snow'; its features are clouds, hour, wind-from, holiday"),
        (["--range", "wind-from=0:1"], "feature 'wind-from' is of type category and has no range"),
        (["--categories", "hour=1,2"], "feature 'hour' is of type integer and has no list of categories"),
        (["--categories", "wind-from=[1"], "is no JSON list"),
        (["--fill", "snow=1"], "the fill of 'snow' is of no feature of rain"),
        (["--fill", "hour=old"], "hour must be a whole number"),
        (["--status", "ab_testing"], "status 'ab_testing' must be 'production' or 'testing'"),
        (["--version", "1/2"], "must hold letters or digits"),
        (["--target", "clouds"], "'clouds' is a feature that the model was fitted on, and no target"),
    ],
)
def test_wrong_wish_is_told_and_nothing_is_written(shell: Shell, arguments: list[str], told: str) -> None:
    import skops.io

    folder, capsys = shell
    skops.io.dump(forest(weather(300)), "rain.skops")
    assert run(["publish", "rain.skops", "--data", "data.csv", "--out", "store", *arguments]) == 1
    assert told in " ".join(capsys.readouterr().err.split())
    assert not (folder / "store").exists()
