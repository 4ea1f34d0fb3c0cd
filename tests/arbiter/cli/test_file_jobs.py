"""Orders over files through the door that an operator uses: predicted, given their truth and exported by `work`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from pyarrow import dataset

from arbiter.cli.application import run
from tests.arbiter.cli.test_bulk import income_rows


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARBITER_DATABASE_URL", f"sqlite://{tmp_path / 'arbiter.db'}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_is_predicted_given_its_truth_and_exported_by_workers(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["migrate"]) == 0
    income_rows(folder / "in.csv", 100)
    assert run(["predict", "income_classifier", "--csv", "in.csv", "--out", "answers", "--job"]) == 0
    assert "waits: 1 units, 100 rows" in capsys.readouterr().out
    assert run(["work", "--once"]) == 0
    capsys.readouterr()
    assert run(["jobs", "show", "1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["state"], shown["result"]["rows"], shown["result"]["errors"]) == ("done", 100, 2)
    with (folder / "answers" / "part-0000000000000000.csv").open(newline="") as file:
        answers = list(csv.DictReader(file))
    (folder / "truth.csv").write_text(
        "request_id,feedback\n" + "".join(f"{one['request_id']},>50K\n" for one in answers[:10])
    )
    assert run(["feedback", "--csv", "truth.csv", "--job"]) == 0
    assert run(["export", "income_classifier", "--out", "all", "--with-feedback"]) == 0
    assert run(["work", "--once"]) == 0
    table = dataset.dataset(folder / "all", format="parquet", exclude_invalid_files=True).to_table()
    assert table["requestId"].to_pylist() == [int(one["request_id"]) for one in answers[:10]]
    assert table["feedback"].to_pylist() == [">50K"] * 10


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "income_classifier", "--out", "out.csv"),
        ("predict", "income_classifier", "--csv", "in.csv", "--parquet", "in.csv", "--out", "out.csv"),
        ("predict", "income_classifier", "--csv", "in.csv", "--out", "answers", "--job", "--restart"),
        ("predict", "income_classifier", "--csv", "in.csv", "--out", "."),
        ("feedback",),
        ("feedback", "--csv", "in.csv", "--out", "."),
    ],
)
def test_a_call_that_names_no_file_or_two_or_a_wrong_target_is_refused(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    (folder / "in.csv").write_text("x\n1\n")
    assert run(arguments) == 2
    assert [path.name for path in folder.iterdir()] == ["in.csv"]
