"""The parts of Strawberry and graphql-core that are used although nobody promises that they stay.

They are touched here alone. `tests/graph/vocabulary/test_private_parts.py` has a test for each, so that an upgrade
which breaks one is told by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, cast

import strawberry
from graphql import GraphQLField, GraphQLResolveInfo, GraphQLSchema, ValidationContext, ValidationRule
from graphql.validation import OverlappingFieldsCanBeMergedRule
from strawberry.schema.types.base_scalars import DateTimeDefinition
from strawberry.types import ExecutionContext
from strawberry.types.base import StrawberryObjectDefinition, get_object_definition
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.execution import PreExecutionError
from strawberry.types.field import StrawberryField

__all__ = ["DateTimeDefinition", "PreExecutionError"]

TOO_DEEP_INTROSPECTION = "Maximum introspection depth exceeded"
"""The message of graphql-core's rule, which gives no code."""

ABORTED = "Validation aborted."
"""How graphql-core's only word ends on a document whose fields and fragments take too many comparisons."""


def comparing_at_most(comparisons: int) -> type[ValidationRule]:
    """graphql-core's rule on fields that are merged, which grows with their square, with a bound of its own."""

    class MergedWithinBounds(OverlappingFieldsCanBeMergedRule):
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)
            self.rule_context.remaining_complexity_budget = comparisons
            context._remaining_fragment_work = min(context._remaining_fragment_work, comparisons)

    return MergedWithinBounds


class SchemaRunBy(strawberry.Schema):
    """A schema that calls `run` where Strawberry calls graphql-core's `execute`, with the same arguments."""

    def __init__(self, *types: Any, run: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401  as its parent
        self._run = run
        super().__init__(*types, **options)

    def _get_execute_function(self) -> Callable[..., Any]:
        return self._run


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """graphql-core's schema: what validates documents, and what descriptions and types are read from."""
    return schema._schema


def core_info(info: strawberry.Info[Any, Any]) -> GraphQLResolveInfo[Any]:
    """graphql-core's info, whose nodes cost nothing; `info.selected_fields` would convert all of them each time."""
    return info._raw_info


def declaration_of(field: GraphQLField) -> StrawberryField | None:
    """How Strawberry was told to make a field of the schema: with its extensions and metadata."""
    declaration = field.extensions.get("strawberry-definition")
    return declaration if isinstance(declaration, StrawberryField) else None


def sent_operation_name(execution: ExecutionContext) -> str | None:
    """The `operationName` that was sent; the public property guesses one where none was."""
    return execution._provided_operation_name


def definition_of(type_: type) -> StrawberryObjectDefinition:
    """What Strawberry knows of a type or an input."""
    return get_object_definition(type_, strict=True)


def enum_definition_of(words: type[Enum]) -> StrawberryEnumDefinition:
    """What Strawberry knows of an enum; its values may still get other names and descriptions."""
    return cast(StrawberryEnumDefinition, words.__strawberry_definition__)  # type: ignore[attr-defined]


def read_input(type_: type, read: Callable[[Mapping[str, Any]], object]) -> None:
    """Let `read` make the value of an input, where Strawberry would make an object of it, field by field."""
    definition_of(type_).from_input = lambda _type, values, _context: read(values)
