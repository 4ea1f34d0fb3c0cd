"""The audit log of A/B tests: statuses change with the event that says so, and events are read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import orjson

from domain.ab_tests.promotion import StatusChange
from domain.statistics.plain_comparison import ArmFigures
from domain.words import Status
from orm.connection.client import Client, Tx
from orm.queries.ab_tests import ab_tests
from orm.queries.catalog import statuses


async def record(
    tx: Tx,
    ab_test_id: int,
    kind: str,
    by: str,
    now: datetime,
    *,
    changes: Sequence[StatusChange] = (),
    counts: Mapping[str, ArmFigures] | None = None,
    **facts: object,
) -> None:
    """Set statuses and append the event that says so: each before and after, the counts, and other facts."""
    rows = await _set_statuses(tx, changes, by, now) if changes else {}
    details: dict[str, object] = {
        "statuses": [
            {"algorithm": c.algorithm_id, "before": c.before, "after": c.after, "row": rows[c.algorithm_id]}
            for c in sorted(changes, key=lambda change: change.algorithm_id)
        ],
        **facts,
        **({} if counts is None else {"counts": {name: asdict(one) for name, one in counts.items()}}),
    }
    await ab_tests.add_event(tx, ab_test_id, kind, by, now, orjson.dumps(details).decode())


async def _set_statuses(
    tx: Tx, changes: Sequence[StatusChange], by: str, now: datetime
) -> dict[int, int | None]:
    """Set the statuses and return the ids of the rows that are active then, by algorithm id.

    An algorithm that has the wanted status already, as a shadow test's champion, keeps its row.
    """
    ids = [change.algorithm_id for change in changes]
    await statuses.lock_algorithms(tx, ids)
    active = {row.algorithm_id: row for row in await statuses.all_statuses(tx, ids) if row.active}
    rows: dict[int, int | None] = {}
    for change in sorted(changes, key=lambda change: change.algorithm_id):
        row = active.get(change.algorithm_id)
        if change.after != (None if row is None else row.status):
            row = await statuses.set_status(tx, change.algorithm_id, change.after, by, now)
        rows[change.algorithm_id] = None if row is None else row.id
    return rows


async def changes_of(client: Client, ab_test_id: int, kind: str) -> list[tuple[StatusChange, int | None]]:
    """The changes that the latest event of this kind wrote down, each with the id of its status row."""
    events = [event for event in await ab_tests.events(client, ab_test_id) if event.kind == kind]
    if not events:
        return []
    return [
        (StatusChange(entry["algorithm"], _status(entry["before"]), _status(entry["after"])), entry["row"])
        for entry in orjson.loads(events[-1].details)["statuses"]
    ]


async def statuses_before(client: Client, ab_test_id: int) -> dict[int, Status | None]:
    """The statuses that both arms held when the test began, by algorithm id."""
    return {
        change.algorithm_id: change.before for change, _ in await changes_of(client, ab_test_id, "created")
    }


def _status(text: str | None) -> Status | None:
    return None if text is None else Status(text)
