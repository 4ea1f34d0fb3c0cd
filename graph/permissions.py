"""Which scope a field needs, declared beside the field."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from strawberry.extensions import FieldExtension
from strawberry.types import Info

from domain.rights import require
from domain.types import Scope

Resolve = Callable[..., Any]
ResolveAsync = Callable[..., Awaitable[Any]]


class Needs(FieldExtension):
    """Lets a field be resolved only for callers that hold `scope`; nothing of the field runs for others.

    Raises Unauthenticated for anonymous callers and Forbidden for keys without the scope.
    """

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def resolve(self, next_: Resolve, source: object, info: Info[Any, Any], **arguments: object) -> object:
        """Check, then resolve a plain field."""
        require(info.context.principal, self.scope)
        return next_(source, info, **arguments)

    async def resolve_async(
        self, next_: ResolveAsync, source: object, info: Info[Any, Any], **arguments: object
    ) -> object:
        """Check, then resolve an asynchronous field."""
        require(info.context.principal, self.scope)
        return await next_(source, info, **arguments)


class OpenToAll(FieldExtension):
    """Says that a root field needs no scope, on purpose."""
