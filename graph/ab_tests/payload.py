"""The answer of every mutation that changes an A/B test."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

import strawberry

from domain.ab_tests.ab_test import ABTest as ABTestRow
from domain.errors import Failure
from graph.ab_tests.ab_test import ABTest
from graph.vocabulary.errors import FIXABLE, UserError
from graph.vocabulary.payload import Payload


@strawberry.type
class ABTestPayload(Payload):
    """What the answers of all mutations of tests share."""

    ab_test: ABTest | None = strawberry.field(description="The test as it is now; null with userErrors.")


P = TypeVar("P", bound=ABTestPayload)


async def payload_of(payload: type[P], test: Awaitable[ABTestRow]) -> P:
    """The payload with the test, or with the error that its caller can fix."""
    try:
        return payload(ab_test=ABTest.of(await test), user_errors=[])
    except FIXABLE as error:
        errors = [_in_input(part) for part in error.apart()]
        return payload(ab_test=None, user_errors=errors)


def _in_input(problem: Failure) -> UserError:
    """The rules of a test know the argument that they come from; all other errors begin inside it."""
    at = () if problem.path[:1] == ("input",) else ("input",)
    return UserError.of(problem, *at)
