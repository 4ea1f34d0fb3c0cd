"""What an operation selects, worked out as graphql-core would do it while executing: fields, types, and their ways."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from graphql import (
    DefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_list_type,
    is_object_type,
)
from strawberry.types.field import StrawberryField

from graph.compiled.inputs import Convert, converters_of
from graph.compiled.policy import SIZE, NotCompiled, Policy
from graph.compiled.private_parts import (
    Details,
    FragmentDetails,
    GroupedFieldSet,
    Inputs,
    VariableValues,
    collect_fields,
    collect_subfields,
    declaration_of,
    is_as_declared,
    is_handled,
    keeps_arguments,
    parameters_of,
    reads_attributes,
)

MOST_FIELDS = 1_000
"""Fields with fragments written out: so many take some 50 ms to compile, and what is larger runs rarely."""
WIDEST = 60
"""Fields of one selection set: so many make a function that takes 2 ms to compile, in one go."""
CONDITIONS = frozenset({"skip", "include"})


class Way(Enum):
    """How a field's value comes about; the value says it to a person."""

    NAME = "constant"
    ATTRIBUTE = "attribute"
    READ = "computed from the row"
    SHOWN = "computed from the row as it is shown"
    DIRECT = "resolver, called directly"
    RESOLVED = "resolver, called by Strawberry"
    EVENT = "the event"


class Operation(NamedTuple):
    """An operation with what its document defines beside it."""

    schema: GraphQLSchema
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]

    @classmethod
    def of(
        cls, schema: GraphQLSchema, node: OperationDefinitionNode, definitions: Iterable[DefinitionNode]
    ) -> Operation:
        """The operation `node` of a document with these definitions."""
        fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
        return cls(schema, node, fragments)


@dataclass(eq=False, slots=True)
class PlannedField:
    """One field of an answer: `nodes` ask for it, the first of which has its arguments.

    Its value is an `attribute` of the row, or comes from a `function`, which where it is called directly has the
    `parameters` and takes its arguments as `converters` make them, with `null_defaults` in the place of null. `of_many`
    makes what the field shows of many rows at once. What is `noted` is a resolver whose result is kept for as long as
    the operation runs.
    """

    number: int
    key: str
    parent: GraphQLObjectType
    definition: GraphQLField
    nodes: list[FieldNode]
    way: Way = Way.NAME
    declaration: StrawberryField | None = None
    attribute: str = ""
    function: Callable[..., Any] | None = None
    of_many: Callable[[Sequence[Any]], Sequence[object]] | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    converters: Mapping[str, tuple[str, Convert | None]] = field(default_factory=dict)
    null_defaults: Mapping[str, Any] = field(default_factory=dict)
    noted: bool = False
    rights: frozenset[Hashable] = frozenset()
    below: dict[str, PlannedSelection] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the schema."""
        return self.nodes[0].name.value


@dataclass(eq=False, slots=True)
class PlannedSelection:
    """The fields of one object."""

    number: int
    type: GraphQLObjectType
    fields: list[PlannedField]
    of: int | None = None
    """The number of the field that gives the object; None for the root."""

    @property
    def is_plain(self) -> bool:
        """Whether an answer is whole at once: no resolver is noted, and no list may come later."""
        return not any(
            field.noted or is_list_type(get_nullable_type(field.definition.type)) for field in self.fields
        ) and all(below.is_plain for field in self.fields for below in field.below.values())


class Planner:
    """Plans the selections of one operation. Raises NotCompiled where the reference executor must run it."""

    def __init__(
        self, operation: Operation, variables: VariableValues, policy: Policy, most: int = MOST_FIELDS
    ) -> None:
        self.most = most
        self.operation = operation
        self.variables = variables
        self.policy = policy
        self.inputs = Inputs(operation.schema)
        self.fields: list[PlannedField] = []
        self.selections: list[PlannedSelection] = []
        self._fragments: dict[str, FragmentDetails] = {}
        for name, node in operation.fragments.items():
            if node.variable_definitions:
                raise NotCompiled("directives", f"the fragment {name} has variables of its own")
            self._fragments[name] = FragmentDetails(node)
        if operation.node.directives:
            raise NotCompiled("directives", "the operation has a directive")
        if is_handled(operation.schema):
            raise NotCompiled("schema", "the schema makes values of exceptions")

    def root(self) -> list[PlannedSelection]:
        """The root's selections: one, or where fields run one after another, one for each of them."""
        schema, node = self.operation.schema, self.operation.node
        type_ = schema.get_root_type(node.operation)
        if type_ is None:
            raise NotCompiled("schema", f"the schema has no {node.operation.value}")
        grouped = collect_fields(schema, self._fragments, self.variables, type_, node).grouped_field_set
        if node.operation is not OperationType.MUTATION:
            return [self._selection(type_, grouped, None)]
        return [self._selection(type_, {key: details}, None) for key, details in grouped.items()]

    def _selection(
        self, type_: GraphQLObjectType, grouped: GroupedFieldSet, of: int | None
    ) -> PlannedSelection:
        if len(grouped) > WIDEST:
            raise NotCompiled(SIZE, f"a selection of {type_.name} has more than {WIDEST} fields")
        selection = PlannedSelection(len(self.selections), type_, [], of)
        self.selections.append(selection)
        selection.fields = [self._field(type_, key, details, of) for key, details in grouped.items()]
        return selection

    def _field(self, parent: GraphQLObjectType, key: str, details: Details, of: int | None) -> PlannedField:
        nodes = [one.node for one in details]
        name = nodes[0].name.value
        for directive in (one for node in nodes for one in node.directives or ()):
            if directive.name.value not in CONDITIONS:
                raise NotCompiled("directives", f"the field {name} has @{directive.name.value}")
        if len(self.fields) >= self.most:
            raise NotCompiled(SIZE, f"the operation has more than {self.most} fields")
        definition = self.operation.schema.get_field(parent, name)
        if definition is None:
            raise NotCompiled("schema", f"{parent.name} has no field {name}")
        planned = PlannedField(len(self.fields), key, parent, definition, nodes)
        self.fields.append(planned)
        if name == "__typename":
            return planned
        if name.startswith("__"):
            raise NotCompiled("introspection", f"{name} asks for the schema")
        declaration = planned.declaration = declaration_of(definition)
        if declaration is None:
            raise NotCompiled("schema", f"{parent.name}.{name} is not declared by Strawberry")
        if of is None and definition.subscribe is not None:
            planned.way = Way.EVENT
        elif declaration.is_basic_field:
            self._find_reading(planned, declaration)
        else:
            self._find_call(planned, declaration)
        self._plan_below(planned, get_named_type(definition.type), details)
        return planned

    def _find_reading(self, planned: PlannedField, declaration: StrawberryField) -> None:
        planned.of_many = self.policy.of_many(declaration)
        shown = self.policy.shown(declaration)
        if shown is not None:
            planned.way, planned.function = Way.SHOWN, shown
            return
        planned.function = self.policy.read(declaration)
        if planned.function is None and reads_attributes(self.operation.schema, declaration):
            planned.way, planned.attribute = Way.ATTRIBUTE, declaration.python_name
            return
        planned.way = Way.READ
        planned.function = planned.function or (lambda row: declaration.get_result(row, None, [], {}))

    def _find_call(self, planned: PlannedField, declaration: StrawberryField) -> None:
        rights = [self.policy.rights(one) if keeps_arguments(one) else None for one in declaration.extensions]
        known = [frozenset(one) for one in rights if one is not None]
        planned.rights = frozenset().union(*known)
        resolver = declaration.base_resolver
        converters = self._converters(planned.definition, declaration)
        if resolver is None or converters is None or len(known) < len(rights):
            planned.way, planned.function, planned.noted = Way.RESOLVED, planned.definition.resolve, True
            return
        planned.way = Way.DIRECT
        planned.function = resolver.wrapped_func if callable(resolver.wrapped_func) else resolver
        planned.parameters = parameters_of(resolver)
        planned.converters = converters
        planned.null_defaults = self.policy.null_defaults(planned.definition) or {}
        planned.noted = bool(converters) or declaration.is_async or not self.policy.repeatable(declaration)

    def _converters(
        self, definition: GraphQLField, declaration: StrawberryField
    ) -> Mapping[str, tuple[str, Convert | None]] | None:
        if not definition.args:
            return {}
        is_plain = is_as_declared(definition) or self.policy.null_defaults(definition) is not None
        found = converters_of(declaration, self.inputs) if is_plain else None
        return found if found is not None and found.keys() == definition.args.keys() else None

    def _plan_below(self, planned: PlannedField, type_: GraphQLNamedType, details: Details) -> None:
        schema = self.operation.schema
        types: Sequence[GraphQLObjectType] = ()
        if is_object_type(type_):
            types = (type_,)
        elif is_abstract_type(type_):
            types = type_.types if isinstance(type_, GraphQLUnionType) else schema.get_possible_types(type_)
        for one in types:
            grouped = collect_subfields(
                schema, self._fragments, self.variables, self.operation.node, one, details
            ).grouped_field_set
            planned.below[one.name] = self._selection(one, grouped, planned.number)
