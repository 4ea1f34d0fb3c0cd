"""A manifest of the artifact store is an algorithm: without a class, a package or an entry point."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from domain.words import Kind, Status
from registry.checks import run_checks
from registry.discovery import RegisteredAlgorithm, Registry, Source, discover, discover_endpoints

SERVING = {
    "owner": "Ada",
    "description": "Ten small trees.",
    "status": None,
    "created_at": "2026-11-30T10:00:00Z",
}


@pytest.fixture
def root(published: Path, tmp_path: Path) -> Path:
    """A store with the use case, whose forest is an algorithm."""
    root = shutil.copytree(published, tmp_path / "store")
    edit(root / "umbrella" / "forest-1", serving=SERVING)
    return root


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def copied(root: Path, folder: str, **changes: Any) -> Path:
    copy = shutil.copytree(root / "umbrella" / "forest-1", root / "umbrella" / folder)
    edit(copy, **changes)
    return copy


def stored(registry: Registry) -> list[RegisteredAlgorithm]:
    return [one for one in registry.algorithms if one.source is Source.STORE]


def problems(registry: Registry) -> list[tuple[str, str | None, str]]:
    return [(problem.name, problem.endpoint, problem.reason) for problem in registry.problems]


def test_manifest_that_says_how_it_is_served_is_an_algorithm(root: Path) -> None:
    registry = discover(root, entry_points=False)
    (forest,) = stored(registry)
    assert (forest.endpoint, forest.name, forest.version) == ("umbrella", "forest", "1")
    assert (forest.kind, forest.owner, forest.status) == (Kind.CLASSIFIER, "Ada", None)
    assert (forest.description, forest.code, forest.problem, forest.doubt) == (
        "Ten small trees.",
        "",
        None,
        None,
    )
    assert forest.instance is not None
    spec = registry.endpoints["umbrella"]
    (answer,) = forest.instance.predict([spec.features.validate(dict(spec.example))])
    assert answer.label in ("no", "yes")
    assert list(discover_endpoints(root, entry_points=False)) == ["umbrella"]


def test_artifact_of_a_class_is_no_algorithm_by_itself(published: Path) -> None:
    registry = discover(published, entry_points=False)
    assert stored(registry) == []
    assert problems(registry) == []


def test_order_is_that_of_publication_then_of_names(root: Path) -> None:
    copied(root, "forest-0", version="0", serving=SERVING | {"created_at": "2026-11-30T11:00:00Z"})
    copied(root, "bush-1", algorithm="bush", serving=SERVING | {"status": "testing"})
    found = [(one.name, one.version, one.status) for one in stored(discover(root, entry_points=False))]
    assert found == [("bush", "1", Status.TESTING), ("forest", "1", None), ("forest", "0", None)]


def test_digest_changes_with_the_model_and_not_with_what_is_said_of_its_owner(root: Path) -> None:
    (forest,) = stored(discover(root, entry_points=False))
    edit(root / "umbrella" / "forest-1", serving=SERVING | {"owner": "Bob"})
    (of_bob,) = stored(discover(root, entry_points=False))
    edit(root / "umbrella" / "forest-1", metrics={"accuracy": 1.0})
    (other,) = stored(discover(root, entry_points=False))
    assert forest.digest == of_bob.digest != other.digest
    assert len(forest.digest or "") == 64


def test_folder_that_is_being_written_is_not_seen(root: Path) -> None:
    copied(root, ".forest-2.17", version="2")
    shutil.copytree(root / "umbrella", root / ".umbrella.17")
    registry = discover(root, entry_points=False)
    assert [one.version for one in stored(registry)] == ["1"]
    assert problems(registry) == []


def test_two_folders_of_one_name_and_version_leave_the_first(root: Path) -> None:
    copied(root, "wood-1")
    registry = discover(root, entry_points=False)
    assert [one.artifact.folder.name for one in stored(registry) if one.artifact] == ["forest-1"]
    ((name, _, reason),) = problems(registry)
    assert name == "forest 1"
    assert reason == (
        f"{root}/umbrella/wood-1: {root}/umbrella/forest-1 has this endpoint, name and version already; publish it "
        "again as another version"
    )


@pytest.mark.parametrize(
    ("changes", "name", "reason"),
    [
        (
            {"serving": SERVING | {"status": "ab_testing"}},
            "forest-1",
            "manifest.json: serving: 'status' must be 'production', 'testing' or null, not 'ab_testing'",
        ),
        (
            {"serving": SERVING | {"ownr": "Ada"}},
            "forest-1",
            "'ownr' is no field here; did you mean 'owner'?",
        ),
        ({"serving": {"description": ""}}, "forest-1", "serving: 'owner' must be a text that is not empty"),
        ({"version": "1/2"}, "forest-1", "'version' must begin with a letter or digit"),
        ({"endpoint": "rain"}, "forest-1", "it was published for endpoint 'rain', and lies in the folder of"),
        ({"kind": "regressor"}, "forest 1", "it is a regressor, the endpoint's kind is classifier"),
        ({"model": {"name": "../model", "size": 1, "sha256": "0"}}, "forest-1", "must be a plain file name"),
    ],
)
def test_manifest_edited_by_hand_is_a_named_problem(
    root: Path, changes: dict[str, Any], name: str, reason: str
) -> None:
    edit(root / "umbrella" / "forest-1", **changes)
    registry = discover(root, entry_points=False)
    ((found, endpoint, told),) = problems(registry)
    assert (found, endpoint) == (name, "umbrella")
    assert reason in told
    assert all(one.instance is None for one in stored(registry))


def test_artifact_without_its_endpoint_is_a_problem_with_the_cure(root: Path) -> None:
    (root / "umbrella" / "endpoint.json").unlink()
    registry = discover(root, entry_points=False)
    ((name, endpoint, reason),) = problems(registry)
    assert (name, endpoint) == ("forest 1", "umbrella")
    assert reason.startswith("no endpoint 'umbrella'; add ")


def test_open_category_takes_a_list_that_a_person_adds_later(root: Path) -> None:
    manifest = json.loads((root / "umbrella" / "forest-1" / "manifest.json").read_text())
    features = [one | {"categories": None} for one in manifest["features"]]
    edit(root / "umbrella" / "forest-1", features=features)
    (forest,) = stored(discover(root, entry_points=False))
    assert forest.problem is None


def test_checks_know_algorithms_without_a_class(root: Path) -> None:
    results = run_checks(discover(root, entry_points=False))
    assert {result.algorithm for result in results} == {"umbrella: forest 1"}
    assert [result.check for result in results if not result.passed] == []
    edit(root / "umbrella" / "forest-1", serving=SERVING | {"status": "live"})
    ((check, reason),) = [(r.check, r.reason) for r in run_checks(discover(root, entry_points=False))]
    assert check == "can be registered"
    assert "'status' must be 'production', 'testing' or null, not 'live'" in str(reason)


def test_manifest_whose_rows_give_other_answers_is_in_doubt(root: Path) -> None:
    edit(root / "umbrella" / "forest-1", columns=[])
    (forest,) = stored(discover(root, entry_points=False))
    assert str(forest.doubt).endswith("publish the model again")
