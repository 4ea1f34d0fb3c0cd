"""How fields are declared: what they read of a row, or the right that their resolver needs and what it tells clients.

A type whose values are rows of the domain declares a plain attribute where the row has one, `computed` where a
function of the row alone gives the value, and a resolver with a `strawberry.Parent[Row]` for everything else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Any, TypeAlias, TypeVar, cast

import strawberry
from graphql import GraphQLField
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from domain.callers import Scope
from graph.vocabulary.docstrings import description_of
from graph.vocabulary.errors import FIXABLE, UserError, user_errors_of
from graph.vocabulary.field_cost import KEY, FieldCost, sized
from graph.vocabulary.links import QueryType
from graph.vocabulary.permissions import Declaration, Needs, OpenToAll

F = TypeVar("F", bound=Callable[..., object])

Begin: TypeAlias = Callable[[Any, Any], Awaitable[object] | None]
"""Begins a mutation, for a context, from its argument as it came; None, and nothing is done, for what must be read."""

StraightWay: TypeAlias = Callable[[GraphQLField], Begin]
"""Makes what begins a mutation, of its field in the schema."""

_STRAIGHT = "straight"


class ComputedField(StrawberryField):
    """A field whose value `read` makes of the row: no resolver, so it is read as fast as an attribute."""

    read: Callable[[Any], object]
    shown: Callable[[Any], object] | None = None
    of_many: Callable[[Sequence[Any]], Sequence[object]] | None = None

    def __copy__(self) -> ComputedField:
        made = super().__copy__()
        made.read, made.shown, made.of_many = self.read, self.shown, self.of_many
        return made

    def get_result(self, source: object, info: object, args: object, kwargs: object) -> object:
        """What `read` makes of the row."""
        return self.read(source)


def computed(
    read: Callable[[Any], object],
    description: str,
    cost: FieldCost | None = None,
    *,
    shown: Callable[[Any], object] | None = None,
    of_many: Callable[[Sequence[Any]], Sequence[object]] | None = None,
    deprecation_reason: str | None = None,
) -> Any:  # noqa: ANN401  a field
    """A field with what `read` makes of the row that is shown; like an attribute it shows only what the row holds.

    `shown` makes of the row at once what the type makes of that, for fields of which a page has many, and `of_many`
    the same of all rows of a page.
    """
    field = ComputedField(
        description=description,
        metadata=None if cost is None else {KEY: cost},
        deprecation_reason=deprecation_reason,
    )
    field.read, field.shown, field.of_many = read, shown, of_many
    return field


def resolved(
    *,
    needs: Declaration,
    name: str | None = None,
    cost: FieldCost | None = None,
    deprecation_reason: str | None = None,
) -> Callable[[F], F]:
    """Makes a method a field for callers with the right that it `needs`.

    That is a scope wherever a table is read; `WithParent()` where only what the parent already gave is shown,
    and `OpenToAll()` where everybody may see it. `cost` where the default of its type does not fit.
    """
    return _declared(strawberry.field, needs, name, cost, deprecation_reason=deprecation_reason)


def mutation(
    *,
    needs: Scope,
    name: str | None = None,
    cost: FieldCost | None = None,
    description: str | None = None,
    straight: StraightWay | None = None,
) -> Callable[[F], F]:
    """Makes a method a mutation for callers with the scope that it `needs`.

    The method begins with nothing loaded, since the mutation before it changed things. What it raises for the caller
    to fix becomes the `userErrors` of its payload, whose other fields all have a default. A `description` only where
    it is put together when the server starts. `straight` gives what begins it from its argument as it came, and does
    all that the method would do: for what nearly all calls send.
    """
    declare: Callable[[F], F] = _declared(
        strawberry.mutation, needs, name, cost, description=description, straight=straight
    )
    return lambda method: declare(_with_user_errors(method))


def straight_of(field: StrawberryField, definition: GraphQLField) -> Begin | None:
    """What begins a mutation from its argument as it came; None where there is no such way."""
    found: StraightWay | None = field.metadata.get(_STRAIGHT)
    return None if found is None else found(definition)


def subscription(*, needs: Scope) -> Callable[[F], F]:
    """Makes a method a subscription for callers with the scope that it `needs`."""
    return _declared(strawberry.subscription, needs)


def _declared(
    kind: Callable[..., Any],
    needs: Declaration,
    name: str | None = None,
    cost: FieldCost | None = None,
    *,
    description: str | None = None,
    straight: StraightWay | None = None,
    **more: object,
) -> Callable[[F], F]:
    told = {KEY: cost, _STRAIGHT: straight}

    def declare(method: F) -> F:
        return cast(
            "F",
            kind(
                method,
                name=name,
                description=description or description_of(method),
                extensions=_extensions(needs),
                metadata={key: value for key, value in told.items() if value is not None},
                **more,
            ),
        )

    return declare


def _with_user_errors(method: F) -> F:
    @wraps(method)
    async def resolve(*source: object, info: strawberry.Info[Any, Any], **arguments: object) -> object:
        info.context.forget(after_write=True)
        try:
            return await cast("Any", method)(*source, info=info, **arguments)
        except FIXABLE as error:
            payload: Any = info.return_type
            return payload(user_errors=user_errors_of(error))

    return cast("F", resolve)


def _extensions(needs: Declaration) -> list[FieldExtension]:
    if isinstance(needs, Scope):
        return [Needs(needs)]
    return [Needs(*needs)] if isinstance(needs, tuple) else [needs]


@strawberry.type
class MutationPayload:
    """The part of a mutation's answer that is the same everywhere. The fields of a payload need a default each."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list,
        description="What the caller can fix; empty when all was done. Where it is not, nothing else was changed.",
        metadata=sized(1),
    )

    @resolved(needs=OpenToAll())
    def query(self, info: strawberry.Info) -> QueryType:
        """Everything that can be queried, as it is after the mutation."""
        return cast("QueryType", info.schema.query())
