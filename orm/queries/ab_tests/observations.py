"""What the arms of a test said of a request and how right they were, stored and read row by row."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from domain.ab_tests.observation import Observation, Scores
from domain.requests.new_request import ArmAnswer
from domain.words import Arm, Kind
from orm.connection.client import INT64, Client, Reader, Row, Tx
from orm.connection.statement import Statement, Write, arrays_of, keyset, moment_or_none, ordering, write_rows

ANSWERS = (
    "champion_label, champion_value, champion_failed, champion_latency, "
    "challenger_label, challenger_value, challenger_failed, challenger_latency"
)
PROBABILITIES = "champion_probabilities, challenger_probabilities"
SCORES = "champion_correct, challenger_correct, champion_residual, challenger_residual"
COLUMNS = (
    f"request_id, ab_test_id, epoch_id, drawn_arm, served_arm, subject, complete, {ANSWERS}, {PROBABILITIES}"
)
CHUNK = 5_000


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


async def observations_by_ids(client: Client, request_ids: Iterable[int]) -> dict[int, Observation]:
    """The observations of those requests that have one, by request id, with how right both arms were."""
    statement = Statement(client)
    rows = await statement.rows(
        f"SELECT {COLUMNS}, {SCORES} FROM ab_test_observation "
        f"WHERE {statement.among('request_id', request_ids, largest=INT64)}"
    )
    return {row["request_id"]: _observation(row) for row in rows}


async def store_scores(tx: Tx, scores: Sequence[tuple[int, Scores]]) -> None:
    """Writes the scores of many observations, by request id, in one statement."""
    rows = [
        [
            s.champion_correct,
            s.challenger_correct,
            s.champion_residual,
            s.challenger_residual,
            s.champion_loss,
            s.challenger_loss,
            request_id,
        ]
        for request_id, s in scores
    ]
    names = [f"{arm}_{column}" for column in ("correct", "residual", "loss") for arm in Arm]
    await _update(tx, names, ("bool", "bool", "float8", "float8", "bigint", "bigint"), rows)


async def complete(tx: Tx, answers: Sequence[tuple[int, ArmAnswer, ArmAnswer]]) -> None:
    """Makes pending observations complete with what champion and challenger said, in one statement."""
    rows = [
        [
            True,
            *_columns(champion),
            *_columns(challenger),
            probabilities_json(champion),
            probabilities_json(challenger),
            id_,
        ]
        for id_, champion, challenger in answers
    ]
    kinds = ("bool", *(("text", "float8", "bool", "float8") * 2), "text", "text")
    await _update(tx, ("complete", *ANSWERS.split(", "), *PROBABILITIES.split(", ")), kinds, rows)


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


@dataclass(frozen=True, slots=True)
class ObservationAsOf:
    """An observation with the weight of its epoch, and the ground truth that it had at some time, with its moment."""

    observation: Observation
    weight: float
    feedback: str | None
    feedback_at: datetime | None


async def observations_as_of(
    readers: Callable[[], AbstractAsyncContextManager[Reader]], ab_test_id: int, last_event: int
) -> AsyncIterator[ObservationAsOf]:
    """Each observation of a test in ascending id, as the latest event up to `last_event` of its history has it.

    In constant memory.
    """
    names = ", ".join(f"o.{name}" for name in COLUMNS.split(", "))
    after = 0
    while True:
        async with readers() as reader:
            statement = Statement(reader)
            rows = await statement.rows(
                f"SELECT {names}, e.challenger_weight, f.feedback, f.created_at AS feedback_at "
                "FROM ab_test_observation o JOIN ab_test_epoch e ON e.id = o.epoch_id LEFT JOIN feedback_event f "
                f"ON f.id = (SELECT max(g.id) FROM feedback_event g WHERE g.request_id = o.request_id "
                f"AND g.id <= {statement.bind(last_event)}) "
                f"WHERE o.ab_test_id = {statement.bind(ab_test_id)} AND o.request_id > {statement.bind(after)} "
                f"ORDER BY o.request_id LIMIT {statement.bind(CHUNK)}"
            )
        for row in rows:
            yield ObservationAsOf(
                _observation(row),
                row["challenger_weight"],
                row["feedback"],
                moment_or_none(row["feedback_at"]),
            )
        if len(rows) < CHUNK:
            return
        after = rows[-1]["request_id"]


async def last_feedback_event(client: Client) -> int:
    """The highest id of a feedback event that this transaction sees; 0 without any."""
    return await Statement(client).value("SELECT max(id) AS id FROM feedback_event") or 0


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
    kept: str | None = row[f"{arm}_probabilities"]
    probabilities: Mapping[str, float] | None = None if kept is None else orjson.loads(kept)
    correct = row.get(f"{arm}_correct")
    return ArmAnswer(
        row[f"{arm}_label"],
        row[f"{arm}_value"],
        bool(failed),
        row[f"{arm}_latency"],
        probabilities,
        None if correct is None else bool(correct),
        row.get(f"{arm}_residual"),
    )


def probabilities_json(answer: ArmAnswer | None) -> str | None:
    """The probabilities of an answer as they are kept, of tests that keep them."""
    if answer is None or answer.probabilities is None:
        return None
    return orjson.dumps(answer.probabilities).decode()
