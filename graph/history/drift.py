"""Drift: how far features and answers have moved from a period of reference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import strawberry
from strawberry import Parent

from domain.callers import Scope
from domain.errors import InvalidInput
from domain.history.drift import Drift as DriftRow
from domain.history.drift import ValueDrift as ValueDriftRow
from domain.history.value_bins import Column
from graph.history.quality import whole_days
from graph.operation.context import Info
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Shift
from graph.vocabulary.field_cost import FieldCost
from graph.vocabulary.fields import computed, resolved
from graph.vocabulary.links import DriftBinType, DriftType, ValueDriftType
from orm.queries.figures import value_counts
from orm.queries.figures.value_counts import CountedDays, Days
from orm.queries.history.request_pages import Owner
from registry.watched_values import unwatched

NOW_DAYS = 7
REFERENCE_DAYS = 28
MOST_DAYS = 366


@graphql_type
class DriftBin:
    """Values that are counted together. A text or a truth value has a bin of its own; a number lies from `low` on and
    below `high`; a bin with none of them and without `missing` holds texts without a bin of their own.

    `domain.history.drift.DriftBin`.
    """

    text: str | None = computed(lambda row: row.bin.text, "The text, or `true` or `false`; null for others.")
    low: float | None = computed(
        lambda row: row.bin.low, "The lowest number in it; null for no bound, and for others."
    )
    high: float | None = computed(
        lambda row: row.bin.high,
        "The number that lies above it, or the declared maximum, which is in it; null for no bound, and for others.",
    )
    missing: bool = computed(lambda row: row.bin.missing, "Whether it holds the requests without a value.")
    count: int = strawberry.field(description="How many requests have such a value now.")
    reference_count: int = strawberry.field(description="How many had one in the period of reference.")
    share: float | None = strawberry.field(description="Their share now; null where there is nothing.")
    reference_share: float | None = strawberry.field(description="Their share in the period of reference.")


@graphql_type
class ValueDrift:
    """How far the values of one feature, or the answers, have moved. Figures are null where a period has no values.

    `domain.history.drift.ValueDrift`.
    """

    feature: str | None = computed(
        lambda row: row.column.name if row.column.is_feature else None,
        "The key of the feature; null for answers and probabilities.",
    )
    index: float | None = strawberry.field(
        description=(
            "The population stability index: the sum over bins of (share - referenceShare) · ln(share / "
            "referenceShare), with half a request added to each bin."
        )
    )
    by_chance: float | None = strawberry.field(
        description=(
            "What `index` is on average where nothing has changed: small samples alone make it so large. An index that "
            "is not well above it says nothing."
        )
    )
    shift: Shift | None = strawberry.field(description="What `index` says, by the usual thresholds.")
    count: int = strawberry.field(description="How many values came now.")
    reference_count: int = strawberry.field(description="How many came in the period of reference.")
    chi_square: float | None = computed(
        lambda row: row.test and row.test.statistic,
        "Pearson's chi-square of the two periods, to inform: with many requests it finds every difference, however "
        "small.",
    )
    degrees: int | None = computed(lambda row: row.test and row.test.degrees, "Its degrees of freedom.")
    p_value: float | None = computed(
        lambda row: row.test and row.test.p_value,
        "How often a chi-square as large comes by chance; approximate where a bin has fewer than five.",
    )
    bins: list[DriftBinType] = computed(
        lambda row: row.bins, "The bins that came in either period, in their order.", FieldCost(size=10)
    )


@graphql_type
class Drift:
    """How far what is asked and answered now is from a period of reference, by counts that are written with each
    prediction. Private features and free texts are never counted.

    `domain.history.drift.Drift`.
    """

    requests: int = strawberry.field(
        description="How many requests are counted now: all but those that failed through the caller's fault."
    )
    reference_requests: int = strawberry.field(description="How many are in the period of reference.")
    uncounted: int = strawberry.field(
        description=(
            "How many requests of now are not counted: logged by a release that did not count. "
            "`arbiter rebuild-summary` counts them."
        )
    )
    reference_uncounted: int = strawberry.field(description="The same of the period of reference.")
    answers: ValueDriftType = strawberry.field(description="The labels, or a regressor's values.")
    probabilities: ValueDriftType | None = strawberry.field(
        description="A classifier's probabilities, as in `Request.probability`; null for a regressor."
    )
    features: list[ValueDriftType] = computed(
        lambda row: row.features, "Each feature that is counted, in the declared order.", FieldCost(size=30)
    )
    unwatched: list[str] = computed(
        lambda row: row.unwatched,
        "The features that are not counted: private ones, free texts, and those beyond the 64th.",
        FieldCost(size=10),
    )


def drift_field(owner: Owner, description: str) -> Any:  # noqa: ANN401  a field
    """The field `drift` of an endpoint or of an algorithm."""

    async def resolve(
        self: object,
        row: Parent[Any],
        info: Info,
        *,
        created_from: Annotated[
            datetime | None,
            strawberry.argument(
                description="Now begins with this UTC day, the time at which it begins; left out, six days ago."
            ),
        ] = None,
        created_before: Annotated[
            datetime | None,
            strawberry.argument(description="Now ends before this UTC day; left out, with today."),
        ] = None,
        reference_from: Annotated[
            datetime | None,
            strawberry.argument(
                description="The reference begins with this UTC day; left out, 28 days before its end."
            ),
        ] = None,
        reference_before: Annotated[
            datetime | None,
            strawberry.argument(
                description="The reference ends before this UTC day; left out, where now begins."
            ),
        ] = None,
    ) -> DriftType | None:
        bounds = (created_from, created_before, reference_from, reference_before)
        of_algorithm = owner is Owner.ALGORITHM
        endpoint_id = row.endpoint_id if of_algorithm else row.id
        return await _drift(info, endpoint_id, row.id if of_algorithm else None, bounds)

    resolve.__doc__ = description
    return resolved(needs=Scope.READ, name="drift", cost=FieldCost(500))(resolve)


async def _drift(
    info: Info, endpoint_id: int, algorithm_id: int | None, bounds: tuple[datetime | None, ...]
) -> DriftType | None:
    context = info.context
    spec, watched = context.snapshot.spec_of(endpoint_id), context.snapshot.watched.get(endpoint_id)
    if spec is None or watched is None:
        return None
    now, reference = _periods(context.services.clock(), *bounds)
    async with context.services.database.reader(heavy=True) as reader:
        found = await value_counts.counts_of(
            reader, context.viewer, endpoint_id, algorithm_id, (now, reference)
        )
    after, before = found
    return DriftRow(
        answers=_moved(watched.answer, after, before),
        probabilities=None if watched.probability is None else _moved(watched.probability, after, before),
        features=[_moved(column, after, before) for _, column in watched.features],
        requests=after.counts.requests,
        reference_requests=before.counts.requests,
        uncounted=after.requests - after.counts.requests,
        reference_uncounted=before.requests - before.counts.requests,
        unwatched=unwatched(spec.features.features),
    )


def _moved(column: Column, after: CountedDays, before: CountedDays) -> ValueDriftRow:
    return ValueDriftRow(
        column, after.counts.columns.get(column.key, {}), before.counts.columns.get(column.key, {})
    )


def _periods(
    clock: datetime,
    created_from: datetime | None,
    created_before: datetime | None,
    reference_from: datetime | None,
    reference_before: datetime | None,
) -> tuple[Days, Days]:
    today = clock.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    end = whole_days("createdBefore", created_before) or today + timedelta(days=1)
    start = whole_days("createdFrom", created_from) or end - timedelta(days=NOW_DAYS)
    last = whole_days("referenceBefore", reference_before) or start
    first = whole_days("referenceFrom", reference_from) or last - timedelta(days=REFERENCE_DAYS)
    return _days("created", start, end), _days("reference", first, last)


def _days(name: str, start: datetime, end: datetime) -> Days:
    if not timedelta() < end - start <= timedelta(days=MOST_DAYS):
        raise InvalidInput(
            f"{name}Before must be 1 to {MOST_DAYS} days after {name}From", path=(f"{name}Before",)
        )
    return Days(start.date(), end.date())
