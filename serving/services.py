"""The use cases of one process, wired together by `arbiter.wiring` and found by the edges in the app's state."""

from __future__ import annotations

from dataclasses import dataclass, field

from orm.connection.database import Database
from serving.ab_tests.ab_tests import ABTests
from serving.ab_tests.decider import Decider
from serving.callers.api_keys import ApiKeys
from serving.callers.budgets import Budgets
from serving.callers.export_links import ExportLinks
from serving.catalog.catalog import Catalog
from serving.catalog.indexed_features import IndexedFeatures
from serving.catalog.statuses import Statuses
from serving.catalog.store import ArtifactStore
from serving.catalog.withdrawals import Withdrawals
from serving.feedback.feedback import Feedback
from serving.feedback.forgetting import Forgetting
from serving.feedback.recent_quality import RecentQuality
from serving.feedback.summaries import Summaries
from serving.live.live import Live
from serving.log.request_log import RequestLog
from serving.ports import Clock
from serving.predictions.completer import Completer
from serving.predictions.predict import Predictor
from serving.retention.retention import Retentions


@dataclass(frozen=True, slots=True)
class Services:
    """One of each use case, and the database they share."""

    database: Database
    catalog: Catalog
    predictor: Predictor
    feedback: Feedback
    forgetting: Forgetting
    export_links: ExportLinks
    statuses: Statuses
    ab_tests: ABTests
    keys: ApiKeys
    log: RequestLog
    completer: Completer
    decider: Decider
    summaries: Summaries
    recent_quality: RecentQuality
    live: Live
    clock: Clock
    indexed_features: IndexedFeatures
    withdrawals: Withdrawals
    retentions: Retentions
    store: ArtifactStore | None = None
    budgets: Budgets = field(default_factory=Budgets)

    async def start(self) -> None:
        """Register what is new, load the catalogue, follow its changes."""
        await (self.catalog.start() if self.store is None else self.store.start())
        self.decider.start()
        self.indexed_features.start()
        self.retentions.start()
        if self.store is not None:
            self.store.follow()

    async def stop(self) -> None:
        """Store what still waits, finish what still runs, close the database. Nothing acknowledged is lost."""
        if self.store is not None:
            await self.store.close()
        parts = (
            self.retentions,
            self.indexed_features,
            self.live,
            self.decider,
            self.log,
            self.completer,
            self.keys.uses,
            self.catalog,
        )
        for part in (*parts, self.database):
            await part.close()
