"""The catalogue: what there is to choose from, as one immutable snapshot that is swapped when something changes."""

from __future__ import annotations

import asyncio
import difflib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from weakref import WeakSet

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.losses import keeps_probabilities
from domain.ab_tests.plan import Mode
from domain.callers import Principal, Viewer
from domain.catalog.entries import Algorithm, Endpoint, LoadProblem
from domain.catalog.held_out import HeldOutMetrics
from domain.catalog.routing import Candidate, EndpointRoutes, RoutingTable, RunningTest
from domain.errors import AlgorithmNotFound, CommitUnknown, EndpointNotFound, Unavailable
from orm.connection.catalog_revision import catalog_revision
from orm.connection.client import Tx
from orm.connection.database import Database
from orm.connection.failures import telling
from orm.queries.ab_tests import ab_tests
from orm.queries.catalog import algorithms, api_keys, endpoint_revisions, endpoints
from registry.discovery import Key, Registry
from registry.endpoints import EndpointSpec
from registry.features import FeatureSchema
from registry.watched_values import WatchedValues, watched_values
from serving.catalog.loading import NOTHING, WITHDRAWN, Loaded, let_go, loaded_from
from serving.catalog.readiness import older_declarations, readiness
from serving.catalog.registration import register
from serving.catalog.remotes import Remotes
from serving.execution.executors import DEFAULT_BOUNDS, InlineExecutor
from serving.ports import Bounds, Clock, Executor

log = logging.getLogger(__name__)

UNKNOWN = "whether this was stored is unknown: look before you repeat it."


@dataclass(frozen=True, slots=True)
class PlainRoute:
    """Where every plain prediction of an endpoint goes as long as the snapshot holds: no test, on the event loop."""

    endpoint_id: int
    algorithm_id: int
    features: FeatureSchema
    executor: InlineExecutor


@dataclass(frozen=True)
class Snapshot:
    """Everything that choosing, checking and describing need, at one revision of the catalogue; no I/O.

    `unready` and `doubts` hold a reason by algorithm id; what is in doubt is served.
    `held_out` is what the manifests say, by algorithm id. `principals` are the callers by
    the digest of their key; `former_secrets` says of which of these digests until when they count.
    """

    revision: int
    endpoints: Mapping[int, Endpoint]
    algorithms: Mapping[int, Algorithm]
    running_tests: Mapping[int, ABTest]
    specs: Mapping[str, EndpointSpec]
    executors: Mapping[int, Executor]
    unready: Mapping[int, str]
    doubts: Mapping[int, str]
    held_out: Mapping[int, HeldOutMetrics]
    problems: tuple[LoadProblem, ...]
    table: RoutingTable
    principals: Mapping[str, Principal]
    former_secrets: Mapping[str, datetime]

    @cached_property
    def _by_name(self) -> dict[str, Endpoint]:
        return {endpoint.name: endpoint for endpoint in self.endpoints.values()}

    @cached_property
    def _by_endpoint(self) -> dict[int, tuple[Algorithm, ...]]:
        ordered = sorted(self.algorithms.values(), key=lambda algorithm: algorithm.id)
        return {id_: tuple(a for a in ordered if a.endpoint_id == id_) for id_ in self.endpoints}

    @cached_property
    def scored_by_probabilities(self) -> frozenset[int]:
        """The running tests whose observations keep the probabilities of both arms."""
        return frozenset(t.id for t in self.running_tests.values() if keeps_probabilities(t.plan.rules))

    @cached_property
    def _public(self) -> dict[int, frozenset[str] | None]:
        """An endpoint whose declaration is gone is not in it: then everything counts as private."""
        specs = {id_: self.spec_of(id_) for id_ in self.endpoints}
        return {id_: spec.features.public for id_, spec in specs.items() if spec is not None}

    @cached_property
    def watched(self) -> dict[int, WatchedValues]:
        """Which values are counted, by endpoint; one whose declaration is gone is not in it."""
        specs = {id_: self.spec_of(id_) for id_ in self.endpoints}
        return {id_: watched_values(spec) for id_, spec in specs.items() if spec is not None}

    @cached_property
    def plain(self) -> Mapping[str, PlainRoute]:
        """The plain routes by endpoint; those with a running test for all, or a slow algorithm, are not in it."""
        found = {}
        for name, routes in self.table.routes.items():
            spec, endpoint = self.specs.get(name), self._by_name.get(name)
            executor = None if routes.plain is None else self.executors.get(routes.plain.algorithm_id)
            if (
                isinstance(executor, InlineExecutor)
                and spec is not None
                and endpoint is not None
                and routes.plain
            ):
                found[name] = PlainRoute(endpoint.id, routes.plain.algorithm_id, spec.features, executor)
        return found

    def viewer(self, principal: Principal) -> Viewer:
        """`principal` as a reader, who knows which features of which endpoint are private."""
        return Viewer(principal, self._public)

    def endpoint(self, endpoint_id: int) -> Endpoint:
        """The endpoint of this id. Raises EndpointNotFound."""
        if endpoint_id not in self.endpoints:
            raise EndpointNotFound(f"There is no endpoint with id {endpoint_id}.", path=("endpoint",))
        return self.endpoints[endpoint_id]

    def find_endpoint(self, name: str) -> Endpoint | None:
        """The endpoint of this name, where there is one."""
        return self._by_name.get(name)

    def endpoint_named(self, name: str) -> Endpoint:
        """The endpoint of this name. Raises EndpointNotFound, with the nearest name there is."""
        endpoint = self._by_name.get(name)
        if endpoint is None:
            near = difflib.get_close_matches(name[:128], self._by_name, n=1)
            known = (
                f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(self._by_name) or 'none'}."
            )
            raise EndpointNotFound(f"There is no endpoint {name[:128]!r}; {known}", path=("endpoint",))
        return endpoint

    def spec_of(self, endpoint_id: int) -> EndpointSpec | None:
        """What an endpoint declares; None where its declaration is gone. Raises EndpointNotFound."""
        return self.specs.get(self.endpoint(endpoint_id).name)

    def algorithm(self, algorithm_id: int) -> Algorithm:
        """The algorithm of this id. Raises AlgorithmNotFound."""
        if algorithm_id not in self.algorithms:
            raise AlgorithmNotFound(f"There is no algorithm with id {algorithm_id}.", path=("algorithm",))
        return self.algorithms[algorithm_id]

    def algorithms_of(self, endpoint_id: int) -> tuple[Algorithm, ...]:
        """All algorithms of an endpoint, in id order."""
        return self._by_endpoint.get(endpoint_id, ())


class Catalog:
    """Keeps the snapshot up to date: after changes of this process at once, after others' within half a second."""

    def __init__(
        self, database: Database, registry: Registry, clock: Clock, *, bounds: Bounds = DEFAULT_BOUNDS
    ) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self.bounds = bounds
        self._loaded = NOTHING
        # Those that were let go of end when the last call that runs on them does; until then they can be closed.
        self._executors: WeakSet[Executor] = WeakSet()
        self._refreshing = asyncio.Lock()
        self._snapshot: Snapshot | None = None
        self._callbacks: list[Callable[[], None]] = []
        self.remotes = Remotes(self.refresh, self._ready)

    @property
    def snapshot(self) -> Snapshot:
        """The present snapshot; immutable, so a call that holds one sees one state of things."""
        if self._snapshot is None:
            raise RuntimeError("the catalogue is used before start()")
        return self._snapshot

    def watched(self, endpoint_id: int) -> WatchedValues | None:
        """Which values of an endpoint are counted now, if any are."""
        return self.snapshot.watched.get(endpoint_id)

    async def start(self) -> None:
        """Write new endpoints and algorithms to the database, measure what is loaded, read the first snapshot."""
        await register(self._database, self._clock, self._registry)
        await self.begin(await asyncio.to_thread(loaded_from, self._registry, self.bounds))

    async def begin(self, loaded: Loaded) -> None:
        """Serve what is loaded and registered, and follow the changes of the catalogue."""
        await self.take(loaded)
        for problem in self.snapshot.problems:
            name = f"{problem.endpoint}: {problem.name}" if problem.endpoint else problem.name
            log.error("%s is not available: %s", name, problem.reason)
        for algorithm_id, doubt in self.snapshot.doubts.items():
            algorithm = self.snapshot.algorithms[algorithm_id]
            name = self.snapshot.endpoints[algorithm.endpoint_id].name
            log.warning("%s: %s is served, but its answers are in doubt: %s", name, algorithm, doubt)
        self._database.listen(self._changed)

    async def close(self) -> None:
        """End the executors, which finish what waits in them."""
        await self.remotes.close()
        await asyncio.gather(*(executor.close() for executor in self._executors))

    @property
    def loaded(self) -> Loaded:
        """What this process can run."""
        return self._loaded

    async def take(self, loaded: Loaded) -> None:
        """Serve what is loaded and registered instead of what was.

        Calls that have begun go on with what they found: an executor that nothing holds any more goes with its thread.
        """
        before, self._loaded = self._loaded, loaded
        self._executors.update(loaded.executors.values())
        await self.remotes.watch(loaded.executors)
        await self.refresh()
        held: list[object] = [
            *before.executors.values(),
            *(one.instance for one in before.registry.algorithms),
        ]
        del before
        await asyncio.to_thread(let_go, held)

    def _ready(self) -> dict[Key, bool]:
        """Whether the snapshot lets an algorithm be chosen, by key."""
        snapshot = self._snapshot
        if snapshot is None:
            return {}
        keys = {
            one.id: (snapshot.endpoints[one.endpoint_id].name, one.name, one.version)
            for one in snapshot.algorithms.values()
        }
        return {key: id_ in snapshot.executors for id_, key in keys.items()}

    async def refresh(self) -> None:
        """Read the catalogue anew and swap the snapshot."""
        async with self._refreshing:
            self._snapshot = await self._read()
        for callback in self._callbacks:
            callback()

    @asynccontextmanager
    async def changing(self) -> AsyncIterator[Tx]:
        """A transaction that changes the catalogue: every process reads it anew, this one before the block is left.

        What is committed is done: where this process cannot read it now, it is read soon, and the block is left as
        ever.
        """
        with telling(lambda: UNKNOWN, of=(CommitUnknown,)):
            async with self._database.transaction() as tx:
                yield tx
                await self._database.bump_catalog(tx)
        try:
            await self.refresh()
        except Unavailable as error:
            # The listener hears of the change too, and asks until it is answered.
            log.warning("a change of the catalogue is stored, and is read later: %s", error.message)
        except Exception:
            log.exception("a change of the catalogue is stored, and is read later")

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have `callback` called after each swap of the snapshot, for as long as the catalogue is there."""
        self._callbacks.append(callback)

    async def _changed(self, revision: int) -> None:
        """Called when another process, or this one, has changed the catalogue; called again when it raises."""
        if revision != self.snapshot.revision:
            await self.refresh()

    async def _read(self) -> Snapshot:
        async with self._database.own_reader() as reader:
            # The revision first: a change between the statements is noticed again by the listener.
            revision = await catalog_revision(reader)
            found_endpoints = await endpoints.all_endpoints(reader)
            found_algorithms = await algorithms.all_algorithms(reader)
            tests = await ab_tests.running_tests(reader)
            epochs = await ab_tests.epochs_of_running_tests(reader)
            keys, former = await api_keys.live_api_keys(reader)
            revisions = await endpoint_revisions.newest_revisions(reader)
        # A test that began between the two statements has no epoch here yet; the listener brings it soon.
        running = {test.endpoint_id: _running(test, *epochs[test.id]) for test in tests if test.id in epochs}
        by_id = {endpoint.id: endpoint for endpoint in found_endpoints}
        keys_of_all = {a.id: (by_id[a.endpoint_id].name, a.name, a.version) for a in found_algorithms}
        self._loaded = loaded = self._loaded.without(
            [keys_of_all[a.id] for a in found_algorithms if a.withdrawn_at is not None], WITHDRAWN
        )
        ready = readiness(loaded, found_algorithms, keys_of_all)
        specs = loaded.registry.endpoints or self._registry.endpoints
        return Snapshot(
            revision=revision,
            endpoints=MappingProxyType(by_id),
            algorithms=MappingProxyType({algorithm.id: algorithm for algorithm in found_algorithms}),
            running_tests=MappingProxyType({test.endpoint_id: test for test in tests}),
            specs=specs,
            executors=MappingProxyType(ready.executors),
            unready=MappingProxyType(ready.unready),
            doubts=MappingProxyType(ready.doubts),
            held_out=MappingProxyType(ready.held_out),
            problems=(
                *loaded.registry.problems,
                *loaded.problems,
                *ready.problems,
                *older_declarations(specs, by_id, revisions),
            ),
            table=_routing_table(by_id, found_algorithms, ready.executors, running),
            principals=MappingProxyType({d: key.principal for d, key in (former | keys).items()}),
            former_secrets=MappingProxyType(
                {d: key.former_until for d, key in former.items() if key.former_until}
            ),
        )


def _running(test: ABTest, epoch_id: int, challenger_weight: float) -> RunningTest:
    return RunningTest(
        test.id,
        epoch_id,
        test.champion_id,
        test.challenger_id,
        challenger_weight,
        test.salt,
        test.traffic,
        paired=test.plan.mode is Mode.PAIRED,
        shadow=test.plan.shadow,
    )


def _routing_table(
    endpoints_by_id: Mapping[int, Endpoint],
    found: Sequence[Algorithm],
    executors: Mapping[int, Executor],
    running: Mapping[int, RunningTest],
) -> RoutingTable:
    ordered = sorted(found, key=lambda algorithm: algorithm.id)
    return RoutingTable(
        {
            endpoint.name: EndpointRoutes(
                endpoint.name,
                tuple(
                    Candidate(
                        a.id,
                        a.name,
                        a.version,
                        a.status,
                        ready=a.id in executors,
                        withdrawn=a.withdrawn_at is not None,
                    )
                    for a in ordered
                    if a.endpoint_id == id_
                ),
                running.get(id_),
            )
            for id_, endpoint in endpoints_by_id.items()
        }
    )
