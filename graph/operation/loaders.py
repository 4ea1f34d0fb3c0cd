"""What one operation loads in groups: the rows that many objects of an answer ask for, in one statement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Generic, TypeAlias, TypeVar

from strawberry.dataloader import DataLoader

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.results.result import Result
from domain.callers import Viewer
from domain.catalog.entries import AlgorithmStatus, EndpointRevision
from domain.history.aggregates import FigureGroup
from domain.history.filters import RequestFilter
from domain.history.retention import RetentionChange
from domain.requests.external_ids import Key
from domain.requests.feedback import FeedbackEvent
from domain.requests.request import Request
from orm.connection.client import INT32, Reader
from orm.connection.database import Database
from orm.queries.ab_tests import ab_tests, observations
from orm.queries.catalog import algorithms, endpoint_revisions, statuses
from orm.queries.figures import aggregates
from orm.queries.figures.aggregates import AggregateQuery
from orm.queries.history import external_ids, requests
from orm.queries.history.request_pages import Owner, PageQuery
from orm.queries.history.selected_columns import ShownRequest, pages_of_columns_by_owner
from orm.queries.jobs import jobs
from orm.queries.retention import rules

K = TypeVar("K")
V = TypeVar("V")
Read: TypeAlias = Callable[[Reader, list[int]], Awaitable[Mapping[int, V]]]
Readers: TypeAlias = Callable[[], AbstractAsyncContextManager[Reader]]
Evaluate: TypeAlias = Callable[[list[int]], Awaitable[Mapping[int, Result]]]


@dataclass(frozen=True, slots=True)
class OwnedPage:
    """A page of requests that many objects of one kind ask for, each of its own requests."""

    owner: Owner
    page: PageQuery
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class OwnedCount:
    """How many requests each of many objects of one kind has, counted no further than `cap`."""

    owner: Owner
    where: RequestFilter | None
    cap: int


SHOWN_REVISIONS = 20
"""So many of its declarations an endpoint shows."""
SHOWN_EVENTS = 20
"""So many changes of its ground truth a request shows."""
SHOWN_CHANGES = 20
"""So many changes of its retention an endpoint shows."""


class SharedLoader(DataLoader[K, V]):
    """Loads in groups. Many may wait for one value: who stops waiting does not take it from the others."""

    def load(self, key: K) -> Awaitable[V]:
        """What is loaded for `key`."""
        return asyncio.shield(super().load(key))


def loader_of(
    read: Callable[[Reader, list[K]], Awaitable[Mapping[K, V]]], readers: Readers
) -> DataLoader[K, V | None]:
    """What loads the values of keys by `read`, in groups; None where it finds nothing."""

    async def load(keys: list[K]) -> list[V | None]:
        async with readers() as reader:
            found = await read(reader, keys)
        return [found.get(key) for key in keys]

    return SharedLoader(load)


def _in_order(
    read: Callable[[list[int]], Awaitable[Mapping[int, V]]],
) -> Callable[[list[int]], Awaitable[list[V | None]]]:
    async def load(keys: list[int]) -> list[V | None]:
        found = await read(keys)
        return [found.get(key) for key in keys]

    return load


async def _tests_of_endpoints(reader: Reader, ids: list[int]) -> Mapping[int, list[ABTest]]:
    """All tests of these endpoints, newest first: few, since an endpoint has one at a time."""
    tests = await ab_tests.page_ab_tests(reader, limit=INT32, endpoint_ids=ids)
    return _grouped(tests, lambda test: test.endpoint_id)


async def _statuses_of_algorithms(reader: Reader, ids: list[int]) -> Mapping[int, list[AlgorithmStatus]]:
    """The whole logs of these algorithms, oldest first."""
    return _grouped(await statuses.all_statuses(reader, ids), lambda status: status.algorithm_id)


async def _revisions_of_endpoints(reader: Reader, ids: list[int]) -> Mapping[int, list[EndpointRevision]]:
    """The last declarations of these endpoints, newest first."""
    rows = await endpoint_revisions.revisions_of(reader, ids, most=SHOWN_REVISIONS)
    return _grouped(rows, lambda row: row.endpoint_id)


async def _events_of_requests(reader: Reader, ids: list[int]) -> Mapping[int, list[FeedbackEvent]]:
    """The last changes of the ground truth of these requests, newest first."""
    return await requests.feedback_events_of(reader, ids, most=SHOWN_EVENTS)


async def _retention_changes(reader: Reader, ids: list[int]) -> Mapping[int, list[RetentionChange]]:
    """The last changes of the rules of these endpoints, newest first."""
    return await rules.changes_of(reader, ids, most=SHOWN_CHANGES)


def _grouped(rows: Iterable[V], owner: Callable[[V], int]) -> Mapping[int, list[V]]:
    grouped: dict[int, list[V]] = {}
    for row in rows:
        grouped.setdefault(owner(row), []).append(row)
    return grouped


async def _requests(viewer: Viewer, reader: Reader, ids: list[int]) -> Mapping[int, Request]:
    return await requests.requests_by_ids(reader, viewer, ids)


async def _requests_called(viewer: Viewer, reader: Reader, keys: list[Key]) -> Mapping[Key, Request]:
    ids = await external_ids.requests_called(reader, keys)
    found = await _requests(viewer, reader, list(ids.values())) if ids else {}
    return {key: found[id_] for key, id_ in ids.items() if id_ in found}


class ByKey(Generic[K, V]):
    """The loader that finds the values of keys by `read`, made where an operation first asks for it."""

    def __init__(self, read: Callable[[Reader, list[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the attribute's name."""
        self._name = name

    def __get__(self, loaders: Loaders, owner: type) -> DataLoader[K, V | None]:
        """Make the loader. It takes the attribute's place: this is called once for each `loaders`."""
        made = loader_of(self._read, loaders.look_up)
        loaders.__dict__[self._name] = made
        return made


class Loaders:
    """One loader for each kind of join; each keeps what it loaded for as long as the operation runs.

    `after_write` says that they complete the answer to a mutation: then what is looked up by its id is read with the
    server's own readers, since a write that is done must not wait behind other callers' reads to be acknowledged.
    """

    ab_test = ByKey(ab_tests.ab_tests_by_ids)
    ab_tests_of_endpoint = ByKey(_tests_of_endpoints)
    code = ByKey(algorithms.code_of)
    events = ByKey(ab_tests.events_of)
    job_result = ByKey(jobs.results_of_jobs)
    feedback_events = ByKey(_events_of_requests)
    observation = ByKey(observations.observations_by_ids)
    retention = ByKey(rules.retentions_of)
    retention_changes = ByKey(_retention_changes)
    revisions = ByKey(_revisions_of_endpoints)
    status = ByKey(statuses.statuses_by_ids)
    statuses_of_algorithm = ByKey(_statuses_of_algorithms)

    # No loader and no function that one calls leads back to this object: it and all rows go with the operation, and do
    # not wait for the garbage collector.

    def __init__(
        self, database: Database, viewer: Viewer, evaluate: Evaluate, *, after_write: bool = False
    ) -> None:
        self._database = database
        self._heavy = partial(database.reader, heavy=True)
        self._viewer = viewer
        self._evaluate = evaluate
        self.look_up: Readers = database.own_reader if after_write else database.reader
        self._owned: dict[Hashable, DataLoader[int, Any]] = {}

    @cached_property
    def request(self) -> DataLoader[int, Request | None]:
        """Requests by their ids, as the viewer may see them."""
        return loader_of(partial(_requests, self._viewer), self.look_up)

    @cached_property
    def request_called(self) -> DataLoader[Key, Request | None]:
        """Requests by the names that their callers gave them, as the viewer may see them."""
        return loader_of(partial(_requests_called, self._viewer), self.look_up)

    @cached_property
    def result(self) -> DataLoader[int, Result | None]:
        """What tests have shown so far, by their ids."""
        return SharedLoader(_in_order(self._evaluate))

    async def owned_page(self, asked: OwnedPage, owner_id: int) -> Sequence[ShownRequest]:
        """The page of one owner; those of all owners that ask for the same page are read together."""
        viewer = self._viewer

        async def read(reader: Reader, ids: list[int]) -> Mapping[int, Sequence[ShownRequest]]:
            return await pages_of_columns_by_owner(
                reader, viewer, asked.owner, ids, page=asked.page, columns=asked.columns
            )

        return await self._of_owner(asked, read, owner_id, self._database.reader) or []

    async def owned_count(self, asked: OwnedCount, owner_id: int) -> int:
        """The count of one owner; those of all owners that ask for the same are read together."""
        viewer = self._viewer

        async def read(reader: Reader, ids: list[int]) -> Mapping[int, int]:
            return await requests.counts_by_owner(
                reader, viewer, asked.owner, ids, where=asked.where, cap=asked.cap
            )

        return await self._of_owner(asked, read, owner_id, self._heavy) or 0

    async def owned_groups(
        self, asked: AggregateQuery, owner: Owner | None, owner_id: int
    ) -> list[FigureGroup]:
        """The groups of one owner; those of all owners that ask for the same are read together.

        Without an owner they are those of all requests, under `aggregates.EVERYTHING`.
        """
        viewer = self._viewer

        async def read(reader: Reader, ids: list[int]) -> Mapping[int, list[FigureGroup]]:
            return await aggregates.figures_by_owner(reader, viewer, asked, owner, ids)

        return await self._of_owner((asked, owner), read, owner_id, self._heavy) or []

    async def owned(self, asked: Hashable, read: Read[V], owner_id: int) -> V | None:
        """What `read` finds for one owner, by adding up lines; for all owners that ask for the same together."""
        return await self._of_owner(asked, read, owner_id, self._heavy)

    async def _of_owner(self, asked: Hashable, read: Read[V], owner_id: int, readers: Readers) -> V | None:
        """What `read` finds for one owner; the first that asks for something brings the loader for all."""
        if asked not in self._owned:
            self._owned[asked] = loader_of(read, readers)
        found: V | None = await self._owned[asked].load(owner_id)
        return found
