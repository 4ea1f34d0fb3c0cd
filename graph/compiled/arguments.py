"""The arguments of fields: those in which no variable has a say are read once for a plan, others once a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputType,
    Node,
    Undefined,
    VariableNode,
    Visitor,
    get_nullable_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    visit,
)
from graphql.execution import get_argument_values

from graph.compiled.policy import Unexpected
from graph.compiled.private_parts import VariableValues
from graph.compiled.selections import PlannedField

NO_VALUES = VariableValues({}, {})


def arguments_of(field: PlannedField, variables: VariableValues) -> dict[str, Any]:
    """The arguments of a field. Raises Unexpected for those that do not fit."""
    return _arguments_of(field, field.nodes[0], variables)


def _arguments_of(field: PlannedField, node: FieldNode, variables: VariableValues) -> dict[str, Any]:
    try:
        return get_argument_values(field.definition, node, variables)
    except GraphQLError as error:
        raise Unexpected(error.message) from error


def plain_variables(field: PlannedField) -> Mapping[str, str] | None:
    """By the arguments of a field the variables that they are, where each is one; None for all other fields.

    An argument that may not be left out is one that takes no null, so of its variable nothing is left to be checked.
    """
    definitions = field.definition.args
    nodes = {one.name.value: one.value for one in field.nodes[0].arguments or ()}
    if nodes.keys() != definitions.keys():
        return None
    found: dict[str, str] = {}
    for name, node in nodes.items():
        argument = definitions[name]
        if not isinstance(node, VariableNode) or not is_required_argument(argument):
            return None
        found[argument.out_name or name] = node.name.value
    return found


class MixedArguments(NamedTuple):
    """Arguments of a field of which some are variables, none of which must be given, and the others constant.

    `variables` are by the argument's name the variable that it is and what stands for it where it was not sent.
    """

    constants: Mapping[str, Any]
    variables: Sequence[tuple[str, str, Any]]

    def read(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """All of them, with the variables as they were `sent`."""
        found = dict(self.constants)
        for name, variable, otherwise in self.variables:
            value = sent.get(variable, otherwise)
            if value is not Undefined:
                found[name] = value
        return found


def mixed_arguments(field: PlannedField) -> MixedArguments | None:
    """The arguments of a field that takes null for each of its variables; None for any other field."""
    definitions, node = field.definition.args, field.nodes[0]
    named = {one.name.value: one.value for one in node.arguments or () if isinstance(one.value, VariableNode)}
    if any(is_non_null_type(definitions[name].type) for name in named):
        return None
    others = tuple([one for one in node.arguments or () if one.name.value not in named])
    if any(map(_has_variables, others)):
        return None
    # What stands for a variable that was not sent is what stands for an argument that was left out.
    constants = _arguments_of(field, FieldNode(name=node.name, arguments=others), NO_VALUES)
    if not _are_constant(constants, field.definition):
        return None
    names = {name: definitions[name].out_name or name for name in named}
    variables = [
        (names[name], value.name.value, constants.pop(names[name], Undefined))
        for name, value in named.items()
    ]
    return MixedArguments(constants, variables)


def constant_arguments(field: PlannedField) -> dict[str, Any] | None:
    """The arguments of a field that may be given to every call; None where there are none.

    Nobody may be able to change them, apart from lists and inputs, of which Strawberry makes new ones at each call.
    """
    if any(map(_has_variables, field.nodes[0].arguments or ())):
        return None
    found = arguments_of(field, NO_VALUES)
    return found if _are_constant(found, field.definition) else None


def _has_variables(node: Node) -> bool:
    found: list[Node] = []

    class Variables(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            found.append(node)

    visit(node, Variables())
    return bool(found)


def _are_constant(arguments: Mapping[str, object], definition: GraphQLField) -> bool:
    types = {argument.out_name or name: argument.type for name, argument in definition.args.items()}
    return all(_is_constant_value(value, types[name]) for name, value in arguments.items())


def _is_constant_value(value: object, type_: GraphQLInputType) -> bool:
    nullable = get_nullable_type(type_)
    if is_list_type(nullable) and isinstance(value, list):
        return all(_is_constant_value(one, nullable.of_type) for one in value)
    if is_input_object_type(nullable) and isinstance(value, dict):
        types = {field.out_name or name: field.type for name, field in nullable.fields.items()}
        return all(name in types and _is_constant_value(one, types[name]) for name, one in value.items())
    return value is None or isinstance(value, str | int | float | bool | Enum | date)
