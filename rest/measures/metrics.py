"""Counts and times, in the words of Prometheus; one registry per app, so that two apps never mix."""

from __future__ import annotations

import platform
from collections.abc import Awaitable, Callable, Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from domain.errors import Failure
from domain.requests.new_request import NewRequest
from domain.words import Outcome
from rest.measures.collectors import (
    ABTestCollector,
    BudgetCollector,
    Catalogs,
    ConnectionCollector,
    ConnectionCounts,
    DocumentCollector,
    DocumentCounts,
    LogCollector,
    LogLines,
    QualityCollector,
    QueueCollector,
    ReaderCollector,
    ReaderCounts,
    Retained,
    RetentionCollector,
    SocketCollector,
    Sockets,
    StoreCollector,
    StoreCounts,
    SubscriptionCollector,
    Subscriptions,
    WaitingRows,
)
from rest.measures.sums import Families, families_of
from rest.measures.tallies import Count, Counts, Histogram, Times
from serving.ab_tests.looks import Looks
from serving.callers.budgets import Budgets
from serving.catalog.catalog import Snapshot
from serving.feedback.recent_quality import RecentQuality
from serving.services import Services

KNOWN_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "WEBSOCKET"})


class Metrics:
    """What one app counts: predictions by endpoint, algorithm and arm, and calls by edge."""

    of_all: Callable[[], Awaitable[bytes | None]] | None = None
    """The sums over all processes of this server, where there are several; they are None when they cannot be had."""

    def __init__(self, version: str = "") -> None:
        self.registry = CollectorRegistry()
        build = Gauge(
            "arbiter_build_info", "1, with the versions.", ("version", "python"), registry=self.registry
        )
        build.labels(version, platform.python_version()).set(1)
        labels = ("endpoint", "algorithm", "arm")
        self._readers = ReaderCollector()
        self.registry.register(self._readers)
        self._requests = self._counts("arbiter_requests", "Predictions asked for.", (*labels, "outcome"))
        self._errors = self._counts("arbiter_request_errors", "Predictions that failed.", (*labels, "code"))
        self._latency = self._histogram(
            "arbiter_request_latency_seconds", "Time from the call to the answer of a prediction.", labels
        )
        self._of_algorithm: dict[tuple[object, ...], tuple[Count, Times]] = {}
        self._of_edge: dict[tuple[str, str, int], tuple[Count, Times]] = {}
        self._calls = self._counts("arbiter_http_calls", "HTTP calls answered.", ("edge", "method", "status"))
        self._durations = self._histogram("arbiter_http_seconds", "Time that HTTP calls took.", ("edge",))
        self.lean_calls = self._counts(
            "arbiter_lean_calls", "Calls that were answered the lean way.", ("edge",)
        )
        self._storable = Gauge(
            "arbiter_database_ready",
            "1 when predictions could be stored, as far as is known; else 0.",
            registry=self.registry,
        )
        self._unknown_commits = Counter(
            "arbiter_commits_unknown", "Commits that the database did not answer.", registry=self.registry
        )
        self._unknown_commits_shown = 0
        self._taken = Counter(
            "arbiter_external_ids_taken",
            "Calls with an external id that a stored request has, retries among them.",
            registry=self.registry,
        )
        self._taken_shown = 0

    def _counts(self, name: str, text: str, labels: Sequence[str]) -> Counts:
        counts = Counts(name, text, labels)
        self.registry.register(counts)
        return counts

    def _histogram(self, name: str, text: str, labels: Sequence[str]) -> Histogram:
        times = Histogram(name, text, labels)
        self.registry.register(times)
        return times

    def read(self, services: Services) -> None:
        """Take over what the services have counted themselves."""
        self.storable(services.log.health.last_known() is None)
        self.commits_unknown(services.database.unknown_commits)
        self.external_ids_taken(services.log.external_ids_taken)

    def storable(self, well: bool) -> None:
        """Show whether predictions could be stored."""
        self._storable.set(well)

    def commits_unknown(self, total: int) -> None:
        """Show how many commits of this process were not answered."""
        self._unknown_commits.inc(total - self._unknown_commits_shown)
        self._unknown_commits_shown = total

    def external_ids_taken(self, total: int) -> None:
        """Show how many calls of this process came with an external id that is taken."""
        self._taken.inc(total - self._taken_shown)
        self._taken_shown = total

    def predicted(self, request: NewRequest, failure: Failure | None, names: Snapshot) -> None:
        """Count one logged prediction; `names` is the catalogue, which knows the names of its ids."""
        # Finding the two by their labels costs more than counting; there are few, and ids keep their names.
        key = (request.endpoint_id, request.algorithm_id, request.arm, request.outcome)
        found = self._of_algorithm.get(key)
        if found is None:
            labels = _labels(request, names)
            found = self._requests.of(*labels, request.outcome), self._latency.of(*labels)
            self._of_algorithm[key] = found
        found[0].total += 1
        found[1].add(request.latency)
        if request.outcome is Outcome.ERROR:
            code = failure.code if failure else ""
            self._errors.of(*_labels(request, names), code).total += 1

    def watch_documents(self, documents: DocumentCounts) -> None:
        """Show the numbers of GraphQL documents too."""
        self.registry.register(DocumentCollector(documents))

    def watch_sockets(self, sockets: Sockets) -> None:
        """Show the numbers of WebSockets too."""
        self.registry.register(SocketCollector(sockets))

    def watch_connections(self, connections: ConnectionCounts) -> None:
        """Show how many connections were ended, too."""
        self.registry.register(ConnectionCollector(connections))

    def watch_readers(self, turns: Mapping[str, ReaderCounts]) -> None:
        """Show who reads and who waits for it too, by whom the readers are for."""
        self._readers.turns = turns

    def watch(self, subscriptions: Subscriptions) -> None:
        """Show the numbers of subscriptions too, as they are when they are asked for."""
        self.registry.register(SubscriptionCollector(subscriptions))

    def watch_budgets(self, budgets: Budgets) -> None:
        """Show what budgets have refused and slowed, as it is when it is asked for."""
        self.registry.register(BudgetCollector(budgets))

    def watch_store(self, counts: StoreCounts) -> None:
        """Show what became of the changes of the artifact store too."""
        self.registry.register(StoreCollector(counts))

    def watch_ab_tests(self, looks: Looks) -> None:
        """Show what was last found of running tests too."""
        self.registry.register(ABTestCollector(looks))

    def watch_quality(self, quality: RecentQuality, catalogs: Catalogs) -> None:
        """Show how good the last days' answers were, too."""
        self.registry.register(QualityCollector(quality, catalogs))

    def watch_queues(self, log: WaitingRows, catalogs: Catalogs) -> None:
        """Show how many rows wait, too."""
        self.registry.register(QueueCollector(log, catalogs))

    def watch_retention(self, retained: Retained, catalogs: Catalogs) -> None:
        """Show what retention has removed, and how far it is behind, too."""
        self.registry.register(RetentionCollector(retained, catalogs))

    def watch_log(self, lines: LogLines) -> None:
        """Show how many log lines were lost, too."""
        self.registry.register(LogCollector(lines))

    def called(self, path: str, method: str, status: int, seconds: float | None) -> None:
        """Count one HTTP call; `seconds` is None where the client said how long it took."""
        key = (edge_of(path), method if method in KNOWN_METHODS else "OTHER", status)
        found = self._of_edge.get(key)
        if found is None:
            found = self._of_edge[key] = self._calls.of(*key), self._durations.of(key[0])
        found[0].total += 1
        if seconds is not None:
            found[1].add(seconds)

    def families(self) -> Families:
        """Everything, to be added up with what other processes count."""
        return families_of(self.registry)

    def render(self) -> bytes:
        """Everything in the text format that Prometheus scrapes."""
        return generate_latest(self.registry)


def _labels(request: NewRequest, names: Snapshot) -> tuple[str, str, str]:
    endpoint = names.endpoints.get(request.endpoint_id)
    algorithm = None if request.algorithm_id is None else names.algorithms.get(request.algorithm_id)
    return endpoint.name if endpoint else "", str(algorithm) if algorithm else "", request.arm or ""


def edge_of(path: str) -> str:
    """Which edge a path belongs to.

    >>> edge_of("/graphql"), edge_of("/api/v1/endpoints"), edge_of("/livez")
    ('graphql', 'rest', 'system')
    """
    if path.startswith("/graphql"):
        return "graphql"
    return "rest" if path.startswith("/api/") else "system"
