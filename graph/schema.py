"""The schema: the list of what each entity brings to it. `python -m graph.schema` prints it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from domain.callers import Principal, Scope
from graph import by_id, rate_limit, server, subscriptions, viewer
from graph.ab_tests import ab_test, course, creation, feedback_queue, replays
from graph.catalog import algorithms, endpoints, statuses
from graph.catalog.typed_features import TypedEndpoint, typed_endpoints
from graph.history import forgetting, requests
from graph.operation import execution
from graph.operation.admission import Admission
from graph.operation.context import Context
from graph.operation.limits import Documents, GraphLimits
from graph.operation.trusted_documents import TrustedDocument, TrustedDocuments
from graph.predictions import feedback, predict, typed_predict
from graph.vocabulary import errors
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.null_defaults import take_null_for_defaults
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
    by_id.Queries,
    viewer.Queries,
    server.Queries,
    rate_limit.Queries,
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
):
    """Everything that can be changed. Each takes one `input` and answers with a payload."""


NO_SPECS: Mapping[str, EndpointSpec] = MappingProxyType({})


class Schema(strawberry.Schema):
    """The schema with its limits, its cache of documents, and its way of showing errors.

    A `public` one shows its types, and hints at names, only to callers whose key or token holds the scope `read`.
    Each of the endpoints in `specs` gets a mutation of its own; `typed` holds their names. Raises InvalidManifest
    when two names clash.
    """

    def __init__(
        self,
        limits: GraphLimits,
        *,
        public: bool = False,
        trusted: TrustedDocuments | None = None,
        specs: Mapping[str, EndpointSpec] = NO_SPECS,
    ) -> None:
        self.documents = Documents(limits, shown=not public, trusted=trusted)
        self.shown_documents = Documents(limits, shown=True, trusted=trusted) if public else self.documents
        self.public = public
        self.typed: Mapping[str, TypedEndpoint] = check_names(specs)
        super().__init__(
            query=Query,
            mutation=typed_predict.with_typed_predictions(Mutation, self.typed.values()),
            subscription=subscriptions.Subscription,
            extensions=[lambda: Admission(self.documents_for)],
            config=StrawberryConfig(scalar_map=SCALARS),
        )
        take_null_for_defaults(self._schema)

    def is_shown_to(self, principal: Principal) -> bool:
        """Whether a caller may ask for the types: everybody, or in public whose key or token may read."""
        return not self.public or (not principal.anonymous and principal.may(Scope.READ))

    def documents_for(self, principal: Principal) -> Documents:
        """The checked documents of callers who see as much of the schema as this one."""
        return self.shown_documents if self.is_shown_to(principal) else self.documents

    def pin(self) -> dict[TrustedDocument, str]:
        """Check the trusted documents and keep them; the answer is what is wrong, by document."""
        problems = self.documents.pin(self._schema)
        self.shown_documents.pinned = self.documents.pinned
        return problems

    def _get_execute_function(self) -> Callable[..., Any]:
        """What strawberry calls in the place of graphql-core's `execute`."""
        return execution.run

    def process_errors(
        self, errors_: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Give every error its code in place; log and mask the unexpected ones."""
        context = execution_context.context if execution_context else None
        if not isinstance(context, Context):
            errors.present(errors_, suggestions=not self.public)
            return
        shown = self.is_shown_to(context.principal)
        errors.present(errors_, suggestions=shown, request_id=context.request_id)


def check_names(specs: Mapping[str, EndpointSpec]) -> dict[str, TypedEndpoint]:
    """These endpoints with the names that they have in GraphQL. Raises InvalidManifest when two of them clash."""
    return typed_endpoints(specs, _own_names()) if specs else {}


@cache
def _own_names() -> Mapping[str, str]:
    """The types and mutations that every schema has, and what each is; it takes a schema to know, so once."""
    own = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=subscriptions.Subscription,
        config=StrawberryConfig(scalar_map=SCALARS),
    )._schema
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
