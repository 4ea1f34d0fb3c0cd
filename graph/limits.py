"""What one operation may ask for, and the bounded cache of documents that were checked once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Source,
    parse,
    validate,
)
from graphql.validation import ASTValidationRule, ValidationRule, recommended_rules, specified_rules
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError

from graph.errors import VALIDATION_FAILED

CHARACTERS_ON_LOOP = 1_000


@dataclass(frozen=True, slots=True)
class GraphLimits:
    """Bounds of one operation; whatever exceeds one is refused before anything runs.

    `characters`, `tokens`: of the document. `depth`: selection sets within each other, introspection apart.
    `aliases`, `root_fields`, `directives`: in an operation, with its fragments written out. `nodes`: objects that
    the connections of one operation may list together, 20 for a page of 20. `documents`: how many checked ones
    are kept. `body`: bytes of a POST.
    """

    characters: int = 40_000
    tokens: int = 4_000
    depth: int = 15
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    nodes: int = 20_000
    documents: int = 256
    body: int = 10 * 2**20


class Size(NamedTuple):
    """How large a selection set is with its fragments written out."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: Size) -> Size:
        """Both in one selection set."""
        return Size(
            max(self.depth, other.depth), self.aliases + other.aliases, self.directives + other.directives
        )


class _Measure:
    """Sizes of selection sets; each fragment is measured once, so that spreads cannot make this slow."""

    def __init__(self, document: DocumentNode) -> None:
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.sizes: dict[str, Size] = {}

    def of(self, selection_set: SelectionSetNode | None) -> Size:
        size = Size()
        for selection in selection_set.selections if selection_set else ():
            size = size.beside(self._one(selection))
        return size

    def _one(self, node: SelectionNode) -> Size:
        own = Size(0, 0, len(node.directives or ()))
        if isinstance(node, FragmentSpreadNode):
            return own.beside(self._fragment(node.name.value))
        if not isinstance(node, FieldNode):
            return own.beside(self.of(getattr(node, "selection_set", None)))
        aliased = own.beside(Size(0, int(node.alias is not None), 0))
        if node.name.value.startswith("__"):
            return aliased
        below = self.of(node.selection_set)
        return aliased.beside(below._replace(depth=below.depth + int(node.selection_set is not None)))

    def _fragment(self, name: str) -> Size:
        if name not in self.sizes:
            # Set first: a cycle of fragments, which another rule reports, ends here.
            self.sizes[name] = Size()
            fragment = self.fragments.get(name)
            self.sizes[name] = self.of(fragment.selection_set) if fragment else Size()
        return self.sizes[name]

    def root_fields(self, selection_set: SelectionSetNode) -> int:
        """How many fields an operation starts with; a fragment counts once, as it runs once."""
        total, waiting, spread = 0, [selection_set], set[str]()
        while waiting:
            for node in waiting.pop().selections:
                if isinstance(node, FieldNode):
                    total += 1
                elif not isinstance(node, FragmentSpreadNode):
                    waiting.append(node.selection_set)  # type: ignore[attr-defined]
                elif node.name.value not in spread and node.name.value in self.fragments:
                    spread.add(node.name.value)
                    waiting.append(self.fragments[node.name.value].selection_set)
        return total


def bounded_by(limits: GraphLimits) -> type[ValidationRule]:
    """The validation rule that holds a document's operations to `limits`."""

    class Bounded(ValidationRule):
        def enter_document(self, document: DocumentNode, *_: object) -> None:
            measure = _Measure(document)
            for node in document.definitions:
                if isinstance(node, OperationDefinitionNode):
                    self.check(node, measure)

        def check(self, node: OperationDefinitionNode, measure: _Measure) -> None:
            size = measure.of(node.selection_set)
            found = (
                ("levels deep", size.depth, limits.depth),
                ("aliases", size.aliases, limits.aliases),
                ("directives", size.directives + len(node.directives or ()), limits.directives),
                ("root fields", measure.root_fields(node.selection_set), limits.root_fields),
            )
            for what, count, most in found:
                if count > most:
                    message = f"The operation is too large: {count} {what}, at most {most} are allowed."
                    self.report_error(GraphQLError(message, node))

    return Bounded


class Checked(NamedTuple):
    """A parsed document and what is wrong with it."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...]


class Documents:
    """Parses and validates documents; the least recently used results are forgotten.

    Without `introspection` the schema cannot be asked for its types; without `suggestions` errors give no hints.
    """

    def __init__(self, limits: GraphLimits, *, introspection: bool, suggestions: bool) -> None:
        self.limits = limits
        self.suggestions = suggestions
        more = (
            [bounded_by(limits)] if introspection else [bounded_by(limits), NoSchemaIntrospectionCustomRule]
        )
        rules = dict.fromkeys([*specified_rules, *recommended_rules, *more])
        self.rules: tuple[type[ASTValidationRule], ...] = tuple(rules)
        self.kept: OrderedDict[str, Checked] = OrderedDict()

    async def checked(self, schema: GraphQLSchema, text: str) -> Checked:
        """The parsed document and what is wrong with it. Raises GraphQLError when it cannot be parsed."""
        if text in self.kept:
            self.kept.move_to_end(text)
            return self.kept[text]
        # Validation can take a second where fields repeat a thousand times; long documents leave the event loop.
        short = len(text) <= CHARACTERS_ON_LOOP
        found = self._check(schema, text) if short else await asyncio.to_thread(self._check, schema, text)
        self.kept[text] = found
        if len(self.kept) > self.limits.documents:
            self.kept.popitem(last=False)
        return found

    def _check(self, schema: GraphQLSchema, text: str) -> Checked:
        if len(text) > self.limits.characters:
            raise _invalid(
                f"The document has {len(text)} characters, at most {self.limits.characters} are allowed."
            )
        try:
            document = parse(Source(text), max_tokens=self.limits.tokens)
            errors = validate(schema, document, self.rules, hide_suggestions=not self.suggestions)
        except RecursionError:
            raise _invalid("The document is nested too deeply.") from None
        for error in errors:
            error.extensions = {"code": VALIDATION_FAILED}
        return Checked(document, tuple(errors))


def _invalid(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": VALIDATION_FAILED})


def _operations(document: DocumentNode) -> int:
    return sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)


class CheckedDocuments(SchemaExtension):
    """Takes an operation's document from the cache instead of parsing and validating it again."""

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.errors: tuple[GraphQLError, ...] = ()

    async def on_parse(self) -> AsyncIterator[None]:
        """Put the checked document in place of one to parse."""
        context = self.execution_context
        schema: GraphQLSchema = context.schema._schema
        context.graphql_document, self.errors = await self.documents.checked(schema, context.query or "")
        if context._provided_operation_name is None and _operations(context.graphql_document) > 1:
            # Strawberry would run the first one.
            raise CannotGetOperationTypeError(None)
        yield

    def on_validate(self) -> Iterator[None]:
        """Put the remembered errors in place of a validation; fresh ones, since they are changed on the way out."""
        self.execution_context.pre_execution_errors = [
            GraphQLError(error.message, error.nodes, extensions=error.extensions) for error in self.errors
        ]
        yield
