"""The evidence of a test that has ended, kept apart before the first of its requests goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.results.kept_evidence import KEPT_POINTS, KeptEvidence
from domain.ab_tests.results.result import Verification
from domain.errors import ABTestNotDecided, RowsNotKept
from domain.words import ABTestState
from orm.connection.client import Client
from orm.connection.database import Database
from orm.queries.ab_tests import ab_tests, observations
from orm.queries.ab_tests.ab_tests import EVIDENCE_KEPT
from serving.ab_tests import audit, endings, evaluation
from serving.ab_tests.verification import verify
from serving.catalog.catalog import Snapshot

KEEPER = "retention"
"""Who keeps evidence: the name in audit events."""


async def keep_evidence(database: Database, snapshot: Snapshot, ab_test_id: int, now: datetime) -> bool:
    """Keep what the test says now in its audit log: from then on it says so for good. False where that was done before.

    Everything that is told from single requests is told once more, the verification included. Raises ABTestNotFound.
    """
    async with database.reader(heavy=True) as reader:
        test = await endings.ab_test_of(reader, ab_test_id)
        events = await ab_tests.events(reader, ab_test_id)
        if evaluation.kept_in(events) is not None:
            return False
        basis, unscored = await evaluation.basis_and_unscored(reader, test, now)
        end = evaluation.end_of(events)
        last_event = 0 if end is None else evaluation.basis_from(end).last_event
        changed, added = (
            (0, 0) if end is None else await observations.feedback_since(reader, test.id, last_event)
        )
        plain = await evaluation.plain_figures_of(reader, test, None)
        series = await evaluation.series(reader, test, KEPT_POINTS, now)
    kept = KeptEvidence(
        at=now,
        basis=replace(basis, last_event=last_event).as_facts(),
        plain=plain,
        unscored=unscored,
        changed=changed,
        added=added,
        series=series,
        verification=await _verification(database, snapshot, ab_test_id),
    )
    async with database.transaction() as tx:
        await ab_tests.lock_ab_test(tx, ab_test_id)
        if evaluation.kept_in(await ab_tests.events(tx, ab_test_id)) is not None:
            return False
        await audit.record(tx, ab_test_id, EVIDENCE_KEPT, KEEPER, now, evidence=kept.as_facts())
    return True


async def _verification(database: Database, snapshot: Snapshot, ab_test_id: int) -> Verification | None:
    try:
        return await verify(database, snapshot, ab_test_id)
    except ABTestNotDecided:
        return None


async def kept_of(client: Client, ab_test_id: int) -> KeptEvidence | None:
    """What is kept of a test's evidence; None where it is told from its requests."""
    return evaluation.kept_in(await ab_tests.events(client, ab_test_id))


async def require_rows(client: Client, test: ABTest, what: str) -> None:
    """Raises RowsNotKept where requests of the test may be gone, from which `what` is told."""
    kept = None if test.state is ABTestState.RUNNING else await kept_of(client, test.id)
    if kept is not None:
        raise RowsNotKept(
            f"The requests of A/B test {test.id} are no longer kept whole since "
            f"{kept.at.isoformat(timespec='seconds')}, and {what} are told from them; its verdict, result, course and "
            "verification stay.",
            path=("id",),
        )
