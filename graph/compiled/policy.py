"""What a project tells compiled execution of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import GraphQLField, GraphQLObjectType
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

Begin: TypeAlias = Callable[[Any, Any], Awaitable[object] | None]
"""Begins a mutation, for a context, from its one argument as the caller sent it, and gives what to await for its value.

None, and nothing is done, for what it does not know how to read: then the argument is read as ever.
"""

SIZE = "size"
"""Why an operation is not compiled: it is too large, for the time there is."""


class Unexpected(Exception):
    """A compiled run met what only the reference executor can answer."""


class NotCompiled(Exception):
    """An operation cannot be compiled; `reason` is one word of a short list, for metrics."""

    def __init__(self, reason: str, why: str) -> None:
        super().__init__(why)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Policy:
    """How the fields of a schema behave.

    `rights`: those that an extension of a field checks before its resolver, none for one that does nothing; None: the
    extension must run, and its field is resolved as the reference does. `may`: whether the caller in a context holds
    all of these rights. `repeatable`: whether a resolver without arguments may be called again without a statement or
    an effect, so that nothing need be noted of it. `read`: the function of the row that makes a field's value where
    it is no attribute. `by_class`: whether objects of a type are told by their class alone. `kept`: whether the rows of
    a type come again, so that their answers are kept by selection for as long as `epoch` gives the same object: what a
    row of such a type shows without a noted resolver depends on the row and the epoch alone, whoever asks.
    `known_by`: the attribute of the row on which alone, and on the epoch, the value of a resolver of such a type
    depends.
    `shown`: the function of the row that makes at once what the type of a field would make of its value, never null.
    `of_many`: the function of many rows that makes at once what the type of a field would make of its values, one for
    each row; for fields of which a page has many.
    `null_defaults`: what the function that stands before a field's resolver puts in the place of null, by argument;
    None where there is no such function.
    `straight`: what begins a mutation of one argument from that as it came, where there is such a way.
    """

    rights: Callable[[FieldExtension], Collection[Hashable] | None] = lambda _extension: None
    may: Callable[[Any, frozenset[Hashable]], bool] = lambda _context, rights: not rights
    repeatable: Callable[[StrawberryField], bool] = lambda _field: False
    read: Callable[[StrawberryField], Callable[[Any], object] | None] = lambda _field: None
    by_class: Callable[[GraphQLObjectType], bool] = lambda _type: False
    kept: Callable[[GraphQLObjectType], bool] = lambda _type: False
    epoch: Callable[[Any], object] = lambda _context: None
    known_by: Callable[[StrawberryField], str | None] = lambda _field: None
    shown: Callable[[StrawberryField], Callable[[Any], object] | None] = lambda _field: None
    of_many: Callable[[StrawberryField], Callable[[Sequence[Any]], Sequence[object]] | None] = lambda _field: (
        None
    )
    null_defaults: Callable[[GraphQLField], Mapping[str, Any] | None] = lambda _field: None
    straight: Callable[[StrawberryField, GraphQLField], Begin | None] = lambda _field, _definition: None
