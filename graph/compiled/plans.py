"""The plans that are kept: made when an operation is seen again, forgotten when others are used more."""

from __future__ import annotations

import weakref
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import NamedTuple

from graphql import DefinitionNode, GraphQLSchema, OperationDefinitionNode, OperationType

from graph.compiled.plan import Plan, switches_of
from graph.compiled.policy import Begin, NotCompiled, Policy
from graph.compiled.private_parts import VariableValues
from graph.compiled.selections import MOST_FIELDS, Operation, PlannedField
from graph.compiled.variables import Variables

SIGHTS = 2
"""An operation is compiled at its second sight, so that one that comes once costs nothing."""
MOST_KEPT = 10_000
"""Fields of all plans: about 20 MB."""
MOST_SWITCHED = 16
"""Plans of one operation: so many ways in which its conditions may fall out are kept."""
SMALLEST = 20
"""A plan counts as so many fields at least."""


class Straight(NamedTuple):
    """A plan of a mutation that stands alone and begins with its one variable as it came.

    Nothing is worked out for it at a call: neither variables nor arguments are read, and no resolver is asked. What its
    value shows, and what becomes of a failure, is as in any other run.
    """

    plan: Plan
    field: PlannedField
    variable: str
    begin: Begin


def straight_of(plan: Plan, policy: Policy) -> Straight | None:
    """The straight way of a plan; None where it has none, as where a resolver stands below the mutation."""
    operation, fields = plan.program.operation.node, plan.program.fields
    if operation.operation is not OperationType.MUTATION or len(operation.variable_definitions or ()) != 1:
        return None
    if len(plan.program.at_root) != 1:  # a condition may have left nothing
        return None
    field = fields[0]
    begin = None if field.declaration is None else policy.straight(field.declaration, field.definition)
    variables = plan.program.named.get(field.number, {})
    if begin is None or len(variables) != 1:
        return None
    if any(one.noted for one in fields[1:]):
        return None
    return Straight(plan, field, next(iter(variables.values())), begin)


class PlannedOperation:
    """An operation with its plans, by the values of the variables in its conditions.

    A reason in the place of a plan says that there is none. `making` are those that a thread makes now; others who
    come meanwhile do not wait for it. `straight` is the straight way of the only plan there is, once it is made. The
    node is kept, so that its id is its own.
    """

    def __init__(self, operation: Operation, policy: Policy) -> None:
        self.operation = operation
        self.policy = policy
        self.switches = switches_of(operation)
        self.variables = Variables(operation.schema, operation.node.variable_definitions or ())
        self.plans: dict[tuple[Hashable, ...], Plan | NotCompiled] = {}
        self.making: set[tuple[Hashable, ...]] = set()
        self.straight: Straight | None = None

    @property
    def weight(self) -> int:
        """How many fields its plans have."""
        sizes = [len(plan.program.fields) if isinstance(plan, Plan) else 0 for plan in self.plans.values()]
        return sum(max(SMALLEST, size) for size in sizes) or SMALLEST

    def key(self, variables: VariableValues) -> tuple[Hashable, ...]:
        """Which of the plans is the one for these variables."""
        return tuple([variables.coerced.get(name) for name in self.switches])

    def make(self, variables: VariableValues, most: int = MOST_FIELDS) -> Plan | NotCompiled:
        """A plan of at most so many fields for these variables, or why there is none. It may run in a thread."""
        try:
            return Plan(self.operation, variables, self.policy, most)
        except NotCompiled as error:
            return error


class Plans:
    """The operations that were seen more than once; the least recently used are forgotten."""

    def __init__(self, policy: Policy, sights: int | None = None) -> None:
        self.policy = policy
        self.sights = SIGHTS if sights is None else sights
        self.weight = 0
        self._kept: OrderedDict[int, PlannedOperation] = OrderedDict()
        self._seen: dict[int, tuple[weakref.ref[OperationDefinitionNode], int]] = {}

    def known(
        self, schema: GraphQLSchema, node: OperationDefinitionNode, definitions: Iterable[DefinitionNode]
    ) -> PlannedOperation | None:
        """An operation with its plans; None where it is seen for the first time. `definitions`: its document's."""
        found = self._kept.get(id(node))
        if found is not None:
            self._kept.move_to_end(id(node))
            return found
        if self._sight(node) < self.sights:
            return None
        self._seen.pop(id(node), None)
        made = self._kept[id(node)] = PlannedOperation(Operation.of(schema, node, definitions), self.policy)
        self._weigh(0, made)
        return made

    def keep(self, operation: PlannedOperation, key: tuple[Hashable, ...], plan: Plan | NotCompiled) -> None:
        """Keep a plan of a known operation."""
        before = operation.weight
        if len(operation.plans) >= MOST_SWITCHED:
            operation.plans.pop(next(iter(operation.plans)))
        operation.plans[key] = plan
        if not operation.switches and isinstance(plan, Plan):
            operation.straight = straight_of(plan, self.policy)
        # Another call may have led to its being forgotten meanwhile.
        if self._kept.get(id(operation.operation.node)) is operation:
            self._weigh(before, operation)

    def _weigh(self, before: int, operation: PlannedOperation) -> None:
        self.weight += operation.weight - before
        while self.weight > MOST_KEPT and len(self._kept) > 1:
            _, forgotten = self._kept.popitem(last=False)
            self.weight -= forgotten.weight

    def _sight(self, node: OperationDefinitionNode) -> int:
        """How often an operation was seen, this time too; it is forgotten with its document."""
        number = id(node)
        found = self._seen.get(number)
        times = 1 if found is None else found[1] + 1
        if found is None and times < self.sights:
            self._seen[number] = (weakref.ref(node, lambda _: self._seen.pop(number, None)), times)
        elif found is not None:
            self._seen[number] = (found[0], times)
        return times
