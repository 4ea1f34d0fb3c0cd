"""Follows the artifact store: what is published there is loaded, proven, registered and served, without a restart.

Nothing is let go of before what takes its place has been loaded and asked for its fixtures. Where something cannot be
taken, what was served before goes on, and the problem is named.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from domain.catalog.entries import LoadProblem
from domain.errors import ArbiterError, Conflict, Unavailable
from domain.pacing import STORE_SECONDS, SWITCH_SECONDS_WHILE_LOADING
from orm.connection.database import Database
from registry.discovery import (
    LOADERS,
    Key,
    Known,
    Registry,
    default_artifacts_root,
    discover,
    discover_declarations,
)
from registry.endpoints import EndpointSpec
from serving.catalog.catalog import Catalog
from serving.catalog.loading import NOTHING, Loaded, held, loaded_from, said
from serving.catalog.registration import Judged, Rows, judged, lost, register, rows_of
from serving.catalog.store_state import StoreState, state_of
from serving.execution.background import BackgroundTask
from serving.ports import Clock

log = logging.getLogger(__name__)

ATTEMPTS = 5
"""So often a change is judged anew because another process registered one meanwhile."""

Prepare = Callable[[Mapping[str, EndpointSpec]], Awaitable[None]]
"""Makes ready what depends on the declarations that are about to be served. Raises ArbiterError to refuse them."""


@dataclass(slots=True)
class StoreCounts:
    """What became of the changes of the store: taken, and refused in part or altogether; how long taking them took."""

    swaps: int = 0
    refused: int = 0
    seconds: float = 0.0
    last_error: str | None = None


class ArtifactStore:
    """The folder of published models that all processes of a service share; `root` None is the one that came along."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        clock: Clock,
        root: Path | None,
        *,
        entry_points: bool = True,
        pause: float = STORE_SECONDS,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._clock = clock
        self.root = root or default_artifacts_root()
        self._entry_points = entry_points
        self._pause = pause
        self._state = StoreState()
        self._task = BackgroundTask("artifact store")
        self._prepare: list[Prepare] = []
        self.counts = StoreCounts()

    async def start(self) -> None:
        """Load, register and serve what is there."""
        self._state = await asyncio.to_thread(state_of, self.root)
        loaded = await self._taken(frozenset(), LOADERS, waiting=True)
        await self._catalog.begin(loaded)

    def follow(self) -> None:
        """Look for changes from now on."""
        self._task.start(self._follow)

    async def close(self) -> None:
        """Look no more."""
        await self._task.stop()

    def before_swap(self, prepare: Prepare) -> None:
        """Have `prepare` called with the declarations that are about to be served, before they are."""
        self._prepare.append(prepare)

    async def look(self) -> bool:
        """Take what has changed since the last look; whether something has.

        Raises Unavailable where the database cannot be asked: then the next look finds the same change.
        """
        state = await asyncio.to_thread(state_of, self.root)
        if state == self._state:
            return False
        began = time.perf_counter()
        if state.error is not None:
            await self._miss(state.error)
        else:
            changed = state.changed_since(self._state) | self._catalog.loaded.stale
            loaded = await self._taken(changed, 1, waiting=False)
            before = problems_of(self._catalog.loaded)
            await self._catalog.take(loaded)
            self.counts.swaps += 1
            self._note([problem for problem in problems_of(loaded) if problem not in before])
        self._state = state
        self.counts.seconds += time.perf_counter() - began
        return True

    def _note(self, problems: Sequence[LoadProblem]) -> None:
        """Count and log what is wrong since this look."""
        self.counts.refused += bool(problems)
        self.counts.last_error = f"{problems[-1].name}: {problems[-1].reason}" if problems else None
        for problem in problems:
            log.error("%s of %s is not taken: %s", problem.name, problem.endpoint, problem.reason)
        log.info("the artifact store has changed, and what it holds now is served")

    async def _miss(self, reason: str) -> None:
        """Say that the store cannot be read; everything that is loaded goes on."""
        text = f"{self.root} cannot be read: {reason}; what was loaded before goes on answering"
        self.counts.refused += 1
        self.counts.last_error = text
        log.error("the artifact store %s", text)
        await self._catalog.take(replace(self._catalog.loaded, problems=(LoadProblem("artifacts", text),)))

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._pause)
            try:
                await self.look()
            except Unavailable as error:
                if self._is_news(error):
                    log.warning("a change of the artifact store is taken later: %s", error.message)
            except Exception as error:
                if self._is_news(error):
                    log.exception("a change of the artifact store could not be taken, and is tried again")

    def _is_news(self, error: Exception) -> bool:
        """Keep an error as the last one; whether it is another than before, since each is tried again soon."""
        before, self.counts.last_error = self.counts.last_error, said(error)
        return before != self.counts.last_error

    async def _taken(self, changed: frozenset[Path], loaders: int, *, waiting: bool) -> Loaded:
        """What is to be served now, loaded and registered; the catalogue does not serve it yet."""
        for attempt in range(ATTEMPTS):
            rows = await self._database.read(rows_of)
            found = await asyncio.to_thread(self._declarations)
            verdict = replace(judged(found.endpoints, rows), problems=found.problems)
            verdict, loaded = await self._proven(verdict, rows, changed, loaders)
            try:
                refused = await register(
                    self._database, self._clock, loaded.registry, verdict.earlier, waiting=waiting
                )
            except Conflict:
                if attempt + 1 == ATTEMPTS:
                    raise
                continue
            return _told(loaded, verdict, refused)
        raise RuntimeError("no attempt was made")

    def _declarations(self) -> Registry:
        """The declarations in the files; an endpoint whose file is gone or broken keeps the one that is served."""
        found = discover_declarations(self.root, entry_points=self._entry_points)
        served = self._catalog.loaded.registry.endpoints
        named = {problem.endpoint for problem in found.problems}
        gone = [
            LoadProblem(
                name,
                f"its endpoint.json is gone from {self.root}; the declaration that was loaded before goes on",
                endpoint=name,
            )
            for name in served
            if name not in found.endpoints and name not in named
        ]
        return Registry({**served, **found.endpoints}, (), (*found.problems, *gone))

    async def _proven(
        self, verdict: Judged, rows: Rows, changed: frozenset[Path], loaders: int
    ) -> tuple[Judged, Loaded]:
        """Everything loaded under the declarations that are taken; those under which something is lost are not."""
        loaded = await self._load(verdict, rows, changed, loaders)
        for name in list(verdict.earlier):
            reason = lost(name, rows, loaded.registry, loaded.executors.keys())
            if reason is None:
                continue
            without = verdict.refusing(
                name,
                f"under its new endpoint.json {reason}, could not be loaded. The declaration before it goes on; "
                "publish a model for the new one with `--status production`, in one step with it",
            )
            before = await self._load(without, rows, changed, loaders)
            if lost(name, rows, before.registry, before.executors.keys()) is None:
                verdict, loaded = without, before
        try:
            for prepare in self._prepare:
                await prepare(loaded.registry.endpoints)
        except ArbiterError as error:
            served = self._catalog.loaded.registry.endpoints
            for name, spec in loaded.registry.endpoints.items():
                if served.get(name) != spec:
                    verdict = verdict.refusing(name, error.message)
            loaded = await self._load(verdict, rows, changed, loaders)
        return verdict, loaded

    async def _load(self, verdict: Judged, rows: Rows, changed: frozenset[Path], loaders: int) -> Loaded:
        with letting_others_run():
            return await asyncio.to_thread(self._load_in_thread, verdict, rows, changed, loaders)

    def _load_in_thread(self, verdict: Judged, rows: Rows, changed: frozenset[Path], loaders: int) -> Loaded:
        before = self._catalog.loaded
        withdrawn = [key for key, row in rows.algorithms.items() if row.withdrawn_at is not None]
        registry = discover(
            self.root,
            entry_points=self._entry_points,
            declared=Registry(verdict.specs, (), verdict.problems),
            known=Known(before.registry, changed),
            unwanted=withdrawn,
            loaders=loaders,
        )
        registry, stale = held(before.registry, registry, withdrawn)
        loaded = loaded_from(registry, self._catalog.bounds, before)
        if before is not NOTHING:
            loaded = _without_empty(loaded, rows)
        return replace(loaded, stale=stale)


def problems_of(loaded: Loaded) -> tuple[LoadProblem, ...]:
    """Everything that is wrong with what is loaded."""
    return (*loaded.registry.problems, *loaded.problems)


def _without_empty(loaded: Loaded, rows: Rows) -> Loaded:
    """The same without new endpoints that have no algorithm yet: its publication has only begun."""
    used = {key[0] for key in loaded.executors}
    registry = loaded.registry
    kept = {name: spec for name, spec in registry.endpoints.items() if name in used or name in rows.endpoints}
    return replace(loaded, registry=Registry(kept, registry.algorithms, registry.problems))


def _told(loaded: Loaded, verdict: Judged, refused: Mapping[Key, str]) -> Loaded:
    """What is loaded, with everything that is refused, and without the algorithms that the database refuses."""
    problems = [
        *(LoadProblem(name, reason, endpoint=name) for name, reason in verdict.refused.items()),
        *(LoadProblem(f"{key[1]} {key[2]}", reason, endpoint=key[0]) for key, reason in refused.items()),
    ]
    for key, reason in refused.items():
        loaded = loaded.without([key], reason)
    return replace(loaded, problems=tuple(problems))


@contextmanager
def letting_others_run() -> Iterator[None]:
    """Have threads take turns often while one loads: calls must not wait for a whole turn of it each time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS_WHILE_LOADING)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
