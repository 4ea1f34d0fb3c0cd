"""Every error that a caller can meet: one class, one code, one heading in docs/errors.md.

ArbiterError
 ├── NotFound
 │    ├── EndpointNotFound            no use case of that name or id
 │    ├── AlgorithmNotFound
 │    ├── AlgorithmStatusNotFound
 │    ├── RequestNotFound
 │    ├── ABTestNotFound
 │    └── ApiKeyNotFound
 ├── InvalidInput                     the caller can fix it by sending something else
 │    ├── InvalidFeatures             absent, unknown, mistyped or out of range; `problems` names each
 │    ├── NotStored                   a row that the database refuses, alone
 │    ├── InvalidFeedback             not a finite number for a regressor, too long, not a scalar
 │    ├── InvalidStatus               not `production` or `testing`
 │    ├── InvalidABTest               same algorithm twice, other endpoint or kind, not loadable
 │    ├── InvalidCursor
 │    ├── InvalidId
 │    ├── InvalidPage                 first and last together, or outside 1..100
 │    └── TooManyRows
 ├── NotChosen                        no algorithm for the conditions
 │    ├── AlgorithmNotAvailable
 │    └── AlgorithmAmbiguous
 ├── Conflict                         right in itself, but not now
 │    ├── AlgorithmInTest             statuses by hand while a test runs
 │    ├── EndpointInTest              one running test per endpoint
 │    ├── ABTestNotRunning            decided or cancelled before
 │    ├── ABTestNotDecided            has no verdict that could be verified
 │    ├── RollbackRefused             nothing to roll back, or a status changed since
 │    └── IdempotencyConflict         the same key with another command
 ├── AlgorithmFailed                  the algorithm itself raised, or answered nonsense
 │    └── DeadlineExceeded
 ├── Denied
 │    ├── Unauthenticated
 │    │    └── InvalidToken           expired, for another audience, of an unknown key, …
 │    ├── InvalidLink                 a link to an export that was changed, or has expired
 │    └── Forbidden
 ├── Unavailable                      come back later
 │    ├── Overloaded
 │    ├── RateLimited                 the caller's budget is spent
 │    ├── DatabaseUnavailable
 │    ├── QueryTimeout
 │    ├── SlowConsumer                a subscriber that does not keep up
 │    ├── TooManySubscriptions
 │    └── ServerStopping              subscriptions end; another server, or this one later, takes them
 └── Misconfigured                    for the operator, before anything is served
      ├── InvalidSettings
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
    """

    code: str
    message: str
    path: tuple[str, ...] = ()
    fault: Fault = Fault.CALLER
    parts: tuple[Failure, ...] = ()


class ArbiterError(Exception):
    """An error that may be shown to its caller: a stable code, a message with the cure, the path to the input.

    `parts` holds each single reason where there are several, of which the message joins the first few.
    """

    code: ClassVar[str] = "INTERNAL_SERVER_ERROR"
    fault: ClassVar[Fault] = Fault.CALLER

    def __init__(self, message: str, *, path: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = tuple(path)
        self.parts: tuple[Failure, ...] = ()

    def as_failure(self) -> Failure:
        """The same as a plain value, for results that travel beside answers."""
        return Failure(
            code=self.code, message=self.message, path=self.path, fault=self.fault, parts=self.parts
        )

    def apart(self) -> tuple[Failure, ...]:
        """Each single reason as a plain value."""
        return self.parts or (self.as_failure(),)


class NotFound(ArbiterError):
    """Something was named that does not exist."""

    code = "NOT_FOUND"


class EndpointNotFound(NotFound):
    """No endpoint has this name or id."""

    code = "ENDPOINT_NOT_FOUND"


class AlgorithmNotFound(NotFound):
    """No algorithm has this id."""

    code = "ALGORITHM_NOT_FOUND"


class AlgorithmStatusNotFound(NotFound):
    """No algorithm status has this id."""

    code = "ALGORITHM_STATUS_NOT_FOUND"


class RequestNotFound(NotFound):
    """No request has this id."""

    code = "REQUEST_NOT_FOUND"


class ABTestNotFound(NotFound):
    """No A/B test has this id."""

    code = "AB_TEST_NOT_FOUND"


class ApiKeyNotFound(NotFound):
    """No API key has this name."""

    code = "API_KEY_NOT_FOUND"


class InvalidInput(ArbiterError):
    """The input is not what it must be; the message names the field and the cure."""

    code = "BAD_USER_INPUT"


class InvalidFeatures(InvalidInput):
    """One row's features are not what the endpoint declares.

    `problems` holds one text per offending feature, in the endpoint's order; `names` says which feature each is about
    ("" for none), and `count` how many there are where not each has a text. The message joins the first few; `parts`
    holds each by itself, up to `listed`, and then how many more there are.
    """

    code = "INVALID_FEATURES"
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


class NotStored(InvalidInput):
    """The database refuses one row; the others of its call are stored and answered."""

    code = "NOT_STORED"


class InvalidFeedback(InvalidInput):
    """The ground truth cannot be stored for this request."""

    code = "INVALID_FEEDBACK"


class InvalidStatus(InvalidInput):
    """Not a status that a person may set."""

    code = "INVALID_STATUS"


class InvalidABTest(InvalidInput):
    """These two algorithms cannot be tested against each other."""

    code = "INVALID_AB_TEST"


class InvalidCursor(InvalidInput):
    """The cursor was not made by this connection."""

    code = "INVALID_CURSOR"


class InvalidId(InvalidInput):
    """The text is no id of the kind asked for."""

    code = "INVALID_ID"


class InvalidPage(InvalidInput):
    """The page asked for has no meaning, or is too large."""

    code = "INVALID_PAGE"


class TooManyRows(InvalidInput):
    """A batch is empty or longer than allowed."""

    code = "TOO_MANY_ROWS"


class NotChosen(ArbiterError):
    """No algorithm could be chosen for a request's conditions."""

    code = "ALGORITHM_NOT_CHOSEN"


class AlgorithmNotAvailable(NotChosen):
    """No algorithm meets the conditions."""

    code = "ALGORITHM_NOT_AVAILABLE"


class AlgorithmAmbiguous(NotChosen):
    """Several algorithms meet the conditions; `candidates` lists them."""

    code = "ALGORITHM_AMBIGUOUS"

    def __init__(self, message: str, *, candidates: Sequence[str] = (), path: Sequence[str] = ()) -> None:
        super().__init__(message, path=path)
        self.candidates = tuple(candidates)


class Conflict(ArbiterError):
    """The call is right in itself, but the state of things forbids it now."""

    code = "CONFLICT"


class AlgorithmInTest(Conflict):
    """The algorithm is an arm of a running test; the message names the test."""

    code = "ALGORITHM_IN_AB_TEST"


class EndpointInTest(Conflict):
    """The endpoint has a running test already; the message names it."""

    code = "ENDPOINT_IN_AB_TEST"


class ABTestNotRunning(Conflict):
    """The test has ended before."""

    code = "AB_TEST_NOT_RUNNING"


class ABTestNotDecided(Conflict):
    """The test has no verdict: it runs, or was cancelled by a person."""

    code = "AB_TEST_NOT_DECIDED"


class RollbackRefused(Conflict):
    """There is nothing to roll back, or one of the statuses has been changed since."""

    code = "ROLLBACK_REFUSED"


class IdempotencyConflict(Conflict):
    """The idempotency key was used before for another command."""

    code = "IDEMPOTENCY_CONFLICT"


class AlgorithmFailed(ArbiterError):
    """The algorithm raised or gave an answer that is none; details are in the server's log."""

    code = "ALGORITHM_FAILED"
    fault = Fault.ALGORITHM


class DeadlineExceeded(AlgorithmFailed):
    """The algorithm did not answer within the call's deadline."""

    code = "DEADLINE_EXCEEDED"


class Denied(ArbiterError):
    """The caller lacks a right."""

    code = "DENIED"


class Unauthenticated(Denied):
    """A key is needed and none, or no valid one, was sent."""

    code = "UNAUTHENTICATED"


class InvalidToken(Unauthenticated):
    """A JSON Web Token that does not count; the message says why."""

    code = "INVALID_TOKEN"


class InvalidLink(Denied):
    """A link to an export that this server did not sign, or that has expired; ask for a new one."""

    code = "INVALID_LINK"


class Forbidden(Denied):
    """The key is valid but lacks the scope; the message names it."""

    code = "FORBIDDEN"


class Unavailable(ArbiterError):
    """The server cannot do it now; the same call may succeed later."""

    code = "UNAVAILABLE"


class Overloaded(Unavailable):
    """Too many calls wait already; come back after `retry_after` seconds."""

    code = "OVERLOADED"

    def __init__(self, message: str, *, retry_after: float = 1.0, path: Sequence[str] = ()) -> None:
        super().__init__(message, path=path)
        self.retry_after = retry_after


class RateLimited(Unavailable):
    """The caller has spent its budget; come back after `retry_after` whole seconds."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, *, retry_after: float, path: Sequence[str] = ()) -> None:
        super().__init__(message, path=path)
        self.retry_after = max(1, math.ceil(retry_after))


class DatabaseUnavailable(Unavailable):
    """The database is locked, read-only or gone; nothing was stored."""

    code = "DATABASE_UNAVAILABLE"


class QueryTimeout(Unavailable):
    """The query was stopped because it took too long; ask for less at once."""

    code = "QUERY_TIMEOUT"


class SlowConsumer(Unavailable):
    """A subscriber did not read its events fast enough and was cut off; it may resume where it stopped."""

    code = "SLOW_CONSUMER"


class TooManySubscriptions(Unavailable):
    """The connection, or the server as a whole, has as many subscriptions as it may have."""

    code = "TOO_MANY_SUBSCRIPTIONS"


class ServerStopping(Unavailable):
    """The server is being stopped: subscribe again, to another one or in a while."""

    code = "SERVER_STOPPING"


class Misconfigured(ArbiterError):
    """The operator must change something before the server can do this."""

    code = "MISCONFIGURED"


class InvalidSettings(Misconfigured):
    """A setting is unknown, malformed, or contradicts another."""

    code = "INVALID_SETTINGS"


class InvalidArtifact(Misconfigured):
    """An artifact is missing, was changed, or does not fit its manifest."""

    code = "INVALID_ARTIFACT"


class InvalidManifest(Misconfigured):
    """An endpoint.json or manifest.json is not what it must be."""

    code = "INVALID_MANIFEST"


class InvalidAlgorithm(Misconfigured):
    """An algorithm class breaks the contract."""

    code = "INVALID_ALGORITHM"
