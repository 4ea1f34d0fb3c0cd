"""What an endpoint would do now: how each algorithm runs and why, who would answer a call, and what cannot."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from domain.catalog.entries import Algorithm
from domain.catalog.routing import UNCONDITIONAL, RoutingTable
from domain.errors import AlgorithmAmbiguous, AlgorithmNotAvailable, NotChosen
from domain.requests.request import AlgorithmConditions
from domain.words import Status
from serving.catalog.catalog import Snapshot
from serving.ports import Executor

CALLS = (None, Status.TESTING, Status.AB_TESTING)
"""The statuses that a call asks for: none is a plain call."""

IN_USE = frozenset({Status.PRODUCTION, Status.AB_TESTING})
LOWEST_DRAW, HIGHEST_DRAW = 0.0, math.nextafter(1.0, 0.0)


@dataclass(frozen=True, slots=True)
class AlgorithmExplanation:
    """One algorithm: its executor, or why it has none."""

    algorithm: Algorithm
    executor: Executor | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class CallExplanation:
    """Who would answer a call that asks for `status`: each algorithm with its share of such calls, or why nobody.

    The shares sum to 1; there are two only while an A/B test, `ab_test_id`, takes the call.
    """

    status: Status | None
    shares: tuple[tuple[Algorithm, float], ...]
    ab_test_id: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """All algorithms of an endpoint in id order, and the three kinds of calls."""

    endpoint: str
    algorithms: tuple[AlgorithmExplanation, ...]
    calls: tuple[CallExplanation, ...]


def explain(snapshot: Snapshot, endpoint_name: str) -> Explanation:
    """How `endpoint_name` is served at this revision of the catalogue. Raises EndpointNotFound."""
    endpoint = snapshot.endpoint_named(endpoint_name)
    algorithms = tuple(
        AlgorithmExplanation(
            algorithm, snapshot.executors.get(algorithm.id), snapshot.unready.get(algorithm.id)
        )
        for algorithm in snapshot.algorithms_of(endpoint.id)
    )
    return Explanation(endpoint.name, algorithms, tuple(_call(snapshot, endpoint.name, s) for s in CALLS))


def _call(snapshot: Snapshot, endpoint: str, status: Status | None) -> CallExplanation:
    try:
        shares, ab_test_id = _shares(snapshot.table, endpoint, AlgorithmConditions(status=status))
    except NotChosen as error:
        return CallExplanation(status, (), None, error.message)
    found = tuple((snapshot.algorithms[id_], share) for id_, share in shares.items())
    return CallExplanation(status, found, ab_test_id)


def _shares(
    table: RoutingTable, endpoint: str, conditions: AlgorithmConditions
) -> tuple[dict[int, float], int | None]:
    """The share of each algorithm by id: the two ends of the draw show both arms of a test."""
    shares = {}
    for draw in (HIGHEST_DRAW, LOWEST_DRAW):
        route = table.choose(endpoint, conditions, None, partial(float, draw))
        shares[route.algorithm_id] = 1.0 if route.serving_probability is None else route.serving_probability
    return shares, route.ab_test_id


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
