"""Daily summaries: what one request, and the ground truth given for it, adds to the figures of its day.

A day is the UTC day of the request's id, whenever feedback comes. What is added when feedback is given is
subtracted when it is changed or cleared.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from domain.catalog.classes import Classes
from domain.history.latency import BUCKETS, bucket_of
from domain.requests import request_ids
from domain.requests.new_request import NewRequest
from domain.requests.request import Request
from domain.statistics.probability_bins import ProbabilityCounts, bin_of, steps_of
from domain.words import Fault, Outcome

IDS_PER_DAY = request_ids.compose(86_400_000, 0, 0)
NO_ALGORITHM = 0
NO_ARM = ""
LARGEST = 1e140
"""Residuals beyond this count as this, so that squares and sums stay within a double."""

SMALLEST = 1e-140
"""The square of anything smaller is 0: PostgreSQL has no smaller doubles to offer."""


class SummaryKey(NamedTuple):
    """What a line of the daily summary is about; algorithm 0 is none, and so is the arm ""."""

    day: date
    endpoint_id: int
    algorithm_id: int
    arm: str


class ConfusionKey(NamedTuple):
    """A cell of a day's confusion table: what was answered, and which declared class was the truth."""

    day: date
    endpoint_id: int
    algorithm_id: int
    label: str
    feedback: str


class ProbabilityKey(NamedTuple):
    """A bin of a day's probabilities (`domain.statistics.probability_bins`)."""

    day: date
    endpoint_id: int
    algorithm_id: int
    bin: int


def day_of(request_id: int) -> date:
    """The UTC day of a request.

    >>> day_of(0).isoformat(), day_of(IDS_PER_DAY - 1).isoformat(), day_of(IDS_PER_DAY).isoformat()
    ('2025-01-01', '2025-01-01', '2025-01-02')
    """
    return request_ids.EPOCH.date() + timedelta(days=request_id // IDS_PER_DAY)


def first_id_of(day: date) -> int:
    """The lowest id of a UTC day; that of the next day is the first one beyond it.

    >>> first_id_of(date(2025, 1, 3)) == 2 * IDS_PER_DAY
    True
    """
    return (day - request_ids.EPOCH.date()).days * IDS_PER_DAY


@dataclass(slots=True)
class LineChanges:
    """Changes of one line. `errors` are the algorithm's own failures, `caller_errors` the callers' faults.

    `with_feedback` counts requests whose ground truth is known, `scored` those of them that accuracy and RMSE
    divide by: an answer could be compared, or a classifier failed by itself. The three lists hold the terms of
    the sums over (value - ground truth), in the target's unit, negative where something is taken back: a sum
    that was rounded too early could not be taken back.
    """

    requests: int = 0
    errors: int = 0
    caller_errors: int = 0
    with_feedback: int = 0
    scored: int = 0
    correct: int = 0
    residual_sum: list[float] = field(default_factory=list)
    residual_absolute: list[float] = field(default_factory=list)
    residual_squares: list[float] = field(default_factory=list)
    latency: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    def add_request(self, row: NewRequest) -> None:
        """Count a request that is being logged."""
        self.requests += 1
        self.latency[bucket_of(row.latency)] += 1
        if row.outcome is Outcome.ERROR:
            if row.fault is Fault.CALLER:
                self.caller_errors += 1
            else:
                self.errors += 1

    def add_feedback(self, request: Request, sign: int) -> None:
        """Count the ground truth that `request` carries (sign 1), or take it back (sign -1)."""
        self.with_feedback += sign
        residual = request.residual
        if request.correct is not None or residual is not None:
            self.scored += sign
        if request.correct:
            self.correct += sign
        if residual is not None:
            kept = min(max(residual, -LARGEST), LARGEST)
            self.residual_sum.append(sign * kept)
            self.residual_absolute.append(sign * abs(kept))
            self.residual_squares.append(sign * (kept * kept if abs(kept) >= SMALLEST else 0.0))

    def changes_anything(self) -> bool:
        """Whether adding this would change a line."""
        numbers = (
            self.requests,
            self.errors,
            self.caller_errors,
            self.with_feedback,
            self.scored,
            self.correct,
        )
        sums = (self.residual_sum, self.residual_absolute, self.residual_squares)
        return any((*numbers, *self.latency)) or any(pair(terms) != (0.0, 0.0) for terms in sums)


def pair(terms: Iterable[float]) -> tuple[float, float]:
    """The sum as two doubles, the rounded one and what rounding left: together twice a double's digits.

    >>> pair([1e20, 1.0, -1e20]), pair([1e20, 1.0])
    ((1.0, 0.0), (1e+20, 1.0))
    """
    kept = list(terms)
    total = math.fsum(kept)
    return total, math.fsum([*kept, -total])


@dataclass(slots=True)
class SummaryChanges:
    """What a transaction changes in the summaries, by line and cell."""

    summary: dict[SummaryKey, LineChanges] = field(default_factory=dict)
    confusion: dict[ConfusionKey, int] = field(default_factory=dict)
    probability: dict[ProbabilityKey, ProbabilityCounts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SummaryDifference:
    """A number of the summaries that is not what the request log says.

    Of a confusion cell `label` and `feedback` are set and `column` is `confusion`. Of a bin of probabilities `label` is
    where it begins, of counted values `label` is the bin and `feedback` the feature.
    """

    day: date
    endpoint_id: int
    algorithm_id: int
    arm: str
    label: str
    feedback: str
    column: str
    stored: float
    expected: float


def changes_of_requests(rows: Iterable[NewRequest]) -> SummaryChanges:
    """What logging `rows`, which have their ids, changes."""
    grouped: dict[tuple[int, int, int, str], LineChanges] = defaultdict(LineChanges)
    for row in rows:
        # Dates cost more than numbers: a batch has hundreds of rows and a handful of lines.
        key = (row.id // IDS_PER_DAY, row.endpoint_id, row.algorithm_id or NO_ALGORITHM, row.arm or NO_ARM)
        grouped[key].add_request(row)
    return SummaryChanges(
        {
            SummaryKey(day_of(day * IDS_PER_DAY), endpoint_id, algorithm_id, str(arm)): counts
            for (day, endpoint_id, algorithm_id, arm), counts in grouped.items()
        }
    )


def changes_of_feedback(
    pairs: Iterable[tuple[Request, Request]], classes: Mapping[int, Classes]
) -> SummaryChanges:
    """What storing feedback changes: each pair is a request before and after.

    classes: the declared classes by endpoint id; endpoints that declare none have no confusion table.
    """
    changes = SummaryChanges()
    for before, after in pairs:
        for request, sign in ((before, -1), (after, 1)):
            if request.feedback is not None:
                changes.summary.setdefault(_key(request), LineChanges()).add_feedback(request, sign)
                cell = _cell(request, request.feedback, classes)
                if cell is not None:
                    changes.confusion[cell] = changes.confusion.get(cell, 0) + sign
                    _add_probability(changes, request, cell, classes[request.endpoint_id], sign)
    changes.summary = {key: counts for key, counts in changes.summary.items() if counts.changes_anything()}
    changes.confusion = {cell: count for cell, count in changes.confusion.items() if count}
    changes.probability = {key: one for key, one in changes.probability.items() if any(one.numbers())}
    return changes


def _key(request: Request) -> SummaryKey:
    return SummaryKey(
        day_of(request.id),
        request.endpoint_id,
        request.algorithm_id or NO_ALGORITHM,
        str(request.arm or NO_ARM),
    )


def _cell(request: Request, feedback: str, classes: Mapping[int, Classes]) -> ConfusionKey | None:
    declared = classes.get(request.endpoint_id)
    truth = None if declared is None else declared.class_of(feedback)
    if truth is None or request.label is None:
        return None
    return ConfusionKey(
        day_of(request.id), request.endpoint_id, request.algorithm_id or NO_ALGORITHM, request.label, truth
    )


def _add_probability(
    changes: SummaryChanges, request: Request, cell: ConfusionKey, classes: Classes, sign: int
) -> None:
    if request.probability is not None:
        steps = steps_of(request.probability)
        key = ProbabilityKey(cell.day, cell.endpoint_id, cell.algorithm_id, bin_of(steps))
        counts = changes.probability.setdefault(key, ProbabilityCounts())
        counts.add(steps, came_true=classes.came_true(cell.label, cell.feedback), sign=sign)
