"""What the operator chooses about the GraphQL edge."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.limits import GraphLimits


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """The choices of one edge.

    In `development` queries may also come by GET, a browser gets GraphiQL, and the schema can be asked for its
    types; otherwise none of these. `path` is the URL of operations.
    """

    limits: GraphLimits = field(default_factory=GraphLimits)
    development: bool = True
    path: str = "/graphql"
