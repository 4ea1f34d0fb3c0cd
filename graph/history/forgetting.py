"""Forgetting a subject."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.callers import Scope
from graph.operation.context import Info
from graph.vocabulary.docstrings import graphql_input, graphql_type
from graph.vocabulary.fields import MutationPayload, mutation


@graphql_input
class ForgetSubjectInput:
    """Whom or what to forget."""

    subject: str = strawberry.field(
        description="The `subject` that its predictions were asked for, written exactly so."
    )


@graphql_type
class ForgetSubjectPayload(MutationPayload):
    """What forgetSubject did."""

    requests_forgotten: int = strawberry.field(
        default=0,
        description="How many requests lost their input, message and subject; 0 when there were none of this subject.",
    )


@graphql_input
class ForgetRequestInput:
    """Which request to forget."""

    endpoint: str = strawberry.field(description="The endpoint's name.")
    external_id: str = strawberry.field(
        description="What your own system calls the request, written exactly so."
    )


@graphql_type
class ForgetRequestPayload(MutationPayload):
    """What forgetRequest did."""

    requests_forgotten: int = strawberry.field(
        default=0, description="1 when it was forgotten; 0 when no request of the endpoint is called so."
    )


@strawberry.type
class Mutations:
    """Mutations that forget."""

    @mutation(needs=Scope.ADMIN)
    async def forget_subject(
        self,
        info: Info,
        input: Annotated[ForgetSubjectInput, strawberry.argument(description="Whom or what to forget.")],
    ) -> ForgetSubjectPayload:
        """Erase what the log holds of a person: input, message and subject of all requests of this subject, and their
        idempotency keys. Labels, values, feedback, latencies, all counts and all verdicts stay. It cannot be undone.
        Requests that come later are logged as ever, so stop asking for this subject first.
        """
        return ForgetSubjectPayload(
            requests_forgotten=await info.context.services.forgetting.forget(
                input.subject, info.context.principal
            )
        )

    @mutation(needs=Scope.ADMIN)
    async def forget_request(
        self,
        info: Info,
        input: Annotated[ForgetRequestInput, strawberry.argument(description="Which one to forget.")],
    ) -> ForgetRequestPayload:
        """Erase what the log holds of a person in the one request with this external id, and the external id itself,
        as forgetSubject does; also where retention has removed its inputs already. It cannot be undone.
        """
        services = info.context.services
        endpoint = services.catalog.snapshot.endpoint_named(input.endpoint)
        return ForgetRequestPayload(
            requests_forgotten=await services.forgetting.forget_called(
                endpoint.id, input.external_id, info.context.principal
            )
        )
