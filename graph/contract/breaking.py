"""Breaking changes of the schema since the last release, and the change notes that must name them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from graphql import build_schema, find_breaking_changes, find_dangerous_changes

ROOT = Path(__file__).resolve().parents[2]
RELEASED = ROOT / "graph/released.graphql"
PRESENT = ROOT / "graph/schema.graphql"
NOTES = ROOT / "changes"
ANNOUNCING = ("*.changed.md", "*.removed.md")

_MEMBER = re.compile(r"@\w+(?:\(\w+:\))?|\w+\.\w+(?:\(\w+:\))?")
_UNION = re.compile(r"union type (\w+)")
_TYPE = re.compile(r"(?:Standard scalar )?(\w+)")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two schemas that a client may notice.

    `coordinate` is where: `Type`, `Type.field`, `Type.field(argument:)`, `Enum.VALUE` or `@directive`. What is
    `breaking` makes operations invalid; all else is dangerous, since it may surprise a client.
    """

    coordinate: str
    what: str
    breaking: bool


def changes_between(old: str, new: str) -> list[Change]:
    """The breaking and the dangerous changes from one printed schema to the next, in a stable order.

    >>> changes_between("type Query { a: Int }", "type Query { b: Int }")
    [Change(coordinate='Query.a', what='Field Query.a was removed.', breaking=True)]
    """
    before, after = build_schema(old), build_schema(new)
    found = [
        *(
            Change(_coordinate(one.description), one.description, True)
            for one in find_breaking_changes(before, after)
        ),
        *(
            Change(_coordinate(one.description), one.description, False)
            for one in find_dangerous_changes(before, after)
        ),
    ]
    return sorted(found, key=lambda one: (not one.breaking, one.coordinate, one.what))


def _coordinate(description: str) -> str:
    member = _MEMBER.search(description)
    if member is not None:
        return member.group()
    union = _UNION.search(description) or _TYPE.match(description)
    return union.group(1) if union else description


def unannounced(changes: Iterable[Change], notes: Sequence[str]) -> list[Change]:
    """The breaking changes whose coordinate stands in none of the notes, written `Type.field`."""
    return [
        change
        for change in changes
        if change.breaking and not any(f"`{change.coordinate}`" in note for note in notes)
    ]


def announcements(folder: Path = NOTES) -> list[str]:
    """The texts of the change notes that may announce a breaking change."""
    return [path.read_text("utf-8") for kind in ANNOUNCING for path in sorted(folder.glob(kind))]


def report(changes: Sequence[Change], notes: Sequence[str]) -> tuple[str, int]:
    """What there is to say about the changes, and the exit code: 1 when one breaks clients and no note names it."""
    missing = unannounced(changes, notes)
    lines = [f"warning: {one.what}" for one in changes if not one.breaking]
    lines += [f"announced: {one.what}" for one in changes if one.breaking and one not in missing]
    lines += [
        f"BREAKING: {one.what} Undo it, or name `{one.coordinate}` in changes/<topic>.changed.md or .removed.md "
        "and say what clients have to do."
        for one in missing
    ]
    return "".join(f"{line}\n" for line in lines) or "no client notices a change\n", int(bool(missing))


def main() -> int:
    """Compare the committed schema with that of the last release; print what clients may notice."""
    text, code = report(
        changes_between(RELEASED.read_text("utf-8"), PRESENT.read_text("utf-8")), announcements()
    )
    sys.stdout.write(text)
    return code


if __name__ == "__main__":
    sys.exit(main())
