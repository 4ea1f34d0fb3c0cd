"""Arguments as resolvers take them: what Strawberry works out of types at each call is worked out once for a field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any

from strawberry.types.base import StrawberryList, StrawberryOptional, has_object_definition
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

from graph.compiled.private_parts import InputContext, Inputs

Convert = Callable[[Any, Any], Any]
"""Makes the value that a resolver takes of one that graphql-core has read, and of the resolver's `info`."""


ANY = "*"
"""In a path, the place of an item of a list."""


class NotConverted(Exception):
    """A kind of argument that only Strawberry converts."""


def converters_of(field: StrawberryField, inputs: Inputs) -> Mapping[str, tuple[str, Convert | None]] | None:
    """By the name of each argument the parameter's name and what makes its value, None where that is what was read.

    None in the place of all where only Strawberry can.
    """
    maker = _Maker(inputs)
    try:
        found = {
            inputs.name_of_argument(one): (
                str(one.python_name),
                maker.of(one.type, inputs.name_of_argument(one)),
            )
            for one in field.arguments
        }
    except NotConverted:
        return None
    # Where a type stands in several places, an input that asks for its place cannot be told it.
    return None if maker.is_placed and maker.is_reused else found


class _Maker:
    """Makes the functions for one field's arguments; an input that holds inputs of its own type is made once."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.known: dict[type, Convert] = {}
        self.is_placed = self.is_reused = False

    def of(self, type_: Any, *path: str) -> Convert | None:  # noqa: ANN401  any of Strawberry's types
        """What makes the value of a type at a place; None where that is what was read."""
        if isinstance(type_, LazyType):
            return self.of(type_.resolve_type(), *path)
        # Its kinds are subclasses: one that may be left out is not converted here.
        if type(type_) is StrawberryOptional:
            return self.of(type_.of_type, *path)
        if isinstance(type_, StrawberryList):
            return self._list(type_, *path)
        if (
            self.inputs.is_leaf(type_)
            or isinstance(type_, StrawberryEnumDefinition)
            or has_enum_definition(type_)
        ):
            return None
        if has_object_definition(type_):
            return self._input(type_, *path)
        raise NotConverted

    def _list(self, type_: StrawberryList, *path: str) -> Convert:
        # The place of an item is not known here, and only these ask for it.
        item = self.of(type_.of_type, *path, ANY)

        def convert(value: Any, info: Any) -> Any:  # noqa: ANN401
            if value is None or value is UNSET:
                return value
            # Always a list of its own, which the resolver may change.
            return list(value) if item is None else [item(one, info) for one in value]

        return convert

    def _input(self, type_: Any, *path: str) -> Convert:  # noqa: ANN401
        definition = type_.__strawberry_definition__
        read = definition.from_input
        if read is not None:
            if ANY in path:
                raise NotConverted
            self.is_placed = True
            inputs = self.inputs

            def made(value: Any, info: Any) -> Any:  # noqa: ANN401
                if value is None or value is UNSET:
                    return value
                context = InputContext(
                    info=info, config=inputs.config, scalar_registry=inputs.scalars, path=path
                )
                return read(type_, value, context)

            return made
        if type_ in self.known:
            self.is_reused = True
            return self.known[type_]
        fields: list[tuple[str, str, Convert | None]] = []
        empty = {
            one.python_name: None
            for one in definition.fields
            if definition.is_input and one.default_value is MISSING and one.default_factory is MISSING
        }

        def convert(value: Any, info: Any) -> Any:  # noqa: ANN401
            if value is None or value is UNSET:
                return value
            given = dict(empty)
            for name, parameter, one in fields:
                if name in value:
                    given[parameter] = value[name] if one is None else one(value[name], info)
            return type_(**given)

        self.known[type_] = convert
        for one in definition.fields:
            name = self.inputs.name_of_field(one)
            found = self.of(one.resolve_type(type_definition=definition), *path, name)
            fields.append((name, one.python_name, found))
        return convert
