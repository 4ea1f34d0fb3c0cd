from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from domain.requests.request import Answer
from domain.words import Kind
from registry.algorithm import Algorithm, Classifier
from registry.artifacts import Artifact, read_artifact
from registry.checks import CheckResult, checks_of, run_checks
from registry.discovery import RegisteredAlgorithm, Registry, default_artifacts_root, discover
from registry.endpoints import EndpointSpec
from registry.features import Row

CHECKS = [
    "loads",
    "answers its example",
    "answers every valid row",
    "batch equals single",
    "keeps the order of rows",
    "answers the same from several threads",
    "an absent feature is named",
    "an unknown feature is named",
    "artifact has its digest",
    "fixtures reproduce",
]


def failures(results: Sequence[CheckResult]) -> dict[str, str | None]:
    return {result.check: result.reason for result in results if not result.passed}


def test_every_shipped_algorithm_passes_every_check() -> None:
    registry = discover(entry_points=False)
    results = run_checks(registry)
    assert failures(results) == {}
    assert [result.check for result in results] == CHECKS * 9


def test_algorithm_that_does_not_load_fails_one_check(tmp_path: Path) -> None:
    root = shutil.copytree(default_artifacts_root(), tmp_path / "artifacts")
    (root / "income_classifier" / "catboost-0.1.0" / "model.cbm").unlink()
    results = [
        r
        for r in run_checks(discover(root, entry_points=False))
        if "income_classifier: catboost" in r.algorithm
    ]
    assert [result.check for result in results] == ["loads"]
    assert "model.cbm is missing" in str(results[0].reason)


def test_broken_endpoint_is_reported_beside_the_algorithms(tmp_path: Path) -> None:
    root = shutil.copytree(default_artifacts_root(), tmp_path / "artifacts")
    (root / "premium_insurance" / "endpoint.json").write_text("[]")
    results = run_checks(discover(root, entry_points=False))
    failed = [result.algorithm for result in results if not result.passed]
    assert failed == [
        "premium_insurance",
        "premium_insurance: random forest 0.0.1",
        "premium_insurance: decision trees 0.0.1",
        "premium_insurance: catboost 0.1.0",
    ]
    assert {result.check for result in results if not result.passed} == {"can be registered"}


def test_answer_other_than_when_published_is_found(
    published: Path, tmp_path: Path, spec: EndpointSpec
) -> None:
    folder = shutil.copytree(published / "umbrella" / "forest-1", tmp_path / "forest-1")
    document = json.loads((folder / "manifest.json").read_text())
    answer = document["fixtures"][0]["answer"]["probabilities"]
    answer["no"], answer["yes"] = answer["yes"], answer["no"]
    (folder / "manifest.json").write_text(json.dumps(document))
    artifact = read_artifact(folder)
    results = run_checks(Registry({"umbrella": spec}, (registered(Plain, spec, artifact),), ()))
    assert list(failures(results)) == ["fixtures reproduce"]
    assert str(failures(results)["fixtures reproduce"]).startswith(
        "it answers differently than when it was published"
    )


def test_manifest_without_fixtures_fails(published: Path, spec: EndpointSpec) -> None:
    artifact = read_artifact(published / "umbrella" / "forest-1")
    bare = Artifact(artifact.folder, replace(artifact.manifest, fixtures=()))
    results = run_checks(Registry({"umbrella": spec}, (registered(Plain, spec, bare),), ()))
    assert failures(results) == {
        "fixtures reproduce": "its manifest holds no fixtures; publish the model again"
    }


class Plain(Classifier, endpoint="umbrella", name="plain", version="1", owner="Ada"):
    """Runs its artifact."""


class Handmade(Classifier):
    def load(self, artifact: Artifact | None) -> None:
        pass


def said(*shares: float) -> list[Answer]:
    return [
        Answer(
            label="yes" if share > 0.5 else "no",
            probability=share,
            probabilities={"no": 1 - share, "yes": share},
        )
        for share in shares
    ]


class Crowd(Handmade, endpoint="umbrella", name="crowd", version="1", owner="Ada"):
    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return said(*[1 / len(rows)] * len(rows))


class Positional(Handmade, endpoint="umbrella", name="positional", version="1", owner="Ada"):
    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return said(*[position / len(rows) for position in range(len(rows))])


class Moody(Handmade, endpoint="umbrella", name="moody", version="1", owner="Ada"):
    calls = count()

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return said(*[next(self.calls) % 7 / 10] * len(rows))


class Short(Handmade, endpoint="umbrella", name="short", version="1", owner="Ada"):
    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return said(*[0.5] * (len(rows) - 1))


class Alien(Handmade, endpoint="umbrella", name="alien", version="1", owner="Ada"):
    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return [Answer(label="hail") for _ in rows]


class Fragile(Handmade, endpoint="umbrella", name="fragile", version="1", owner="Ada"):
    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return said(*[float(row[0]) for row in rows])  # type: ignore[arg-type]


class Labels(Handmade, endpoint="umbrella", name="labels", version="1", owner="Ada"):
    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return [Answer(label="yes" if row[0] and float(row[0]) > 0.5 else "no") for row in rows]


def registered(
    algorithm: type[Algorithm], spec: EndpointSpec, artifact: Artifact | None = None
) -> RegisteredAlgorithm:
    instance = algorithm(spec)
    instance.load(artifact)
    return RegisteredAlgorithm(
        endpoint="umbrella",
        name=algorithm.name,
        version=algorithm.version,
        kind=Kind.CLASSIFIER,
        owner="Ada",
        status=None,
        description="",
        code="",
        instance=instance,
        problem=None,
        artifact=artifact,
    )


@pytest.mark.parametrize(
    ("algorithm", "failing"),
    [
        (Crowd, {"batch equals single"}),
        (Positional, {"batch equals single", "keeps the order of rows"}),
        (Moody, {"batch equals single", "keeps the order of rows", "answers the same from several threads"}),
        (Short, {"answers its example", "answers every valid row"}),
        (Alien, {"answers its example", "answers every valid row"}),
        (Fragile, {"answers every valid row"}),
        (Labels, set()),
    ],
)
def test_broken_promise_is_found(algorithm: type[Algorithm], failing: set[str], spec: EndpointSpec) -> None:
    registry = Registry({"umbrella": spec}, (registered(algorithm, spec),), ())
    results = run_checks(registry)
    assert len(results) == 8
    assert failing <= set(failures(results))
    assert failing or not failures(results)


def test_checks_carry_their_names(spec: EndpointSpec) -> None:
    assert [check.name for check in checks_of(registered(Labels, spec), spec)] == CHECKS[:8]
