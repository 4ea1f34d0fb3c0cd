from __future__ import annotations

import random
from pathlib import Path

import pytest

from bench.rows import labels_of, rows_of
from registry.artifacts import read_artifact
from registry.discovery import default_artifacts_root
from registry.endpoints import load_endpoint
from training import income, models, premium, wine
from training.data import held_out, load
from training.models import MISSING, filled


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Ten rows in the style of the Adult file: a space after the comma, empty cells where a value is missing."""
    path = tmp_path / "people.csv"
    lines = [f"{20 + number}, {'' if number % 3 == 0 else 'Private'}, <=50K" for number in range(10)]
    path.write_text("\n".join(["age, workclass, income", *lines]) + "\n")
    return path


def test_held_out_part_is_three_of_ten_rows_as_a_client_sends_them(people: Path) -> None:
    part = held_out(people)
    assert part.labels == ["<=50K"] * 3
    assert part.rows == [
        {"age": "27", "workclass": "Private"},
        {"age": "22", "workclass": "Private"},
        {"age": "29", "workclass": None},
    ]


def test_training_never_sees_the_held_out_part(people: Path) -> None:
    data = load(people, "adult")
    held = {int(row["age"] or 0) for row in held_out(people).rows}
    assert set(data.test["age"]) == held
    assert set(data.train["age"]) == set(range(20, 30)) - held
    assert (data.rows, data.name, len(data.sha256 or "")) == (10, "people.csv", 64)


def test_set_without_a_public_address_must_be_given() -> None:
    with pytest.raises(SystemExit, match="give the file with --data PATH"):
        load(None, "medicalpremium")


def people_insured(path: Path, rows: int = 150) -> Path:
    """A made-up file with the columns of the premium data set."""
    spec = load_endpoint(default_artifacts_root() / "premium_insurance")
    draw = random.Random(1234)
    lines = [",".join([*spec.features.names, spec.target])]
    for _ in range(rows):
        age, flags = draw.randint(18, 66), [draw.randint(0, 1) for _ in range(6)]
        cells = [
            age,
            *flags[:4],
            draw.randint(145, 188),
            draw.randint(51, 132),
            *flags[4:],
            draw.randint(0, 3),
        ]
        lines.append(",".join(map(str, [*cells, 15_000 + 300 * age + 2_000 * sum(flags)])))
    path.write_text("\n".join(lines) + "\n")
    return path


def test_catboost_gets_medians_and_a_category_of_its_own_for_what_is_missing(people: Path) -> None:
    income = load_endpoint(default_artifacts_root() / "income_classifier")
    data = load(people, "adult")
    for name in income.features.names:
        if name not in data.train:
            data.train[name] = "x" if income.features[name].categories else 1
    frame, names, fills = filled(data, income, "income")
    assert not frame.isna().to_numpy().any()
    assert fills["workclass"] == MISSING
    assert fills["age"] == float(data.train["age"].median())
    assert "workclass" in names
    assert set(frame["workclass"]) == {"Private", MISSING}


def test_training_twice_gives_the_same_artifact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = people_insured(tmp_path / "insured.csv")
    for out in ("once", "twice"):
        premium.decision_trees(training_of(data, tmp_path / out))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == lines[1]
    once, twice = (
        read_artifact(tmp_path / out / "premium_insurance" / "decision_trees-0.0.1")
        for out in ("once", "twice")
    )
    assert once.manifest == twice.manifest
    assert once.manifest.metrics["rows"] == 45
    assert once.model() == twice.model()


def training_of(data: Path, out: Path) -> models.Training:
    """What `python -m training.premium --data … --out …` works on."""
    return models.training_of(
        "premium_insurance",
        "medicalpremium",
        "made up",
        "training.premium",
        ["--data", str(data), "--out", str(out)],
    )


def test_one_algorithm_is_trained_alone_and_its_manifest_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = people_insured(tmp_path / "insured.csv")
    premium.main(["--data", str(data), "--out", str(tmp_path), "--algorithm", "decision trees"])
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("premium_insurance: decision trees 0.0.1: rows 45, ")
    [folder] = (tmp_path / "premium_insurance").iterdir()
    assert read_artifact(folder).manifest.document["command"] == (
        'python -m training.premium --data insured.csv --algorithm "decision trees"'
    )


def test_unknown_algorithm_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        income.main(["--algorithm", "forest"])
    said = capsys.readouterr().err
    assert "invalid choice: 'forest'" in said
    assert all(name in said for name in ("random forest", "extra trees", "catboost", "gradient boosting"))


def people_counted(path: Path, rows: int = 600) -> Path:
    """A made-up file with the columns of the Adult data set."""
    spec = load_endpoint(default_artifacts_root() / "income_classifier")
    people = rows_of(spec, rows)
    lines = [",".join([*spec.features.names, spec.target])]
    for person, label in zip(people, labels_of(spec, people), strict=True):
        lines.append(",".join(map(str, [*person.values(), label])))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.matrix
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # skl2onnx: truth values of numpy as numbers
def test_gradient_boosting_trained_twice_is_the_same_file(tmp_path: Path) -> None:
    data = people_counted(tmp_path / "people.csv")
    for out in ("once", "twice"):
        income.main(["--data", str(data), "--out", str(tmp_path / out), "--algorithm", "gradient boosting"])
    once, twice = (
        read_artifact(tmp_path / out / "income_classifier" / "gradient_boosting-0.1.0")
        for out in ("once", "twice")
    )
    assert once.manifest == twice.manifest
    assert once.manifest.metrics["rows"] == 180
    assert once.model() == twice.model()


@pytest.mark.matrix
def test_whole_script_twice_gives_the_same_metrics(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = people_insured(tmp_path / "insured.csv")
    for out in ("once", "twice"):
        premium.main(["--data", str(data), "--out", str(tmp_path / out)])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[:3] == lines[3:]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # skl2onnx: truth values of numpy as numbers
@pytest.mark.matrix
def test_wines_need_no_file_and_give_the_artifacts_that_ship(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wine.main(["--out", str(tmp_path)])
    assert len(capsys.readouterr().out.splitlines()) == 2
    for name in ("logistic_regression-0.1.0", "extra_trees-0.1.0"):
        made = read_artifact(tmp_path / "wine_cultivar" / name)
        shipped = read_artifact(default_artifacts_root() / "wine_cultivar" / name)
        assert made.manifest.serving == shipped.manifest.serving
        assert made.manifest.document["training_data"] == shipped.manifest.document["training_data"]
        assert made.manifest.metrics == shipped.manifest.metrics


def test_wines_come_by_name_from_scikit_learn_itself() -> None:
    part = held_out(None, "cultivar")
    assert len(part.labels) == 54
    assert set(part.labels) == {"Barbera", "Barolo", "Grignolino"}
    assert part.rows[0]["od280_od315"] == "2.78"
