"""The tokens of a document are counted without parsing it, and never too few."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import GraphQLError, Source, TokenKind, get_introspection_query
from graphql.language import Lexer
from hypothesis import given
from hypothesis import strategies as st

from graph.operation.documents.size import count_tokens

DOCUMENTS = Path(__file__).resolve().parents[3] / "documents"
PIECES = (
    *("{", "}", "(", ")", "[", "]", ":", "=", "!", "$", "@", "|", "&", "...", "name", "_n1", " ", "\n", ","),
    *(
        "1",
        "-1",
        "0.5",
        "1e-3",
        '""',
        '"a # b"',
        '"\\""',
        '"""',
        '\\"""',
        '"""a "b" c"""',
        "# c\n",
        "\ufeff",
        ".",
    ),
)


def lexed(text: str) -> int:
    """As many tokens as the parser reads."""
    lexer, found = Lexer(Source(text)), 0
    token = lexer.token
    while token.kind is not TokenKind.EOF:
        token = lexer.advance()
        found += 1
        # The lexer steps over comments, which the parser's own bound counts.
        before = token.prev
        while before is not None and before.kind is TokenKind.COMMENT:
            found += 1
            before = before.prev
    return found - 1


@pytest.mark.parametrize(
    "text",
    [path.read_text(encoding="utf-8") for path in sorted(DOCUMENTS.glob("*.graphql"))]
    + [get_introspection_query(), "", "#", '{ a(b: [1-2-3 4.5e6], c: """ \\""" # { a """) }'],
)
def test_tokens_of_real_documents_are_counted_exactly(text: str) -> None:
    assert count_tokens(text) == lexed(text)


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_what_can_be_parsed_never_has_more_tokens_than_were_counted(text: str) -> None:
    try:
        found = lexed(text)
    except GraphQLError:
        return
    assert count_tokens(text) == found
