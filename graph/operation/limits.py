"""What one operation may ask for, and who may ask for how much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_introspection_type,
)
from graphql.validation import ValidationRule

from domain.input.credentials import HEADER
from graph.operation.selection import fields_of
from graph.vocabulary.errors import VALIDATION_FAILED

SCHEMA_NOT_SHOWN = "SCHEMA_NOT_SHOWN"


@dataclass(frozen=True, slots=True)
class GraphLimits:
    """Bounds of one operation; whatever exceeds one is refused before anything runs.

    `characters`, `tokens`, `fields`, `fragments`: of the document, as it is written. `comparisons`: of its fields and
    fragments with each other, which validation needs, and `steps` over them for its price. `depth`: selection sets
    within each other, introspection apart. `aliases`, `root_fields`, `directives`: in an operation, with its
    fragments written out. `nodes`: objects that the connections of one operation may list together, 20 for a page of
    20. `kept`: tokens of the checked documents that are kept. `cost`: points of one operation. `operations`: of one
    document. `list_items`: of one list in the variables. `body`: bytes of a POST. `batch`: operations that one POST
    may list, 0 for none. `seconds`: that a query may take.
    """

    characters: int = 40_000
    """A document is parsed and checked before it has a price; the introspection of tools has some 2,000."""
    tokens: int = 4_000
    """As with characters; lexing and parsing take 5 ms for as many."""
    fields: int = 1_000
    """Each is looked at by some thirty rules: 40 ms for as many."""
    fragments: int = 100
    """Each is held against each of the others that are spread beside it."""
    comparisons: int = 50_000
    """Checking takes time that grows with the square of the fields that repeat: 40 ms for as many."""
    steps: int = 20_000
    """20 ms for as many."""
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
    kept: int = 50_000
    """About 30 MB: some 300 documents of a front-end."""
    body: int = 10 * 2**20
    cost: int = 100_000
    operations: int = 50
    """One of them runs, and all are checked."""
    list_items: int = 10_000
    """The most rows of a batch of predictions; items are read before the operation has a price."""
    batch: int = 0
    seconds: float = 30.0

    def without_scope(self) -> GraphLimits:
        """The bounds of a document whose caller holds no scope, and can ask only who it is: at most 5 ms of work.

        The introspection that tools send is within them, so that it is told who may see the schema.
        """
        return replace(
            self,
            characters=min(self.characters, 5_000),
            tokens=min(self.tokens, 500),
            fields=min(self.fields, 100),
            fragments=min(self.fragments, 10),
            comparisons=min(self.comparisons, 2_000),
            steps=min(self.steps, 500),
        )

    def of_operator(self) -> GraphLimits:
        """The bounds of the operator's own documents, which are checked once, before the server listens."""
        return replace(self, fields=self.tokens, fragments=self.tokens, comparisons=500_000)


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
