"""The cost of an operation before it runs: worked out once for a document, then filled in with variables.

A document is looked at when it is first seen and kept with its cost, a tree of terms: so many times the cost of what
is below. How often is a number where the document says it (`first: 20`), and a function where a variable does. So a
document that is known costs a walk through the few terms in which variables have a say, and most have none: their
tree is folded into one number.

The cost is an upper bound: no answer gives more objects than it counts, whatever the tables hold. Fields are merged as
execution merges them, so that a field that is asked for twice is charged once, and one in a fragment that is spread a
thousand times is looked at once for each set of conditions under which it is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    value_from_ast_untyped,
)

from graph.vocabulary.errors import VALIDATION_FAILED
from graph.vocabulary.field_cost import KEY, Amount, Arguments, FieldCost, page
from graph.vocabulary.permissions import Needs
from graph.vocabulary.private_parts import declaration_of

MUTATION_POINTS = 10
SUBSCRIPTION_POINTS = 10
READ_POINTS = 1
INTROSPECTION_POINTS = 100
UNSIZED_LIST = 20
"""How long a list is taken to be that neither has a page nor says its size."""

MOST_STEPS = 20_000
"""So many fields, with fragments written out, are looked at where nothing else is said; what is larger is refused."""

Variables: TypeAlias = Mapping[str, Any]
Times: TypeAlias = int | Callable[[Variables], int]
Switches: TypeAlias = tuple[tuple[str, bool], ...]
MergedNodes: TypeAlias = list[tuple[FieldNode, Switches]]

NO_VARIABLES: Variables = {}
_DEFAULTS = FieldCost()


class CostTerm(NamedTuple):
    """What is below one field: so many `times` the `cost`."""

    name: str
    times: Times
    cost: OperationCost

    def points(self, variables: Variables) -> int:
        """What it adds."""
        times = self.times if isinstance(self.times, int) else self.times(variables)
        return times * self.cost.points(variables) if times else 0


class OperationCost:
    """Points of its own, and parts; `fixed` is the sum where no variable has a say."""

    __slots__ = ("fixed", "own", "parts")

    def __init__(self, own: int, parts: Sequence[CostTerm] = ()) -> None:
        self.own = own
        self.parts = parts
        known = all(isinstance(part.times, int) and part.cost.fixed is not None for part in parts)
        self.fixed: int | None = own + sum(part.points(NO_VARIABLES) for part in parts) if known else None

    def points(self, variables: Variables) -> int:
        """The cost with these variables: no operation gives more objects, and each counts one."""
        if self.fixed is not None:
            return self.fixed
        return self.own + sum(part.points(variables) for part in self.parts)

    def most_expensive(self, variables: Variables) -> tuple[str, int]:
        """The innermost field that makes up most of the cost, as a path, and what it costs."""
        path: list[str] = []
        cost, times, points = self, 1, self.points(variables)
        while cost.parts:
            part = max(cost.parts, key=lambda one: one.points(variables))
            below = times * part.points(variables)
            if 2 * below <= points:
                break
            times *= part.times if isinstance(part.times, int) else part.times(variables)
            cost, points = part.cost, below
            if part.name:
                path.append(part.name)
        return ".".join(path), points


ONE = OperationCost(1)


def costs_of(
    schema: GraphQLSchema, document: DocumentNode, most: int = MOST_STEPS
) -> dict[str | None, OperationCost]:
    """The cost of each operation of a valid document by its name; of a single one also by None.

    Raises GraphQLError when it is too large to look at: when all of them together have more than `most` fields.
    """
    steps = _Steps(most)
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    found: dict[str | None, OperationCost] = {}
    for operation in operations:
        root = schema.get_root_type(operation.operation)
        if root is not None:
            name = operation.name.value if operation.name else None
            found[name] = _Analysis(schema, document, operation, steps).below(
                root, [(operation.selection_set, ())]
            )
    if len(operations) == 1:
        found.setdefault(None, next(iter(found.values()), OperationCost(0)))
    return found


def declared(field: GraphQLField) -> FieldCost:
    """What is declared beside `field`."""
    found = getattr(declaration_of(field), "metadata", {}).get(KEY)
    return found if isinstance(found, FieldCost) else _DEFAULTS


def size_of(field: GraphQLField) -> Amount | None:
    """How long the list of a field is at most, or those below the object that it gives; None: it does not say."""
    own = declared(field).size
    if own is not None:
        return own
    return page if "first" in field.args or "last" in field.args else None


class _Steps:
    """How many fields may still be looked at."""

    def __init__(self, most: int) -> None:
        self.most = self.left = most

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise GraphQLError(
                f"The document is too large: with its fragments written out it has more than {self.most} fields.",
                extensions={"code": VALIDATION_FAILED, "reason": "MAX_FIELDS", "limit": self.most},
            )


class _Analysis:
    """One operation; what was worked out for a selection set is kept, so that fragments cannot make this slow."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, steps: _Steps
    ) -> None:
        self.schema = schema
        self.steps = steps
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self.defaults = {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in operation.variable_definitions or ()
            if definition.default_value is not None
        }
        self.roots = {schema.mutation_type: MUTATION_POINTS, schema.subscription_type: SUBSCRIPTION_POINTS}
        self.known: dict[object, OperationCost] = {}

    def below(
        self,
        type_: GraphQLNamedType,
        sets: Sequence[tuple[SelectionSetNode, Switches]],
        size: Times | None = None,
    ) -> OperationCost:
        """What the fields of merged selection sets cost for one object; `size` of lists that do not say theirs."""
        groups = self._collect(type_, sets)
        # The same nodes under the same type cost the same wherever they stand: a document whose fragments spread each
        # other twice at every level has two to the power of its depth places, but only as many keys as fragments.
        key = (
            type_.name,
            size,
            frozenset((name, id(node), when) for (_, name), found in groups.items() for node, when in found),
        )
        if key not in self.known:
            own, parts = 0, []
            for (on, name), found in groups.items():
                part = self._field(on, name, found, size)
                if part is None:
                    continue
                # What no variable can change is added up now, so that it is not walked at each call.
                if part.cost.fixed is not None and isinstance(part.times, int) and not part.cost.parts:
                    own += part.times * part.cost.own
                else:
                    parts.append(part)
            self.known[key] = OperationCost(own, tuple(parts))
        return self.known[key]

    def _collect(
        self, type_: GraphQLNamedType, sets: Sequence[tuple[SelectionSetNode, Switches]]
    ) -> dict[tuple[GraphQLNamedType, str], MergedNodes]:
        """The fields by the name in the answer, as execution merges them.

        `when` goes along with each selection set, since @skip and @include of a fragment hold for all that is in it.
        """
        groups: dict[tuple[GraphQLNamedType, str], MergedNodes] = {}
        spread: set[tuple[str, Switches]] = set()
        waiting = [(type_, selection_set, when) for selection_set, when in reversed(sets)]
        while waiting:
            on, selection_set, when = waiting.pop()
            for node in selection_set.selections:
                self.steps.take()
                also = _switches(node.directives or ())
                if also is None:
                    continue
                now = tuple(sorted({*when, *also}))
                if isinstance(node, FieldNode):
                    name = node.alias.value if node.alias else node.name.value
                    groups.setdefault((on, name), []).append((node, now))
                elif isinstance(node, InlineFragmentNode):
                    waiting.append((self._narrowed(on, node.type_condition), node.selection_set, now))
                elif isinstance(node, FragmentSpreadNode) and (node.name.value, now) not in spread:
                    spread.add((node.name.value, now))
                    fragment = self.fragments[node.name.value]
                    waiting.append((self._narrowed(on, fragment.type_condition), fragment.selection_set, now))
        return groups

    def _narrowed(self, on: GraphQLNamedType, condition: Any) -> GraphQLNamedType:  # noqa: ANN401  a node or None
        # An object cannot become another type, so a condition on it says nothing; only below an interface or a union
        # does it say which fields there are. Objects of all types are then charged together, which is an upper bound.
        if condition is None or isinstance(on, GraphQLObjectType):
            return on
        return self.schema.type_map[condition.name.value]

    def _field(
        self, on: GraphQLNamedType, name: str, found: MergedNodes, inherited: Times | None
    ) -> CostTerm | None:
        node = found[0][0]
        if node.name.value.startswith("__"):
            asks = node.name.value != "__typename"
            return CostTerm(name, 1, OperationCost(INTROSPECTION_POINTS)) if asks else None
        if not isinstance(on, GraphQLObjectType | GraphQLInterfaceType):
            return None
        field = on.fields[node.name.value]
        cost = self._cost(on, field, name, found, inherited)
        if cost.fixed == 0:
            return None
        return CostTerm(name, _whether([when for _, when in found]), cost)

    def _cost(
        self,
        on: GraphQLNamedType,
        field: GraphQLField,
        name: str,
        found: MergedNodes,
        inherited: Times | None,
    ) -> OperationCost:
        node = found[0][0]
        points = self._amount(self._points(on, field), node)
        own = points if isinstance(points, int) else 0
        parts = [] if isinstance(points, int) else [CostTerm("", points, ONE)]
        named = get_named_type(field.type)
        if is_composite_type(named):
            asked = size_of(field)
            size = None if asked is None else self._amount(asked, node)
            listed = is_list_type(get_nullable_type(field.type))
            sets = [(one.selection_set, ()) for one, _ in found if one.selection_set]
            # A list says its own length. An object hands its size down to lists in it that do not, such as the
            # `nodes` and `edges` of a connection, whose page was asked for one field above.
            below = self.below(named, sets, None if listed else size)
            each = OperationCost(1 + below.own, below.parts)
            parts.append(CostTerm("", _listed(size, inherited) if listed else 1, each))
        return OperationCost(own, tuple(parts)) if parts else OperationCost(own)

    def _points(self, on: GraphQLNamedType, field: GraphQLField) -> Amount:
        points = declared(field).points
        if points is not None:
            return points
        return self.roots.get(on, READ_POINTS if reads(field) else 0)  # type: ignore[call-overload, no-any-return]

    def _amount(self, amount: Amount, node: FieldNode) -> Times:
        """The amount as a number, or where an argument holds a variable, as a function of variables."""
        if isinstance(amount, int):
            return amount
        sent = [(argument.name.value, argument.value) for argument in node.arguments or ()]
        if not any(_holds_variable(value) for _, value in sent):
            return amount(_arguments(sent, NO_VARIABLES))
        defaults, of = self.defaults, amount
        constants = _arguments([one for one in sent if not _holds_variable(one[1])], NO_VARIABLES)
        asked = [one for one in sent if one[0] not in constants]

        def amount_of(variables: Variables) -> int:
            given = {**defaults, **variables} if defaults else variables
            return of({**constants, **_arguments(asked, given)})

        return amount_of


def _listed(size: Times | None, inherited: Times | None) -> Times:
    """How many items a list has at most: as it says, else as the field above it does."""
    if size is not None:
        return size
    return UNSIZED_LIST if inherited is None else inherited


def reads(field: GraphQLField) -> bool:
    """Whether a field reads a table, which is where it declares a scope."""
    return any(isinstance(one, Needs) for one in getattr(declaration_of(field), "extensions", ()))


def _whether(whens: Sequence[Switches]) -> Times:
    """Once, or as often as @skip and @include say: once if any of the merged fields is wanted."""
    # One of the merged fields that has no condition is enough: then it is always resolved.
    if not all(whens):
        return 1

    def wanted(variables: Variables) -> int:
        return int(any(all(bool(variables.get(name, is_)) is is_ for name, is_ in when) for when in whens))

    return wanted


def _switches(directives: Sequence[DirectiveNode]) -> Switches | None:
    """The variables that @skip and @include ask for, with the value that they must have; None: never."""
    found = []
    for directive in directives:
        if directive.name.value not in {"skip", "include"}:
            continue
        must = directive.name.value == "include"
        for argument in directive.arguments or ():
            if isinstance(argument.value, VariableNode):
                found.append((argument.value.name.value, must))
            elif isinstance(argument.value, BooleanValueNode) and argument.value.value is not must:
                return None
    return tuple(found)


def _arguments(sent: Sequence[tuple[str, ValueNode]], variables: Variables) -> Arguments:
    found: dict[str, Any] = {}
    for name, value in sent:
        if not isinstance(value, VariableNode):
            found[name] = value_from_ast_untyped(value, cast("dict[str, Any]", variables))
        elif value.name.value in variables:
            found[name] = variables[value.name.value]
    return found


def _holds_variable(node: ValueNode) -> bool:
    if isinstance(node, ListValueNode):
        return any(_holds_variable(one) for one in node.values)
    if isinstance(node, ObjectValueNode):
        return any(_holds_variable(field.value) for field in node.fields)
    return isinstance(node, VariableNode)
