"""Entries of the catalogue: those that callers name in arguments, and fields that lead from rows to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry import Parent
from strawberry.types.field import StrawberryField

from domain.callers import Scope
from domain.catalog.entries import Algorithm, Endpoint
from domain.errors import InvalidInput
from graph.vocabulary.fields import resolved
from graph.vocabulary.ids import ALGORITHM, ENDPOINT, number
from graph.vocabulary.links import ABTestType
from graph.vocabulary.permissions import WithParent
from serving.catalog.catalog import Snapshot


def endpoint(snapshot: Snapshot, text: str, *path: str) -> Endpoint:
    """The endpoint that `text` names: by its name, its global id or its number.

    Raises EndpointNotFound, with the nearest name there is.
    """
    named = next((row for row in snapshot.endpoints.values() if row.name == text), None)
    if named is not None:
        return named
    try:
        endpoint_id = number(ENDPOINT, text, path=path)
    except InvalidInput:
        return snapshot.endpoint_named(text)
    return snapshot.endpoint(endpoint_id)


def algorithm(snapshot: Snapshot, text: str, *path: str) -> Algorithm:
    """The algorithm that `text` names: by its global id or its number.

    Raises InvalidId and AlgorithmNotFound.
    """
    return snapshot.algorithm(number(ALGORITHM, text, path=path))


_KNOWN_BY = "known_by"


def known_by(field: StrawberryField) -> str | None:
    """The attribute of the row on which alone, and on the catalogue, the value of a field depends."""
    found: str | None = field.metadata.get(_KNOWN_BY)
    return found


def catalog_field(
    find: Callable[[Snapshot, Any], object], description: str, *, attribute: str | None = None
) -> Any:  # noqa: ANN401  of any type
    """A field with what `find` finds for the row in the catalogue as it is now; its class says of which type.

    `attribute` is that of the row which `find` looks at, where it looks at one alone.
    """

    def resolve(self: object, row: Parent[Any], info: strawberry.Info[Any, None]):  # type: ignore[no-untyped-def]  # noqa: ANN202
        return find(info.context.snapshot, row)

    resolve.__doc__ = description
    field: Any = resolved(needs=WithParent())(resolve)
    if attribute is not None:
        field.metadata = {**field.metadata, _KNOWN_BY: attribute}
    return field


def endpoint_field(description: str) -> Any:  # noqa: ANN401  a field
    """A field that leads to the endpoint of the row; null where it has none."""
    return catalog_field(
        lambda snapshot, row: None if row.endpoint_id is None else snapshot.endpoint(row.endpoint_id),
        description,
        attribute="endpoint_id",
    )


def algorithm_field(attribute: str, description: str) -> Any:  # noqa: ANN401  a field
    """A field that leads to the algorithm whose id is the row's `attribute`; null where that is None."""

    def find(snapshot: Snapshot, row: object) -> Algorithm | None:
        id_ = getattr(row, attribute)
        return None if id_ is None else snapshot.algorithm(id_)

    return catalog_field(find, description, attribute=attribute)


def ab_test_field(description: str) -> Any:  # noqa: ANN401  a field
    """A field that leads to the A/B test of the row, read for all of an answer together; null where it has none."""

    async def resolve(self: object, row: Parent[Any], info: strawberry.Info[Any, None]) -> ABTestType | None:
        id_ = row.ab_test_id
        return None if id_ is None else await info.context.loaders.ab_test.load(id_)

    resolve.__doc__ = description
    return resolved(needs=Scope.READ)(resolve)
