"""The table of errors: complete, and in the shape of each family of URLs."""

from __future__ import annotations

import inspect
import logging

import pytest
from starlette.exceptions import HTTPException

from domain import errors
from rest.errors import TABLE, ErrorAnswer, Family, HttpError, answer_to, failure_rule, row_of

CLASSES = [
    cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, errors.ArbiterError)
]


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_class_has_a_row(cls: type[errors.ArbiterError]) -> None:
    assert cls in TABLE


def test_no_row_is_left_over() -> None:
    assert set(TABLE) == set(CLASSES)


def test_new_error_class_inherits_its_parents_row() -> None:
    class LateForbidden(errors.Forbidden, code="LATE_FORBIDDEN"):
        """One that is newer than the table."""

    assert row_of(LateForbidden) is TABLE[errors.Forbidden]


@pytest.mark.parametrize(
    ("error", "family", "answer"),
    [
        (errors.RequestNotFound("x"), Family.RESOURCE, ErrorAnswer(404, {"detail": "Not found."}, {})),
        (
            errors.EndpointNotFound("x"),
            Family.PREDICT,
            ErrorAnswer(400, {"status": "Error", "message": "ML algorithm not available"}, {}),
        ),
        (
            errors.ABTestNotFound("x"),
            Family.STOP,
            ErrorAnswer(400, {"status": "Error", "message": "ABTest matching query does not exist."}, {}),
        ),
        (errors.InvalidABTest("why"), Family.RESOURCE, ErrorAnswer(400, {"detail": "why"}, {})),
        (errors.InvalidFeedback("why"), Family.RESOURCE, ErrorAnswer(400, {"feedback": ["why"]}, {})),
        (errors.InvalidStatus("why"), Family.RESOURCE, ErrorAnswer(400, {"status": ["why"]}, {})),
        (errors.AlgorithmInTest("why"), Family.RESOURCE, ErrorAnswer(400, {"detail": "why"}, {})),
        (
            errors.TooManyRows("why"),
            Family.PREDICT,
            ErrorAnswer(400, {"status": "Error", "message": "why"}, {}),
        ),
        (
            errors.IdempotencyConflict("why"),
            Family.PREDICT,
            ErrorAnswer(409, {"status": "Error", "message": "why"}, {}),
        ),
        (
            errors.Unauthenticated("key"),
            Family.PREDICT,
            ErrorAnswer(401, {"detail": "key"}, {"www-authenticate": "Bearer"}),
        ),
        (errors.Forbidden("scope"), Family.STOP, ErrorAnswer(403, {"detail": "scope"}, {})),
        (
            errors.Overloaded("busy", retry_after=2.5),
            Family.PREDICT,
            ErrorAnswer(503, {"status": "Error", "message": "busy"}, {"retry-after": "3"}),
        ),
        (
            errors.DatabaseUnavailable("gone"),
            Family.RESOURCE,
            ErrorAnswer(503, {"detail": "gone"}, {"retry-after": "1"}),
        ),
        (
            errors.CommitUnknown("nobody knows"),
            Family.PREDICT,
            ErrorAnswer(503, {"status": "Error", "message": "nobody knows"}, {}),
        ),
        (HttpError(406, {"detail": "no"}), Family.RESOURCE, ErrorAnswer(406, {"detail": "no"}, {})),
        (HTTPException(418, "tea"), Family.RESOURCE, ErrorAnswer(418, {"detail": "tea"}, {})),
    ],
)
def test_answers(error: Exception, family: Family, answer: ErrorAnswer) -> None:
    assert answer_to(error, family) == answer


@pytest.mark.parametrize("error", [KeyError("secret"), errors.InvalidSettings("secret")])
def test_unexpected_errors_are_masked_and_logged(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "arbiter.rest"):
        answer = answer_to(error, Family.PREDICT)
    assert answer.status == 500
    assert set(answer.body) == {"detail", "incident"}
    assert answer.body["detail"] == "Internal server error"
    (record,) = caplog.records
    assert record.getMessage() == f"Unexpected error, incident {answer.body['incident']}"
    assert record.exc_info is not None
    assert record.exc_info[1] is error


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("INVALID_FEATURES", 200, None),
        ("ALGORITHM_FAILED", 200, None),
        ("DEADLINE_EXCEEDED", 200, None),
        ("ALGORITHM_NOT_AVAILABLE", 400, "ML algorithm not available"),
        (
            "ALGORITHM_AMBIGUOUS",
            400,
            "ML algorithm selection is ambiguous. Please specify algorithm version",
        ),
        ("SOMETHING_NEW", 200, None),
    ],
)
def test_failed_rows(code: str, status: int, words: str | None) -> None:
    rule = failure_rule(code)
    assert (rule.status, rule.words) == (status, words)
