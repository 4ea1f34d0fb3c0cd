"""How requests are put into groups: keys, stretches of time, bins of a number, and the order of the groups."""

from __future__ import annotations

import math
from enum import Enum
from fractions import Fraction

import strawberry

from domain.errors import InvalidInput, InvalidPage
from domain.history.aggregates import Bins, Grouping, GroupOrder
from graph.history.indexed_features import declared_range, searchable
from graph.operation.context import Context
from graph.vocabulary.docstrings import graphql_input
from graph.vocabulary.enums import Binned, Figure, GroupKey, TimeBucket, word
from graph.vocabulary.field_cost import Arguments, FieldCost, value, words

DEFAULT_GROUPS = 100
MOST_GROUPS = 1_000
MOST_BINS = 100
"""A million rows are put into as many in the time that counting them takes: seven comparisons find the bin."""
FEWEST_EDGES = 2
FROM_ROWS = 500
_PROBABILITIES = (0.0, 1.0)

_BY = words("by", {"SUBJECT": FROM_ROWS, "FEATURE": FROM_ROWS}, otherwise=100)


def _points(arguments: Arguments) -> int:
    """Keys of which no summary is kept, and bins, are read from the rows."""
    return FROM_ROWS if arguments.get("bins") is not None else _BY(arguments)


GROUPED = FieldCost(_points, size=value("first", default=DEFAULT_GROUPS, most=MOST_GROUPS))


@strawberry.enum(description="In which direction an order goes.")
class SortDirection(Enum):
    """Which end of an order comes first; null comes last in both."""

    ASC = word("ASC", description="The smallest first.")
    DESC = word("DESC", description="The largest first.")


@graphql_input
class RequestGroupOrder:
    """The figure by which groups are put in order; groups without it come last."""

    figure: Figure = strawberry.field(description="Which figure.")
    direction: SortDirection = strawberry.field(
        default=SortDirection.DESC, description="Which end comes first."
    )

    def compile(self) -> GroupOrder:
        """The domain's order."""
        return GroupOrder(self.figure, descending=self.direction is not SortDirection.ASC)


@graphql_input
class RequestBins:
    """The bins of a number: `count` of equal width from `min` to `max`, or between `edges` that you give. What lies
    beyond the ends has a bin of its own there.
    """

    of: Binned = strawberry.field(description="Which number.")
    feature: str | None = strawberry.field(
        default=None, description="The key of an indexed feature that is a number, where `of` is FEATURE."
    )
    count: int | None = strawberry.field(
        default=None, description="How many bins there are between `min` and `max`: 1 to 100, by default 10."
    )
    min: float | None = strawberry.field(
        default=None,
        description="Where the first bin begins; left out, 0 for probabilities, and what a feature declares.",
    )
    max: float | None = strawberry.field(
        default=None,
        description="Where the last bin ends; left out, 1 for probabilities, and what a feature declares.",
    )
    edges: list[float] | None = strawberry.field(
        default=None, description="Where bins meet, ascending: 2 to 101. In the place of the other three."
    )

    def compile(self, context: Context) -> Bins:
        """The domain's bins. Raises InvalidInput, and what `searchable` raises."""
        if (self.of is Binned.FEATURE) != (self.feature is not None):
            raise InvalidInput("of: FEATURE and feature go together", path=("bins", "feature"))
        feature = self.feature
        if feature is not None:
            feature = searchable(context.principal, context.snapshot, feature, path=("bins", "feature"))
        return Bins(self.of, self._edges(context), feature)

    def _edges(self, context: Context) -> tuple[float, ...]:
        if self.edges is None:
            return self._equal(context)
        if (self.count, self.min, self.max) != (None, None, None):
            raise InvalidInput("give edges, or count, min and max, not both", path=("bins", "edges"))
        if not FEWEST_EDGES <= len(self.edges) <= MOST_BINS + 1:
            raise InvalidInput(
                f"edges must be {FEWEST_EDGES} to {MOST_BINS + 1}, got {len(self.edges)}",
                path=("bins", "edges"),
            )
        if not all(map(math.isfinite, self.edges)) or sorted(set(self.edges)) != self.edges:
            raise InvalidInput("edges must be finite and ascend", path=("bins", "edges"))
        return tuple(self.edges)

    def _equal(self, context: Context) -> tuple[float, ...]:
        count = 10 if self.count is None else self.count
        if not 1 <= count <= MOST_BINS:
            raise InvalidInput(
                f"count must be between 1 and {MOST_BINS}, got {count}", path=("bins", "count")
            )
        low, high = self._ends(context)
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise InvalidInput(f"min must be below max, got {low} and {high}", path=("bins", "min"))
        # As fractions of the decimals that were written, so that a bin of 0.1 to 0.9 in eight meets at 0.3, not
        # beside it, and a row with 0.3 is where a reader looks for it.
        first, width = Fraction(repr(low)), (Fraction(repr(high)) - Fraction(repr(low))) / count
        edges = tuple(float(first + place * width) for place in range(count + 1))
        if len(set(edges)) != len(edges):
            raise InvalidInput(
                f"no {count} numbers lie between {low} and {high}; take fewer bins", path=("bins", "count")
            )
        return edges

    def _ends(self, context: Context) -> tuple[float, float]:
        known: tuple[float | None, float | None] = (None, None)
        if self.of in (Binned.PROBABILITY, Binned.CONFIDENCE):
            known = _PROBABILITIES
        elif self.feature is not None:
            known = declared_range(context.snapshot, self.feature)
        low = known[0] if self.min is None else self.min
        high = known[1] if self.max is None else self.max
        if low is None or high is None:
            raise InvalidInput(
                "say min and max: nothing declares between which numbers these bins shall lie", path=("bins",)
            )
        return float(low), float(high)


def grouping_of(
    context: Context,
    by: list[GroupKey],
    *,
    bucket: TimeBucket | None,
    feature: str | None,
    bins: RequestBins | None,
    order: RequestGroupOrder | None,
    least_scored: int,
    first: int,
) -> Grouping:
    """The domain's grouping, with room for one group more than is shown.

    Raises InvalidInput for a grouping by nothing, for bins that are none, and for a feature without FEATURE or the
    other way round; InvalidPage; what `searchable` raises.
    """
    if not 1 <= first <= MOST_GROUPS:
        raise InvalidPage(f"first must be between 1 and {MOST_GROUPS}, got {first}", path=("first",))
    if least_scored < 0:
        raise InvalidInput(f"minScored must be 0 or more, got {least_scored}", path=("minScored",))
    keys = tuple(dict.fromkeys(by))
    if (GroupKey.FEATURE in keys) != (feature is not None):
        raise InvalidInput("FEATURE in by and the argument feature go together", path=("feature",))
    if feature is not None:
        feature = searchable(context.principal, context.snapshot, feature, path=("feature",))
    grouping = Grouping(
        keys,
        bucket=bucket,
        feature=feature,
        limit=first + 1,
        bins=None if bins is None else bins.compile(context),
        order=None if order is None else order.compile(),
        least_scored=least_scored,
    )
    if grouping.is_by_nothing:
        raise InvalidInput(
            "name at least one key in by, a bucket or bins; `aggregate` gives the figures of all requests",
            path=("by",),
        )
    return grouping
