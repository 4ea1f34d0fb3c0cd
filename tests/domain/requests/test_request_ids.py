from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.requests.request_ids import (
    EPOCH,
    LAST,
    MAX_ID,
    compose,
    first_at,
    millisecond_of,
    text_of_time,
    texts_of_times,
    time_of,
    writer_of,
)

MILLISECONDS = st.integers(0, 2**41 - 1)


@given(MILLISECONDS, st.integers(0, 255), st.integers(0, 15))
def test_id_carries_its_parts_and_fits_javascript(millisecond: int, writer: int, sequence: int) -> None:
    request_id = compose(millisecond, writer, sequence)
    assert request_id <= MAX_ID
    assert (millisecond_of(request_id), writer_of(request_id), request_id & 15) == (
        millisecond,
        writer,
        sequence,
    )


@given(MILLISECONDS, st.datetimes(datetime(2025, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_date_range_is_an_id_range(millisecond: int, moment: datetime) -> None:
    request_id = compose(millisecond, 3, 5)
    assert (request_id >= first_at(moment)) == (time_of(request_id) >= moment)


def test_moment_before_the_epoch_selects_everything() -> None:
    assert first_at(EPOCH - timedelta(days=1)) == 0


@given(MILLISECONDS)
def test_time_of_an_id_is_exact_and_is_written_as_python_writes_it(millisecond: int) -> None:
    request_id = compose(millisecond, 255, 15)
    assert time_of(request_id) == EPOCH + timedelta(milliseconds=millisecond)
    assert text_of_time(request_id) == time_of(request_id).isoformat()


def test_whole_seconds_and_the_last_time_are_written_as_python_writes_them() -> None:
    assert text_of_time(compose(61_000, 0, 0)) == "2025-01-01T00:01:01+00:00"
    assert (time_of(MAX_ID), text_of_time(MAX_ID)) == (LAST, "2094-09-07T15:47:35.551000+00:00")


@given(st.lists(st.integers(0, MAX_ID)), st.lists(st.integers(0, 2**30)))
def test_times_of_many_ids_are_written_as_one_by_one(anywhere: list[int], near: list[int]) -> None:
    ids = [*anywhere, *near]
    assert texts_of_times(ids) == [text_of_time(one) for one in ids]
