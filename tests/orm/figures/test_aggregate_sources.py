from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.callers import Principal, Scope, Viewer
from domain.errors import Forbidden
from domain.history.aggregates import EVERY_PART, FigurePart, Grouping, RequestFigures, TimeBucket
from domain.history.daily import IDS_PER_DAY
from domain.history.filters import FeatureCondition, Range, RequestFilter, RequestOrder
from domain.requests import request_ids
from domain.requests.new_request import NewRequest
from orm.connection.database import Database
from orm.queries.figures import aggregates, time_buckets
from orm.queries.figures.aggregates import EVERYTHING, AggregateQuery
from orm.queries.history import requests
from orm.queries.history.request_pages import Owner
from tests.conftest import Statements
from tests.orm.figures.figures import (
    BY_ROWS,
    FIXED,
    MOMENTS,
    WHOLE,
    F,
    K,
    ask,
    assert_same,
    at,
    expected,
    log,
)
from tests.orm.rows import READER


async def test_every_day_lies_in_its_week_and_month(database: Database) -> None:
    days = request_ids.MAX_ID // IDS_PER_DAY
    week, month = (time_buckets.of_day(bucket, "day") for bucket in (TimeBucket.WEEK, TimeBucket.MONTH))
    sql = (
        "WITH RECURSIVE days (day) AS (SELECT 0 UNION ALL SELECT day + 1 FROM days WHERE day < {last}) "
        "SELECT day, {week} AS week, {month} AS month FROM days"
    )
    async with database.reader() as reader:
        rows = await reader.execute_query_dict(sql.format(last=days, week=week, month=month))
    assert len(rows) == days + 1 == 25_452
    for row in rows:
        day = request_ids.EPOCH + timedelta(days=row["day"])
        assert TimeBucket.WEEK.start(row["week"]) == day - timedelta(days=day.isoweekday() - 1)
        assert TimeBucket.MONTH.start(row["month"]) == day.replace(day=1)


BY_LABEL = Grouping((K.LABEL,), limit=2)
BELOW = [
    (F(), WHOLE),
    (F(with_feedback=True), Grouping((K.LABEL, K.FEEDBACK), limit=100)),
    (F(), Grouping((K.ARM,), TimeBucket.WEEK, limit=3)),
    (BY_ROWS, Grouping((K.SUBJECT,), TimeBucket.DAY, limit=3)),
    (BY_ROWS, BY_LABEL),
]


@pytest.mark.parametrize("owner", [Owner.ENDPOINT, Owner.ALGORITHM])
async def test_owners_get_their_own_groups_in_as_many_statements_as_one(
    three: Database, statements: Statements, owner: Owner
) -> None:
    history = await log(three, FIXED)
    parts = frozenset({FigurePart.FEEDBACK})
    for where, grouping in BELOW:
        with statements() as one:
            await ask(three, where, grouping, parts, owner, (2,))
        with statements() as many:
            found = await ask(three, where, grouping, parts, owner, (1, 2, 3, 77, 2**40))
        assert len(one) == len(many) == (2 if where.with_feedback else 1)
        for id_ in (1, 2, 3, 77):
            mine = [r for r in history if getattr(r, owner) == id_]
            own = [r for r in mine if r.feedback is not None or not where.with_feedback]
            wanted = expected(own, grouping) if own else []
            assert_same(found.get(id_, []), wanted[: grouping.limit], parts)


async def test_below_tests_the_rows_are_read(three: Database, statements: Statements) -> None:
    await log(three, FIXED)
    with statements() as sql:
        assert await ask(three, owner=Owner.AB_TEST, ids=(1, 2)) == {}
    assert len(sql) == 1
    assert "ml_request" in sql[0]
    assert aggregates.known_by_day(None, Owner.ENDPOINT)
    assert not aggregates.known_by_day(None, Owner.AB_TEST)


def tables_in(sql: str) -> list[str]:
    """The daily tables that a statement reads, or else the request log alone."""
    return [name for name in ("daily_summary", "daily_confusion") if name in sql] or ["ml_request"]


async def test_the_daily_tables_are_read_where_they_know_the_figures(
    three: Database, statements: Statements
) -> None:
    rows = [row for row in FIXED if row[0].endpoint_id == 1]
    await log(three, rows)
    for where, grouping, parts, tables in (
        (None, WHOLE, EVERY_PART, [["daily_summary"]]),
        (F(created_from=at(2026, 3, 1)), Grouping((), TimeBucket.WEEK), EVERY_PART, [["daily_summary"]]),
        (F(created_from=at(2026, 3, 1, 1)), WHOLE, EVERY_PART, [["ml_request"]]),
        (None, Grouping((), TimeBucket.HOUR), EVERY_PART, [["ml_request"]]),
        (F(subjects=("ann",)), WHOLE, EVERY_PART, [["ml_request"]]),
        (
            F(with_feedback=True),
            WHOLE,
            frozenset({FigurePart.FEEDBACK, FigurePart.RESIDUALS}),
            [["daily_summary"]],
        ),
        (F(with_feedback=True), WHOLE, EVERY_PART, [["ml_request"]]),
        (
            F(with_feedback=True),
            Grouping((K.LABEL, K.FEEDBACK)),
            frozenset({FigurePart.FEEDBACK}),
            [["daily_summary", "daily_confusion"], ["daily_confusion"]],
        ),
        (None, Grouping((K.LABEL, K.FEEDBACK)), frozenset({FigurePart.FEEDBACK}), [["ml_request"]]),
    ):
        with statements() as sql:
            await ask(three, where, grouping, parts)
        assert [tables_in(one) for one in sql] == tables


async def test_an_undeclared_ground_truth_sends_a_confusion_matrix_to_the_rows(
    three: Database, statements: Statements
) -> None:
    rows = [row for row in FIXED if row[0].endpoint_id == 1]
    rows[0] = (rows[0][0], "perhaps")
    history = await log(three, rows)
    where, grouping = F(with_feedback=True), Grouping((K.LABEL, K.FEEDBACK), limit=100)
    with statements() as sql:
        found = await ask(three, where, grouping, frozenset())
    assert [tables_in(one) for one in sql] == [["daily_summary", "daily_confusion"], ["ml_request"]]
    wanted = expected([request for request in history if request.feedback is not None], grouping)
    assert [(group.label, group.feedback) for group in wanted] == [
        ("no", "no"),
        ("no", "perhaps"),
        ("no", "yes"),
        ("yes", "no"),
        ("yes", "yes"),
        (None, "no"),
        (None, "yes"),
    ]
    assert_same(found[EVERYTHING], wanted, frozenset())


@pytest.fixture
async def featured(three: Database) -> Database:
    """Requests with an indexed colour and size; the last one's endpoint is another."""
    features: list[tuple[tuple[str, str | None, float | None], ...]] = [
        (("colour", "red", None), ("size", None, 1.5)),
        (("colour", "Blue", None), ("size", None, 20.0)),
        (("colour", "blue", None),),
        (),
        (("colour", "red", None), ("size", None, -3.0)),
    ]
    rows = [
        NewRequest(
            id=request_ids.first_at(MOMENTS[2]) + number,
            endpoint_id=1 if number < 4 else 2,
            input="{}",
            latency=0.1,
            features=found,
        )
        for number, found in enumerate(features)
    ]
    await log(three, [(row, None) for row in rows])
    return three


def condition(**asked: Any) -> RequestFilter:
    return F(features=(FeatureCondition(**asked),))


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        (condition(name="colour", texts=("red", "green")), [0, 4]),
        (condition(name="colour", texts=()), []),
        (condition(name="colour"), [0, 1, 2, 4]),
        (condition(name="size", number=Range(1.5, 20.0)), [0, 1]),
        (condition(name="size", number=Range()), [0, 1, 4]),
        (condition(name="colour", number=Range()), []),
        (F(not_=(condition(name="size", number=Range(maximum=2.0)),)), [1, 2, 3]),
        (F(features=(FeatureCondition("colour", ("red",)), FeatureCondition("size", number=Range(0)))), [0]),
        (F(features=()), [0, 1, 2, 3, 4]),
    ],
)
async def test_indexed_features_are_searched(
    featured: Database, where: RequestFilter, numbers: list[int]
) -> None:
    async with featured.reader() as reader:
        page = await requests.page_requests(reader, READER, limit=9, where=where, order=RequestOrder.ID_ASC)
    assert [request.id - request_ids.first_at(MOMENTS[2]) for request in page] == numbers


async def test_groups_by_feature_are_texts_then_numbers_then_none(featured: Database) -> None:
    for feature, wanted in (
        ("colour", [("Blue", None, 1), ("blue", None, 1), ("red", None, 2), (None, None, 1)]),
        ("size", [(None, -3.0, 1), (None, 1.5, 1), (None, 20.0, 1), (None, None, 2)]),
    ):
        found = await ask(featured, None, Grouping((K.FEATURE,), feature=feature, limit=9), frozenset())
        shown = [(g.feature_text, g.feature_number, g.figures.count) for g in found[EVERYTHING]]
        assert shown == wanted


async def test_values_of_a_private_feature_are_in_no_group_and_meet_no_condition(featured: Database) -> None:
    nosy = Viewer(Principal("ben", frozenset({Scope.READ})), {1: None, 2: frozenset({"size"})})
    grouping = Grouping((K.FEATURE,), feature="colour", limit=9)
    async with featured.reader() as reader:
        found = await aggregates.figures_by_owner(reader, nosy, AggregateQuery(None, grouping, frozenset()))
        red = await aggregates.figures_by_owner(
            reader, nosy, AggregateQuery(condition(name="colour", texts=("red",)), WHOLE, frozenset())
        )
    shown = [(group.feature_text, group.figures.count) for group in found[EVERYTHING]]
    assert shown == [("Blue", 1), ("blue", 1), ("red", 1), (None, 2)]
    assert red[EVERYTHING][0].figures.count == 1


async def test_figures_need_the_scope_read(database: Database, statements: Statements) -> None:
    nobody = Viewer(Principal("ben", frozenset({Scope.PREDICT})))
    async with database.reader() as reader:
        with statements() as sql, pytest.raises(Forbidden, match="'ben' may not read requests"):
            await aggregates.figures_by_owner(reader, nobody, AggregateQuery(None, WHOLE, EVERY_PART))
    assert sql == []


async def test_nothing_divides_by_zero(database: Database) -> None:
    for where in (None, BY_ROWS):
        (group,) = (await ask(database, where))[EVERYTHING]
        found = group.figures
        assert found == RequestFigures()
        assert (found.accuracy, found.rmse, found.mae, found.bias) == (None, None, None, None)
        assert found.latency_quantile(0.99) is None


async def test_residuals_beyond_any_double_count_as_the_largest(three: Database) -> None:
    row = NewRequest(
        id=request_ids.first_at(MOMENTS[2]),
        endpoint_id=2,
        algorithm_id=3,
        input="{}",
        latency=0.1,
        value=1e308,
    )
    await log(three, [(row, "-1e308")])
    for where in (None, BY_ROWS):
        (group,) = (await ask(three, where))[EVERYTHING]
        assert group.figures.rmse == pytest.approx(1e140, rel=1e-12)
        assert group.figures.bias == pytest.approx(1e140, rel=1e-12)


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        (F(feedback_from=at(2026, 3, 2, 6)), [2]),
        (F(feedback_before=at(2026, 3, 2, 6)), [1]),
        (F(feedback_from=at(2026, 3, 2, 5), feedback_before=at(2026, 3, 2, 6)), [1]),
        (F(not_=(F(feedback_from=at(2026, 3, 2, 6)),)), [1, 3]),
        (F(subjects=("ann", "ä")), [1, 2]),
        (F(subjects=()), []),
        (F(feedbacks=("yes", "maybe")), [2]),
        (F(not_=(F(feedbacks=("yes",)),)), [1, 3]),
    ],
)
async def test_lists_and_times_of_feedback_are_searched(
    three: Database, condition: RequestFilter, numbers: list[int]
) -> None:
    rows = [
        (
            NewRequest(
                id=request_ids.first_at(at(2026, 2, 28, 23)) + 1,
                endpoint_id=1,
                input="",
                latency=0,
                label="no",
                subject="ann",
            ),
            "no",
        ),
        (
            NewRequest(
                id=request_ids.first_at(at(2026, 3, 1)) + 2,
                endpoint_id=1,
                input="",
                latency=0,
                label="no",
                subject="ä",
            ),
            "yes",
        ),
        (
            NewRequest(
                id=request_ids.first_at(at(2026, 3, 1)) + 3, endpoint_id=1, input="", latency=0, label="no"
            ),
            None,
        ),
    ]
    await log(three, rows)
    async with three.reader() as reader:
        page = await requests.page_requests(
            reader, READER, limit=9, where=condition, order=RequestOrder.ID_ASC
        )
    assert [request.id & 15 for request in page] == numbers
