"""The use cases of one process, wired together by `arbiter.wiring` and found by the edges in the app's state."""

from __future__ import annotations

from dataclasses import dataclass, field

from orm.database import Database
from serving.api_keys import ApiKeys
from serving.budgets import Budgets
from serving.catalog import Catalog
from serving.completer import Completer
from serving.decider import Decider
from serving.experiments import Experiments
from serving.export_links import ExportLinks
from serving.feedback import Feedback
from serving.forgetting import Forgetting
from serving.indexed_features import IndexedFeatures
from serving.live import Live
from serving.ports import Clock
from serving.predict import Predictor
from serving.request_log import RequestLog
from serving.statuses import Statuses
from serving.summaries import Summaries


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
    experiments: Experiments
    keys: ApiKeys
    log: RequestLog
    completer: Completer
    decider: Decider
    summaries: Summaries
    live: Live
    clock: Clock
    budgets: Budgets = field(default_factory=Budgets)
    indexed_features: IndexedFeatures = field(init=False)

    def __post_init__(self) -> None:
        found = IndexedFeatures(self.database, self.catalog, self.clock)
        object.__setattr__(self, "indexed_features", found)

    async def start(self) -> None:
        """Register what is new, load the catalogue, follow its changes."""
        await self.catalog.start()
        self.decider.start()
        self.indexed_features.start()

    async def stop(self) -> None:
        """Store what still waits, finish what still runs, close the database. Nothing acknowledged is lost."""
        await self.indexed_features.close()
        await self.live.close()
        await self.decider.close()
        await self.log.close()
        await self.completer.close()
        await self.catalog.close()
        await self.database.close()
