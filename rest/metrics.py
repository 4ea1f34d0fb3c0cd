"""Counts and times, in the words of Prometheus; one registry per app, so that two apps never mix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from domain.types import Algorithm, Endpoint, Outcome, Prediction, Request

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds in seconds."""

KNOWN_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "WEBSOCKET"})


class Names(Protocol):
    """Where ids become names: the catalogue's snapshot."""

    @property
    def endpoints(self) -> Mapping[int, Endpoint]:
        """Endpoints by id."""

    @property
    def algorithms(self) -> Mapping[int, Algorithm]:
        """Algorithms by id."""


class Metrics:
    """What one app counts: predictions by endpoint, algorithm and arm, and calls by edge."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("endpoint", "algorithm", "arm")
        self._requests = Counter(
            "arbiter_requests", "Predictions asked for.", (*labels, "outcome"), registry=self.registry
        )
        self._errors = Counter(
            "arbiter_request_errors", "Predictions that failed.", (*labels, "code"), registry=self.registry
        )
        self._latency = Histogram(
            "arbiter_request_latency_seconds",
            "Time from the call to the answer of a prediction.",
            labels,
            registry=self.registry,
            buckets=BUCKETS,
        )
        self._of_algorithm: dict[tuple[object, ...], tuple[Counter, Histogram]] = {}
        self._of_edge: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._calls = Counter(
            "arbiter_http_calls", "HTTP calls answered.", ("edge", "method", "status"), registry=self.registry
        )
        self._durations = Histogram(
            "arbiter_http_seconds",
            "Time that HTTP calls took.",
            ("edge",),
            registry=self.registry,
            buckets=BUCKETS,
        )

    def predicted(self, prediction: Prediction, names: Names) -> None:
        """Count one logged prediction; `names` gives the names of its ids."""
        request = prediction.request
        # Finding the two by their labels costs more than counting; there are few, and ids keep their names.
        key = (request.endpoint_id, request.algorithm_id, request.arm, request.outcome)
        found = self._of_algorithm.get(key)
        if found is None:
            labels = _labels(request, names)
            found = self._requests.labels(*labels, request.outcome), self._latency.labels(*labels)
            self._of_algorithm[key] = found
        found[0].inc()
        found[1].observe(request.latency)
        if request.outcome is Outcome.ERROR:
            code = prediction.failure.code if prediction.failure else ""
            self._errors.labels(*_labels(request, names), code).inc()

    def called(self, path: str, method: str, status: int, seconds: float) -> None:
        """Count one HTTP call."""
        key = (edge_of(path), method if method in KNOWN_METHODS else "OTHER", status)
        found = self._of_edge.get(key)
        if found is None:
            found = self._of_edge[key] = self._calls.labels(*key), self._durations.labels(key[0])
        found[0].inc()
        found[1].observe(seconds)

    def render(self) -> bytes:
        """Everything in the text format that Prometheus scrapes."""
        return generate_latest(self.registry)


def _labels(request: Request, names: Names) -> tuple[str, str, str]:
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
