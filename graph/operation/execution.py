"""Runs checked operations: queries in bounded time, and what a long one was sent is read in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
)
from graphql.execution.middleware import MiddlewareManager
from graphql.pyutils import AwaitableOrValue
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from domain.callers import Scope
from domain.errors import QueryTimeout
from domain.spans import is_recording, span
from graph.compiled.executor import CompiledExecution, Sent
from graph.compiled.policy import Policy
from graph.operation.context import Context
from graph.operation.null_defaults import null_defaults_of
from graph.vocabulary.fields import ComputedField, straight_of
from graph.vocabulary.ids import ALGORITHM, ENDPOINT, TYPE_NAMES
from graph.vocabulary.named import known_by
from graph.vocabulary.permissions import Needs, OpenToAll, WithParent

LONGEST_NAME = 100
_SHOW_ROWS = frozenset(TYPE_NAMES.values())
_OF_CATALOGUE = frozenset({ENDPOINT, ALGORITHM})


class Asked(NamedTuple):
    """An operation as it is asked for: its document, its surroundings, its name where one was sent, its variables."""

    document: DocumentNode
    context: Context
    name: str | None
    variables: Mapping[str, Any] | None


def run(
    compiled: CompiledExecution,
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    context_value: Context,
    operation_name: str | None = None,
    **how: Any,  # noqa: ANN401  the rest is between strawberry and graphql-core
) -> AwaitableOrValue[ExecutionResult]:
    """What graphql-core's `execute` gives, by a shorter way: the result, or something to await for it.

    An operation that was seen before runs compiled; what its plan cannot do, and the first sight, on graphql-core.
    """
    operation = get_operation_ast(document, operation_name)
    asked = Asked(document, context_value, operation_name, how.pop("variable_values"))
    if operation is None:
        return _reference(schema, asked, how, None)
    return run_operation(compiled, schema, operation, asked, how)


def run_operation(
    compiled: CompiledExecution,
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    asked: Asked,
    how: Mapping[str, Any],
) -> AwaitableOrValue[ExecutionResult]:
    """The same of a known operation of the document; `how` are graphql-core's other arguments by their names."""
    context = asked.context
    reference = partial(_reference, schema, asked, how)
    sent = Sent(asked.variables, context, how["root_value"], how["operation_extensions"], context.long)
    if is_recording():
        run_it = partial(compiled.run, schema, asked.document, operation, sent, reference)
        return _recorded(operation, run_it, context)
    return _bounded(operation, compiled.run(schema, asked.document, operation, sent, reference), context)


def _bounded(
    operation: OperationDefinitionNode, result: AwaitableOrValue[ExecutionResult], context: Context
) -> AwaitableOrValue[ExecutionResult]:
    """The same in bounded time. A mutation is never cut: its caller could not know what it has changed."""
    if operation.operation is not OperationType.QUERY or isinstance(result, ExecutionResult):
        return result
    return _in_time(result, context)


def _reference(
    schema: GraphQLSchema,
    asked: Asked,
    how: Mapping[str, Any],
    replay: MiddlewareManager | None,
) -> AwaitableOrValue[ExecutionResult]:
    given = {
        **how,
        "context_value": asked.context,
        "operation_name": asked.name,
        "raw_variable_values": asked.variables,
    }
    if replay is not None:
        given["middleware"] = replay
    run_it = _run_long if asked.context.long else _run_short
    return run_it(schema, asked.document, **given)


async def _recorded(
    operation: OperationDefinitionNode,
    start: Callable[[], AwaitableOrValue[ExecutionResult]],
    context: Context,
) -> ExecutionResult:
    kind, name = operation.operation.value, operation.name.value[:LONGEST_NAME] if operation.name else ""
    attributes = {"graphql.operation.type": kind, "graphql.operation.name": name}
    with span(f"{kind} {name}".rstrip(), attributes):
        result = _bounded(operation, start(), context)
        return result if isinstance(result, ExecutionResult) else await result


async def _in_time(result: Awaitable[ExecutionResult], context: Context) -> ExecutionResult:
    """As `asyncio.timeout_at` would do it, in a part of its time."""
    task = cast("asyncio.Task[Any]", asyncio.current_task())
    before = task.cancelling()
    expired = False

    def expire() -> None:
        nonlocal expired
        expired = True
        task.cancel()

    timer = asyncio.get_running_loop().call_at(context.until, expire)
    try:
        return await result
    except asyncio.CancelledError:
        if not expired or task.cancelling() > before + 1:  # somebody else has cancelled it as well
            raise
    finally:
        timer.cancel()
        if expired:
            task.uncancel()
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


def _rights(extension: FieldExtension) -> Collection[Hashable] | None:
    if isinstance(extension, Needs):
        return extension.scopes
    return () if isinstance(extension, OpenToAll | WithParent) else None


def _may(context: Context, rights: Collection[Hashable]) -> bool:
    return all(context.principal.may(cast(Scope, right)) for right in rights)


def _repeatable(field: StrawberryField) -> bool:
    return any(isinstance(one, WithParent) for one in field.extensions)


def _read(field: StrawberryField) -> Callable[[Any], object] | None:
    return field.read if isinstance(field, ComputedField) else None


def _shown(field: StrawberryField) -> Callable[[Any], object] | None:
    return field.shown if isinstance(field, ComputedField) else None


def _of_many(field: StrawberryField) -> Callable[[Sequence[Any]], Sequence[object]] | None:
    return field.of_many if isinstance(field, ComputedField) else None


def _by_class(type_: GraphQLObjectType) -> bool:
    return type_.name in _SHOW_ROWS


def _kept(type_: GraphQLObjectType) -> bool:
    return type_.name in _OF_CATALOGUE


def _epoch(context: Context) -> object:
    return context.snapshot


def compiled_execution(*, is_on: bool = True) -> CompiledExecution:
    """Compiled execution of our schema."""
    policy = Policy(
        rights=_rights,
        may=_may,
        repeatable=_repeatable,
        read=_read,
        by_class=_by_class,
        kept=_kept,
        epoch=_epoch,
        known_by=known_by,
        shown=_shown,
        of_many=_of_many,
        null_defaults=null_defaults_of,
        straight=straight_of,
    )
    return CompiledExecution(policy, is_on=is_on)
