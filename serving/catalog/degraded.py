"""What should answer and cannot here, or could not after a restart; and who answers instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.catalog.entries import Algorithm
from domain.catalog.routing import UNCONDITIONAL
from domain.errors import AlgorithmAmbiguous, AlgorithmNotAvailable
from domain.words import Status
from serving.catalog.catalog import Snapshot

IN_USE = frozenset({Status.PRODUCTION, Status.AB_TESTING})


@dataclass(frozen=True, slots=True)
class Degraded:
    """An algorithm in production or in a running test that something is wrong with.

    `answered_by` says who answers a call without conditions: an algorithm, perhaps this one, or a test; None when
    nobody does, and such calls fail.
    """

    endpoint: str
    algorithm: Algorithm
    answered_by: str | None
    reason: str


def degraded(snapshot: Snapshot) -> Iterator[Degraded]:
    """Each such algorithm, in the order of their ids."""
    named = {(problem.endpoint, problem.name): problem.reason for problem in snapshot.problems}
    for algorithm in snapshot.algorithms.values():
        if algorithm.status not in IN_USE:
            continue
        endpoint = snapshot.endpoints[algorithm.endpoint_id].name
        known = named.get((endpoint, f"{algorithm.name} {algorithm.version}"))
        reason = snapshot.unready.get(algorithm.id) or known
        if reason is not None:
            yield Degraded(endpoint, algorithm, _who_answers(snapshot, endpoint), reason)


def _who_answers(snapshot: Snapshot, endpoint: str) -> str | None:
    try:
        route = snapshot.table.choose(endpoint, UNCONDITIONAL, None, lambda: 0.0)
    except (AlgorithmNotAvailable, AlgorithmAmbiguous):
        return None
    if route.ab_test_id is not None:
        return f"A/B test {route.ab_test_id}"
    found = snapshot.algorithms[route.algorithm_id]
    return f"{found.name} {found.version}"
