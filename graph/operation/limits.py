"""What one operation may ask for, and the bounded cache of documents that were checked once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Source,
    get_named_type,
    is_introspection_type,
    parse,
    validate,
)
from graphql.validation import ASTValidationRule, ValidationRule, recommended_rules, specified_rules

from domain.input.credentials import HEADER
from domain.pacing import DOCUMENT_CHARACTERS_ON_LOOP, in_thread_if
from graph.operation.pricing import OperationCost, costs_of
from graph.operation.selection import fields_of
from graph.operation.trusted_documents import TrustedDocument, TrustedDocuments
from graph.vocabulary.errors import VALIDATION_FAILED
from graph.vocabulary.private_parts import TOO_DEEP_INTROSPECTION, TOO_MANY_TOKENS

FEW_ERRORS = 3
SCHEMA_NOT_SHOWN = "SCHEMA_NOT_SHOWN"


@dataclass(frozen=True, slots=True)
class GraphLimits:
    """Bounds of one operation; whatever exceeds one is refused before anything runs.

    `characters`, `tokens`: of the document. `depth`: selection sets within each other, introspection apart.
    `aliases`, `root_fields`, `directives`: in an operation, with its fragments written out. `nodes`: objects that
    the connections of one operation may list together, 20 for a page of 20. `documents`: how many checked ones
    are kept. `cost`: points of one operation. `operations`: of one document. `list_items`: of one list in the
    variables. `body`: bytes of a POST. `batch`: operations that one POST may list, 0 for none. `seconds`: that a
    query may take.
    """

    characters: int = 40_000
    """A document is parsed and checked before it has a price; the introspection of tools has some 2,000."""
    tokens: int = 4_000
    """As with characters; checking takes time that grows with the square of the fields that repeat."""
    depth: int = 15
    """Deeper operations lead in circles through the same types; introspection is bounded apart."""
    aliases: int = 30
    """An alias asks for a field again with other arguments; whoever needs more of them wants a list."""
    root_fields: int = 20
    """The mutations of an operation run one after another, each in its own transaction."""
    directives: int = 50
    """Each is looked at on every walk through the document, and costs no points."""
    nodes: int = 20_000
    """What one answer may hold in memory, whatever its objects cost."""
    documents: int = 256
    body: int = 10 * 2**20
    cost: int = 100_000
    operations: int = 50
    """One of them runs, and all are checked."""
    list_items: int = 10_000
    """The most rows of a batch of predictions; items are read before the operation has a price."""
    batch: int = 0
    seconds: float = 30.0


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


class _SizeMeter:
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


def bounded_by(limits: GraphLimits) -> type[ValidationRule]:
    """The validation rule that holds a document's operations to `limits`."""

    class WithinLimits(ValidationRule):
        def enter_document(self, document: DocumentNode, *_: object) -> None:
            measure = _SizeMeter(document)
            operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
            if (count := len(operations)) > limits.operations:
                message = f"The document has {count} operations, at most {limits.operations} are allowed."
                self.report_error(exceeded("MAX_OPERATIONS", count, limits.operations, message))
            for node in operations:
                self.check(node, measure)

        def check(self, node: OperationDefinitionNode, measure: _SizeMeter) -> None:
            size = measure.of(node.selection_set)
            found = (
                ("MAX_DEPTH", "levels deep", size.depth, limits.depth),
                ("MAX_ALIASES", "aliases", size.aliases, limits.aliases),
                (
                    "MAX_DIRECTIVES",
                    "directives",
                    size.directives + len(node.directives or ()),
                    limits.directives,
                ),
                (
                    "MAX_ROOT_FIELDS",
                    "root fields",
                    sum(1 for _ in fields_of([node.selection_set], measure.fragments)),
                    limits.root_fields,
                ),
            )
            for name, what, count, most in found:
                if count > most:
                    message = f"The operation is too large: {count} {what}, at most {most} are allowed."
                    self.report_error(exceeded(name, count, most, message, node))

    return WithinLimits


def exceeded(
    name: str, found: int, most: int, message: str, node: OperationDefinitionNode | None = None
) -> GraphQLError:
    """The error of a bound: its `name` is that of the setting, so that programs can tell bounds apart."""
    extensions = {"code": VALIDATION_FAILED, "reason": name, "found": found, "limit": most}
    return GraphQLError(message, node, extensions=extensions)


class SchemaNotShown(ValidationRule):
    """The validation rule that keeps a schema's types from callers who may not see them, and says who may."""

    def enter_field(self, node: FieldNode, *_: object) -> None:
        """Refuse each way from the API's own types into those that describe them."""
        type_, parent = get_named_type(self.context.get_type()), self.context.get_parent_type()
        if type_ is None or not is_introspection_type(type_):
            return
        if parent is None or not is_introspection_type(parent):
            message = (
                f"`{node.name.value}` is answered only to a key or token with the scope `read`: {HEADER}, "
                "or use the schema file that `arbiter schema` prints"
            )
            extensions = {"code": VALIDATION_FAILED, "reason": SCHEMA_NOT_SHOWN}
            self.report_error(GraphQLError(message, node, extensions=extensions))


class CheckedDocument(NamedTuple):
    """A parsed document, what is wrong with it, and where nothing is, the cost of each operation by its name.

    `alone` says that it has one operation, which needs no name.
    """

    document: DocumentNode
    errors: tuple[GraphQLError, ...]
    costs: Mapping[str | None, OperationCost]
    alone: bool


class Documents:
    """Parses and validates documents; the least recently used results are forgotten.

    Where the schema is not `shown` it cannot be asked for its types, and errors give no hints at names.
    `trusted` documents are never forgotten once they are pinned.
    """

    def __init__(
        self,
        limits: GraphLimits,
        *,
        shown: bool,
        trusted: TrustedDocuments | None = None,
    ) -> None:
        self.limits = limits
        self.trusted = trusted or TrustedDocuments()
        self.pinned: dict[str, CheckedDocument] = {}
        self.suggestions = shown
        more = [bounded_by(limits)] if shown else [bounded_by(limits), SchemaNotShown]
        rules = dict.fromkeys([*specified_rules, *recommended_rules, *more])
        self.rules: tuple[type[ASTValidationRule], ...] = tuple(rules)
        self.kept: OrderedDict[str, CheckedDocument] = OrderedDict()

    async def checked(self, schema: GraphQLSchema, text: str) -> CheckedDocument:
        """The parsed document and what is wrong with it.

        Raises GraphQLError when it cannot be parsed, or when it is not trusted and must be.
        """
        pinned = self.pinned.get(text)
        if pinned is not None:
            return pinned
        self.trusted.require(text)
        if text in self.kept:
            self.kept.move_to_end(text)
            return self.kept[text]
        # Validation can take a second where fields repeat a thousand times; long documents leave the event loop.
        long = len(text) > DOCUMENT_CHARACTERS_ON_LOOP
        found = await in_thread_if(long, self._check, schema, text)
        self.kept[text] = found
        if len(self.kept) > self.limits.documents:
            self.kept.popitem(last=False)
        return found

    def pin(self, schema: GraphQLSchema) -> dict[TrustedDocument, str]:
        """Check every trusted document; the answer is what is wrong, by document. Takes long where they are many."""
        problems: dict[TrustedDocument, str] = {}
        for entry in self.trusted.entries:
            try:
                checked = self._check(schema, entry.text)
            except GraphQLError as error:
                problems[entry] = error.message
            else:
                self.pinned[entry.text] = checked
                if checked.errors:
                    problems[entry] = checked.errors[0].message
        return problems

    def _check(self, schema: GraphQLSchema, text: str) -> CheckedDocument:
        if len(text) > self.limits.characters:
            message = (
                f"The document has {len(text)} characters, at most {self.limits.characters} are allowed."
            )
            raise exceeded("MAX_CHARACTERS", len(text), self.limits.characters, message)
        try:
            document = self._parse(text)
            errors = validate(schema, document, self.rules, hide_suggestions=not self.suggestions)
            costs = {} if errors else costs_of(schema, document)
        except RecursionError:
            raise GraphQLError(
                "The document is nested too deeply.",
                extensions={"code": VALIDATION_FAILED, "reason": "MAX_DEPTH", "limit": self.limits.depth},
            ) from None
        for error in errors:
            reason = {"reason": "INTROSPECTION_DEPTH"} if error.message == TOO_DEEP_INTROSPECTION else {}
            error.extensions = {"code": VALIDATION_FAILED, **reason, **(error.extensions or {})}
        if not self.suggestions:
            # A stranger who guesses at names is told little at a time.
            errors = errors[:FEW_ERRORS]
        operations = sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
        return CheckedDocument(document, tuple(errors), costs, operations == 1)

    def _parse(self, text: str) -> DocumentNode:
        most = self.limits.tokens
        try:
            return parse(Source(text), max_tokens=most)
        except GraphQLSyntaxError as error:
            if not error.message.startswith(TOO_MANY_TOKENS):
                raise
        message = f"The document has more than {most} tokens, which is the most that is allowed."
        raise exceeded("MAX_TOKENS", most + 1, most, message)
