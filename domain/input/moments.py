"""Times that callers send as bounds: any that can be written, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


def in_utc(moment: datetime) -> datetime:
    """An aware time in UTC; one that lies outside the years 1 to 9999 there is the nearest end of them.

    Some clients write "no bound" so: the first or the last moment that they know, in their own time zone.

    >>> in_utc(datetime.fromisoformat("0001-01-01T00:00:00+01:00")) == EARLIEST
    True
    >>> in_utc(datetime.fromisoformat("9999-12-31T23:59:59-01:00")) == LATEST
    True
    """
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return EARLIEST if moment.year == EARLIEST.year else LATEST
