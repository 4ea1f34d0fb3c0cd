"""How many algorithms should answer and cannot, or could not after a restart, by endpoint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from serving.catalog.catalog import Catalog
from serving.catalog.explanation import degraded


class DegradedCollector(Collector):
    """The numbers of the snapshot that is served now."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def collect(self) -> Iterator[Metric]:
        """The numbers now; an endpoint that is well has 0."""
        snapshot = self._catalog.snapshot
        counts = Counter(one.endpoint for one in degraded(snapshot))
        found = GaugeMetricFamily(
            "arbiter_algorithms_degraded",
            "Algorithms in production or in a test that cannot answer, or could not after a restart.",
            labels=("endpoint",),
        )
        for endpoint in snapshot.endpoints.values():
            found.add_metric((endpoint.name,), counts[endpoint.name])
        yield found
