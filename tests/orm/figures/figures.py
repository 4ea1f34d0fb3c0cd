"""What figures must be, worked out request by request, and requests to work them out from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from domain.catalog.classes import Classes
from domain.catalog.truth import scorable_feedback
from domain.history import latency as buckets
from domain.history.aggregates import (
    EVERY_PART,
    FigureGroup,
    FigurePart,
    Grouping,
    GroupKey,
    RequestFigures,
    TimeBucket,
)
from domain.history.daily import SummaryChanges, changes_of_feedback, changes_of_requests
from domain.history.filters import Range, RequestFilter
from domain.requests import request_ids
from domain.requests.feedback import FeedbackUpdate, is_correct, residual
from domain.requests.new_request import NewRequest
from domain.requests.request import Request
from domain.words import Arm, Fault, Kind, Outcome
from orm.connection.database import Database
from orm.queries.catalog import endpoints
from orm.queries.figures import aggregates
from orm.queries.figures import summary_writes as summaries
from orm.queries.figures.aggregates import EVERYTHING, AggregateQuery
from orm.queries.history import requests
from orm.queries.history.insertion import insert_requests
from orm.queries.history.request_pages import Owner
from tests.orm.rows import READER, add_algorithm, seed_into

F = RequestFilter
K = GroupKey
WHOLE = Grouping()
CLASSIFIER, REGRESSOR, NUMERIC = 1, 2, 3
CLASSES = {CLASSIFIER: Classes(["no", "yes"]), NUMERIC: Classes(["0", "1"], numeric=True)}
EXACT = (CLASSIFIER,)
ODD = "perhaps"
"""A ground truth that no endpoint declares."""
BY_ROWS = F(latency=Range(0, None))
"""Every request meets it, and no daily table knows it."""


def at(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


MOMENTS = [
    at(2025, 1, 1),
    at(2026, 2, 28, hour=23),
    at(2026, 3, 1),
    at(2026, 3, 1, hour=12),
    at(2026, 3, 2),
    at(2028, 2, 29, hour=5),
    at(2029, 12, 31, hour=23),
]


async def three_endpoints(database: Database) -> Database:
    """A classifier's endpoint (algorithms 1 and 2), a regressor's (3), and one whose classes are numbers (4)."""
    await seed_into(database, "classifier")
    for name, kind in (("regressor", Kind.REGRESSOR), ("numeric", Kind.CLASSIFIER)):
        async with database.transaction() as tx:
            endpoint = await endpoints.add_endpoint(tx, name, "", "", at(2025, 1, 1))
        await add_algorithm(database, endpoint.id, name, kind)
    return database


async def log(database: Database, rows: Sequence[tuple[NewRequest, str | None]]) -> list[Request]:
    """Stores requests and their ground truth as the server does, with the daily summaries."""
    async with database.transaction() as tx:
        await insert_requests(tx, [row for row, _ in rows])
        before = [row.as_request() for row, _ in rows]
        after = [with_feedback(request, truth) for request, (_, truth) in zip(before, rows, strict=True)]
        given = [
            FeedbackUpdate(r.id, r.feedback, r.feedback_at, r.correct, r.residual)
            for r in after
            if r.feedback
        ]
        await requests.store_feedback(tx, given)
        await summaries.add_requests(tx, 1, changes_of_requests([row for row, _ in rows]))
        changes: SummaryChanges = changes_of_feedback(zip(before, after, strict=True), CLASSES)
        await summaries.add_feedback(tx, 2, changes)
    return after


def with_feedback(request: Request, truth: str | None) -> Request:
    if truth is None:
        return request
    correct, difference = None, None
    if scorable_feedback(truth, CLASSES.get(request.endpoint_id)) is None:
        pass
    elif request.label is not None:
        correct = is_correct(request.label, truth, numeric=request.endpoint_id == NUMERIC)
    elif request.value is not None:
        difference = residual(request.value, truth)
    elif request.endpoint_id != REGRESSOR and request.fault is Fault.ALGORITHM:
        correct = False
    given_at = request.created_at + timedelta(hours=30)
    return replace(request, feedback=truth, feedback_at=given_at, correct=correct, residual=difference)


@st.composite
def logged(draw: st.DrawFn) -> list[tuple[NewRequest, str | None]]:
    rows = []
    for number in range(draw(st.integers(0, 25))):
        endpoint = draw(st.sampled_from([CLASSIFIER, CLASSIFIER, REGRESSOR, NUMERIC]))
        algorithm = {CLASSIFIER: draw(st.sampled_from([1, 2])), REGRESSOR: 3, NUMERIC: 4}[endpoint]
        moment = draw(st.sampled_from(MOMENTS))
        row = NewRequest(
            id=request_ids.first_at(moment) + number,
            endpoint_id=endpoint,
            algorithm_id=algorithm,
            arm=draw(st.sampled_from([None, *Arm])),
            subject=draw(st.sampled_from([None, "ann", "Ben", "ä"])),
            input="{}",
            latency=draw(st.sampled_from([0.0, 0.0001, 0.0002, 0.3, 11.0])),
        )
        ending = draw(st.sampled_from(["answer", "answer", "answer", "caller", "algorithm"]))
        if ending != "answer":
            row.outcome, row.fault = Outcome.ERROR, Fault(ending)
            if ending == "caller" and draw(st.booleans()):
                row.algorithm_id = row.arm = None
        elif endpoint == REGRESSOR:
            row.value = draw(st.floats(-1e6, 1e6))
        else:
            row.label = draw(st.sampled_from(["no", "yes"] if endpoint == CLASSIFIER else ["0", "1"]))
        truths = {CLASSIFIER: ["no", "yes"], REGRESSOR: ["7", "-1e3"], NUMERIC: ["0", "1", "1.0"]}[endpoint]
        odd = [ODD] if endpoint != REGRESSOR and draw(st.integers(0, 9)) == 0 else []
        rows.append((row, draw(st.sampled_from([None, *truths, *odd]))))
    return rows


def fixed() -> list[tuple[NewRequest, str | None]]:
    """A request of each kind at each moment, every second one with feedback."""
    kinds: list[dict[str, Any]] = [
        {"endpoint_id": 1, "algorithm_id": 1, "label": "no", "arm": Arm.CHAMPION},
        {"endpoint_id": 1, "algorithm_id": 2, "label": "yes", "arm": Arm.CHALLENGER},
        {"endpoint_id": 1, "algorithm_id": 2, "label": "yes", "latency": 0.3},
        {"endpoint_id": 1, "outcome": Outcome.ERROR, "fault": Fault.CALLER},
        {"endpoint_id": 2, "algorithm_id": 3, "value": 0.1},
        {"endpoint_id": 2, "algorithm_id": 3, "outcome": Outcome.ERROR, "fault": Fault.ALGORITHM},
        {"endpoint_id": 3, "algorithm_id": 4, "label": "1", "subject": "ann"},
    ]
    truths = {1: ["no", "yes"], 2: ["7", "0.3"], 3: ["1.0", "0"]}
    rows = []
    for number, (moment, kind) in enumerate((moment, kind) for moment in MOMENTS for kind in kinds):
        given = {"input": "{}", "latency": 0.0002, "id": request_ids.first_at(moment) + number}
        row = NewRequest(**(given | kind))  # type: ignore[arg-type]
        rows.append((row, None if number % 2 else truths[row.endpoint_id][number // 2 % 2]))
    return rows


FIXED = fixed()


def bucket_of(bucket: TimeBucket, request: Request) -> datetime:
    """When the bucket begins, by the calendar of the standard library."""
    hour = request.created_at.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    return {
        TimeBucket.HOUR: hour,
        TimeBucket.DAY: day,
        TimeBucket.WEEK: day - timedelta(days=day.isoweekday() - 1),
        TimeBucket.MONTH: day.replace(day=1),
    }[bucket]


COLUMNS = {
    K.ENDPOINT: "endpoint_id",
    K.ALGORITHM: "algorithm_id",
    K.AB_TEST: "ab_test_id",
    K.ARM: "arm",
    K.OUTCOME: "outcome",
    K.CORRECT: "correct",
    K.LABEL: "label",
    K.FEEDBACK: "feedback",
    K.SUBJECT: "subject",
}


def expected(found: Sequence[Request], grouping: Grouping) -> list[FigureGroup]:
    """What the groups must be, worked out request by request."""
    grouped: dict[tuple[Any, ...], list[Request]] = {}
    for request in found:
        key = tuple(getattr(request, COLUMNS[one]) for one in grouping.keys)
        start = bucket_of(grouping.bucket, request) if grouping.bucket else None
        grouped.setdefault((start, *key), []).append(request)
    order = sorted(grouped, key=lambda key: [(part is None, part if part is not None else 0) for part in key])
    groups = [
        FigureGroup(
            bucket_start=start,
            figures=figures_of(grouped[start, *key]),
            **dict(zip((COLUMNS[one] for one in grouping.keys), key, strict=True)),
        )
        for start, *key in order
    ]
    return groups or ([] if grouping.keys or grouping.bucket else [FigureGroup()])


def figures_of(found: Sequence[Request]) -> RequestFigures:
    residuals = [request.residual for request in found if request.residual is not None]
    latency = [0] * buckets.BUCKETS
    for request in found:
        latency[buckets.bucket_of(request.latency)] += 1
    return RequestFigures(
        count=len(found),
        errors=sum(r.outcome is Outcome.ERROR and r.fault is Fault.ALGORITHM for r in found),
        caller_errors=sum(r.outcome is Outcome.ERROR and r.fault is Fault.CALLER for r in found),
        with_feedback=sum(r.feedback is not None for r in found),
        scored_labels=sum(r.correct is not None for r in found),
        correct=sum(r.correct is True for r in found),
        scored_values=len(residuals),
        residual_sum=math.fsum(residuals),
        residual_absolute=math.fsum(map(abs, residuals)),
        residual_squares=math.fsum(one * one for one in residuals),
        latency=tuple(latency),
        unscored_feedback=sum(
            r.feedback == ODD and r.fault is not Fault.CALLER and r.endpoint_id != REGRESSOR for r in found
        ),
    )


WITHOUT_SUMS = {"residual_sum": 0.0, "residual_absolute": 0.0, "residual_squares": 0.0}
OF_PART: dict[FigurePart, dict[str, Any]] = {
    FigurePart.OUTCOMES: {"errors": 0, "caller_errors": 0},
    FigurePart.FEEDBACK: {"with_feedback": 0, "scored_labels": 0, "correct": 0},
    FigurePart.RESIDUALS: WITHOUT_SUMS,
    FigurePart.LATENCY: {"latency": (0,) * buckets.BUCKETS},
    FigurePart.UNSCORED: {"unscored_feedback": 0},
}


def only(figures: RequestFigures, parts: frozenset[FigurePart]) -> RequestFigures:
    """The figures without the parts that were not asked for."""
    missing = {name: zero for part in FigurePart if part not in parts for name, zero in OF_PART[part].items()}
    if not parts & {FigurePart.FEEDBACK, FigurePart.RESIDUALS}:
        missing["scored_values"] = 0
    return replace(figures, **missing)


def assert_same(found: list[FigureGroup], wanted: list[FigureGroup], parts: frozenset[FigurePart]) -> None:
    """Counts exactly, sums to nine digits of what they add up."""
    whole = [replace(group, figures=replace(group.figures, **WITHOUT_SUMS)) for group in found]  # type: ignore[arg-type]
    assert whole == [
        replace(group, figures=replace(only(group.figures, parts), **WITHOUT_SUMS))  # type: ignore[arg-type]
        for group in wanted
    ]
    for one, other in zip((g.figures for g in found), (only(g.figures, parts) for g in wanted), strict=True):
        scale = max(1.0, other.residual_absolute)
        assert math.isclose(one.residual_sum, other.residual_sum, abs_tol=1e-9 * scale)
        assert math.isclose(one.residual_absolute, other.residual_absolute, rel_tol=1e-9)
        assert math.isclose(one.residual_squares, other.residual_squares, rel_tol=1e-9, abs_tol=1e-300)


async def ask(
    database: Database,
    where: RequestFilter | None = None,
    grouping: Grouping = WHOLE,
    parts: frozenset[FigurePart] = EVERY_PART,
    owner: Owner | None = None,
    ids: tuple[int, ...] = (EVERYTHING,),
) -> dict[int, list[FigureGroup]]:
    async with database.reader() as reader:
        asked = AggregateQuery(where, grouping, parts, EXACT)
        return await aggregates.figures_by_owner(reader, READER, asked, owner, ids)
