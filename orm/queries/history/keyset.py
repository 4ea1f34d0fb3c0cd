"""Pages by id: what every connection of the edges does alike."""

from __future__ import annotations

from orm.connection.statement import Statement


def keyset(
    statement: Statement,
    column: str,
    *,
    descending: bool,
    after: int | None,
    before: int | None,
) -> list[str]:
    """The conditions that put `column` between two ids of an order, both excluded."""
    beyond, within = ("<", ">") if descending else (">", "<")
    return [
        f"{column} {sign} {statement.bind(bound)}"
        for sign, bound in ((beyond, after), (within, before))
        if bound is not None
    ]


def ordering(column: str, *, descending: bool, backward: bool) -> str:
    """`ORDER BY` for a page; a page read backward comes in the opposite order and is turned round afterwards."""
    return f"ORDER BY {column} {'DESC' if descending != backward else 'ASC'}"


def conjunction(conditions: list[str]) -> str:
    """`WHERE` with all of the conditions, or nothing when there are none."""
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""
