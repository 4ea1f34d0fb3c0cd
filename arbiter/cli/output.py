"""How commands print: tables for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, TypeAlias

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

Row: TypeAlias = dict[str, object]


def say(text: str) -> None:
    """Print one line as it is, at once."""
    typer.echo(text)
    sys.stdout.flush()


def show_json(value: object) -> None:
    """Print a value as indented JSON."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode())


def show(value: object, text: str, *, as_json: bool) -> None:
    """Print `value` as JSON for programs, or else `text` for people."""
    if as_json:
        show_json(value)
    else:
        say(text)


def show_rows(rows: Sequence[Row], *, as_json: bool, empty: str) -> None:
    """Print rows with equal keys as a table, or as a JSON list; `empty` is said when there are none."""
    if as_json:
        show_json(rows)
        return
    if not rows:
        say(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    _console().print(table)


def show_text(lines: Iterable[Text]) -> None:
    """Print lines as they are; their colours only in a terminal."""
    console = _console()
    for line in lines:
        console.print(line)


def _console() -> Console:
    # Without a terminal nothing may be cut or folded: other programs read it line by line.
    if sys.stdout.isatty():
        return Console(markup=False, highlight=False)
    return Console(markup=False, highlight=False, width=10_000, soft_wrap=True)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | frozenset):
        return " ".join(sorted(str(item) for item in value))
    return str(value)
