"""The schema: the list of what each entity brings to it. `python -m graph.schema` prints it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from graph import (
    ab_test_course,
    ab_test_creation,
    ab_tests,
    algorithms,
    endpoints,
    errors,
    execution,
    feedback,
    feedback_queue,
    nodes,
    predict,
    replays,
    requests,
    server,
    statuses,
    viewer,
)
from graph.limits import CheckedDocuments, Documents, GraphLimits
from graph.scalars import SCALARS


@strawberry.type(description="Everything that can be asked.")
class Query(
    endpoints.Queries,
    algorithms.Queries,
    statuses.Queries,
    requests.Queries,
    ab_tests.Queries,
    feedback_queue.Queries,
    replays.Queries,
    nodes.Queries,
    viewer.Queries,
    server.Queries,
):
    """The root of queries."""


@strawberry.type(
    description="Everything that can be changed. Each takes one `input` and answers with a payload."
)
class Mutation(
    predict.Mutations,
    feedback.Mutations,
    ab_test_creation.Mutations,
    ab_test_course.Mutations,
    statuses.Mutations,
):
    """The root of mutations."""


class Schema(strawberry.Schema):
    """The schema with its limits, its cache of documents, and its way of showing errors.

    A `public` one answers no introspection and gives no hints at names.
    """

    def __init__(self, limits: GraphLimits, *, public: bool = False) -> None:
        documents = self.documents = Documents(limits, introspection=not public, suggestions=not public)
        self.public = public
        super().__init__(
            query=Query,
            mutation=Mutation,
            extensions=[lambda: CheckedDocuments(documents)],
            config=StrawberryConfig(scalar_map=SCALARS),
        )

    def _get_execute_function(self) -> Callable[..., Any]:
        """What strawberry calls in the place of graphql-core's `execute`."""
        return execution.run

    def process_errors(
        self, errors_: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Give every error its code in place; log and mask the unexpected ones."""
        errors.present(errors_, suggestions=not self.public)


def print_schema() -> str:
    """The schema in GraphQL's own language, as committed in schema.graphql."""
    return Schema(GraphLimits()).as_str() + "\n"


if __name__ == "__main__":
    sys.stdout.write(print_schema())
