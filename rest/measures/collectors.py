"""What is shown of things that count for themselves: each collector asks its own when somebody scrapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from serving.ab_tests.looks import Looks
from serving.callers.budgets import Budgets
from serving.catalog.catalog import Snapshot
from serving.feedback.recent_quality import RecentQuality


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


class SocketCollector(Collector):
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


class DocumentCollector(Collector):
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


class ConnectionCollector(Collector):
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


class SubscriptionCollector(Collector):
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


class BudgetCollector(Collector):
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


class LogCollector(Collector):
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


class ReaderCollector(Collector):
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


class StoreCollector(Collector):
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


class ABTestCollector(Collector):
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


class QualityCollector(Collector):
    """How good the answers of the last seven days were, as far as their truths are known."""

    def __init__(self, quality: RecentQuality, catalogs: Catalogs) -> None:
        self._quality = quality
        self._catalogs = catalogs

    def collect(self) -> Iterator[Metric]:
        """The figures as they were last read; what divides by nothing is left out."""
        names = self._catalogs.snapshot
        families = {
            name: GaugeMetricFamily(f"arbiter_{name}", text, labels=("endpoint", "algorithm"))
            for name, text in OF_DAYS.items()
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


class Retained(Protocol):
    """What removes old requests."""

    @property
    def removed(self) -> Mapping[tuple[int, str], int]:
        """How many requests this process has removed or taken the inputs of, by endpoint id and stage."""

    @property
    def behind(self) -> Mapping[int, timedelta]:
        """By how much the oldest request that is due is too old, by endpoint id."""


class RetentionCollector(Collector):
    """What retention has removed, and how far it is behind."""

    def __init__(self, retained: Retained, catalogs: Catalogs) -> None:
        self._retained = retained
        self._catalogs = catalogs

    def collect(self) -> Iterator[Metric]:
        """The numbers now."""
        names = self._catalogs.snapshot.endpoints
        removed = CounterMetricFamily(
            "arbiter_retention_removed",
            "Requests that this process has removed (rows), or taken the inputs of (inputs).",
            labels=("endpoint", "what"),
        )
        for (id_, what), count in sorted(self._retained.removed.items()):
            if id_ in names:
                removed.add_metric((names[id_].name, what), count)
        behind = GaugeMetricFamily(
            "arbiter_retention_behind_seconds",
            "By how much the oldest request that retention has still to remove is too old.",
            labels=("endpoint",),
        )
        for id_, late in sorted(self._retained.behind.items()):
            if id_ in names:
                behind.add_metric((names[id_].name,), late.total_seconds())
        yield from (removed, behind)


class QueueCollector(Collector):
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


OF_DAYS = {
    "feedback_share": "Share of the requests of the last seven UTC days that have a ground truth.",
    "accuracy": "Share of right answers among those of the last seven UTC days whose truth is known.",
    "rmse": "Root-mean-square error of the answers of the last seven UTC days whose truth is known.",
    "mean_absolute_error": "Mean absolute error of the answers of the last seven UTC days whose truth is known.",
    "bias": "How much too high the answers of the last seven UTC days were, on average.",
}
