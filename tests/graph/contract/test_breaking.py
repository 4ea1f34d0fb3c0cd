from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from graph.contract.breaking import (
    PRESENT,
    RELEASED,
    Change,
    announcements,
    changes_between,
    report,
    unannounced,
)

ROOT = Path(__file__).resolve().parents[3]
OLD = """
directive @on(a: Int) repeatable on FIELD | QUERY
interface Node { id: ID! }
type Query implements Node { id: ID!, a: Int, b(x: Int, y: Int = 1): String, e: Colour, u: Both, f(i: In): Int }
type One { a: Int }
type Two { a: Int }
type Three { a: Int }
scalar Odd
union Both = One | Two
enum Colour { RED BLUE }
input In { a: Int }
"""


@pytest.mark.parametrize(
    ("was", "becomes", "coordinate"),
    [
        ("a: Int, b", "b", "Query.a"),
        ("a: Int, b", "a: String, b", "Query.a"),
        ("a: Int, b", "a: Int, z: Int, b", None),
        ("a: Int, b", "a: Int!, b", None),
        ("b(x: Int, ", "b(", "Query.b(x:)"),
        ("b(x: Int, ", "b(x: Int!, ", "Query.b(x:)"),
        ("b(x: Int, ", "b(x: Int, z: Int!, ", "Query.b(z:)"),
        ("RED BLUE", "RED", "Colour.BLUE"),
        ("One | Two", "One", "Both"),
        ("type Three { a: Int }", "", "Three"),
        ("scalar Odd", "", "Odd"),
        ("scalar Odd", "type Odd { a: Int }", "Odd"),
        ("Query implements Node", "Query", "Query"),
        ("In { a: Int }", "In { a: Int, b: Int! }", "In.b"),
        ("In { a: Int }", "In { b: Int }", "In.a"),
        ("In { a: Int }", "In { a: [Int!] }", "In.a"),
        ("directive @on(a: Int) repeatable on FIELD | QUERY", "", "@on"),
        ("@on(a: Int)", "@on", "@on(a:)"),
        ("repeatable ", "", "@on"),
        (" | QUERY", "", "@on"),
    ],
)
def test_each_breaking_change_has_its_coordinate_and_must_be_named(
    was: str, becomes: str, coordinate: str | None
) -> None:
    assert OLD.count(was) == 1
    changes = changes_between(OLD, OLD.replace(was, becomes))
    breaking = [change for change in changes if change.breaking]
    assert {change.coordinate for change in breaking} == ({coordinate} if coordinate else set())
    assert unannounced(changes, []) == breaking
    assert unannounced(changes, [f"Something else.\n- `{coordinate}` is gone: use X."]) == []
    assert unannounced(changes, [f"{coordinate}", f"`{coordinate}x`"]) == breaking


@pytest.mark.parametrize(
    ("was", "becomes", "coordinate"),
    [
        ("RED BLUE", "RED BLUE GREEN", "Colour.GREEN"),
        ("One | Two", "One | Two | Three", "Both"),
        ("In { a: Int }", "In { a: Int, b: Int }", "In.b"),
        ("b(x: Int, ", "b(x: Int, z: Int, ", "Query.b(z:)"),
        ("y: Int = 1", "y: Int = 2", "Query.b(y:)"),
    ],
)
def test_dangerous_changes_are_warnings(was: str, becomes: str, coordinate: str) -> None:
    changes = changes_between(OLD, OLD.replace(was, becomes))
    assert [(change.coordinate, change.breaking) for change in changes] == [(coordinate, False)]
    assert report(changes, []) == (f"warning: {changes[0].what}\n", 0)


def test_the_report_tells_what_is_announced_and_what_is_not() -> None:
    changes = [
        Change("A.x", "Field A.x was removed.", True),
        Change("A.y", "Field A.y was removed.", True),
        Change("C.Z", "Enum value C.Z was added.", False),
    ]
    assert report(changes, ["Use `A.z` instead of `A.x`."]) == (
        "warning: Enum value C.Z was added.\n"
        "announced: Field A.x was removed.\n"
        "BREAKING: Field A.y was removed. Undo it, or name `A.y` in changes/<topic>.changed.md or .removed.md "
        "and say what clients have to do.\n",
        1,
    )
    assert report([], []) == ("no client notices a change\n", 0)


def test_notes_of_other_kinds_announce_nothing(tmp_path: Path) -> None:
    for name in ("a.added.md", "b.changed.md", "c.removed.md", "d.fixed.md", "README.md"):
        (tmp_path / name).write_text(name)
    assert announcements(tmp_path) == ["b.changed.md", "c.removed.md"]


def test_every_breaking_change_since_the_last_release_is_announced() -> None:
    """`python -m graph.contract.breaking` says which is not, and what to do."""
    changes = changes_between(RELEASED.read_text("utf-8"), PRESENT.read_text("utf-8"))
    assert unannounced(changes, announcements()) == []


def test_the_module_prints_the_report_and_exits_with_its_code() -> None:
    changes = changes_between(RELEASED.read_text("utf-8"), PRESENT.read_text("utf-8"))
    text, code = report(changes, announcements())
    said = subprocess.run(
        [sys.executable, "-m", "graph.contract.breaking"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert (said.stdout, said.returncode, said.stderr) == (text, code, "")
