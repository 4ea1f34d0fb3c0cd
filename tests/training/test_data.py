from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from training import data
from training.data import INCOME, UCI_COLUMNS, fetch, held_out, load, read

PEOPLE = [
    (
        f"{20 + number}, {'?' if number % 3 == 0 else 'Private'}, 77516, Bachelors, 13, Never-married, ?, "
        f"Own-child, White, Male, 0, 0, 40, United-States, {'>50K' if number % 2 else '<=50K'}"
    )
    for number in range(10)
]
NUMBERS = ("age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week")
CATEGORIES = tuple(name for name in UCI_COLUMNS if name not in NUMBERS)


def test_the_files_of_the_uci_repository_are_read_as_they_come(tmp_path: Path) -> None:
    (tmp_path / "adult.data").write_text("\n".join(PEOPLE) + "\n\n")
    (tmp_path / "adult.test").write_text(
        "|1x3 Cross validator\n" + "\n".join(f"{line}." for line in PEOPLE) + "\n"
    )
    header = ", ".join(UCI_COLUMNS)
    lines = [line.replace("?", "") for line in PEOPLE]
    (tmp_path / "adult.csv").write_text("\n".join([header, *lines]) + "\n")
    first, second, third = (read(tmp_path / f"adult.{ending}") for ending in ("data", "test", "csv"))
    assert first.equals(second)
    assert first.equals(third)
    assert first[INCOME].tolist() == ["<=50K", ">50K"] * 5
    assert first["workclass"].isna().tolist() == [number % 3 == 0 for number in range(10)]


def published_set(home: Path) -> None:
    """Put ten people where scikit-learn keeps what it fetched of data set 1590, in the form of openml.org."""
    rows = [line.replace(", ", ",") for line in PEOPLE]
    kinds = {name: "NUMERIC" if name in NUMBERS else _nominal(name) for name in UCI_COLUMNS}
    attributes = [f"@ATTRIBUTE {'class' if name == INCOME else name} {kinds[name]}" for name in UCI_COLUMNS]
    arff = "\n".join(["@RELATION adult", *attributes, "@DATA", *rows, ""]).encode()
    names = ["class" if name == INCOME else name for name in UCI_COLUMNS]
    features = [
        {
            "index": str(index),
            "name": name,
            "data_type": "numeric" if name in NUMBERS else "nominal",
            "is_target": str(name == "class").lower(),
            "is_ignore": "false",
            "is_row_identifier": "false",
            "number_of_missing_values": "0",
        }
        for index, name in enumerate(names)
    ]
    described = {
        "id": "1590",
        "name": "adult",
        "version": "2",
        "format": "ARFF",
        "url": "https://www.openml.org/data/v1/download/1595261/adult.arff",
        "file_id": "1595261",
        "md5_checksum": hashlib.md5(arff).hexdigest(),
        "default_target_attribute": "class",
        "status": "active",
        "description": "Ten made-up people.",
    }
    base = "api/v1/json/data"
    _keep(home, f"{base}/list/data_name/adult/limit/2/data_version/2", {"data": {"dataset": [{"did": 1590}]}})
    _keep(home, f"{base}/1590", {"data_set_description": described})
    _keep(home, f"{base}/features/1590", {"data_features": {"feature": features}})
    _keep(home, f"{base}/qualities/1590", {"data_qualities": {"quality": [_quality()]}})
    _keep(home, "data/v1/download/1595261/adult.arff", arff)


def _nominal(name: str) -> str:
    at = UCI_COLUMNS.index(name)
    return "{" + ",".join(sorted({line.split(", ")[at] for line in PEOPLE} - {"?"}) or ["x"]) + "}"


def _quality() -> dict[str, str]:
    return {"name": "NumberOfInstances", "value": str(len(PEOPLE))}


def _keep(home: Path, path: str, content: Any) -> None:
    place = home / "openml" / "openml.org" / f"{path}.gz"
    place.parent.mkdir(parents=True, exist_ok=True)
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    place.write_bytes(gzip.compress(text))


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    published_set(tmp_path)


@pytest.mark.usefixtures("fetched")
def test_without_a_file_the_census_is_fetched_by_its_name() -> None:
    frame = fetch("adult")
    assert tuple(frame.columns) == UCI_COLUMNS
    assert frame[INCOME].tolist() == ["<=50K", ">50K"] * 5
    assert frame["workclass"].isna().tolist() == [number % 3 == 0 for number in range(10)]
    assert load(None, "adult").sha256 is None
    assert [row["age"] for row in held_out(None).rows] == ["27", "22", "29"]


@pytest.mark.usefixtures("fetched")
def test_the_fetched_census_is_written_as_the_file_that_the_other_commands_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "adult.csv"
    data.main(["--out", str(out)])
    assert capsys.readouterr().out == f"{out}: 10 rows\n"
    assert held_out(out) == held_out(None)


def test_a_set_that_cannot_be_fetched_names_where_else_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "a file"
    home.write_text("no folder")
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(home))
    with pytest.raises(SystemExit, match=r"give the file with --data PATH: the UCI .* adult\.data\."):
        fetch("adult")
