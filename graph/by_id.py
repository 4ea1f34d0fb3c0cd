"""Objects by their global id: the Node interface, `node` and `nodes`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import strawberry

from domain.callers import Scope
from domain.errors import InvalidId, InvalidPage
from graph.operation.context import Context, Info
from graph.vocabulary.field_cost import LARGEST_PAGE, FieldCost, length
from graph.vocabulary.fields import resolved
from graph.vocabulary.ids import AB_TEST, ALGORITHM, ALGORITHM_STATUS, ENDPOINT, REQUEST, TypeName, decode
from graph.vocabulary.links import NodeType

LOADERS: Mapping[TypeName, Callable[[Context, int], Awaitable[NodeType | None]]] = {
    ALGORITHM_STATUS: lambda context, id_: context.loaders.status.load(id_),
    REQUEST: lambda context, id_: context.loaders.request.load(id_),
    AB_TEST: lambda context, id_: context.loaders.ab_test.load(id_),
}


async def _find(context: Context, text: str, path: tuple[str, ...]) -> NodeType | None:
    type_name, id_ = decode(text) or (TypeName(""), 0)
    if type_name == ENDPOINT:
        return context.snapshot.endpoints.get(id_)
    if type_name == ALGORITHM:
        return context.snapshot.algorithms.get(id_)
    if type_name not in LOADERS:
        raise InvalidId("this is no global id: take the `id` of an object, as this server gave it", path=path)
    return await LOADERS[type_name](context, id_)


@strawberry.type
class Queries:
    """Root queries for any object."""

    @resolved(needs=Scope.READ)
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The `id` of an object.")],
    ) -> NodeType | None:
        """The object with this global id; null when there is none any more."""
        return await _find(info.context, id, ("id",))

    @resolved(needs=Scope.READ, cost=FieldCost(length("ids"), size=length("ids")))
    async def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID],
            strawberry.argument(description="The `id`s of at most 100 objects, of any type."),
        ],
    ) -> list[NodeType | None]:
        """The objects with these global ids, in the same order; null where there is none.

        Each type in one statement.
        """
        if len(ids) > LARGEST_PAGE:
            raise InvalidPage(f"ask for at most {LARGEST_PAGE} nodes at once, not {len(ids)}", path=("ids",))
        return list(
            await asyncio.gather(
                *(_find(info.context, text, ("ids", str(index))) for index, text in enumerate(ids))
            )
        )
