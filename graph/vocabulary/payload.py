"""What the answers of all mutations share."""

from __future__ import annotations

from typing import cast

import strawberry

from graph.vocabulary.errors import UserError
from graph.vocabulary.field_cost import sized
from graph.vocabulary.fields import resolved
from graph.vocabulary.links import QueryType
from graph.vocabulary.permissions import OpenToAll


@strawberry.type
class MutationPayload:
    """The part of a mutation's answer that is the same everywhere. The fields of a payload need a default each."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list,
        description="What the caller can fix; empty when all was done. Where it is not, nothing else was changed.",
        metadata=sized(1),
    )

    @resolved(needs=OpenToAll())
    def query(self, info: strawberry.Info) -> QueryType:
        """Everything that can be queried, as it is after the mutation."""
        return cast("QueryType", info.schema.query())
