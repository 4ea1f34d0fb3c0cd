"""What happens to an operation before it runs: checked, counted, and paid for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError

from domain.errors import RateLimited
from graph.operation.context import Context
from graph.operation.documents.cache import CheckedDocument, Documents
from graph.operation.documents.size import require_short
from graph.operation.documents.turns import CheckTurns
from graph.operation.limits import exceeded
from graph.operation.pricing import NO_VARIABLES
from graph.vocabulary.private_parts import sent_operation_name

COST_LIMIT_EXCEEDED = "COST_LIMIT_EXCEEDED"
SHORT_LIST = 100

Variables = Mapping[str, Any]


async def check(
    context: Context, documents: Documents, turns: CheckTurns, schema: GraphQLSchema, text: str
) -> CheckedDocument:
    """What is known of a document, or else what its check gives, in the caller's turn.

    Who holds no scope pays for a check by the tokens, before anything is parsed, and nothing of it is kept. Raises
    GraphQLError for what cannot be parsed or is too large, which costs 1 point, and where too many documents wait.
    """
    pay(context, 0)
    stranger = not context.principal.scopes
    try:
        known = documents.known(text)
        if known is not None:
            return known
        checks = documents.without_scope if stranger else documents.of_scopes
        tokens = require_short(text, checks.limits, checks.more)
        if stranger:
            pay(context, tokens)
            context.charge.checking = context.charge.points = tokens
        async with _turn(context, turns, stranger=stranger):
            # Another call may have sent the same while this one waited.
            return documents.known(text) or await documents.check(
                schema, text, tokens, checks, keep=not stranger
            )
    except GraphQLError as error:
        if not isinstance(error.original_error, RateLimited):
            pay(context, 1)
        raise


@asynccontextmanager
async def _turn(context: Context, turns: CheckTurns, *, stranger: bool) -> AsyncIterator[None]:
    principal = context.principal
    # No key has a name with a space before it.
    caller = f" {context.charge.address}" if principal.anonymous else principal.name
    try:
        async with turns.turn(caller if caller != " " else "", stranger=stranger):
            yield
    except RateLimited as refusal:
        raise GraphQLError(refusal.message, original_error=refusal) from None


def admit(
    context: Context, checked: CheckedDocument, operation_name: str | None, variables: Variables | None
) -> None:
    """Let a valid operation run: within the bounds of its variables and of its cost, which is taken from the budget.

    Raises GraphQLError with the code of the bound that it exceeds; then nothing was taken.
    """
    # Each item of a list takes two bytes at least: what is short needs no looking through.
    if variables and context.sent > 2 * context.limits.list_items:
        _check_lists(variables, context.limits.list_items)
    cost = checked.costs.get(operation_name)
    if cost is None:
        return
    points = max(1, cost.points(variables or NO_VARIABLES))
    if context.charge.earlier == 0:
        points = min(
            context.services.budgets.points_for(points, context.sent), max(points, context.limits.cost)
        )
    context.charge.points = context.charge.checking + points
    most = context.services.budgets.largest(context.limits.cost)
    if context.charge.earlier + points > most:
        field, share = cost.most_expensive(variables or NO_VARIABLES)
        earlier = context.charge.earlier
        after = f" after {earlier:,} of those before it in the list" if earlier else ""
        raise GraphQLError(
            f"The operation costs {points:,} points{after}, at most {most:,} are allowed. "
            f"{share:,} of them are for "
            f"`{field}`: ask for smaller pages there, for fewer lists within lists, or in several operations.",
            extensions={"code": COST_LIMIT_EXCEEDED, "cost": points, "limit": most, "field": field},
        )
    pay(context, points)


def pay(context: Context, points: int) -> None:
    """Take points from the caller's budget; for 0 only look whether any are left. Raises GraphQLError if not."""
    try:
        context.services.budgets.charge(context.principal, context.charge.address, points)
    except RateLimited as refusal:
        raise GraphQLError(refusal.message, original_error=refusal) from None


def cost_of(context: Context) -> dict[str, Any]:
    """What an operation has cost, as shown in `extensions.cost`."""
    services = context.services
    balance = services.budgets.balance(context.principal, context.charge.address)
    shown: dict[str, Any] = {
        "requested": context.charge.points,
        "limit": services.budgets.largest(context.limits.cost),
        "budget": None,
    }
    if balance is not None:
        reset = services.clock() + timedelta(seconds=balance.seconds)
        shown["budget"] = {
            "limit": balance.limit,
            "remaining": balance.remaining,
            "refillPerSecond": balance.per_second,
            "resetAt": reset.isoformat(timespec="seconds"),
        }
    return shown


def _check_lists(variables: Variables, most: int) -> None:
    """Hold every list in the variables to `most` items, without looking into each item of a long one."""
    for name, value in variables.items():
        if isinstance(value, list | dict) and (found := _longest(value)) > most:
            message = f"A list in the variable ${name} has {found:,} items, at most {most:,} are allowed."
            raise exceeded("MAX_LIST_ITEMS", found, most, message)


def _longest(value: list[Any] | dict[str, Any]) -> int:
    longest, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [below for below in one.values() if isinstance(below, list | dict)]
            continue
        longest = max(longest, len(one))
        if len(one) <= SHORT_LIST:
            waiting += [below for below in one if isinstance(below, list | dict)]
    return longest


class Admission(SchemaExtension):
    """Takes an operation's document from the cache instead of parsing and validating it again, and lets it pay."""

    checked: CheckedDocument

    def __init__(self, check: Callable[[Context, str], Awaitable[CheckedDocument]]) -> None:
        self.check = check

    async def on_parse(self) -> AsyncIterator[None]:
        """Put the checked document in place of one to parse. Who has no points left is refused without parsing."""
        execution = self.execution_context
        context: Context = execution.context
        context.charge.points, context.charge.checking = 1, 0
        self.checked = await self.check(context, execution.query or "")
        execution.graphql_document = self.checked.document
        if sent_operation_name(execution) is None and not self.checked.alone:
            # Strawberry would run the first one.
            raise CannotGetOperationTypeError(None)
        yield

    def on_validate(self) -> Iterator[None]:
        """Put the remembered errors in place of a validation; fresh ones, since they are changed on the way out."""
        execution, checked = self.execution_context, self.checked
        execution.pre_execution_errors = [
            GraphQLError(error.message, error.nodes, extensions=error.extensions) for error in checked.errors
        ]
        try:
            if checked.errors:
                pay(execution.context, 1)
            elif not execution.context.charge.is_paid:
                admit(execution.context, checked, sent_operation_name(execution), execution.variables)
        except GraphQLError as error:
            execution.pre_execution_errors = [error]
        yield

    def get_results(self) -> dict[str, Any]:
        """What is told beside the answer."""
        return told_beside(self.execution_context.context)


def told_beside(context: Context) -> dict[str, Any]:
    """What an operation has cost, for callers who ask for it, and what its figures leave out."""
    results: dict[str, Any] = {"cost": cost_of(context)} if context.charge.is_shown else {}
    if context.warnings:
        results["warnings"] = list(context.warnings.values())
        context.warnings = {}
    return results
