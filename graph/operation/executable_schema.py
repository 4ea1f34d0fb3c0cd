"""A schema that runs operations by our rules: within its limits, from its cache of documents, its errors with codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, TypeAlias

from graphql import ExecutionResult as GraphQLExecutionResult
from graphql import GraphQLError, OperationDefinitionNode, get_operation_ast
from graphql import OperationType as GraphQLOperationType
from graphql.execution.middleware import MiddlewareManager
from graphql.validation import ASTValidationRule
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from domain.callers import Principal, Scope
from domain.errors import RateLimited
from graph.compiled.executor import event_executor
from graph.operation import execution
from graph.operation.admission import Admission, admit, check, pay, told_beside
from graph.operation.context import Context
from graph.operation.documents.cache import CheckedDocument, Documents
from graph.operation.documents.turns import CheckTurns
from graph.operation.execution import Asked
from graph.operation.limits import GraphLimits
from graph.operation.null_defaults import take_null_for_defaults
from graph.operation.trusted_documents import TrustedDocument, TrustedDocuments
from graph.vocabulary import errors
from graph.vocabulary.private_parts import PreExecutionError, SchemaRunBy, core_schema
from graph.vocabulary.scalars import SCALARS

UsedLast: TypeAlias = tuple[list[tuple[str, int]], list[tuple[str, int]]]
"""Documents with their weights, the oldest first."""

KINDS = {kind: OperationType(kind.value) for kind in GraphQLOperationType}
"""What Strawberry calls each kind of operation."""

CHECKED_ANEW = 50
"""So many documents, those that were used last, are checked before a new schema answers: no caller waits for that."""


class ExecutableSchema(SchemaRunBy):
    """The schema of these root types with its limits, its cache of documents, and its way of showing errors.

    A `public` one shows its types, and hints at names, only to callers whose key or token holds the scope `read`.
    `rules` are checked beside those of GraphQL. `refused` counts documents by the bound that they exceed. `compiled`
    says whether operations that come again are compiled.
    """

    def __init__(
        self,
        query: type,
        mutation: type,
        subscription: type,
        *,
        limits: GraphLimits,
        public: bool = False,
        trusted: TrustedDocuments | None = None,
        rules: Sequence[type[ASTValidationRule]] = (),
        turns: CheckTurns | None = None,
        compiled: bool = True,
    ) -> None:
        self.compiled = execution.compiled_execution(is_on=compiled)
        self.documents = Documents(limits, shown=not public, trusted=trusted, rules=rules)
        self.shown_documents = (
            Documents(limits, shown=True, trusted=trusted, rules=rules) if public else self.documents
        )
        self.turns = turns or CheckTurns()
        self.refused: Counter[str] = Counter()
        self.public = public
        self.how_to_execute: dict[str, Any] = {
            "executor_class": event_executor(self.compiled),
            "is_awaitable": optimized_is_awaitable,
            "middleware": MiddlewareManager(),
            "operation_extensions": None,
            "root_value": None,
        }
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=subscription,
            extensions=[lambda: Admission(self.checked)],
            config=StrawberryConfig(scalar_map=SCALARS),
            run=partial(execution.run, self.compiled),
            execution_context_class=self.how_to_execute["executor_class"],
        )
        take_null_for_defaults(core_schema(self))

    def is_shown_to(self, principal: Principal) -> bool:
        """Whether a caller may ask for the types: everybody, or in public whose key or token may read."""
        return not self.public or (not principal.anonymous and principal.may(Scope.READ))

    def documents_for(self, principal: Principal) -> Documents:
        """The checked documents of callers who see as much of the schema as this one."""
        return self.shown_documents if self.is_shown_to(principal) else self.documents

    async def checked(self, context: Context, text: str) -> CheckedDocument:
        """The parsed document and what is wrong with it for the caller in `context`.

        Raises GraphQLError when it cannot be parsed, is too large, or is not trusted and must be, and when the caller
        has no points left or too many new documents wait.
        """
        if context.checked is not None and context.checked[0] == text:
            return context.checked[1]
        documents = self.documents_for(context.principal)
        try:
            found = await check(context, documents, self.turns, core_schema(self), text)
        except GraphQLError as error:
            self._count(error)
            raise
        for problem in found.errors:
            self._count(problem)
        context.checked = (text, found)
        return found

    @property
    def kept(self) -> int:
        """How many tokens the documents have together that are kept."""
        return sum(documents.weight for documents in {self.documents, self.shown_documents})

    def _count(self, error: GraphQLError) -> None:
        if isinstance(error.original_error, RateLimited):
            self.refused[RateLimited.code] += 1
        elif reason := (error.extensions or {}).get("reason"):
            self.refused[str(reason)] += 1

    def pin(self) -> dict[TrustedDocument, str]:
        """Check the trusted documents and keep them; the answer is what is wrong, by document."""
        problems = self.documents.pin(core_schema(self))
        self.shown_documents.pinned = self.documents.pinned
        return problems

    def used_last(self) -> UsedLast:
        """The documents that were used last, of callers who are not shown the types and of those who are."""
        return self.documents.used_last(CHECKED_ANEW), (
            [] if self.shown_documents is self.documents else self.shown_documents.used_last(CHECKED_ANEW)
        )

    def succeed(self, before: ExecutableSchema, used: UsedLast) -> None:
        """Count on where the schema before this one stopped, and check the documents that its callers used last.

        Its documents and plans are not taken over: what they ask for may mean something else now.
        """
        self.turns, self.refused = before.turns, before.refused
        self.compiled.counts = before.compiled.counts
        for documents, texts in zip((self.documents, self.shown_documents), used, strict=True):
            documents.check_anew(core_schema(self), texts)

    async def answer(
        self,
        text: str,
        context: Context,
        *,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        allowed: Collection[OperationType],
    ) -> ExecutionResult:
        """The result of an operation. Raises what Strawberry's `execute` raises where there is none to run.

        A known document without faults takes a short way: what Strawberry prepares for each operation anew is not
        needed. All else goes Strawberry's own way, which says what is wrong.
        """
        try:
            checked = self._known(context, text)
            node = None if checked is None else operation_of(checked, operation_name)
            if checked is not None and node is not None and KINDS[node.operation] in allowed:
                return await self._run_known(context, checked, node, operation_name, variables)
        except GraphQLError as error:
            return self._refused(context, error)
        return await self.execute(
            text,
            variables,
            context_value=context,
            operation_name=operation_name,
            allowed_operation_types=allowed,
        )

    def _known(self, context: Context, text: str) -> CheckedDocument | None:
        """A document without faults that was checked before. Raises GraphQLError for who has no points left."""
        context.charge.points, context.charge.checking = 1, 0
        if context.checked is None or context.checked[0] != text:
            known = self.documents_for(context.principal).kept_as_faultless(text)
            if known is None:
                return None
            pay(context, 0)
            context.checked = (text, known)
        found = context.checked[1]
        return None if found.errors else found

    async def _run_known(
        self,
        context: Context,
        checked: CheckedDocument,
        node: OperationDefinitionNode,
        name: str | None,
        variables: dict[str, Any] | None,
    ) -> ExecutionResult:
        if not context.charge.is_paid:
            admit(context, checked, name, variables)
        try:
            asked = Asked(checked.document, context, name, variables)
            result = execution.run_operation(
                self.compiled, core_schema(self), node, asked, self.how_to_execute
            )
            if not isinstance(result, GraphQLExecutionResult):
                result = await result
        except Exception as error:
            return self._refused(context, GraphQLError(str(error), original_error=error))
        if result.errors:
            self._present(result.errors, context, KINDS[node.operation])
        return ExecutionResult(result.data, result.errors, told_beside(context))

    def _refused(self, context: Context, error: GraphQLError) -> ExecutionResult:
        errors_ = [error]
        self._present(errors_, context, None)
        return PreExecutionError(None, errors_, told_beside(context))

    def process_errors(
        self, errors_: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Give every error its code in place; log and mask the unexpected ones."""
        context = execution_context.context if execution_context else None
        if not isinstance(context, Context):
            errors.present(errors_, suggestions=not self.public)
            return
        # Where a field below the first was answered with an error, there is an operation; elsewhere there may be none.
        kind = (
            execution_context.operation_type
            if execution_context is not None and any(len(error.path or ()) > 1 for error in errors_)
            else None
        )
        self._present(errors_, context, kind)

    def _present(self, errors_: list[GraphQLError], context: Context, kind: OperationType | None) -> None:
        errors.present(
            errors_,
            suggestions=self.is_shown_to(context.principal),
            request_id=context.request_id,
            mutation=kind is OperationType.MUTATION and any(len(error.path or ()) > 1 for error in errors_),
        )


def operation_of(checked: CheckedDocument, name: str | None) -> OperationDefinitionNode | None:
    """The operation that runs; None where the document does not say which."""
    return checked.alone if name is None else get_operation_ast(checked.document, name)
