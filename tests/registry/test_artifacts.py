from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidArtifact, InvalidManifest
from registry.artifacts import Artifact, Format, Layout, read_artifact
from registry.endpoints import EndpointSpec, load_endpoint
from registry.features import FeatureSchema
from tests.registry.conftest import ENDPOINT, write_endpoint


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    return shutil.copytree(published / "umbrella" / "forest-1", tmp_path / "forest-1")


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "manifest.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))


def test_published_artifact_is_read(folder: Path) -> None:
    artifact = read_artifact(folder)
    manifest = artifact.manifest
    assert (manifest.endpoint, manifest.algorithm, manifest.version) == ("umbrella", "forest", "1")
    assert (manifest.format, manifest.layout) == (Format.ONNX, Layout.MATRIX)
    assert manifest.classes == ("no", "yes")
    assert [column.feature for column in manifest.columns] == ["clouds", "hour", "holiday", "wind-from"]
    assert manifest.columns[3].codes == ("north", "east", "south", "west")
    assert manifest.columns[3].fill in ("north", "east", "west")
    assert manifest.metrics["rows"] == 100
    assert len(manifest.fixtures) == 5
    assert artifact.model() == (folder / "model.onnx").read_bytes()


def test_changed_byte_is_refused(folder: Path) -> None:
    path = folder / "model.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InvalidArtifact, match="was changed: its digest is not the one in its manifest"):
        read_artifact(folder).model()


def test_truncated_file_is_refused_with_both_sizes(folder: Path) -> None:
    path = folder / "model.onnx"
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InvalidArtifact, match=f"has {size - 1} bytes, its manifest says {size}"):
        read_artifact(folder).model()


def test_missing_model_file_and_folder_are_refused(folder: Path) -> None:
    artifact = read_artifact(folder)
    (folder / "model.onnx").unlink()
    with pytest.raises(InvalidArtifact, match=r"model file .*model\.onnx is missing"):
        artifact.model()
    shutil.rmtree(folder)
    with pytest.raises(InvalidArtifact, match="forest-1 does not exist; publish the model"):
        read_artifact(folder)


@pytest.mark.parametrize("name", ["../model.onnx", "/etc/passwd", "..", "a/b"])
def test_model_file_outside_the_folder_is_refused(folder: Path, name: str) -> None:
    change(folder, lambda document: document["model"].update(name=name))
    with pytest.raises(InvalidManifest, match="'name' must be a plain file name in the same folder"):
        read_artifact(folder)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda document: document.update(manifest_version=3), "'manifest_version' must be 2"),
        (lambda document: document.update(format="pickle"), "'format' must be one of 'onnx', 'cbm', 'skops'"),
        (lambda document: document.pop("columns"), "'columns' must be a list of objects"),
        (lambda document: document["model"].update(size=-1), "'size' must be a whole number of at least 0"),
        (
            lambda document: document["columns"][0].update(fill=[1]),
            "'fill' must be a number, a text, or null",
        ),
    ],
)
def test_wrong_manifest_field_is_named(
    folder: Path, edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    change(folder, edit)
    with pytest.raises(InvalidManifest) as caught:
        read_artifact(folder)
    assert message in caught.value.message
    assert str(folder / "manifest.json") in caught.value.message


def changed_spec(tmp_path: Path, edit: Callable[[dict[str, Any]], object]) -> EndpointSpec:
    document = json.loads(json.dumps(ENDPOINT))
    edit(document)
    return load_endpoint(write_endpoint(tmp_path, **document))


def test_artifact_fits_its_endpoint(folder: Path, spec: EndpointSpec) -> None:
    read_artifact(folder).check_fits(spec)


def test_other_ranges_and_another_order_of_features_still_fit(folder: Path, spec: EndpointSpec) -> None:
    features = [replace(feature, maximum=None) for feature in reversed(spec.features.features)]
    read_artifact(folder).check_fits(replace(spec, features=FeatureSchema(features)))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda document: document["features"][1].update(type="number"),
            "'hour' was a integer, is a number now",
        ),
        (
            lambda document: document["features"][2]["categories"].append("up"),
            "categories of feature 'wind-from'",
        ),
        (lambda document: document["features"][0].update(name="cloud"), "they differ in cloud, clouds"),
        (lambda document: document["target"].update(classes=["no", "yes", "hail"]), "classes are not those"),
        (lambda document: document.update(name="other"), "it is of endpoint 'umbrella', not 'other'"),
    ],
)
def test_artifact_of_other_features_is_refused(
    folder: Path, tmp_path: Path, edit: Callable[[dict[str, Any]], object], message: str
) -> None:
    def adapted(document: dict[str, Any]) -> None:
        edit(document)
        document["example"] = {feature["name"]: None for feature in document["features"]}

    with pytest.raises(InvalidArtifact, match=message):
        read_artifact(folder).check_fits(changed_spec(tmp_path / "changed", adapted))


def test_column_of_no_feature_is_refused(folder: Path, spec: EndpointSpec) -> None:
    artifact = read_artifact(folder)
    columns = (*artifact.manifest.columns, replace(artifact.manifest.columns[0], feature="ghost"))
    broken = Artifact(folder, replace(artifact.manifest, columns=columns))
    with pytest.raises(InvalidArtifact, match="column 'ghost' is made of no feature"):
        broken.check_fits(spec)


def test_model_file_that_was_replaced_by_a_huge_one_is_refused_unread(
    published: Path, tmp_path: Path
) -> None:
    root = shutil.copytree(published, tmp_path / "store")
    folder = root / "umbrella" / "forest-1"
    artifact = read_artifact(folder)
    with (folder / artifact.manifest.model.name).open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises(InvalidArtifact, match="has 1099511627776 bytes, its manifest says"):
        artifact.model()
    huge = replace(artifact.manifest, model=replace(artifact.manifest.model, size=2**40))
    with pytest.raises(InvalidArtifact, match="has 1,048,576 MiB, and a server loads at most 1,024 MiB"):
        Artifact(folder, huge).model()
