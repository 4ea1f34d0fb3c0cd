"""The documents of the reference: operations with what they say of themselves, and which parts of a schema they use.

Lines that begin with `#` above an operation say what it is for. Those that begin with `#:` are for whoever runs it:
`variables` and a JSON object, in which "$name" is a kept value; `keep`, a name, and the path of a value in the answer;
`error` or `userErrors` and the code that is expected; `meanwhile` and the operation that a subscription hears of;
`setup` where it only prepares others, and is no example.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLEnumValue,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_input_object_type,
    parse,
    type_from_ast,
    visit,
)

from graph.contract.deprecations import members_of

_OPERATION = re.compile(
    r"((?:^#.*\n)+)((?:query|mutation|subscription) (\w+).*\n(?:.*\n)*?^\}$)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class ExampleDocument:
    """One operation of a file. `notes` are its `#:` lines by their first word, in their order."""

    file: str
    name: str
    text: str
    about: str
    notes: tuple[tuple[str, str], ...]

    def words(self, kind: str) -> list[str]:
        """What its lines of this kind say."""
        return [text for one, text in self.notes if one == kind]

    @property
    def is_example(self) -> bool:
        """Whether it is for readers too; otherwise it only prepares others."""
        return not self.words("setup")

    @property
    def variables(self) -> dict[str, Any]:
        """Its variables, with the names of kept values in their places."""
        return {name: value for text in self.words("variables") for name, value in json.loads(text).items()}

    def filled(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """Its variables with the kept values. Raises KeyError for one that was not kept."""
        return {name: _filled(value, kept) for name, value in self.variables.items()}


def _filled(value: Any, kept: Mapping[str, Any]) -> Any:  # noqa: ANN401  any JSON
    if isinstance(value, dict):
        return {name: _filled(one, kept) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, kept) for one in value]
    return kept[value[1:]] if isinstance(value, str) and value.startswith("$") else value


def documents_of(text: str, file: str) -> list[ExampleDocument]:
    r"""The operations of a file, in their order.

    >>> [(one.name, one.about) for one in documents_of("# Who calls.\nquery Me {\n  viewer { name }\n}\n", "me")]
    [('Me', 'Who calls.')]
    """
    return [_document(file, *found) for found in _OPERATION.findall(text)]


def _document(file: str, comments: str, text: str, name: str) -> ExampleDocument:
    lines = comments.splitlines()
    notes = [line[2:].strip().partition(" ") for line in lines if line.startswith("#:")]
    about = " ".join(line[1:].strip() for line in lines if not line.startswith("#:"))
    return ExampleDocument(file, name, text, about, tuple((kind, rest.strip()) for kind, _, rest in notes))


def read_documents(folder: Path) -> list[ExampleDocument]:
    """The operations of all files in a folder, by the names of the files."""
    return [
        document
        for path in sorted(folder.glob("*.graphql"))
        for document in documents_of(path.read_text("utf-8"), path.name)
    ]


def uses(schema: GraphQLSchema, document: ExampleDocument) -> set[str]:
    """The coordinates that an operation uses, with what its variables hold: `Type.field`, `Type.field(argument:)`."""
    info = TypeInfo(schema)
    collector = _Collector(schema, info, document.variables)
    visit(parse(document.text), TypeInfoVisitor(info, collector))
    return collector.found


class _Collector(Visitor):
    def __init__(self, schema: GraphQLSchema, info: TypeInfo, variables: Mapping[str, Any]) -> None:
        super().__init__()
        self.found: set[str] = set()
        self._schema, self._info, self._variables = schema, info, variables

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: object) -> None:
        for one in node.variable_definitions or ():
            type_ = type_from_ast(self._schema, one.type)
            value = self._variables.get(one.variable.name.value)
            self.found.update(_inputs(get_named_type(type_), value) if type_ else ())

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._info.get_parent_type()
        if parent is not None:
            self.found.add(f"{parent.name}.{node.name.value}")

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        field, parent = self._info.get_field_def(), self._info.get_parent_type()
        if field is not None and isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            name = next(name for name, one in parent.fields.items() if one is field)
            self.found.add(f"{parent.name}.{name}({node.name.value}:)")

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        parent = get_named_type(self._info.get_parent_input_type())
        if parent is not None and is_input_object_type(parent):
            self.found.add(f"{parent.name}.{node.name.value}")


def _inputs(type_: GraphQLNamedType | GraphQLInputType, value: object) -> Iterator[str]:
    if not isinstance(type_, GraphQLInputObjectType):
        return
    if isinstance(value, list):
        for one in value:
            yield from _inputs(type_, one)
    if isinstance(value, dict):
        for name, one in value.items():
            yield f"{type_.name}.{name}"
            yield from _inputs(get_named_type(type_.fields[name].type), one)


def coordinates(schema: GraphQLSchema) -> list[str]:
    """Every field, argument and input field of a schema, in the order of its types."""
    return [
        coordinate
        for coordinate, member in members_of(schema)
        if coordinate[:2] != "__" and not isinstance(member, GraphQLEnumValue)
    ]
