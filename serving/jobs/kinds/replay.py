"""A replay as a job: how an algorithm would have done on any number of logged requests with feedback."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from domain.ab_tests.disagreement import AnswerChange
from domain.ab_tests.plan import plan_from
from domain.ab_tests.results.replay_part import (
    Compared,
    ReplayPart,
    ReplayRules,
    Said,
    digest_with,
    part_from,
)
from domain.ab_tests.results.result import DifferingAnswer, Replay
from domain.ab_tests.stored_sums import sums_from
from domain.callers import Viewer
from domain.catalog.entries import Algorithm
from domain.errors import AlgorithmFailed, AlgorithmUnreachable, DeadlineExceeded, Failure, InvalidInput
from domain.history.filters import RequestFilter
from domain.jobs import Job, JobKind, Planned, Unit
from domain.requests import request_ids
from domain.requests.new_request import ArmAnswer
from domain.requests.request import Answer
from domain.words import JSONValue, Outcome
from orm.queries.history import requests
from orm.queries.jobs import replay_rows
from orm.queries.jobs.replay_rows import ReplayRow
from registry.discovery import key_of
from registry.endpoints import EndpointSpec
from registry.features import Row
from serving.ab_tests.replay import comparable_row, loaded, plan_of, removed_inputs, result_of_sums
from serving.catalog.catalog import Catalog, Snapshot
from serving.feedback.scoring import classes_for, numeric_classes
from serving.jobs.kinds.kind import Advance, Parameters
from serving.jobs.kinds.ranges import ROWS, request_ranges
from serving.ports import Executor
from serving.services import Services

PAGE = 2_000
"""Requests that are read, checked and run in one go."""
BATCH = 512
"""Rows that an algorithm is asked for at once, at most."""
ERROR = Outcome.ERROR.value
SHARE_OF_DEADLINE = 0.1
"""How much of an algorithm's deadline a batch may take, by what one row alone costs."""


class ReplayKind:
    """Runs an algorithm over logged requests, and counts how often it would have been right."""

    kind = JobKind.REPLAY
    newest_first = True

    def __init__(self, rows: int = ROWS) -> None:
        self._rows = rows

    async def plan(self, services: Services, parameters: Parameters) -> Planned:
        """See `Kind`. Raises AlgorithmNotFound, AlgorithmNotAvailable, InvalidInput."""
        snapshot = services.catalog.snapshot
        algorithm = snapshot.algorithm(_id_of(parameters))
        lo, hi = _first_of(parameters, "created_from") or 0, _first_of(parameters, "created_before")
        served_by = parameters.get("served_by")
        if served_by is not None:
            snapshot.algorithm(_id_of(parameters, "served_by"))
        kept: dict[str, JSONValue] = {
            "algorithm": algorithm.id,
            "endpoint": snapshot.endpoint(algorithm.endpoint_id).name,
            "served_by": served_by,
            "created_from": parameters.get("created_from"),
            "created_before": parameters.get("created_before"),
            # Subjects are told apart across units by digests that mean nothing outside of this job.
            "_salt": secrets.token_hex(16),
        }
        identity = self.identity(services, kept)
        units = await request_ranges(services.database, algorithm.endpoint_id, lo=lo, hi=hi, rows=self._rows)
        return Planned(kept, identity, units)

    def identity(self, services: Services, parameters: Parameters) -> dict[str, JSONValue]:
        """The digests of the model and of its endpoint's declaration."""
        snapshot = services.catalog.snapshot
        algorithm = snapshot.algorithm(_id_of(parameters))
        _, spec = loaded(snapshot, algorithm)
        return {
            "algorithm": f"{spec.name}: {algorithm}",
            "model": model_digest(services.catalog, spec.name, algorithm),
            "declaration": spec.digest,
        }

    async def run(self, services: Services, job: Job, unit: Unit, advance: Advance) -> JSONValue:
        """The sums of the unit's requests that have feedback."""
        snapshot = services.catalog.snapshot
        algorithm = snapshot.algorithm(_id_of(job.parameters))
        executor, spec = loaded(snapshot, algorithm)
        where = _where(job, algorithm)
        run = _Run(
            spec, executor, rules_for(snapshot, algorithm, spec), digest_with(str(job.parameters["_salt"]))
        )
        before, done = unit.hi, 0
        while True:
            page = await services.database.read(
                replay_rows.page, where, lo=unit.lo, before=before, limit=PAGE
            )
            if not page:
                return run.part.as_json()
            await run.add(page)
            before, done = page[-1].id, done + len(page)
            advance(done)

    async def result(self, services: Services, job: Job, results: AsyncIterator[Any]) -> JSONValue:
        """What the replay found: figures for people, and the sums that everything follows from."""
        snapshot = services.catalog.snapshot
        algorithm = snapshot.algorithm(_id_of(job.parameters))
        spec = snapshot.specs[snapshot.endpoint(algorithm.endpoint_id).name]
        whole = ReplayPart()
        async for stored in results:
            await asyncio.to_thread(lambda one: whole.merge(part_from(one)), stored)
        # What retention removed before the end of the job, or during it: those requests are not in the sums.
        since = _first_of(job.parameters, "created_from")
        where = RequestFilter(created_from=None if since is None else request_ids.time_of(since))
        removed = await services.database.read(removed_inputs, algorithm.endpoint_id, where, snapshot)
        return await asyncio.to_thread(_summary, whole, algorithm, spec, removed)


def _summary(
    whole: ReplayPart, algorithm: Algorithm, spec: EndpointSpec, removed: Sequence[str]
) -> JSONValue:
    plan = plan_of(spec)
    sums = whole.sums(plan)
    found = result_of_sums(sums, plan, algorithm.id, whole.unscored)
    return {
        "algorithm": algorithm.id,
        "requests": whole.requests,
        "skipped": whole.skipped,
        "unscored": whole.unscored,
        "reason": found.reason,
        "metric": plan.rules.metric.value,
        "served": found.champion.value,
        "replayed": found.challenger.value,
        "plan": plan.as_json(),
        "sums": asdict(sums),
        "differing": [*whole.differing],
        "removed": [*removed],
    }


@dataclass(slots=True)
class _Run:
    """What a unit is run with, and what it adds up to."""

    spec: EndpointSpec
    executor: Executor
    rules: ReplayRules
    digest: Callable[[str], str]
    part: ReplayPart = field(default_factory=ReplayPart)

    async def add(self, page: Sequence[ReplayRow]) -> None:
        """Check, run and add up some requests; in threads, so that leases are renewed meanwhile."""
        checked = await asyncio.to_thread(self._checked, page)
        answers: list[Answer | Failure] = []
        batch = _batch_of(self.executor)
        for start in range(0, len(checked), batch):
            answers += await self.executor.run([row for _, row in checked[start : start + batch]])
        await asyncio.to_thread(self._add, page, checked, answers)

    def _checked(self, page: Sequence[ReplayRow]) -> list[tuple[ReplayRow, Row]]:
        rows = [(one, comparable_row(one.outcome, one.fault, one.input, self.spec)) for one in page]
        return [(one, row) for one, row in rows if row is not None]

    def _add(
        self,
        page: Sequence[ReplayRow],
        checked: Sequence[tuple[ReplayRow, Row]],
        answers: Sequence[Answer | Failure],
    ) -> None:
        compared = [
            Compared(
                one.id, (one.label, one.value, one.outcome == ERROR), _said(answer), one.feedback, one.subject
            )
            for (one, _), answer in zip(checked, answers, strict=True)
        ]
        self.part.add(compared, self.rules, self.digest)
        self.part.skipped += len(page) - len(checked)


def _said(answer: Answer | Failure) -> Said:
    """An algorithm's own failure is an answer; one that did not come in time is none, and the unit is tried again."""
    if not isinstance(answer, Failure):
        return answer.label, answer.value, False
    if answer.code != AlgorithmFailed.code:
        late = answer.code == DeadlineExceeded.code
        raise DeadlineExceeded(answer.message) if late else AlgorithmUnreachable(answer.message)
    return None, None, True


def _batch_of(executor: Executor) -> int:
    if executor.cost <= 0:
        return BATCH
    return max(1, min(BATCH, int(executor.bounds.deadline * SHARE_OF_DEADLINE / executor.cost)))


def rules_for(snapshot: Snapshot, algorithm: Algorithm, spec: EndpointSpec) -> ReplayRules:
    """What answers of an algorithm are judged by."""
    endpoint_id = algorithm.endpoint_id
    return ReplayRules(
        plan_of(spec), classes_for(endpoint_id, snapshot), numeric_classes(endpoint_id, snapshot)
    )


def model_digest(catalog: Catalog, endpoint: str, algorithm: Algorithm) -> str:
    """What tells the model that this process runs from every other: of its manifest, its file, or its class."""
    key = (endpoint, algorithm.name, algorithm.version)
    registered = next(one for one in catalog.loaded.registry.algorithms if key_of(one) == key)
    if registered.digest is not None:
        return registered.digest
    if registered.artifact is not None:
        return registered.artifact.manifest.model.sha256
    return hashlib.sha256(registered.code.encode()).hexdigest()


async def replay_of(services: Services, result: str, viewer: Viewer) -> Replay:
    """What a replay found that is done, as `replay` returns it; differing requests as the viewer may see them."""
    stored: Mapping[str, Any] = orjson.loads(result)
    found = result_of_sums(
        sums_from(stored["sums"]), plan_from(stored["plan"]), stored["algorithm"], stored["unscored"]
    )
    found = replace(found, warnings=(*found.warnings, *stored["removed"]))
    ids = [int(one["request_id"]) for one in stored["differing"]]
    seen = await services.database.read(requests.requests_by_ids, viewer, ids)
    differing = tuple(
        DifferingAnswer(
            seen[int(one["request_id"])],
            ArmAnswer(**one["served"]),
            ArmAnswer(**one["answer"]),
            AnswerChange(one["change"]),
        )
        for one in stored["differing"]
        if int(one["request_id"]) in seen
    )
    return Replay(stored["algorithm"], stored["requests"], stored["skipped"], found, differing)


def _where(job: Job, algorithm: Algorithm) -> RequestFilter:
    served_by = job.parameters.get("served_by")
    return RequestFilter(
        endpoint_ids=(algorithm.endpoint_id,),
        with_feedback=True,
        algorithm_ids=None if served_by is None else (_id_of(job.parameters, "served_by"),),
    )


def _id_of(parameters: Parameters, name: str = "algorithm") -> int:
    value = parameters.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(f"{name} must be the id of an algorithm, not {value!r}.", path=(name,))
    return value


def _first_of(parameters: Parameters, name: str) -> int | None:
    """The lowest id at or after the time that a parameter holds."""
    value = parameters.get(name)
    if value is None:
        return None
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise InvalidInput(f"{name} must say its zone, for example 2026-01-31T12:00:00Z.", path=(name,))
    return request_ids.first_at(moment)
