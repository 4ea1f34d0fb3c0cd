from __future__ import annotations

import strawberry

from graph.vocabulary.docstrings import description_of, graphql_input, graphql_interface, graphql_type
from graph.vocabulary.fields import resolved
from graph.vocabulary.permissions import OpenToAll


@graphql_interface
class Named:
    """Whatever has a name."""

    name: str = ""


@graphql_input
class Wish:
    """What is wished,
    in a sentence of two lines.
    """

    text: str = ""


@graphql_type
class Query(Named):
    """Everything.

    That the programmer must know more is no concern of clients.
    """

    @resolved(needs=OpenToAll())
    def answer(self, wish: Wish) -> str:
        """One answer.

        Raises nothing.
        """
        return wish.text


def nothing_said() -> None: ...


def test_clients_read_the_first_paragraph_of_a_docstring_as_one_line() -> None:
    printed = str(strawberry.Schema(Query))
    for line in (
        '"""Whatever has a name."""\ninterface Named {',
        '"""What is wished, in a sentence of two lines."""\ninput Wish {',
        '"""Everything."""\ntype Query implements Named {',
        '  """One answer."""\n  answer(wish: Wish!): String!',
    ):
        assert line in printed
    assert "programmer" not in printed
    assert "Raises" not in printed


def test_without_a_docstring_there_is_no_description() -> None:
    assert description_of(nothing_said) is None
