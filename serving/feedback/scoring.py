"""Scores observations: how right both arms of a test were on a request, once its ground truth is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.ab_tests.observation import Observation, Scores, score
from domain.ab_tests.plan import Plan
from domain.catalog.classes import Classes, classes_of
from domain.catalog.truth import scorable_feedback
from domain.pacing import FEEDBACK_ROWS_ON_LOOP, in_thread_if
from domain.requests import feedback
from domain.requests.feedback import FeedbackUpdate
from domain.requests.request import Request
from domain.words import Fault, Kind
from orm.connection.client import Tx
from orm.queries.ab_tests import ab_tests, observations
from serving.catalog.catalog import Snapshot


async def rescore(tx: Tx, requests: Iterable[Request], snapshot: Snapshot) -> None:
    """Write the scores that follow from the requests' present feedback; none where it was cleared.

    The requests must be locked. What is written depends on the observation and the feedback only, so that any
    sequence of corrections ends where the last one alone would have led.
    """
    in_tests = {request.id: request for request in requests if request.ab_test_id is not None}
    if not in_tests:
        return
    found = await observations.observations_by_ids(tx, in_tests)
    plans = await _plans_of(tx, {observation.ab_test_id for observation in found.values()}, snapshot)
    many = len(found) > FEEDBACK_ROWS_ON_LOOP
    scores = await in_thread_if(many, _scores, in_tests, found, plans, snapshot)
    await observations.store_scores(tx, scores)


def _scores(
    requests: Mapping[int, Request],
    found: Mapping[int, Observation],
    plans: Mapping[int, Plan],
    snapshot: Snapshot,
) -> list[tuple[int, Scores]]:
    return [
        (
            id_,
            score(
                observation,
                kind_of(requests[id_], snapshot),
                scoring_feedback(requests[id_], snapshot),
                numeric=numeric_classes(requests[id_].endpoint_id, snapshot),
                rules=plans[observation.ab_test_id].rules,
                classes=classes_for(requests[id_].endpoint_id, snapshot),
            ),
        )
        for id_, observation in sorted(found.items())
    ]


async def _plans_of(tx: Tx, ab_test_ids: Iterable[int], snapshot: Snapshot) -> dict[int, Plan]:
    """The plans of these tests, which say what is scored; those of running tests are known without asking."""
    running = {test.id: test.plan for test in snapshot.running_tests.values()}
    others = [id_ for id_ in ab_test_ids if id_ not in running]
    ended = await ab_tests.ab_tests_by_ids(tx, others) if others else {}
    return running | {id_: test.plan for id_, test in ended.items()}


def kind_of(request: Request, snapshot: Snapshot) -> Kind:
    """What the request's algorithm answers; for a request that no algorithm took, what its endpoint does."""
    if request.algorithm_id is not None and request.algorithm_id in snapshot.algorithms:
        return snapshot.algorithms[request.algorithm_id].kind
    spec = snapshot.spec_of(request.endpoint_id)
    return Kind.CLASSIFIER if spec is None else spec.kind


def with_scores(request: Request, snapshot: Snapshot) -> Request:
    """The request with `correct` and `residual` as they follow from its feedback."""
    correct: bool | None = None
    residual: float | None = None
    truth = scoring_feedback(request, snapshot)
    if truth is not None:
        if request.label is not None:
            correct = feedback.is_correct(
                request.label, truth, numeric=numeric_classes(request.endpoint_id, snapshot)
            )
        elif request.value is not None:
            residual = feedback.residual(request.value, truth)
        elif request.fault is Fault.ALGORITHM and kind_of(request, snapshot) is Kind.CLASSIFIER:
            correct = False  # An algorithm's own failure is a wrong answer; a regressor's has no residual.
    return replace(request, correct=correct, residual=residual)


def updates_of(requests: Iterable[Request]) -> list[FeedbackUpdate]:
    """What the feedback of these requests and their scores write to the log, in id order."""
    return [
        FeedbackUpdate(r.id, r.feedback, r.feedback_at, r.correct, r.residual)
        for r in sorted(requests, key=lambda request: request.id)
    ]


def scoring_feedback(request: Request, snapshot: Snapshot) -> str | None:
    """The request's feedback as far as it scores: None where it is no class that its endpoint declares."""
    return scorable_feedback(request.feedback, classes_for(request.endpoint_id, snapshot))


def classes_for(endpoint_id: int, snapshot: Snapshot) -> Classes | None:
    """The classes that an endpoint declares; None where it declares none, as a regressor's."""
    spec = snapshot.spec_of(endpoint_id)
    if spec is None or spec.classes is None:
        return None
    return classes_of(spec.classes, numeric=spec.numeric_classes, positive=spec.positive_class)


def numeric_classes(endpoint_id: int, snapshot: Snapshot) -> bool:
    """Whether the classes of an endpoint are numbers, so that 1 and 1.0 are the same."""
    spec = snapshot.spec_of(endpoint_id)
    return spec is not None and spec.numeric_classes


def declared_classes(snapshot: Snapshot) -> dict[int, Classes]:
    """The classes of each endpoint that declares some, by endpoint id."""
    return {id_: classes for id_ in snapshot.endpoints if (classes := classes_for(id_, snapshot)) is not None}
