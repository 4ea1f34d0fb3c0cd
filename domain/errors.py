"""Every error that a caller can meet: one class, one code, one heading in docs/errors.md.

ArbiterError
 ├── NotFound
 │    ├── EndpointNotFound            no use case of that name or id
 │    ├── AlgorithmNotFound
 │    ├── AlgorithmStatusNotFound
 │    ├── RequestNotFound
 │    ├── ABTestNotFound
 │    ├── JobNotFound
 │    ├── RowsNotKept                 it is told from requests that are no longer kept
 │    └── ApiKeyNotFound
 ├── InvalidInput                     the caller can fix it by sending something else
 │    ├── InvalidFeatures             absent, unknown, mistyped or out of range; `problems` names each
 │    ├── NotStored                   a row that the database refuses, alone
 │    ├── RowTooLarge                 a row that is larger than any row of its endpoint need be
 │    ├── InvalidFeedback             not a finite number for a regressor, too long, not a scalar
 │    ├── InvalidStatus               not `production` or `testing`
 │    ├── InvalidABTest               same algorithm twice, other endpoint or kind, not loadable
 │    ├── InvalidCursor
 │    ├── InvalidId
 │    ├── InvalidPage                 first and last together, or outside 1..100
 │    └── TooManyRows
 ├── NotChosen                        no algorithm for the conditions
 │    ├── AlgorithmNotAvailable
 │    │    └── AlgorithmWithdrawn     it was named, and somebody has withdrawn it
 │    └── AlgorithmAmbiguous
 ├── Conflict                         right in itself, but not now
 │    ├── AlgorithmInTest             statuses by hand while a test runs
 │    ├── AlgorithmInProduction       it cannot be withdrawn
 │    ├── WithdrawnForGood            a status for an algorithm that is withdrawn
 │    ├── EndpointInTest              one running test per endpoint
 │    ├── ABTestNotRunning            decided or cancelled before
 │    ├── ABTestNotDecided            has no verdict that could be verified
 │    ├── RollbackRefused             nothing to roll back, or a status changed since
 │    ├── JobConflict                 one of its like runs, it has ended, or its model is another one now
 │    ├── IdempotencyConflict         the same key with another command
 │    └── ExternalIdTaken             another request of the endpoint has this external id
 ├── AlgorithmFailed                  the algorithm itself raised, or answered nonsense
 │    ├── DeadlineExceeded
 │    └── AlgorithmUnreachable        it runs on another server, which does not answer
 ├── Denied
 │    ├── Unauthenticated
 │    │    └── InvalidToken           expired, for another audience, of an unknown key, …
 │    ├── InvalidLink                 a link to an export that was changed, or has expired
 │    └── Forbidden
 ├── Unavailable                      come back later
 │    ├── Overloaded
 │    ├── RateLimited                 the caller's budget is spent
 │    ├── DatabaseUnavailable
 │    ├── CommitUnknown               whether something was stored; the same idempotency key tells
 │    ├── QueryTimeout
 │    ├── SlowConsumer                a subscriber that does not keep up
 │    ├── TooManySubscriptions
 │    ├── ServerStopping              subscriptions end; another server, or this one later, takes them
 │    └── SchemaReplaced              subscriptions that began under a schema which was replaced several times
 └── Misconfigured                    for the operator, before anything is served
      ├── InvalidSettings
      ├── SchemaTooNew                a later release has changed the database, and this one does not work on it
      ├── InvalidBackup               torn, changed, or of another kind of database
      ├── InvalidArtifact             missing, wrong digest, wrong features
      ├── InvalidManifest             endpoint.json or manifest.json is not what it must be
      └── InvalidAlgorithm            a class that breaks the contract of registry/algorithm.py
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.words import Fault


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a row has no answer: a stable code, a text for people, the feature it is about, whose fault it is.

    `parts` holds each single reason where there are several; the message then joins the first few of them.
    `request_id` is the stored request that stands in the way, where one does.
    """

    code: str
    message: str
    path: tuple[str, ...] = ()
    fault: Fault = Fault.CALLER
    parts: tuple[Failure, ...] = ()
    request_id: int | None = None


class ArbiterError(Exception):
    """An error that may be shown to its caller: a stable code, a message with the cure, the path to the input.

    `parts` holds each single reason where there are several, of which the message joins the first few. `request_id` is
    the stored request that stands in the way, where one does.
    """

    code: ClassVar[str] = "INTERNAL_SERVER_ERROR"
    fault: ClassVar[Fault] = Fault.CALLER
    request_id: int | None = None

    def __init_subclass__(cls, *, code: str, fault: Fault | None = None) -> None:
        # A code of its own is what a client branches on, so no subclass can be written without one.
        cls.code = code
        cls.fault = fault or cls.fault

    def __init__(self, message: str, *, path: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = tuple(path)
        self.parts: tuple[Failure, ...] = ()

    def as_failure(self) -> Failure:
        """The same as a plain value, for results that travel beside answers."""
        return Failure(
            code=self.code,
            message=self.message,
            path=self.path,
            fault=self.fault,
            parts=self.parts,
            request_id=self.request_id,
        )

    def apart(self) -> tuple[Failure, ...]:
        """Each single reason as a plain value."""
        return self.parts or (self.as_failure(),)


class NotFound(ArbiterError, code="NOT_FOUND"):
    """Something was named that does not exist."""


class EndpointNotFound(NotFound, code="ENDPOINT_NOT_FOUND"):
    """No endpoint has this name or id."""


class AlgorithmNotFound(NotFound, code="ALGORITHM_NOT_FOUND"):
    """No algorithm has this id."""


class AlgorithmStatusNotFound(NotFound, code="ALGORITHM_STATUS_NOT_FOUND"):
    """No algorithm status has this id."""


class RequestNotFound(NotFound, code="REQUEST_NOT_FOUND"):
    """No request has this id."""


class ABTestNotFound(NotFound, code="AB_TEST_NOT_FOUND"):
    """No A/B test has this id."""


class JobNotFound(NotFound, code="JOB_NOT_FOUND"):
    """No job has this id."""


class RowsNotKept(NotFound, code="ROWS_NOT_KEPT"):
    """What is asked for is told from single requests, and retention has removed some of them."""


class ApiKeyNotFound(NotFound, code="API_KEY_NOT_FOUND"):
    """No API key has this name."""


class InvalidInput(ArbiterError, code="BAD_USER_INPUT"):
    """The input is not what it must be; the message names the field and the cure."""


class InvalidFeatures(InvalidInput, code="INVALID_FEATURES"):
    """One row's features are not what the endpoint declares.

    `problems` holds one text per offending feature, in the endpoint's order; `names` says which feature each is about
    ("" for none), and `count` how many there are where not each has a text. The message joins the first few; `parts`
    holds each by itself, up to `listed`, and then how many more there are.
    """

    shown = 5
    listed = 25

    def __init__(
        self, problems: Sequence[str], *, names: Sequence[str] = (), count: int | None = None
    ) -> None:
        count = len(problems) if count is None else count
        more = count - self.shown
        message = "; ".join(problems[: self.shown]) + (f"; and {more} more" if more > 0 else "")
        super().__init__(message, path=_path(names, 0))
        self.problems = tuple(problems)
        if len(problems) > 1:
            self.parts = tuple(self._parts(names, count))

    def _parts(self, names: Sequence[str], count: int) -> Iterator[Failure]:
        for place, text in enumerate(self.problems[: self.listed]):
            yield Failure(self.code, text, _path(names, place))
        if len(self.problems) > self.listed:
            yield Failure(self.code, f"{count - self.listed} more features of this row are wrong")


def _path(names: Sequence[str], place: int) -> tuple[str, ...]:
    return (names[place],) if place < len(names) and names[place] else ()


class NotStored(InvalidInput, code="NOT_STORED"):
    """The database refuses one row; the others of its call are stored and answered."""


class RowTooLarge(InvalidInput, code="ROW_TOO_LARGE"):
    """One row is larger than its endpoint's features need; it is kept without them, the others are answered."""


class InvalidFeedback(InvalidInput, code="INVALID_FEEDBACK"):
    """The ground truth cannot be stored for this request."""


class InvalidStatus(InvalidInput, code="INVALID_STATUS"):
    """Not a status that a person may set."""


class InvalidABTest(InvalidInput, code="INVALID_AB_TEST"):
    """These two algorithms cannot be tested against each other."""


class InvalidCursor(InvalidInput, code="INVALID_CURSOR"):
    """The cursor was not made by this connection."""


class InvalidId(InvalidInput, code="INVALID_ID"):
    """The text is no id of the kind asked for."""


class InvalidPage(InvalidInput, code="INVALID_PAGE"):
    """The page asked for has no meaning, or is too large."""


class TooManyRows(InvalidInput, code="TOO_MANY_ROWS"):
    """A batch is empty or longer than allowed."""


class NotChosen(ArbiterError, code="ALGORITHM_NOT_CHOSEN"):
    """No algorithm could be chosen for a request's conditions."""


class AlgorithmNotAvailable(NotChosen, code="ALGORITHM_NOT_AVAILABLE"):
    """No algorithm meets the conditions."""


class AlgorithmWithdrawn(AlgorithmNotAvailable, code="ALGORITHM_WITHDRAWN"):
    """The algorithm that was named is withdrawn."""


class AlgorithmAmbiguous(NotChosen, code="ALGORITHM_AMBIGUOUS"):
    """Several algorithms meet the conditions; `candidates` lists them."""

    def __init__(self, message: str, *, candidates: Sequence[str] = (), path: Sequence[str] = ()) -> None:
        super().__init__(message, path=path)
        self.candidates = tuple(candidates)


class Conflict(ArbiterError, code="CONFLICT"):
    """The call is right in itself, but the state of things forbids it now."""


class AlgorithmInTest(Conflict, code="ALGORITHM_IN_AB_TEST"):
    """The algorithm is an arm of a running test; the message names the test."""


class AlgorithmInProduction(Conflict, code="ALGORITHM_IN_PRODUCTION"):
    """What is in production cannot be withdrawn."""


class WithdrawnForGood(Conflict, code="WITHDRAWN_FOR_GOOD"):
    """An algorithm that is withdrawn gets no status any more."""


class EndpointInTest(Conflict, code="ENDPOINT_IN_AB_TEST"):
    """The endpoint has a running test already; the message names it."""


class ABTestNotRunning(Conflict, code="AB_TEST_NOT_RUNNING"):
    """The test has ended before."""


class ABTestNotDecided(Conflict, code="AB_TEST_NOT_DECIDED"):
    """The test has no verdict: it runs, or was cancelled by a person."""


class RollbackRefused(Conflict, code="ROLLBACK_REFUSED"):
    """There is nothing to roll back, or one of the statuses has been changed since."""


class JobConflict(Conflict, code="JOB_CONFLICT"):
    """A job of its like runs already, it is in another state, or it would be run with something else than planned."""


class IdempotencyConflict(Conflict, code="IDEMPOTENCY_CONFLICT"):
    """The idempotency key was used before for another command."""


class ExternalIdTaken(Conflict, code="EXTERNAL_ID_TAKEN"):
    """A request of this endpoint has the external id already; `request_id` is the first that it belongs to.

    Of a batch each row of which this is true is one of `parts`, up to `listed` of them.
    """

    listed = 1_000

    def __init__(self, taken: Sequence[tuple[str, int]], paths: Sequence[tuple[str, ...]]) -> None:
        """`taken` holds external ids that came, with the requests that have them; `paths` says where they came."""
        (first, self.request_id), more = taken[0], len(taken) - 1
        others = "is that of 1 other row" if more == 1 else f"are those of {more} other rows"
        super().__init__(
            _taken_words(first, self.request_id) + (f" So {others}." if more else ""), path=paths[0]
        )
        if more:
            self.parts = tuple(
                Failure(self.code, _taken_words(text, id_), path, request_id=id_)
                for (text, id_), path in zip(taken[: self.listed], paths, strict=False)
            )


def _taken_words(text: str, request_id: int) -> str:
    return (
        f"The external id {text!r} is taken by request {request_id} of this endpoint, so nothing was predicted "
        "anew: look at that one, or send a new id."
    )


class AlgorithmFailed(ArbiterError, code="ALGORITHM_FAILED", fault=Fault.ALGORITHM):
    """The algorithm raised or gave an answer that is none; details are in the server's log."""


class DeadlineExceeded(AlgorithmFailed, code="DEADLINE_EXCEEDED"):
    """The algorithm did not answer within the call's deadline."""


class AlgorithmUnreachable(AlgorithmFailed, code="ALGORITHM_UNREACHABLE"):
    """The algorithm runs on another server, which does not answer now; the same call may succeed later."""


class Denied(ArbiterError, code="DENIED"):
    """The caller lacks a right."""


class Unauthenticated(Denied, code="UNAUTHENTICATED"):
    """A key is needed and none, or no valid one, was sent."""


class InvalidToken(Unauthenticated, code="INVALID_TOKEN"):
    """A JSON Web Token that does not count; the message says why."""


class InvalidLink(Denied, code="INVALID_LINK"):
    """A link to an export that this server did not sign, or that has expired; ask for a new one."""


class Forbidden(Denied, code="FORBIDDEN"):
    """The key is valid but lacks the scope; the message names it."""


class Unavailable(ArbiterError, code="UNAVAILABLE"):
    """The server cannot do it now; the same call may succeed later."""


class Overloaded(Unavailable, code="OVERLOADED"):
    """Too many calls wait already; come back after `retry_after` seconds."""

    def __init__(self, message: str, *, retry_after: float = 1.0, path: Sequence[str] = ()) -> None:
        super().__init__(message, path=path)
        self.retry_after = retry_after


class RateLimited(Unavailable, code="RATE_LIMITED"):
    """The caller has spent its budget; come back after `retry_after` whole seconds."""

    def __init__(self, message: str, *, retry_after: float, path: Sequence[str] = ()) -> None:
        super().__init__(message, path=path)
        self.retry_after = max(1, math.ceil(retry_after))


class DatabaseUnavailable(Unavailable, code="DATABASE_UNAVAILABLE"):
    """The database is locked, read-only or gone; nothing was stored."""


class CommitUnknown(Unavailable, code="COMMIT_UNKNOWN"):
    """The database gave no answer to a commit: whether it was stored is unknown; the same idempotency key tells."""


class QueryTimeout(Unavailable, code="QUERY_TIMEOUT"):
    """The query was stopped because it took too long; ask for less at once."""


class SlowConsumer(Unavailable, code="SLOW_CONSUMER"):
    """A subscriber did not read its events fast enough and was cut off; it may resume where it stopped."""


class TooManySubscriptions(Unavailable, code="TOO_MANY_SUBSCRIPTIONS"):
    """The connection, or the server as a whole, has as many subscriptions as it may have."""


class ServerStopping(Unavailable, code="SERVER_STOPPING"):
    """The server is being stopped: subscribe again, to another one or in a while."""


class SchemaReplaced(Unavailable, code="SCHEMA_REPLACED"):
    """The schema under which the subscription began was replaced several times: subscribe again."""


class Misconfigured(ArbiterError, code="MISCONFIGURED"):
    """The operator must change something before the server can do this."""


class InvalidSettings(Misconfigured, code="INVALID_SETTINGS"):
    """A setting is unknown, malformed, or contradicts another."""


class SchemaTooNew(Misconfigured, code="SCHEMA_TOO_NEW"):
    """A later release has changed the database, and this one does not work on it."""


class InvalidBackup(Misconfigured, code="INVALID_BACKUP"):
    """A file is no whole backup of this kind of database."""


class InvalidArtifact(Misconfigured, code="INVALID_ARTIFACT"):
    """An artifact is missing, was changed, or does not fit its manifest."""


class InvalidManifest(Misconfigured, code="INVALID_MANIFEST"):
    """An endpoint.json or manifest.json is not what it must be."""


class InvalidAlgorithm(Misconfigured, code="INVALID_ALGORITHM"):
    """An algorithm class breaks the contract."""
