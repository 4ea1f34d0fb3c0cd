"""Indexes what is stored: so that a feature that is declared as indexed later finds older requests too.

Goes through an endpoint's requests, newest first, some at a time in transactions of their own, with pauses in which
the log writes. What is indexed and how far that is commit together: whoever is killed goes on from there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from domain.catalog.entries import Endpoint
from domain.errors import InvalidInput
from domain.pacing import PAUSE_FACTOR
from domain.words import Fault
from orm.connection.client import Tx
from orm.connection.database import Database
from orm.queries.catalog import index_runs
from orm.queries.catalog.index_runs import CONFIDENCE, IndexRun, StoredRow
from registry.features import FeatureSchema
from serving.catalog.catalog import Snapshot
from serving.json_text import kept_json, probabilities_in
from serving.ports import Clock, Progress

AT_ONCE = 200
"""Requests of a transaction: SQLite's one writer is held for 5 to 15 ms by it."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class _Found:
    """What some requests hold of it, and how many hold something else."""

    features: list[tuple[int, str, str | None, float | None]] = field(default_factory=list)
    confidences: list[tuple[int, float]] = field(default_factory=list)
    refused: int = 0

    @property
    def count(self) -> int:
        return len(self.features) + len(self.confidences)


async def index_stored(
    database: Database,
    snapshot: Snapshot,
    clock: Clock,
    endpoint: Endpoint,
    feature: str,
    *,
    progress: Progress | None = None,
    at_once: int = AT_ONCE,
    sleep: Sleep = asyncio.sleep,
) -> IndexRun:
    """Put the stored requests of an endpoint into the index of `feature`, or fill in their CONFIDENCE.

    One that was interrupted goes on; several at once share the work. `progress` is called with (done, of) after each
    chunk. Raises InvalidInput for a feature that is not declared as indexed, DatabaseUnavailable.
    """
    require_declared(snapshot, endpoint, feature)
    spec = snapshot.spec_of(endpoint.id)
    features = None if spec is None or feature == CONFIDENCE else spec.features
    async with database.transaction() as tx:
        run = await index_runs.begin(tx, endpoint.id, feature, clock())
    while not run.finished:
        began = time.perf_counter()
        async with database.transaction() as tx:
            run = await _some(tx, run, features, clock, at_once)
        if progress is not None:
            progress(run.requests, run.total)
        if not run.finished:
            await sleep((time.perf_counter() - began) * PAUSE_FACTOR)
    return run


def require_declared(snapshot: Snapshot, endpoint: Endpoint, feature: str) -> None:
    """Raises InvalidInput for a feature that the endpoint does not declare as indexed."""
    spec = snapshot.spec_of(endpoint.id)
    if feature == CONFIDENCE:
        return
    declared = [] if spec is None else [name for _, name in spec.features.indexed]
    if feature not in declared:
        raise InvalidInput(
            f'{endpoint.name} does not declare {feature!r} as indexed; say "indexed": true beside it in '
            f"endpoint.json, and restart the servers first (indexed are: {', '.join(declared) or 'none'})",
            path=("feature",),
        )


async def _some(
    tx: Tx, begun: IndexRun, features: FeatureSchema | None, clock: Clock, at_once: int
) -> IndexRun:
    run, rows = await index_runs.next_rows(tx, begun.endpoint_id, begun.feature, at_once)
    if run is None:  # Another one has finished it.
        return (await index_runs.index_runs(tx))[begun.endpoint_id, begun.feature]
    present = (
        await index_runs.have_entries(tx, run.feature, [row.id for row in rows]) if rows else frozenset()
    )
    # What a caller got wrong was never checked as a whole; what was forgotten has no text.
    missing = [row for row in rows if row.id not in present and row.text and row.fault != Fault.CALLER.value]
    found = _confidences(missing) if features is None else _features(missing, features, run.feature)
    await index_runs.add_features(tx, found.features)
    await index_runs.set_confidences(tx, found.confidences)
    return await index_runs.advance(
        tx,
        run,
        rows,
        indexed=found.count,
        refused=found.refused,
        finished=clock() if len(rows) < at_once else None,
    )


def _features(rows: Sequence[StoredRow], features: FeatureSchema, name: str) -> _Found:
    found = _Found()
    for row in rows:
        sent = kept_json(row.text)
        try:
            value = features.stored_value(name, sent) if isinstance(sent, dict) else None
        except ValueError:
            found.refused += 1
            continue
        if isinstance(value, str):
            found.features.append((row.id, name, value, None))
        elif value is not None:
            found.features.append((row.id, name, None, float(value)))
    return found


def _confidences(rows: Sequence[StoredRow]) -> _Found:
    found = _Found()
    for row in rows:
        said = None if row.label is None else (probabilities_in(row.text) or {}).get(row.label)
        if said is not None:
            found.confidences.append((row.id, said))
    return found
