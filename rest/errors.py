"""What this edge answers to each error: one table of HTTP statuses, and the shape of each family of URLs.

Three families: resources speak Django REST framework's words (`{"detail": …}`, field errors), predictions and
`stop_ab_test` have the old service's own shape (`{"status": "Error", "message": …}`).
"""

from __future__ import annotations

import logging
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from starlette.exceptions import HTTPException

from domain import errors

logger = logging.getLogger("arbiter.rest")

NOT_AVAILABLE = "ML algorithm not available"
AMBIGUOUS = "ML algorithm selection is ambiguous. Please specify algorithm version"
NOT_FOUND = "Not found."
NO_SUCH_TEST = "ABTest matching query does not exist."


class Family(Enum):
    """Which shape the errors of a URL have."""

    RESOURCE = "resource"
    PREDICT = "predict"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """How one error class is answered: its status, the field it is about, and words that replace its own."""

    status: int
    field: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """The rules of one error class: of resources, and of the other families where they differ."""

    resource: ErrorRule
    predict: ErrorRule | None = None
    stop: ErrorRule | None = None

    def of(self, family: Family) -> ErrorRule:
        """The rule that holds for `family`."""
        return {Family.PREDICT: self.predict, Family.STOP: self.stop}.get(family) or self.resource


_MISSING = ErrorRow(ErrorRule(404, words=NOT_FOUND), predict=ErrorRule(400), stop=ErrorRule(400))
_BAD = ErrorRow(ErrorRule(400))
_MASKED = ErrorRow(ErrorRule(500))

TABLE: Mapping[type[errors.ArbiterError], ErrorRow] = {
    errors.ArbiterError: _MASKED,
    errors.NotFound: _MISSING,
    errors.EndpointNotFound: ErrorRow(
        ErrorRule(404, words=NOT_FOUND), predict=ErrorRule(400, words=NOT_AVAILABLE)
    ),
    errors.AlgorithmNotFound: _MISSING,
    errors.AlgorithmStatusNotFound: _MISSING,
    errors.RequestNotFound: _MISSING,
    errors.ABTestNotFound: ErrorRow(ErrorRule(404, words=NOT_FOUND), stop=ErrorRule(400, words=NO_SUCH_TEST)),
    errors.JobNotFound: _MISSING,
    errors.RowsNotKept: _MISSING,
    errors.ApiKeyNotFound: _MISSING,
    errors.InvalidInput: _BAD,
    errors.InvalidFeatures: ErrorRow(ErrorRule(400), predict=ErrorRule(200)),
    errors.NotStored: ErrorRow(ErrorRule(400), predict=ErrorRule(200)),
    errors.RowTooLarge: ErrorRow(ErrorRule(413)),
    errors.InvalidFeedback: ErrorRow(ErrorRule(400, field="feedback")),
    errors.InvalidStatus: ErrorRow(ErrorRule(400, field="status")),
    errors.InvalidABTest: _BAD,
    errors.InvalidCursor: _BAD,
    errors.InvalidId: _BAD,
    errors.InvalidPage: _BAD,
    errors.TooManyRows: _BAD,
    errors.NotChosen: _BAD,
    errors.AlgorithmNotAvailable: ErrorRow(ErrorRule(400), predict=ErrorRule(400, words=NOT_AVAILABLE)),
    errors.AlgorithmAmbiguous: ErrorRow(ErrorRule(400), predict=ErrorRule(400, words=AMBIGUOUS)),
    errors.Conflict: _BAD,
    errors.AlgorithmWithdrawn: ErrorRow(ErrorRule(400), predict=ErrorRule(400, words=NOT_AVAILABLE)),
    errors.AlgorithmInProduction: _BAD,
    errors.WithdrawnForGood: _BAD,
    errors.AlgorithmInTest: _BAD,
    errors.EndpointInTest: _BAD,
    errors.ABTestNotRunning: _BAD,
    errors.ABTestNotDecided: _BAD,
    errors.RollbackRefused: _BAD,
    errors.JobConflict: _BAD,
    errors.IdempotencyConflict: ErrorRow(ErrorRule(409)),
    errors.ExternalIdTaken: ErrorRow(ErrorRule(409)),
    errors.AlgorithmFailed: ErrorRow(ErrorRule(500), predict=ErrorRule(200)),
    errors.DeadlineExceeded: ErrorRow(ErrorRule(504), predict=ErrorRule(200)),
    errors.AlgorithmUnreachable: ErrorRow(ErrorRule(502), predict=ErrorRule(200)),
    errors.Denied: ErrorRow(ErrorRule(403)),
    errors.Unauthenticated: ErrorRow(ErrorRule(401)),
    errors.InvalidToken: ErrorRow(ErrorRule(401)),
    errors.InvalidLink: ErrorRow(ErrorRule(403)),
    errors.Forbidden: ErrorRow(ErrorRule(403)),
    errors.Unavailable: ErrorRow(ErrorRule(503)),
    errors.Overloaded: ErrorRow(ErrorRule(503)),
    errors.RateLimited: ErrorRow(ErrorRule(429)),
    errors.DatabaseUnavailable: ErrorRow(ErrorRule(503)),
    errors.CommitUnknown: ErrorRow(ErrorRule(503)),
    errors.QueryTimeout: ErrorRow(ErrorRule(503)),
    errors.SlowConsumer: ErrorRow(ErrorRule(503)),
    errors.TooManySubscriptions: ErrorRow(ErrorRule(503)),
    errors.ServerStopping: ErrorRow(ErrorRule(503)),
    errors.SchemaReplaced: ErrorRow(ErrorRule(503)),
    errors.Misconfigured: _MASKED,
    errors.InvalidSettings: _MASKED,
    errors.SchemaTooNew: _MASKED,
    errors.InvalidBackup: _MASKED,
    errors.InvalidArtifact: _MASKED,
    errors.InvalidManifest: _MASKED,
    errors.InvalidAlgorithm: _MASKED,
}

BY_CODE: Mapping[str, type[errors.ArbiterError]] = {cls.code: cls for cls in TABLE}


class HttpError(Exception):
    """An answer that this edge gives before any use case runs: a body that is no JSON, a wrong method."""

    def __init__(
        self, status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An error as it goes out: status, JSON body, headers besides the usual ones."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str]


def row_of(cls: type[errors.ArbiterError]) -> ErrorRow:
    """The row of an error class, or of its nearest ancestor that has one."""
    return next(TABLE[ancestor] for ancestor in cls.__mro__ if ancestor in TABLE)


def failure_rule(code: str) -> ErrorRule:
    """How a failed row of a prediction with this failure code is answered."""
    return row_of(BY_CODE.get(code, errors.AlgorithmFailed)).of(Family.PREDICT)


def error_body(family: Family, message: str, field: str | None = None) -> Mapping[str, object]:
    """The body of an error in the shape of its family.

    >>> error_body(Family.PREDICT, "no")
    {'status': 'Error', 'message': 'no'}
    >>> error_body(Family.RESOURCE, "no", "feedback")
    {'feedback': ['no']}
    """
    if family is not Family.RESOURCE:
        return {"status": "Error", "message": message}
    return {"detail": message} if field is None else {field: [message]}


def answer_to(error: Exception, family: Family) -> ErrorAnswer:
    """The answer to any exception; unexpected ones are logged under an incident id and masked."""
    if isinstance(error, HttpError):
        return ErrorAnswer(error.status, error.body, error.headers)
    if isinstance(error, HTTPException):
        return ErrorAnswer(error.status_code, {"detail": error.detail}, dict(error.headers or {}))
    if isinstance(error, errors.ArbiterError):
        rule = row_of(type(error)).of(family)
        if rule.status != 500:  # noqa: PLR2004 - the one status that is masked
            return _known(error, rule, family)
    return _masked(error)


def _known(error: errors.ArbiterError, rule: ErrorRule, family: Family) -> ErrorAnswer:
    if isinstance(error, errors.Denied):
        headers = {"www-authenticate": "Bearer"} if isinstance(error, errors.Unauthenticated) else {}
        return ErrorAnswer(rule.status, {"detail": error.message}, headers)
    headers = {}
    # What may be stored already must not be sent again by a program that knows nothing but `Retry-After`.
    if isinstance(error, errors.Unavailable) and not isinstance(error, errors.CommitUnknown):
        seconds = error.retry_after if isinstance(error, errors.Overloaded | errors.RateLimited) else 1.0
        headers = {"retry-after": str(max(1, math.ceil(seconds)))}
    body = error_body(family, rule.words or error.message, rule.field)
    if isinstance(error, errors.ExternalIdTaken):
        body = {**body, "request_id": error.request_id, "taken": [*map(_taken, error.apart())]}
    return ErrorAnswer(rule.status, body, headers)


def _taken(row: errors.Failure) -> dict[str, object]:
    """Which row of a call came with an external id that is taken, and by which request."""
    return {"row": int(row.path[-1]) if row.path[-1].isdecimal() else 0, "request_id": row.request_id}


def _masked(error: Exception) -> ErrorAnswer:
    incident = secrets.token_hex(8)
    logger.error("Unexpected error, incident %s", incident, exc_info=error, extra={"incident": incident})
    return ErrorAnswer(500, {"detail": "Internal server error", "incident": incident}, {})
