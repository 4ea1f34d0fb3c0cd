"""An estimate and its interval as they narrow with more feedback, drawn with letters for a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text

COLUMNS = 49


class Mark(NamedTuple):
    """One line of the chart: how many requests had feedback, the estimate, and both ends of its interval."""

    feedback: int
    estimate: float
    low: float
    high: float

    @property
    def style(self) -> str:
        """Green when the challenger is better for sure, red when it is worse, plain as long as it is open."""
        if self.low >= 0.0:
            return "green"
        return "red" if self.high <= 0.0 else ""


def draw(marks: Sequence[Mark], *, scale: float = 1.0, columns: int = COLUMNS) -> list[Text]:
    """A line a mark, oldest first, with its figures multiplied by `scale`; lines that say the same are drawn once.

    Such a line stands at the last of its marks.

    `●` is the estimate, `├` and `┤` are the ends of the interval (`‹` and `›` where it runs off the chart), and `│`
    stands where both algorithms are equally good.

    >>> for line in draw([Mark(100, 0.0, -0.2, 0.2), Mark(900, 0.1, 0.05, 0.15)], columns=21):
    ...     print(line.plain)
           100  ‹─────────●─────────›  +0.00 (-0.20 to +0.20)
           900            │  ├───●──┤  +0.10 (+0.05 to +0.15)
    """
    reach = _reach(marks)
    drawn: dict[int, tuple[Mark, str]] = {}
    run, before = 0, ""
    for mark in marks:
        picture = f"{_bar(mark, reach, columns)}  {_figures(mark, scale)}"
        run += picture != before
        drawn[run], before = (mark, picture), picture
    return [Text(f"{mark.feedback:>10,}  {picture}", style=mark.style) for mark, picture in drawn.values()]


def _reach(marks: Sequence[Mark]) -> float:
    """How far the chart goes to both sides of 0.

    The intervals of the older half may run off it: they are so wide that they would squeeze all the others.
    """
    newer = marks[len(marks) // 2 :]
    return max((abs(end) for mark in newer for end in mark[1:] if math.isfinite(end)), default=0.0) or 1.0


def _bar(mark: Mark, reach: float, columns: int) -> str:
    def column(value: float) -> int:
        share = (min(max(value, -reach), reach) / reach + 1) / 2
        return round(share * (columns - 1))

    low, high = column(mark.low), column(mark.high)
    cells = [" "] * columns
    cells[columns // 2] = "│"
    cells[low : high + 1] = "─" * (high + 1 - low)
    if low < columns // 2 < high:
        cells[columns // 2] = "┼"
    cells[low] = "├" if mark.low >= -reach else "‹"
    cells[high] = "┤" if mark.high <= reach else "›"
    if abs(mark.estimate) <= reach:
        cells[column(mark.estimate)] = "●"
    return "".join(cells)


def _figures(mark: Mark, scale: float) -> str:
    estimate, low, high = (f"{value * scale:+.2f}" for value in mark[1:])
    return f"{estimate} ({low} to {high})"
