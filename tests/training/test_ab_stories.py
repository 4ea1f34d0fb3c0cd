from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest

from registry.algorithms import income_classifier
from registry.artifacts import read_artifact
from registry.discovery import algorithms_in, default_artifacts_root
from registry.endpoints import load_endpoint
from registry.features import FeatureType
from training import ab_stories
from training.second_version import write_plugin

ROOT = default_artifacts_root() / "income_classifier"
WRONG_SHARE = 0.1


def made_up_people(path: Path, count: int) -> Path:
    """A file like the Adult census with made-up people: the truth is what CatBoost says, but for one in ten."""
    spec = load_endpoint(ROOT)
    (boost,) = [found for found in algorithms_in(income_classifier) if found.name == "catboost"]
    algorithm = boost(spec)
    algorithm.load(read_artifact(ROOT / "catboost-0.1.0"))
    draw = random.Random(1234)
    people = [_somebody(spec, draw) for _ in range(count)]
    answers = algorithm.predict([spec.features.validate(person, from_form=False) for person in people])
    other = {"<=50K": ">50K", ">50K": "<=50K"}
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*spec.features.names, "income"])
        for person, answer in zip(people, answers, strict=True):
            truth = other[str(answer.label)] if draw.random() < WRONG_SHARE else answer.label
            writer.writerow([*person.values(), truth])
    return path


def _somebody(spec: Any, draw: random.Random) -> dict[str, Any]:
    usual = {
        "age": (17, 90),
        "fnlwgt": (20_000, 400_000),
        "education-num": (1, 16),
        "hours-per-week": (10, 70),
    }
    person: dict[str, Any] = {}
    for feature in spec.features.features:
        if feature.type is FeatureType.CATEGORY:
            person[feature.name] = draw.choice(feature.categories)
        elif feature.name in usual:
            person[feature.name] = draw.randint(*usual[feature.name])
        else:
            person[feature.name] = draw.choice([0, 0, 0, 2_000, 8_000])
    return person


@pytest.mark.matrix
def test_a_better_algorithm_is_promoted_and_a_copy_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ab_stories.main(["--data", str(made_up_people(tmp_path / "people.csv", 4_000))])
    told = capsys.readouterr().out
    better, same = told.split("Is a copy of CatBoost better than CatBoost?")
    assert better.startswith("Is CatBoost better than the random forest?\n")
    assert "\nPROMOTED after " in better
    assert "\nrandom forest 0.0.1 is now in TESTING.\ncatboost 0.1.0 is now in PRODUCTION.\n" in better
    assert "champion better │ challenger better" in better
    assert "\nINCONCLUSIVE after " in same
    assert "Only the challenger was right 0 times, only the champion 0 times.\n" in same
    assert (
        "\ncatboost 0.1.0 is now in PRODUCTION.\ncatboost 0.1.1 is now without a status, as before.\n" in same
    )


def test_the_copy_is_the_same_model_under_another_version(tmp_path: Path) -> None:
    write_plugin(tmp_path, ROOT / "catboost-0.1.0", "0.1.1")
    package = tmp_path / "second_version"
    copy = read_artifact(package / "artifacts" / "income_classifier" / "catboost-0.1.1")
    original = read_artifact(ROOT / "catboost-0.1.0")
    assert (copy.manifest.algorithm, copy.manifest.version) == ("catboost", "0.1.1")
    assert copy.model() == original.model()
    manifest = json.loads((copy.folder / "manifest.json").read_text("utf-8"))
    assert {**manifest, "version": "0.1.0"} == original.manifest.document


def test_a_server_without_the_copy_is_told_how_to_get_it(tmp_path: Path) -> None:
    class Bare(ab_stories.Client):
        def ask(self, query: str, **variables: Any) -> Any:
            nodes = [{"id": "1", "name": "random forest", "version": "0.0.1", "status": "PRODUCTION"}]
            return {"endpoint": {"features": [], "algorithms": {"nodes": nodes}}}

    with pytest.raises(ab_stories.Refused, match=r"lacks catboost 0\.1\.0, catboost 0\.1\.1: start it with"):
        ab_stories.stories(Bare("http://nowhere"), tmp_path / "absent.csv")


@pytest.mark.parametrize("state", ["DECIDED", "RUNNING"])
def test_a_test_that_ends_by_itself_before_it_is_ended_is_told_as_it_is(state: str) -> None:
    class Late(ab_stories.Client):
        def ask(self, query: str, **variables: Any) -> Any:
            if query == ab_stories.CONCLUDE:
                raise ab_stories.Refused("A/B test 2 is decided already.")
            return {"abTest": {"state": state}}

    if state == "RUNNING":
        with pytest.raises(ab_stories.Refused, match="decided already"):
            ab_stories._conclude(Late("http://nowhere"), "2")
    else:
        assert ab_stories._conclude(Late("http://nowhere"), "2") == {"state": "DECIDED"}
