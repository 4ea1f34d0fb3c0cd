"""Runs checked operations: queries in bounded time, and what a long one was sent is read in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
)
from graphql.pyutils import AwaitableOrValue

from domain.errors import QueryTimeout
from domain.spans import is_recording, span
from graph.operation.context import Context

LONGEST_NAME = 100


def run(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    context_value: Context,
    operation_name: str | None = None,
    **how: Any,  # noqa: ANN401  the rest is between strawberry and graphql-core
) -> AwaitableOrValue[ExecutionResult]:
    """What graphql-core's `execute` gives, by a shorter way: the result, or something to await for it."""
    operation = get_operation_ast(document, operation_name)
    how.update(
        context_value=context_value,
        operation_name=operation_name,
        raw_variable_values=how.pop("variable_values"),
    )
    if operation is not None and is_recording():
        return _recorded(operation, lambda: _begun(schema, document, operation, context_value, how))
    return _begun(schema, document, operation, context_value, how)


def _begun(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode | None,
    context: Context,
    how: dict[str, Any],
) -> AwaitableOrValue[ExecutionResult]:
    result = _run_long(schema, document, **how) if context.long else _run_short(schema, document, **how)
    # A mutation is never cut: its caller could not know what it has changed.
    if operation is None or operation.operation is not OperationType.QUERY:
        return result
    return result if isinstance(result, ExecutionResult) else _in_time(result, context)


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


def _run_short(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    executor_class: type[Executor[Any]],
    **how: Any,  # noqa: ANN401  as above
) -> AwaitableOrValue[ExecutionResult]:
    """One step after the other on the event loop; `execute` would wrap each of them for results in parts."""
    return _started(executor_class.build(schema, document, **how))


async def _run_long(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    executor_class: type[Executor[Any]],
    **how: Any,  # noqa: ANN401  as above
) -> ExecutionResult:
    """The same in two steps: the variables of 10,000 rows take too long to check on the event loop."""
    result = _started(await asyncio.to_thread(executor_class.build, schema, document, **how))
    return result if isinstance(result, ExecutionResult) else await result


def _started(executor: Executor[Any] | list[GraphQLError]) -> AwaitableOrValue[ExecutionResult]:
    """Run what was built; errors in its place are those of the variables."""
    if isinstance(executor, list):
        return ExecutionResult(None, errors=executor)
    # No directive of the schema asks for parts.
    return cast("AwaitableOrValue[ExecutionResult]", executor.execute_operation())
