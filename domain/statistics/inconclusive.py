"""The answer of a statistic that has nothing to go by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """Why the figures say nothing yet, in plain words.

    Stands where another library would print p = 1, or an interval of width 0, because all data were equal.
    """

    reason: str
