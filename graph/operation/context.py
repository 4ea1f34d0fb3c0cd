"""What a resolver has at hand: the services, the caller, and the loaders of this one operation."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry

from domain.callers import Principal, Viewer
from domain.errors import InvalidPage
from domain.input.credentials import HEADER
from graph.operation.feed import GraphQLFeed
from graph.operation.limits import GraphLimits
from graph.operation.loaders import Loaders
from serving.catalog.catalog import Snapshot
from serving.services import Services


@dataclass(slots=True)
class Context:
    """One operation's surroundings.

    `long` says that much was sent with it, so that it must not be read in one go; `listed` is how many objects
    its lists may give so far. `until` is the time of the event loop at which a query is stopped, `request_id` the
    name of the call in logs. The operations of one HTTP call, of which a list may hold several, share all of this.
    `sent` is how many bytes came with it, where that is known. `streaming` is where a subscription meets the
    transport that runs it. `address` tells callers without a key apart; `cost` is what the operation was charged,
    `earlier` the same of those before it in a list, `paid` that this has happened elsewhere, and `show_cost` that
    the caller wants to see it. `how_to_send` tells callers without a key how their transport takes one. `warnings`
    goes out in `extensions.warnings`, each by its own key once.
    """

    services: Services
    principal: Principal
    limits: GraphLimits
    long: bool = False
    listed: int = 0
    until: float = math.inf
    request_id: str | None = None
    streaming: GraphQLFeed | None = None
    sent: float = math.inf
    address: str = ""
    cost: int = 0
    earlier: int = 0
    paid: bool = False
    show_cost: bool = False
    how_to_send: str = HEADER
    warnings: dict[Hashable, dict[str, str]] = field(default_factory=dict)
    _loaders: Loaders | None = None

    @property
    def loaders(self) -> Loaders:
        """What this operation loads in groups; made when first needed, since a prediction needs none."""
        if self._loaders is None:
            self._loaders = Loaders(self.services.database, self.viewer, self.services.ab_tests.evaluate_many)
        return self._loaders

    @property
    def snapshot(self) -> Snapshot:
        """The catalogue as it is now; after a mutation, as the mutation left it."""
        return self.services.catalog.snapshot

    @property
    def viewer(self) -> Viewer:
        """For whom queries read."""
        return self.snapshot.viewer(self.principal)

    def forget(self) -> Context:
        """Forget what was loaded. Every mutation begins with this, since the one before it changed things."""
        self._loaders = None
        return self

    def spend(self, nodes: int) -> None:
        """Count `nodes` more objects towards the operation's limit, before they are read.

        Raises InvalidPage when all connections together may list more than the limit.
        """
        self.listed += nodes
        if self.listed > self.limits.nodes:
            raise InvalidPage(
                f"the operation's connections may list more than {self.limits.nodes} objects together: "
                "ask for smaller pages, or for fewer lists within lists"
            )


Info: TypeAlias = strawberry.Info[Context, None]
