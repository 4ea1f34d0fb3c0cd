from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from graphql import build_schema

from graph.contract.examples import documents_of, read_documents
from graph.contract.reference import FOLDER, print_reference, reference
from tests.graph.test_schema import QUERIES, SCOPES, SUBSCRIPTIONS

ROOT = Path(__file__).resolve().parents[3]
COMMITTED = ROOT / "docs/graphql.md"

SMALL = '''
"""Everything."""
type Query {
  """A cat."""
  cat(
    """Whose | cat."""
    owner: String
  ): Cat
}

"""A cat that
purrs."""
type Cat {
  """What it is called."""
  name: String!

  """Its colour."""
  colour: Colour!
}

"""A colour."""
enum Colour {
  """Black."""
  BLACK
}
'''
DOCUMENTS = """# A cat.
query Cat {
  cat(owner: "you") { name }
}

# A cat with its colour.
query Colour {
  cat { name colour }
}
"""


@pytest.fixture(scope="module")
def printed() -> str:
    return print_reference()


def test_the_committed_reference_is_that_of_the_schema_and_the_documents(printed: str) -> None:
    """Run `make schema` after a change that is meant."""
    assert COMMITTED.read_text("utf-8") == printed


def test_the_module_prints_the_reference_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "me.graphql").write_text("# Who calls.\nquery Me {\n  viewer { name }\n}\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "graph.contract.reference", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.count("```graphql") == 2
    assert done.stdout.startswith(
        "<!-- Made by `python -m graph.contract.reference > docs/graphql.md`; do not edit. -->\n"
    )


def test_every_root_field_has_a_section_with_its_scopes_and_an_example(printed: str) -> None:
    roots = {
        **{f"Query.{name}": "Needs the scope `READ`." for name in QUERIES},
        **{f"Mutation.{name}": f"Needs the scope `{scope.name}`." for name, scope in SCOPES.items()},
        **{f"Subscription.{name}": "Needs the scope `READ`." for name in SUBSCRIPTIONS},
        "Query.replay": "Needs the scopes `ADMIN` and `READ`.",
        "Query.jobs": "Needs the scopes `ADMIN` and `READ`.",
        "Query.job": "Needs the scopes `ADMIN` and `READ`.",
        "Query.apiKeys": "Needs the scopes `ADMIN` and `READ`.",
        "Query.viewer": "Needs no scope.",
        "Query.rateLimit": "Needs no scope.",
    }
    found = dict(re.findall(r"^### (\w+\.\w+)\n(.*?)(?=^###? )", printed, re.MULTILINE | re.DOTALL))
    assert set(found) == set(roots)
    for name, scopes in roots.items():
        assert scopes in found[name], name
        assert found[name].count("```graphql\n") == 1, name
        assert re.search(r"^Cost: [\d,]+ points?\.$", found[name], re.MULTILINE), name


def test_every_row_with_an_example_column_has_an_example(printed: str) -> None:
    assert read_documents(FOLDER) != []
    rows = [line for line in printed.splitlines() if re.match(r"\| `\w+` \|.*\|  \|$", line)]
    assert rows == []


def test_defaults_are_written_as_in_graphql(printed: str) -> None:
    for row in (
        "| `orderBy` | [`RequestOrderBy`](#requestorderby) | `CREATED_AT_DESC` | In which order. |",
        '| `reason` | `String` | `""` | Why, for the history. | [CancelABTest](#ab_tests-cancelabtest) |',
        "| `limit` | `Int` | `10000` | How many requests at most: 1 to 100,000, by default 10,000. |",
        "| `title` | `String!` |  | What to call it. | [CreateABTest](#ab_tests-createabtest) |",
    ):
        assert row in printed.splitlines(), row


def test_a_field_is_shown_with_the_shortest_document_that_selects_it() -> None:
    lines = reference(build_schema(SMALL), documents_of(DOCUMENTS, "cats.graphql")).splitlines()
    assert r"| `owner` | `String` |  | Whose \| cat. |" in lines
    assert "| `name` | `String!` | What it is called. | [Colour](#cats-colour) |" in lines
    assert "| `colour` | [`Colour!`](#colour) | Its colour. | [Colour](#cats-colour) |" in lines
    assert "A cat that purrs." in lines
    assert "| `BLACK` | Black. |" in lines
    assert [line for line in lines if line.startswith("### ")] == [
        "### Query.cat",
        "### Cat",
        "### Colour",
        "### cats: Cat",
        "### cats: Colour",
    ]
