"""Which form serves a model: the fastest that answers as it does, and what is said where another one had to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.errors import InvalidArtifact
from domain.requests.request import Answer
from registry.artifacts import Format, Layout, read_artifact
from registry.comparison import check_fixtures
from registry.decision_rules import LABEL
from registry.endpoints import EndpointSpec, load_endpoint
from registry.publishing.gate import publish
from registry.runtimes import load_runtime
from tests.registry.conftest import SEED, forest, pipeline, weather, write_endpoint

NUMBERS = ["clouds", "hour", "holiday"]


def dry(root: Path, **changes: Any) -> EndpointSpec:
    """The use case with numbers only, none of which may be missing."""
    features = [
        {"name": "clouds", "type": "number", "minimum": 0, "maximum": 1, "nullable": False},
        {"name": "hour", "type": "integer", "minimum": 0, "maximum": 23, "nullable": False},
        {"name": "holiday", "type": "boolean", "nullable": False},
    ]
    example = {"clouds": 0.5, "hour": 12, "holiday": False}
    return load_endpoint(write_endpoint(root, features=features, example=example, **changes))


def gate(model: Any, spec: EndpointSpec, out: Path, **options: Any) -> Path:
    publish(model, spec=spec, name="tried", version="1", out=out, **{"data": weather(300)} | options)
    return out / spec.name / "tried-1"


def margin() -> Any:
    from sklearn.svm import LinearSVC

    data = weather(300)
    return LinearSVC(random_state=SEED).fit(data[NUMBERS], data["rain"])


def test_label_of_a_model_without_probabilities_is_served_alone(tmp_path: Path) -> None:
    import pandas as pd

    spec, model = dry(tmp_path), margin()
    folder = gate(model, spec, tmp_path, held_out=weather(100))
    manifest = read_artifact(folder).manifest
    assert (manifest.format, manifest.layout, manifest.decision) == (Format.SKOPS, Layout.TABLE, LABEL)
    assert set(manifest.metrics) == {"rows", "accuracy"}
    rows = [(share / 20, hour, False) for share in range(21) for hour in range(24)]
    answers = load_runtime(read_artifact(folder), spec)(rows)
    labels = model.predict(pd.DataFrame(rows, columns=NUMBERS))
    assert answers == [Answer(label=label) for label in labels]
    assert set(labels) == {"no", "yes"}


def test_recorded_rows_of_a_model_without_probabilities_are_compared_by_label(tmp_path: Path) -> None:
    from registry.algorithm import Classifier

    spec = dry(tmp_path)
    artifact = read_artifact(gate(margin(), spec, tmp_path))

    class Margin(Classifier, endpoint="umbrella", name="tried", version="1", owner="tests"):
        """A margin."""

    instance = Margin(spec)
    instance.load(artifact)
    check_fixtures(artifact, instance, spec)


def test_manifest_says_why_a_faster_format_was_not_taken(tmp_path: Path) -> None:
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    spec, data = dry(tmp_path, kind="regressor", target={"name": "rain"}), weather(300)
    data["rain"] = data["clouds"] * 3
    model = make_pipeline(StandardScaler(), KNeighborsRegressor()).fit(data[NUMBERS], data["rain"])
    document = read_artifact(gate(model, spec, tmp_path, data=data)).manifest.document
    assert document["format"] == "skops"
    reasons: Any = document["refused_formats"]
    assert list(reasons) == ["onnx"]
    assert reasons["onnx"].startswith("the model has no output 'variable'")


def test_manifest_of_the_fastest_format_names_no_other(tmp_path: Path, spec: EndpointSpec) -> None:
    document = read_artifact(gate(forest(weather(300)), spec, tmp_path)).manifest.document
    assert (document["format"], document["refused_formats"]) == ("onnx", {})


@pytest.mark.matrix
def test_format_is_a_text_or_a_member(tmp_path: Path, spec: EndpointSpec) -> None:
    model = forest(weather(300))
    for form in ("skops", Format.SKOPS):
        folder = gate(model, spec, tmp_path, format=form, replace=True)
        assert read_artifact(folder).manifest.format is Format.SKOPS


@pytest.mark.parametrize("form", ["cbm", "pickle"])
def test_format_that_a_model_cannot_have_is_refused_with_those_that_it_can(
    form: str, tmp_path: Path, spec: EndpointSpec
) -> None:
    with pytest.raises(
        InvalidArtifact, match=rf"Pipeline cannot be served as '{form}', only as 'onnx' or 'skops'"
    ):
        gate(forest(weather(300)), spec, tmp_path, format=form)


def test_search_is_served_as_the_estimator_that_it_found(tmp_path: Path, spec: EndpointSpec) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    data = weather(300)
    search = GridSearchCV(pipeline(LogisticRegression()), {"logisticregression__C": [0.1, 1]}, cv=2)
    search.fit(data.drop(columns=["rain"]), data["rain"])
    folder = gate(search, spec, tmp_path)
    assert read_artifact(folder).manifest.format is Format.ONNX
    [answer] = load_runtime(read_artifact(folder), spec)([(0.5, 12, "west", False)])
    frame = data.drop(columns=["rain"]).head(1).assign(clouds=0.5, hour=12, holiday=0)
    frame["wind-from"] = "west"
    assert answer.probability == pytest.approx(search.predict_proba(frame)[0, 1], abs=1e-5)


def doubled(values: Any) -> Any:
    return values * 2


def test_function_of_ones_own_is_named_with_its_place_and_the_cure_works(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    spec, data = dry(tmp_path), weather(300)

    def fitted(function: Any) -> Any:
        return make_pipeline(FunctionTransformer(function), LogisticRegression()).fit(
            data[NUMBERS], data["rain"]
        )

    with pytest.raises(InvalidArtifact) as caught:
        gate(fitted(doubled), spec, tmp_path)
    assert "test_forms.doubled (steps[0][1].func), and a server builds" in caught.value.message
    assert "FunctionTransformer(np.log1p)" in caught.value.message
    assert "as onnx: skl2onnx cannot convert" in caught.value.message
    assert "publish it as skops" not in caught.value.message
    assert not list(tmp_path.rglob("manifest.json"))
    gate(fitted(np.log1p), spec, tmp_path)


def test_missing_value_that_the_model_refuses_is_named_with_cures_that_work(tmp_path: Path) -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    features = [{"name": name, "type": "number"} for name in ("clouds", "hour")]
    spec = load_endpoint(write_endpoint(tmp_path, features=features, example={"clouds": 0.5, "hour": 1}))
    data = weather(300)
    bare = LogisticRegression().fit(data[["clouds", "hour"]], data["rain"])
    with pytest.raises(InvalidArtifact) as caught:
        gate(bare, spec, tmp_path)
    assert "feature 'clouds' may be missing, and the model refuses a missing value" in caught.value.message
    assert "put an imputer (SimpleImputer) before the model" in caught.value.message
    assert """(fills={'clouds': …}), or declare it "nullable": false""" in caught.value.message
    imputed = make_pipeline(SimpleImputer(), LogisticRegression()).fit(data[["clouds", "hour"]], data["rain"])
    gate(imputed, spec, tmp_path)
    gate(bare, spec, tmp_path, fills={"clouds": 0.5, "hour": 12}, replace=True)


def test_declared_category_that_the_model_refuses_is_named_with_cures_that_work(
    tmp_path: Path, spec: EndpointSpec
) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    data = weather(300)

    def fitted(**options: Any) -> Any:
        encoder = ColumnTransformer([("wind", OneHotEncoder(**options), ["wind-from"])], remainder="drop")
        return make_pipeline(encoder, LogisticRegression()).fit(data.drop(columns=["rain"]), data["rain"])

    with pytest.raises(InvalidArtifact) as caught:
        gate(fitted(), spec, tmp_path, fills={"wind-from": "west"})
    assert (
        "umbrella allows 'south' for 'wind-from', which the model refuses (Found unknown"
        in caught.value.message
    )
    assert "handle_unknown='ignore' (OneHotEncoder)" in caught.value.message
    gate(fitted(handle_unknown="ignore"), spec, tmp_path, fills={"wind-from": "west"})


def test_model_that_answers_no_number_is_refused_with_the_row(tmp_path: Path) -> None:
    from sklearn.dummy import DummyRegressor

    spec, data = dry(tmp_path, kind="regressor", target={"name": "rain"}), weather(50)
    model = DummyRegressor().fit(data[NUMBERS], data["clouds"])
    model.constant_ = np.array([[np.nan]])
    with pytest.raises(
        InvalidArtifact, match=r"answers no finite number to \d+ of \d+ rows .*first to \{'clouds'"
    ):
        gate(model, spec, tmp_path, data=data.assign(rain=data["clouds"]))


def test_outliers_are_classes_of_a_classifier(tmp_path: Path) -> None:
    from sklearn.ensemble import IsolationForest

    classes = {"name": "odd", "classes": [-1, 1], "positive_class": -1}
    spec, data = dry(tmp_path, target=classes), weather(300)
    model = IsolationForest(n_estimators=10, random_state=SEED).fit(data[NUMBERS])
    folder = gate(model, spec, tmp_path, data=data)
    rows = [spec.features.validate(row) for row in data[NUMBERS].to_dict(orient="records")]
    labels = [answer.label for answer in load_runtime(read_artifact(folder), spec)(rows)]
    assert labels == [str(label) for label in model.predict(data[NUMBERS])]
    assert set(labels) == {"-1", "1"}


def test_what_is_no_fitted_model_is_refused_by_name(tmp_path: Path, spec: EndpointSpec) -> None:
    from catboost import CatBoostClassifier
    from sklearn.linear_model import LogisticRegression

    for model, message in (
        (LogisticRegression(), "LogisticRegression is not fitted; call its fit first"),
        (CatBoostClassifier(), "CatBoostClassifier is not fitted; call its fit first"),
        ({"a": 1}, "dict is no model: it has no predict"),
    ):
        with pytest.raises(InvalidArtifact, match=message):
            gate(model, spec, tmp_path)


def test_column_of_dates_is_refused_by_name(tmp_path: Path, spec: EndpointSpec) -> None:
    import pandas as pd

    data = weather(300).assign(hour=pd.Timestamp("2026-11-30"))
    with pytest.raises(
        InvalidArtifact, match=r"column 'hour' holds Timestamp values, .*a date as a number of days"
    ):
        gate(forest(weather(300)), spec, tmp_path, data=data)


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        ("maybe", "says 'maybe' for 'rain' in 100 of 100 rows, which is none of no, yes"),
        (None, "has no 'rain'"),
    ],
)
def test_held_out_truth_that_cannot_be_counted_is_refused(
    truth: str | None, message: str, tmp_path: Path, spec: EndpointSpec
) -> None:
    with pytest.raises(InvalidArtifact, match=message):
        gate(forest(weather(300)), spec, tmp_path, held_out=weather(100).assign(rain=truth))


def test_held_out_rows_are_asked_of_both_models_too(tmp_path: Path, spec: EndpointSpec) -> None:
    model = forest(weather(300))
    alone: Any = read_artifact(gate(model, spec, tmp_path)).manifest.document["parity"]
    folder = gate(model, spec, tmp_path, held_out=weather(100), replace=True)
    both: Any = read_artifact(folder).manifest.document["parity"]
    assert both["rows"] - alone["rows"] >= 200


def test_held_out_rows_without_a_truth_are_left_out(tmp_path: Path, spec: EndpointSpec) -> None:
    held_out = weather(100)
    held_out.loc[:39, "rain"] = None
    folder = gate(forest(weather(300)), spec, tmp_path, held_out=held_out)
    assert read_artifact(folder).manifest.metrics["rows"] == 60
