"""The hot path: one prediction in five visible lines, and every one of them is kept."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Sequence

import orjson

from domain.callers import Principal, Scope, require_on
from domain.catalog.routing import UNCONDITIONAL, Route
from domain.errors import (
    ExternalIdTaken,
    Failure,
    IdempotencyConflict,
    InvalidFeatures,
    InvalidInput,
    NotChosen,
    TooManyRows,
)
from domain.pacing import PREDICTION_ROWS_ON_LOOP, in_thread_if, let_go
from domain.requests.external_ids import external_id_problem, repeated
from domain.requests.new_request import NewRequest
from domain.requests.request import Answer, PredictCommand, Prediction, Request
from domain.spans import span
from domain.words import Fault, JSONValue, Outcome
from orm.connection.database import Database
from orm.queries.history import idempotency, requests
from registry.endpoints import EndpointSpec
from registry.features import Row
from serving.catalog.catalog import Catalog, Snapshot
from serving.json_text import as_sent, probabilities_in, stored_json
from serving.log.request_log import AlreadyClaimed, Claim, ExternalIdsTaken, RequestLog
from serving.ports import Clock, Observer
from serving.predictions.completer import Completer
from serving.predictions.logged_rows import indexed, set_answer, text_of_checked
from serving.predictions.plain import PlainCall, PlainPredictions
from serving.predictions.row_sizes import largest_row, refusal, within_bounds
from serving.predictions.runner import CHALLENGER_DEADLINE, CallResult, Runner

MAX_ROWS = 10_000
MAX_TEXT = 256
SYSTEM_RANDOM = random.SystemRandom()


class Predictor:
    """Validates, chooses, runs, logs and answers. A row that fails is logged and answered like any other."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        log: RequestLog,
        completer: Completer,
        clock: Clock,
        *,
        random_source: Callable[[], float] = SYSTEM_RANDOM.random,
        timer: Callable[[], float] = time.perf_counter,
        challenger_deadline: float = CHALLENGER_DEADLINE,
        observe: Observer | None = None,
        plain: bool = True,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._log = log
        self._clock = clock
        self._random = random_source
        self._timer = timer
        self._completer = completer
        self._runner = Runner(timer, challenger_deadline=challenger_deadline)
        self._observe = observe
        self.plain = PlainPredictions(catalog, log, timer=timer, observe=observe, enabled=plain)

    async def predict(self, command: PredictCommand) -> tuple[Prediction, ...]:
        """One durable prediction a row, in the rows' order; a row without an answer carries its failure.

        Raises EndpointNotFound, TooManyRows (none, or more than 10,000), InvalidInput (subject, key or external id
        that cannot be kept), Overloaded, DatabaseUnavailable, IdempotencyConflict, ExternalIdTaken, and Forbidden for
        a caller who may not predict this endpoint; then nothing has been stored. Raises CommitUnknown where nobody
        knows.
        """
        require_on(command.principal, Scope.PREDICT, command.endpoint)
        plain = self._plain(command) if len(command.rows) == 1 else None
        if plain is not None:
            return (prediction_of(*await plain.stored()),)
        _check(command)
        many = len(command.rows) > PREDICTION_ROWS_ON_LOOP
        if command.named is not None:
            await in_thread_if(many, _check_names, command, command.named)
        command = await in_thread_if(many, within_bounds, command, self._catalog.snapshot)
        if command.idempotency_key is not None:
            return await self._predict_once(command, command.idempotency_key)
        return await self._predict(command, None)

    def prepare(self, principal: Principal, endpoint: str, row: JSONValue) -> PlainCall | None:
        """One row about which nothing else is said, as a plain prediction that is not begun; None where it is none.

        Raises Forbidden for a caller who may not predict this endpoint.
        """
        require_on(principal, Scope.PREDICT, endpoint)
        return self.plain.prepare(endpoint, row, None)

    def _plain(self, command: PredictCommand) -> PlainCall | None:
        """A command of one row as a plain prediction, where it is one."""
        if (
            command.conditions != UNCONDITIONAL
            or command.idempotency_key is not None
            or command.subject is not None
            or command.named is not None
            or command.from_form
        ):
            return None
        return self.plain.prepare(
            command.endpoint,
            command.rows[0],
            None if command.texts is None else command.texts[0],
            blank_rows=command.blank_rows,
            numeric_texts=command.numeric_texts,
        )

    async def _predict(self, command: PredictCommand, claim: Claim | None) -> tuple[Prediction, ...]:
        started, snapshot, count = self._timer(), self._catalog.snapshot, len(command.rows)
        many = count > PREDICTION_ROWS_ON_LOOP
        with span("validate", {"arbiter.rows": count}):
            rows = await in_thread_if(many, _validate, command, snapshot)
        with span("choose"):
            routes = await in_thread_if(many, self._choose, command, snapshot)
        with span("run"):
            result = await self._runner.run(rows, routes, snapshot)
        with span("log"):
            logged = await in_thread_if(
                many, _log_rows, command, snapshot, rows, result, latency=self._timer() - started
            )
            stored = await self._append(command, logged, claim)
        self._completer.follow(result.pending, stored)
        answered = await in_thread_if(many, self._answer, stored, result.answers)
        if many:
            held: list[object] = [rows, routes, result, logged, stored]
            del rows, routes, result, logged, stored
            await let_go(held)
        return answered

    async def _append(
        self, command: PredictCommand, rows: list[NewRequest], claim: Claim | None
    ) -> list[NewRequest]:
        try:
            return await self._log.append(rows, claim)
        except ExternalIdsTaken as error:
            named = command.named or ()
            raise ExternalIdTaken(
                [(named[one.place] or "", one.request_id) for one in error.taken],
                [command.path_of_name(one.place) for one in error.taken],
            ) from None

    def _choose(self, command: PredictCommand, snapshot: Snapshot) -> list[Route | Failure]:
        """A route for each row, since in a test each row is drawn by itself; or the failure of all of them."""
        table, conditions, subject = snapshot.table, command.conditions, command.subject
        try:
            return [table.choose(command.endpoint, conditions, subject, self._random) for _ in command.rows]
        except NotChosen as error:
            return [error.as_failure()] * len(command.rows)

    def _answer(self, stored: list[NewRequest], answers: list[Answer | Failure]) -> tuple[Prediction, ...]:
        given = [row.refused or answer for row, answer in zip(stored, answers, strict=True)]
        if self._observe is not None:
            for row, answer in zip(stored, given, strict=True):
                self._observe(row, answer if isinstance(answer, Failure) else None)
        return tuple(map(prediction_of, stored, given))

    async def _predict_once(self, command: PredictCommand, key: str) -> tuple[Prediction, ...]:
        """Predict under an idempotency key: a retry, even one that races, gets the first call's answer."""
        fingerprint = await in_thread_if(len(command.rows) > PREDICTION_ROWS_ON_LOOP, _fingerprint, command)
        claim = Claim(command.principal.name, key, fingerprint)
        first = await self._first_answer(claim)
        if first is not None:
            return first
        try:
            return await self._predict(command, claim)
        except (AlreadyClaimed, ExternalIdTaken) as error:
            # The external ids of a retry are taken by its own first call.
            first = await self._first_answer(claim)
            if first is not None:
                return first
            if isinstance(error, ExternalIdTaken):
                raise
            raise RuntimeError("an idempotency key is taken, but its answer is gone") from None

    async def _first_answer(self, claim: Claim) -> tuple[Prediction, ...] | None:
        """What the first call under this key was answered, or None when there was none.

        Raises IdempotencyConflict when the first call was another command.
        """
        async with self._database.own_reader() as reader:
            found = await idempotency.lookup(reader, claim.principal, claim.key, self._clock())
            if found is None:
                return None
            if found.fingerprint != claim.fingerprint:
                raise IdempotencyConflict(
                    "This idempotency key was used for another command: send a new key with a new command.",
                    path=("idempotencyKey",),
                )
            # The server itself reads: a caller gets its own answer again even without the right to read the log.
            logged = await requests.requests_by_ids(reader, None, found.request_ids)
        return tuple(_logged_prediction(logged[id_]) for id_ in found.request_ids)


def prediction_of(row: NewRequest, answer: Answer | Failure) -> Prediction:
    """A stored row with what it is answered."""
    if isinstance(answer, Failure):
        return Prediction(row.as_request(), answer)
    return Prediction(row.as_request(), None, answer.probabilities)


def _check(command: PredictCommand) -> None:
    if not 1 <= len(command.rows) <= MAX_ROWS:
        raise TooManyRows(f"Send 1 to {MAX_ROWS} rows at once, not {len(command.rows)}.", path=("rows",))
    for name, text in (("subject", command.subject), ("idempotencyKey", command.idempotency_key)):
        if text is not None and not (0 < len(text) <= MAX_TEXT and text.isprintable()):
            raise InvalidInput(f"{name} must have 1 to {MAX_TEXT} printable characters.", path=(name,))


def _check_names(command: PredictCommand, named: Sequence[str | None]) -> None:
    """Each row may have an external id, and each has its own."""
    if len(named) != len(command.rows):
        raise InvalidInput(
            f"Each row needs an external id of its own, or null: there are {len(named)} for {len(command.rows)} rows.",
            path=("externalIds",),
        )
    for place, text in enumerate(named):
        problem = None if text is None else external_id_problem(text)
        if problem is not None:
            raise InvalidInput(f"An external id {problem}.", path=command.path_of_name(place))
    twice = repeated(named)
    if twice is not None:
        raise InvalidInput(
            f"The rows {twice[0]} and {twice[1]} have the same external id: send each row with its own.",
            path=command.path_of_name(twice[1]),
        )


def _validate(command: PredictCommand, snapshot: Snapshot) -> list[Row | Failure]:
    """Each row's values in the endpoint's order, or its failure. Raises EndpointNotFound."""
    endpoint = snapshot.endpoint_named(command.endpoint)
    spec = snapshot.specs.get(endpoint.name)
    if spec is None:
        # Its code is gone, so nothing can be chosen either; the choice says so, with the cure.
        return [InvalidFeatures([f"the features of {endpoint.name} are not known"]).as_failure()] * len(
            command.rows
        )
    rows = [_validated_row(row, spec, command) for row in command.rows]
    for place in command.too_large:
        rows[place] = refusal(largest_row(command, snapshot)).as_failure()
    return rows


def _validated_row(row: JSONValue, spec: EndpointSpec, command: PredictCommand) -> Row | Failure:
    try:
        values = spec.features.validate(row, from_form=command.from_form, numeric_texts=command.numeric_texts)
        if not command.blank_rows:
            spec.features.refuse_blank(values)
    except InvalidFeatures as error:
        return error.as_failure()
    return values


def _log_rows(
    command: PredictCommand,
    snapshot: Snapshot,
    rows: list[Row | Failure],
    result: CallResult,
    *,
    latency: float,
) -> list[NewRequest]:
    endpoint = snapshot.endpoint_named(command.endpoint)
    spec = snapshot.specs.get(endpoint.name)
    named = command.named
    logged = []
    for position, (row, answer) in enumerate(zip(rows, result.answers, strict=True)):
        new = NewRequest(
            endpoint_id=endpoint.id,
            input=_input(command, position, row),
            latency=latency,
            subject=command.subject,
        )
        _set_route(new, result, position)
        set_answer(new, answer)
        if spec is not None and not isinstance(row, Failure):
            new.values = row
            if spec.features.indexed:
                new.features = indexed(spec.features, row)
        # What the caller got wrong leaves the id free: it comes again, put right, under the same one.
        if named is not None and new.fault is not Fault.CALLER:
            new.external_id = named[position]
        logged.append(new)
    return logged


def _input(command: PredictCommand, position: int, row: Row | Failure) -> str:
    """The row as it is kept: as it came where that is known, and always JSON that can be read again."""
    sent = command.rows[position]
    if position in command.too_large:
        return ""
    text = None if command.texts is None else command.texts[position]
    if not isinstance(row, Failure):
        return text_of_checked(sent, text)
    return stored_json(sent) if text is None else as_sent(text, sent)


def _set_route(new: NewRequest, result: CallResult, position: int) -> None:
    """Write down who served; a row that the caller got wrong was never drawn, and so never enters the test."""
    route = result.routes[position]
    if isinstance(route, Failure):
        return
    new.algorithm_id = route.algorithm_id
    drawn = result.drawn.get(position)
    if drawn is not None:
        new.ab_test_id, new.epoch_id = route.ab_test_id, route.epoch_id
        new.drawn_arm, new.arm = drawn, route.arm
        new.serving_probability = route.serving_probability
        new.champion, new.challenger = result.champion.get(position), result.challenger.get(position)
        new.complete = route.other_id is None or (new.champion is not None and new.challenger is not None)


def _fingerprint(command: PredictCommand) -> str:
    """A digest of the whole command, by which a retry is told from another command under the same key."""
    conditions = command.conditions
    how: tuple[object, ...] = (
        conditions.status,
        conditions.version,
        conditions.algorithm,
        command.subject,
        command.from_form,
    )
    if command.too_large:
        how = (*how, sorted(command.too_large))
    if command.named is not None:
        how = (*how, {"external": command.named})
    digest = hashlib.sha256()
    for part in (
        command.endpoint,
        orjson.dumps(how).decode(),
        stored_json(list(command.rows), sorted_keys=True),
    ):
        digest.update(len(part).to_bytes(8, "big") + part.encode())
    return digest.hexdigest()


def _logged_prediction(request: Request) -> Prediction:
    """The prediction that a stored request was answered with."""
    if request.outcome is Outcome.OK:
        return Prediction(request, None, probabilities_in(request.full_response))
    response = orjson.loads(request.full_response)
    fault = request.fault or Fault.CALLER
    parts = tuple(Failure(code, text, tuple(path), fault) for text, code, path in response.get("parts", ()))
    return Prediction(
        request, Failure(response["code"], response["message"], tuple(response["path"]), fault, parts)
    )
