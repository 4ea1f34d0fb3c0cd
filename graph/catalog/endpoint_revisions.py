"""The declarations that endpoints had: what an endpoint.json said, and why a change was taken that breaks callers."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import orjson
import strawberry
from strawberry import Parent

from domain.catalog.entries import EndpointRevision as EndpointRevisionRow
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.fields import resolved
from graph.vocabulary.permissions import WithParent
from graph.vocabulary.scalars import JSON


@graphql_type
class EndpointRevision:
    """A declaration of an endpoint that was taken; the newest one holds.

    Its fields are read from a `domain.catalog.entries.EndpointRevision`.
    """

    number: int = strawberry.field(description="1 for the first, and so on.")
    created_at: datetime = strawberry.field(description="When the first server took it.")
    digest: str = strawberry.field(description="What tells the declaration from others, as sha256.")
    breaking: str | None = strawberry.field(
        description="Why it was taken although it refuses calls which the one before it took; null where it refuses "
        "none."
    )

    @resolved(needs=WithParent())
    def declaration(self, row: Parent[EndpointRevisionRow]) -> JSON:
        """The endpoint.json, without what it says of the change itself."""
        return cast(JSON, orjson.loads(row.declaration))
