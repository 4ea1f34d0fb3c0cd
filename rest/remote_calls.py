"""What is counted of algorithms that run on other servers: calls by outcome, retries, open circuits, readiness."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from serving.catalog.catalog import Catalog

_LABELS = ("endpoint", "algorithm", "version")


class RemoteCollector(Collector):
    """Numbers that the executors count themselves."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def collect(self) -> Iterator[Metric]:
        """The numbers now."""
        ready = GaugeMetricFamily(
            "arbiter_remote_ready", "1 where the algorithm's server can be asked, else 0.", labels=_LABELS
        )
        calls = CounterMetricFamily(
            "arbiter_remote_calls",
            "Calls to the algorithm's server by outcome; `held_back` were not sent, since the circuit was open.",
            labels=(*_LABELS, "outcome"),
        )
        retries = CounterMetricFamily(
            "arbiter_remote_retries", "Connections that were refused and tried once more.", labels=_LABELS
        )
        opened = CounterMetricFamily(
            "arbiter_remote_circuit_opened", "How often the circuit has opened.", labels=_LABELS
        )
        for key, executor in self._catalog.remotes.watched.items():
            ready.add_metric(key, executor.problem is None)
            retries.add_metric(key, executor.retries)
            opened.add_metric(key, executor.circuits_opened)
            for outcome, count in executor.calls.items():
                calls.add_metric((*key, outcome), count)
        yield from (ready, calls, retries, opened)
