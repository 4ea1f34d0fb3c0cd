"""The interface of every object that has a global id."""

from __future__ import annotations

import strawberry


@strawberry.interface(description="An object that can be asked for again by its global id.")
class Node:
    """Anything with an id."""

    id: strawberry.ID = strawberry.field(
        description="The global id: opaque, unique among all types, and for `node(id:)`."
    )
