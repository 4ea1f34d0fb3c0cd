"""Which indexed features leave older requests out: those that were declared as indexed later than the first request.

What is indexed is told from the index, not remembered: so databases that were there before know it too.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain.catalog.entries import Endpoint
from domain.errors import ArbiterError
from domain.history.filters import RequestFilter
from domain.requests import request_ids
from orm.connection.database import Database
from orm.queries.catalog.index_runs import CONFIDENCE, IndexRun, index_runs
from orm.queries.history import indexed_features
from orm.queries.history.exports import newest_request
from registry.endpoints import EndpointSpec
from serving.catalog.catalog import Catalog
from serving.catalog.index_stored import index_stored, require_declared
from serving.execution.background import BackgroundTask
from serving.json_text import kept_json
from serving.ports import Clock, Progress

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexGap:
    """A feature of an endpoint that older requests have too, but that finds and groups only those since `since`."""

    endpoint_id: int
    endpoint: str
    feature: str
    since: datetime
    progress: float | None = None

    def __str__(self) -> str:
        cure = (
            f"`arbiter index {self.endpoint} {self.feature}` adds them"
            if self.progress is None
            else f"`arbiter index` has gone through {self.progress:.0%} of all requests"
        )
        return (
            f"{self.feature} of {self.endpoint} is indexed since {self.since.isoformat(timespec='milliseconds')} "
            f"only: older requests are not found by it, and count among those without a value; {cure}"
        )

    def after(self, run: IndexRun | None) -> IndexGap | None:
        """What is left of the gap, with a run of `arbiter index` as far as it has come; None where it is done."""
        if run is None:
            return self
        if run.finished:
            return None
        return replace(self, since=min(self.since, request_ids.time_of(run.position)), progress=run.share)

    def touches(self, where: RequestFilter | None, owner_endpoint: int | None) -> bool:
        """Whether what is asked for may hold requests that the index leaves out."""
        if owner_endpoint not in (None, self.endpoint_id):
            return False
        return where is None or all(self._touches(one) for one in (where, *where.and_))

    def _touches(self, where: RequestFilter) -> bool:
        if where.endpoint_ids is not None and self.endpoint_id not in where.endpoint_ids:
            return False
        return where.created_from is None or where.created_from < self.since


class IndexedFeatures:
    """Finds the gaps once a process, in the background after the start, and tells them to whoever asks."""

    def __init__(self, database: Database, catalog: Catalog, clock: Clock) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self._declared_at: dict[tuple[int, str], datetime] = {}
        self._known: dict[tuple[int, str], IndexGap | None] = {}
        self._looking = asyncio.Lock()
        self._task = BackgroundTask("indexed features")

    def start(self) -> None:
        """Look in the background, and log what is found."""
        self._note_declared()
        self._catalog.on_change(self._note_declared)
        if self._declared():
            self._task.start(self._report)

    def _note_declared(self) -> None:
        """Remember since when each feature is indexed by this process: older requests may lack it."""
        declared = {(endpoint.id, feature) for endpoint, feature, _ in self._declared()}
        for key in self._declared_at.keys() - declared:
            del self._declared_at[key]
            self._known.pop(key, None)
        for key in declared - self._declared_at.keys():
            self._declared_at[key] = self._clock()

    async def close(self) -> None:
        """Stop looking."""
        await self._task.stop()

    async def gaps(self, features: Collection[str]) -> list[IndexGap]:
        """The gaps of these features, in all endpoints that declare them as indexed.

        Looks only for what is not known yet, and how far `arbiter index` has come where there is a gap. Raises
        DatabaseUnavailable, QueryTimeout.
        """
        found: dict[tuple[int, str], IndexGap] = {}
        async with self._looking:
            for endpoint, feature, shared in self._declared():
                if feature in features:
                    key = endpoint.id, feature
                    if key not in self._known:
                        now = self._declared_at.get(key) or self._clock()
                        self._known[key] = await gap_of(
                            self._database, endpoint, feature, shared=shared, now=now
                        )
                    gap = self._known[key]
                    if gap is not None:
                        found[key] = gap
        left = await _left_of(self._database, found)
        self._known |= {key: None for key in found if key not in left}
        return list(left.values())

    async def index_stored(
        self, endpoint: str, feature: str | None, *, progress: Progress | None = None
    ) -> list[IndexRun]:
        """Index what is stored by one feature of an endpoint, or by all of them and the confidence.

        Raises EndpointNotFound, and what `index_stored` raises.
        """
        found, wanted = self.wanted(endpoint, feature)
        return [await self.index_one(found, name, progress=progress) for name in wanted]

    def wanted(self, endpoint: str, feature: str | None) -> tuple[Endpoint, list[str]]:
        """The endpoint of this name, and this feature, or all that it declares as indexed and the confidence.

        Raises EndpointNotFound, InvalidInput.
        """
        found = self._catalog.snapshot.endpoint_named(endpoint)
        if feature is not None:
            require_declared(self._catalog.snapshot, found, feature)
            return found, [feature]
        return found, [*(name for e, name, _ in self._declared() if e == found), CONFIDENCE]

    async def index_one(
        self, endpoint: Endpoint, feature: str, *, progress: Progress | None = None
    ) -> IndexRun:
        """Index what is stored by one feature, or fill in the CONFIDENCE; what was interrupted goes on."""
        return await index_stored(
            self._database, self._catalog.snapshot, self._clock, endpoint, feature, progress=progress
        )

    async def run_of(self, endpoint: Endpoint, feature: str) -> IndexRun | None:
        """How far indexing by a feature is, or was the last time."""
        return (await self._database.read(index_runs)).get((endpoint.id, feature))

    def _declared(self) -> list[tuple[Endpoint, str, bool]]:
        return _indexed(self._catalog.snapshot.endpoints.values(), self._catalog.snapshot.specs)

    async def _report(self) -> None:
        try:
            for gap in await self.gaps({feature for _, feature, _ in self._declared()}):
                log.warning("%s", gap)
        except ArbiterError as error:
            log.warning("it could not be told which requests are indexed: %s", error.message)


async def gap_of(
    database: Database, endpoint: Endpoint, feature: str, *, shared: bool, now: datetime
) -> IndexGap | None:
    """What the index of `feature` leaves out of the endpoint's history; None where that is nothing.

    Looks at some requests from before the first indexed one: a value there was not indexed. Before any request is
    indexed the gap ends `now`. Raises DatabaseUnavailable, QueryTimeout.
    """
    async with database.reader() as reader:
        # Before the others, so that what is stored meanwhile, and indexed, does not count as an older request.
        newest = await newest_request(reader)
        first = await indexed_features.first_indexed(reader, endpoint.id, feature, shared=shared)
        inputs = await indexed_features.inputs_before(
            reader, endpoint.id, newest + 1 if first is None else first
        )
    if not any(_has(text, feature) for text in inputs):
        return None
    # Ids are whole milliseconds: a request of this very one is indexed too.
    since = now.replace(microsecond=now.microsecond // 1000 * 1000)
    return IndexGap(
        endpoint.id, endpoint.name, feature, since if first is None else request_ids.time_of(first)
    )


async def all_gaps(
    database: Database, found: Collection[Endpoint], specs: Mapping[str, EndpointSpec], now: datetime
) -> list[IndexGap]:
    """The gaps of every indexed feature of the endpoints in `found`. Raises DatabaseUnavailable, QueryTimeout."""
    gaps = [
        await gap_of(database, endpoint, feature, shared=shared, now=now)
        for endpoint, feature, shared in _indexed(found, specs)
    ]
    known = {(gap.endpoint_id, gap.feature): gap for gap in gaps if gap is not None}
    return list((await _left_of(database, known)).values())


async def _left_of(
    database: Database, gaps: Mapping[tuple[int, str], IndexGap]
) -> dict[tuple[int, str], IndexGap]:
    """The gaps without what `arbiter index` has filled of them."""
    if not gaps:
        return {}
    runs = await database.read(index_runs)
    left = {key: gap.after(runs.get(key)) for key, gap in gaps.items()}
    return {key: gap for key, gap in left.items() if gap is not None}


def _indexed(
    found: Collection[Endpoint], specs: Mapping[str, EndpointSpec]
) -> list[tuple[Endpoint, str, bool]]:
    """Each indexed feature with its endpoint, and whether another endpoint indexes one of this name, too."""
    declared = [
        (endpoint, name)
        for endpoint in found
        if endpoint.name in specs
        for _, name in specs[endpoint.name].features.indexed
    ]
    times = Counter(name for _, name in declared)
    return [(endpoint, name, times[name] > 1) for endpoint, name in declared]


def _has(text: str, feature: str) -> bool:
    """Whether a logged input has a value of the feature; a form's empty and `nan` ones are missing."""
    row = kept_json(text)
    value = row.get(feature) if isinstance(row, dict) else None
    if isinstance(value, str):
        return value.strip().lower() not in ("", "nan")
    return value is not None
