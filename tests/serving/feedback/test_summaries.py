from __future__ import annotations

import asyncio
import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.callers import Viewer
from domain.history.aggregates import EVERY_PART, FigureGroup, Grouping, GroupKey, RequestFigures, TimeBucket
from domain.history.daily import day_of
from domain.history.filters import RequestFilter
from domain.history.latency import bucket_of
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import Request
from domain.requests.request_ids import writer_of
from domain.words import Arm, FeedbackForm, JSONValue, Traffic
from orm.connection.database import Database
from orm.queries.figures.aggregates import EVERYTHING, AggregateQuery, figures_by_owner
from serving.services import Services
from tests.conftest import Statements
from tests.serving.catalog.test_two_processes import result, start
from tests.serving.world import (
    AT_TEN,
    AT_ZERO,
    EVERYBODY,
    PLUS_ONE,
    Dice,
    command,
    row,
    services_on,
    small_registry,
)

LEVELS_ID, HEIGHTS_ID = 1, 2
VIEWER = Viewer(EVERYBODY)
BY = (GroupKey.ENDPOINT, GroupKey.ALGORITHM, GroupKey.ARM)


async def predicted(services: Services, x: float, endpoint: str = "levels") -> Request:
    (prediction,) = await services.predictor.predict(command(row(x), endpoint=endpoint))
    return prediction.request


async def give(services: Services, request: Request, feedback: JSONValue) -> None:
    """As the old service's clients give it: any text is taken."""
    given = FeedbackCommand(request.id, feedback, FeedbackForm.LEGACY)
    await services.feedback.give(given, EVERYBODY)


async def groups(
    services: Services, *keys: GroupKey, where: RequestFilter | None = None, bucket: TimeBucket | None = None
) -> list[FigureGroup]:
    """What the daily summary says: it knows all that is asked here."""
    query = AggregateQuery(where, Grouping(keys, bucket, limit=100), EVERY_PART)
    async with services.database.reader() as reader:
        return (await figures_by_owner(reader, VIEWER, query)).get(EVERYTHING, [])


async def figures(services: Services, **where: Any) -> RequestFigures:
    (group,) = await groups(services, where=RequestFilter(**where))
    return group.figures


async def cells(services: Services) -> list[tuple[int, str, str, int]]:
    async with services.database.reader() as reader:
        found = await reader.execute_query_dict(
            "SELECT algorithm_id, label, feedback, sum(requests) AS n FROM daily_confusion "
            f"WHERE endpoint_id = {LEVELS_ID} GROUP BY algorithm_id, label, feedback HAVING sum(requests) <> 0"
        )
    return sorted((row["algorithm_id"], row["label"], row["feedback"], int(row["n"])) for row in found)


async def lines(services: Services, table: str = "daily_summary") -> list[dict[str, Any]]:
    async with services.database.reader() as reader:
        return await reader.execute_query_dict(f"SELECT * FROM {table} ORDER BY id")


async def spoil(services: Services, sql: str) -> None:
    async with services.database.transaction() as tx:
        await tx.execute_query(sql)


async def test_requests_are_counted_by_whose_fault_they_were(services: Services) -> None:
    requests = [await predicted(services, x) for x in (1, -1, 666)]
    await services.predictor.predict(command({"x": "text"}))
    await services.predictor.predict(command(row(1), version="none such"))
    by_algorithm = await groups(services, GroupKey.ALGORITHM)
    counts = [
        (g.algorithm_id, g.figures.count, g.figures.errors, g.figures.caller_errors) for g in by_algorithm
    ]
    assert counts == [(AT_ZERO, 4, 1, 1), (None, 1, 0, 1)]
    total = await figures(services)
    assert (total.count, sum(total.latency), total.with_feedback) == (5, 5, 0)
    for request in requests:
        assert total.latency[bucket_of(request.latency)] >= 1
    assert await services.summaries.check() == []


async def test_ground_truth_is_added_changed_and_taken_back(services: Services) -> None:
    first, second, failed = [await predicted(services, x) for x in (1, -1, 666)]
    seen = []
    for request, feedback in (
        (first, "high"),
        (second, "high"),
        (failed, "low"),
        (first, "low"),
        (second, "neither"),
        (failed, None),
        (first, ""),
    ):
        await give(services, request, feedback)
        total = await figures(services)
        seen.append((total.with_feedback, total.scored, total.correct, await cells(services)))
        assert await services.summaries.check() == []
    right, wrong = (AT_ZERO, "high", "high", 1), (AT_ZERO, "high", "low", 1)
    missed = (AT_ZERO, "low", "high", 1)
    assert seen == [
        (1, 1, 1, [right]),
        (2, 2, 1, [right, missed]),
        (3, 3, 1, [right, missed]),  # a failure has no label, so it is in no cell
        (3, 3, 0, [wrong, missed]),
        (3, 2, 0, [wrong]),  # "neither" is no class of the endpoint
        (2, 1, 0, [wrong]),
        (1, 0, 0, []),
    ]


async def test_residuals_give_rmse_mean_error_and_bias(services: Services) -> None:
    requests = [await predicted(services, x, "heights") for x in (10, 20, 30, 666)]
    for request, truth in zip(requests, (12, 18, 31, 5), strict=True):  # answers are 11, 21, 31 and none
        await give(services, request, truth)
    total = await figures(services, endpoint_ids=(HEIGHTS_ID,))
    assert (total.with_feedback, total.scored, total.errors) == (4, 3, 1)
    assert (total.residual_sum, total.residual_absolute, total.residual_squares) == (2.0, 4.0, 10.0)
    assert (total.rmse, total.mae, total.bias) == (math.sqrt(10 / 3), 4 / 3, 2 / 3)
    assert await services.summaries.check() == []
    for request in requests:
        await give(services, request, None)
    total = await figures(services)
    assert (total.scored, total.rmse, total.residual_squares) == (0, None, 0.0)
    assert await services.summaries.check() == []


@pytest.mark.parametrize("absurd", [1e10, -1e300, 1.7e308])
async def test_absurd_ground_truth_that_is_corrected_leaves_no_trace(
    services: Services, absurd: float
) -> None:
    first, second = [await predicted(services, 10, "heights") for _ in range(2)]
    await give(services, first, 10.9)
    await give(services, second, absurd)
    assert await services.summaries.check() == []
    await give(services, second, 11.25)
    total = await figures(services)
    residual = 11.0 - 10.9
    assert total.residual_sum == residual - 0.25
    assert total.residual_squares == residual * residual + 0.0625
    assert await services.summaries.check() == []


async def test_arms_of_a_test_have_lines_of_their_own(services: Services, dice: Any) -> None:
    await services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
    )
    dice.numbers = [0.9, 0.1, 0.9]
    requests = [await predicted(services, 5) for _ in range(3)]
    for request in requests:
        await give(services, request, "high")
    by_arm = await groups(services, GroupKey.ALGORITHM, GroupKey.ARM)
    assert [
        (g.algorithm_id, g.arm, g.figures.count, g.figures.correct, g.figures.accuracy) for g in by_arm
    ] == [
        (AT_ZERO, Arm.CHAMPION, 2, 2, 1.0),
        (AT_TEN, Arm.CHALLENGER, 1, 0, 0.0),
    ]
    assert await services.summaries.check() == []


async def test_a_batch_of_many_rows_is_one_line_and_one_statement(
    services: Services, statements: Statements
) -> None:
    with statements() as sql:
        found = await services.predictor.predict(command(*[row(n % 7 - 3) for n in range(1500)]))
    assert len([text for text in sql if "INTO daily_summary" in text]) == 1
    given = [FeedbackCommand(prediction.request.id, "high") for prediction in found]
    with statements() as sql:
        await services.feedback.give_batch(given, EVERYBODY)
    # PostgreSQL takes all that a commit writes as parts of one statement.
    assert sum(text.count("INTO daily_") for text in sql) == 3
    assert [line["requests"] for line in await lines(services)] == [1500]
    right = sum(prediction.request.label == "high" for prediction in found)
    assert await cells(services) == [(AT_ZERO, "high", "high", right), (AT_ZERO, "low", "high", 1500 - right)]
    total = await figures(services)
    assert (total.count, total.scored, total.correct) == (1500, 1500, right)
    assert await services.summaries.check() == []


async def test_rows_that_were_refused_are_not_counted(services: Services) -> None:
    (first,) = await services.predictor.predict(command(row(1), key="once"))
    (again,) = await services.predictor.predict(command(row(1), key="once"))
    both = await asyncio.gather(*[services.predictor.predict(command(row(2), key="race")) for _ in range(2)])
    assert again.request.id == first.request.id
    assert both[0][0].request.id == both[1][0].request.id
    total = await figures(services)
    assert total.count == 2
    assert await services.summaries.check() == []


async def test_feedback_counts_for_the_day_of_the_request(database: Database) -> None:
    noon = [datetime(2026, 3, 1, 12, tzinfo=UTC)]
    services = services_on(database, small_registry(), Dice(), clock=lambda: noon[0])
    await services.start()
    request = await predicted(services, 1)
    noon[0] += timedelta(days=1)
    await predicted(services, 1)
    await give(services, request, "high")
    first, second = (datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2))
    days = await groups(services, bucket=TimeBucket.DAY)
    assert [(g.bucket_start, g.figures.count, g.figures.correct) for g in days] == [
        (first, 1, 1),
        (second, 1, 0),
    ]
    ranges: list[dict[str, datetime]] = [
        {"created_from": first, "created_before": second},
        {"created_from": second},
        {"created_before": first},
    ]
    assert [(await figures(services, **range_)).correct for range_ in ranges] == [1, 0, 0]
    assert await services.summaries.check() == []
    await services.log.close()
    await services.catalog.close()


async def test_transactions_at_once_take_lanes_and_leave_them(services: Services) -> None:
    requests = [await predicted(services, 1) for _ in range(30)]
    writer = writer_of(requests[0].id)
    await asyncio.gather(*[give(services, request, "high") for request in requests])
    before = {line["writer"]: line["correct"] for line in await lines(services)}
    taken = set(before)
    shards = {0} if services.database.dialect == "sqlite" else set(range(len(taken)))
    assert taken == {writer + 256 * shard for shard in shards}
    assert len(taken) <= 8  # no more than connections that write
    await give(services, requests[0], "low")
    after = {line["writer"]: line["correct"] for line in await lines(services)}
    assert after == before | {writer: before[writer] - 1}  # one alone is on the first shard
    total = await figures(services)
    assert (total.count, total.correct) == (30, 29)
    assert await services.summaries.check() == []


async def test_check_names_what_differs_and_rebuild_corrects_it(services: Services) -> None:
    first, second = await predicted(services, 1), await predicted(services, 10, "heights")
    await give(services, first, "low")
    await give(services, second, 9)
    await spoil(services, "UPDATE daily_summary SET requests = requests + 5")
    await spoil(services, "UPDATE daily_summary SET residual_squares = 1e280 WHERE endpoint_id = 2")
    await spoil(services, "UPDATE daily_confusion SET feedback = 'high'")
    await spoil(
        services,
        "INSERT INTO daily_confusion (day, endpoint_id, algorithm_id, label, feedback, writer, requests) "
        "VALUES ('2026-01-01', 1, 1, 'low', 'low', 3, 2)",
    )
    found = await services.summaries.check()
    today = day_of(first.id)
    facts = [
        (d.day, d.endpoint_id, d.algorithm_id, d.label, d.feedback, d.column, d.stored, d.expected)
        for d in found
    ]
    assert facts == [
        (date(2026, 1, 1), LEVELS_ID, AT_ZERO, "low", "low", "confusion", 2, 0),
        (today, LEVELS_ID, AT_ZERO, "", "", "requests", 6, 1),
        (today, HEIGHTS_ID, PLUS_ONE, "", "", "requests", 6, 1),
        (today, HEIGHTS_ID, PLUS_ONE, "", "", "residual_squares", 1e280, 4.0),
        (today, LEVELS_ID, AT_ZERO, "high", "high", "confusion", 1, 0),
        (today, LEVELS_ID, AT_ZERO, "high", "low", "confusion", 0, 1),
    ]
    assert await services.summaries.check() == found  # looking changes nothing
    assert await services.summaries.rebuild() == found
    assert await services.summaries.check() == []
    assert await services.summaries.rebuild() == []
    total = await figures(services, endpoint_ids=(HEIGHTS_ID,))
    assert (total.count, total.residual_squares) == (1, 4.0)
    assert await cells(services) == [(AT_ZERO, "high", "low", 1)]


async def test_rebuild_fills_empty_tables_while_the_server_goes_on(services: Services) -> None:
    requests = [await predicted(services, x) for x in range(-5, 20)]
    heights = [await predicted(services, x, "heights") for x in range(5)]
    for request in requests[::2]:
        await give(services, request, "low")
    for request in heights[1:]:
        await give(services, request, "0.1")
    before = await groups(services, *BY, bucket=TimeBucket.DAY)
    cells_before = await cells(services)
    await spoil(services, "DELETE FROM daily_summary")
    await spoil(services, "DELETE FROM daily_confusion")
    assert len(await services.summaries.check()) > 0

    async def go_on() -> None:
        for request in requests[1::2]:
            await give(services, request, "high")
            await predicted(services, 3)

    await asyncio.gather(*[services.summaries.rebuild() for _ in range(3)], go_on())
    assert await services.summaries.check() == []
    for request in requests[1::2]:
        await give(services, request, None)
    after = await groups(services, *BY, bucket=TimeBucket.DAY)
    now, then = ([group.figures for group in found] for found in (after, before))
    assert [f.count for f in now] == [then[0].count + 12, then[1].count]
    assert [(f.with_feedback, f.scored, f.correct) for f in now] == [
        (f.with_feedback, f.scored, f.correct) for f in then
    ]
    assert [f.rmse for f in now] == [pytest.approx(f.rmse, rel=1e-12) if f.rmse else f.rmse for f in then]
    assert await cells(services) == cells_before


async def test_confusion_of_an_endpoint_whose_code_is_gone_is_left_alone(services: Services) -> None:
    await give(services, await predicted(services, 1), "low")
    await spoil(services, "UPDATE daily_confusion SET endpoint_id = 77")
    found = await services.summaries.check()
    assert [(d.endpoint_id, d.column) for d in found] == [(LEVELS_ID, "confusion")]


TRUTHS: dict[str, list[JSONValue]] = {
    "levels": ["low", "high", "neither", " high ", "", None],
    "heights": [None, ""],
}
XS = st.sampled_from([-3.0, 0.0, 0.125, 15.5, 666.0, 123456.789])
PREDICT = st.tuples(st.just("predict"), st.sampled_from(sorted(TRUTHS)), XS)
NUMBERS = st.integers(-(10**9), 10**9).map(lambda n: n / 1000)
FEEDBACK = st.tuples(st.just("feedback"), st.integers(0, 30), st.sampled_from(range(6)), NUMBERS)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(actions=st.lists(PREDICT | FEEDBACK, max_size=25))
async def test_any_sequence_of_predictions_and_feedback_leaves_the_summaries_right(
    services: Services, actions: list[tuple[Any, ...]]
) -> None:
    requests: list[tuple[str, Request]] = []
    for action in actions:
        if action[0] == "predict":
            requests.append((action[1], await predicted(services, action[2], action[1])))
        elif requests:
            _, chosen, choice, number = action
            endpoint, request = requests[chosen % len(requests)]
            truths = TRUTHS[endpoint]
            truth = truths[choice % len(truths)] if endpoint == "levels" or choice == 0 else number
            await give(services, request, truth)
    assert await services.summaries.check() == []


@pytest.mark.matrix
async def test_four_writers_at_once_leave_the_summaries_right(services: Services, database_url: str) -> None:
    processes = [await start(database_url, "judge", str(seed)) for seed in range(4)]
    await asyncio.gather(*[result(process) for process in processes])
    total = await figures(services)
    assert total.count == 4 * 80
    assert len({line["writer"] % 256 for line in await lines(services)}) == 4
    assert await services.summaries.check() == []


async def test_confusion_is_told_apart_by_algorithm(services: Services) -> None:
    requests = [
        (await services.predictor.predict(command(row(5), algorithm=algorithm)))[0].request
        for algorithm in (AT_ZERO, AT_TEN)
    ]
    for request in requests:
        await give(services, request, "high")
    assert await cells(services) == [(AT_ZERO, "high", "high", 1), (AT_TEN, "low", "high", 1)]
