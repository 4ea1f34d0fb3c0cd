"""Counts which values are asked and answered, in memory, and says with each commit what the lines of its days are.

A line is this process's own from its first request on, so that its counts need not be read before they are written
(`orm.queries.figures.value_counts`). The request log commits one batch after the other, so nobody counts meanwhile.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from domain.history.daily import IDS_PER_DAY, NO_ALGORITHM, day_of
from domain.requests.new_request import NewRequest
from domain.words import Fault, Outcome
from orm.connection.statement import Write
from orm.queries.figures.value_counts import Line, write_of_lines
from registry.watched_values import WatchedValues

Key: TypeAlias = tuple[int, int, int]
"""Day, endpoint and algorithm."""

Counts: TypeAlias = defaultdict[str, Counter[str]]

MANY = 6
"""From so many rows on it is quicker to count column by column."""


class ValueCounter:
    """Holds the lines of the present day; `watched` says which values of an endpoint are counted, if any are."""

    def __init__(self, watched: Callable[[int], WatchedValues | None]) -> None:
        self._watched = watched
        self._lines: dict[Key, Line] = {}
        self._day = 0

    def count(self, rows: Iterable[NewRequest]) -> Write:
        """Count rows that have their ids; what must be written in their transaction. If that fails, call `give_up`."""
        kept = [row for row in rows if row.fault is not Fault.CALLER]
        touched = []
        for key, group in _groups(kept):
            watched = self._watched(key[1])
            if watched is not None:
                line = self._line(key, group[0].id)
                line.requests += len(group)
                (count_rows if len(group) >= MANY else count_each)(line.columns, watched, group)
                touched.append(line)
        return write_of_lines(touched)

    def give_up(self) -> None:
        """Begin new lines: those that are stored say what was committed, and the counts in memory say more."""
        self._lines.clear()

    def _line(self, key: Key, first_id: int) -> Line:
        day, endpoint_id, algorithm_id = key
        if day > self._day:  # nothing more comes for the days before
            self._lines.clear()
            self._day = day
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(day_of(day * IDS_PER_DAY), endpoint_id, algorithm_id, first_id)
        return line


def _groups(rows: Sequence[NewRequest]) -> list[tuple[Key, Sequence[NewRequest]]]:
    """The rows by day, endpoint and algorithm, in that order; mostly all agree, and then each is looked at once."""
    if not rows:
        return []
    kinds = {(row.endpoint_id, row.algorithm_id) for row in rows}
    days = {rows[0].id // IDS_PER_DAY, rows[-1].id // IDS_PER_DAY}  # ids of a batch ascend
    if len(kinds) == len(days) == 1:
        ((endpoint_id, algorithm_id),), (day,) = kinds, days
        return [((day, endpoint_id, algorithm_id or NO_ALGORITHM), rows)]
    groups: dict[Key, list[NewRequest]] = {}
    for row in rows:
        key = (row.id // IDS_PER_DAY, row.endpoint_id, row.algorithm_id or NO_ALGORITHM)
        groups.setdefault(key, []).append(row)
    return sorted(groups.items(), key=lambda item: item[0])


def count_each(columns: Counts, watched: WatchedValues, rows: Iterable[NewRequest]) -> None:
    """Add rows that their callers did not get wrong: their answers, if they have one, and their features, if known."""
    for row in rows:
        if row.outcome is Outcome.OK:
            columns[watched.answer.key][watched.answer.place(_answer(row))] += 1
            if watched.probability is not None:
                columns[watched.probability.key][watched.probability.place(row.probability)] += 1
        values = row.values
        if values is not None:
            for place, column in watched.features:
                columns[column.key][column.place(values[place])] += 1


def count_rows(columns: Counts, watched: WatchedValues, rows: Sequence[NewRequest]) -> None:
    """The same of many rows, column by column: several times as fast for each."""
    answered = [row for row in rows if row.outcome is Outcome.OK]
    if answered:
        columns[watched.answer.key].update(watched.answer.places([_answer(row) for row in answered]))
        if watched.probability is not None:
            scores = [row.probability for row in answered]
            columns[watched.probability.key].update(watched.probability.places(scores))
    values = list(zip(*[row.values for row in rows if row.values is not None], strict=True))
    if values:
        for place, column in watched.features:
            columns[column.key].update(column.places(values[place]))


def _answer(row: NewRequest) -> str | float | None:
    return row.value if row.label is None else row.label
