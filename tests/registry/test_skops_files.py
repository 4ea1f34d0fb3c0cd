"""What a skops file may hold: names of a checked list, no calls, no text that is taken for a path."""

from __future__ import annotations

import importlib
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from domain.errors import InvalidArtifact
from registry.artifacts import Format
from registry.endpoints import EndpointSpec
from registry.publishing.gate import publish
from registry.runtimes import skops
from registry.runtimes.fitted_parts import made_ready
from registry.runtimes.trusted_types import TRUSTED_TYPES
from tests.registry.conftest import forest, weather

OPTIONAL = ("lightgbm", "xgboost")
FUNCTIONS = re.compile(
    r"numpy\.(clip|nan_to_num|ravel|round)|scipy\..*\.asarray|sklearn\.feature_selection\..*\.(chi2|[fr]_\w+|mutual_info_\w+)"
    r"|sklearn\.metrics\.(_classification|_ranking)\.\w+|sklearn\.utils\.validation\.check_array"
)
ACTS = re.compile(
    r"_*(open|load|save|dump|fetch|eval|exec|read|write|memmap|file|call|compile|import)", re.IGNORECASE
)
MODULES_THAT_ACT = (
    "sklearn.datasets",
    "sklearn.externals",
    "sklearn.utils._testing",
    "joblib",
    "os",
    "builtins",
)


def resolved(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("name", [name for name in TRUSTED_TYPES if not name.startswith(OPTIONAL)])
def test_trusted_name_is_in_the_installed_library(name: str) -> None:
    found = resolved(name)
    assert isinstance(found, type) or FUNCTIONS.fullmatch(name)


@pytest.mark.parametrize("library", OPTIONAL)
def test_trusted_names_of_an_optional_library_are_in_it(library: str) -> None:
    pytest.importorskip(library)
    names = [name for name in TRUSTED_TYPES if name.startswith(library)]
    assert all(isinstance(resolved(name), type) for name in names)


def test_nothing_trusted_opens_loads_saves_or_evaluates() -> None:
    acting = [name for name in TRUSTED_TYPES if ACTS.match(name.rpartition(".")[2])]
    assert acting == []
    assert [name for name in TRUSTED_TYPES if name.startswith(MODULES_THAT_ACT)] == []
    assert len(set(TRUSTED_TYPES)) == len(TRUSTED_TYPES)


def dumped(model: Any) -> bytes:
    import skops.io

    return bytes(skops.io.dumps(model))


def test_file_that_would_call_a_trusted_type_is_refused_before_anything_is_built() -> None:
    from sklearn.dummy import DummyRegressor

    with zipfile.ZipFile(io.BytesIO(dumped(DummyRegressor().fit([[0]], [1])))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    schema = json.loads(files["schema.json"])
    schema["content"] = {
        "__class__": "Tree",
        "__module__": "sklearn.tree._tree",
        "__loader__": "ConstructorFromReduceNode",
        "content": schema["content"],
    }
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        for name, content in (files | {"schema.json": json.dumps(schema).encode()}).items():
            archive.writestr(name, content)
    with pytest.raises(InvalidArtifact, match=r"here: the file would call sklearn\.tree\._tree\.Tree when"):
        skops.loads(changed.getvalue(), "here")


def own_function(values: Any) -> Any:
    return values


def test_function_of_ones_own_is_never_loaded() -> None:
    from sklearn.preprocessing import FunctionTransformer

    model = FunctionTransformer(own_function).fit(np.zeros((1, 1)))
    assert isinstance(own_function, FunctionType)
    with pytest.raises(
        InvalidArtifact, match=r"cannot load the model: it holds .*own_function, and a server builds"
    ):
        skops.loads(dumped(model), "here")


@pytest.mark.parametrize("source", ["filename", "file"])
def test_vectoriser_that_takes_texts_for_files_is_refused(source: str) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline

    vectoriser = TfidfVectorizer().fit(["good film"])
    vectoriser.input = source
    with pytest.raises(
        InvalidArtifact, match=rf"TfidfVectorizer \(steps\[0\]\[1\]\) .*input='{source}'.*'content'"
    ):
        made_ready(make_pipeline(vectoriser), "here")


def test_every_part_is_asked_in_one_thread_and_by_number() -> None:
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import RandomForestClassifier, VotingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = weather(50)
    columns = make_column_transformer((StandardScaler(), ["hour", "clouds"]), ("passthrough", ["holiday"]))
    votes = VotingClassifier([("one", RandomForestClassifier(2, n_jobs=2))], voting="soft", n_jobs=2)
    model = make_pipeline(columns.set_output(transform="pandas"), votes)
    model.fit(data[["clouds", "hour", "holiday"]], data["rain"])
    made_ready(model, "here")
    assert [selected for _, _, selected in columns.transformers_] == [[1, 0], [2]]
    assert (votes.n_jobs, votes.estimators_[0].n_jobs) == (1, 1)
    assert isinstance(columns.transform(np.zeros((1, 3))), np.ndarray)


def test_matrix_that_an_earlier_release_published_is_served_as_before(
    tmp_path: Path, spec: EndpointSpec
) -> None:
    import hashlib
    from dataclasses import replace

    from registry.artifacts import Artifact, Column, Layout, ModelFile, read_artifact
    from registry.features import FeatureType
    from registry.runtimes import load_runtime

    model = forest(weather(100))
    publish(model, spec=spec, data=weather(100), name="tried", version="1", out=tmp_path)
    folder = tmp_path / "umbrella" / "tried-1"
    content = dumped(model.steps[-1][1])
    (folder / "model.skops").write_bytes(content)
    manifest = replace(
        read_artifact(folder).manifest,
        format=Format.SKOPS,
        layout=Layout.MATRIX,
        decision=None,
        model=ModelFile("model.skops", len(content), hashlib.sha256(content).hexdigest()),
    )
    assert manifest.columns[3] == Column(
        "wind-from", "wind-from", FeatureType.CATEGORY, fill="east", codes=("north", "east", "south", "west")
    )
    [answer] = load_runtime(Artifact(folder, manifest), spec)([(0.5, 12, "east", True)])
    frame = weather(100).drop(columns=["rain"]).head(1).assign(clouds=0.5, hour=12, holiday=1)
    frame["wind-from"] = "east"
    assert answer.probability == model.predict_proba(frame)[0, 1]


SERVED = """
import sys

class WithoutPandas:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pandas":
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, WithoutPandas())
from pathlib import Path
from registry.artifacts import read_artifact
from registry.endpoints import load_endpoint
from registry.runtimes import load_runtime

root = Path(sys.argv[1])
run = load_runtime(read_artifact(root / "tried-1"), load_endpoint(root))
print(len(run([(0.5, 12, "west", True), (None, None, None, None)])), run([]))
print(*sorted({"catboost", "onnxruntime", "skl2onnx"} & set(sys.modules)))
"""


def test_server_asks_scikit_learn_without_pandas(tmp_path: Path, spec: EndpointSpec) -> None:
    from tests.registry.conftest import write_endpoint

    root = write_endpoint(tmp_path).parent
    publish(
        forest(weather(100)),
        spec=spec,
        data=weather(100),
        name="tried",
        version="1",
        out=tmp_path,
        format=Format.SKOPS,
    )
    command = [sys.executable, "-W", "error::UserWarning", "-c", SERVED, str(root)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert (done.stderr, done.stdout.splitlines()) == ("", ["2 []", ""])
