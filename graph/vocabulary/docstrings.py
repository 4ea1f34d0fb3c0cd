"""What clients read of types and fields: the docstrings of the classes and methods that declare them.

Each sentence is written once. The first paragraph of a docstring is what clients read, in GraphiQL and in
docs/graphql.md; what only the next programmer must know follows it, after an empty line:

- a class with `@graphql_type`, `@graphql_input` or `@graphql_interface` in the place of `@strawberry.type(...)`;
- a method with `@resolved`, `@paged`, `@mutation` or `@subscription`.

Attributes and arguments have no docstring, so they keep their `description=`. Classes that only lend their fields to
others (`Queries`, `Mutations`, the payloads' base) keep `@strawberry.type`, since clients never read of them.
"""

from __future__ import annotations

import inspect
from typing import TypeVar, dataclass_transform

import strawberry

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
