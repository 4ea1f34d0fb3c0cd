from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.errors import InvalidArtifact
from domain.requests.request import Answer
from registry.artifacts import Format, Layout, read_artifact
from registry.endpoints import EndpointSpec, load_endpoint
from registry.publishing.gate import PARITY_ROWS, publish
from registry.publishing.parity import check_batches, trained_numbers
from registry.publishing.rows import parity_rows
from registry.runtimes import load_runtime
from tests.registry.conftest import SEED, forest, pipeline, weather, write_endpoint

ROWS = [
    (0.95, 12, "west", False),
    (0.05, 3, "north", True),
    (None, None, None, None),
    (0.7, 23, "south", None),
]


def gate(model: Any, spec: EndpointSpec, out: Path, **options: Any) -> Path:
    """Publish `model` as `tried` 1 and return its folder."""
    publish(model, spec=spec, name="tried", version="1", out=out, **{"data": weather(300)} | options)
    return out / spec.name / "tried-1"


def served(folder: Path, spec: EndpointSpec) -> np.ndarray[Any, Any]:
    answers = load_runtime(read_artifact(folder), spec)(ROWS)
    return np.array([answer.probability for answer in answers])


def positive(model: Any, spec: EndpointSpec, fills: dict[str, Any] | None = None) -> np.ndarray[Any, Any]:
    return trained_numbers(model, spec, ROWS, fills or {})[:, 1]


def test_forest_is_served_as_onnx_of_a_matrix_and_answers_as_trained(
    tmp_path: Path, spec: EndpointSpec
) -> None:
    model = forest(weather(300, missing=0.1))
    folder = gate(model, spec, tmp_path)
    manifest = read_artifact(folder).manifest
    assert (manifest.format, manifest.layout) == (Format.ONNX, Layout.MATRIX)
    np.testing.assert_allclose(served(folder, spec), positive(model, spec), atol=1e-5)


def test_manifest_says_where_the_model_is_from(tmp_path: Path, spec: EndpointSpec) -> None:
    facts = {"name": "weather", "licence": "CC0"}
    folder = gate(
        forest(weather(300)), spec, tmp_path, held_out=weather(50), training_data=facts, command="make it"
    )
    document = json.loads((folder / "manifest.json").read_text())
    assert document["training_data"] == {"rows": 300, "rows_refused": 0, "name": "weather", "licence": "CC0"}
    assert document["command"] == "make it"
    assert document["positive_class"] == "yes"
    assert set(document["libraries"]) == {
        "python",
        "scikit-learn",
        "skl2onnx",
        "onnx",
        "onnxruntime",
        "numpy",
    }
    assert set(document["metrics"]) == {"rows", "accuracy", "log_loss"}
    assert document["parity"]["rows"] >= PARITY_ROWS
    assert document["parity"]["largest_difference"] < 1e-5
    assert [feature["name"] for feature in document["features"]] == list(spec.features.names)
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "model.onnx"]
    assert sorted(path.name for path in folder.parent.iterdir()) == ["tried-1"]


@pytest.mark.matrix
def test_forest_that_never_saw_nan_is_refused_without_an_imputer(tmp_path: Path, spec: EndpointSpec) -> None:
    model = forest(weather(300), imputed=False)
    with pytest.raises(
        InvalidArtifact, match=r"differs from the trained one .*put an imputer before the model"
    ):
        gate(model, spec, tmp_path, format=Format.ONNX)
    assert not list(tmp_path.rglob("*.onnx"))
    assert not list(tmp_path.rglob("*.json"))


def test_fills_stand_in_for_an_imputer(tmp_path: Path, spec: EndpointSpec) -> None:
    model = forest(weather(300), imputed=False)
    fills = {"clouds": 0.5, "hour": 12, "wind-from": "west", "holiday": 0}
    folder = gate(model, spec, tmp_path, fills=fills)
    np.testing.assert_allclose(served(folder, spec), positive(model, spec, fills), atol=1e-5)


def test_model_that_prepares_its_features_itself_is_served_as_columns(
    tmp_path: Path, spec: EndpointSpec
) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    parts = [("numbers", numbers, ["clouds", "hour", "holiday"]), ("texts", texts, ["wind-from"])]
    data = weather(300, missing=0.1)
    model = make_pipeline(ColumnTransformer(parts), LogisticRegression())
    model.fit(data.drop(columns=["rain"]), data["rain"])
    folder = gate(model, spec, tmp_path, data=data)
    manifest = read_artifact(folder).manifest
    assert (manifest.format, manifest.layout) == (Format.ONNX, Layout.COLUMNS)
    assert manifest.columns[2].fill in ("north", "east", "west")
    np.testing.assert_allclose(served(folder, spec), positive(model, spec), atol=1e-5)


@pytest.mark.matrix
def test_scaler_before_a_forest_is_caught_where_rounding_crosses_a_threshold(
    tmp_path: Path, spec: EndpointSpec
) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    texts = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    parts = [("numbers", numbers, ["clouds", "hour", "holiday"]), ("texts", texts, ["wind-from"])]
    data = weather(300, missing=0.1)
    model = make_pipeline(ColumnTransformer(parts), RandomForestClassifier(10, random_state=SEED))
    model.fit(data.drop(columns=["rain"]), data["rain"])
    with pytest.raises(InvalidArtifact, match="if a scaler stands before trees, leave it out"):
        gate(model, spec, tmp_path, data=data, format="onnx")
    folder = gate(model, spec, tmp_path, data=data)
    assert read_artifact(folder).manifest.format is Format.SKOPS
    np.testing.assert_array_equal(served(folder, spec), positive(model, spec))


def test_gradient_boosting_of_histograms_sees_missing_values_itself(
    tmp_path: Path, spec: EndpointSpec
) -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    data = weather(300, missing=0.2)
    model = pipeline(HistGradientBoostingClassifier(max_iter=10), imputed=False)
    model.fit(data.drop(columns=["rain"]), data["rain"])
    folder = gate(model, spec, tmp_path, data=data, format=Format.SKOPS)
    manifest = read_artifact(folder).manifest
    assert (manifest.layout, {column.fill for column in manifest.columns}) == (Layout.TABLE, {None})
    np.testing.assert_array_equal(served(folder, spec), positive(model, spec))


def test_model_that_onnx_cannot_hold_is_refused_with_the_way_out(tmp_path: Path, spec: EndpointSpec) -> None:
    from sklearn.dummy import DummyClassifier

    data = weather(300)
    model = pipeline(DummyClassifier())
    model.fit(data.drop(columns=["rain"]), data["rain"])
    with pytest.raises(
        InvalidArtifact, match=r"skl2onnx cannot convert .*publish it as skops \(format='skops'\)"
    ):
        gate(model, spec, tmp_path, format=Format.ONNX)
    gate(model, spec, tmp_path, format=Format.SKOPS)


def test_skops_serves_what_is_asked_for_in_scikit_learn(tmp_path: Path, spec: EndpointSpec) -> None:
    model = forest(weather(300))
    folder = gate(model, spec, tmp_path, format=Format.SKOPS)
    assert read_artifact(folder).manifest.model.name == "model.skops"
    np.testing.assert_allclose(served(folder, spec), positive(model, spec), atol=1e-9)


def test_skops_file_is_published_as_onnx(tmp_path: Path, spec: EndpointSpec) -> None:
    import skops.io

    model = forest(weather(300))
    path = tmp_path / "model.skops"
    skops.io.dump(model, path)
    folder = gate(path, spec, tmp_path / "out")
    assert read_artifact(folder).manifest.format is Format.ONNX
    np.testing.assert_allclose(served(folder, spec), positive(model, spec), atol=1e-5)


class Hostile:
    """A type that no list of trusted types names."""

    def __init__(self) -> None:
        self.classes_ = np.array(["no", "yes"])


def test_skops_file_with_an_untrusted_type_is_refused(tmp_path: Path, spec: EndpointSpec) -> None:
    import skops.io

    path = tmp_path / "model.skops"
    skops.io.dump(Hostile(), path)
    with pytest.raises(InvalidArtifact, match=r"skops cannot load the model: .*Hostile"):
        gate(path, spec, tmp_path / "out")


def catboost_model(data: Any, names: list[str]) -> Any:
    from catboost import CatBoostClassifier

    model = CatBoostClassifier(iterations=20, random_seed=SEED, thread_count=1, logging_level="Silent")
    model.set_params(allow_writing_files=False)
    return model.fit(data.drop(columns=["rain"]), data["rain"], cat_features=names)


def test_catboost_keeps_its_categories_in_a_cbm(tmp_path: Path, spec: EndpointSpec) -> None:
    model = catboost_model(weather(300), ["wind-from"])
    fills = {"wind-from": "unknown"}
    folder = gate(model, spec, tmp_path, fills=fills)
    manifest = read_artifact(folder).manifest
    assert (manifest.format, manifest.columns[2].fill) == (Format.CBM, "unknown")
    np.testing.assert_allclose(served(folder, spec), positive(model, spec, fills), atol=1e-9)


def test_cbm_file_is_published(tmp_path: Path, spec: EndpointSpec) -> None:
    model = catboost_model(weather(300), ["wind-from", "holiday"])
    path = tmp_path / "model.cbm"
    model.save_model(str(path))
    fills = {"wind-from": "unknown", "holiday": "unknown"}
    folder = gate(path, spec, tmp_path / "out", fills=fills)
    np.testing.assert_allclose(served(folder, spec), positive(model, spec, fills), atol=1e-9)


def test_catboost_without_a_fill_for_its_categories_is_refused(tmp_path: Path, spec: EndpointSpec) -> None:
    with pytest.raises(InvalidArtifact, match=r"'wind-from' may be missing, .*fills=\{'wind-from': …\}"):
        gate(catboost_model(weather(300), ["wind-from"]), spec, tmp_path)


def test_regressor_is_published_with_its_error(tmp_path: Path) -> None:
    from sklearn.ensemble import RandomForestRegressor

    target = {"name": "clouds tomorrow", "unit": "share"}
    spec = load_endpoint(write_endpoint(tmp_path, kind="regressor", target=target))
    data = weather(300).drop(columns=["rain"])
    data["clouds tomorrow"] = data["clouds"] * 1000 + data["hour"]
    model = pipeline(RandomForestRegressor(10, random_state=SEED))
    model.fit(data.drop(columns=["clouds tomorrow"]), data["clouds tomorrow"])
    manifest = publish(model, spec=spec, data=data, held_out=data, name="tried", version="1", out=tmp_path)
    assert set(manifest.metrics) == {"rows", "rmse", "mean_absolute_error"}
    answers = load_runtime(read_artifact(tmp_path / "umbrella" / "tried-1"), spec)(ROWS)
    values = [answer.value for answer in answers]
    np.testing.assert_allclose(values, trained_numbers(model, spec, ROWS, {}), rtol=1e-5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("model.joblib", r"never loads one; .* skops\.io\.dump"),
        ("model.pkl", "a pickle may run any code"),
        ("model.onnx", "is no ONNX file: .*export the model again"),
        ("model.txt", r"save the LGBMClassifier or LGBMRegressor with skops\.io\.dump"),
        ("model.pt", r"publish a \.skops file, .* or an \.onnx file"),
        ("broken.cbm", "CatBoost cannot load the model"),
        ("broken.skops", "skops cannot load the model"),
    ],
)
def test_file_that_cannot_be_published_is_refused_with_the_cure(
    tmp_path: Path, spec: EndpointSpec, name: str, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"not a model")
    with pytest.raises(InvalidArtifact, match=message):
        gate(path, spec, tmp_path / "out")
    assert not (tmp_path / "out" / "umbrella" / "tried-1").exists()


def test_absent_model_file_is_refused(tmp_path: Path, spec: EndpointSpec) -> None:
    with pytest.raises(InvalidArtifact, match="does not exist"):
        gate(tmp_path / "model.skops", spec, tmp_path)


@pytest.mark.parametrize("name", ["model.cbm", "model.skops"])
def test_model_file_that_cannot_be_read_is_refused(
    tmp_path: Path, spec: EndpointSpec, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.touch()

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InvalidArtifact, match=f"{name} cannot be read: Permission denied"):
        gate(path, spec, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_artifact_is_replaced_only_when_asked(tmp_path: Path, spec: EndpointSpec) -> None:
    model = forest(weather(300))
    folder = gate(model, spec, tmp_path)
    (folder / "mark").touch()
    with pytest.raises(InvalidArtifact, match="tried-1 exists; raise the version"):
        gate(model, spec, tmp_path)
    assert (folder / "mark").exists()
    gate(model, spec, tmp_path, replace=True)
    assert not (folder / "mark").exists()


def test_model_of_other_classes_is_refused(tmp_path: Path, spec: EndpointSpec) -> None:
    data = weather(300)
    data["rain"] = data["rain"].map({"yes": "wet", "no": "dry"})
    with pytest.raises(InvalidArtifact, match="the model's classes are dry, wet; umbrella declares no, yes"):
        gate(forest(data), spec, tmp_path)


def test_model_of_other_features_is_refused(tmp_path: Path, spec: EndpointSpec) -> None:
    from sklearn.tree import DecisionTreeClassifier

    data = weather(300)
    model = DecisionTreeClassifier().fit(data[["hour"]].rename(columns={"hour": "time"}), data["rain"])
    with pytest.raises(InvalidArtifact, match="does not declare: time"):
        gate(model, spec, tmp_path)


def test_data_that_the_endpoint_refuses_is_an_error(tmp_path: Path, spec: EndpointSpec) -> None:
    model, data = forest(weather(300)), weather(300)
    data["hour"] += 12
    with pytest.raises(
        InvalidArtifact, match=r"refuses \d+ of 300 rows .* hour must be a whole number from 0 to 23"
    ):
        gate(model, spec, tmp_path, data=data)
    with pytest.raises(InvalidArtifact, match="has no column for hour"):
        gate(model, spec, tmp_path, data=data.drop(columns=["hour"]))


def test_data_may_be_a_csv_file(tmp_path: Path, spec: EndpointSpec) -> None:
    path = tmp_path / "weather.csv"
    weather(300).to_csv(path, index=False)
    folder = gate(forest(weather(300)), spec, tmp_path, data=path)
    known = json.loads((folder / "manifest.json").read_text())["training_data"]
    assert (known["rows"], known["name"], len(known["sha256"])) == (300, "weather.csv", 64)
    with pytest.raises(InvalidArtifact, match="cannot be read as CSV"):
        gate(forest(weather(300)), spec, tmp_path, data=tmp_path / "none.csv", replace=True)


def test_model_that_depends_on_its_neighbours_is_refused(spec: EndpointSpec) -> None:
    def crowd(rows: Any) -> list[Answer]:
        shares = {"no": 1 - 1 / len(rows), "yes": 1 / len(rows)}
        return [Answer(label="no", probabilities=shares)] * len(rows)

    with pytest.raises(InvalidArtifact, match="must not depend on its neighbours"):
        check_batches(crowd, parity_rows(spec, ROWS, 100), ("no", "yes"))


def test_parity_rows_hold_what_callers_may_send(spec: EndpointSpec) -> None:
    rows = parity_rows(spec, ROWS[:2], 2000)
    assert len(rows) >= 2000
    for row in rows:
        assert spec.features.validate(dict(zip(spec.features.names, row, strict=True))) == row
    columns = list(zip(*rows, strict=True))
    assert set(columns[2]) == {None, "north", "east", "south", "west"}
    assert {0.0, 1.0, None} <= set(columns[0])
    assert {0, 23, None} <= set(columns[1])
    assert (None, None, None, None) in rows
    assert rows == parity_rows(spec, ROWS[:2], 2000)
