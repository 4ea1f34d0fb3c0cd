"""Runs checked operations: queries in bounded time, and what a long one was sent is read in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
)
from graphql.pyutils import AwaitableOrValue

from domain.errors import QueryTimeout
from domain.spans import recorded, span
from graph.context import Context

LONGEST_NAME = 100


def run(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    context_value: Context,
    operation_name: str | None = None,
    **how: Any,  # noqa: ANN401  the rest is between strawberry and graphql-core
) -> AwaitableOrValue[ExecutionResult]:
    """graphql-core's `execute`: the result, or something to await for it."""
    operation = get_operation_ast(document, operation_name)

    def start() -> AwaitableOrValue[ExecutionResult]:
        begin = _run_long if context_value.long else execute
        result = begin(schema, document, context_value=context_value, operation_name=operation_name, **how)
        # A mutation is never cut: its caller could not know what it has changed.
        is_query = operation is not None and operation.operation is OperationType.QUERY
        if is_query and not isinstance(result, ExecutionResult):
            return _in_time(result, context_value)
        return result

    return start() if operation is None or not recorded() else _recorded(operation, start)


async def _recorded(
    operation: OperationDefinitionNode, start: Callable[[], AwaitableOrValue[ExecutionResult]]
) -> ExecutionResult:
    kind, name = operation.operation.value, operation.name.value[:LONGEST_NAME] if operation.name else ""
    attributes = {"graphql.operation.type": kind, "graphql.operation.name": name}
    with span(f"{kind} {name}".rstrip(), attributes):
        result = start()
        return result if isinstance(result, ExecutionResult) else await result


async def _in_time(result: Awaitable[ExecutionResult], context: Context) -> ExecutionResult:
    limit = asyncio.timeout_at(context.until)
    try:
        async with limit:
            return await result
    except TimeoutError:
        if not limit.expired():
            raise
    stopped = QueryTimeout(
        f"the query was stopped after {context.limits.seconds:g} seconds: ask for less at once, or for fewer lists"
    )
    return ExecutionResult(None, errors=[GraphQLError(stopped.message, original_error=stopped)])


async def _run_long(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    executor_class: type[Executor[Any]],
    **how: Any,  # noqa: ANN401  as above
) -> ExecutionResult:
    """The same in two steps: the variables of 10,000 rows take too long to check on the event loop."""
    how["raw_variable_values"] = how.pop("variable_values")
    executor = await asyncio.to_thread(executor_class.build, schema, document, **how)
    if isinstance(executor, list):
        return ExecutionResult(None, errors=executor)
    result = executor.execute_operation()
    if executor.is_awaitable(result):
        result = await result
    if not isinstance(result, ExecutionResult):
        raise TypeError("the operation gave its result in parts")
    return result
