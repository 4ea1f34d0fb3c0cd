from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.requests.request_ids import EPOCH, MAX_ID, compose, first_at, millisecond_of, time_of, writer_of

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
