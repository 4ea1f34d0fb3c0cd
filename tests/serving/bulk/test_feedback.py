from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidInput
from serving.bulk.feedback import SKIPPED, CsvFeedback, CsvFeedbackCommand, CsvFeedbackSummary, RefusalCount
from serving.services import Services
from tests.serving.world import EVERYBODY, command, row


async def given(services: Services, source: Path, **changes: Any) -> CsvFeedbackSummary:
    imported = CsvFeedback(services.feedback, timer=lambda: 0.0)
    return await imported.run(CsvFeedbackCommand(source, EVERYBODY, **changes), lambda _done, _total: None)


async def predicted(services: Services, count: int, endpoint: str = "levels") -> list[int]:
    rows = [row(1)] * count
    return [found.request.id for found in await services.predictor.predict(command(*rows, endpoint=endpoint))]


async def table(services: Services, name: str, columns: str) -> list[tuple[Any, ...]]:
    async with services.database.reader() as reader:
        found = await reader.execute_query_dict(f"SELECT {columns} FROM {name} ORDER BY id")
    return [tuple(entry.values()) for entry in found]


async def test_each_row_is_stored_or_refused_by_itself(services: Services, tmp_path: Path) -> None:
    first, second = await predicted(services, 2)
    (height,) = await predicted(services, 1, "heights")
    source, results = tmp_path / "truth.csv", tmp_path / "results.csv"
    lines = [
        f"{first},high",
        "5,high",
        f"{height},tall",
        f"{second}",
        "abc,high",
        ",low",
        f" {second} ,low",
        f"{height},2.5",
    ]
    source.write_text("id,truth\n" + "\n".join(lines) + "\n")
    options = {"id_column": "id", "feedback_column": "truth", "results": results}
    summary = await given(services, source, **options)
    assert (summary.rows, summary.stored, summary.skipped, summary.refused) == (8, 3, 0, 5)
    assert summary.refusals == (
        RefusalCount(
            "INVALID_FEEDBACK",
            2,
            str(height),
            results.read_text().splitlines()[3].split(",", 3)[3].strip('"'),
        ),
        RefusalCount("INVALID_ID", 2, "abc", "The request id must be digits, as a prediction gave it."),
        RefusalCount("REQUEST_NOT_FOUND", 1, "5", "There is no request 5."),
    )
    assert results.read_text().splitlines() == [
        "request_id,stored,code,message",
        f"{first},true,,",
        "5,false,REQUEST_NOT_FOUND,There is no request 5.",
        results.read_text().splitlines()[3],
        f"{second},false,INVALID_FEEDBACK,The row ends before the feedback's column.",
        'abc,false,INVALID_ID,"The request id must be digits, as a prediction gave it."',
        ',false,INVALID_ID,"The request id must be digits, as a prediction gave it."',
        f" {second} ,true,,",
        f"{height},true,,",
    ]
    assert results.read_text().splitlines()[3].startswith(f"{height},false,INVALID_FEEDBACK,")
    stored = await table(services, "ml_request", "id, feedback")
    assert stored == [(first, "high"), (second, "low"), (height, "2.5")]


@pytest.mark.parametrize("chunk", [1, 3, 10_000])
async def test_importing_again_changes_nothing(services: Services, tmp_path: Path, chunk: int) -> None:
    ids = await predicted(services, 7)
    source = tmp_path / "truth.csv"
    source.write_text("request_id,feedback\n" + "".join(f"{id_},high\n" for id_ in ids))
    columns = "request_id, feedback, created_by"
    assert await given(services, source, chunk=chunk) == CsvFeedbackSummary(7, 7, 0, 0, (), 0.0)
    before = await table(services, "feedback_event", columns)
    requests = await table(services, "ml_request", "id, feedback, feedback_at")
    assert [entry[:2] for entry in before] == [(id_, "high") for id_ in ids]
    assert await given(services, source, chunk=chunk) == CsvFeedbackSummary(7, 7, 0, 0, (), 0.0)
    assert await table(services, "feedback_event", columns) == before
    assert await table(services, "ml_request", "id, feedback, feedback_at") == requests


@pytest.mark.parametrize("cell", ["", " ", "nan", "NaN", "NA", "<NA>", "None"])
async def test_a_cell_without_a_value_clears_nothing(services: Services, tmp_path: Path, cell: str) -> None:
    known, unknown = await predicted(services, 2)
    source, results = tmp_path / "truth.csv", tmp_path / "results.csv"
    source.write_text(f"request_id,feedback\n{known},high\n")
    await given(services, source)
    source.write_text(f"request_id,feedback\n{known},{cell}\n{unknown},{cell}\n")
    assert await given(services, source, results=results) == CsvFeedbackSummary(2, 0, 2, 0, (), 0.0)
    assert await table(services, "ml_request", "feedback, correct IS TRUE") == [("high", True), (None, False)]
    assert results.read_text().splitlines()[1:] == [f'{id_},false,,"{SKIPPED}"' for id_ in (known, unknown)]


@pytest.mark.parametrize("chunk", [1, 10_000])
async def test_truths_that_are_no_class_are_refused_and_change_nothing(
    services: Services, tmp_path: Path, chunk: int
) -> None:
    ids = await predicted(services, 6)
    source = tmp_path / "truth.csv"
    source.write_text("request_id,feedback\n" + "".join(f"{id_},high\n" for id_ in ids))
    await given(services, source)
    cells = ["HIGH", "high.", "low.", "rich", "low", "nan"]
    lines = [f"{id_},{cell}\n" for id_, cell in zip(ids, cells, strict=True)]
    source.write_text("request_id,feedback\n" + "".join(lines))
    summary = await given(services, source, chunk=chunk)
    assert (summary.rows, summary.stored, summary.skipped, summary.refused) == (6, 1, 1, 4)
    (refusal,) = summary.refusals
    assert (refusal.code, refusal.rows, refusal.request_id) == ("INVALID_FEEDBACK", 4, str(ids[0]))
    assert refusal.message == (
        "feedback 'HIGH' is no class of this endpoint; the nearest is 'high'. Send one of: 'low', 'high'."
    )
    expected = ["high", "high", "high", "high", "low", "high"]
    assert await table(services, "ml_request", "feedback") == [(one,) for one in expected]
    assert len(await table(services, "feedback_event", "id")) == 7


@pytest.mark.parametrize("cell", ["25,5", '"1,234"', "inf", "1e999", "1_000", "0x10"])
async def test_a_regressors_truth_must_be_a_number_in_plain_notation(
    services: Services, tmp_path: Path, cell: str
) -> None:
    (height,) = await predicted(services, 1, "heights")
    source = tmp_path / "truth.csv"
    quoted = cell if cell.startswith('"') else f'"{cell}"'
    source.write_text(f"request_id,feedback\n{height},{quoted}\n")
    summary = await given(services, source)
    assert (summary.stored, summary.skipped, summary.refused) == (0, 0, 1)
    assert "must be a finite number" in summary.refusals[0].message
    assert await table(services, "ml_request", "feedback") == [(None,)]


async def test_a_file_without_the_column_stores_nothing(services: Services, tmp_path: Path) -> None:
    (id_,) = await predicted(services, 1)
    source, results = tmp_path / "truth.csv", tmp_path / "results.csv"
    source.write_text(f"request_id,truth\n{id_},high\n")
    with pytest.raises(InvalidInput, match="has no column 'feedback'; it has: request_id, truth"):
        await given(services, source, results=results)
    with pytest.raises(InvalidInput, match="is the input itself"):
        await given(services, source, feedback_column="truth", results=source)
    assert not results.exists()
    assert await table(services, "ml_request", "feedback") == [(None,)]
