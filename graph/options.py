"""What the operator chooses about the GraphQL edge."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from graphql.validation import ASTValidationRule

from graph.operation.limits import GraphLimits


@dataclass(frozen=True, slots=True)
class GraphOptions:
    """The choices of one edge.

    In `development` everybody may send queries by GET, open GraphiQL, and ask the schema for its types; otherwise
    only callers with a key or token may, and see the schema only with the scope `read`. `path` is the URL of
    operations.
    With `typed_predictions` each endpoint gets a mutation of its own.
    `sockets` WebSockets may be open at once, with `subscriptions_per_socket` subscriptions on each.
    `trusted` is the manifest of trusted documents, if there is one; with `only_trusted` no others run.
    `rules` are those that documents are checked by beside GraphQL's own.
    `show_cost` says whether answers show the cost of their operation; None: to those who send the header for it.
    `compiled` says whether operations that come again are compiled; without it graphql-core runs all of them.
    """

    limits: GraphLimits = field(default_factory=GraphLimits)
    development: bool = True
    typed_predictions: bool = True
    path: str = "/graphql"
    trusted: Path | None = None
    only_trusted: bool = False
    rules: tuple[type[ASTValidationRule], ...] = ()
    show_cost: bool | None = None
    compiled: bool = True
    sockets: int = 500
    """Each holds tasks and buffers, even where it follows nothing; callers without a key have three fifths."""
    subscriptions_per_socket: int = 100
    """More than a page shows, and a tenth of what a process follows: one client cannot take everything."""

    @property
    def graphiql(self) -> bool:
        """Whether there is a page for browsers: its own operations are not in the manifest of trusted documents."""
        return not self.only_trusted
