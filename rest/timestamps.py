"""Times as the old service wrote them."""

from __future__ import annotations

from datetime import UTC, datetime


def timestamp(time: datetime) -> str:
    """A time in UTC with a `Z`, to the microsecond where there are any.

    >>> timestamp(datetime(2026, 11, 22, 13, 37, 15, 407667, tzinfo=UTC))
    '2026-11-22T13:37:15.407667Z'
    """
    return time.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
