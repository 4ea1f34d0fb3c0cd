"""Withdrawals: an algorithm that answers no more, for good; its requests, its name and its version stay."""

from __future__ import annotations

from domain.catalog.entries import Algorithm
from domain.errors import AlgorithmInProduction, AlgorithmNotFound, InvalidInput
from domain.words import Status
from orm.connection.client import Tx
from orm.queries.catalog import algorithms, endpoints, statuses
from serving.catalog.catalog import Catalog
from serving.catalog.statuses import check_text, require_not_in_test
from serving.ports import Clock

LONGEST_REASON = 1_000
BY = "withdrawal"


class Withdrawals:
    """Withdraws algorithms."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def withdraw(self, endpoint: str, name: str, version: str, reason: str | None = None) -> Algorithm:
        """The algorithm, which every process lets go of; one that is withdrawn already keeps its time and reason.

        Raises AlgorithmNotFound, AlgorithmInProduction, AlgorithmInTest, which names the running test, and InvalidInput
        for a reason that cannot be kept; then nothing has changed.
        """
        if reason is not None:
            check_text("reason", reason)
            if not 0 < len(reason) <= LONGEST_REASON:
                raise InvalidInput(f"reason must have 1 to {LONGEST_REASON} characters.", path=("reason",))
        async with self._catalog.changing() as tx:
            id_ = await _id_of(tx, endpoint, name, version)
            # Its row is locked first: a status or a test that begins meanwhile waits, or is seen here.
            found = (await statuses.lock_algorithms(tx, [id_]))[id_]
            if found.withdrawn_at is None:
                await require_not_in_test(tx, [id_])
                if found.status is Status.PRODUCTION:
                    raise AlgorithmInProduction(
                        f"{found} of {endpoint} (id {id_}) is in production: set another status first.",
                        path=("algorithm",),
                    )
                await statuses.set_status(tx, id_, None, BY, self._clock())
                await algorithms.withdraw_algorithm(tx, id_, reason, self._clock())
            return (await algorithms.algorithms_by_ids(tx, [id_]))[id_]


async def _id_of(tx: Tx, endpoint: str, name: str, version: str) -> int:
    """The algorithm's id. Raises AlgorithmNotFound, with what there is instead."""
    known = {one.id: one.name for one in await endpoints.all_endpoints(tx)}
    found = {
        (one.name, one.version): one.id
        for one in await algorithms.all_algorithms(tx)
        if known[one.endpoint_id] == endpoint
    }
    if (name, version) not in found:
        there = ", ".join(f"{one} {of}" for one, of in found) or "none"
        raise AlgorithmNotFound(
            f"{endpoint} has no algorithm {name} {version}; there are: {there}.", path=("algorithm",)
        )
    return found[name, version]
