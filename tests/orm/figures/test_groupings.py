from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.history.aggregates import (
    EVERY_PART,
    Binned,
    Bins,
    Figure,
    FigureGroup,
    FigurePart,
    FigureSource,
    Grouping,
    GroupOrder,
    RequestFigures,
    TimeBucket,
    choose_source,
)
from domain.history.filters import Range
from domain.requests.request import Request
from orm.connection.database import Database
from orm.queries.figures.aggregates import EVERYTHING
from orm.queries.history.request_pages import Owner
from tests.conftest import Statements
from tests.orm.figures.figures import (
    BY_ROWS,
    CLASSIFIER,
    FIXED,
    REGRESSOR,
    F,
    K,
    ask,
    assert_same,
    expected,
    figures_of,
    log,
    three_endpoints,
)

NOTHING: frozenset[FigurePart] = frozenset()
BY_FIGURE: dict[Figure, Callable[[RequestFigures], float | None]] = {
    Figure.COUNT: lambda f: f.count,
    Figure.ERRORS: lambda f: f.errors,
    Figure.CALLER_ERRORS: lambda f: f.caller_errors,
    Figure.WITH_FEEDBACK: lambda f: f.with_feedback,
    Figure.SCORED: lambda f: f.scored,
    Figure.CORRECT: lambda f: f.correct,
    Figure.ACCURACY: lambda f: f.accuracy,
    Figure.RMSE: lambda f: f.rmse,
    Figure.MAE: lambda f: f.mae,
    Figure.BIAS: lambda f: f.bias,
}


@pytest.fixture
async def history(database: Database) -> list[Request]:
    await three_endpoints(database)
    return await log(database, FIXED)


def ranked(groups: list[FigureGroup], order: GroupOrder) -> list[FigureGroup]:
    """In order of a figure; groups without it last, and those that are alike as they were."""
    value = BY_FIGURE[order.figure]
    present = [one for one in groups if value(one.figures) is not None]
    present.sort(key=lambda one: value(one.figures) or 0.0, reverse=order.descending)
    # A sort turned round keeps those that are alike as they were, too.
    return present + [one for one in groups if value(one.figures) is None]


@pytest.mark.parametrize("where", [F(), BY_ROWS])
@pytest.mark.parametrize("key", [K.OUTCOME, K.CORRECT])
@pytest.mark.parametrize("bucket", [None, TimeBucket.MONTH])
async def test_the_daily_summary_counts_outcomes_and_right_answers_as_the_rows_do(
    database: Database, history: list[Request], where: Any, key: Any, bucket: TimeBucket | None
) -> None:
    for keys in ((key,), (K.ALGORITHM, key), (key, K.ENDPOINT)):
        grouping = Grouping(keys, bucket=bucket, limit=1_000)
        by_day = choose_source(where, grouping, NOTHING).source is FigureSource.DAYS
        assert by_day == (where == F())
        assert choose_source(where, grouping, EVERY_PART).source is FigureSource.ROWS
        for parts in (NOTHING, EVERY_PART):
            found = await ask(database, where, grouping, parts)
            assert_same(found[EVERYTHING], expected(history, grouping), parts)


async def test_outcomes_and_right_answers_are_counted_for_each_owner(
    database: Database, history: list[Request]
) -> None:
    for key in (K.OUTCOME, K.CORRECT):
        grouping = Grouping((key,), limit=1_000)
        found = await ask(database, F(), grouping, NOTHING, Owner.ENDPOINT, (1, 2, 3))
        for id_ in (1, 2, 3):
            own = [one for one in history if one.endpoint_id == id_]
            assert_same(found[id_], expected(own, grouping), NOTHING)


@pytest.mark.parametrize("figure", Figure)
@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.matrix
async def test_groups_come_in_order_of_a_figure_and_those_without_it_last(
    database: Database, history: list[Request], statements: Statements, figure: Figure, descending: bool
) -> None:
    order = GroupOrder(figure, descending)
    for where, keys, bucket in (
        (F(), (K.ALGORITHM,), None),
        (BY_ROWS, (K.ALGORITHM,), None),
        (F(with_feedback=True), (K.LABEL, K.FEEDBACK), None),
        (F(), (K.ENDPOINT,), TimeBucket.MONTH),
        (F(), (K.SUBJECT, K.LABEL), None),
    ):
        rows = [one for one in history if not where.with_feedback or one.feedback is not None]
        plain = Grouping(keys, bucket=bucket, limit=1_000)
        wanted = ranked(expected(rows, plain), order)
        for limit in (2, 1_000):
            grouping = replace(plain, order=order, limit=limit)
            with statements() as sql:
                found = (await ask(database, where, grouping, NOTHING))[EVERYTHING]
            keys_of = [replace(one, figures=RequestFigures()) for one in found]
            assert keys_of == [replace(one, figures=RequestFigures()) for one in wanted[:limit]]
            for one, other in zip(found, wanted, strict=False):
                value, right = BY_FIGURE[figure](one.figures), BY_FIGURE[figure](other.figures)
                assert value == right or math.isclose(value or 0.0, right or 0.0, rel_tol=1e-9)
            source = choose_source(where, grouping, grouping.parts).source
            assert len(sql) == (2 if source is FigureSource.CONFUSION else 1)


async def test_each_owner_has_its_own_first_groups(database: Database, history: list[Request]) -> None:
    order = GroupOrder(Figure.COUNT, descending=False)
    plain = Grouping((K.LABEL, K.FEEDBACK), limit=1_000)
    found = await ask(database, F(), replace(plain, order=order, limit=2), NOTHING, Owner.ENDPOINT, (1, 2, 3))
    for id_ in (1, 2, 3):
        own = [one for one in history if one.endpoint_id == id_]
        assert_same(found[id_], ranked(expected(own, plain), order)[:2], NOTHING)


async def test_groups_with_few_scored_requests_are_left_out(
    database: Database, history: list[Request]
) -> None:
    for where, keys in ((F(), (K.ALGORITHM,)), (F(with_feedback=True), (K.LABEL,)), (BY_ROWS, (K.LABEL,))):
        rows = [one for one in history if not where.with_feedback or one.feedback is not None]
        plain = Grouping(keys, limit=1_000)
        for least in (1, 4, 8, 1_000):
            found = await ask(database, where, replace(plain, least_scored=least))
            wanted = [one for one in expected(rows, plain) if one.figures.scored >= least]
            assert_same(found.get(EVERYTHING, []), wanted, EVERY_PART)


EDGES = (-1e300, 0.0, 0.0002, 0.1, 0.3)


def bin_of(value: float | None) -> int | None:
    """By looking at one edge after the other."""
    if value is None:
        return None
    if value == EDGES[-1]:
        return len(EDGES) - 1
    return sum(value >= edge for edge in EDGES)


@pytest.mark.parametrize("of", [Binned.VALUE, Binned.LATENCY])
async def test_bins_hold_their_lower_edge_and_the_last_one_both(
    database: Database, history: list[Request], of: Binned
) -> None:
    bins = Bins(of, EDGES)
    places = {one.id: bin_of(getattr(one, of.value)) for one in history}
    found = (await ask(database, F(), Grouping(bins=bins, limit=1_000)))[EVERYTHING]
    present = sorted({place for place in places.values() if place is not None})
    present_or_none: list[int | None] = [*present, *([None] if None in places.values() else [])]
    wanted = [
        FigureGroup(
            bin=None if place is None else bins.bounds(place),
            figures=figures_of([one for one in history if places[one.id] == place]),
        )
        for place in present_or_none
    ]
    assert_same(found, wanted, EVERY_PART)


async def test_bins_stand_between_the_time_and_the_keys(database: Database, history: list[Request]) -> None:
    bins = Bins(Binned.LATENCY, (0.0, 0.25, 1.0))
    grouping = Grouping((K.ENDPOINT,), bucket=TimeBucket.MONTH, bins=bins, limit=1_000)
    found = (await ask(database, F(endpoint_ids=(CLASSIFIER, REGRESSOR)), grouping, NOTHING))[EVERYTHING]
    march = [one for one in found if one.bucket_start and one.bucket_start.month == 3]
    assert [(one.bin, one.endpoint_id, one.figures.count) for one in march] == [
        (Range(0.0, 0.25), CLASSIFIER, 9),
        (Range(0.0, 0.25), REGRESSOR, 6),
        (Range(0.25, 1.0), CLASSIFIER, 3),
    ]


async def test_a_hundred_edges_are_seven_comparisons(database: Database, statements: Statements) -> None:
    await three_endpoints(database)
    bins = Bins(Binned.VALUE, tuple(float(number) for number in range(101)))
    with statements() as sql:
        await ask(database, F(), Grouping(bins=bins, limit=10), NOTHING)
    deepest, depth = 0, 0
    for word in sql[0].split():
        depth += word.endswith("CASE") - word.startswith("END")
        deepest = max(deepest, depth)
    assert deepest == 8  # one more asks whether there is a number
