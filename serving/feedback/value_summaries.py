"""The daily counts of values: the proof that they equal the request log, and their correction where they do not.

What was counted of a request stays when its subject is forgotten, and nobody can count it anew: so much more than in
the log may be in the bins of each feature.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TypeAlias

from domain.history.daily import SummaryDifference
from domain.history.drift import ValueCounts
from domain.history.value_bins import Column, ValueBin
from orm.connection.client import one_moment
from orm.connection.database import Database
from orm.queries.figures import value_counts
from orm.queries.figures.value_counts import REPAIRS, Line
from orm.queries.retention.rules import endpoints_with_whole_days
from registry.watched_values import WatchedValues
from serving.catalog.catalog import Snapshot
from serving.feedback.logged_values import LoggedCounts, add_all

ROWS_AT_ONCE = 5_000

Key: TypeAlias = tuple[int, int]
"""Endpoint and algorithm."""

Counts: TypeAlias = dict[Key, ValueCounts]


class ValueSummaries:
    """Compares a day's counts with its requests, whose inputs are read and counted anew; servers may run meanwhile."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def compare(self, day: date, snapshot: Snapshot, *, correcting: bool) -> list[SummaryDifference]:
        """Every number of a day that is not what the log says, of endpoints that are declared; corrected if asked."""
        while snapshot.watched:
            watched, stored, expected, repairs = await self._read(day, snapshot)
            differences = _differences(day, stored, expected, watched)
            if not differences or not correcting:
                return differences
            async with self._database.transaction() as tx:
                # Another rebuild may have corrected the day since it was compared: then it is compared again.
                if await value_counts.repairs_of_day(tx, day, watched) == repairs:
                    stretch = REPAIRS - 1 - repairs
                    await value_counts.write_lines(tx, _corrections(day, stretch, stored, expected, watched))
                    return differences
        return []

    async def _read(
        self, day: date, snapshot: Snapshot
    ) -> tuple[Mapping[int, WatchedValues], Counts, Counts, int]:
        """Of which endpoints, what is stored, what it should be, how many corrections the day has had: of one moment.

        Endpoints of which requests of the day were removed are left out: the counts alone know them.
        """
        stored: Counts = {}
        found: dict[Key, LoggedCounts] = {}
        async with self._database.reader(heavy=True) as reader, one_moment(reader):
            whole = await endpoints_with_whole_days(reader, snapshot.watched, day)
            watched = {id_: snapshot.watched[id_] for id_ in whole}
            lines = await value_counts.lines_of_day(reader, day, watched)
            for line in lines:
                stored.setdefault((line.endpoint_id, line.algorithm_id), ValueCounts()).add(
                    line.requests, line.columns
                )
            last = 0
            while True:
                logged = await value_counts.logged_of_day(reader, day, watched, last, ROWS_AT_ONCE)
                await asyncio.to_thread(add_all, logged, snapshot, found)
                if len(logged) < ROWS_AT_ONCE:
                    break
                last = logged[-1].id
        expected = {
            key: _with_forgotten(one, stored.get(key, ValueCounts()), watched[key[0]])
            for key, one in found.items()
        }
        return watched, stored, expected, len({line.stretch for line in lines if line.stretch < REPAIRS})


def _with_forgotten(logged: LoggedCounts, stored: ValueCounts, watched: WatchedValues) -> ValueCounts:
    """What the log says, and of features what is stored, where forgotten requests can be what is more in it."""
    for _, column in watched.features if logged.forgotten else ():
        had, want = stored.columns.get(column.key, {}), logged.counts.columns.get(column.key, {})
        more = [had.get(bin_, 0) - want.get(bin_, 0) for bin_ in column.bins]
        if min(more) >= 0 and sum(more) <= logged.forgotten:
            logged.counts.columns[column.key] = dict(had)
    return logged.counts


def _pairs(
    stored: Counts, expected: Counts, watched: Mapping[int, WatchedValues]
) -> Iterable[tuple[Key, WatchedValues, ValueCounts, ValueCounts]]:
    for key in sorted(stored.keys() | expected.keys()):
        yield key, watched[key[0]], stored.get(key, ValueCounts()), expected.get(key, ValueCounts())


def _differences(
    day: date, stored: Counts, expected: Counts, watched: Mapping[int, WatchedValues]
) -> list[SummaryDifference]:
    found = []
    for (endpoint_id, algorithm_id), columns, had, want in _pairs(stored, expected, watched):
        if had.requests != want.requests:
            place = (day, endpoint_id, algorithm_id, "", "", "")
            found.append(SummaryDifference(*place, "counted requests", had.requests, want.requests))
        are, should = _known(had, columns), _known(want, columns)
        for column in columns.columns:
            for bin_ in column.bins:
                one, other = are[column.key].get(bin_, 0), should[column.key].get(bin_, 0)
                if one != other:
                    place = (day, endpoint_id, algorithm_id, "", _shown(column.bins[bin_]), column.name)
                    found.append(SummaryDifference(*place, _what(column), one, other))
    return found


def _what(column: Column) -> str:
    return "counted values" if column.is_feature else "counted answers"


def _shown(bin_: ValueBin) -> str:
    if bin_.missing:
        return "missing"
    if bin_.text is not None:
        return bin_.text
    return "other texts" if bin_.low is None and bin_.high is None else f"{bin_.low} to {bin_.high}"


def _corrections(
    day: date, stretch: int, stored: Counts, expected: Counts, watched: Mapping[int, WatchedValues]
) -> list[Line]:
    """What must be added; columns of bins that are no longer declared stay as they are."""
    lines = []
    for (endpoint_id, algorithm_id), columns, had, want in _pairs(stored, expected, watched):
        missing = ValueCounts()
        missing.add(want.requests, _known(want, columns))
        missing.add(had.requests, _known(had, columns), -1)
        if missing.requests or missing.without_zeros():
            line = Line(day, endpoint_id, algorithm_id, stretch, missing.requests)
            for key, bins in missing.without_zeros().items():
                line.columns[key].update(bins)
            lines.append(line)
    return lines


def _known(counts: ValueCounts, watched: WatchedValues) -> dict[str, dict[str, int]]:
    """The counts in the bins that are declared now, without zeros."""
    kept = counts.without_zeros()
    return {column.key: kept.get(column.key, {}) for column in watched.columns}
