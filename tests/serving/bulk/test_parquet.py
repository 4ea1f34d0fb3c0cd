"""Rows from Parquet: what a file holds is what is predicted and given, with the types that it has."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from domain.errors import InvalidFeatures, InvalidInput
from serving.bulk.parquet_table import ParquetReader, survey_parquet
from serving.services import Services
from tests.serving.bulk.test_feedback import given, predicted, table
from tests.serving.bulk.test_predictions import Bench


def write(path: Path, **columns: Any) -> None:
    parquet.write_table(pa.table(columns), path, row_group_size=4)


@pytest.fixture
def bench(tmp_path: Path, services: Services) -> Bench:
    found = Bench(tmp_path, services)
    found.source = tmp_path / "in.parquet"
    return found


async def test_rows_are_predicted_with_the_values_that_the_file_holds(bench: Bench) -> None:
    write(
        bench.source,
        x=pa.array([1, -1.5, float("nan"), None, 666]),
        colour=pa.array(["red", "blue", "red", None, "red"]).dictionary_encode(),
        label=["high"] * 5,
    )
    summary = await bench.run(parquet=True)
    assert (summary.rows, summary.errors) == (5, 2)
    assert [(row["outcome"], row["label"]) for row in bench.rows()] == [
        ("OK", "high"),
        ("OK", "low"),
        ("OK", "low"),
        ("ERROR", ""),
        ("ERROR", ""),
    ]
    assert [entry["input"] for entry in await bench.log()][:3] == [
        '{"x":1.0,"colour":"red"}',
        '{"x":-1.5,"colour":"blue"}',
        '{"x":null,"colour":"red"}',
    ]


async def test_a_run_that_stopped_goes_on_where_it_stopped(bench: Bench) -> None:
    write(bench.source, x=[float(n) for n in range(10)], colour=["red"] * 10)
    await bench.run(parquet=True)
    whole = bench.target.read_text()
    bench.target.write_text("".join(whole.splitlines(keepends=True)[:5]))
    assert (await bench.run(parquet=True)).rows_before == 3
    assert (bench.target.read_text(), len(await bench.log())) == (whole, 10)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"x": ["1"], "colour": ["red"]}, "the column x holds a text, and x is a number; write it as that"),
        (
            {"x": [1.0], "colour": [7]},
            "the column colour holds a number, and colour is a text; write it as that",
        ),
        ({"x": [[1.0]], "colour": ["red"]}, "the column x holds list<element: double>, and x is a number"),
        ({"x": [1.0], "colour": ["red"], "y": [1]}, "the column y is no feature of levels; leave it out"),
        ({"colour": ["red"]}, "the column x is absent; add it"),
    ],
)
async def test_other_columns_and_types_are_refused_before_anything_is_stored(
    bench: Bench, columns: dict[str, Any], said: str
) -> None:
    write(bench.source, **columns)
    with pytest.raises(InvalidFeatures) as refused:
        await bench.run(parquet=True)
    assert said in refused.value.message
    assert (await bench.log(), bench.target.exists()) == ([], False)


async def test_a_file_that_is_none_is_torn_or_changed_is_refused(bench: Bench) -> None:
    bench.source.write_text("x,colour\n1,red\n")
    with pytest.raises(InvalidInput, match="is no whole Parquet file: "):
        await bench.run(parquet=True)
    write(bench.source, x=[1.0] * 10, colour=["red"] * 10)
    found = survey_parquet(bench.source)
    bench.source.write_bytes(bench.source.read_bytes()[:-9])
    with pytest.raises(InvalidInput, match="is no whole Parquet file: "):
        await bench.run(parquet=True)
    write(bench.source, x=[2.0] * 10, colour=["red"] * 10)
    with ParquetReader(found) as reader, pytest.raises(InvalidInput, match="has changed while it was read"):
        reader.take(3)
    assert await bench.log() == []


def test_a_reader_begins_at_any_row_whatever_the_groups_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    write(path, n=list(range(10)), at=[datetime(2026, 3, 1, tzinfo=UTC)] * 10)
    found = survey_parquet(path)
    assert (found.header, found.rows, dict(found.kinds)) == (
        ("n", "at"),
        10,
        {"n": "a number", "at": "timestamp[us, tz=UTC]"},
    )
    for begin in range(11):
        with ParquetReader(found, begin) as reader:
            assert [row[0] for row in reader.take(3)] == list(range(begin, min(begin + 3, 10)))
            reader.skip(2)
            assert [row[0] for row in reader.take(99)] == list(range(min(begin + 5, 10), 10))


async def test_ground_truth_is_given_by_ids_of_whole_numbers_or_texts(
    services: Services, tmp_path: Path
) -> None:
    first, second, third = await predicted(services, 3)
    source = tmp_path / "truth.parquet"
    write(source, request_id=[first, second, third], feedback=["high", None, "tall"])
    summary = await given(services, source, parquet=True, results=tmp_path / "results.csv")
    assert (summary.rows, summary.stored, summary.skipped, summary.refused) == (3, 1, 1, 1)
    write(source, request_id=[str(second)], feedback=["low"])
    assert (await given(services, source, parquet=True)).stored == 1
    assert await table(services, "ml_request", "feedback") == [("high",), ("low",), (None,)]


@pytest.mark.parametrize(
    ("ids", "said"),
    [
        (
            [1.0, None],
            "the column request_id holds double (a table with missing ids makes them so, and they lose",
        ),
        ([1, None], "row 2 has no request_id: leave it out, or name it."),
        ([True, False], "the column request_id holds bool: write ids as int64 or as texts."),
    ],
)
async def test_ids_that_are_missing_or_lost_digits_are_refused_before_anything_is_stored(
    services: Services, tmp_path: Path, ids: list[Any], said: str
) -> None:
    await predicted(services, 1)
    source = tmp_path / "truth.parquet"
    write(source, request_id=ids, feedback=["high", "high"])
    with pytest.raises(InvalidInput) as refused:
        await given(services, source, parquet=True)
    assert said in refused.value.message
    write(source, id=[1], feedback=["high"])
    with pytest.raises(InvalidInput, match="has no column 'request_id'; it has: id, feedback"):
        await given(services, source, parquet=True)
    assert await table(services, "ml_request", "feedback") == [(None,)]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pa.array([b"\xff"], pa.binary()).view(pa.string()), "is not UTF-8"),
        (pa.array([10**15], pa.timestamp("ms")), r"cannot be read \(date value out of range\)"),
    ],
)
def test_a_value_that_has_no_meaning_is_said_with_its_column(tmp_path: Path, values: Any, said: str) -> None:
    path = tmp_path / "in.parquet"
    write(path, request_id=["1"], note=values)
    with (
        ParquetReader(survey_parquet(path)) as reader,
        pytest.raises(InvalidInput, match=f"a value of the column note {said}; correct it"),
    ):
        reader.take(1)
