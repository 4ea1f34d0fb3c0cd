"""How resolvers are declared: a description for clients, and the scope that the field needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import strawberry
from strawberry.extensions import FieldExtension

from domain.types import Scope
from graph.permissions import Needs, OpenToAll

F = TypeVar("F", bound=Callable[..., object])


def resolved(
    *, description: str, needs: Scope | OpenToAll | None = None, name: str | None = None
) -> Callable[[F], F]:
    """Makes a method a field. Root fields say what they `need`; others do where they read the database."""
    return cast(
        "Callable[[F], F]",
        strawberry.field(description=description, name=name, extensions=_extensions(needs)),
    )


def mutation(*, description: str, needs: Scope, name: str | None = None) -> Callable[[F], F]:
    """Makes a method a mutation for callers with the scope that it `needs`."""
    return cast(
        "Callable[[F], F]",
        strawberry.mutation(description=description, name=name, extensions=_extensions(needs)),
    )


def _extensions(needs: Scope | OpenToAll | None) -> list[FieldExtension]:
    if needs is None:
        return []
    return [Needs(needs) if isinstance(needs, Scope) else needs]
