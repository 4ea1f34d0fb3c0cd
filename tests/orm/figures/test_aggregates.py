from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.history.aggregates import (
    EVERY_PART,
    FigurePart,
    FigureSource,
    Grouping,
    TimeBucket,
    choose_source,
)
from domain.history.filters import RequestFilter
from domain.requests.new_request import NewRequest
from domain.requests.request import Request
from domain.words import Arm
from orm.connection.database import Database
from orm.queries.figures.aggregates import EVERYTHING
from tests.orm.figures.figures import BY_ROWS, FIXED, F, K, ask, assert_same, at, expected, log, logged


def midnights(where: Callable[[Request], bool] = lambda _: True) -> Iterator[tuple[RequestFilter, Any]]:
    first, beyond = at(2026, 3, 1), at(2028, 2, 29)
    yield F(), where
    yield F(created_from=first, created_before=beyond), lambda r: first <= r.created_at < beyond
    yield F(created_before=first), lambda r: r.created_at < first


WHERE: list[tuple[RequestFilter, Callable[[Request], bool]]] = [
    *midnights(),
    (F(endpoint_ids=(1, 2)), lambda r: r.endpoint_id in {1, 2}),
    (F(endpoint_ids=()), lambda _: False),
    (F(algorithm_ids=(1, 3)), lambda r: r.algorithm_id in {1, 3}),
    (F(arms=(Arm.CHAMPION,)), lambda r: r.arm is Arm.CHAMPION),
    (F(not_=(F(algorithm_ids=(1,)),)), lambda r: r.algorithm_id != 1),
    (F(not_=(F(arms=(Arm.CHAMPION,)),)), lambda r: r.arm is not Arm.CHAMPION),
    (
        F(or_=(F(algorithm_ids=(2,)), F(endpoint_ids=(2,), created_from=at(2026, 3, 2)))),
        lambda r: r.algorithm_id == 2 or (r.endpoint_id == 2 and r.created_at >= at(2026, 3, 2)),
    ),
    (F(endpoint_ids=(1,), with_feedback=True), lambda r: r.endpoint_id == 1 and r.feedback is not None),
    (
        F(and_=(F(with_feedback=True), F(endpoint_ids=(1, 3)))),
        lambda r: r.endpoint_id != 2 and r.feedback is not None,
    ),
    (F(with_feedback=False), lambda r: r.feedback is None),
    (F(and_=(F(with_feedback=False), F(with_feedback=True))), lambda _: False),
]
GROUPINGS = [
    Grouping(limit=1_000, keys=keys, bucket=bucket)
    for keys, bucket in (
        ((), None),
        ((), TimeBucket.HOUR),
        ((), TimeBucket.DAY),
        ((), TimeBucket.WEEK),
        ((), TimeBucket.MONTH),
        ((K.ENDPOINT,), None),
        ((K.ARM, K.ALGORITHM), TimeBucket.MONTH),
        ((K.LABEL, K.FEEDBACK), None),
        ((K.FEEDBACK, K.ALGORITHM), TimeBucket.WEEK),
        ((K.SUBJECT, K.LABEL), None),
        ((K.AB_TEST,), None),
    )
]
PARTS = [
    EVERY_PART,
    frozenset({FigurePart.FEEDBACK, FigurePart.RESIDUALS}),
    frozenset({FigurePart.FEEDBACK}),
    frozenset[FigurePart](),
]


QUESTIONS = st.tuples(st.sampled_from(WHERE), st.sampled_from(GROUPINGS), st.sampled_from(PARTS))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=logged(), questions=st.lists(QUESTIONS, min_size=8, max_size=8))
async def test_summaries_and_rows_say_the_same_of_any_history(
    three: Database, rows: list[tuple[NewRequest, str | None]], questions: list[tuple[Any, Grouping, Any]]
) -> None:
    await forget(three)
    history = await log(three, rows)
    for (where, meets), grouping, parts in questions:
        wanted = expected([request for request in history if meets(request)], grouping)
        from_rows = await ask(three, F(and_=(where, BY_ROWS)), grouping, parts)
        assert_same(from_rows.get(EVERYTHING, []), wanted, parts)
        assert_same((await ask(three, where, grouping, parts)).get(EVERYTHING, []), wanted, parts)


async def test_each_filter_and_grouping_says_what_counting_says(three: Database) -> None:
    history = await log(three, FIXED)
    sources = set()
    for where, meets in WHERE:
        for grouping in GROUPINGS:
            wanted = expected([request for request in history if meets(request)], grouping)
            for parts in PARTS:
                sources.add(choose_source(where, grouping, parts).source)
                assert_same((await ask(three, where, grouping, parts)).get(EVERYTHING, []), wanted, parts)
    assert sources == set(FigureSource)


async def forget(database: Database) -> None:
    async with database.transaction() as tx:
        for table in ("daily_summary", "daily_confusion", "request_feature", "ml_request"):
            await tx.execute_query(f"DELETE FROM {table}")
