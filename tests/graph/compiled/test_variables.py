"""Readers that are chosen once read variables as graphql-core reads them, and leave the rest to it."""

from __future__ import annotations

import math
from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse
from graphql.execution import get_variable_values
from graphql.execution.values import VariableValues

from graph.compiled import variables as module
from graph.compiled.variables import Variables

SCHEMA = build_schema("""
  scalar Anything
  enum Colour { RED BLUE }
  input Point { x: Float!, y: Float = 1.5, name: String, colours: [Colour!] }
  input Tree { name: String, below: [Tree!] }
  input OneOf @oneOf { a: Int, b: Int }
  type Query { a: Int }
""")
VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    7,
    -7,
    2**31 - 1,
    -(2**31),
    2**31,
    10**400,
    1.5,
    7.0,
    -0.0,
    math.inf,
    math.nan,
    "",
    "7",
    "RED",
    [],
    [None],
    ["RED"],
    ["RED", "GREEN"],
    [1],
    [[1]],
    {},
    {"x": 1},
    {"x": 1.5, "y": None},
    {"x": "1"},
    {"x": None},
    {"x": 1, "z": 1},
    {"x": 1, "name": "n", "colours": "RED"},
    {"x": 1, "colours": ["RED", "BLUE"]},
    {"a": 1},
    {"a": 1, "b": 2},
    {"name": "a", "below": [{"name": "b"}]},
    {"below": {"below": {}}},
]
TYPES = ["Int", "Float", "String", "Boolean", "ID", "Colour", "Anything", "Point", "Tree", "OneOf"]
LIKE = [text for name in TYPES for text in (name, f"{name}!", f"[{name}]", f"[{name}!]!", f"{name} = null")]


def read(head: str, sent: dict[str, Any]) -> tuple[object, object]:
    """What readers and what graphql-core make of the variables of an operation."""
    (node,) = parse(f"query ({head}) {{ a }}").definitions
    assert isinstance(node, OperationDefinitionNode)
    definitions = node.variable_definitions or ()
    expected = get_variable_values(SCHEMA, definitions, sent, max_errors=1)
    return _told(Variables(SCHEMA, definitions).read(sent)), _told(
        None if isinstance(expected, list) else expected
    )


def _told(found: VariableValues | None) -> object:
    """As a text, since NaN is not itself, and 7 is 7.0: the values, and what each was made of."""
    if found is None:
        return None
    return repr(found.coerced), repr({name: source.value for name, source in found.sources.items()})


@pytest.mark.parametrize("type_", LIKE)
def test_every_value_is_read_as_graphql_core_reads_it(type_: str) -> None:
    for value in VALUES:
        found, expected = read(f"$v: {type_}", {"v": value, "w": 1})
        assert found == expected, value
    found, expected = read(f"$v: {type_}", {})
    assert found == expected


def test_ordinary_values_are_read_without_graphql_core(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("graphql-core was asked")

    monkeypatch.setattr(module, "get_variable_values", fail)
    (node,) = parse("query ($p: Point!, $n: Int, $t: [String!]) { a }").definitions
    assert isinstance(node, OperationDefinitionNode)
    variables = Variables(SCHEMA, node.variable_definitions or ())
    found = variables.read({"p": {"x": 2, "colours": ["BLUE"]}, "t": ["a"]})
    assert found is not None
    assert found.coerced == {"p": {"x": 2.0, "y": 1.5, "colours": ["BLUE"]}, "t": ["a"]}
