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
from domain.pacing import MASKED_CHARACTERS_ON_LOOP
from graph.operation.documents.cache import CheckedDocument
from graph.operation.feed import GraphQLFeed
from graph.operation.limits import GraphLimits
from graph.operation.loaders import Loaders
from serving.catalog.catalog import Snapshot
from serving.services import Services

LARGEST_ANSWER = 4 * 2**20
"""Characters of inputs that one call's answer may show: 10,000 ordinary rows, or 64 of the longest."""


@dataclass(slots=True)
class Charge:
    """What an operation costs its caller: `points`, after those of the `earlier` ones in the same list.

    `checking` of them were for checking its document, which only callers without a scope pay for by its length.
    `is_paid` says that they were taken before the operation came here, and `is_shown` that the caller wants to see
    them. `address` tells callers without a key apart, each of whom has a budget too.
    """

    address: str = ""
    points: int = 0
    checking: int = 0
    earlier: int = 0
    is_paid: bool = False
    is_shown: bool = False


@dataclass(slots=True)
class Context:
    """One operation's surroundings; the operations of one HTTP call, of which a list may hold several, share them.

    `principal` is who asks, and `charge` what that costs. The transport says the rest: `sent` is how many bytes came
    with the operation, where that is known, and `long` that they are too many to read in one go; `until` is the time
    of the event loop at which a query is stopped; `request_id` is the name of the call in logs; `streaming` is where
    a subscription meets the transport that runs it; `how_to_send` tells callers without a key how to send one.
    `checked` is the document that was checked last, for whoever runs it without keeping it for others.
    `listed` is how many objects the lists may give so far, and `characters` how long the inputs of their requests are.
    `warnings` goes out in `extensions.warnings`, each by its own key once. `after_write` is as in `Loaders`.
    """

    services: Services
    principal: Principal
    limits: GraphLimits
    charge: Charge = field(default_factory=Charge)
    long: bool = False
    listed: int = 0
    characters: int = 0
    until: float = math.inf
    request_id: str | None = None
    streaming: GraphQLFeed | None = None
    sent: float = math.inf
    how_to_send: str = HEADER
    warnings: dict[Hashable, dict[str, object]] = field(default_factory=dict)
    checked: tuple[str, CheckedDocument] | None = None
    after_write: bool = False
    _loaders: Loaders | None = None

    @property
    def loaders(self) -> Loaders:
        """What this operation loads in groups; made when first needed, since a prediction needs none."""
        if self._loaders is None:
            evaluate = self.services.ab_tests.evaluate_many
            self._loaders = Loaders(
                self.services.database, self.viewer, evaluate, after_write=self.after_write
            )
        return self._loaders

    @property
    def snapshot(self) -> Snapshot:
        """The catalogue as it is now; after a mutation, as the mutation left it."""
        return self.services.catalog.snapshot

    @property
    def viewer(self) -> Viewer:
        """For whom queries read."""
        return self.snapshot.viewer(self.principal)

    def forget(self, *, after_write: bool = False) -> Context:
        """Forget what was loaded. Every mutation begins with this, since the one before it changed things.

        `after_write` says that what is loaded from now on is for a mutation's answer.
        """
        self._loaders, self.after_write = None, after_write
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

    def weigh(self, characters: int) -> None:
        """Count characters of inputs that were read. Raises InvalidPage when they are too many for one answer."""
        self.characters += characters
        if self.characters > LARGEST_ANSWER:
            raise InvalidPage(
                f"the rows of this answer hold more than {LARGEST_ANSWER:,} characters of input: ask for smaller "
                "pages, or without `input`"
            )

    @property
    def has_long_rows(self) -> bool:
        """Whether a few rows are so long that each is worked on by itself."""
        return self.characters > MASKED_CHARACTERS_ON_LOOP


Info: TypeAlias = strawberry.Info[Context, None]
