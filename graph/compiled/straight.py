"""The straight way: a mutation that stands alone and begins with its one variable as it came.

Nothing is worked out for it at a call: neither variables nor arguments are read, and no resolver is asked. What its
value shows, and what becomes of a failure, is as in any other run.
"""

from __future__ import annotations

from typing import NamedTuple

from graphql import OperationType

from graph.compiled.plan import Plan
from graph.compiled.policy import Begin, Policy
from graph.compiled.selections import PlannedField


class Straight(NamedTuple):
    """A plan of one mutation, whose argument is `variable`, and what begins it."""

    plan: Plan
    field: PlannedField
    variable: str
    begin: Begin


def straight_of(plan: Plan, policy: Policy) -> Straight | None:
    """The straight way of a plan; None where it has none, as where a resolver stands below the mutation."""
    operation, fields = plan.program.operation.node, plan.program.fields
    if operation.operation is not OperationType.MUTATION or len(operation.variable_definitions or ()) != 1:
        return None
    field = fields[0]
    begin = None if field.declaration is None else policy.straight(field.declaration, field.definition)
    variables = plan.program.named.get(field.number, {})
    if begin is None or len(variables) != 1 or len(plan.program.at_root) != 1:
        return None
    if any(one.noted for one in fields[1:]):
        return None
    return Straight(plan, field, next(iter(variables.values())), begin)
