from __future__ import annotations

import math
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from domain.errors import AlgorithmFailed, InvalidArtifact
from domain.requests.request import Answer
from registry.artifacts import Artifact, Column, Format, ModelFile, read_artifact
from registry.discovery import default_artifacts_root, discover
from registry.endpoints import EndpointSpec, load_endpoint
from registry.features import FeatureType
from registry.publishing.rows import parity_rows
from registry.runtimes import load_runtime, onnx
from registry.runtimes.answers import answer_reader
from registry.runtimes.encoding import RowEncoder

HOUR = Column("hour", "hour", FeatureType.INTEGER, fill=12)
CLOUDS = Column("clouds", "clouds", FeatureType.NUMBER)
WIND = Column("wind-from", "wind_from", FeatureType.CATEGORY, fill="south", codes=("west", "south"))
TEXT = Column("wind-from", "wind_from", FeatureType.CATEGORY, fill="south")
HOLIDAY = Column("holiday", "holiday", FeatureType.BOOLEAN, fill=0)


def test_rows_are_encoded_in_the_order_of_the_model(spec: EndpointSpec) -> None:
    encoder = RowEncoder(spec.features, [WIND, HOUR, HOLIDAY, CLOUDS])
    matrix = encoder.matrix([(0.25, 7, "west", True), (0.5, None, None, None), (None, 1, "north", False)])
    expected = [[0, 7, 1, 0.25], [1, 12, 0, 0.5], [-1, 1, 0, math.nan]]
    assert matrix.dtype == np.float32
    np.testing.assert_array_equal(matrix, np.array(expected, dtype=np.float32))


def test_no_rows_make_an_empty_matrix(spec: EndpointSpec) -> None:
    assert RowEncoder(spec.features, [WIND, HOUR]).matrix([]).shape == (0, 2)


def test_columns_have_their_own_types(spec: EndpointSpec) -> None:
    inputs = RowEncoder(spec.features, [TEXT, HOUR]).inputs(
        [(0.25, 7, "west", True), (0.5, None, None, None)]
    )
    assert {name: array.tolist() for name, array in inputs.items()} == {
        "wind_from": [["west"], ["south"]],
        "hour": [[7.0], [12.0]],
    }
    assert [inputs[name].dtype.kind for name in ("wind_from", "hour")] == ["O", "f"]


def test_boolean_that_is_a_category_to_the_model_is_one_or_zero(spec: EndpointSpec) -> None:
    column = Column("holiday", "holiday", FeatureType.CATEGORY, fill="missing")
    cells = RowEncoder(spec.features, [column]).cells(
        [(1.0, 1, None, value) for value in (True, False, None)]
    )
    assert cells == [["1"], ["0"], ["missing"]]


def test_probability_is_of_the_positive_class_whatever_the_label(published: Path, spec: EndpointSpec) -> None:
    manifest = read_artifact(published / "umbrella" / "forest-1").manifest
    answers = answer_reader(manifest, spec)(np.array([[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]]))
    assert answers == [
        Answer(label="no", probability=0.25, probabilities={"no": 0.75, "yes": 0.25}),
        Answer(label="yes", probability=0.75, probabilities={"no": 0.25, "yes": 0.75}),
        Answer(label="no", probability=0.5, probabilities={"no": 0.5, "yes": 0.5}),
    ]


def test_probability_that_rounding_pushed_over_one_is_one(published: Path, spec: EndpointSpec) -> None:
    manifest = read_artifact(published / "umbrella" / "forest-1").manifest
    [answer] = answer_reader(manifest, spec)(np.array([[-1.2e-7, 1.0000001]], dtype=np.float32))
    assert answer == Answer(label="yes", probability=1.0, probabilities={"no": 0.0, "yes": 1.0})


def test_probability_is_of_the_label_where_no_class_is_positive(published: Path, spec: EndpointSpec) -> None:
    manifest = read_artifact(published / "umbrella" / "forest-1").manifest
    three = replace(manifest, classes=("a", "b", "c"))
    bare = replace(spec, classes=("a", "b", "c"), positive_class=None)
    [answer] = answer_reader(three, bare)(np.array([[0.25, 0.5, 0.25]]))
    assert (answer.label, answer.probability) == ("b", 0.5)


def test_output_of_another_shape_is_a_failure(published: Path, spec: EndpointSpec) -> None:
    manifest = read_artifact(published / "umbrella" / "forest-1").manifest
    with pytest.raises(AlgorithmFailed, match=r"shape \(1, 3\), not \(rows, 2 classes\)"):
        answer_reader(manifest, spec)(np.array([[0.25, 0.5, 0.25]]))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Format.ONNX, "onnxruntime cannot load the model"),
        (Format.CBM, "CatBoost cannot load the model"),
        (Format.SKOPS, "skops cannot load the model"),
    ],
)
def test_file_that_the_library_refuses_is_an_invalid_artifact(
    published: Path, tmp_path: Path, spec: EndpointSpec, kind: Format, message: str
) -> None:
    import hashlib

    folder = shutil.copytree(published / "umbrella" / "forest-1", tmp_path / "forest-1")
    (folder / "junk").write_bytes(b"junk")
    file = ModelFile("junk", 4, hashlib.sha256(b"junk").hexdigest())
    artifact = Artifact(folder, replace(read_artifact(folder).manifest, format=kind, model=file))
    with pytest.raises(InvalidArtifact, match=message):
        load_runtime(artifact, spec)


def test_model_answers_threads_as_it_answers_one(published: Path, spec: EndpointSpec) -> None:
    run = load_runtime(read_artifact(published / "umbrella" / "forest-1"), spec)
    rows = parity_rows(spec, [], 200)
    expected = run(rows)
    with ThreadPoolExecutor(8) as pool:
        assert all(answers == expected for answers in pool.map(run, [rows] * 32))


def test_shipped_algorithms_answer_no_rows_with_no_answers() -> None:
    registry = discover(entry_points=False)
    for registered in registry.algorithms:
        if registered.artifact is not None and registered.artifact.manifest.format is Format.ONNX:
            assert registered.instance is not None
            assert registered.instance.predict([]) == []


LOADED = """
import sys
from pathlib import Path
from registry.discovery import discover

registry = discover(Path(sys.argv[1]), entry_points=False)
print(sum(registered.instance is not None for registered in registry.algorithms))
print(*sorted({"catboost", "joblib", "onnx", "pandas", "scipy", "skl2onnx", "sklearn", "skops"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("left_out", "expected"),
    [
        # catboost itself imports pandas and scipy; no other algorithm costs them.
        ((), ["9", "catboost pandas scipy"]),
        (("catboost-0.1.0",), ["7", ""]),
    ],
)
def test_server_imports_only_what_its_algorithms_need(
    tmp_path: Path, left_out: tuple[str, ...], expected: list[str]
) -> None:
    root = shutil.copytree(default_artifacts_root(), tmp_path / "a", ignore=shutil.ignore_patterns(*left_out))
    command = [sys.executable, "-c", LOADED, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.splitlines() == expected


FOREST = default_artifacts_root() / "income_classifier" / "random_forest-0.0.1"


@pytest.fixture(scope="module")
def forest() -> tuple[Artifact, EndpointSpec, RowEncoder]:
    """A model that is large enough to be kept in onnxruntime's own format."""
    artifact, spec = read_artifact(FOREST), load_endpoint(FOREST.parent)
    assert len(artifact.model()) >= onnx.LARGE
    return artifact, spec, RowEncoder(spec.features, artifact.manifest.columns)


def test_a_large_model_that_is_kept_small_answers_as_it_was_published(
    forest: tuple[Artifact, EndpointSpec, RowEncoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact, spec, encoder = forest
    rows = parity_rows(spec, [], 500)
    compact, _ = onnx.load(artifact, spec, encoder)(rows)
    monkeypatch.setattr(onnx, "LARGE", 1 << 40)
    as_published, _ = onnx.load(artifact, spec, encoder)(rows)
    np.testing.assert_array_equal(np.asarray(compact), np.asarray(as_published))


def test_a_session_keeps_no_copy_of_the_file(
    forest: tuple[Artifact, EndpointSpec, RowEncoder],
) -> None:
    session = onnx._session(forest[0])
    assert [value for value in vars(session).values() if isinstance(value, bytes)] == []


def test_a_large_model_loads_where_no_file_can_be_written(
    forest: tuple[Artifact, EndpointSpec, RowEncoder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact, spec, encoder = forest
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    numbers, _ = onnx.load(artifact, spec, encoder)(parity_rows(spec, [], 5))
    assert np.asarray(numbers).shape[1] == 2
