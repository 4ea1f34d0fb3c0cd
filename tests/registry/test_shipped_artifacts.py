"""What the shipped artifacts promise, read from their manifests: no data set is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.artifacts import Artifact, Format, read_artifact
from registry.discovery import RegisteredAlgorithm, default_artifacts_root, discover
from registry.endpoints import load_endpoint
from registry.features import FeatureType

ROOT = default_artifacts_root()
PAGE = Path(__file__).parents[2] / "docs" / "getting-started.md"
MEASURES = {
    "accuracy": "accuracy",
    "log_loss": "log loss",
    "rmse": "RMSE",
    "mean_absolute_error": "mean absolute error",
}
FOLDERS = sorted(path.parent for path in ROOT.glob("*/*/manifest.json"))


@pytest.fixture(params=FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def artifact(request: pytest.FixtureRequest) -> Artifact:
    return read_artifact(request.param)


def test_nine_artifacts_are_shipped_in_25_megabytes() -> None:
    assert len(FOLDERS) == 9
    assert sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file()) <= 25_000_000


def test_artifact_is_as_it_was_published(artifact: Artifact) -> None:
    assert len(artifact.model()) == artifact.manifest.model.size <= 8_000_000
    artifact.check_fits(load_endpoint(artifact.folder.parent))


def test_artifact_passed_the_gate(artifact: Artifact) -> None:
    parity = artifact.manifest.document["parity"]
    assert isinstance(parity, dict)
    assert parity["rows"] >= 10_000  # type: ignore[operator]
    assert parity["largest_difference"] <= 1e-5  # type: ignore[operator]
    assert parity["largest_difference_in_batches"] <= 1e-5  # type: ignore[operator]
    assert len(artifact.manifest.fixtures) == 5


def test_artifact_fills_every_missing_value_before_the_model(artifact: Artifact) -> None:
    assert all(column.fill is not None for column in artifact.manifest.columns)


def test_manifest_names_data_and_command(artifact: Artifact) -> None:
    data, document = artifact.manifest.document["training_data"], artifact.manifest.document
    assert isinstance(data, dict)
    assert {"name", "sha256", "licence", "rows", "rows_held_out", "seed"} <= set(data)
    assert str(document["command"]).startswith("python -m training.")
    assert "/" not in str(document["command"])


@pytest.mark.parametrize(
    ("name", "form", "accuracy"),
    [
        ("random_forest-0.0.1", Format.ONNX, 0.855),
        ("extra_trees-0.0.1", Format.ONNX, 0.84),
        ("catboost-0.1.0", Format.CBM, 0.865),
        ("gradient_boosting-0.1.0", Format.ONNX, 0.865),
    ],
)
def test_income_classifiers_are_as_good_as_promised(name: str, form: Format, accuracy: float) -> None:
    manifest = read_artifact(ROOT / "income_classifier" / name).manifest
    assert manifest.format is form
    assert manifest.metrics["rows"] == 9769
    assert float(manifest.metrics["accuracy"]) >= accuracy  # type: ignore[arg-type]


def test_gradient_boosting_of_income_is_better_than_the_forest_and_fits_into_a_cache() -> None:
    folder = ROOT / "income_classifier"
    boosting, forest = (
        read_artifact(folder / name).manifest for name in ("gradient_boosting-0.1.0", "random_forest-0.0.1")
    )
    assert boosting.document["training_data"] == forest.document["training_data"]
    assert (forest.metrics, forest.model.size) == (
        {"rows": 9769, "accuracy": 0.857713, "log_loss": 0.311381},
        6_523_704,
    )
    assert (boosting.metrics, boosting.model.size) == (
        {"rows": 9769, "accuracy": 0.8658, "log_loss": 0.291987},
        53_707,
    )


@pytest.mark.parametrize("name", ["random_forest-0.0.1", "decision_trees-0.0.1", "catboost-0.1.0"])
def test_premium_regressors_beat_a_ridge_regression(name: str) -> None:
    metrics = read_artifact(ROOT / "premium_insurance" / name).manifest.metrics
    assert metrics["rows"] == 296
    assert float(metrics["rmse"]) < 4106  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "accuracy", "size"),
    [("logistic_regression-0.1.0", 0.98, 1_000), ("extra_trees-0.1.0", 0.96, 200_000)],
)
def test_wine_classifiers_tell_three_classes_apart(name: str, accuracy: float, size: int) -> None:
    manifest = read_artifact(ROOT / "wine_cultivar" / name).manifest
    assert manifest.format is Format.ONNX
    assert manifest.classes == ("Barbera", "Barolo", "Grignolino")
    assert manifest.metrics["rows"] == 54
    assert float(manifest.metrics["accuracy"]) >= accuracy  # type: ignore[arg-type]
    assert manifest.model.size < size


def test_catboost_of_income_takes_its_categories_as_they_are() -> None:
    manifest = read_artifact(ROOT / "income_classifier" / "catboost-0.1.0").manifest
    texts = [column for column in manifest.columns if column.type is FeatureType.CATEGORY]
    assert len(texts) == 8
    assert all(column.codes is None and column.fill == "missing" for column in texts)


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/endpoint.json")), ids=lambda path: path.parent.name)
def test_front_end_can_read_what_every_feature_means(path: Path) -> None:
    spec = load_endpoint(path)
    for feature in spec.features.features:
        assert feature.description.endswith(".")
        if feature.type in (FeatureType.NUMBER, FeatureType.INTEGER):
            assert feature.minimum is not None
            assert feature.maximum is not None


def told(id_: int, registered: RegisteredAlgorithm) -> str:
    """The row of the page about one algorithm."""
    assert registered.artifact is not None
    manifest = registered.artifact.manifest
    held_out = ", ".join(
        f"{name} {manifest.metrics[key]}" for key, name in MEASURES.items() if key in manifest.metrics
    )
    cells = [
        str(id_),
        f"`{registered.endpoint}`",
        f"{registered.name} {registered.version}",
        str(registered.status or "–"),
        f"{manifest.model.size:,} bytes",
        held_out,
    ]
    return f"| {' | '.join(cells)} |"


def test_page_lists_what_ships_as_the_manifests_say() -> None:
    shipped = discover(entry_points=False).algorithms
    listed = [line for line in PAGE.read_text("utf-8").splitlines() if " bytes | " in line]
    assert listed == [told(id_, registered) for id_, registered in enumerate(shipped, 1)]
