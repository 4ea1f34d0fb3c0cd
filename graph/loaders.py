"""What one operation loads in groups: the rows that many objects of an answer ask for, in one statement."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias, TypeVar

from strawberry.dataloader import DataLoader

from domain.ab_test_result import Result
from domain.types import ABTest, AlgorithmStatus, ArmFigures, Request, Viewer
from orm.client import INT32, Reader
from orm.database import Database
from orm.queries import ab_tests, algorithms, requests, statuses

V = TypeVar("V")
Read: TypeAlias = Callable[[Reader, list[int]], Awaitable[Mapping[int, V]]]
Evaluate: TypeAlias = Callable[[list[int]], Awaitable[Mapping[int, Result]]]


class Loaders:
    """One loader for each kind of join; each keeps what it loaded for as long as the operation runs."""

    def __init__(self, database: Database, viewer: Viewer, evaluate: Evaluate) -> None:
        self._database = database
        self._viewer = viewer
        self.ab_test = self._loader(ab_tests.ab_tests_by_ids)
        self.ab_tests_of_endpoint = self._loader(_tests_of_endpoints)
        self.code = self._loader(algorithms.code_of)
        self.events = self._loader(ab_tests.events_of)
        self.figures = self._loader(_figures_of_tests)
        self.request = self._loader(self._requests)
        self.result = DataLoader(_in_order(evaluate))
        self.status = self._loader(_statuses_by_ids)
        self.statuses_of_algorithm = self._loader(_statuses_of_algorithms)

    def _loader(self, read: Read[V]) -> DataLoader[int, V | None]:
        async def load(keys: list[int]) -> list[V | None]:
            async with self._database.reader() as reader:
                found = await read(reader, keys)
            return [found.get(key) for key in keys]

        return DataLoader(load)

    async def _requests(self, reader: Reader, ids: list[int]) -> Mapping[int, Request]:
        return await requests.requests_by_ids(reader, self._viewer, ids)


def _in_order(
    read: Callable[[list[int]], Awaitable[Mapping[int, V]]],
) -> Callable[[list[int]], Awaitable[list[V | None]]]:
    async def load(keys: list[int]) -> list[V | None]:
        found = await read(keys)
        return [found.get(key) for key in keys]

    return load


async def _tests_of_endpoints(reader: Reader, ids: list[int]) -> Mapping[int, list[ABTest]]:
    """All tests of these endpoints, newest first: few, since an endpoint has one at a time."""
    grouped: dict[int, list[ABTest]] = {}
    for test in await ab_tests.page_ab_tests(reader, limit=INT32, endpoint_ids=ids):
        grouped.setdefault(test.endpoint_id, []).append(test)
    return grouped


async def _statuses_of_algorithms(reader: Reader, ids: list[int]) -> Mapping[int, list[AlgorithmStatus]]:
    """The whole logs of these algorithms, oldest first."""
    grouped: dict[int, list[AlgorithmStatus]] = {}
    for status in await statuses.all_statuses(reader, ids):
        grouped.setdefault(status.algorithm_id, []).append(status)
    return grouped


async def _statuses_by_ids(reader: Reader, ids: list[int]) -> Mapping[int, AlgorithmStatus]:
    found = [await statuses.status(reader, status_id) for status_id in ids]
    return {status.id: status for status in found if status is not None}


async def _figures_of_tests(reader: Reader, ids: list[int]) -> Mapping[int, Mapping[int, ArmFigures]]:
    """The figures of both arms of each test: one aggregate statement a test."""
    return {test_id: await requests.arm_figures(reader, test_id) for test_id in ids}
