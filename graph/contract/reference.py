"""The reference of the schema as Markdown, with examples.

    python -m graph.contract.reference [FOLDER]

prints it from the schema and the documents in the folder, by default `tests/documents` of a checkout.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_introspection_type,
    is_specified_scalar_type,
    parse,
)
from graphql.language import print_ast
from graphql.utilities import ast_from_value

from graph.contract.examples import ExampleDocument, read_documents, uses
from graph.operation.limits import GraphLimits
from graph.operation.pricing import costs_of
from graph.schema import Schema
from graph.vocabulary.permissions import Needs
from graph.vocabulary.private_parts import core_schema, declaration_of
from registry.discovery import discover_endpoints

FOLDER = Path(__file__).resolve().parents[2] / "tests/documents"
MADE_BY = "<!-- Made by `python -m graph.contract.reference > docs/graphql.md`; do not edit. -->"
INTRODUCTION = """# GraphQL reference

Everything that the schema has, with an example for each field. It is made from `graph/schema.graphql` and from the
documents in `tests/documents`, which the tests run against the shipped endpoints. The [guide](graphql-guide.md) says
how to use it. In examples, a value such as `"$request"` stands for one that an earlier answer gave.

The cost of an example is in [points](graphql-guide.md#what-an-operation-costs), with its variables as they stand here.
"""

ROOTS = {"Query": "Queries", "Mutation": "Mutations", "Subscription": "Subscriptions"}
"""The headings of the types with which operations begin."""

Section = Iterator[str]


def reference(schema: GraphQLSchema, documents: Sequence[ExampleDocument]) -> str:
    """The reference of a schema with these documents as its examples."""
    examples = _Examples(schema, documents)
    lines = [MADE_BY, "", INTRODUCTION]
    for name, title in ROOTS.items():
        root = schema.get_type(name)
        if isinstance(root, GraphQLObjectType):
            lines += [f"## {title}", "", *_root(schema, root, examples)]
    others = [
        type_
        for _, type_ in sorted(schema.type_map.items())
        if type_.name not in ROOTS
        and not is_introspection_type(type_)
        and not is_specified_scalar_type(type_)
    ]
    for title, kinds in (
        ("Types", (GraphQLObjectType, GraphQLInterfaceType)),
        ("Inputs", (GraphQLInputObjectType,)),
        ("Enums", (GraphQLEnumType,)),
        ("Scalars", (GraphQLScalarType,)),
    ):
        lines += [f"## {title}", ""]
        for type_ in others:
            if isinstance(type_, kinds):
                lines += [*_type(type_, examples), ""]
    lines += ["## Examples", "", *examples.written()]
    return "\n".join(lines).rstrip() + "\n"


class _Examples:
    """The documents by what they use; the shortest stands for a coordinate."""

    def __init__(self, schema: GraphQLSchema, documents: Sequence[ExampleDocument]) -> None:
        self._schema, self._documents = schema, [one for one in documents if one.is_example]
        self._shortest: dict[str, ExampleDocument] = {}
        for document in sorted(self._documents, key=_plainness):
            for coordinate in uses(schema, document):
                self._shortest.setdefault(coordinate, document)

    def link(self, coordinate: str) -> str:
        """A link to the shortest example of a coordinate; empty where there is none."""
        found = self._shortest.get(coordinate)
        return f"[{found.name}](#{anchor(title_of(found))})" if found else ""

    def shown(self, coordinate: str) -> list[str]:
        """The shortest example of a coordinate, written out."""
        found = self._shortest.get(coordinate)
        return _example(self._schema, found) if found else []

    def written(self) -> Iterator[str]:
        """Those documents that stand for something, in the order of their files, each under a heading."""
        wanted = list(self._shortest.values())
        for document in self._documents:
            if document in wanted:
                yield from (f"### {title_of(document)}", "", *_example(self._schema, document))


def _plainness(document: ExampleDocument) -> tuple[int, int]:
    """Examples of what succeeds come first, then short ones."""
    return len(document.words("error") + document.words("userErrors")), len(document.text)


def title_of(document: ExampleDocument) -> str:
    """The heading of an example.

    >>> title_of(ExampleDocument("ab_tests.graphql", "ABTests", "", "", ()))
    'ab_tests: ABTests'
    """
    return f"{document.file.removesuffix('.graphql')}: {document.name}"


def anchor(title: str) -> str:
    """The anchor that forges give a heading.

    >>> anchor("ab_tests: ABTests")
    'ab_tests-abtests'
    """
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _example(schema: GraphQLSchema, document: ExampleDocument) -> list[str]:
    lines = [document.about, "", "```graphql", document.text, "```", ""]
    if document.variables:
        lines += ["```json variables", json.dumps(document.variables, indent=2), "```", ""]
    cost = costs_of(schema, parse(document.text))[document.name].points(document.variables)
    return [*lines, f"Cost: {cost:,} {'point' if cost == 1 else 'points'}.", ""]


def _root(schema: GraphQLSchema, root: GraphQLObjectType, examples: _Examples) -> Section:
    for name, field in root.fields.items():
        yield from (f"### {root.name}.{name}", "", _prose(field.description), "")
        yield from (f"Answers with {_link(field.type)}. {_scopes(field)}", "")
        yield from _arguments(field.args)
        yield from examples.shown(f"{root.name}.{name}")


def _scopes(field: GraphQLField) -> str:
    scopes = [
        f"`{scope.name}`"
        for one in getattr(declaration_of(field), "extensions", ())
        if isinstance(one, Needs)
        for scope in one.scopes
    ]
    if not scopes:
        return "Needs no scope."
    return f"Needs the {'scope' if len(scopes) == 1 else 'scopes'} {' and '.join(scopes)}."


def _arguments(arguments: Mapping[str, GraphQLArgument]) -> Section:
    if arguments:
        rows = [
            (f"`{name}`", _link(one.type), _default(one), one.description) for name, one in arguments.items()
        ]
        yield from (*_table(("Argument", "Type", "Default", "Meaning"), rows), "")


def _default(one: GraphQLArgument | GraphQLInputField) -> str:
    value = ast_from_value(one.default_value, one.type)
    return f"`{print_ast(value)}`" if value is not None else ""


def _type(type_: GraphQLNamedType, examples: _Examples) -> Section:
    yield from (f"### {type_.name}", "", _prose(type_.description), "")
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
        if type_.interfaces:
            yield from (f"Implements {', '.join(_link(one) for one in type_.interfaces)}.", "")
        yield from _fields(type_, examples)
    elif isinstance(type_, GraphQLInputObjectType):
        yield from _inputs("Field", type_.fields, f"{type_.name}.{{}}", examples)
    elif isinstance(type_, GraphQLEnumType):
        yield from _table(
            ("Value", "Meaning"), [(f"`{name}`", one.description) for name, one in type_.values.items()]
        )


def _fields(type_: GraphQLObjectType | GraphQLInterfaceType, examples: _Examples) -> Section:
    rows = [
        (f"`{name}`", _link(one.type), one.description, examples.link(f"{type_.name}.{name}"))
        for name, one in type_.fields.items()
    ]
    yield from _table(("Field", "Type", "Meaning", "Example"), rows)
    for name, field in type_.fields.items():
        if field.args:
            yield from ("", f"Arguments of `{name}`:", "")
            yield from _inputs("Argument", field.args, f"{type_.name}.{name}({{}}:)", examples)


def _inputs(
    head: str,
    inputs: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    coordinate: str,
    examples: _Examples,
) -> Section:
    """A table of what is sent; `coordinate` with a name in the place of `{}` finds its example."""
    rows = [
        (f"`{name}`", _link(one.type), _default(one), one.description, examples.link(coordinate.format(name)))
        for name, one in inputs.items()
    ]
    yield from _table((head, "Type", "Default", "Meaning", "Example"), rows)


def _link(type_: object) -> str:
    """The type as it is written, with a link to its section where it has one."""
    written, named = str(type_), get_named_type(type_)  # type: ignore[call-overload]
    if is_specified_scalar_type(named):
        return f"`{written}`"
    return f"[`{written}`](#{anchor(ROOTS.get(named.name, named.name))})"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Section:
    yield _row(heads)
    yield "|" + "---|" * len(heads)
    yield from (_row([_prose(cell).replace("|", "\\|") for cell in row]) for row in rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _prose(text: str | None) -> str:
    return " ".join((text or "").split())


def print_reference(folder: Path = FOLDER) -> str:
    """The reference of what is served here, with the documents of a folder as its examples."""
    schema = Schema(GraphLimits(), specs=discover_endpoints(entry_points=False))
    return reference(core_schema(schema), read_documents(folder))


if __name__ == "__main__":
    sys.stdout.write(print_reference(*map(Path, sys.argv[1:2])))
