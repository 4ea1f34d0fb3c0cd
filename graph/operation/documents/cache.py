"""Documents that are parsed, validated and priced once, and the bounded cache of what came of it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Source,
    parse,
    validate,
)
from graphql.validation import (
    ASTValidationRule,
    OverlappingFieldsCanBeMergedRule,
    recommended_rules,
    specified_rules,
)

from domain.pacing import DOCUMENT_TOKENS_ON_LOOP
from graph.operation.documents.pauses import pausing
from graph.operation.documents.size import HOW_TO_GET_MORE, require_few, require_short
from graph.operation.limits import GraphLimits, SchemaNotShown, bounded_by
from graph.operation.pricing import OperationCost, costs_of
from graph.operation.trusted_documents import TrustedDocument, TrustedDocuments
from graph.vocabulary.errors import VALIDATION_FAILED
from graph.vocabulary.private_parts import (
    ABORTED,
    TOO_DEEP_INTROSPECTION,
    comparing_at_most,
)

FEW_ERRORS = 3
MANY_ERRORS = 100
CHARACTERS_OF_A_TOKEN = 10
"""A kept document counts as so many of its characters at least as one token: comments are kept with it."""

Rules = tuple[type[ASTValidationRule], ...]


class CheckedDocument(NamedTuple):
    """A parsed document, what is wrong with it, and where nothing is, the cost of each operation by its name.

    `alone` is the one operation of a document that has one, which needs no name; `weight` is how much room it takes, in
    tokens.
    """

    document: DocumentNode
    errors: tuple[GraphQLError, ...]
    costs: Mapping[str | None, OperationCost]
    alone: OperationDefinitionNode | None
    weight: int = 0


class Checks(NamedTuple):
    """By which rules, and within which bounds, the documents of one kind of caller are checked.

    `more` says to whom a bound is too narrow how longer documents are sent. A check that `pauses` never runs on the
    event loop, however short the document.
    """

    limits: GraphLimits
    rules: Rules
    more: str = ""
    pauses: bool = False


class Documents:
    """Parses and validates documents; the least recently used results are forgotten.

    Where the schema is not `shown` it cannot be asked for its types, and errors give no hints at names.
    `trusted` documents are never forgotten once they are pinned. `rules` are checked beside those of GraphQL.
    """

    def __init__(
        self,
        limits: GraphLimits,
        *,
        shown: bool,
        trusted: TrustedDocuments | None = None,
        rules: Sequence[type[ASTValidationRule]] = (),
    ) -> None:
        self.limits = limits
        self.trusted = trusted or TrustedDocuments()
        self.pinned: dict[str, CheckedDocument] = {}
        self.suggestions = shown
        more = [bounded_by(limits), *rules] if shown else [bounded_by(limits), SchemaNotShown, *rules]
        others = [
            rule
            for rule in (*specified_rules, *recommended_rules)
            if rule is not OverlappingFieldsCanBeMergedRule
        ]

        def checks(limits: GraphLimits) -> Checks:
            merging = comparing_at_most(limits.comparisons)
            return Checks(limits, tuple(dict.fromkeys([*others, merging, *more])))

        self.of_scopes = checks(limits)
        narrow = checks(limits.without_scope())
        self.without_scope = narrow._replace(
            rules=(*narrow.rules, pausing()), more=HOW_TO_GET_MORE, pauses=True
        )
        self.of_operator = checks(limits.of_operator())
        self.kept: OrderedDict[str, CheckedDocument] = OrderedDict()
        self.weight = 0

    def known(self, text: str) -> CheckedDocument | None:
        """What came of a document before, if that is still known.

        Raises GraphQLError when it is not trusted and must be.
        """
        pinned = self.pinned.get(text)
        if pinned is not None:
            return pinned
        self.trusted.require(text)
        found = self.kept.get(text)
        if found is not None:
            self.kept.move_to_end(text)
        return found

    def kept_as_faultless(self, text: str) -> CheckedDocument | None:
        """A document that is kept, may run, and has no faults; None for all others."""
        found = self.pinned.get(text)
        if found is None and not self.trusted.only:
            found = self.kept.get(text)
            if found is not None:
                self.kept.move_to_end(text)
        return None if found is None or found.errors else found

    async def check(
        self, schema: GraphQLSchema, text: str, tokens: int, checks: Checks, *, keep: bool
    ) -> CheckedDocument:
        """The parsed document and what is wrong with it. Raises GraphQLError when it cannot be parsed.

        A caller that goes meanwhile is held until the work in its name has ended.
        """
        if tokens <= DOCUMENT_TOKENS_ON_LOOP and not checks.pauses:
            found = self._check(schema, text, tokens, checks)
        else:
            work = asyncio.ensure_future(asyncio.to_thread(self._check, schema, text, tokens, checks))
            try:
                found = await asyncio.shield(work)
            finally:
                if not work.done():
                    await asyncio.wait((work,))
        if keep:
            self._keep(text, found)
        return found

    def used_last(self, most: int) -> list[tuple[str, int]]:
        """Up to `most` documents without faults that were used last, with their weights, the oldest first."""
        faultless = ((text, found.weight) for text, found in reversed(self.kept.items()) if not found.errors)
        return list(islice(faultless, most))[::-1]

    def check_anew(self, schema: GraphQLSchema, used: Sequence[tuple[str, int]]) -> None:
        """Keep those of the documents of another schema that have no faults in this one."""
        for text, weight in used:
            checked = self._check(schema, text, weight, self.of_scopes)
            if not checked.errors:
                self._keep(text, checked)

    def pin(self, schema: GraphQLSchema) -> dict[TrustedDocument, str]:
        """Check every trusted document; the answer is what is wrong, by document. Takes long where they are many."""
        problems: dict[TrustedDocument, str] = {}
        for entry in self.trusted.entries:
            try:
                tokens = require_short(entry.text, self.of_operator.limits)
                checked = self._check(schema, entry.text, tokens, self.of_operator)
            except GraphQLError as error:
                problems[entry] = error.message
            else:
                self.pinned[entry.text] = checked
                if checked.errors:
                    problems[entry] = checked.errors[0].message
        return problems

    def _keep(self, text: str, found: CheckedDocument) -> None:
        before = self.kept.pop(text, None)
        self.kept[text] = found
        self.weight += found.weight - (before.weight if before else 0)
        while self.weight > self.limits.kept and self.kept:
            _, forgotten = self.kept.popitem(last=False)
            self.weight -= forgotten.weight

    def _check(self, schema: GraphQLSchema, text: str, tokens: int, checks: Checks) -> CheckedDocument:
        limits = checks.limits
        try:
            document = parse(Source(text))
            require_few(document, limits, checks.more)
            errors = validate(
                schema,
                document,
                checks.rules,
                # A stranger who guesses at names is told little at a time.
                max_errors=MANY_ERRORS if self.suggestions else FEW_ERRORS,
                hide_suggestions=not self.suggestions,
            )
            costs = {} if errors else costs_of(schema, document, limits.steps)
        except RecursionError:
            raise GraphQLError(
                "The document is nested too deeply.",
                extensions={"code": VALIDATION_FAILED, "reason": "MAX_DEPTH", "limit": limits.depth},
            ) from None
        errors = [_told(error, limits) for error in errors]
        if not self.suggestions:
            errors = errors[:FEW_ERRORS]
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        alone = operations[0] if len(operations) == 1 else None
        weight = max(tokens, len(text) // CHARACTERS_OF_A_TOKEN)
        return CheckedDocument(document, tuple(errors), costs, alone, weight)


def _told(error: GraphQLError, limits: GraphLimits) -> GraphQLError:
    """An error of graphql-core with its code, and in our words where it says too little."""
    if error.message == ABORTED:
        return GraphQLError(
            "The document asks for the same fields too often, in selections or fragments that must be compared with "
            f"each other more than {limits.comparisons} times: ask for each field once, and spread fewer fragments.",
            extensions={
                "code": VALIDATION_FAILED,
                "reason": "MAX_COMPARISONS",
                "limit": limits.comparisons,
            },
        )
    reason = {"reason": "INTROSPECTION_DEPTH"} if error.message == TOO_DEEP_INTROSPECTION else {}
    error.extensions = {"code": VALIDATION_FAILED, **reason, **(error.extensions or {})}
    return error
