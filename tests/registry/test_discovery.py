from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domain.catalog.entries import LoadProblem
from domain.words import Status
from registry.discovery import Registry, Source, default_artifacts_root, discover, discover_endpoints
from tests.registry.conftest import write_endpoint

BUNDLED = [
    ("income_classifier", "random forest", "0.0.1", Status.PRODUCTION),
    ("income_classifier", "extra trees", "0.0.1", Status.TESTING),
    ("income_classifier", "catboost", "0.1.0", None),
    ("premium_insurance", "random forest", "0.0.1", Status.PRODUCTION),
    ("premium_insurance", "decision trees", "0.0.1", Status.TESTING),
    ("premium_insurance", "catboost", "0.1.0", None),
    ("income_classifier", "gradient boosting", "0.1.0", None),
    ("wine_cultivar", "logistic regression", "0.1.0", Status.PRODUCTION),
    ("wine_cultivar", "extra trees", "0.1.0", Status.TESTING),
]
CLASSES = 7
"""So many of them are classes; the others are manifests of the artifact store."""
FOREST = """
    from registry.algorithm import Classifier


    class Forest(Classifier, endpoint="umbrella", name="forest", version="1", owner="Ada"):
        '''Ten small trees.'''

        artifact = "forest-1"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the shipped artifacts, to be broken."""
    return shutil.copytree(default_artifacts_root(), tmp_path / "artifacts")


Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a distribution of one package with an entry point, as pip would, and forgets it afterwards."""
    site = tmp_path / "site"
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(site))

    def installed(source: str, value: str, *, package: str) -> Path:
        folder = site / package
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(textwrap.dedent(source))
        info = site / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[arbiter.algorithms]\n{package} = {value}\n")
        return folder

    yield installed
    for name in set(sys.modules) - before:
        del sys.modules[name]


def ready(registry: Registry) -> list[str]:
    return [str(registered) for registered in registry.algorithms if registered.instance is not None]


def plugins(registry: Registry) -> list[str]:
    classes = [one for one in registry.algorithms if one.source is Source.CLASS]
    return [str(one) for one in classes[CLASSES:] if one.instance is not None]


def the_problem(registry: Registry) -> LoadProblem:
    assert len(registry.problems) == 1, registry.problems
    return registry.problems[0]


def test_bundled_algorithms_come_in_their_declared_order() -> None:
    registry = discover(entry_points=False)
    found = [(r.endpoint, r.name, r.version, r.status) for r in registry.algorithms]
    assert found == BUNDLED
    assert registry.problems == ()
    assert list(registry.endpoints) == ["income_classifier", "premium_insurance", "wine_cultivar"]
    assert all(r.instance is not None and r.problem is None for r in registry.algorithms)
    assert registry.algorithms[0].description == "Random forest with simple pre- and postprocessing."
    assert registry.algorithms[0].code.startswith("class IncomeForest(")


def test_one_changed_artifact_leaves_the_others_served(root: Path) -> None:
    model = root / "income_classifier" / "random_forest-0.0.1" / "model.onnx"
    content = bytearray(model.read_bytes())
    content[1000] ^= 1
    model.write_bytes(content)
    registry = discover(root, entry_points=False)
    problem = the_problem(registry)
    assert (problem.name, problem.endpoint) == ("random forest 0.0.1", "income_classifier")
    assert "was changed: its digest is not the one in its manifest" in problem.reason
    assert registry.algorithms[0].problem == problem.reason
    assert registry.algorithms[0].instance is None
    assert len(ready(registry)) == len(BUNDLED) - 1


def test_missing_artifact_is_a_problem_of_its_algorithm(root: Path) -> None:
    shutil.rmtree(root / "premium_insurance" / "catboost-0.1.0")
    registry = discover(root, entry_points=False)
    assert "catboost-0.1.0 does not exist; publish the model" in the_problem(registry).reason
    assert len(ready(registry)) == len(BUNDLED) - 1


def test_artifact_of_other_features_is_a_problem(root: Path) -> None:
    path = root / "premium_insurance" / "random_forest-0.0.1" / "manifest.json"
    document = json.loads(path.read_text())
    document["features"][0]["type"] = "category"
    path.write_text(json.dumps(document))
    registry = discover(root, entry_points=False)
    assert "feature 'Age' was a category, is a integer now" in the_problem(registry).reason
    assert len(ready(registry)) == len(BUNDLED) - 1


def test_artifact_published_under_another_name_is_a_problem(root: Path) -> None:
    folder = root / "income_classifier"
    shutil.rmtree(folder / "random_forest-0.0.1")
    shutil.copytree(folder / "extra_trees-0.0.1", folder / "random_forest-0.0.1")
    reason = the_problem(discover(root, entry_points=False)).reason
    assert reason.endswith(
        "was published as extra trees 0.0.1, the class says random forest 0.0.1; make them agree"
    )


def test_broken_endpoint_takes_only_its_own_algorithms_along(root: Path) -> None:
    (root / "premium_insurance" / "endpoint.json").write_text("{")
    registry = discover(root, entry_points=False)
    assert list(registry.endpoints) == ["income_classifier", "wine_cultivar"]
    assert [str(r) for r in registry.algorithms] == ready(registry)
    assert len(ready(registry)) == 6
    reasons = {problem.name: problem.reason for problem in registry.problems}
    assert list(reasons) == [
        "premium_insurance",
        "random forest 0.0.1",
        "decision trees 0.0.1",
        "catboost 0.1.0",
    ]
    assert "is no valid JSON" in reasons["premium_insurance"]
    assert reasons["catboost 0.1.0"].startswith("endpoint 'premium_insurance' is broken: ")


def test_absent_artifacts_folder_is_a_problem(tmp_path: Path) -> None:
    registry = discover(tmp_path / "none", entry_points=False)
    assert registry.algorithms == ()
    assert "does not exist; set ARBITER_ARTIFACTS to where it is" in the_problem(registry).reason


def test_store_of_ones_own_need_not_have_the_endpoints_that_come_with_arbiter(published: Path) -> None:
    registry = discover(published, entry_points=False)
    assert (list(registry.endpoints), registry.algorithms, registry.problems) == (["umbrella"], (), ())


def test_endpoint_must_be_named_as_its_folder(root: Path) -> None:
    shutil.copytree(root / "premium_insurance", root / "insurance")
    reason = the_problem(discover(root, entry_points=False)).reason
    assert reason.endswith("'name' must be the folder's, 'insurance'")


@pytest.mark.parametrize("value", ["rainy", "rainy:Forest", "rainy:ALL"])
def test_plugin_brings_an_endpoint_and_its_artifacts(published: Path, install: Install, value: str) -> None:
    source = textwrap.dedent(FOREST) + "\n\nALL = [Forest]\n"
    shutil.copytree(published, install(source, value, package="rainy") / "artifacts")
    registry = discover()
    assert registry.problems == ()
    assert plugins(registry) == ["umbrella: forest 1"]
    assert registry.algorithms[CLASSES].status is Status.TESTING
    spec = registry.endpoints["umbrella"]
    instance = registry.algorithms[CLASSES].instance
    assert instance is not None
    assert instance.predict([spec.features.validate(dict(spec.example))])[0].label in ("no", "yes")


def test_plugin_finds_its_artifacts_in_the_root_too(published: Path, root: Path, install: Install) -> None:
    install(FOREST, "rainy", package="rainy")
    shutil.copytree(published / "umbrella", root / "umbrella")
    assert plugins(discover(root)) == ["umbrella: forest 1"]


def test_own_package_is_searched_before_the_root(published: Path, root: Path, install: Install) -> None:
    shutil.copytree(published, install(FOREST, "rainy", package="rainy") / "artifacts")
    shutil.copytree(published / "umbrella", root / "umbrella")
    (root / "umbrella" / "forest-1" / "model.onnx").write_bytes(b"broken")
    assert plugins(discover(root)) == ["umbrella: forest 1"]


def test_endpoints_are_found_without_their_models(published: Path, root: Path, install: Install) -> None:
    shutil.copytree(published, install(FOREST, "rainy", package="rainy") / "artifacts")
    (root / "income_classifier" / "endpoint.json").write_text("{")
    whole = discover(root).endpoints
    assert list(whole) == ["premium_insurance", "wine_cultivar", "umbrella"]
    for model in (*root.rglob("model.*"), *root.parent.rglob("rainy/**/model.*")):
        model.unlink()
    assert dict(discover_endpoints(root)) == dict(whole)
    assert list(discover_endpoints(root, entry_points=False)) == ["premium_insurance", "wine_cultivar"]


def test_plugins_are_left_out_when_asked(published: Path, install: Install) -> None:
    shutil.copytree(published, install(FOREST, "rainy", package="rainy") / "artifacts")
    assert plugins(discover(entry_points=False)) == []


@pytest.mark.parametrize(
    ("source", "value", "reason"),
    [
        ("import no_such_module", "rainy", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise SystemExit(3)", "rainy", "SystemExit: 3"),
        ("x = 1", "rainy", "rainy defines no algorithm; subclass Classifier or Regressor there"),
        ("x = 1", "rainy:x", "rainy:x: 1 is no subclass of Classifier or Regressor"),
        ("x = 1", "rainy:y", "AttributeError: module 'rainy' has no attribute 'y'"),
        (
            "from registry.algorithm import Classifier\nclass A(Classifier): pass",
            "rainy:A",
            "rainy:A: A has no class keywords; give endpoint, name, version and owner",
        ),
        (
            "from registry.algorithm import Classifier\nclass A(Classifier, endpoint='umbrella'): pass",
            "rainy",
            'A: give the class keyword version="…", a text of at most 128 characters',
        ),
    ],
)
def test_broken_plugin_is_named_and_the_rest_is_served(
    install: Install, source: str, value: str, reason: str
) -> None:
    install(source, value, package="rainy")
    registry = discover()
    assert the_problem(registry) == LoadProblem("rainy", reason, details={"entry point": value})
    assert len(ready(registry)) == len(BUNDLED)


def test_algorithm_of_an_unknown_endpoint_is_a_problem(install: Install) -> None:
    install(FOREST, "rainy", package="rainy")
    registry = discover()
    assert (the_problem(registry).name, the_problem(registry).endpoint) == ("forest 1", "umbrella")
    assert the_problem(registry).reason.startswith("no endpoint 'umbrella'; add ")
    assert [str(r) for r in registry.algorithms] == ready(registry)


def test_algorithm_of_the_wrong_kind_is_a_problem(root: Path, install: Install) -> None:
    install(FOREST, "rainy", package="rainy")
    write_endpoint(root, kind="regressor", target={"name": "rain", "unit": "millimetres"})
    reason = the_problem(discover(root)).reason
    assert reason == "it is a classifier, but endpoint 'umbrella' wants a regressor"


def test_second_algorithm_of_the_same_name_and_version_is_refused(published: Path, install: Install) -> None:
    shutil.copytree(published, install(FOREST, "rainy", package="rainy") / "artifacts")
    install(FOREST, "stormy", package="stormy")
    registry = discover()
    assert plugins(registry) == ["umbrella: forest 1"]
    assert the_problem(registry).reason.startswith(
        "stormy.Forest: another class has this endpoint, name and version"
    )


def test_load_that_raises_is_a_problem_of_its_algorithm(published: Path, install: Install) -> None:
    source = (
        textwrap.dedent(FOREST)
        + "\n    def load(self, artifact):\n        raise ZeroDivisionError('no weather')\n"
    )
    shutil.copytree(published, install(source, "rainy", package="rainy") / "artifacts")
    registry = discover()
    assert the_problem(registry).reason == "ZeroDivisionError: no weather"
    assert registry.algorithms[CLASSES].problem == "ZeroDivisionError: no weather"
    assert len(ready(registry)) == len(BUNDLED)


def test_an_endpoint_that_no_database_can_hold_stops_no_other(root: Path) -> None:
    path = root / "premium_insurance" / "endpoint.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"owner": "o" * 129}))
    found = discover(root, entry_points=False)
    assert sorted(found.endpoints) == ["income_classifier", "wine_cultivar"]
    assert {algorithm.endpoint for algorithm in found.algorithms} == {"income_classifier", "wine_cultivar"}
    assert found.problems[0].name == "premium_insurance"
    assert "'owner' must have at most 128 characters, not 129" in found.problems[0].reason


def test_an_algorithm_whose_docstring_no_database_can_hold_stops_no_other(
    root: Path, install: Install
) -> None:
    install(
        FOREST.replace("Ten small trees.", "Ten\\0trees.").replace("umbrella", "income_classifier"),
        "nul",
        package="nul",
    )
    found = discover(root)
    assert len(found.algorithms) == len(BUNDLED)
    reasons = [one.reason for one in found.problems if one.name == "forest 1"]
    assert "its docstring must not hold the NUL character (U+0000)" in reasons
