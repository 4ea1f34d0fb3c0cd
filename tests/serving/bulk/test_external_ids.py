"""Files whose rows another system knows by ids of its own: predicted, taken up again, and given their ground truth."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidInput
from serving.bulk.feedback import CsvFeedback, CsvFeedbackCommand, CsvFeedbackSummary
from serving.bulk.predictions import CsvCommand, CsvPredictions, CsvSummary
from serving.services import Services
from tests.serving.world import EVERYBODY

HEADER = "x,colour,order"


class Folder:
    """A folder with files, and what runs make of them."""

    def __init__(self, path: Path, services: Services) -> None:
        self.path, self.services = path, services

    def write(self, name: str, *lines: str) -> Path:
        file = self.path / name
        file.write_text("\n".join(lines) + "\n", "utf-8")
        return file

    async def predict(self, source: Path, target: str = "out.csv", **more: Any) -> CsvSummary:
        one = self.services
        predictions = CsvPredictions(one.database, one.catalog, one.predictor, timer=lambda: 0.0)
        asked = CsvCommand(
            "levels", source, self.path / target, EVERYBODY, external_id_column="order", chunk=3, **more
        )
        return await predictions.run(asked, lambda *_: None)

    async def give(self, source: Path, **more: Any) -> CsvFeedbackSummary:
        return await CsvFeedback(self.services.feedback, timer=lambda: 0.0).run(
            CsvFeedbackCommand(source, EVERYBODY, results=self.path / "results.csv", **more), lambda *_: None
        )

    def rows(self, name: str = "out.csv") -> list[dict[str, str]]:
        with (self.path / name).open(newline="") as file:
            return list(csv.DictReader(file))

    async def log(self) -> list[tuple[str, str | None, str | None]]:
        async with self.services.database.reader() as reader:
            found = await reader.execute_query_dict(
                "SELECT r.id, e.external_id, r.feedback FROM ml_request r "
                "LEFT JOIN external_id e ON e.request_id = r.id ORDER BY r.id"
            )
        return [(str(one["id"]), one["external_id"], one["feedback"]) for one in found]


@pytest.fixture
def folder(tmp_path: Path, services: Services) -> Folder:
    return Folder(tmp_path, services)


async def test_each_row_has_the_external_id_of_its_column(folder: Folder) -> None:
    source = folder.write("in.csv", HEADER, "1,red,A", "-1,blue, B ", "2,red,", "old,red,C", "3,red")
    assert await folder.predict(source) == CsvSummary(rows=5, errors=1, rows_before=0, seconds=0.0)
    ids = [row["request_id"] for row in folder.rows()]
    assert await folder.log() == [
        (id_, name, None) for id_, name in zip(ids, ["A", "B", None, None, None], strict=True)
    ]


async def test_a_row_whose_id_is_taken_or_none_is_refused_alone(folder: Folder) -> None:
    await folder.predict(folder.write("first.csv", HEADER, "1,red,A"), "first.out")
    ((first, *_),) = await folder.log()
    source = folder.write(
        "in.csv", HEADER, "1,red,B", "1,red,A", "1,red,C", f"1,red,{'x' * 201}", "1,red,D", "1,red,E"
    )
    assert (await folder.predict(source)).errors == 2
    rows = folder.rows()
    assert [(row["outcome"], bool(row["request_id"])) for row in rows] == [
        ("OK", True),
        ("ERROR", False),
        ("OK", True),
        ("ERROR", False),
        ("OK", True),
        ("OK", True),
    ]
    assert rows[1]["message"] == (
        f"The external id 'A' is taken by request {first} of this endpoint, so nothing was predicted anew: "
        "look at that one, or send a new id."
    )
    assert rows[3]["message"] == "An external id must have at most 200 characters, not 201."
    assert sorted(str(name) for _, name, _ in await folder.log()) == ["A", "B", "C", "D", "E"]


async def test_an_id_that_a_file_has_twice_is_predicted_once(folder: Folder) -> None:
    source = folder.write("in.csv", HEADER, "1,red,A", "-1,red,A", "1,red,B", "1,red,B")
    assert (await folder.predict(source)).errors == 2
    assert sorted(str(name) for _, name, _ in await folder.log()) == ["A", "B"]


@pytest.mark.parametrize("keep", [0, 3, 6])
async def test_a_run_that_was_killed_before_its_lines_were_written_ends_with_the_same_file(
    folder: Folder, keep: int
) -> None:
    await folder.predict(folder.write("first.csv", HEADER, "1,red,B"), "first.out")
    source = folder.write("in.csv", HEADER, *(f"{n},red,{name}" for n, name in enumerate("ABCDEFG")))
    await folder.predict(source)
    target = folder.path / "out.csv"
    whole, log = target.read_bytes(), await folder.log()
    assert len(log) == 7
    target.write_bytes(b"".join(whole.splitlines(keepends=True)[: keep + 1]))
    assert (await folder.predict(source)).rows_before == keep
    assert target.read_bytes() == whole
    assert await folder.log() == log


async def test_ground_truth_of_a_file_is_given_by_external_id(folder: Folder) -> None:
    await folder.predict(folder.write("in.csv", HEADER, "1,red,A", "1,red,=B", "1,red,C"))
    truth = folder.write(
        "truth.csv", "order,truth", "A,high", "'=B,low", "D,high", "C,", "C,rich", ",high", " A ,low", "A"
    )
    options = {"external_id_column": "order", "endpoint": "levels", "feedback_column": "truth"}
    summary = await folder.give(truth, **options)
    assert (summary.rows, summary.stored, summary.skipped, summary.refused) == (8, 3, 1, 4)
    assert [(one.code, one.rows, one.request_id) for one in summary.refusals] == [
        ("INVALID_FEEDBACK", 2, "C"),
        ("REQUEST_NOT_FOUND", 1, "D"),
        ("BAD_USER_INPUT", 1, ""),
    ]
    assert [truth for *_, truth in await folder.log()] == ["low", "low", None]
    results = folder.rows("results.csv")
    assert list(results[0]) == ["external_id", "stored", "code", "message"]
    assert results[2] == {
        "external_id": "D",
        "stored": "false",
        "code": "REQUEST_NOT_FOUND",
        "message": "No request of levels has the external id 'D'.",
    }
    assert (await folder.give(truth, **options)).stored == 3


@pytest.mark.parametrize("half", [{"endpoint": "levels"}, {"external_id_column": "order"}])
async def test_half_of_what_names_the_requests_stores_nothing(folder: Folder, half: dict[str, str]) -> None:
    truth = folder.write("truth.csv", "order,request_id,feedback", "A,1,high")
    with pytest.raises(InvalidInput, match="An endpoint and a column of external ids go together"):
        await folder.give(truth, **half)
