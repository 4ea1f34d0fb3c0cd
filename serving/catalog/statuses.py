"""Statuses: which part an algorithm plays. The newest wins, and exactly one is active, at any concurrency."""

from __future__ import annotations

from collections.abc import Sequence

from domain.catalog.entries import AlgorithmStatus
from domain.errors import AlgorithmInTest, InvalidInput, InvalidStatus
from domain.input.storable import is_one_line, text_problem
from domain.words import Status
from orm.connection.client import Tx
from orm.queries.ab_tests import ab_tests
from orm.queries.catalog import statuses
from serving.catalog.catalog import Catalog
from serving.ports import Clock

BY_HAND = (Status.PRODUCTION, Status.TESTING)
MAX_NAME = 128


class Statuses:
    """Sets statuses by hand; tests set theirs through `serving.ab_tests.ab_tests`."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def set(self, algorithm_id: int, status: str, created_by: str) -> AlgorithmStatus:
        """Make `status` (production or testing) the algorithm's active one, and return its row.

        Raises AlgorithmNotFound, InvalidStatus for any other status (`ab_testing` belongs to tests), and
        AlgorithmInTest, which names the running test that the algorithm is an arm of.
        """
        wanted = checked_status(status)
        check_author(created_by)
        async with self._catalog.changing() as tx:
            # The algorithm's row is locked first: a test that begins meanwhile waits, or is seen here.
            await statuses.lock_algorithms(tx, [algorithm_id])
            await require_not_in_test(tx, [algorithm_id])
            row = await statuses.set_status(tx, algorithm_id, wanted, created_by, self._clock())
            if row is None:
                raise RuntimeError("a status was set, but no row came back")
        return row


def checked_status(status: str) -> Status:
    """The status that a person may set. Raises InvalidStatus."""
    if status == Status.AB_TESTING:
        raise InvalidStatus(
            "ab_testing is set by creating an A/B test, not by hand: use production or testing.",
            path=("status",),
        )
    if status not in BY_HAND:
        raise InvalidStatus(f"status must be production or testing, not {status[:60]!r}.", path=("status",))
    return Status(status)


def check_author(created_by: str) -> None:
    """Raises InvalidInput unless `created_by` is one line of 1 to 128 characters."""
    if not 0 < len(created_by) <= MAX_NAME:
        raise InvalidInput(f"created_by must have 1 to {MAX_NAME} characters.", path=("createdBy",))
    check_text("created_by", created_by, path=("createdBy",))
    if not is_one_line(created_by):
        raise InvalidInput("created_by must not hold control characters or line breaks.", path=("createdBy",))


def check_text(name: str, text: str, *, path: tuple[str, ...] = ()) -> None:
    """Raises InvalidInput, which names the field, for a text that the databases cannot hold."""
    problem = text_problem(text)
    if problem is not None:
        raise InvalidInput(f"{name} {problem}.", path=path or (name,))


async def require_not_in_test(tx: Tx, algorithm_ids: list[int], path: Sequence[str] = ("algorithm",)) -> None:
    """Raises AlgorithmInTest, about the input at `path`, when one of the algorithms is an arm of a running test."""
    for test in await ab_tests.running_tests(tx):
        for algorithm_id in algorithm_ids:
            if algorithm_id in test.algorithm_ids:
                raise AlgorithmInTest(
                    f"Algorithm {algorithm_id} is an arm of the running A/B test {test.id} ({test.title!r}): "
                    "conclude or cancel that test first.",
                    path=path,
                )
