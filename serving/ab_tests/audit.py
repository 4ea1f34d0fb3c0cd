"""The audit log of A/B tests: what every event wrote down, and how it is read again."""

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


async def write(
    tx: Tx,
    ab_test_id: int,
    kind: str,
    by: str,
    now: datetime,
    *,
    changes: Sequence[tuple[StatusChange, int | None]],
    counts: Mapping[str, ArmFigures] | None = None,
    **facts: object,
) -> None:
    """Append one event: each status before and after with its row's id, the counts, and other facts."""
    details: dict[str, object] = {
        "statuses": [
            {"algorithm": change.algorithm_id, "before": change.before, "after": change.after, "row": row_id}
            for change, row_id in changes
        ],
        **facts,
    }
    if counts is not None:
        details["counts"] = {name: asdict(figures) for name, figures in counts.items()}
    await ab_tests.add_event(tx, ab_test_id, kind, by, now, orjson.dumps(details).decode())


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
    changes = await changes_of(client, ab_test_id, "created")
    return {change.algorithm_id: change.before for change, _ in changes}


def _status(text: str | None) -> Status | None:
    return None if text is None else Status(text)
