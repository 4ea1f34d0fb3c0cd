"""The events of a subscription, each answered by the plan of its selection."""

from __future__ import annotations

from typing import Any, cast

from graphql import ExecutionResult, Executor, OperationType
from graphql.execution.middleware import MiddlewareManager
from graphql.pyutils import AwaitableOrValue

from graph.compiled.executor import CompiledExecution
from graph.compiled.private_parts import ReferenceExecutor
from graph.compiled.run import Given


def event_executor(compiled: CompiledExecution) -> type[Executor[Any]]:
    """graphql-core's executor for a schema whose subscriptions' events are `compiled`; all else runs as it would."""

    class EventExecutor(ReferenceExecutor):
        def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: ANN401  as its parent
            if not compiled.is_on or self.operation.operation is not OperationType.SUBSCRIPTION:
                return super().execute_operation(serially)

            def reference(replay: MiddlewareManager | None) -> AwaitableOrValue[ExecutionResult]:
                self.middleware_manager = replay or self.middleware_manager
                result = super(EventExecutor, self).execute_operation(serially)
                return cast("AwaitableOrValue[ExecutionResult]", result)

            known = compiled.plans.known(self.schema, self.operation, self.fragment_definitions.values())
            if known is None:
                compiled.counts["first_sight"] += 1
                return reference(None)
            given = Given(
                self.context_value, self.root_value, self.variable_values, self.operation_extensions
            )
            return compiled.run_with(known, given, reference)

    return EventExecutor
