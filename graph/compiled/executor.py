"""Runs operations by their plans, and whatever a plan cannot answer by the reference executor."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution.middleware import MiddlewareManager
from graphql.pyutils import AwaitableOrValue

from graph.compiled.arguments import NO_VALUES
from graph.compiled.plan import Plan
from graph.compiled.plans import PlannedOperation, Plans, Straight
from graph.compiled.policy import SIZE, NotCompiled, Policy
from graph.compiled.private_parts import ReferenceExecutor, VariableValues
from graph.compiled.run import Data, Given, Pending, Run

log = logging.getLogger("graph.compiled")

Reference: TypeAlias = Callable[[MiddlewareManager | None], AwaitableOrValue[ExecutionResult]]
"""Runs the operation on graphql-core's executor, with this middleware in the place of its own where there is one."""

MOST_GIVEN_UP = 3
"""So often a plan may give up what the reference executor then answers without an error; then it is dropped."""
FIELDS_ON_LOOP = 15
"""So many fields take about a millisecond to compile; what has more is compiled in a thread."""


class Sent(NamedTuple):
    """What an operation comes with; `long` variables are read in a thread."""

    variables: Mapping[str, Any] | None
    context: object = None
    root: object = None
    extensions: object = None
    long: bool = False


class CompiledExecution:
    """Runs the operations of one schema. `counts` says how many ran compiled, and the others by the reason.

    A run that ended without an answer of its own is counted by that reason alone. Without `is_on` the reference
    executor runs everything.
    """

    def __init__(self, policy: Policy, *, is_on: bool = True, sights: int | None = None) -> None:
        self.policy = policy
        self.is_on = is_on
        self.plans = Plans(policy, sights)
        self.counts: Counter[str] = Counter()

    def run(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        node: OperationDefinitionNode,
        sent: Sent,
        reference: Reference,
    ) -> AwaitableOrValue[ExecutionResult]:
        """The result of an operation, or something to await for it."""
        known = self.plans.known(schema, node, document.definitions) if self.is_on else None
        if known is None:
            return self._otherwise("off" if not self.is_on else "first_sight", reference)
        if sent.long:
            return self._run_long(known, sent, reference)
        begun = None if known.straight is None else self._run_straight(known.straight, sent, reference)
        if begun is not None:
            return begun
        return self._run_sent(known, sent, known.variables.read(sent.variables), reference)

    async def _run_long(self, known: PlannedOperation, sent: Sent, reference: Reference) -> ExecutionResult:
        read = await asyncio.to_thread(known.variables.read, sent.variables)
        return await _awaited(self._run_sent(known, sent, read, reference))

    def _run_sent(
        self, known: PlannedOperation, sent: Sent, read: VariableValues | None, reference: Reference
    ) -> AwaitableOrValue[ExecutionResult]:
        if read is None:
            return self._otherwise("variables", reference)
        return self.run_with(known, Given(sent.context, sent.root, read, sent.extensions), reference)

    def run_with(
        self, known: PlannedOperation, given: Given, reference: Reference
    ) -> AwaitableOrValue[ExecutionResult]:
        """The result of a known operation."""
        key = known.key(given.variables)
        plan = known.plans.get(key)
        if plan is not None:
            return self._run_plan(plan, given, reference)
        plan = known.make(given.variables, FIELDS_ON_LOOP)
        if not (isinstance(plan, NotCompiled) and plan.reason == SIZE):
            self.plans.keep(known, key, plan)
            return self._run_plan(plan, given, reference)

        if key in known.making:
            return self._otherwise("first_sight", reference)

        async def in_thread() -> ExecutionResult:
            known.making.add(key)
            try:
                plan = await asyncio.to_thread(known.make, given.variables)
            finally:
                known.making.discard(key)
            self.plans.keep(known, key, plan)
            return await _awaited(self._run_plan(plan, given, reference))

        return in_thread()

    def _run_straight(
        self, straight: Straight, sent: Sent, reference: Reference
    ) -> Awaitable[ExecutionResult] | None:
        """Something to await for the result; None, and nothing is done, where variables must be read first."""
        plan, field, variable, begin = straight
        if not sent.variables or not self._takes(plan, sent.context):
            return None
        value = begin(sent.context, sent.variables.get(variable))
        if value is None:
            return None
        run = Run(plan.program, Given(sent.context, sent.root, NO_VALUES, sent.extensions), {})
        answer: Data = {field.key: None}
        return self._finished(
            plan, run, answer, [Pending(field.number, sent.root, value, answer, field.key)], reference
        )

    def _takes(self, plan: Plan, context: object) -> bool:
        return plan.given_up < MOST_GIVEN_UP and self.policy.may(context, plan.rights)

    def _run_plan(
        self, plan: Plan | NotCompiled, given: Given, reference: Reference
    ) -> AwaitableOrValue[ExecutionResult]:
        if isinstance(plan, NotCompiled):
            return self._otherwise(plan.reason, reference)
        if plan.given_up >= MOST_GIVEN_UP:
            return self._otherwise("given_up", reference)
        if not self.policy.may(given.context, plan.rights):
            return self._otherwise("rights", reference)
        run = Run(plan.program, given, plan.kept_in(self.policy.epoch(given.context)))
        try:
            data, pending = plan.start(run)
        except Exception as error:
            return self._replayed(plan, run, error, reference)
        if plan.is_whole(pending):
            run.end()
            self.counts["compiled"] += 1
            return ExecutionResult(data, None)
        return self._finished(plan, run, data, pending, reference)

    async def _finished(
        self, plan: Plan, run: Run, data: Data, pending: Sequence[Pending], reference: Reference
    ) -> ExecutionResult:
        try:
            answer = await plan.finish(run, data, pending)
        except Exception as error:
            return await self._replayed(plan, run, error, reference)
        finally:
            run.end()
        self.counts["compiled"] += 1
        return ExecutionResult(answer, None)

    async def _replayed(
        self, plan: Plan, run: Run, error: Exception, reference: Reference
    ) -> ExecutionResult:
        """The reference executor's answer, from what resolvers have given already."""
        result = await _awaited(reference(run.replaying()))
        self.counts["errors" if result.errors else "given_up"] += 1
        if not result.errors:
            plan.given_up += 1
            log.info("a compiled operation gave up: %s", error, exc_info=error)
        return result

    def _otherwise(self, reason: str, reference: Reference) -> AwaitableOrValue[ExecutionResult]:
        self.counts[reason] += 1
        return reference(None)


async def _awaited(result: AwaitableOrValue[ExecutionResult]) -> ExecutionResult:
    return result if isinstance(result, ExecutionResult) else await result


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
