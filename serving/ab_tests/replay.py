"""Would this algorithm have done better? Runs it over old requests whose truth is known; nothing is logged."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import orjson

from domain.ab_tests.disagreement import AnswerChange, change_of, disagrees
from domain.ab_tests.observation import Observation, Scores, score
from domain.ab_tests.plan import Plan, ServingMode, new_plan
from domain.ab_tests.results.cautions import UnscoredCounts
from domain.ab_tests.results.result import MOST_DIFFERING, DifferingAnswer, Replay, Result, result_of
from domain.ab_tests.sums import TestSums
from domain.ab_tests.tally import Tally
from domain.callers import Scope, Viewer
from domain.catalog.classes import Classes
from domain.catalog.entries import Algorithm
from domain.catalog.truth import scorable_feedback
from domain.errors import AlgorithmNotAvailable, Failure, InvalidFeatures, InvalidInput
from domain.history.filters import Position, RequestFilter, RequestOrder
from domain.history.retention import KeptRequests, Stage
from domain.requests import request_ids
from domain.requests.new_request import ArmAnswer
from domain.requests.request import Answer, Request
from domain.statistics.rules import VerdictRules
from domain.words import Arm, Fault, Kind, Outcome
from orm.connection.client import Reader
from orm.connection.database import Database
from orm.queries.history import requests
from orm.queries.retention import rules
from registry.endpoints import EndpointSpec
from registry.features import Row
from serving.catalog.catalog import Snapshot
from serving.feedback.scoring import classes_for, numeric_classes
from serving.json_text import kept_json
from serving.ports import Executor, Progress

CHUNK = 512
MAX_REQUESTS = 1_000_000
EVEN = 0.5


async def replay(
    database: Database,
    snapshot: Snapshot,
    viewer: Viewer,
    algorithm_id: int,
    where: RequestFilter | None,
    *,
    limit: int,
    progress: Progress | None,
) -> Replay:
    """Compare an algorithm with what was served then, on up to `limit` requests with feedback, newest first.

    In chunks: reading happens on a reader, checking and running in threads, and a cancelled caller stops it
    between two of them. `progress` is called with (done, of) after each chunk. Raises AlgorithmNotFound,
    AlgorithmNotAvailable when it is not loaded, InvalidInput for the limit, Forbidden, Overloaded.
    """
    algorithm = snapshot.algorithm(algorithm_id)
    executor, spec = loaded(snapshot, algorithm)
    if not 1 <= limit <= MAX_REQUESTS:
        raise InvalidInput(f"limit must lie between 1 and {MAX_REQUESTS:,}.", path=("limit",))
    wanted = RequestFilter(
        endpoint_ids=(algorithm.endpoint_id,), with_feedback=True, and_=() if where is None else (where,)
    )
    total = await database.read(requests.count_requests, viewer, wanted, limit)
    # Private values go into the algorithm and nowhere else: what comes back are figures over all requests.
    server = replace(
        viewer, principal=replace(viewer.principal, scopes=viewer.principal.scopes | {Scope.READ_PRIVATE})
    )
    plan = plan_of(spec)
    scorer = _Scorer(
        algorithm.kind,
        classes_for(algorithm.endpoint_id, snapshot),
        numeric_classes(algorithm.endpoint_id, snapshot),
        plan.rules,
        Tally(plan),
    )
    done = compared = 0
    after: Position | None = None
    while done < total:
        page = await database.read(
            requests.page_requests,
            server,
            limit=min(CHUNK, total - done),
            where=wanted,
            order=RequestOrder.ID_DESC,
            after=after,
            columns=frozenset({"input"}),
        )
        if not page:
            break
        compared += await _compare(page, spec, executor, scorer)
        done, after = done + len(page), Position(page[-1].id)
        if progress is not None:
            progress(done, total)
    found = await asyncio.to_thread(result_of_sums, scorer.tally.sums(), plan, algorithm_id, scorer.unscored)
    removed = await database.read(removed_inputs, algorithm.endpoint_id, where, snapshot)
    found = replace(found, warnings=(*found.warnings, *removed))
    differing = await database.read(_differing, viewer, scorer.differing)
    return Replay(algorithm_id, compared, done - compared, found, differing)


@dataclass(slots=True)
class _Scorer:
    """Holds answers against the ground truth and adds up how right they were; truths that are no class are counted."""

    kind: Kind
    classes: Classes | None
    numeric: bool
    rules: VerdictRules
    tally: Tally
    unscored: int = 0
    differing: list[tuple[Observation, Scores]] = field(default_factory=list)
    kept: Counter[AnswerChange] = field(default_factory=Counter)

    def add(self, requests: Iterable[Request], answers: Iterable[Answer | Failure]) -> None:
        for request, answer in zip(requests, answers, strict=True):
            truth = scorable_feedback(request.feedback, self.classes)
            self.unscored += truth is None
            observation = _observation(request, answer)
            scores = score(
                observation, self.kind, truth, numeric=self.numeric, rules=self.rules, classes=self.classes
            )
            self.tally.add(observation, EVEN, scores)
            change = change_of(scores)
            if self.kept[change] < MOST_DIFFERING and disagrees(observation, self.kind):
                self.kept[change] += 1
                self.differing.append((observation, scores))


def result_of_sums(sums: TestSums, plan: Plan, algorithm_id: int, unscored: int) -> Result:
    """The comparison that the sums are; `unscored` truths are no declared classes."""
    return result_of(
        sums,
        plan,
        timedelta(0),
        algorithm_ids=(None, algorithm_id),
        unscored=UnscoredCounts(unscored),
    )


async def removed_inputs(
    reader: Reader, endpoint_id: int, where: RequestFilter | None, snapshot: Snapshot
) -> list[str]:
    """That requests which were asked for have gone, or have no inputs to run an algorithm on."""
    found = (await rules.retentions_of(reader, [endpoint_id])).get(endpoint_id)
    start = 0 if found is None else found.position(Stage.INPUTS)
    if not start or not KeptRequests({endpoint_id: start}).gone(where, endpoint_id):
        return []
    since = request_ids.time_of(start).isoformat(timespec="seconds")
    name = snapshot.endpoint(endpoint_id).name
    return [f"inputs of requests of {name} before {since} are no longer kept: they could not be compared"]


async def _differing(
    reader: Reader, viewer: Viewer, found: Sequence[tuple[Observation, Scores]]
) -> tuple[DifferingAnswer, ...]:
    """The requests on which both answers differ, as the caller may see them."""
    seen = await requests.requests_by_ids(reader, viewer, [one.request_id for one, _ in found])
    return tuple(
        DifferingAnswer(
            seen[one.request_id],
            replace(one.champion, correct=scores.champion_correct, residual=scores.champion_residual),
            replace(one.challenger, correct=scores.challenger_correct, residual=scores.challenger_residual),
            change_of(scores),
        )
        for one, scores in found
        if one.request_id in seen and one.champion is not None and one.challenger is not None
    )


async def _compare(page: Sequence[Request], spec: EndpointSpec, executor: Executor, scorer: _Scorer) -> int:
    """Run one chunk and tally it; how many of its requests could be compared."""
    rows = await asyncio.to_thread(
        lambda: [comparable_row(one.outcome, one.fault, one.input, spec) for one in page]
    )
    usable = [(request, row) for request, row in zip(page, rows, strict=True) if row is not None]
    if not usable:
        return 0
    answers = await executor.run([row for _, row in usable])
    await asyncio.to_thread(scorer.add, [request for request, _ in usable], answers)
    return len(usable)


def comparable_row(outcome: str, fault: str | None, text: str, spec: EndpointSpec) -> Row | None:
    """The features of a logged request as its algorithm takes them, or None where it cannot be compared."""
    if outcome == Outcome.ERROR and fault != Fault.ALGORITHM:
        return None
    try:  # Nearly all of them; what else a text may hold is looked at where this fails.
        return spec.features.validate(orjson.loads(text))
    except (orjson.JSONDecodeError, InvalidFeatures):
        given = kept_json(text)
    # As JSON, as JSON of the old service's clients, as a form: the log does not say which it was.
    for reading in ({}, {"numeric_texts": True}, {"from_form": True}):
        try:
            return spec.features.validate(given, **reading)
        except InvalidFeatures:
            continue
    return None


def _observation(request: Request, answer: Answer | Failure) -> Observation:
    """What was served then stands for the champion. Latencies are not compared: then and now are not alike."""
    failed = request.outcome is Outcome.ERROR
    return Observation(
        request_id=request.id,
        ab_test_id=0,
        epoch_id=0,
        drawn_arm=Arm.CHAMPION,
        served_arm=Arm.CHAMPION,
        subject=request.subject,
        complete=True,
        champion=ArmAnswer(request.label, request.value, failed),
        challenger=ArmAnswer(failed=True)
        if isinstance(answer, Failure)
        else ArmAnswer(answer.label, answer.value),
    )


def plan_of(spec: EndpointSpec) -> Plan:
    """What was served then is the champion of a test in which nothing is drawn, and nothing is guarded."""
    return new_plan(
        spec.kind,
        serve=ServingMode.CHAMPION_ONLY,
        guarded=False,
        auto_decide=False,
        largest_error=spec.largest_error,
    )


def loaded(snapshot: Snapshot, algorithm: Algorithm) -> tuple[Executor, EndpointSpec]:
    """What runs an algorithm, and what its endpoint declares. Raises AlgorithmNotAvailable."""
    name = snapshot.endpoint(algorithm.endpoint_id).name
    if algorithm.id not in snapshot.executors:
        raise AlgorithmNotAvailable(
            f"{algorithm} of {name} is not loaded: {snapshot.unready[algorithm.id]}.", path=("algorithm",)
        )
    return snapshot.executors[algorithm.id], snapshot.specs[name]
