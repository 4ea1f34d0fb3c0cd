"""The schema: the list of what each entity brings to it. `python -m graph.schema` prints it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType

import strawberry
from graphql.validation import ASTValidationRule
from strawberry.schema.config import StrawberryConfig

from graph import by_id, server, subscriptions
from graph.ab_tests import ab_test, course, creation, feedback_queue, replays, sample_sizes
from graph.catalog import algorithms, endpoints, jobs, retention, statuses
from graph.catalog.typed_features import TypedEndpoint, typed_endpoints
from graph.history import forgetting, requests
from graph.operation.executable_schema import ExecutableSchema
from graph.operation.limits import GraphLimits
from graph.operation.trusted_documents import TrustedDocuments
from graph.predictions import feedback, predict, typed_predict
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.private_parts import core_schema
from graph.vocabulary.scalars import SCALARS
from registry.discovery import discover_endpoints
from registry.endpoints import EndpointSpec


@graphql_type
class Query(
    endpoints.Queries,
    algorithms.Queries,
    statuses.Queries,
    requests.Queries,
    ab_test.Queries,
    feedback_queue.Queries,
    replays.Queries,
    sample_sizes.Queries,
    jobs.Queries,
    by_id.Queries,
    server.Queries,
):
    """Everything that can be asked."""


@graphql_type
class Mutation(
    predict.Mutations,
    feedback.Mutations,
    creation.Mutations,
    course.Mutations,
    statuses.Mutations,
    forgetting.Mutations,
    jobs.Mutations,
    retention.Mutations,
):
    """Everything that can be changed. Each takes one `input` and answers with a payload."""


NO_SPECS: Mapping[str, EndpointSpec] = MappingProxyType({})


class Schema(ExecutableSchema):
    """The schema of what is served: each of the endpoints in `specs` gets a mutation of its own.

    `typed` holds the names of those mutations. Raises InvalidManifest when two names clash.
    """

    def __init__(
        self,
        limits: GraphLimits,
        *,
        public: bool = False,
        trusted: TrustedDocuments | None = None,
        specs: Mapping[str, EndpointSpec] = NO_SPECS,
        rules: Sequence[type[ASTValidationRule]] = (),
        compiled: bool = True,
    ) -> None:
        self.specs = specs
        self.typed: Mapping[str, TypedEndpoint] = check_names(specs)
        mutation = typed_predict.with_typed_predictions(Mutation, self.typed.values())
        super().__init__(
            Query,
            mutation,
            subscriptions.Subscription,
            limits=limits,
            public=public,
            trusted=trusted,
            rules=rules,
            compiled=compiled,
        )


def check_names(specs: Mapping[str, EndpointSpec]) -> dict[str, TypedEndpoint]:
    """These endpoints with the names that they have in GraphQL. Raises InvalidManifest when two of them clash."""
    return typed_endpoints(specs, _own_names()) if specs else {}


@cache
def _own_names() -> Mapping[str, str]:
    """The types and mutations that every schema has, and what each is; it takes a schema to know, so once."""
    own = core_schema(
        strawberry.Schema(
            Query, Mutation, subscriptions.Subscription, config=StrawberryConfig(scalar_map=SCALARS)
        )
    )
    mutations = own.mutation_type.fields if own.mutation_type else {}
    return {
        **{name: f"the type {name}, which the API has already," for name in own.type_map},
        **{name: f"the mutation {name}, which the API has already," for name in mutations},
    }


def print_schema(specs: Mapping[str, EndpointSpec] = NO_SPECS) -> str:
    """The schema with the mutations of these endpoints, in GraphQL's own language; as in schema.graphql."""
    return Schema(GraphLimits(), specs=specs).as_str() + "\n"


if __name__ == "__main__":
    sys.stdout.write(print_schema(discover_endpoints()))
