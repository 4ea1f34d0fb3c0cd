"""Which right a field needs, declared beside the field: a scope, that of its parent, or none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from strawberry.extensions import FieldExtension
from strawberry.types import Info

from domain.callers import Scope, require


class Needs(FieldExtension):
    """Lets a field be resolved only for callers that hold all `scopes`; nothing of the field runs for others.

    Raises Unauthenticated for anonymous callers and Forbidden for others that lack one.
    """

    def __init__(self, *scopes: Scope) -> None:
        self.scopes = scopes

    def resolve(
        self, next_: Callable[..., Any], source: object, info: Info[Any, Any], **arguments: object
    ) -> object:
        """Check, then resolve a plain field."""
        for scope in self.scopes:
            require(info.context.principal, scope, info.context.how_to_send)
        return next_(source, info, **arguments)

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: object, info: Info[Any, Any], **arguments: object
    ) -> object:
        """Check, then resolve an asynchronous field."""
        for scope in self.scopes:
            require(info.context.principal, scope, info.context.how_to_send)
        return await next_(source, info, **arguments)


class OpenToAll(FieldExtension):
    """Says that a field needs no scope, on purpose: it shows nothing that a stranger may not know."""


class WithParent(FieldExtension):
    """Says that a field shows only what is already part of its parent, or the catalogue entry that it names.

    Such a field reads no table. Whoever was given the parent may see it.
    """


Declaration: TypeAlias = Scope | tuple[Scope, ...] | OpenToAll | WithParent
"""What each field with a resolver says of itself; a tuple asks for all of its scopes."""
