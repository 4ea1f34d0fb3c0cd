"""Scores observations: how right both arms of a test were on a request, once its ground truth is known."""

from __future__ import annotations

from collections.abc import Iterable

from domain.observation import score
from domain.types import Kind, Request
from orm.client import Tx
from orm.queries import observations
from serving.catalog import Snapshot


async def rescore(tx: Tx, requests: Iterable[Request], snapshot: Snapshot) -> None:
    """Write the scores that follow from the requests' present feedback; none where it was cleared.

    The requests must be locked. What is written depends on the observation and the feedback only, so that any
    sequence of corrections ends where the last one alone would have led.
    """
    in_tests = {request.id: request for request in requests if request.ab_test_id is not None}
    if not in_tests:
        return
    found = await observations.observations_by_ids(tx, in_tests)
    scores = [
        (
            id_,
            score(
                observation,
                kind_of(in_tests[id_], snapshot),
                in_tests[id_].feedback,
                numeric=is_numeric(in_tests[id_], snapshot),
            ),
        )
        for id_, observation in sorted(found.items())
    ]
    await observations.store_scores(tx, scores)


def kind_of(request: Request, snapshot: Snapshot) -> Kind:
    """What the request's algorithm answers; for a request that no algorithm took, what its endpoint does."""
    if request.algorithm_id is not None and request.algorithm_id in snapshot.algorithms:
        return snapshot.algorithms[request.algorithm_id].kind
    spec = snapshot.specs.get(snapshot.endpoint(request.endpoint_id).name)
    return Kind.CLASSIFIER if spec is None else spec.kind


def is_numeric(request: Request, snapshot: Snapshot) -> bool:
    """Whether the classes of the request's endpoint are numbers, so that 1 and 1.0 are the same."""
    return numeric_classes(request.endpoint_id, snapshot)


def numeric_classes(endpoint_id: int, snapshot: Snapshot) -> bool:
    """The same of an endpoint."""
    spec = snapshot.specs.get(snapshot.endpoint(endpoint_id).name)
    return spec is not None and spec.numeric_classes
