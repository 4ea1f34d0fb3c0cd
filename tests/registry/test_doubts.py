"""Artifacts of before: what speaks against their answers is named when they are loaded, and they are served."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from domain.requests.request import Answer
from registry.algorithm import Algorithm, Classifier
from registry.artifacts import read_artifact
from registry.decision_rules import DecisionMethod, DecisionRule
from registry.discovery import default_artifacts_root, discover
from registry.doubts import doubt_of
from registry.endpoints import EndpointSpec, load_endpoint
from registry.features import Row
from registry.publishing.gate import publish
from tests.registry.conftest import SEED, weather, write_endpoint

UNCOMPARED = "it was published before labels were compared with those of the model's own predict"
CURE = "publish the model again, which compares them"


class Plain(Classifier, endpoint="umbrella", name="forest", version="1", owner="Ada"):
    """Runs its artifact."""


class Angry(Plain, version="1"):
    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        raise RuntimeError("not today")


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    return shutil.copytree(published / "umbrella" / "forest-1", tmp_path / "forest-1")


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))


def age(folder: Path) -> None:
    """Make the manifest one of version 1, which said nothing of decisions."""
    change(folder, lambda document: (document.update(manifest_version=1), document.pop("decision")))


def doubt(folder: Path, spec: EndpointSpec, algorithm: type[Algorithm] = Plain) -> str | None:
    artifact = read_artifact(folder)
    instance = algorithm(spec)
    instance.load(artifact)
    return doubt_of(artifact, instance, spec)


def test_artifact_of_the_present_gate_is_in_no_doubt(folder: Path, spec: EndpointSpec) -> None:
    assert doubt(folder, spec) is None


def test_old_manifest_loads_and_decides_as_it_did(folder: Path, spec: EndpointSpec) -> None:
    age(folder)
    assert read_artifact(folder).manifest.decision is None
    instance = Plain(spec)
    instance.load(read_artifact(folder))
    assert [
        answer.label for answer in instance.predict([(0.95, 12, "west", False), (0.0, 3, "north", True)])
    ] == [
        "yes",
        "no",
    ]


def test_old_forest_is_in_doubt_for_its_ties(folder: Path, spec: EndpointSpec) -> None:
    age(folder)
    ties = "where the votes of its trees are tied, 32-bit sums may choose another class than scikit-learn"
    assert doubt(folder, spec) == f"{UNCOMPARED}; {ties}; {CURE}"


def test_codes_that_became_floats_are_found_in_an_old_manifest(folder: Path, spec: EndpointSpec) -> None:
    age(folder)
    change(
        folder, lambda document: document["columns"][3].update(codes=["1.0", "2.0", "3.0", "4.0"], fill=None)
    )
    change(folder, lambda document: document.update(fixtures=[]))
    assert str(doubt(folder, spec)).startswith(
        "its encoder knows none of the declared categories of 'wind-from', as happens when codes became floats"
    )


def test_answer_other_than_when_published_is_in_doubt(folder: Path, spec: EndpointSpec) -> None:
    other = {"no": "yes", "yes": "no"}
    change(
        folder,
        lambda document: [
            f["answer"].update(label=other[f["answer"]["label"]]) for f in document["fixtures"]
        ],
    )
    assert str(doubt(folder, spec)).startswith(
        "it answers other labels than when it was published; see whether"
    )


def test_row_that_the_endpoint_no_longer_allows_raises_no_doubt(
    folder: Path, tmp_path: Path, spec: EndpointSpec
) -> None:
    changed = [
        dict(feature) for feature in json.loads((write_endpoint(tmp_path / "a")).read_text())["features"]
    ]
    changed[0] |= {"maximum": 0.01}
    narrow = load_endpoint(
        write_endpoint(
            tmp_path / "b",
            features=changed,
            example={"clouds": 0.0, "hour": 12, "wind-from": "west", "holiday": False},
        )
    )
    assert doubt(folder, narrow) is None


def test_plugin_that_fails_on_the_kept_rows_is_in_doubt(folder: Path, spec: EndpointSpec) -> None:
    assert doubt(folder, spec, Angry) == (
        "it fails on the rows that its manifest keeps (RuntimeError); publish the model again"
    )


def catboost_artifact(out: Path, spec: EndpointSpec, threshold: float | None) -> Path:
    from catboost import CatBoostClassifier

    data = weather(300)
    model = CatBoostClassifier(iterations=5, random_seed=SEED, thread_count=1, logging_level="Silent")
    model.set_params(allow_writing_files=False)
    model.fit(data.drop(columns=["rain"]), data["rain"], cat_features=["wind-from"])
    if threshold is not None:
        model.set_probability_threshold(threshold)
    publish(model, spec=spec, name="forest", version="1", out=out, data=data, fills={"wind-from": "missing"})
    return out / spec.name / "forest-1"


def test_old_catboost_is_in_doubt_only_for_a_threshold_of_its_own(tmp_path: Path, spec: EndpointSpec) -> None:
    plain = catboost_artifact(tmp_path / "plain", spec, None)
    low = catboost_artifact(tmp_path / "low", spec, 0.05)
    assert read_artifact(low).manifest.decision == DecisionRule(
        DecisionMethod.THRESHOLD, threshold=0.05, positive="yes", inclusive=False
    )
    for folder in (plain, low):
        age(folder)
        change(folder, lambda document: document.update(fixtures=[]))
    assert doubt(plain, spec) is None
    assert doubt(low, spec) == (
        f"its own threshold of 0.05 is not used: the label is the class of the largest probability; {CURE}"
    )


def test_old_catboost_of_counts_is_in_doubt_for_logarithms(tmp_path: Path) -> None:
    from catboost import CatBoostRegressor

    from registry.algorithm import Regressor

    class Counter(Regressor, endpoint="umbrella", name="counter", version="1", owner="Ada"):
        """Runs its artifact."""

    spec = load_endpoint(write_endpoint(tmp_path, kind="regressor", target={"name": "drops"}))
    data = weather(300).drop(columns=["rain"])
    data["drops"] = data["hour"] + 1
    options = {"iterations": 5, "thread_count": 1, "logging_level": "Silent", "allow_writing_files": False}
    numbers = data.drop(columns=["drops"]).assign(**{"wind-from": "west"})
    for loss in ("Poisson", "RMSE"):
        model = CatBoostRegressor(loss_function=loss, **options)
        model.fit(numbers, data["drops"], cat_features=["wind-from"])
        folder = tmp_path / loss
        _written_by_hand(folder, model, spec)
        artifact = read_artifact(folder)
        instance = Counter(spec)
        instance.load(artifact)
        expected = f"it was trained with the loss Poisson, and its values may be logarithms; {CURE}"
        assert doubt_of(artifact, instance, spec) == (expected if loss == "Poisson" else None)


def _written_by_hand(folder: Path, model: Any, spec: EndpointSpec) -> None:
    """An artifact as the gate of before wrote it, which it would not write today."""
    import hashlib

    folder.mkdir()
    model.save_model(str(folder / "model.cbm"))
    content = (folder / "model.cbm").read_bytes()
    features: list[Any] = [
        {
            "name": f.name,
            "type": f.type.value,
            "categories": None if f.categories is None else list(f.categories),
        }
        for f in spec.features.features
    ]
    columns = [
        {
            "feature": f["name"],
            "input": f["name"],
            "type": f["type"],
            "fill": "west" if f["categories"] else 0,
        }
        for f in features
    ]
    document = {
        "manifest_version": 1, "endpoint": spec.name, "algorithm": "counter", "version": "1", "kind": "regressor",
        "format": "cbm", "layout": "matrix", "target": spec.target, "classes": None, "features": features,
        "columns": columns, "parity": {}, "metrics": {}, "fixtures": [],
        "model": {
            "name": "model.cbm", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()
        },
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(document))


@pytest.mark.parametrize("known", [True, False])
def test_encoder_inside_an_old_onnx_file_is_looked_into(
    known: bool, tmp_path: Path, spec: EndpointSpec
) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    data = weather(300)
    numbers = ("numbers", "passthrough", ["clouds", "hour", "holiday"])
    texts = ("texts", OneHotEncoder(handle_unknown="ignore"), ["wind-from"])
    model = make_pipeline(ColumnTransformer([numbers, texts]), LogisticRegression(max_iter=1000))
    model.fit(data.drop(columns=["rain"]), data["rain"])
    fills: dict[str, float | str] = {"clouds": 0.5, "hour": 1, "holiday": 0, "wind-from": "west"}
    publish(model, spec=spec, name="forest", version="1", out=tmp_path, data=data, fills=fills)
    folder = tmp_path / spec.name / "forest-1"
    age(folder)
    if not known:
        path = folder / "model.onnx"
        content = path.read_bytes()
        for wind in (b"north", b"east", b"west"):
            content = content.replace(
                b"\x4a" + bytes([len(wind)]) + wind, b"\x4a" + bytes([len(wind)]) + wind.upper()
            )
        import hashlib

        path.write_bytes(content)
        change(folder, lambda document: document["model"].update(sha256=hashlib.sha256(content).hexdigest()))
        change(folder, lambda document: document.update(fixtures=[]))
    encoder = (
        "its encoder knows none of the declared categories of 'wind-from', as happens when codes became floats in the "
        "training data; "
    )
    assert doubt(folder, spec) == f"{'' if known else encoder}{UNCOMPARED}; {CURE}"


def test_doubt_stands_beside_the_algorithm_that_is_served(tmp_path: Path) -> None:
    root = shutil.copytree(default_artifacts_root(), tmp_path / "artifacts")
    age(root / "income_classifier" / "random_forest-0.0.1")
    registry = discover(root, entry_points=False)
    doubts = {str(one): one.doubt for one in registry.algorithms if one.doubt is not None}
    assert list(doubts) == ["income_classifier: random forest 0.0.1"]
    assert doubts["income_classifier: random forest 0.0.1"].startswith(UNCOMPARED)
    assert all(one.instance is not None for one in registry.algorithms)
    assert registry.problems == ()


def test_no_shipped_artifact_is_in_doubt() -> None:
    registry = discover(entry_points=False)
    assert [one.doubt for one in registry.algorithms] == [None] * 9
    decisions = [one.artifact.manifest.decision for one in registry.algorithms if one.artifact is not None]
    assert decisions == [
        DecisionRule(DecisionMethod.FIRST_WITHIN, width=100 * 2.0**-24),
        DecisionRule(DecisionMethod.FIRST_WITHIN, width=60 * 2.0**-24),
        None,
        None,
        None,
        None,
        DecisionRule(DecisionMethod.LARGEST),
        DecisionRule(DecisionMethod.LARGEST),
        DecisionRule(DecisionMethod.FIRST_WITHIN, width=100 * 2.0**-24),
    ]
