"""Who is better within each value of a feature, for callers who may see that feature."""

from __future__ import annotations

import asyncio
from datetime import datetime

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.results.slices import Slice, slices_of, worst_of
from domain.callers import Viewer
from domain.errors import Forbidden, InvalidInput
from domain.history.privacy import endpoints_showing, sees_all
from domain.statistics.verdict import weigh
from orm.connection.database import Database
from orm.queries.ab_tests import sums
from serving.ab_tests import endings, evaluation
from serving.ab_tests.kept_evidence import require_rows
from serving.catalog.catalog import Snapshot

_SHOWN = 128


async def slices(  # noqa: PLR0917  of what, for whom, by what, and when
    database: Database, snapshot: Snapshot, viewer: Viewer, ab_test_id: int, feature: str, now: datetime
) -> tuple[Slice, ...]:
    """The slices by one feature, those with the most requests first, in one statement.

    Raises ABTestNotFound, InvalidInput where the endpoint does not declare the feature as indexed, and Forbidden where
    it is private and the viewer may not see it, and RowsNotKept where requests of the test are gone.
    """
    async with database.reader(heavy=True) as reader:
        test = await endings.ab_test_of(reader, ab_test_id)
        known = _indexed(snapshot, test)
        if feature not in known:
            raise InvalidInput(
                f"the endpoint of A/B test {test.id} does not declare the feature {feature[:_SHOWN]!r} as indexed; "
                f"indexed are: {', '.join(known) or 'none'}",
                path=("feature",),
            )
        if not _visible(viewer, test, feature):
            raise Forbidden(
                f"the feature {feature!r} is private: using it takes the scope `read:private`.",
                path=("feature",),
            )
        await require_rows(reader, test, "slices")
        found = await sums.sums_by_value(
            reader, test.id, test.plan, feature, scored_before=evaluation.scored_before(test, now)
        )
    parts = [(feature, value, one) for value, one in found]
    return await asyncio.to_thread(slices_of, parts, test.plan, evaluation.age_of(test, now))


async def worst_slice(
    database: Database, snapshot: Snapshot, viewer: Viewer, ab_test_id: int, now: datetime
) -> Slice | None:
    """Where a challenger that leads on the whole is worse, by any indexed feature that the viewer may see.

    A statement a feature, and one for the whole test. None where a lead hides no loss. Raises ABTestNotFound, and
    RowsNotKept where requests of the test are gone.
    """
    async with database.reader(heavy=True) as reader:
        test = await endings.ab_test_of(reader, ab_test_id)
        await require_rows(reader, test, "slices")
        basis = await evaluation.basis_of(reader, test, now)
        whole = await asyncio.to_thread(weigh, evaluation.figures_at(basis, test), test.plan.rules)
        parts = [
            (feature, value, one)
            for feature in _indexed(snapshot, test)
            if _visible(viewer, test, feature)
            for value, one in await sums.sums_by_value(
                reader, test.id, test.plan, feature, scored_before=basis.scored_before
            )
        ]
    return worst_of(await asyncio.to_thread(slices_of, parts, test.plan, basis.age), whole)


def _indexed(snapshot: Snapshot, test: ABTest) -> list[str]:
    spec = snapshot.specs.get(snapshot.endpoint(test.endpoint_id).name)
    return [feature.name for feature in spec.features.features if feature.indexed] if spec else []


def _visible(viewer: Viewer, test: ABTest, feature: str) -> bool:
    return sees_all(viewer) or test.endpoint_id in endpoints_showing(viewer, [feature])
