"""Where the resolver of a subscription meets the transport that runs it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from domain.errors import ArbiterError
from serving.live.follower import Follower


@dataclass(slots=True)
class GraphQLFeed:
    """The feed of one subscription.

    `cut` is called at once with the error that ends the feed; `shared` says that nobody's socket holds the reader
    up; `resume_after` is the request that the client knows.
    """

    cut: Callable[[ArbiterError], None]
    shared: bool
    resume_after: str | None = None
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    follower: Follower[Any] | None = None
    event_id: str | None = None
    event_at: float = 0.0

    def begin(self, follower: Follower[Any]) -> None:
        """The subscription is in its feed: whatever happens from now on will come."""
        self.follower = follower
        self.begun.set()

    def next_event(self, event_id: str | None) -> None:
        """An event is about to be executed."""
        self.event_id = event_id
        self.event_at = time.perf_counter()
