"""The parts of graphql-core and Strawberry that compiled execution uses although nobody promises that they stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from graphql import GraphQLField, GraphQLSchema
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature as VariableSignature
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues
from graphql.execution.values import VariableValueSource as VariableSource
from graphql.pyutils import gather_with_cancel
from graphql.pyutils.is_iterable import is_iterable
from graphql.type.definition import GraphQLResolveInfoHelpers
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.extensions import FieldExtension
from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.schema import (
    StrawberryGraphQLCoreExecutionContext as ReferenceExecutor,
)
from strawberry.schema.schema import _OperationContextAwareGraphQLResolveInfo as ResolveInfo
from strawberry.types.arguments import InputContext, StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry.types.info import Info

__all__ = [
    "Details",
    "FieldDetails",
    "FragmentDetails",
    "GraphQLResolveInfoHelpers",
    "GroupedFieldSet",
    "InputContext",
    "ReferenceExecutor",
    "ResolveInfo",
    "VariableSignature",
    "VariableSource",
    "VariableValues",
    "coerce_default_value",
    "collect_fields",
    "collect_subfields",
    "gather_with_cancel",
    "get_variable_signature",
    "is_iterable",
]

Details: TypeAlias = list[FieldDetails]


def declaration_of(field: GraphQLField) -> StrawberryField | None:
    """How Strawberry was told to make a field."""
    found = field.extensions.get("strawberry-definition")
    return found if isinstance(found, StrawberryField) else None


def info_class(schema: GraphQLSchema) -> type[Info[Any, Any]]:
    """The class of what resolvers get as `info`."""
    found: type[Info[Any, Any]] = schema._strawberry_schema.config.info_class  # type: ignore[attr-defined]
    return found


def reads_attributes(schema: GraphQLSchema, field: StrawberryField) -> bool:
    """Whether a field without a resolver is the attribute of its name."""
    default = schema._strawberry_schema.config.default_resolver  # type: ignore[attr-defined]
    return default is getattr and type(field).get_result is StrawberryField.get_result


def is_handled(schema: GraphQLSchema) -> bool:
    """Whether exceptions of resolvers may become values."""
    return bool(schema._strawberry_schema.schema_converter.exception_handlers)  # type: ignore[attr-defined]


def keeps_arguments(extension: FieldExtension) -> bool:
    """Whether an extension leaves a resolver's arguments as they are."""
    return type(extension).map_arguments is FieldExtension.map_arguments


def parameters_of(resolver: StrawberryResolver[Any]) -> Mapping[str, str]:
    """What a resolver without GraphQL arguments is called with, by the parameter's name (`""`: the first)."""
    given = {"": "row"} if resolver.self_parameter else {}
    for parameter, value in (
        (resolver.parent_parameter, "row"),
        (resolver.root_parameter, "row"),
        (resolver.info_parameter, "info"),
    ):
        if parameter:
            given[parameter.name] = value
    return given


def is_as_declared(field: GraphQLField) -> bool:
    """Whether a field is resolved by what Strawberry made of its declaration; somebody may have wrapped that."""
    return hasattr(field.resolve, "_is_default")


class Inputs:
    """How a schema names the arguments and fields of inputs, and which types are leaves."""

    def __init__(self, schema: GraphQLSchema) -> None:
        strawberry_schema = schema._strawberry_schema  # type: ignore[attr-defined]
        self.config: Any = strawberry_schema.config
        self.scalars: Mapping[object, Any] = strawberry_schema.schema_converter.scalar_registry

    def name_of_argument(self, argument: StrawberryArgument) -> str:
        """Its name in GraphQL."""
        return str(self.config.name_converter.from_argument(argument))

    def name_of_field(self, field: StrawberryField) -> str:
        """Its name in GraphQL."""
        return str(self.config.name_converter.from_field(field))

    def is_leaf(self, type_: object) -> bool:
        """Whether a value is taken as graphql-core has read it."""
        return type_ is not GlobalID and is_scalar(type_, self.scalars)
