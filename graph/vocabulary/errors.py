"""Errors as clients see them: `userErrors` for what a caller can fix, coded top-level errors for the rest."""

from __future__ import annotations

import logging
import re
import secrets
from typing import Any

import strawberry
from graphql import FieldNode, GraphQLError, GraphQLSyntaxError

from domain.errors import (
    ArbiterError,
    Conflict,
    Failure,
    InvalidInput,
    Misconfigured,
    NotChosen,
    NotFound,
    Overloaded,
    RateLimited,
    Unavailable,
)
from graph.vocabulary.docstrings import graphql_type

log = logging.getLogger("arbiter.graph")

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_USER_INPUT = "BAD_USER_INPUT"
BAD_REQUEST = "BAD_REQUEST"
INTERNAL = "INTERNAL_SERVER_ERROR"
DONE = " Only this field could not be read: the mutation itself was done."

FIXABLE = (NotFound, InvalidInput, NotChosen, Conflict)
_SUGGESTION = re.compile(r"\s*Did you mean .*", re.DOTALL)


@graphql_type
class UserError:
    """Why a mutation did not do what was asked, for the caller to fix.

    It is a value beside the result, and never stops the rest of the answer.
    """

    code: str = strawberry.field(
        description="A stable code, such as INVALID_FEATURES or ALGORITHM_IN_AB_TEST; docs/errors.md lists all."
    )
    message: str = strawberry.field(description="What is wrong and what to do, in words for a person.")
    path: list[str] = strawberry.field(
        description="Where in the mutation's arguments the cause is, from `input` inwards; list positions from 0."
    )
    request_id: str | None = strawberry.field(
        default=None,
        description="With EXTERNAL_ID_TAKEN, the `requestId` of the request that has the external id; else null.",
    )

    @classmethod
    def of(cls, problem: ArbiterError | Failure, *at: str) -> UserError:
        """`problem` as one value; its own path continues `at`."""
        taken_by = problem.request_id
        return cls(
            code=problem.code,
            message=problem.message,
            path=[*at, *problem.path],
            request_id=None if taken_by is None else str(taken_by),
        )

    @classmethod
    def each(cls, problem: ArbiterError | Failure, *at: str) -> list[UserError]:
        """`problem` as values: one for each of its parts, or for itself where it has none."""
        return [cls.of(part, *at) for part in problem.parts or (problem,)]


def user_errors_of(error: ArbiterError) -> list[UserError]:
    """What the caller can fix, as the mutation that it was raised in tells it."""
    return [in_input(part) for part in error.apart()]


def in_input(problem: Failure) -> UserError:
    """`problem` as a mutation tells it: in the argument `input`, unless its own path begins there."""
    return UserError.of(problem, *(() if problem.path[:1] == ("input",) else ("input",)))


def present(
    errors: list[GraphQLError],
    *,
    suggestions: bool = True,
    request_id: str | None = None,
    mutation: bool = False,
) -> None:
    """Give every error of an answer its code in place; mask and log what the caller should not see.

    Without `suggestions` the "Did you mean" hints are cut off, so that names cannot be guessed. A masked error
    carries the id of the call, by which its log lines are found. Below the field of a `mutation` an error is about
    what could not be read: it says that the mutation itself was done.
    """
    errors[:] = [_presentable(error, request_id) for error in errors]
    for error in errors if mutation else ():
        if isinstance(error.original_error, Unavailable) and len(error.path or ()) > 1:
            error.message += DONE
    if not suggestions:
        for error in errors:
            error.message = _SUGGESTION.sub("", error.message)


def _presentable(error: GraphQLError, request_id: str | None) -> GraphQLError:
    original = error.original_error
    if isinstance(error, GraphQLSyntaxError):
        return _coded(error, PARSE_FAILED)
    if isinstance(original, ArbiterError) and not isinstance(original, Misconfigured):
        return _coded(error, **_extensions(original))
    if isinstance(original, RecursionError):
        return _coded(_same_place(error, "The input is nested too deeply."), BAD_USER_INPUT)
    if (original is None or isinstance(original, GraphQLError)) and not _is_ours(error):
        return _coded(error, BAD_USER_INPUT)
    return _masked(error, request_id)


def _extensions(error: ArbiterError) -> dict[str, Any]:
    fixable = {"code": BAD_USER_INPUT, "reason": error.code}
    return {
        **(fixable if isinstance(error, FIXABLE) else {"code": error.code}),
        **({"argument": list(error.path)} if error.path else {}),
        **({"retryAfter": error.retry_after} if isinstance(error, Overloaded | RateLimited) else {}),
    }


def _is_ours(error: GraphQLError) -> bool:
    # Errors about variables have no path, those about arguments point at a value; what points at a field alone
    # is an answer of ours that does not fit the schema.
    return error.path is not None and all(isinstance(node, FieldNode) for node in error.nodes or ())


def _coded(error: GraphQLError, code: str, **more: object) -> GraphQLError:
    error.extensions = {"code": code, **more, **(error.extensions or {})}
    return error


def _same_place(error: GraphQLError, message: str) -> GraphQLError:
    return GraphQLError(message, error.nodes, path=error.path)


def _masked(error: GraphQLError, request_id: str | None) -> GraphQLError:
    incident = secrets.token_hex(8)
    cause = error.original_error or error
    log.error(
        "Incident %s: unexpected error at %s",
        incident,
        ".".join(map(str, error.path)) if error.path else "the operation itself",
        exc_info=(type(cause), cause, cause.__traceback__),
        extra={"incident": incident},
    )
    named = {} if request_id is None else {"requestId": request_id}
    return _coded(_same_place(error, "Internal server error"), INTERNAL, incident=incident, **named)
