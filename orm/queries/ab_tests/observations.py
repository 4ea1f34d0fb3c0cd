"""What the arms of a test said and how right they were; all figures of a test come from one aggregate statement."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from domain.ab_tests.observation import LARGEST, LATEST, SMALLEST, Observation, Scores
from domain.ab_tests.plan import Mode
from domain.ab_tests.result import UnscoredCounts
from domain.ab_tests.sums import EpochSums, TestSums
from domain.requests.new_request import ArmAnswer
from domain.statistics.figures import LatencyPercentiles
from domain.statistics.moments import Moments
from domain.statistics.rules import Metric
from domain.words import Arm, Kind
from orm.connection.client import INT32, INT64, Client, Reader, Row, Tx
from orm.connection.statement import Statement, Write, arrays_of, write_rows
from orm.queries.history.keyset import keyset, ordering

ANSWERS = (
    "champion_label, champion_value, champion_failed, champion_latency, "
    "challenger_label, challenger_value, challenger_failed, challenger_latency"
)
COLUMNS = f"request_id, ab_test_id, epoch_id, drawn_arm, served_arm, subject, complete, {ANSWERS}"
CHUNK = 5_000

# `a` and `b` are the champion's and the challenger's scores of a request, NULL where it does not count. All figures
# are sums of a, b, a², b² and ab, so that a verdict is a function of a few numbers, whatever the number of requests.
SCORED = {
    Metric.ACCURACY: "CASE WHEN {arm}_correct IS TRUE THEN 1.0 WHEN {arm}_correct IS FALSE THEN 0.0 END",
    Metric.MAE: "({size})",
    Metric.RMSE: "(({size}) * ({size}))",
}
# PostgreSQL raises an error where a product leaves the range of a double; one such row must not hide all others.
SIZE = (
    f"CASE WHEN abs({{arm}}_residual) > {LARGEST} THEN {LARGEST} "
    f"WHEN abs({{arm}}_residual) < {SMALLEST} THEN 0.0 ELSE abs({{arm}}_residual) END"
)

# What a figure can depend on, cheaply: where none of these has changed, the last result still holds, and nothing has
# to be computed. Counts alone would not do, since a truth may change from right to wrong and leave them as they are.
MARKS = (
    "count({arm}_failed)",
    "count({arm}_correct)",
    "sum(CASE WHEN {arm}_correct IS TRUE THEN 1 ELSE 0 END)",
    "count({arm}_residual)",
    "sum({size})",
)

# A subject that sticks to its arm was drawn once, however many requests it has: hence DISTINCT, beside the requests
# without a subject, each of which is a draw. Where served_arm is another one, the drawn arm could not answer.
SUMS = """
    count(*) AS requests,
    sum(CASE WHEN complete IS TRUE THEN 1 ELSE 0 END) AS complete,
    sum(CASE WHEN drawn_arm = 'champion' AND subject IS NULL THEN 1 ELSE 0 END)
        + count(DISTINCT CASE WHEN drawn_arm = 'champion' THEN subject END) AS drawn_champion,
    sum(CASE WHEN drawn_arm = 'challenger' AND subject IS NULL THEN 1 ELSE 0 END)
        + count(DISTINCT CASE WHEN drawn_arm = 'challenger' THEN subject END) AS drawn_challenger,
    sum(CASE WHEN served_arm = 'champion' THEN 1 ELSE 0 END) AS served_champion,
    sum(CASE WHEN served_arm = 'challenger' THEN 1 ELSE 0 END) AS served_challenger,
    sum(CASE WHEN champion_failed IS TRUE THEN 1 ELSE 0 END) AS failed_champion,
    sum(CASE WHEN challenger_failed IS TRUE THEN 1 ELSE 0 END) AS failed_challenger,
    sum(CASE WHEN complete IS TRUE AND champion_failed IS TRUE AND challenger_failed IS NOT TRUE
        THEN 1 ELSE 0 END) AS champion_failed_alone,
    sum(CASE WHEN complete IS TRUE AND challenger_failed IS TRUE AND champion_failed IS NOT TRUE
        THEN 1 ELSE 0 END) AS challenger_failed_alone,
    count(a) AS champion_n, coalesce(sum(a), 0.0) AS champion_total, coalesce(sum(a * a), 0.0) AS champion_squares,
    count(b) AS challenger_n, coalesce(sum(b), 0.0) AS challenger_total,
    coalesce(sum(b * b), 0.0) AS challenger_squares, coalesce(sum(a * b), 0.0) AS product
"""


async def sums_of(
    client: Client, ab_test_id: int, metric: Metric, mode: Mode, *, scored_before: int | None = None
) -> TestSums:
    """The counts and sums of a test, in one statement.

    scored_before: only requests below this id are scored (None: all); the other counts are of all requests.
    """
    return _test_sums(await _sums(client, ab_test_id, metric, mode, scored_before, with_unscored=False))


async def sums_and_unscored(
    client: Client, ab_test_id: int, metric: Metric, mode: Mode, *, scored_before: int | None = None
) -> tuple[TestSums, UnscoredCounts]:
    """The same, and how many requests have a ground truth that is no class, in the same statement."""
    # A regressor's truth is a number, whatever it is.
    with_unscored = metric is Metric.ACCURACY
    rows = await _sums(client, ab_test_id, metric, mode, scored_before, with_unscored=with_unscored)
    if not rows or not with_unscored:
        return _test_sums(rows), UnscoredCounts()
    return _test_sums(rows), UnscoredCounts(rows[0]["unscored"], int(rows[0]["unscored_counted"] or 0))


UNSCORED = """
    SELECT count(*) AS requests,
        sum(CASE WHEN champion_correct IS NOT NULL OR challenger_correct IS NOT NULL THEN 1 ELSE 0 END) AS counted
    FROM ml_request r JOIN ab_test_observation o ON o.request_id = r.id
    WHERE r.ab_test_id = {test} AND r.feedback_at IS NOT NULL AND r.correct IS NULL
        AND (r.label IS NOT NULL OR r.fault = 'algorithm')
"""


async def _sums(
    client: Client,
    ab_test_id: int,
    metric: Metric,
    mode: Mode,
    scored_before: int | None,
    *,
    with_unscored: bool,
) -> list[Row]:
    statement = Statement(client)
    # Statement.bind numbers the parameters in the order of the text, so the parts are made in that order.
    scored = _scored(statement, ab_test_id, metric, mode, scored_before)
    recent = (
        "SELECT champion_latency, challenger_latency FROM ab_test_observation "
        f"WHERE ab_test_id = {statement.bind(ab_test_id)} AND complete IS TRUE "
        f"ORDER BY request_id DESC LIMIT {statement.bind(LATEST)}"
    )
    more = columns = ""
    if with_unscored:
        more = f"unscored AS ({UNSCORED.format(test=statement.bind(ab_test_id))}), "
        columns = ", (SELECT requests FROM unscored) AS unscored, (SELECT counted FROM unscored) AS unscored_counted"
    return await statement.rows(
        f"WITH scored AS ({scored}), recent AS ({recent}), {more}{_ranked('champion')}, {_ranked('challenger')}, "
        f"totals AS (SELECT epoch_id, {SUMS} FROM scored GROUP BY epoch_id), "
        f"subjects AS ({_subjects(statement, ab_test_id)}) "
        f"SELECT t.*, e.challenger_weight, {_p95('champion')}, {_p95('challenger')}, "
        f"(SELECT subjects FROM subjects) AS subjects, (SELECT met_both FROM subjects) AS met_both{columns} "
        "FROM totals t JOIN ab_test_epoch e ON e.id = t.epoch_id ORDER BY t.epoch_id"
    )


def _test_sums(rows: list[Row]) -> TestSums:
    if not rows:
        return TestSums()
    first, latency = rows[0], None
    if first["champion_p95"] is not None and first["challenger_p95"] is not None:
        latency = LatencyPercentiles(
            first["champion_p95"], first["challenger_p95"], first["champion_ranks"], first["challenger_ranks"]
        )
    return TestSums(tuple(_epoch(row) for row in rows), latency, first["subjects"], first["met_both"])


async def feedback_since(client: Client, ab_test_id: int, last_event: int) -> tuple[int, int]:
    """Of how many requests of a test the ground truth was changed since this feedback event, and of how many added.

    A truth that was changed back is neither. A cleared one was changed.
    """
    statement = Statement(client)
    rows = await statement.rows(
        "SELECT coalesce(sum(CASE WHEN before IS NOT NULL AND (now IS NULL OR now <> before) THEN 1 ELSE 0 END), 0) "
        "AS changed, coalesce(sum(CASE WHEN before IS NULL AND now IS NOT NULL THEN 1 ELSE 0 END), 0) AS added "
        "FROM (SELECT r.feedback AS now, (SELECT f.feedback FROM feedback_event f "
        f"WHERE f.request_id = o.request_id AND f.id <= {statement.bind(last_event)} ORDER BY f.id DESC LIMIT 1) "
        "AS before FROM ab_test_observation o JOIN ml_request r ON r.id = o.request_id "
        f"WHERE o.ab_test_id = {statement.bind(ab_test_id)} AND EXISTS (SELECT 1 FROM feedback_event f "
        f"WHERE f.request_id = o.request_id AND f.id > {statement.bind(last_event)})) late"
    )
    return rows[0]["changed"], rows[0]["added"]


async def marks_of(client: Client, ab_test_ids: Iterable[int]) -> dict[int, tuple[object, ...]]:
    """What changes whenever figures of these tests do, by test, in one statement: counts and sums of all that counts.

    A test without requests is absent.
    """
    statement = Statement(client)
    tests = statement.among("ab_test_id", ab_test_ids, largest=INT32)
    marks = [mark.format(arm=arm, size=SIZE.format(arm=arm)) for arm in Arm for mark in MARKS]
    names = [f"mark{n}" for n in range(len(marks))]
    columns = ", ".join(f"{mark} AS {name}" for mark, name in zip(marks, names, strict=True))
    rows = await statement.rows(
        "SELECT ab_test_id, count(*) AS requests, sum(CASE WHEN complete IS TRUE THEN 1 ELSE 0 END) AS complete, "
        f"{columns} FROM ab_test_observation WHERE {tests} GROUP BY ab_test_id"
    )
    return {row["ab_test_id"]: (row["requests"], row["complete"], *[row[n] for n in names]) for row in rows}


async def sums_by_feedback(
    reader: Reader, ab_test_id: int, metric: Metric, mode: Mode, points: int
) -> list[TestSums]:
    """The sums of a test after each of up to `points` equal shares of its feedback, in the order it came."""
    statement = Statement(reader)
    scored = _scored(statement, ab_test_id, metric, mode, None)
    rows = await statement.rows(
        f"WITH scored AS ({scored}), placed AS (SELECT s.*, ntile({statement.bind(points)}) OVER "
        "(ORDER BY r.feedback_at, r.id) AS part FROM scored s JOIN ml_request r ON r.id = s.request_id "
        f"WHERE a IS NOT NULL OR b IS NOT NULL), totals AS (SELECT part, epoch_id, {SUMS} FROM placed "
        "GROUP BY part, epoch_id) SELECT t.*, e.challenger_weight FROM totals t "
        "JOIN ab_test_epoch e ON e.id = t.epoch_id ORDER BY t.part, t.epoch_id"
    )
    # The database gives what each part adds; the sums after a part are those before it and what it adds.
    epochs: dict[int, EpochSums] = {}
    found: dict[int, TestSums] = {}
    for row in rows:
        added = _epoch(row)
        before = epochs.get(row["epoch_id"], EpochSums(added.weight))
        epochs[row["epoch_id"]] = EpochSums(
            added.weight,
            champion=before.champion + added.champion,
            challenger=before.challenger + added.challenger,
            cross=before.cross + added.cross,
        )
        found[row["part"]] = TestSums(tuple(epochs.values()))
    return list(found.values())


async def observations_by_ids(client: Client, request_ids: Iterable[int]) -> dict[int, Observation]:
    """The observations of those requests that have one, by request id."""
    statement = Statement(client)
    rows = await statement.rows(
        f"SELECT {COLUMNS} FROM ab_test_observation "
        f"WHERE {statement.among('request_id', request_ids, largest=INT64)}"
    )
    return {row["request_id"]: _observation(row) for row in rows}


async def store_scores(tx: Tx, scores: Sequence[tuple[int, Scores]]) -> None:
    """Writes the scores of many observations, by request id, in one statement."""
    rows = [
        [s.champion_correct, s.challenger_correct, s.champion_residual, s.challenger_residual, request_id]
        for request_id, s in scores
    ]
    await _update(
        tx,
        ("champion_correct", "challenger_correct", "champion_residual", "challenger_residual"),
        ("bool", "bool", "float8", "float8"),
        rows,
    )


async def complete(tx: Tx, answers: Sequence[tuple[int, ArmAnswer, ArmAnswer]]) -> None:
    """Makes pending observations complete with what champion and challenger said, in one statement."""
    rows = [[True, *_columns(champion), *_columns(challenger), id_] for id_, champion, challenger in answers]
    kinds = ("bool", *(("text", "float8", "bool", "float8") * 2))
    await _update(tx, ("complete", *ANSWERS.split(", ")), kinds, rows)


async def disagreements(
    reader: Reader,
    ab_test_id: int,
    kind: Kind,
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
    backward: bool = False,
) -> list[Observation]:
    """Complete observations without feedback on which the arms say different things, oldest first.

    Between two request ids; `backward` takes those next to `before` instead of those next to `after`.
    """
    statement = Statement(reader)
    names = ", ".join(f"o.{name}" for name in COLUMNS.split(", "))
    found = _disagreeing(statement, ab_test_id, kind)
    between = keyset(statement, "o.request_id", descending=False, after=after, before=before)
    order = ordering("o.request_id", descending=False, backward=backward)
    rows = await statement.rows(
        f"SELECT {names} {' AND '.join([found, *between])} {order} LIMIT {statement.bind(limit)}"
    )
    page = [_observation(row) for row in rows]
    return page[::-1] if backward else page


async def count_disagreements(reader: Reader, ab_test_id: int, kind: Kind, *, cap: int) -> int:
    """How many observations `disagreements` would give; counting stops at `cap`."""
    statement = Statement(reader)
    found = f"SELECT 1 {_disagreeing(statement, ab_test_id, kind)} LIMIT {statement.bind(cap)}"
    return int(await statement.value(f"SELECT count(*) AS n FROM ({found}) some"))


def _disagreeing(statement: Statement, ab_test_id: int, kind: Kind) -> str:
    column = "label" if kind is Kind.CLASSIFIER else "value"
    return (
        "FROM ab_test_observation o JOIN ml_request r ON r.id = o.request_id "
        f"WHERE o.ab_test_id = {statement.bind(ab_test_id)} "
        "AND o.complete IS TRUE AND r.feedback_at IS NULL "
        "AND o.champion_failed IS NOT NULL AND o.challenger_failed IS NOT NULL "
        f"AND (o.champion_failed <> o.challenger_failed OR o.champion_{column} <> o.challenger_{column})"
    )


async def observations_as_of(
    readers: Callable[[], AbstractAsyncContextManager[Reader]], ab_test_id: int, last_event: int
) -> AsyncIterator[tuple[Observation, float, str | None]]:
    """Each observation of a test in ascending id, with its epoch's weight and the feedback of that time.

    That is what the latest event up to `last_event` of the request's history says. In constant memory.
    """
    names = ", ".join(f"o.{name}" for name in COLUMNS.split(", "))
    after = 0
    while True:
        async with readers() as reader:
            statement = Statement(reader)
            rows = await statement.rows(
                f"SELECT {names}, e.challenger_weight, (SELECT f.feedback FROM feedback_event f WHERE "
                f"f.request_id = o.request_id AND f.id <= {statement.bind(last_event)} ORDER BY f.id DESC LIMIT 1) "
                "AS feedback FROM ab_test_observation o JOIN ab_test_epoch e ON e.id = o.epoch_id "
                f"WHERE o.ab_test_id = {statement.bind(ab_test_id)} AND o.request_id > {statement.bind(after)} "
                f"ORDER BY o.request_id LIMIT {statement.bind(CHUNK)}"
            )
        for row in rows:
            yield _observation(row), row["challenger_weight"], row["feedback"]
        if len(rows) < CHUNK:
            return
        after = rows[-1]["request_id"]


async def last_feedback_event(client: Client) -> int:
    """The highest id of a feedback event that this transaction sees; 0 without any."""
    return await Statement(client).value("SELECT max(id) AS id FROM feedback_event") or 0


def _scored(
    statement: Statement, ab_test_id: int, metric: Metric, mode: Mode, scored_before: int | None
) -> str:
    """The observations of a test with `a` and `b`, the scores of champion and challenger that count."""
    champion, challenger = (SCORED[metric].format(arm=a, size=SIZE.format(arm=a)) for a in Arm)
    column = "correct" if metric is Metric.ACCURACY else "residual"
    # In a paired test a request counts for both arms or for neither: a difference of pairs needs both.
    both = f" AND champion_{column} IS NOT NULL AND challenger_{column} IS NOT NULL"
    counts = f"1 = 1{both if mode is Mode.PAIRED else ''}"
    # Each is named twice and numbered anew each time, since SQLite counts its placeholders.
    bounds = [
        f"AND request_id < {statement.bind(scored_before)}" if scored_before is not None else "" for _ in Arm
    ]
    return (
        "SELECT request_id, epoch_id, drawn_arm, served_arm, subject, complete, champion_failed, challenger_failed, "
        f"CASE WHEN {counts} {bounds[0]} THEN {champion} END AS a, "
        f"CASE WHEN {counts} {bounds[1]} THEN {challenger} END AS b "
        f"FROM ab_test_observation WHERE ab_test_id = {statement.bind(ab_test_id)}"
    )


def _subjects(statement: Statement, ab_test_id: int) -> str:
    """How many subjects a test's requests name, and how many of them both arms have answered."""
    return (
        "SELECT count(*) AS subjects, coalesce(sum(CASE WHEN least <> most THEN 1 ELSE 0 END), 0) AS met_both "
        "FROM (SELECT min(served_arm) AS least, max(served_arm) AS most FROM ab_test_observation "
        f"WHERE ab_test_id = {statement.bind(ab_test_id)} AND subject IS NOT NULL GROUP BY subject) each_one"
    )


def _ranked(arm: str) -> str:
    return (
        f"{arm}_ranked AS (SELECT {arm}_latency AS latency, row_number() OVER (ORDER BY {arm}_latency) AS place "
        f"FROM recent WHERE {arm}_latency IS NOT NULL)"
    )


def _p95(arm: str) -> str:
    # Nearest rank, as `domain.ab_tests.observation.p95`: percentile_disc is PostgreSQL's alone.
    count = f"(SELECT count(*) FROM {arm}_ranked)"
    return (
        f"{count} AS {arm}_ranks, "
        f"(SELECT min(latency) FROM {arm}_ranked WHERE 20 * place >= 19 * {count}) AS {arm}_p95"
    )


async def _update(tx: Tx, names: Sequence[str], kinds: Sequence[str], rows: list[list[Any]]) -> None:
    """Sets the columns of the observations whose request id ends each row."""
    marks = ", ".join(f"{name} = ?" for name in names)
    columns = ", ".join(f"{name} = u.{name}" for name in names)
    await write_rows(
        tx,
        Write(
            rows,
            sqlite=f"UPDATE ab_test_observation SET {marks} WHERE request_id = ?",
            postgres=f"UPDATE ab_test_observation o SET {columns} FROM unnest({arrays_of((*kinds, 'bigint'))}) "
            f"AS u ({', '.join(names)}, id) WHERE o.request_id = u.id",
        ),
    )


def _columns(answer: ArmAnswer) -> tuple[str | None, float | None, bool, float]:
    return answer.label, answer.value, answer.failed, answer.latency


def _epoch(row: Row) -> EpochSums:
    def moments(arm: str) -> Moments:
        return Moments(row[f"{arm}_n"], float(row[f"{arm}_total"]), float(row[f"{arm}_squares"]))

    return EpochSums(
        weight=row["challenger_weight"],
        requests=row["requests"],
        complete=row["complete"],
        drawn_champion=row["drawn_champion"],
        drawn_challenger=row["drawn_challenger"],
        served_champion=row["served_champion"],
        served_challenger=row["served_challenger"],
        failed_champion=row["failed_champion"],
        failed_challenger=row["failed_challenger"],
        champion_failed_alone=row["champion_failed_alone"],
        challenger_failed_alone=row["challenger_failed_alone"],
        champion=moments("champion"),
        challenger=moments("challenger"),
        cross=float(row["product"]),
    )


def _observation(row: Row) -> Observation:
    return Observation(
        request_id=row["request_id"],
        ab_test_id=row["ab_test_id"],
        epoch_id=row["epoch_id"],
        drawn_arm=Arm(row["drawn_arm"]),
        served_arm=Arm(row["served_arm"]),
        subject=row["subject"],
        complete=bool(row["complete"]),
        champion=_answer(row, "champion"),
        challenger=_answer(row, "challenger"),
    )


def _answer(row: Row, arm: str) -> ArmAnswer | None:
    failed = row[f"{arm}_failed"]
    if failed is None:
        return None
    return ArmAnswer(row[f"{arm}_label"], row[f"{arm}_value"], bool(failed), row[f"{arm}_latency"])
