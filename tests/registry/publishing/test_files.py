"""Model files that come without the library they were fitted in: ONNX with its own answers, XGBoost's own files."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from domain.errors import InvalidArtifact
from domain.words import Kind
from registry.artifacts import Format, Layout
from registry.discovery import RegisteredAlgorithm, discover
from registry.endpoints import EndpointSpec
from registry.publishing import publish
from tests.registry.conftest import SEED, weather

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = ["clouds", "hour"]


def loaded(root: Path) -> tuple[EndpointSpec, RegisteredAlgorithm]:
    registry = discover(root, entry_points=False)
    assert registry.problems == ()
    (algorithm,) = registry.algorithms
    return registry.endpoints[algorithm.endpoint], algorithm


def in_numbers(rows: int = 300) -> pd.DataFrame:
    return weather(rows)[[*NUMBERS, "rain"]]


def as_onnx(model: Any, path: Path, **options: Any) -> Path:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    inputs = [("rows", FloatTensorType([None, len(NUMBERS)]))]
    path.write_bytes(to_onnx(model, initial_types=inputs, **options).SerializeToString())
    return path


def regression(data: pd.DataFrame) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression().fit(data[NUMBERS].to_numpy(), data["rain"])


@pytest.mark.parametrize("zipped", [True, False])
def test_onnx_classifier_is_published_with_its_own_answers(tmp_path: Path, zipped: bool) -> None:
    data = in_numbers()
    model = regression(data)
    path = as_onnx(model, tmp_path / "rain.onnx", options={"zipmap": zipped})
    said = publish(path, data, out=tmp_path / "store")
    spec, algorithm = loaded(tmp_path / "store")
    assert (spec.name, spec.classes, spec.target, algorithm.name) == ("rain", ("no", "yes"), "rain", "rain")
    assert (said.format, said.manifest.layout) == (Format.ONNX, Layout.MATRIX)
    assert algorithm.instance is not None
    answers = algorithm.instance.predict([(0.9, 3), (0.1, 20)])
    trained = model.predict_proba([[0.9, 3], [0.1, 20]])
    assert [(answer.probabilities or {})["yes"] for answer in answers] == pytest.approx(
        trained[:, 1], abs=1e-6
    )
    assert [answer.label for answer in answers] == ["yes", "no"]


def test_onnx_regressor_is_published(tmp_path: Path) -> None:
    from sklearn.linear_model import LinearRegression

    data = in_numbers().assign(rain=lambda frame: frame["clouds"] * 20 - frame["hour"])
    path = as_onnx(LinearRegression().fit(data[NUMBERS].to_numpy(), data["rain"]), tmp_path / "amount.onnx")
    publish(path, data, out=tmp_path / "store", target="rain")
    spec, algorithm = loaded(tmp_path / "store")
    assert spec.kind is Kind.REGRESSOR
    assert algorithm.instance is not None
    (answer,) = algorithm.instance.predict([(0.5, 4)])
    assert answer.value == pytest.approx(6.0, abs=1e-4)


def test_onnx_of_columns_finds_features_that_the_exporter_renamed(tmp_path: Path) -> None:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    data = weather(300)[["clouds", "wind-from", "rain"]]
    prepare = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["wind-from"]), remainder="passthrough"
    )
    model = make_pipeline(prepare, LogisticRegression()).fit(data[["clouds", "wind-from"]], data["rain"])
    inputs = [("clouds", FloatTensorType([None, 1])), ("wind-from", StringTensorType([None, 1]))]
    (tmp_path / "rain.onnx").write_bytes(to_onnx(model, initial_types=inputs).SerializeToString())
    said = publish(tmp_path / "rain.onnx", data, out=tmp_path / "store")
    assert said.manifest.layout is Layout.COLUMNS
    spec, algorithm = loaded(tmp_path / "store")
    assert spec.features.names == ("clouds", "wind-from")
    assert spec.features["wind-from"].categories is None
    assert algorithm.problem is None


def softmax(path: Path, *, double: bool = False) -> Path:
    """A file as other libraries write them: one output of probabilities, no labels, no names of classes."""
    from onnx import TensorProto, helper

    kind = TensorProto.DOUBLE if double else TensorProto.FLOAT
    rows = helper.make_tensor_value_info("input", kind, [None, 2])
    shares = helper.make_tensor_value_info("output", kind, [None, 2])
    graph = helper.make_graph([helper.make_node("Softmax", ["input"], ["output"])], "net", [rows], [shares])
    opset = [helper.make_opsetid("", 17)]
    path.write_bytes(helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString())
    return path


def test_onnx_that_lists_no_classes_is_told_them(tmp_path: Path) -> None:
    path, data = softmax(tmp_path / "net.onnx"), in_numbers()
    with pytest.raises(InvalidArtifact, match="gives 2 values for each row"):
        publish(path, data, out=tmp_path / "store", target="rain")
    publish(path, data, out=tmp_path / "store", target="rain", classes=["no", "yes"])
    _, algorithm = loaded(tmp_path / "store")
    assert algorithm.instance is not None
    assert [answer.label for answer in algorithm.instance.predict([(1.0, 0), (0.0, 1)])] == ["no", "yes"]


def test_onnx_whose_inputs_no_server_fills_is_refused_with_the_cure(tmp_path: Path) -> None:
    path = softmax(tmp_path / "net.onnx", double=True)
    with pytest.raises(InvalidArtifact, match=r"of 32-bit numbers|FloatTensorType"):
        publish(path, in_numbers(), out=tmp_path / "store", classes=["no", "yes"])
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("suffix", [".ubj", ".json"])
def test_file_of_xgboost_is_published_as_the_classifier_that_it_is(tmp_path: Path, suffix: str) -> None:
    from xgboost import XGBClassifier

    data = in_numbers()
    data["rain"] = (data["rain"] == "yes").astype(int)
    model = XGBClassifier(n_estimators=5, max_depth=3, random_state=SEED).fit(data[NUMBERS], data["rain"])
    model.get_booster().save_model(tmp_path / f"rain{suffix}")
    said = publish(tmp_path / f"rain{suffix}", data, out=tmp_path / "store")
    spec, algorithm = loaded(tmp_path / "store")
    assert (algorithm.name, spec.classes, said.format) == ("xgboost", ("0", "1"), Format.SKOPS)
    assert algorithm.instance is not None
    (answer,) = algorithm.instance.predict([(0.95, 3)])
    assert (answer.probabilities or {})["1"] == pytest.approx(
        model.predict_proba(data[NUMBERS].head(1).assign(clouds=0.95, hour=3))[0, 1], abs=1e-6
    )


def test_broken_file_of_xgboost_names_the_version_and_the_cure(tmp_path: Path) -> None:
    (tmp_path / "rain.ubj").write_bytes(b"no trees")
    with pytest.raises(
        InvalidArtifact, match=r"rain\.ubj: XGBoost [0-9.]+ cannot load the model: .*save_model"
    ):
        publish(tmp_path / "rain.ubj", in_numbers(), out=tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_skops_file_of_another_scikit_learn_that_does_not_load_names_both_versions(tmp_path: Path) -> None:
    import sklearn
    import skops.io

    data, path = in_numbers(), tmp_path / "rain.skops"
    skops.io.dump(regression(data), tmp_path / "here.skops")
    with zipfile.ZipFile(tmp_path / "here.skops") as source, zipfile.ZipFile(path, "w") as target:
        for entry in source.namelist():
            body = source.read(entry)
            if entry == "schema.json":
                body = body.replace(b'"LogisticRegression"', b'"LogisticRegress"')
                body = body.replace(sklearn.__version__.encode(), b"1.2.3")
            target.writestr(entry, body)
    with pytest.raises(InvalidArtifact) as refused:
        publish(path, data, out=tmp_path / "store")
    assert refused.value.message.endswith(
        f"; scikit-learn 1.2.3 wrote the file, and this is {sklearn.__version__}: fit the model with "
        f"{sklearn.__version__} and save it again, or publish and serve it where 1.2.3 is installed"
    )
