"""Counts and times, in the words of Prometheus; one registry per app, so that two apps never mix."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from domain.errors import Failure
from domain.requests.new_request import NewRequest
from domain.words import Outcome
from rest.tallies import Count, Counts, Histogram, Times
from serving.ab_tests.looks import Looks
from serving.callers.budgets import Budgets
from serving.catalog.catalog import Snapshot
from serving.feedback.recent_quality import RecentQuality

KNOWN_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "WEBSOCKET"})


class Subscriptions(Protocol):
    """What is known of the subscriptions of one edge."""

    @property
    def readers(self) -> int:
        """How many there are now."""

    @property
    def sent(self) -> int:
        """How many events were given to clients."""

    @property
    def cut_off(self) -> int:
        """How many subscriptions ended because their readers were too slow."""


class DocumentCounts(Protocol):
    """What is known of the GraphQL documents of one edge."""

    @property
    def documents_kept(self) -> int:
        """How many tokens those have together that are kept."""

    @property
    def documents_refused(self) -> Mapping[str, int]:
        """How many were refused, by the bound."""

    @property
    def operations_run(self) -> Mapping[str, int]:
        """How many operations ran: `compiled`, and the others by the reason why they did not."""

    @property
    def compiled_fields(self) -> int:
        """How many fields the plans have together that are kept."""


class Sockets(Protocol):
    """What is known of the WebSockets of one edge."""

    @property
    def sockets_open(self) -> Mapping[str, int]:
        """How many there are, by the kind of caller."""

    @property
    def sockets_refused(self) -> Mapping[str, int]:
        """How many were refused or had to make way, by the reason."""


class _SocketCollector(Collector):
    """Numbers that are counted elsewhere."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets

    def collect(self) -> Iterator[Metric]:
        """The numbers now."""
        held = GaugeMetricFamily("arbiter_websockets", "WebSockets that are open.", labels=("caller",))
        for kind, count in self._sockets.sockets_open.items():
            held.add_metric((kind,), count)
        yield held
        refused = CounterMetricFamily(
            "arbiter_websockets_refused", "WebSockets refused, or ended to make way.", labels=("reason",)
        )
        for reason, count in sorted(self._sockets.sockets_refused.items()):
            refused.add_metric((reason,), count)
        yield refused


class _DocumentCollector(Collector):
    """Numbers that are counted elsewhere."""

    def __init__(self, documents: DocumentCounts) -> None:
        self._documents = documents

    def collect(self) -> Iterator[Metric]:
        """The numbers now."""
        yield GaugeMetricFamily(
            "arbiter_graphql_kept_tokens",
            "Tokens of the checked documents that are kept.",
            self._documents.documents_kept,
        )
        refused = CounterMetricFamily(
            "arbiter_graphql_documents_refused", "Documents refused, by the bound.", labels=("reason",)
        )
        for reason, count in sorted(self._documents.documents_refused.items()):
            refused.add_metric((reason,), count)
        yield refused
        yield GaugeMetricFamily(
            "arbiter_graphql_compiled_fields",
            "Fields of the compiled operations that are kept.",
            self._documents.compiled_fields,
        )
        ran = CounterMetricFamily(
            "arbiter_graphql_operations",
            "Operations that ran compiled, and the others by the reason why they did not.",
            labels=("execution",),
        )
        for execution, count in sorted(self._documents.operations_run.items()):
            ran.add_metric((execution,), count)
        yield ran


class ConnectionCounts(Protocol):
    """What is known of the connections of one server."""

    @property
    def cuts(self) -> Mapping[str, int]:
        """How many were ended since their clients did not send or take, by the reason."""


class _ConnectionCollector(Collector):
    """Numbers that are counted elsewhere."""

    def __init__(self, connections: ConnectionCounts) -> None:
        self._connections = connections

    def collect(self) -> Iterator[Metric]:
        """The numbers now."""
        cut = CounterMetricFamily(
            "arbiter_connections_cut",
            "Connections ended because their clients did not send or take.",
            labels=("reason",),
        )
        for reason, count in sorted(self._connections.cuts.items()):
            cut.add_metric((reason,), count)
        yield cut


class _SubscriptionCollector(Collector):
    """Numbers that are counted elsewhere."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions

    def collect(self) -> Iterator[Metric]:
        """The numbers now."""
        found = self._subscriptions
        yield GaugeMetricFamily("arbiter_subscriptions", "Subscriptions that run.", found.readers)
        yield CounterMetricFamily(
            "arbiter_subscription_events", "Events that were given to subscribers.", found.sent
        )
        yield CounterMetricFamily(
            "arbiter_subscriptions_cut_off", "Subscriptions ended for a slow reader.", found.cut_off
        )


class _BudgetCollector(Collector):
    """What the budgets have refused and slowed."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets

    def collect(self) -> Iterator[Metric]:
        """The numbers now."""
        found = self._budgets
        yield CounterMetricFamily(
            "arbiter_budget_refusals", "Calls refused for a spent budget.", found.refused
        )
        yield CounterMetricFamily(
            "arbiter_budget_wait_seconds", "Seconds that lists waited for points.", found.waited
        )


class LogLines(Protocol):
    """What is known of log lines on their way out."""

    @property
    def lost(self) -> Mapping[str, int]:
        """How many were dropped since nobody read them, by kind."""


class _LogCollector(Collector):
    """Log lines that nobody read in time."""

    def __init__(self, lines: LogLines) -> None:
        self._lines = lines

    def collect(self) -> Iterator[Metric]:
        """The numbers now."""
        family = CounterMetricFamily(
            "arbiter_log_lines_lost", "Log lines dropped because nobody read them in time.", labels=("kind",)
        )
        for kind, lost in self._lines.lost.items():
            family.add_metric((kind,), lost)
        yield family


class ReaderCounts(Protocol):
    """What is known of those who share some readers of the database."""

    @property
    def busy(self) -> int:
        """How many are read with now."""

    @property
    def waiting(self) -> int:
        """How many reads wait now."""

    @property
    def waited(self) -> int:
        """How many reads had to wait."""

    @property
    def refused(self) -> int:
        """How many reads got no turn."""


class _ReaderCollector(Collector):
    """The readers of each kind, once there are any."""

    def __init__(self) -> None:
        self.turns: Mapping[str, ReaderCounts] = {}

    def collect(self) -> Iterator[Metric]:
        """The numbers now, by whom the readers are for."""
        found = (
            (GaugeMetricFamily, "arbiter_readers_busy", "Readers of the database in use.", "busy"),
            (GaugeMetricFamily, "arbiter_reads_waiting", "Reads that wait for a reader.", "waiting"),
            (CounterMetricFamily, "arbiter_reads_waited", "Reads that had to wait for a reader.", "waited"),
            (CounterMetricFamily, "arbiter_reads_refused", "Reads that got no reader in time.", "refused"),
        )
        for kind, name, text, attribute in found:
            family = kind(name, text, labels=["readers"])
            for readers, turns in self.turns.items():
                family.add_metric([readers], getattr(turns, attribute))
            yield family


class StoreCounts(Protocol):
    """What is known of the changes of the artifact store."""

    swaps: int
    refused: int
    seconds: float


class _StoreCollector(Collector):
    """What became of the changes of the artifact store."""

    def __init__(self, counts: StoreCounts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """The numbers now."""
        found = self._counts
        yield CounterMetricFamily(
            "arbiter_store_swaps", "Changes of the artifact store that were taken.", found.swaps
        )
        yield CounterMetricFamily(
            "arbiter_store_refused", "Changes of the artifact store that were refused in part.", found.refused
        )
        yield CounterMetricFamily(
            "arbiter_store_seconds", "Seconds that changes of the artifact store took.", found.seconds
        )


class _ABTestCollector(Collector):
    """What the last look at each running test found."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks

    def collect(self) -> Iterator[Metric]:
        """The numbers now, by the test's id."""
        holds = GaugeMetricFamily(
            "arbiter_ab_test_held",
            "1 for each reason that holds a verdict back.",
            labels=("ab_test", "reason"),
        )
        alarm = GaugeMetricFamily(
            "arbiter_ab_test_selective_feedback",
            "Evidence that truths depend on the answers that were served; the alarm is at 1000.",
            labels=("ab_test",),
        )
        share = GaugeMetricFamily(
            "arbiter_ab_test_feedback_share",
            "Share of requests that have a ground truth.",
            labels=("ab_test",),
        )
        evidence = GaugeMetricFamily(
            "arbiter_ab_test_evidence",
            "The e-value that one of the two algorithms is better; the verdict is at 1 / alpha.",
            labels=("ab_test",),
        )
        for id_, look in sorted(self._looks.last.items()):
            for reason in sorted(look.holds):
                holds.add_metric((str(id_), reason), 1)
            alarm.add_metric((str(id_),), look.alarm)
            if look.share is not None:
                share.add_metric((str(id_),), look.share)
            if look.evidence is not None:
                evidence.add_metric((str(id_),), look.evidence)
        yield from (holds, alarm, share, evidence)


class WaitingRows(Protocol):
    """What lets rows wait."""

    @property
    def waiting(self) -> int:
        """How many rows wait now."""


class Catalogs(Protocol):
    """What knows the names of endpoints and algorithms."""

    @property
    def snapshot(self) -> Snapshot:
        """As they are now."""


class _QualityCollector(Collector):
    """How good the answers of the last seven days were, as far as their truths are known."""

    def __init__(self, quality: RecentQuality, catalogs: Catalogs) -> None:
        self._quality = quality
        self._catalogs = catalogs

    def collect(self) -> Iterator[Metric]:
        """The figures as they were last read; what divides by nothing is left out."""
        names = self._catalogs.snapshot
        families = {
            name: GaugeMetricFamily(f"arbiter_{name}", text, labels=("endpoint", "algorithm"))
            for name, text in _OF_DAYS.items()
        }
        for group in self._quality.groups:
            endpoint = names.endpoints.get(group.endpoint_id or 0)
            algorithm = names.algorithms.get(group.algorithm_id or 0)
            if endpoint is None or algorithm is None:
                continue
            figures = group.figures
            share = figures.with_feedback / figures.count if figures.count else None
            values = {
                "feedback_share": share,
                "accuracy": figures.accuracy,
                "rmse": figures.rmse,
                "mean_absolute_error": figures.mae,
                "bias": figures.bias,
            }
            for name, value in values.items():
                if value is not None:
                    families[name].add_metric((endpoint.name, str(algorithm)), value)
        yield from families.values()


class _QueueCollector(Collector):
    """What waits in this process: rows to be stored, and rows for the thread of an algorithm."""

    def __init__(self, log: WaitingRows, catalogs: Catalogs) -> None:
        self._log = log
        self._catalogs = catalogs

    def collect(self) -> Iterator[Metric]:
        """The numbers now."""
        yield GaugeMetricFamily("arbiter_log_rows_waiting", "Rows that wait to be stored.", self._log.waiting)
        family = GaugeMetricFamily(
            "arbiter_algorithm_rows_waiting",
            "Rows that wait for the thread of an algorithm.",
            labels=("endpoint", "algorithm"),
        )
        snapshot = self._catalogs.snapshot
        for id_, executor in snapshot.executors.items():
            algorithm = snapshot.algorithms.get(id_)
            if algorithm is not None:
                endpoint = snapshot.endpoints[algorithm.endpoint_id].name
                family.add_metric((endpoint, str(algorithm)), executor.waiting)
        yield family


_OF_DAYS = {
    "feedback_share": "Share of the requests of the last seven UTC days that have a ground truth.",
    "accuracy": "Share of right answers among those of the last seven UTC days whose truth is known.",
    "rmse": "Root-mean-square error of the answers of the last seven UTC days whose truth is known.",
    "mean_absolute_error": "Mean absolute error of the answers of the last seven UTC days whose truth is known.",
    "bias": "How much too high the answers of the last seven UTC days were, on average.",
}


class Metrics:
    """What one app counts: predictions by endpoint, algorithm and arm, and calls by edge."""

    def __init__(self, version: str = "") -> None:
        self.registry = CollectorRegistry()
        build = Gauge(
            "arbiter_build_info", "1, with the versions.", ("version", "python"), registry=self.registry
        )
        build.labels(version, platform.python_version()).set(1)
        labels = ("endpoint", "algorithm", "arm")
        self._readers = _ReaderCollector()
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
        self.registry.register(_DocumentCollector(documents))

    def watch_sockets(self, sockets: Sockets) -> None:
        """Show the numbers of WebSockets too."""
        self.registry.register(_SocketCollector(sockets))

    def watch_connections(self, connections: ConnectionCounts) -> None:
        """Show how many connections were ended, too."""
        self.registry.register(_ConnectionCollector(connections))

    def watch_readers(self, turns: Mapping[str, ReaderCounts]) -> None:
        """Show who reads and who waits for it too, by whom the readers are for."""
        self._readers.turns = turns

    def watch(self, subscriptions: Subscriptions) -> None:
        """Show the numbers of subscriptions too, as they are when they are asked for."""
        self.registry.register(_SubscriptionCollector(subscriptions))

    def watch_budgets(self, budgets: Budgets) -> None:
        """Show what budgets have refused and slowed, as it is when it is asked for."""
        self.registry.register(_BudgetCollector(budgets))

    def watch_store(self, counts: StoreCounts) -> None:
        """Show what became of the changes of the artifact store too."""
        self.registry.register(_StoreCollector(counts))

    def watch_ab_tests(self, looks: Looks) -> None:
        """Show what was last found of running tests too."""
        self.registry.register(_ABTestCollector(looks))

    def watch_quality(self, quality: RecentQuality, catalogs: Catalogs) -> None:
        """Show how good the last days' answers were, too."""
        self.registry.register(_QualityCollector(quality, catalogs))

    def watch_queues(self, log: WaitingRows, catalogs: Catalogs) -> None:
        """Show how many rows wait, too."""
        self.registry.register(_QueueCollector(log, catalogs))

    def watch_log(self, lines: LogLines) -> None:
        """Show how many log lines were lost, too."""
        self.registry.register(_LogCollector(lines))

    def called(self, path: str, method: str, status: int, seconds: float | None) -> None:
        """Count one HTTP call; `seconds` is None where the client said how long it took."""
        key = (edge_of(path), method if method in KNOWN_METHODS else "OTHER", status)
        found = self._of_edge.get(key)
        if found is None:
            found = self._of_edge[key] = self._calls.of(*key), self._durations.of(key[0])
        found[0].total += 1
        if seconds is not None:
            found[1].add(seconds)

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
