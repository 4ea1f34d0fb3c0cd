"""Drift: whether what is asked and answered now differs from what was in a period of reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from domain.history.value_bins import Column, ValueBin
from domain.statistics.homogeneity import Homogeneity, homogeneity
from domain.statistics.stability_index import Shift, by_chance, stability_index


@dataclass(slots=True)
class ValueCounts:
    """How often each bin of each column came, by the keys of both, in so many `requests`."""

    requests: int = 0
    columns: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, requests: int, columns: Mapping[str, Mapping[str, int]], sign: int = 1) -> None:
        """Add what others have counted (sign 1), or subtract it (sign -1)."""
        self.requests += sign * requests
        for key, bins in columns.items():
            mine = self.columns.setdefault(key, {})
            for place, count in bins.items():
                mine[place] = mine.get(place, 0) + sign * count

    def without_zeros(self) -> dict[str, dict[str, int]]:
        """The counts that are not zero."""
        kept = {key: {p: n for p, n in bins.items() if n} for key, bins in self.columns.items()}
        return {key: bins for key, bins in kept.items() if bins}


@dataclass(frozen=True, slots=True)
class DriftBin:
    """A bin of values, and how often they came; a share of nothing is None."""

    bin: ValueBin
    count: int
    reference_count: int
    share: float | None
    reference_share: float | None


@dataclass(frozen=True)
class ValueDrift:
    """How far the values of a feature, or the answers, have moved; nothing can be said where a period has none."""

    column: Column
    now: Mapping[str, int]
    reference: Mapping[str, int]

    @property
    def count(self) -> int:
        """How many values came now."""
        return sum(self.now.values())

    @property
    def reference_count(self) -> int:
        """How many came in the period of reference."""
        return sum(self.reference.values())

    @cached_property
    def _pairs(self) -> tuple[list[int], list[int]]:
        places = self.column.bins
        return [self.reference.get(p, 0) for p in places], [self.now.get(p, 0) for p in places]

    @cached_property
    def index(self) -> float | None:
        """The population stability index."""
        return stability_index(*self._pairs)

    @property
    def by_chance(self) -> float | None:
        """What the index is on average where nothing has changed."""
        return by_chance(*self._pairs)

    @property
    def shift(self) -> Shift | None:
        """What the index says."""
        return None if self.index is None else Shift.of(self.index)

    @cached_property
    def test(self) -> Homogeneity | None:
        """The chi-square test, which only informs."""
        return homogeneity(*self._pairs)

    @property
    def bins(self) -> list[DriftBin]:
        """The bins that came in either period, in their order."""
        count, reference = self.count, self.reference_count
        found = []
        for bin_, had, has in zip(self.column.bins.values(), *self._pairs, strict=True):
            if had or has:
                shares = has / count if count else None, had / reference if reference else None
                found.append(DriftBin(bin_, has, had, *shares))
        return found


@dataclass(frozen=True)
class Drift:
    """What was asked of an endpoint, and answered, in two periods.

    `requests` were counted; of `uncounted` ones only the daily summary knows. `unwatched` names the features of which
    nothing is counted.
    """

    answers: ValueDrift
    probabilities: ValueDrift | None
    features: list[ValueDrift]
    requests: int
    reference_requests: int
    uncounted: int
    reference_uncounted: int
    unwatched: list[str]
