"""Texts as cells of a table that spreadsheets open, and back again."""

from __future__ import annotations

import re

GUARD = "'"
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets begin a formula with; where Chinese or Japanese is written, the full-width signs too."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def escape_formula(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula: one that begins like one gets a ' before it.

    So does a text that looks like such a cell, since else `unescape_formula` would take its own ' away. A number is no
    formula, and neither is a sign alone.

    >>> [escape_formula(text) for text in ("=1+1", "@SUM", "-3.5", "-", "plain", "'=1", "")]
    ["'=1+1", "'@SUM", '-3.5', '-', 'plain', "''=1", '']
    """
    return f"{GUARD}{text}" if _begins_a_formula(text.lstrip(GUARD)) else text


def unescape_formula(cell: str) -> str:
    """The text that `escape_formula` made the cell of; any other cell as it is.

    >>> [unescape_formula(cell) for cell in ("'=1+1", "''=1", "'plain", "'", "-3.5")]
    ['=1+1', "'=1", "'plain", "'", '-3.5']
    """
    inner = cell.removeprefix(GUARD)
    return inner if inner != cell and _begins_a_formula(inner.lstrip(GUARD)) else cell


def _begins_a_formula(text: str) -> bool:
    return text.startswith(_RISKY) and text not in _RISKY and not _NUMBER.fullmatch(text)
