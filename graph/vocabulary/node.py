"""The interface of every object that has a global id."""

from __future__ import annotations

import strawberry

from graph.vocabulary.docstrings import graphql_interface


@graphql_interface
class Node:
    """An object that can be asked for again by its global id."""

    id: strawberry.ID = strawberry.field(
        description="The global id: opaque, unique among all types, and for `node(id:)`."
    )
