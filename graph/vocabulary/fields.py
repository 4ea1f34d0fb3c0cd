"""How types and resolvers are declared: what they need, and how clients read of them.

Each sentence is written once. The first paragraph of a docstring is what clients read, in GraphiQL and in
docs/graphql.md; what only the next programmer must know follows it, after an empty line:

- a class with `@graphql_type`, `@graphql_input` or `@graphql_interface` in the place of `@strawberry.type(...)`;
- a method with `@resolved`, `@paged`, `@mutation` or `@subscription`, without `description=`. That is for texts which
  are put together when the server starts.

Attributes and arguments have no docstring, so they keep their `description=`. Classes that only lend their fields to
others (`Queries`, `Mutations`, the payloads' base) keep `@strawberry.type`, since clients never read of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast, dataclass_transform

import strawberry
from strawberry.extensions import FieldExtension

from domain.callers import Scope
from graph.vocabulary.costs import KEY, Costs
from graph.vocabulary.errors import FIXABLE, in_input
from graph.vocabulary.permissions import Declaration, Needs

F = TypeVar("F", bound=Callable[..., object])
T = TypeVar("T")


def description_of(documented: object) -> str | None:
    """What clients read of a type or a field: the first paragraph of its docstring, as one line."""
    return " ".join((inspect.getdoc(documented) or "").partition("\n\n")[0].split()) or None


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def graphql_type(cls: type[T]) -> type[T]:
    """Makes a class a GraphQL type, described by its docstring."""
    return strawberry.type(cls, description=description_of(cls))


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def graphql_input(cls: type[T]) -> type[T]:
    """Makes a class a GraphQL input, described by its docstring."""
    return strawberry.input(cls, description=description_of(cls))


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def graphql_interface(cls: type[T]) -> type[T]:
    """Makes a class a GraphQL interface, described by its docstring."""
    return strawberry.interface(cls, description=description_of(cls))


def resolved(
    *,
    needs: Declaration,
    description: str | None = None,
    name: str | None = None,
    costs: Costs | None = None,
    deprecation_reason: str | None = None,
) -> Callable[[F], F]:
    """Makes a method a field for callers with the right that it `needs`.

    That is a scope wherever a table is read; `WithParent()` where only what the parent already gave is shown,
    and `OpenToAll()` where everybody may see it. `costs` where the default of its type does not fit.
    """
    return _declared(strawberry.field, needs, description, name, costs, deprecation_reason=deprecation_reason)


def mutation(
    *, needs: Scope, description: str | None = None, name: str | None = None, costs: Costs | None = None
) -> Callable[[F], F]:
    """Makes a method a mutation for callers with the scope that it `needs`.

    The method begins with nothing loaded, since the mutation before it changed things. What it raises for the caller
    to fix becomes the `userErrors` of its payload, whose other fields all have a default.
    """
    declare: Callable[[F], F] = _declared(strawberry.mutation, needs, description, name, costs)
    return lambda method: declare(_with_user_errors(method))


def subscription(
    *, needs: Scope, description: str | None = None, name: str | None = None, costs: Costs | None = None
) -> Callable[[F], F]:
    """Makes a method a subscription for callers with the scope that it `needs`."""
    return _declared(strawberry.subscription, needs, description, name, costs)


def _declared(
    kind: Callable[..., Any],
    needs: Declaration,
    description: str | None,
    name: str | None,
    costs: Costs | None,
    **more: object,
) -> Callable[[F], F]:
    def declare(method: F) -> F:
        declared = kind(
            method,
            name=name,
            description=description or description_of(method),
            extensions=_extensions(needs),
            metadata=None if costs is None else {KEY: costs},
            **more,
        )
        return cast("F", declared)

    return declare


def _with_user_errors(method: F) -> F:
    @wraps(method)
    async def resolve(*source: object, info: strawberry.Info[Any, Any], **arguments: object) -> object:
        info.context.forget()
        try:
            return await cast("Any", method)(*source, info=info, **arguments)
        except FIXABLE as error:
            payload: Any = info.return_type
            return payload(user_errors=[in_input(part) for part in error.apart()])

    return cast("F", resolve)


def _extensions(needs: Declaration) -> list[FieldExtension]:
    if isinstance(needs, Scope):
        return [Needs(needs)]
    return [Needs(*needs)] if isinstance(needs, tuple) else [needs]
