"""Operations that a schema allows, made by chance: aliases, fragments, conditions, variables and their defaults."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
)

MOST_FIELDS = 60
CURSORS = {"after", "before"}
LEFT_OUT = {"replay", "feedbackQueue", "exportUrl"}
"""What takes long, and a link that holds the time of its making."""


class RandomOperation:
    """One query, with the values of its variables. `ids` are texts of ids, some of them of things that are there."""

    def __init__(self, schema: GraphQLSchema, dice: random.Random, ids: Sequence[str]) -> None:
        self.schema = schema
        self.dice = dice
        self.ids = ids
        self.left = MOST_FIELDS
        self.heads: list[str] = []
        self.variables: dict[str, Any] = {}
        self.fragments: list[str] = []
        query = schema.query_type
        assert query is not None
        body = self._selection(query, dice.randrange(2, 6))
        head = f" ({', '.join(self.heads)})" if self.heads else ""
        self.text = "\n".join([f"query Random{head} {body}", *self.fragments])

    def _chance(self, share: float) -> bool:
        return self.dice.random() < share

    def _selection(self, type_: GraphQLNamedType, depth: int) -> str:
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        chosen = [self._condition("__typename")] if self._chance(0.3) else []
        for _ in range(self.dice.randrange(1, 7)):
            name = self.dice.choice(list(type_.fields))
            found = self._field(type_, name, type_.fields[name], depth)
            if found:
                chosen.append(found)
        if isinstance(type_, GraphQLInterfaceType):
            chosen += [
                self._condition(f"... on {one.name}", self._selection(one, depth - 1))
                for one in self.dice.sample(self.schema.get_possible_types(type_), 2)
            ]
        elif self._chance(0.15):
            chosen.append(self._condition(f"... on {type_.name}", self._selection(type_, depth - 1)))
        elif self._chance(0.15):
            # Reached before its number is taken: it may hold fragments of its own.
            body = self._selection(type_, depth - 1)
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {type_.name} {body}")
            chosen += [self._condition(f"...{name}")] * self.dice.choice([1, 1, 2])
        return f"{{ {' '.join(chosen or ['__typename'])} }}"

    def _field(self, parent: GraphQLNamedType, name: str, field: GraphQLField, depth: int) -> str:
        named = get_named_type(field.type)
        if name in LEFT_OUT or self.left <= 0 or (depth <= 0 and not is_leaf_type(named)):
            return ""
        self.left -= 1
        given = [
            f"{one}: {self._argument(one, argument)}"
            for one, argument in field.args.items()
            if is_required_argument(argument) or self._chance(0.05 if one in CURSORS else 0.25)
        ]
        # One name for one field with its arguments, so that what has the same name can be merged.
        alias = ""
        if given or self._chance(0.15):
            self.left -= 1
            alias = f"a{self.left}{self.dice.randrange(10**6)}: "
        sent = f"({', '.join(given)})" if given else ""
        below = "" if is_leaf_type(named) else self._selection(named, depth - 1)
        return self._condition(f"{alias}{name}{sent}", below)

    def _condition(self, text: str, below: str = "") -> str:
        if self._chance(0.9):
            return f"{text} {below}"
        word = self.dice.choice(["skip", "include"])
        value = self.dice.choice(["true", "false"])
        if self._chance(0.6):
            value = self._variable("Boolean!", self._chance(0.5), default=self._chance(0.3))
        return f"{text} @{word}(if: {value}) {below}"

    def _variable(self, type_: str, value: object, *, default: bool, literal: str | None = None) -> str:
        name = f"v{len(self.heads)}"
        written = literal if literal is not None else json.dumps(value)
        self.heads.append(f"${name}: {type_}" + (f" = {written}" if default else ""))
        if not default or self._chance(0.5):
            self.variables[name] = value
        return f"${name}"

    def _argument(self, name: str, argument: GraphQLArgument) -> str:
        value = self._value(name, argument.type)
        literal = _literal(value, argument.type)
        if self._chance(0.6):
            return literal
        return self._variable(str(argument.type), value, default=self._chance(0.3), literal=literal)

    def _value(self, name: str, type_: GraphQLInputType) -> Any:
        if not is_non_null_type(type_) and self._chance(0.1):
            return None
        nullable = get_nullable_type(type_)
        if is_list_type(nullable):
            return [self._value(name, nullable.of_type) for _ in range(self.dice.randrange(3))]
        if isinstance(nullable, GraphQLInputObjectType):
            return self._input(nullable)
        if isinstance(nullable, GraphQLEnumType):
            return self.dice.choice(list(nullable.values))
        return self._scalar(name, get_named_type(nullable).name)

    def _input(self, type_: GraphQLInputObjectType) -> dict[str, Any]:
        required = [one for one, field in type_.fields.items() if is_non_null_type(field.type)]
        names = dict.fromkeys([*required, *self.dice.sample(list(type_.fields), self.dice.randrange(3))])
        return {one: self._value(one, type_.fields[one].type) for one in names}

    def _scalar(self, name: str, type_: str) -> Any:
        if name in CURSORS:
            return self.dice.choice(["junk", "WyJyZXF1ZXN0cy5DUkVBVEVEX0FUX0RFU0MiLG51bGwsMV0"])
        values: Mapping[str, Sequence[Any]] = {
            "ID": self.ids,
            "Int": [0, 1, 2, 3, 5, 7, 11, 13, 17, 20, 20, 30, 40, 50, 101, -1],
            "Float": [0, 0.5, 1.5, -2, 1e300],
            "Boolean": [True, False],
            "DateTime": ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00+02:00", "2026-03-01T00:00:00.5Z"],
            "JSON": ["high", "low", 7, None, {"x": 1}],
        }
        return self.dice.choice(values.get(type_, ["levels", "heights", "x", "colour", "s1", "", "red"]))


def _literal(value: Any, type_: GraphQLInputType) -> str:
    """A value as it stands in a document."""
    nullable = get_nullable_type(type_)
    if isinstance(value, list) and is_list_type(nullable):
        return f"[{', '.join(_literal(one, nullable.of_type) for one in value)}]"
    if isinstance(value, dict):
        types = nullable.fields if isinstance(nullable, GraphQLInputObjectType) else {}
        entries = [
            f"{name}: {_literal(one, types[name].type) if name in types else json.dumps(one)}"
            for name, one in value.items()
        ]
        return f"{{{', '.join(entries)}}}"
    return value if isinstance(nullable, GraphQLEnumType) and value is not None else json.dumps(value)
