"""The variables of an operation, each with a reader that is chosen once; what is rare or wrong graphql-core reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLSchema,
    GraphQLString,
    GraphQLType,
    Undefined,
    VariableDefinitionNode,
    get_nullable_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution import get_variable_values

from graph.compiled.arguments import NO_VALUES
from graph.compiled.private_parts import (
    VariableSignature,
    VariableSource,
    VariableValues,
    coerce_default_value,
    get_variable_signature,
)

LARGEST_INT = 2**31 - 1

Read = Callable[[Any], Any]
"""Makes the value that execution works with of one that a caller sent. Raises Unread."""


class Unread(Exception):
    """A value that graphql-core has to read, or to refuse."""


class Variable(NamedTuple):
    """One variable. Where it may be left out, it is then absent."""

    name: str
    signature: VariableSignature
    read: Read
    is_optional: bool


class Variables:
    """Reads the variables of one operation."""

    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self.schema = schema
        self.definitions = definitions
        self._known = _known(schema, definitions)

    def read(self, sent: Mapping[str, Any] | None) -> VariableValues | None:
        """The variables as execution reads them; None where something is wrong with them."""
        if not self.definitions:
            return NO_VALUES
        found = None if self._known is None else _read(self._known, sent or {})
        if found is not None:
            return found
        read = get_variable_values(self.schema, self.definitions, dict(sent or {}), max_errors=1)
        return None if isinstance(read, list) else read


def _read(known: Sequence[Variable], sent: Mapping[str, Any]) -> VariableValues | None:
    sources: dict[str, VariableSource] = {}
    values: dict[str, Any] = {}
    try:
        for name, signature, read, is_optional in known:
            if name in sent:
                value = sent[name]
                sources[name] = VariableSource(signature, value)
                values[name] = read(value)
            elif is_optional:
                sources[name] = VariableSource(signature)
            else:
                return None
    except Unread:
        return None
    return VariableValues(sources, values)


def _known(schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> Sequence[Variable] | None:
    found = []
    for node in definitions:
        signature = get_variable_signature(schema, node)
        if isinstance(signature, GraphQLError):
            return None
        try:
            read = reader_of(signature.type)
        except Unread:
            return None
        is_optional = signature.default is None and not is_non_null_type(signature.type)
        found.append(Variable(signature.name, signature, read, is_optional))
    return found


def reader_of(type_: GraphQLInputType, above: tuple[GraphQLInputType, ...] = ()) -> Read:
    """What reads values of a type. Raises Unread for one that can hold itself: its depth has to be watched."""
    nullable = get_nullable_type(type_)
    if nullable in above:
        raise Unread
    if is_list_type(nullable):
        read = _list_reader(reader_of(nullable.of_type, above))
    elif is_input_object_type(nullable):
        read = _object_reader(nullable, (*above, nullable))
    else:
        read = _leaf_reader(nullable)
    return _present(read) if is_non_null_type(type_) else read


def _present(read: Read) -> Read:
    def present(value: Any) -> Any:  # noqa: ANN401
        if value is None:
            raise Unread
        return read(value)

    return present


def _list_reader(read: Read) -> Read:
    def read_list(value: Any) -> Any:  # noqa: ANN401
        if value is None:
            return None
        if value.__class__ is not list:
            raise Unread
        return [read(one) for one in value]

    return read_list


def _leaf_reader(type_: GraphQLType) -> Read:
    if not is_leaf_type(type_):
        raise Unread
    plain = _AS_IT_IS.get(type_.name)
    if plain is not None and plain[0] is type_:
        return plain[1]
    coerce = type_.coerce_input_value

    def read(value: Any) -> Any:  # noqa: ANN401
        if value is None:
            return None
        try:
            found = coerce(value)
        except Exception as error:  # any: graphql-core takes each for a wrong value, too
            raise Unread from error
        if found is Undefined:
            raise Unread
        return found

    return read


def _object_reader(type_: GraphQLInputObjectType, above: tuple[GraphQLInputType, ...]) -> Read:
    if type_.is_one_of:
        raise Unread
    make = None if type_.out_type is GraphQLInputObjectType.out_type else type_.out_type
    fields = [
        (
            name,
            field.out_name or name,
            reader_of(field.type, above),
            field,
            is_required_input_field(field),
            coerce_default_value(field) is not Undefined,
        )
        for name, field in type_.fields.items()
    ]

    def read_object(value: Any) -> Any:  # noqa: ANN401
        if value is None:
            return None
        if value.__class__ is not dict:
            raise Unread
        left, given = len(value), {}
        for name, out_name, read, field, is_required, has_default in fields:
            if name in value:
                left -= 1
                given[out_name] = read(value[name])
            elif is_required:
                raise Unread
            elif has_default:
                given[out_name] = coerce_default_value(field)
        if left:
            raise Unread
        return given if make is None else make(given)

    return read_object


def _text(value: Any) -> Any:  # noqa: ANN401
    if value is None or value.__class__ is str:
        return value
    raise Unread


def _flag(value: Any) -> Any:  # noqa: ANN401
    if value is None or value is True or value is False:
        return value
    raise Unread


def _whole(value: Any) -> Any:  # noqa: ANN401
    if value is None or (value.__class__ is int and -LARGEST_INT <= value <= LARGEST_INT):
        return value
    raise Unread


def _number(value: Any) -> Any:  # noqa: ANN401
    if value.__class__ is float and value - value == 0.0:
        return value
    if value is None:
        return None
    if value.__class__ is int and -LARGEST_INT <= value <= LARGEST_INT:
        return float(value)
    raise Unread


_AS_IT_IS: dict[str, tuple[GraphQLLeafType, Read]] = {
    "String": (GraphQLString, _text),
    "ID": (GraphQLID, _text),
    "Boolean": (GraphQLBoolean, _flag),
    "Int": (GraphQLInt, _whole),
    "Float": (GraphQLFloat, _number),
}
