"""Numbers of time buckets in SQL: whole-number arithmetic alone, since a request's id is its time."""

from __future__ import annotations

from domain.history.aggregates import TimeBucket
from domain.history.daily import IDS_PER_DAY
from domain.requests import request_ids

IDS_PER_HOUR = IDS_PER_DAY // 24
WEEKDAY = request_ids.EPOCH.weekday()

# Days from 1 March 2000 to the epoch of ids. Years that begin in March have their leap day at the end, and until
# March 2100 every fourth has one: ids end in 2094.
_SINCE_MARCH_2000 = 9_072
_FOUR_YEARS = 1_461
_JANUARY_OF_EPOCH = 24 * 12 + 10


def of_id(bucket: TimeBucket, column: str = "id") -> str:
    """The number of the bucket that a request id lies in."""
    if bucket is TimeBucket.HOUR:
        return f"{column} / {IDS_PER_HOUR}"
    return of_day(bucket, f"({column} / {IDS_PER_DAY})")


def of_day(bucket: TimeBucket, day: str) -> str:
    """The number of the bucket that a day lies in; `day` is its number, counted from the epoch of ids."""
    match bucket:
        case TimeBucket.WEEK:
            return f"({day} + {WEEKDAY}) / 7"
        case TimeBucket.MONTH:
            return _month(day)
        case _:
            return day


def _month(day: str) -> str:
    """Months since January of the epoch's year. In a year from March on, the first of month m is day (153m + 2) / 5."""
    since = f"({day} + {_SINCE_MARCH_2000})"
    year = f"((4 * {since} + 3) / {_FOUR_YEARS})"
    of_year = f"({since} - {_FOUR_YEARS} * {year} / 4)"
    return f"(12 * {year} + (5 * {of_year} + 2) / 153 - {_JANUARY_OF_EPOCH})"
