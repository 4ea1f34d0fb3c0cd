"""How large a document is: in tokens before it is parsed, in fields and fragments before it is validated."""

from __future__ import annotations

import re

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, GraphQLError, OperationDefinitionNode

from domain.input.credentials import HEADER
from graph.operation.limits import GraphLimits, exceeded

_TOKENS = re.compile(
    r"#[^\n\r]*"
    r'|"""(?:\\"""|.)*?"""'
    r'|"(?:\\.|[^"\\\n\r])*"?'
    r"|\.\.\."
    r"|[_A-Za-z][_0-9A-Za-z]*"
    r"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
    r"|[^ \t\n\r,\ufeff]",
    re.DOTALL,
)

HOW_TO_GET_MORE = f"more need a key or token that holds a scope: {HEADER}"
"""What callers without a scope are told beside their bound."""


def count_tokens(text: str) -> int:
    """How many tokens a document has, a comment being one; counted without parsing, so that it costs next to nothing.

    A document that can be parsed has no more than this, whatever stands in it.

    >>> count_tokens('query ($n: Int = -1.5e3) { list(first: $n, text: "a {b}") { ...F } } # not { these }')
    26
    """
    return len(_TOKENS.findall(text))


def require_short(text: str, bounds: GraphLimits, more: str = "") -> int:
    """The tokens of a document that is short enough to be parsed. Raises GraphQLError for one that is not.

    `more` says how longer ones may be sent.
    """
    if len(text) > bounds.characters:
        raise _too_large("MAX_CHARACTERS", "characters", len(text), bounds.characters, more)
    tokens = count_tokens(text)
    if tokens > bounds.tokens:
        raise _too_large("MAX_TOKENS", "tokens", tokens, bounds.tokens, more)
    return tokens


def require_few(document: DocumentNode, bounds: GraphLimits, more: str = "") -> None:
    """Raise GraphQLError for a document with more fields or fragments than may be validated."""
    fragments = sum(isinstance(node, FragmentDefinitionNode) for node in document.definitions)
    if fragments > bounds.fragments:
        raise _too_large("MAX_FRAGMENTS", "fragments", fragments, bounds.fragments, more)
    fields = _fields_in(document)
    if fields > bounds.fields:
        raise _too_large("MAX_DOCUMENT_FIELDS", "fields", fields, bounds.fields, more)


def _fields_in(document: DocumentNode) -> int:
    """How many fields are written in a document, each fragment counted where it stands."""
    found = 0
    waiting = [
        node.selection_set
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode | FragmentDefinitionNode)
    ]
    while waiting:
        for node in waiting.pop().selections:
            found += isinstance(node, FieldNode)
            below = getattr(node, "selection_set", None)
            if below is not None:
                waiting.append(below)
    return found


def _too_large(name: str, what: str, found: int, most: int, more: str) -> GraphQLError:
    message = f"The document has {found} {what}, at most {most} are allowed"
    return exceeded(name, found, most, f"{message}; {more}" if more else f"{message}.")
