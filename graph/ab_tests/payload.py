"""The answer of every mutation that changes an A/B test."""

from __future__ import annotations

import strawberry

from graph.ab_tests.ab_test import ABTest
from graph.vocabulary.payload import MutationPayload


@strawberry.type
class ABTestPayload(MutationPayload):
    """What the answers of all mutations of tests share."""

    ab_test: ABTest | None = strawberry.field(
        default=None, description="The test as it is now; null with userErrors."
    )
