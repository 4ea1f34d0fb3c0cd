"""How an operation would run here: what is compiled and what is not, where its values come from, and by which SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, OperationType, get_operation_ast

from domain.callers import Principal, Scope
from domain.errors import InvalidInput
from graph.compiled.plan import PlannedStep, steps_of
from graph.compiled.plans import PlannedOperation
from graph.compiled.policy import NotCompiled
from graph.compiled.selections import Operation
from graph.operation.context import Context
from graph.operation.executable_schema import ExecutableSchema
from graph.vocabulary.private_parts import core_schema
from orm.connection.client import statements_sent
from serving.services import Services

OPERATOR = Principal("arbiter explain", frozenset(Scope))


@dataclass(frozen=True, slots=True)
class OperationExplanation:
    """An operation as it runs.

    `not_compiled` says why graphql-core runs it, None where it is compiled; then `steps` are its fields. `cost` are its
    points. `statements` are those that it sent when it was run just now; None where it was not, for the reason in
    `not_run`.
    """

    kind: str
    name: str
    cost: int
    not_compiled: str | None
    steps: tuple[PlannedStep, ...]
    statements: tuple[str, ...] | None
    not_run: str | None


async def explain_operation(
    schema: ExecutableSchema,
    services: Services,
    text: str,
    variables: Mapping[str, Any],
    operation_name: str | None = None,
) -> OperationExplanation:
    """What becomes of an operation of everybody's: a query is run once, so that its statements are seen.

    Raises InvalidInput for a document that cannot run.
    """
    context = Context(services, OPERATOR, schema.documents.limits)
    try:
        checked = await schema.checked(context, text)
    except GraphQLError as error:
        raise InvalidInput(error.message) from error
    node = get_operation_ast(checked.document, operation_name)
    if checked.errors or node is None:
        first = checked.errors[0].message if checked.errors else "say which operation: give its name"
        raise InvalidInput(f"the document cannot run: {first}")
    operation = Operation.of(core_schema(schema), node, checked.document.definitions)
    planned = PlannedOperation(operation, schema.compiled.policy)
    read = planned.variables.read(variables)
    if read is None:
        raise InvalidInput("the document cannot run: its variables are missing or wrong; give them as JSON")
    plan = planned.make(read)
    cost = checked.costs[operation_name].points(variables)
    statements: tuple[str, ...] | None = None
    not_run: str | None = f"a {node.operation.value} is not run"
    if node.operation is OperationType.QUERY:
        with statements_sent() as sent:
            result = await schema.execute(
                text, dict(variables), context_value=context, operation_name=operation_name
            )
        statements = tuple(sent)
        not_run = f"it was answered with an error: {result.errors[0].message}" if result.errors else None
    name = node.name.value if node.name else ""
    if isinstance(plan, NotCompiled):
        return OperationExplanation(node.operation.value, name, cost, str(plan), (), statements, not_run)
    steps = tuple(steps_of(plan))
    return OperationExplanation(node.operation.value, name, cost, None, steps, statements, not_run)
