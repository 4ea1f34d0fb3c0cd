from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.history.retention import due_before
from domain.requests.request_ids import time_of

DAY = timedelta(days=1)


@given(
    now=st.datetimes(datetime(2025, 2, 1), datetime(2090, 1, 1)).map(lambda one: one.replace(tzinfo=UTC)),
    kept_days=st.integers(1, 36_500),
)
def test_what_is_due_is_older_than_the_rule_says_and_of_whole_days(now: datetime, kept_days: int) -> None:
    due = due_before(now, kept_days)
    if due:
        midnight = time_of(due)
        assert midnight.time() == datetime.min.time()
        assert timedelta(0) <= now - midnight - kept_days * DAY < DAY
