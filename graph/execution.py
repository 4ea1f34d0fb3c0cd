"""Runs checked operations; what a long one was sent is read in a thread."""

from __future__ import annotations

import asyncio
from typing import Any

from graphql import DocumentNode, ExecutionResult, Executor, GraphQLSchema, execute
from graphql.pyutils import AwaitableOrValue

from graph.context import Context


def run(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    context_value: Context,
    **how: Any,  # noqa: ANN401  the rest is between strawberry and graphql-core
) -> AwaitableOrValue[ExecutionResult]:
    """graphql-core's `execute`: the result, or something to await for it."""
    if context_value.long:
        return _run_long(schema, document, context_value=context_value, **how)
    return execute(schema, document, context_value=context_value, **how)


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
